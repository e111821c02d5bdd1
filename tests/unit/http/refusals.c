/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What an ill-behaved client gets. Each row is one request, byte for byte. */
#include "fixture.h"

static void refusals_hello(struct http_exchange *x)
{
	http_answer(x, 200, "text/plain", STR("hello"));
}

static void page(struct http_exchange *x, int status)
{
	struct buf b;

	buf_init(&b, x->arena, 200);
	buf_addf(&b, "<h1>%d</h1>", status);
	http_answer(x, 200, "text/html", buf_str(&b));
	http_header_add(x, "Content-Security-Policy", STR("default-src 'none'"));
}

#define GET  HTTP_ON(HTTP_GET)
#define POST HTTP_ON(HTTP_POST)

static const struct http_route routes[] = {
	{.path = "/hello", .methods = GET, .handle = refusals_hello},
	{.path = "/post", .methods = POST, .handle = refusals_hello, .body_max = 10},
	{.path = "/page", .methods = GET, .flags = HTTP_PAGE, .handle = refusals_hello},
	{.path = "/files/", .methods = GET, .flags = HTTP_PREFIX, .handle = refusals_hello},
};

struct refusals_fixture {
	struct http_server *server;
	struct arena *arena;
	int port;
};

static int refusals_set_up(void **state)
{
	static struct refusals_fixture f;
	static const struct str hosts[] = {STR_INIT("localhost"), STR_INIT("id.example:8080")};
	struct http_server_options o = test_options();

	o.hosts = (struct strlist){.v = hosts, .n = N_OF(hosts)};
	f.server = test_start(&o, routes, N_OF(routes));
	f.port = http_server_port(f.server);
	f.arena = arena_new(ARENA_MAX_CLI);
	*state = &f;
	return 0;
}

static int refusals_tear_down(void **state)
{
	struct refusals_fixture *f = *state;

	assert_true(http_server_stop(f->server));
	arena_free(f->arena);
	return 0;
}

#define H "Host: localhost\r\n"

struct refusal_row {
	struct str bytes;
	int status; /* 0: closed without an answer */
};

#define ROW(text, status)                                                                          \
	{                                                                                          \
		STR_INIT(text), status                                                             \
	}

static void run_rows(void **state, const struct refusal_row *rows, size_t n)
{
	struct refusals_fixture *f = *state;

	for (size_t i = 0; i < n; i++) {
		struct raw_answer r = raw_exchange(f->arena, f->port, rows[i].bytes);

		print_message("# %.*s\n", STR_FMT(rows[i].bytes));
		assert_int_equal(r.status, rows[i].status);
	}
}

static void targets(void **state)
{
	static const struct refusal_row rows[] = {
		ROW("GET /hello HTTP/1.1\r\n" H "\r\n", 200),
		ROW("GET /hello?a=%00%zz HTTP/1.1\r\n" H "\r\n", 200),
		ROW("GET /hello? HTTP/1.1\r\n" H "\r\n", 200),
		ROW("GET /nowhere HTTP/1.1\r\n" H "\r\n", 404),
		ROW("GET /hello/ HTTP/1.1\r\n" H "\r\n", 404),
		ROW("GET /Hello HTTP/1.1\r\n" H "\r\n", 404),
		ROW("GET //hello HTTP/1.1\r\n" H "\r\n", 404),
		ROW("GET / HTTP/1.1\r\n" H "\r\n", 404),
		ROW("GET /hell%6f HTTP/1.1\r\n" H "\r\n", 400),
		ROW("GET /hello%00 HTTP/1.1\r\n" H "\r\n", 400),
		ROW("GET /hello% HTTP/1.1\r\n" H "\r\n", 400),
		ROW("GET /hello\0/x HTTP/1.1\r\n" H "\r\n", 400),
		ROW("GET /hello\0 HTTP/1.1\r\n" H "\r\n", 400),
		ROW("GET /hello?a\0b HTTP/1.1\r\n" H "\r\n", 400),
		ROW("GET /hel\x01lo HTTP/1.1\r\n" H "\r\n", 400),
		ROW("GET /hel\x7flo HTTP/1.1\r\n" H "\r\n", 400),
		ROW("GET /hel\tlo HTTP/1.1\r\n" H "\r\n", 400),
		ROW("GET /\xe0\xb8\x81 HTTP/1.1\r\n" H "\r\n", 400),
		ROW("GET /hello?\xe0\xb8\x81 HTTP/1.1\r\n" H "\r\n", 400),
		ROW("GET /hello#x HTTP/1.1\r\n" H "\r\n", 400),
		ROW("GET /hello?a#x HTTP/1.1\r\n" H "\r\n", 400),
		ROW("GET /hello\\x HTTP/1.1\r\n" H "\r\n", 400),
		ROW("GET /hel\"lo HTTP/1.1\r\n" H "\r\n", 400),
		ROW("GET /hel<lo HTTP/1.1\r\n" H "\r\n", 400),
		ROW("GET /files/../hello HTTP/1.1\r\n" H "\r\n", 400),
		ROW("GET /files/.. HTTP/1.1\r\n" H "\r\n", 400),
		ROW("GET /files/./x HTTP/1.1\r\n" H "\r\n", 400),
		ROW("GET /files/..;/x HTTP/1.1\r\n" H "\r\n", 200),
		ROW("GET /files/%2e%2e/hello HTTP/1.1\r\n" H "\r\n", 400),
		ROW("GET hello HTTP/1.1\r\n" H "\r\n", 400),
		ROW("GET * HTTP/1.1\r\n" H "\r\n", 400),
		ROW("OPTIONS * HTTP/1.1\r\n" H "\r\n", 400),
		ROW("CONNECT localhost:443 HTTP/1.1\r\n" H "\r\n", 400),
		ROW("GET ftp://localhost/hello HTTP/1.1\r\n" H "\r\n", 400),
	};

	run_rows(state, rows, N_OF(rows));
}

