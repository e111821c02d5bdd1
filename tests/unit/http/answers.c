/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a well-behaved client gets. */
#include "fixture.h"

static struct http_blob *blob, *plain_blob;
static struct http_slot *slot;

static void answers_hello(struct http_exchange *x)
{
	http_answer(x, 200, "text/plain", STR("hello"));
}

/* Says back what the server understood of the request. */
static void echo(struct http_exchange *x)
{
	const struct http_request *r = &x->request;
	struct buf b;

	buf_init(&b, x->arena, 200000);
	buf_addf(&b, "%d|%.*s|%.*s|%.*s|%.*s|", (int)r->method, STR_FMT(r->path), STR_FMT(r->query),
		STR_FMT(r->tail), STR_FMT(r->peer));
	buf_addf(&b, "%.*s|", STR_FMT(r->user_agent));
	buf_add(&b, r->body);
	http_answer(x, 200, "text/plain", buf_str(&b));
}

static void form(struct http_exchange *x)
{
	const char *why = "";
	struct form f;

	if (http_body_form(x, &f, &why) != RC_OK)
		http_answer(x, 400, "text/plain", str_c(why));
	else
		http_answer(x, 200, "text/plain", form_get(&f, "name"));
}

static void cookies(struct http_exchange *x)
{
	struct str old = http_cookie(x, "sid");

	http_answer(x, 200, "text/plain", old);
	http_set_cookie(x, "sid", STR("new"), 0);
	http_set_cookie(x, "long", STR("v"), 600);
	http_set_cookie(x, "gone", STR_NONE, -1);
}

static void redirect(struct http_exchange *x)
{
	http_redirect(x, STR("https://portal.example/cb?code=1"));
}

static void cached(struct http_exchange *x)
{
	http_answer(x, 200, "text/css", STR("a{}"));
	http_header_add(x, "Cache-Control", STR("public"));
}

static void start_over(struct http_exchange *x)
{
	http_answer(x, 200, "text/plain", STR("wrong"));
	http_header_add(x, "X-Wrong", STR("1"));
	http_response_reset(x);
	http_answer(x, 201, "text/plain", STR("right"));
}

static void nothing(struct http_exchange *x)
{
}

static void send_blob(struct http_exchange *x)
{
	http_answer_blob(x, blob);
}

static void send_plain_blob(struct http_exchange *x)
{
	http_answer_blob(x, plain_blob);
}

static void send_slot(struct http_exchange *x)
{
	http_answer_slot(x, slot);
}

#define GET HTTP_ON(HTTP_GET)

static const struct http_route routes[] = {
	{.path = "/hello", .methods = GET, .handle = answers_hello},
	{.path = "/echo",
		.methods = GET | HTTP_ON(HTTP_POST) | HTTP_ON(HTTP_DELETE),
		.handle = echo},
	{.path = "/static/", .methods = GET, .flags = HTTP_PREFIX, .handle = echo},
	{.path = "/static/deep/", .methods = GET, .flags = HTTP_PREFIX, .handle = answers_hello},
	{.path = "/form", .methods = HTTP_ON(HTTP_POST), .handle = form},
	{.path = "/cookies", .methods = GET, .handle = cookies},
	{.path = "/redirect", .methods = GET, .handle = redirect},
	{.path = "/cached", .methods = GET, .handle = cached},
	{.path = "/start-over", .methods = GET, .handle = start_over},
	{.path = "/nothing", .methods = GET, .handle = nothing, .name = "nothing"},
	{.path = "/blob", .methods = GET, .flags = HTTP_CORS, .handle = send_blob},
	{.path = "/plain-blob", .methods = GET, .handle = send_plain_blob},
	{.path = "/slot", .methods = GET, .handle = send_slot},
	{.path = "/cors",
		.methods = GET | HTTP_ON(HTTP_POST),
		.flags = HTTP_CORS,
		.handle = answers_hello},
};

struct answers_fixture {
	struct http_server *server;
	struct arena *arena;
	int port;
};

static int answers_set_up(void **state)
{
	static struct answers_fixture f;
	struct http_server_options o = test_options();

	blob = http_blob_new(
		200, "application/json", STR("{\"a\":1}"), "public, max-age=300", true);
	http_blob_set_gzip(blob, STR("\x1f\x8b-not-really-gzip"));
	plain_blob = http_blob_new(200, "image/png", STR("\x89PNG\0\1"), NULL, false);
	slot = http_slot_new(http_blob_new(200, "text/plain", STR("one"), NULL, false));
	f.server = test_start(&o, routes, N_OF(routes));
	f.port = http_server_port(f.server);
	f.arena = arena_new(ARENA_MAX_CLI);
	*state = &f;
	return 0;
}

