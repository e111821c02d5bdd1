/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Kind C, what proxies really send: whose address a request comes from. */
#include "fixture.h"
#include "obs/log.h"

#include <string.h>
#include <unistd.h>

static void peer(struct http_exchange *x)
{
	http_answer(x, 200, "text/plain", x->request.peer);
}

static const struct http_route routes[] = {
	{.path = "/peer", .methods = HTTP_ON(HTTP_GET), .handle = peer},
};

struct forwarded_fixture {
	struct http_server *server;
	struct arena *arena;
	int port;
};

static int forwarded_set_up(void **state)
{
	static struct forwarded_fixture f;
	struct http_server_options o = test_options();

	f.server = test_start(&o, routes, N_OF(routes));
	f.port = http_server_port(f.server);
	f.arena = arena_new(ARENA_MAX_CLI);
	*state = &f;
	return 0;
}

static int forwarded_tear_down(void **state)
{
	struct forwarded_fixture *f = *state;

	assert_true(http_server_stop(f->server));
	arena_free(f->arena);
	return 0;
}

static const struct {
	const char *headers, *peer;
} forwarded[] = {
	{"", "127.0.0.1"},
	{"X-Forwarded-For: 203.0.113.9\r\n", "203.0.113.9"},
	{"X-Forwarded-For: 1.1.1.1, 203.0.113.9\r\n", "203.0.113.9"},
	{"X-Forwarded-For: 203.0.113.9, 10.0.0.7\r\n", "203.0.113.9"},
	{"X-Forwarded-For: 1.1.1.1,203.0.113.9 , 10.0.0.7,127.0.0.1\r\n", "203.0.113.9"},
	{"X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 203.0.113.9\r\n", "203.0.113.9"},
	{"X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 10.0.0.7\r\n", "203.0.113.9"},
	{"X-Forwarded-For: 2001:DB8::1\r\n", "2001:db8::1"},
	{"X-Forwarded-For: ::ffff:203.0.113.9\r\n", "203.0.113.9"},
	{"X-Forwarded-For: 10.0.0.7\r\n", "10.0.0.7"},
	{"X-Forwarded-For: 203.0.113.9, garbage\r\n", "127.0.0.1"},
	{"X-Forwarded-For: 203.0.113.9, unknown, 10.0.0.7\r\n", "10.0.0.7"},
	{"X-Forwarded-For: 203.0.113.9,\r\n", "127.0.0.1"},
	{"X-Forwarded-For:\r\n", "127.0.0.1"},
	/* Kind C: as Azure, IIS and haproxy write it. */
	{"X-Forwarded-For: 203.0.113.9:1234\r\n", "203.0.113.9"},
	{"X-Forwarded-For: 1.1.1.1:1, 203.0.113.9:65535\r\n", "203.0.113.9"},
	{"X-Forwarded-For: [2001:db8::1]\r\n", "2001:db8::1"},
	{"X-Forwarded-For: [2001:db8::1]:443\r\n", "2001:db8::1"},
	{"X-Forwarded-For: 203.0.113.9, 10.0.0.7:80\r\n", "203.0.113.9"},
	{"X-Forwarded-For: 203.0.113.9:\r\n", "127.0.0.1"},
	{"X-Forwarded-For: 203.0.113.9:65536\r\n", "127.0.0.1"},
	{"X-Forwarded-For: 203.0.113.9:1x\r\n", "127.0.0.1"},
	{"X-Forwarded-For: [2001:db8::1\r\n", "127.0.0.1"},
	{"X-Forwarded-For: [2001:db8::1]443\r\n", "127.0.0.1"},
	{"X-Forwarded-For: []\r\n", "127.0.0.1"},
	{"X-Forwarded-For: :80\r\n", "127.0.0.1"},
	{"X-Real-IP: 203.0.113.9\r\n", "127.0.0.1"},
	{"Forwarded: for=203.0.113.9\r\n", "127.0.0.1"},
};

static void forwarded_for_from_a_trusted_proxy(void **state)
{
	static const struct str proxies[] = {STR_INIT("127.0.0.1"), STR_INIT("10.0.0.0/8")};
	struct http_server_options o = test_options();
	struct forwarded_fixture *f = *state;
	struct http_server *s;

	o.trusted_proxies = (struct strlist){.v = proxies, .n = N_OF(proxies)};
	s = test_start(&o, routes, N_OF(routes));
	for (size_t i = 0; i < N_OF(forwarded); i++) {
		struct raw_answer r =
			raw_get(f->arena, http_server_port(s), "/peer", forwarded[i].headers);

		print_message("# %s\n", forwarded[i].headers);
		assert_str(r.body, forwarded[i].peer);
	}
	assert_true(http_server_stop(s));
}

static void forwarded_for_from_anybody_else(void **state)
{
	struct forwarded_fixture *f = *state;

	for (size_t i = 0; i < N_OF(forwarded); i++) {
		struct raw_answer r = raw_get(f->arena, f->port, "/peer", forwarded[i].headers);

		assert_str(r.body, "127.0.0.1");
	}
}

static void too_many_forwarded_lines(void **state)
{
	struct forwarded_fixture *f = *state;
	struct buf b;

	buf_init(&b, f->arena, 4096);
	for (int i = 0; i < 17; i++)
		buf_add_c(&b, "X-Forwarded-For: 1.1.1.1\r\n");
	assert_int_equal(raw_get(f->arena, f->port, "/peer", b.p).status, 400);
}

/* --- the log --- */

static size_t unreadable;

static void count_line(void *data, struct str line)
{
	unreadable += memmem(line.p, line.n, "forwarded_unreadable", 20) != NULL;
}

/* What names no address makes all clients one: the operator learns of it, not once a request. */
static void unreadable_hops_are_logged_once(void **state)
{
	static const struct str proxies[] = {STR_INIT("127.0.0.1")};
	struct http_server_options o = test_options();
	struct forwarded_fixture *f = *state;
	struct http_server *s;

	o.trusted_proxies = (struct strlist){.v = proxies, .n = N_OF(proxies)};
	s = test_start(&o, routes, N_OF(routes));
	log_set_sink(count_line, NULL);
	for (int i = 0; i < 5; i++)
		(void)raw_get(f->arena, http_server_port(s), "/peer",
			"X-Forwarded-For: 203.0.113.9, unknown\r\n");
	assert_true(http_server_stop(s));
	log_set_sink(NULL, NULL);
	assert_int_equal(unreadable, 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(forwarded_for_from_a_trusted_proxy),
		cmocka_unit_test(forwarded_for_from_anybody_else),
		cmocka_unit_test(too_many_forwarded_lines),
		cmocka_unit_test(unreadable_hops_are_logged_once),
	};

	return cmocka_run_group_tests(tests, forwarded_set_up, forwarded_tear_down);
}