static void methods(void **state)
{
	static const struct refusal_row rows[] = {
		ROW("POST /hello HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n", 405),
		ROW("PUT /hello HTTP/1.1\r\n" H "Content-Length: 1\r\n\r\nx", 405),
		ROW("TRACE /hello HTTP/1.1\r\n" H "\r\n", 405),
		ROW("get /hello HTTP/1.1\r\n" H "\r\n", 405),
		ROW("OTHER /hello HTTP/1.1\r\n" H "\r\n", 405),
		ROW("HEAD /post HTTP/1.1\r\n" H "\r\n", 405),
		ROW("OPTIONS /hello HTTP/1.1\r\n" H "\r\n", 405),
	};
	struct refusals_fixture *f = *state;
	struct raw_answer r;

	run_rows(state, rows, N_OF(rows));
	r = raw_exchange(f->arena, f->port, rows[0].bytes);
	assert_str(raw_header(&r, "Allow"), "GET, HEAD");
	assert_str(r.body, "405 Method Not Allowed: this endpoint does not know that method\n");
	r = raw_exchange(f->arena, f->port, rows[5].bytes);
	assert_str(raw_header(&r, "Allow"), "POST");
}

#define TWICE(line) ROW("GET /hello HTTP/1.1\r\n" H line "\r\n" line "\r\n\r\n", 400)