static int answers_tear_down(void **state)
{
	struct answers_fixture *f = *state;

	assert_true(http_server_stop(f->server));
	http_blob_unref(blob);
	http_blob_unref(plain_blob);
	http_slot_free(slot);
	arena_free(f->arena);
	return 0;
}

static struct raw_answer answers_get(void **state, const char *target, const char *headers)
{
	struct answers_fixture *f = *state;

	return raw_get(f->arena, f->port, target, headers);
}

static struct raw_answer raw(void **state, const char *bytes)
{
	struct answers_fixture *f = *state;

	return raw_exchange(f->arena, f->port, str_c(bytes));
}

static void plain_answer_and_its_headers(void **state)
{
	struct raw_answer r = answers_get(state, "/hello", NULL);

	assert_int_equal(r.status, 200);
	assert_str(r.body, "hello");
	assert_str(raw_header(&r, "Content-Type"), "text/plain");
	assert_str(raw_header(&r, "Content-Length"), "5");
	assert_str(raw_header(&r, "Cache-Control"), "no-store");
	assert_str(raw_header(&r, "X-Content-Type-Options"), "nosniff");
	assert_true(raw_header(&r, "Date").n > 0);
	assert_int_equal(raw_header(&r, "X-Request-Id").n, 20);
	assert_int_equal(raw_header(&r, "Access-Control-Allow-Origin").n, 0);
}

static void request_ids_differ(void **state)
{
	struct raw_answer a = answers_get(state, "/hello", NULL),
			  b = answers_get(state, "/hello", NULL);

	assert_false(str_eq(raw_header(&a, "X-Request-Id"), raw_header(&b, "X-Request-Id")));
}

static void target_is_seen_as_sent(void **state)
{
	struct raw_answer r =
		answers_get(state, "/echo?a=%41&b=c+d&b=%zz", "User-Agent:  probe/1 \r\n");

	assert_str(r.body, "1|/echo|a=%41&b=c+d&b=%zz||127.0.0.1|probe/1|");
}

static void prefix_routes_longest_first(void **state)
{
	struct raw_answer r = answers_get(state, "/static/css/site.css?v=1", NULL);

	assert_str(r.body, "1|/static/css/site.css|v=1|css/site.css|127.0.0.1||");
	r = answers_get(state, "/static/", NULL);
	assert_str(r.body, "1|/static/|||127.0.0.1||");
	r = answers_get(state, "/static/deep/x", NULL);
	assert_str(r.body, "hello");
	assert_int_equal(answers_get(state, "/static", NULL).status, 404);
}

static void head_is_get_without_body(void **state)
{
	struct raw_answer r = raw(state, "HEAD /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");

	assert_int_equal(r.status, 200);
	assert_str(raw_header(&r, "Content-Length"), "5");
	assert_int_equal(r.body.n, 0);
	r = raw(state, "HEAD /blob HTTP/1.1\r\nHost: localhost\r\n\r\n");
	assert_int_equal(r.status, 200);
	assert_str(raw_header(&r, "Content-Length"), "7");
}

static void bodies_arrive_whole(void **state)
{
	struct raw_answer r = raw(state, "POST /echo HTTP/1.1\r\nHost: localhost\r\n"
					 "Content-Length: 4\r\n\r\nabcd");

	assert_str(r.body, "3|/echo|||127.0.0.1||abcd");
	r = raw(state,
		"POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
		"2\r\nab\r\n3;x=y\r\ncde\r\n0\r\n\r\n");
	assert_str(r.body, "3|/echo|||127.0.0.1||abcde");
	r = raw(state, "POST /echo HTTP/1.1\r\nHost: localhost\r\n\r\n");
	assert_str(r.body, "3|/echo|||127.0.0.1||");
	r = raw(state, "DELETE /echo HTTP/1.1\r\nHost: localhost\r\n\r\n");
	assert_str(r.body, "4|/echo|||127.0.0.1||");
}

