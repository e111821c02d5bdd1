/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* R16: the memory of all request bodies together has a bound, is shared by network, and goes back.
 */
#include "fixture.h"

#include "http/server_bodies.h"
#include "obs/metrics.h"

#include <unistd.h>

#define MIB  (1024u * 1024u)
#define PAGE 4096u

static void echo(struct http_exchange *x)
{
	http_answer(x, 200, "text/plain", x->request.body);
}

static const struct http_route routes[] = {
	{.path = "/echo", .methods = HTTP_ON(HTTP_POST), .handle = echo, .name = "echo"},
};

static struct ip_address address_of(const char *text)
{
	struct ip_address a;

	assert_int_equal(ip_address_parse(str_c(text), &a), RC_OK);
	return a;
}

/* As many pages as this client may have. */
static size_t take_all(struct body_budget *b, const char *client)
{
	struct ip_address a = address_of(client);
	size_t n = 0;

	while (body_budget_take(b, &a, PAGE))
		n++;
	return n;
}

static void give_pages(struct body_budget *b, const char *client, size_t n)
{
	struct ip_address a = address_of(client);

	for (size_t i = 0; i < n; i++)
		body_budget_give(b, &a, PAGE);
}

/* Each gets a sixteenth of what is then free, so that the fiftieth finds room, too. */
static void clients_share_what_is_free(void **state)
{
	size_t taken[50], free_pages = 32768;
	struct body_budget b;
	char client[32];

	body_budget_init(&b, free_pages * PAGE);
	for (int i = 0; i < 50; i++) {
		snprintf(client, sizeof(client), "192.0.2.%d", i);
		taken[i] = take_all(&b, client);
		assert_int_equal(taken[i], free_pages / (BODY_SHARE + 1));
		free_pages -= taken[i];
		assert_int_equal(take_all(&b, "192.0.2.0"), 0);
	}
	assert_true(taken[49] > 64);
	for (int i = 0; i < 50; i++) {
		snprintf(client, sizeof(client), "192.0.2.%d", i);
		give_pages(&b, client, taken[i]);
	}
	assert_int_equal(b.used, 0);
	body_budget_free(&b);
}

/* A /48 of IPv6 has 65,536 times a /64 and gets no more than its share of what is free. */
static void wide_networks_count_as_one(void **state)
{
	struct body_budget b;
	struct ip_address a;
	char client[64];
	bool taken[1000];
	size_t n = 0, rest;

	body_budget_init(&b, 1024 * PAGE);
	for (int i = 0; i < 1000; i++) {
		snprintf(client, sizeof(client), "2001:db8:1:%x::1", i);
		a = address_of(client);
		taken[i] = body_budget_take(&b, &a, PAGE);
		n += taken[i];
	}
	/* A /48 has sixteen shares: half at most; its four /56 four each. */
	assert_in_range(n, 300, 512);
	rest = (1024 - n) / (BODY_SHARE + 1);
	assert_int_equal(take_all(&b, "192.0.2.1"), rest);
	give_pages(&b, "192.0.2.1", rest);
	for (int i = 0; i < 1000; i++) {
		snprintf(client, sizeof(client), "2001:db8:1:%x::1", i);
		a = address_of(client);
		if (taken[i])
			body_budget_give(&b, &a, PAGE);
	}
	assert_int_equal(b.used, 0);
	body_budget_free(&b);
}

static struct str half_body(struct arena *a, size_t length, size_t sent)
{
	struct buf out;

	buf_init(&out, a, MIB);
	buf_addf(&out, "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n",
		length);
	for (size_t i = 0; i < sent; i++)
		buf_add_byte(&out, (unsigned char)('a' + i % 26));
	return buf_str(&out);
}

static struct str body_text(struct arena *a, size_t from, size_t n)
{
	struct buf out;

	buf_init(&out, a, MIB);
	for (size_t i = from; i < from + n; i++)
		buf_add_byte(&out, (unsigned char)('a' + i % 26));
	return buf_str(&out);
}

/* One client may have two bodies: its third fails alone, says when to come again, and finds room
 * later. */