static void headers(void **state)
{
	static const struct refusal_row rows[] = {
		TWICE("Host: localhost"),
		TWICE("Authorization: Bearer x"),
		TWICE("Content-Type: text/plain"),
		TWICE("Content-Length: 0"),
		TWICE("Cookie: a=b"),
		TWICE("Accept: */*"),
		TWICE("Accept-Language: th"),
		TWICE("Accept-Encoding: gzip"),
		TWICE("User-Agent: x"),
		TWICE("Origin: https://a.example"),
		TWICE("Referer: https://a.example/"),
		TWICE("Sec-Fetch-Site: none"),
		TWICE("If-None-Match: *"),
		TWICE("X-Request-Id: 1"),
		TWICE("Transfer-Encoding: chunked"),
		TWICE("Expect: 100-continue"),
		ROW("GET /hello HTTP/1.1\r\n" H "cookie: a\r\nCOOKIE: b\r\n\r\n", 400),
		ROW("GET /hello HTTP/1.1\r\n" H "X-Other: 1\r\nX-Other: 2\r\n\r\n", 200),
		ROW("GET /hello HTTP/1.1\r\n" H "Name : x\r\n\r\n", 400),
		ROW("GET /hello HTTP/1.1\r\n" H "Na me: x\r\n\r\n", 400),
		ROW("GET /hello HTTP/1.1\r\n" H "Na(me): x\r\n\r\n", 400),
		ROW("GET /hello HTTP/1.1\r\n" H ": x\r\n\r\n", 400),
		ROW("GET /hello HTTP/1.1\r\n" H "no colon\r\n\r\n", 400),
		ROW("GET /hello HTTP/1.1\r\n" H ":\r\n\r\n", 400),
		ROW("GET /hello HTTP/1.1\r\n" H ": x\n\r\n", 400),
		ROW("GET /hello HTTP/1.1\r\n" H "X: a\0b\r\n\r\n", 400),
		ROW("GET /hello HTTP/1.1\r\nHost: localhost\0.evil\r\n\r\n", 400),
		ROW("GET /hello HTTP/1.1\r\nHost: localhost\0.evil\r\nX: 1\r\n\r\n", 400),
		ROW("GET /hello HTTP/1.1\r\nHost: localhost\nX: 1\r\n\r\n", 400),
		ROW("GET /hello HTTP/1.1\r\n" H "X\0: a\r\n\r\n", 400),
		ROW("GET /hello HTTP/1.1\nHost: localhost\n\n", 400),
		ROW("GET /hello HTTP/1.1\r\nHost: localhost\n\r\n", 400),
		ROW("GET /hello HTTP/1.1\r\n" H "X-A: 1\r\n\n", 400),
		ROW("GET /hello HTTP/1.1\r\n" H "X-A:\t 1 \t\r\nX-Empty:\r\n\r\n", 200),
		ROW("GET /hello HTTP/1.1\r\n" H "X-A: v\r\n folded\r\n\r\n", 400),
		ROW("GET /hello HTTP/1.1\r\n" H "X-A: v\r\n\tauthorization\r\n\r\n", 400),
		ROW("GET /hello HTTP/1.1\r\n" H "User-Agent: a\rb\r\n\r\n", 400),
		ROW("GET /hello HTTP/1.1\r\n" H "User-Agent: a\x01\r\n\r\n", 400),
		ROW("GET /hello HTTP/1.1\r\n" H "Authorization: a\x7f\r\n\r\n", 400),
	};

	run_rows(state, rows, N_OF(rows));
}