static void body_after_a_slow_start(void **state)
{
	struct answers_fixture *f = *state;
	struct raw_conn *c = raw_connect(f->arena, f->port);
	static const char text[] =
		"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc";
	struct raw_answer r;

	/* Byte for byte, each its own segment. */
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		assert_true(raw_send(c, (struct str){.p = text + i, .n = 1}));
	r = raw_read(c, false);
	assert_str(r.body, "3|/echo|||127.0.0.1||abc");
	raw_close(c);
}

static void expect_continue_is_answered(void **state)
{
	struct answers_fixture *f = *state;
	struct raw_conn *c = raw_connect(f->arena, f->port);
	struct raw_answer r;

	raw_send_c(c, "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
		      "Expect: 100-continue\r\n\r\n");
	r = raw_read(c, false);
	assert_int_equal(r.status, 100);
	raw_send_c(c, "ok");
	r = raw_read(c, false);
	assert_str(r.body, "3|/echo|||127.0.0.1||ok");
	raw_close(c);
}

static void pipelined_requests_in_order(void **state)
{
	struct answers_fixture *f = *state;
	struct raw_conn *c = raw_connect(f->arena, f->port);
	struct buf b;

	buf_init(&b, f->arena, 65536);
	for (int i = 0; i < 50; i++)
		buf_addf(&b, "GET /echo?%d HTTP/1.1\r\nHost: localhost\r\n\r\n", i);
	raw_send(c, buf_str(&b));
	for (int i = 0; i < 50; i++) {
		struct raw_answer r = raw_read(c, false);
		char want[64];

		snprintf(want, sizeof(want), "1|/echo|%d||127.0.0.1||", i);
		assert_str(r.body, want);
	}
	raw_close(c);
}

