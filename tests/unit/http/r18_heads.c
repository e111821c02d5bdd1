/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* R18: an ill-formed request is answered once: one head, one body, and the connection ends. Errors
 * that libmicrohttpd makes itself had their head twice. */
#include "fixture.h"

#include <sys/socket.h>
#include <unistd.h>

static void answer_hello(struct http_exchange *x)
{
	http_answer(x, 200, "text/plain", STR("hello"));
}

static const struct http_route routes[] = {
	{.path = "/hello",
		.methods = HTTP_ON(HTTP_GET) | HTTP_ON(HTTP_POST),
		.handle = answer_hello,
		.name = "hello"},
};

/* Everything that comes until the server closes. */
static struct str read_all(struct raw_conn *c, char *text, size_t room)
{
	size_t n = 0;
	ssize_t got;

	while ((got = recv(c->fd, text + n, room - n, 0)) > 0)
		n += (size_t)got;
	return (struct str){.p = text, .n = n};
}

static int heads_in(struct str text)
{
	int n = 0;

	for (size_t i = 0; i + 10 <= text.n; i++)
		n += memcmp(text.p + i, "HTTP/1.1 4", 10) == 0;
	return n;
}

static const struct {
	const char *first, *rest; /* the head in two packets; rest may be NULL */
	const char *status;
} requests[] = {
	{"GET /hello HTTP/1.1\r\n\r\n", NULL, "HTTP/1.1 400 "},
	{"GET /hello HTTP/1.1\r\nAccept: */*\r\n\r\n", NULL, "HTTP/1.1 400 "},
	{"POST /hello HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n", NULL,
		"HTTP/1.1 400 "},
	{"POST /hello HTTP/1.1\r\nHost: localhost\r\nContent-Length: 12x\r\n\r\n", NULL,
		"HTTP/1.1 400 "},
	{"POST /hello HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", NULL,
		"HTTP/1.1 400 "},
	{"POST /hello HTTP/1.1\r\nHost: localhost\r\nContent-Length:\r\n\r\n", NULL,
		"HTTP/1.1 400 "},
	{"POST /hello HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
	 "99999999999999999999999999\r\n\r\n",
		NULL, "HTTP/1.1 413 "},
	{"POST /hello HTTP/1.1\r\nHost: localhost\r\n", "Content-Length: 1,1\r\n\r\nx",
		"HTTP/1.1 400 "},
	{"POST /hello HTTP/1.1\r\nHost: localhost\r\nContent-Le", "ngth: +5\r\n\r\nhello",
		"HTTP/1.1 400 "},
};

static void one_head_an_error(void **state)
{
	struct http_server_options o = test_options();
	struct http_server *s = test_start(&o, routes, N_OF(routes));

	for (size_t i = 0; i < N_OF(requests); i++) {
		/* Others are in the middle of a head, too. */
		struct raw_conn *beside = raw_connect(*state, http_server_port(s)),
				*c = raw_connect(*state, http_server_port(s));
		char text[8192];
		struct str all;

		assert_true(raw_send_c(beside, "GET /hello HTTP/1.1\r\nHost: localhost\r\nX-"));
		assert_true(raw_send_c(c, requests[i].first));
		if (requests[i].rest)
			assert_true(raw_send_c(c, requests[i].rest));
		all = read_all(c, text, sizeof(text));
		assert_int_equal(heads_in(all), 1);
		assert_true(str_starts(all, str_c(requests[i].status)));
		raw_close(c);
		assert_true(raw_send_c(beside, "Y: z\r\n\r\n"));
		assert_int_equal(raw_read(beside, false).status, 200);
		raw_close(beside);
	}
	assert_true(http_server_stop(s));
}