static void framing(void **state)
{
	static const struct refusal_row rows[] = {
		ROW("POST /post HTTP/1.1\r\n" H "Content-Length: 1\r\n\r\nx", 200),
		ROW("POST /post HTTP/1.1\r\n" H "Content-Length: 3\r\nTransfer-Encoding: "
		    "chunked\r\n\r\n0\r\n\r\n",
			400),
		ROW("POST /post HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nContent-Length: "
		    "3\r\n\r\n0\r\n\r\n",
			400),
		ROW("POST /post HTTP/1.1\r\n" H "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxy",
			400),
		ROW("POST /post HTTP/1.1\r\n" H "Content-Length: 1, 1\r\n\r\nx", 400),
		ROW("POST /post HTTP/1.1\r\n" H "Content-Length: -1\r\n\r\nx", 400),
		ROW("POST /post HTTP/1.1\r\n" H "Content-Length: +1\r\n\r\nx", 400),
		ROW("POST /post HTTP/1.1\r\n" H "Content-Length: 0x1\r\n\r\nx", 400),
		ROW("POST /post HTTP/1.1\r\n" H "Content-Length: 1 1\r\n\r\nx", 400),
		ROW("POST /post HTTP/1.1\r\n" H "Content-Length:\r\n\r\nx", 400),
		ROW("POST /post HTTP/1.1\r\n" H "Content-Length: 99999999999999999999999\r\n\r\nx",
			413),
		ROW("POST /post HTTP/1.1\r\n" H "Transfer-Encoding: gzip\r\n\r\nx", 501),
		ROW("POST /post HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
			501),
		ROW("POST /post HTTP/1.1\r\n" H "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
			501),
		ROW("POST /post HTTP/1.1\r\n" H "Transfer-Encoding: \x0b"
		    "chunked\r\n\r\n0\r\n\r\n",
			400),
		ROW("POST /post HTTP/1.1\r\n" H "Transfer-Encoding:\r\n\r\n", 501),
		ROW("POST /post HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
		ROW("POST /post HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
		ROW("POST /post HTTP/1.1\r\n" H
		    "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
			413),
	};

	run_rows(state, rows, N_OF(rows));
}

/* POST of n bytes to /post_bytes, whose maximum is 10. */
static int post_bytes(void **state, size_t n, bool chunked)
{
	struct refusals_fixture *f = *state;
	struct buf b;

	buf_init(&b, f->arena, 2000000);
	buf_add_c(&b, "POST /post HTTP/1.1\r\n" H);
	if (chunked)
		buf_addf(&b, "Transfer-Encoding: chunked\r\n\r\n%zx\r\n", n);
	else
		buf_addf(&b, "Content-Length: %zu\r\n\r\n", n);
	for (size_t i = 0; i < n; i++)
		buf_add_byte(&b, 'x');
	if (chunked)
		buf_add_c(&b, "\r\n0\r\n\r\n");
	return raw_exchange(f->arena, f->port, buf_str(&b)).status;
}

static void body_maximum(void **state)
{
	assert_int_equal(post_bytes(state, 10, false), 200);
	assert_int_equal(post_bytes(state, 11, false), 413);
	assert_int_equal(post_bytes(state, 10, true), 200);
	assert_int_equal(post_bytes(state, 11, true), 413);
	assert_int_equal(post_bytes(state, 100000, false), 413);
	assert_int_equal(post_bytes(state, 100000, true), 413);
}

static void body_without_end_is_cut_off(void **state)
{
	struct refusals_fixture *f = *state;
	struct raw_conn *c = raw_connect(f->arena, f->port);
	static char chunk[8 + 4096];
	size_t sent = 0;

	memset(chunk, 'x', sizeof(chunk));
	memcpy(chunk, "1000\r\n", 6);
	memcpy(chunk + 6 + 4096, "\r\n", 2);
	raw_send_c(c, "POST /post HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n");
	while (raw_send(c, (struct str){.p = chunk, .n = sizeof(chunk)}))
		sent += 4096;
	/* Far below what an endless sender would get through; the socket buffers are in it. */
	assert_true(sent < 64u * 1024u * 1024u);
	raw_close(c);
}

static void huge_length_is_refused_before_it_comes(void **state)
{
	static const struct refusal_row rows[] = {
		ROW("POST /post HTTP/1.1\r\n" H "Content-Length: 1000000000\r\n\r\n", 413),
		ROW("POST /post HTTP/1.1\r\n" H
		    "Content-Length: 11\r\nExpect: 100-continue\r\n\r\n",
			413),
		ROW("POST /hello HTTP/1.1\r\n" H
		    "Content-Length: 11\r\nExpect: 100-continue\r\n\r\n",
			405),
	};

	run_rows(state, rows, N_OF(rows));
}

static void connection_lives_on_after_a_refusal(void **state)
{
	struct refusals_fixture *f = *state;
	struct raw_conn *c = raw_connect(f->arena, f->port);

	raw_send_c(c, "GET /nowhere HTTP/1.1\r\n" H "\r\n");
	assert_int_equal(raw_read(c, false).status, 404);
	raw_send_c(c, "POST /post HTTP/1.1\r\n" H "Content-Length: 20\r\n\r\n01234567890123456789");
	assert_int_equal(raw_read(c, false).status, 413);
	raw_send_c(c, "GET /hello HTTP/1.1\r\n" H "\r\n");
	assert_int_equal(raw_read(c, false).status, 200);
	raw_close(c);
}

static void doubtful_framing_ends_the_connection(void **state)
{
	struct refusals_fixture *f = *state;
	struct raw_conn *c = raw_connect(f->arena, f->port);
	struct raw_answer r;

	raw_send_c(c,
		"POST /post HTTP/1.1\r\n" H "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"
		"\r\n0\r\n\r\nGET /hello HTTP/1.1\r\n" H "\r\n");
	r = raw_read(c, false);
	assert_int_equal(r.status, 400);
	assert_str(raw_header(&r, "Connection"), "close");
	assert_true(raw_closed(c));
	raw_close(c);
}

/* A GET whose target has n bytes. */
static int get_long(void **state, size_t n, size_t header_bytes)
{
	struct refusals_fixture *f = *state;
	struct buf b;

	buf_init(&b, f->arena, 200000);
	buf_add_c(&b, "GET /hello?");
	for (size_t i = 7; i < n; i++)
		buf_add_byte(&b, 'q');
	buf_add_c(&b, " HTTP/1.1\r\n" H);
	if (header_bytes)
		buf_add_c(&b, "X-Long: ");
	for (size_t i = 0; i < header_bytes; i++)
		buf_add_byte(&b, 'h');
	buf_add_c(&b, header_bytes ? "\r\n\r\n" : "\r\n");
	return raw_exchange(f->arena, f->port, buf_str(&b)).status;
}

static void lengths(void **state)
{
	assert_int_equal(get_long(state, HTTP_TARGET_MAX, 0), 200);
	assert_int_equal(get_long(state, HTTP_TARGET_MAX + 1, 0), 414);
	assert_int_equal(get_long(state, 100000, 0), 414);
	assert_int_equal(get_long(state, 10, HTTP_HEADER_MAX - 100), 200);
	assert_int_equal(get_long(state, 10, HTTP_HEADER_MAX), 431);
	assert_int_equal(get_long(state, 10, 100000), 431);
	assert_int_equal(get_long(state, HTTP_TARGET_MAX, HTTP_HEADER_MAX - 100), 200);
}

/* Attack row 14: one right Host, everything else has no say. */
static void hosts(void **state)
{
	static const struct refusal_row rows[] = {
		ROW("GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n", 200),
		ROW("GET /hello HTTP/1.1\r\nHost: LOCALHOST\r\n\r\n", 200),
		ROW("GET /hello HTTP/1.1\r\nHost: id.example:8080\r\n\r\n", 200),
		ROW("GET /hello HTTP/1.1\r\nHost: id.example\r\n\r\n", 421),
		ROW("GET /hello HTTP/1.1\r\nHost: id.example:80\r\n\r\n", 421),
		ROW("GET /hello HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
		ROW("GET /hello HTTP/1.1\r\nHost: localhost.evil.example\r\n\r\n", 421),
		ROW("GET /hello HTTP/1.1\r\nHost: localhost@evil.example\r\n\r\n", 421),
		ROW("GET /hello HTTP/1.1\r\nHost: localhost:80\r\n\r\n", 421),
		ROW("GET /hello HTTP/1.1\r\nHost: localhost.\r\n\r\n", 421),
		ROW("GET /hello HTTP/1.1\r\nHost: localhost, evil.example\r\n\r\n", 421),
		ROW("GET /hello HTTP/1.1\r\nHost: localhost evil.example\r\n\r\n", 421),
		ROW("GET /hello HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 421),
		ROW("GET /hello HTTP/1.1\r\nHost:\r\n\r\n", 421),
		ROW("GET /hello HTTP/1.1\r\n\r\n", 400),
		ROW("GET /hello HTTP/1.0\r\n\r\n", 421),
		ROW("GET /hello HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", 400),
		ROW("GET /hello HTTP/1.1\r\nHost : evil.example\r\nHost: localhost\r\n\r\n", 400),
		ROW("GET http://evil.example/hello HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
		ROW("GET http://evil.example/hello HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
		ROW("GET /hello HTTP/1.1\r\n" H "X-Forwarded-Host: evil.example\r\n\r\n", 200),
		ROW("GET /hello HTTP/1.1\r\n" H "Forwarded: host=evil.example\r\n\r\n", 200),
		ROW("GET /hello HTTP/1.1\r\n" H "X-Host: evil.example\r\n\r\n", 200),
		ROW("GET /hello HTTP/1.1\r\n" H "X-Forwarded-Server: evil.example\r\n\r\n", 200),
		ROW("GET /hello HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: "
		    "localhost\r\n\r\n",
			421),
	};

	run_rows(state, rows, N_OF(rows));
}

static void refusals_echo_nothing(void **state)
{
	static const char *const requests[] = {
		"GET /hello HTTP/1.1\r\nHost: evil.example\r\n\r\n",
		"GET /evil.example HTTP/1.1\r\n" H "X-Forwarded-Host: evil.example\r\n\r\n",
		"GET /%evil.example HTTP/1.1\r\n" H "\r\n",
	};
	struct refusals_fixture *f = *state;

	for (size_t i = 0; i < N_OF(requests); i++) {
		struct raw_answer r = raw_exchange(f->arena, f->port, str_c(requests[i]));

		assert_true(r.status >= 400);
		assert_null(memmem(r.text.p, r.text.n, "evil", 4));
		assert_null(memmem(r.body.p, r.body.n, "evil", 4));
	}
}

/* ---- pages ---- */

static void errors_as_pages_and_as_text(void **state)
{
	struct http_server_options o = test_options();
	struct refusals_fixture *f = *state;
	struct http_server *s;
	struct raw_answer r;
	int port;

	o.error_page = page;
	s = test_start(&o, routes, N_OF(routes));
	port = http_server_port(s);
	r = raw_get(f->arena, port, "/nowhere", "Accept: text/html,*/*\r\n");
	assert_int_equal(r.status, 404);
	assert_str(r.body, "<h1>404</h1>");
	assert_str(raw_header(&r, "Content-Type"), "text/html");
	assert_true(raw_header(&r, "Content-Security-Policy").n > 0);
	r = raw_get(f->arena, port, "/nowhere", "Accept: application/json\r\n");
	assert_int_equal(r.status, 404);
	assert_str(r.body, "404 Not Found: there is nothing here\n");
	r = raw_post(f->arena, port, "/page", NULL, STR("a=b"));
	assert_int_equal(r.status, 405);
	assert_str(r.body, "<h1>405</h1>");
	assert_str(raw_header(&r, "Allow"), "GET, HEAD");
	r = raw_post(f->arena, port, "/hello", "Accept: text/html\r\n", STR("a=b"));
	assert_str(r.body, "405 Method Not Allowed: this endpoint does not know that method\n");
	assert_true(http_server_stop(s));
}

/* ---- the start itself ---- */

static void wrong_options_and_tables(void **state)
{
	static const struct http_route twice[] = {
		{.path = "/a", .methods = GET, .handle = refusals_hello},
		{.path = "/a", .methods = POST, .handle = refusals_hello}};
	static const struct http_route twice_prefix[] = {
		{.path = "/a/", .flags = HTTP_PREFIX, .handle = refusals_hello},
		{.path = "/a/", .flags = HTTP_PREFIX, .handle = refusals_hello}};
	static const struct http_route no_slash[] = {
		{.path = "/a", .flags = HTTP_PREFIX, .handle = refusals_hello}};
	static const struct http_route relative[] = {{.path = "a", .handle = refusals_hello}};
	static const struct http_route handlerless[] = {{.path = "/a"}};
	static const struct str proxies[] = {STR_INIT("proxy.example")};
	struct http_server_options good = test_options(), o;
	struct http_server *s = NULL;

	assert_int_equal(http_server_start(&good, twice, 2, &s), RC_INVALID);
	assert_int_equal(http_server_start(&good, twice_prefix, 2, &s), RC_INVALID);
	assert_int_equal(http_server_start(&good, no_slash, 1, &s), RC_INVALID);
	assert_int_equal(http_server_start(&good, relative, 1, &s), RC_INVALID);
	assert_int_equal(http_server_start(&good, handlerless, 1, &s), RC_INVALID);
	o = good;
	o.trusted_proxies = (struct strlist){.v = proxies, .n = 1};
	assert_int_equal(http_server_start(&o, routes, 1, &s), RC_INVALID);
	o = good;
	o.event_threads = 0;
	assert_int_equal(http_server_start(&o, routes, 1, &s), RC_INVALID);
	o = good;
	o.address = "localhost";
	assert_int_equal(http_server_start(&o, routes, 1, &s), RC_INVALID);
	o = good;
	o.tls = true;
	assert_int_equal(http_server_start(&o, routes, 1, &s), RC_INVALID);
	o = good;
	o.address = "192.0.2.1";
	assert_int_equal(http_server_start(&o, routes, 1, &s), RC_UNAVAILABLE);
	assert_null(s);
}

static void a_taken_port_is_noticed(void **state)
{
	struct refusals_fixture *f = *state;
	struct http_server_options o = test_options();
	struct http_server *s, *second = NULL;

	o.port = f->port;
	assert_int_equal(http_server_start(&o, routes, 1, &second), RC_UNAVAILABLE);
	/* Also when both would share ports among their threads. */
	o.port = 0;
	o.event_threads = 3;
	s = test_start(&o, routes, 1);
	o.port = http_server_port(s);
	assert_int_equal(http_server_start(&o, routes, 1, &second), RC_UNAVAILABLE);
	assert_null(second);
	assert_true(http_server_stop(s));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets),
		cmocka_unit_test(methods),
		cmocka_unit_test(headers),
		cmocka_unit_test(framing),
		cmocka_unit_test(body_maximum),
		cmocka_unit_test(body_without_end_is_cut_off),
		cmocka_unit_test(huge_length_is_refused_before_it_comes),
		cmocka_unit_test(connection_lives_on_after_a_refusal),
		cmocka_unit_test(doubtful_framing_ends_the_connection),
		cmocka_unit_test(lengths),
		cmocka_unit_test(hosts),
		cmocka_unit_test(refusals_echo_nothing),
		cmocka_unit_test(errors_as_pages_and_as_text),
		cmocka_unit_test(wrong_options_and_tables),
		cmocka_unit_test(a_taken_port_is_noticed),
	};

	return cmocka_run_group_tests(tests, refusals_set_up, refusals_tear_down);
}