static void keep_alive_and_close(void **state)
{
	struct answers_fixture *f = *state;
	struct raw_conn *c = raw_connect(f->arena, f->port);

	for (int i = 0; i < 3; i++) {
		raw_send_c(c, "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
		assert_int_equal(raw_read(c, false).status, 200);
	}
	raw_send_c(c, "GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
	assert_int_equal(raw_read(c, false).status, 200);
	assert_true(raw_closed(c));
	raw_close(c);
	assert_int_equal(raw(state, "GET /hello HTTP/1.0\r\nHost: localhost\r\n\r\n").status, 200);
}

static void absolute_form_is_accepted(void **state)
{
	struct raw_answer r =
		raw(state, "GET http://localhost/echo?x HTTP/1.1\r\nHost: localhost\r\n\r\n");

	assert_str(r.body, "1|/echo|x||127.0.0.1||");
	r = raw(state, "GET http://evil/echo HTTP/1.1\r\nHost: localhost\r\n\r\n");
	assert_int_equal(r.status, 400);
	r = raw(state, "GET http://localhost HTTP/1.1\r\nHost: localhost\r\n\r\n");
	assert_int_equal(r.status, 400);
}

static void forms_and_their_type(void **state)
{
	struct answers_fixture *f = *state;
	struct raw_answer r = raw_post(f->arena, f->port, "/form", NULL, STR("name=a%20b&x=1"));

	assert_str(r.body, "a b");
	r = raw_post(f->arena, f->port, "/form", NULL, STR("name=a&name=b"));
	assert_int_equal(r.status, 400);
	r = raw(state, "POST /form HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\n"
		       "Content-Type: text/plain\r\n\r\nname=a");
	assert_int_equal(r.status, 400);
	r = raw(state, "POST /form HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\n\r\nname=a");
	assert_int_equal(r.status, 400);
	r = raw(state,
		"POST /form HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\nContent-Type: "
		"Application/X-WWW-Form-Urlencoded; charset=utf-8\r\n\r\nname=a");
	assert_str(r.body, "a");
}

static void cookies_without_https(void **state)
{
	struct raw_answer r = answers_get(state, "/cookies", "Cookie: x=1; sid=old\r\n");

	assert_str(r.body, "old");
	assert_str(raw_header_n(&r, "Set-Cookie", 0), "sid=new; Path=/; HttpOnly; SameSite=Lax");
	assert_str(raw_header_n(&r, "Set-Cookie", 1),
		"long=v; Path=/; HttpOnly; SameSite=Lax; Max-Age=600");
	assert_str(raw_header_n(&r, "Set-Cookie", 2),
		"gone=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
	r = answers_get(state, "/cookies", "Cookie: sid=a; sid=b\r\n");
	assert_str(r.body, "");
}

static void cookies_with_https(void **state)
{
	struct answers_fixture *f = *state;
	struct http_server_options o = test_options();
	struct http_server *s;
	struct raw_answer r;

	o.secure_cookies = true;
	s = test_start(&o, routes, N_OF(routes));
	r = raw_get(f->arena, http_server_port(s), "/cookies",
		"Cookie: sid=planted; __Host-sid=mine\r\n");
	assert_str(r.body, "mine");
	assert_str(raw_header_n(&r, "Set-Cookie", 0),
		"__Host-sid=new; Path=/; HttpOnly; SameSite=Lax; Secure");
	assert_true(http_server_stop(s));
}

static void redirects_and_other_headers(void **state)
{
	struct raw_answer r = answers_get(state, "/redirect", NULL);

	assert_int_equal(r.status, 303);
	assert_str(raw_header(&r, "Location"), "https://portal.example/cb?code=1");
	assert_int_equal(raw_header(&r, "Content-Type").n, 0);
	r = answers_get(state, "/cached", NULL);
	assert_str(raw_header(&r, "Cache-Control"), "public");
	assert_int_equal(raw_header_n(&r, "Cache-Control", 1).n, 0);
	r = answers_get(state, "/start-over", NULL);
	assert_int_equal(r.status, 201);
	assert_str(r.body, "right");
	assert_int_equal(raw_header(&r, "X-Wrong").n, 0);
	assert_int_equal(answers_get(state, "/nothing", NULL).status, 500);
}

static void blob_whole_gzip_and_304(void **state)
{
	struct raw_answer r = answers_get(state, "/blob", NULL), z;
	char headers[200];
	struct str etag;

	assert_int_equal(r.status, 200);
	assert_str(r.body, "{\"a\":1}");
	assert_str(raw_header(&r, "Content-Type"), "application/json");
	assert_str(raw_header(&r, "Cache-Control"), "public, max-age=300");
	assert_str(raw_header(&r, "Vary"), "Accept-Encoding");
	assert_str(raw_header(&r, "Access-Control-Allow-Origin"), "*");
	assert_int_equal(raw_header(&r, "Content-Encoding").n, 0);
	etag = raw_header(&r, "ETag");
	assert_int_equal(etag.n, 45);
	z = answers_get(state, "/blob", "Accept-Encoding: br, gzip;q=0.5\r\n");
	assert_str(raw_header(&z, "Content-Encoding"), "gzip");
	assert_str(z.body, "\x1f\x8b-not-really-gzip");
	assert_false(str_eq(etag, raw_header(&z, "ETag")));
	snprintf(headers, sizeof(headers), "If-None-Match: \"x\", W/%.*s\r\n", STR_FMT(etag));
	r = answers_get(state, "/blob", headers);
	assert_int_equal(r.status, 304);
	assert_true(str_eq(raw_header(&r, "ETag"), etag));
	assert_str(raw_header(&r, "Cache-Control"), "public, max-age=300");
	assert_int_equal(answers_get(state, "/blob", "If-None-Match: *\r\n").status, 304);
	assert_int_equal(answers_get(state, "/blob", "If-None-Match: \"x\"\r\n").status, 200);
	snprintf(headers, sizeof(headers), "Accept-Encoding: gzip\r\nIf-None-Match: %.*s\r\n",
		STR_FMT(etag));
	assert_int_equal(answers_get(state, "/blob", headers).status, 200);
}

static void gzip_only_where_accepted(void **state)
{
	static const struct {
		const char *accept;
		bool gzip;
	} table[] = {
		{"gzip", true},
		{"GZIP", true},
		{"deflate, gzip", true},
		{"gzip;q=1.0", true},
		{"gzip ; q=0.001", true},
		{"gzip;q=0", false},
		{"gzip; q=0.000", false},
		{"br", false},
		{"xgzip", false},
		{"gzipx", false},
		{"", false},
	};

	for (size_t i = 0; i < N_OF(table); i++) {
		char headers[100];
		struct raw_answer r;

		snprintf(headers, sizeof(headers), "Accept-Encoding: %s\r\n", table[i].accept);
		r = answers_get(state, "/blob", headers);
		print_message("# %s\n", table[i].accept);
		assert_int_equal(raw_header(&r, "Content-Encoding").n > 0, table[i].gzip);
	}
	assert_int_equal(answers_get(state, "/plain-blob", "Accept-Encoding: gzip\r\n").body.n, 6);
}

static void slot_shows_the_new_blob(void **state)
{
	assert_str(answers_get(state, "/slot", NULL).body, "one");
	http_slot_set(slot, http_blob_new(200, "text/plain", STR("two"), NULL, false));
	assert_str(answers_get(state, "/slot", NULL).body, "two");
}

static void cors_and_its_preflight(void **state)
{
	struct raw_answer r = answers_get(state, "/cors", "Origin: https://app.example\r\n");

	assert_str(raw_header(&r, "Access-Control-Allow-Origin"), "*");
	assert_int_equal(raw_header(&r, "Access-Control-Allow-Credentials").n, 0);
	/* keycloak-js posts with the browser's credentials. */
	r = raw(state, "POST /cors HTTP/1.1\r\nHost: localhost\r\nOrigin: https://app.example\r\n"
		       "Content-Length: 0\r\n\r\n");
	assert_str(raw_header(&r, "Access-Control-Allow-Origin"), "https://app.example");
	assert_str(raw_header(&r, "Access-Control-Allow-Credentials"), "true");
	assert_str(raw_header(&r, "Vary"), "Origin");
	/* What a browser keeps for HTTP authentication opens nothing to scripts of others. */
	r = raw(state, "POST /cors HTTP/1.1\r\nHost: localhost\r\nOrigin: https://app.example\r\n"
		       "Authorization: Basic cDpx\r\nContent-Length: 0\r\n\r\n");
	assert_str(raw_header(&r, "Access-Control-Allow-Origin"), "https://app.example");
	assert_int_equal(raw_header(&r, "Access-Control-Allow-Credentials").n, 0);
	r = raw(state,
		"OPTIONS /cors HTTP/1.1\r\nHost: localhost\r\nOrigin: https://app.example\r\n"
		"Access-Control-Request-Method: POST\r\n\r\n");
	assert_int_equal(r.status, 204);
	assert_str(raw_header(&r, "Access-Control-Allow-Origin"), "*");
	assert_str(raw_header(&r, "Access-Control-Allow-Methods"), "GET, HEAD, POST");
	assert_true(raw_header(&r, "Access-Control-Allow-Headers").n > 0);
	r = raw(state,
		"OPTIONS /hello HTTP/1.1\r\nHost: localhost\r\nOrigin: https://a.example\r\n\r\n");
	assert_int_equal(r.status, 405);
	assert_str(raw_header(&r, "Allow"), "GET, HEAD");
}

static void large_bodies_both_ways(void **state)
{
	struct answers_fixture *f = *state;
	char *text = arena_alloc(f->arena, HTTP_BODY_MAX);
	struct raw_answer r;

	memset(text, 'x', HTTP_BODY_MAX);
	r = raw_post(f->arena, f->port, "/echo", NULL, (struct str){.p = text, .n = HTTP_BODY_MAX});
	assert_int_equal(r.status, 200);
	assert_true(str_ends(r.body, (struct str){.p = text, .n = HTTP_BODY_MAX}));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_answer_and_its_headers),
		cmocka_unit_test(request_ids_differ),
		cmocka_unit_test(target_is_seen_as_sent),
		cmocka_unit_test(prefix_routes_longest_first),
		cmocka_unit_test(head_is_get_without_body),
		cmocka_unit_test(bodies_arrive_whole),
		cmocka_unit_test(body_after_a_slow_start),
		cmocka_unit_test(expect_continue_is_answered),
		cmocka_unit_test(pipelined_requests_in_order),
		cmocka_unit_test(keep_alive_and_close),
		cmocka_unit_test(absolute_form_is_accepted),
		cmocka_unit_test(forms_and_their_type),
		cmocka_unit_test(cookies_without_https),
		cmocka_unit_test(cookies_with_https),
		cmocka_unit_test(redirects_and_other_headers),
		cmocka_unit_test(blob_whole_gzip_and_304),
		cmocka_unit_test(gzip_only_where_accepted),
		cmocka_unit_test(slot_shows_the_new_blob),
		cmocka_unit_test(cors_and_its_preflight),
		cmocka_unit_test(large_bodies_both_ways),
	};

	return cmocka_run_group_tests(tests, answers_set_up, answers_tear_down);
}