static void over_the_bound_fails_alone(void **state)
{
	struct arena *a = *state;
	struct http_server_options o = test_options();
	struct raw_conn *held[2], *third;
	struct raw_answer answer;
	struct http_server *s;
	int64_t rejected = metric_get(METRIC_BODIES_REJECTED);

	o.bodies_max = 34 * 32768;
	s = test_start(&o, routes, 1);
	held[0] = raw_connect_from(a, http_server_port(s), "127.0.0.2");
	held[1] = raw_connect_from(a, http_server_port(s), "127.0.0.2");
	for (int i = 0; i < 2; i++)
		assert_true(raw_send(held[i], half_body(a, 30000, 20000)));
	while (metric_get(METRIC_BODY_BYTES) < 2 * 30001)
		usleep(1000);
	third = raw_connect_from(a, http_server_port(s), "127.0.0.2");
	assert_true(raw_send(third, half_body(a, 30000, 30000)));
	answer = raw_read(third, false);
	assert_int_equal(answer.status, 503);
	assert_true(raw_header(&answer, "Retry-After").n > 0);
	assert_int_equal(metric_get(METRIC_BODIES_REJECTED) - rejected, 1);
	/* A small one needs no room of it, on the same connection. */
	assert_true(raw_send(third, half_body(a, 100, 100)));
	assert_int_equal(raw_read(third, false).status, 200);
	answer = raw_exchange_from(a, http_server_port(s), "127.0.0.3", half_body(a, 30000, 30000));
	assert_int_equal(answer.status, 200);
	for (int i = 0; i < 2; i++) {
		assert_true(raw_send(held[i], body_text(a, 20000, 10000)));
		answer = raw_read(held[i], false);
		assert_int_equal(answer.status, 200);
		assert_true(str_eq(answer.body, body_text(a, 0, 30000)));
		raw_close(held[i]);
	}
	assert_true(raw_send(third, half_body(a, 30000, 30000)));
	assert_int_equal(raw_read(third, false).status, 200);
	raw_close(third);
	assert_true(http_server_stop(s));
	assert_int_equal(metric_get(METRIC_BODY_BYTES), 0);
}

/* Chunks of unknown length: in the arena, then in pages that grow; whole at every size. */
static void chunked_bodies_grow(void **state)
{
	static const size_t sizes[] = {1, 4095, 4096, 4097, 8191, 8192, 30000, 65535, 65536};
	struct arena *a = *state;
	struct http_server_options o = test_options();
	struct http_server *s = test_start(&o, routes, 1);

	for (size_t i = 0; i < N_OF(sizes); i++) {
		struct raw_answer answer;
		struct buf out;

		buf_init(&out, a, MIB);
		buf_add_c(&out, "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: "
				"chunked\r\n\r\n");
		for (size_t at = 0, n; at < sizes[i]; at += n) {
			n = sizes[i] - at < 1000 ? sizes[i] - at : 1000;
			buf_addf(&out, "%zx\r\n", n);
			buf_add(&out, body_text(a, at, n));
			buf_add_c(&out, "\r\n");
		}
		buf_add_c(&out, "0\r\n\r\n");
		answer = raw_exchange(a, http_server_port(s), buf_str(&out));
		assert_int_equal(answer.status, 200);
		assert_true(str_eq(answer.body, body_text(a, 0, sizes[i])));
	}
	assert_true(http_server_stop(s));
	assert_int_equal(metric_get(METRIC_BODY_BYTES), 0);
}

/* Chunks that find no room any more: refused when they arrive, and what they held is free. */
static void chunked_bodies_find_no_room(void **state)
{
	struct arena *a = *state;
	struct http_server_options o = test_options();
	struct raw_answer answer;
	struct http_server *s;
	struct buf out;

	o.bodies_max = 40000;
	s = test_start(&o, routes, 1);
	buf_init(&out, a, MIB);
	buf_add_c(&out,
		"POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
	for (int i = 0; i < 50; i++) {
		buf_addf(&out, "%x\r\n", 1000);
		buf_add(&out, body_text(a, 0, 1000));
		buf_add_c(&out, "\r\n");
	}
	buf_add_c(&out, "0\r\n\r\n");
	answer = raw_exchange(a, http_server_port(s), buf_str(&out));
	assert_int_equal(answer.status, 503);
	assert_true(http_server_stop(s));
	assert_int_equal(metric_get(METRIC_BODY_BYTES), 0);
}

static int bodies_set_up(void **state)
{
	*state = arena_new(ARENA_MAX_CLI);
	return 0;
}

static int bodies_tear_down(void **state)
{
	arena_free(*state);
	return 0;
}

#define bodies_test(f) cmocka_unit_test_setup_teardown(f, bodies_set_up, bodies_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		bodies_test(clients_share_what_is_free),
		bodies_test(wide_networks_count_as_one),
		bodies_test(over_the_bound_fails_alone),
		bodies_test(chunked_bodies_grow),
		bodies_test(chunked_bodies_find_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