/* Cookies that find no room in the memory of a connection. */
static void one_head_for_long_cookies(void **state)
{
	static const int pairs[] = {1200, 2000, 3000};
	struct http_server_options o = test_options();
	struct http_server *s = test_start(&o, routes, N_OF(routes));

	for (size_t i = 0; i < N_OF(pairs); i++) {
		struct raw_conn *c = raw_connect(*state, http_server_port(s));
		char text[8192];
		struct buf head;
		struct str all;

		buf_init(&head, *state, 65536);
		buf_add_c(&head, "GET /hello HTTP/1.1\r\nHost: localhost\r\nCookie: ");
		for (int k = 0; k < pairs[i]; k++)
			buf_add_c(&head, "a=b; ");
		buf_add_c(&head, "\r\n\r\n");
		assert_true(raw_send(c, buf_str(&head)));
		all = read_all(c, text, sizeof(text));
		assert_int_equal(heads_in(all), 1);
		assert_true(str_starts(all, STR("HTTP/1.1 431 ")));
		raw_close(c);
	}
	assert_true(http_server_stop(s));
}

/* Whoever wants a page gets one, with the headers of every answer; others a line of text. */
static void error_page(struct http_exchange *x, int status)
{
	struct buf body;

	buf_init(&body, x->arena, 200);
	buf_addf(&body, "<p>page of %d%s</p>", status,
		x->request.no_room_for_cookies ? ", cookies" : "");
	http_answer(x, 200, "text/html; charset=utf-8", buf_str(&body));
	http_header_add(x, "Content-Security-Policy", STR("default-src 'none'"));
}

static void add_cookies(struct buf *head)
{
	buf_add_c(head, "Cookie: ");
	for (int k = 0; k < 2000; k++)
		buf_add_c(head, "a=b; ");
	buf_add_c(head, "\r\n");
}

static void check_refusal(struct str all, const char *status, const char *page)
{
	static const char *const every[] = {"\r\nX-Request-Id: ",
		"\r\nX-Content-Type-Options: nosniff\r\n", "\r\nCache-Control: no-store\r\n",
		"\r\nCross-Origin-Resource-Policy: same-origin\r\n", "\r\nConnection: close\r\n"};

	assert_int_equal(heads_in(all), 1);
	assert_true(str_starts(all, str_c(status)));
	for (size_t i = 0; i < N_OF(every); i++)
		assert_non_null(memmem(all.p, all.n, every[i], strlen(every[i])));
	if (page)
		assert_non_null(memmem(all.p, all.n, "Content-Security-Policy", 23));
	page = page ? page : "\r\nContent-Type: text/plain; charset=utf-8\r\n";
	assert_non_null(memmem(all.p, all.n, page, strlen(page)));
}

static void a_page_for_who_wants_one(void **state)
{
	static const struct {
		const char *line, *accept, *status, *page;
		bool cookies;
	} rows[] = {
		{"Content-Length: x\r\n", "text/html,*/*;q=0.8", "HTTP/1.1 400 ",
			"<p>page of 400</p>", false},
		{"Content-Length: x\r\n", "application/json", "HTTP/1.1 400 ", NULL, false},
		{"Content-Length: 99999999999999999999999999\r\n", "text/html", "HTTP/1.1 413 ",
			"<p>page of 413</p>", false},
		{"", "text/html", "HTTP/1.1 431 ", "<p>page of 431, cookies</p>", true},
		{"", "*/*", "HTTP/1.1 431 ", NULL, true},
	};
	struct http_server_options o = test_options();
	struct http_server *s;

	o.error_page = error_page;
	s = test_start(&o, routes, N_OF(routes));
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct raw_conn *c = raw_connect(*state, http_server_port(s));
		char text[8192];
		struct buf head;

		buf_init(&head, *state, 65536);
		buf_addf(&head, "POST /hello HTTP/1.1\r\nHost: localhost\r\nAccept: %s\r\n%s",
			rows[i].accept, rows[i].line);
		if (rows[i].cookies)
			add_cookies(&head);
		buf_add_c(&head, "\r\n");
		assert_true(raw_send(c, buf_str(&head)));
		check_refusal(read_all(c, text, sizeof(text)), rows[i].status, rows[i].page);
		raw_close(c);
	}
	assert_true(http_server_stop(s));
}

static int heads_set_up(void **state)
{
	*state = arena_new(ARENA_MAX_CLI);
	return 0;
}

static int heads_tear_down(void **state)
{
	arena_free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_head_an_error, heads_set_up, heads_tear_down),
		cmocka_unit_test_setup_teardown(
			one_head_for_long_cookies, heads_set_up, heads_tear_down),
		cmocka_unit_test_setup_teardown(
			a_page_for_who_wants_one, heads_set_up, heads_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
