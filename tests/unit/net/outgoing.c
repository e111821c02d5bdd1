/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The one way out to addresses that clients name (net/outgoing.h). Attack row 15: spellings of
 * addresses inside, a name that changes its address, a redirect to 169.254.169.254, answers that
 * drip, answers of a gigabyte.
 */
#include "net/outgoing.h"

#include "base/clock.h"
#include "net/outgoing_peer.h"
#include "unit/check.h"

/* ---- the fetcher ---- */

struct outgoing_scene {
	struct arena *a;
	struct http_client *client;
	struct outgoing *closed, *open; /* open: 127.0.0.0/8 is listed */
};

static const struct str loopback[] = {STR_INIT("127.0.0.0/8")};

static int scene_set_up(void **state)
{
	static struct outgoing_scene s;
	const struct http_client_options options = {.user_agent = "pratu-test"};

	s.a = arena_new(ARENA_MAX_CLI);
	check_ok(http_client_new(&options, &s.client));
	check_ok(outgoing_new(s.client, (struct strlist){NULL, 0}, &s.closed));
	check_ok(outgoing_new(s.client, (struct strlist){loopback, 1}, &s.open));
	peer_names(NULL, 0);
	*state = &s;
	return 0;
}

static int scene_tear_down(void **state)
{
	struct outgoing_scene *s = *state;

	outgoing_free(s->closed);
	outgoing_free(s->open);
	http_client_free(s->client);
	arena_free(s->a);
	return 0;
}

static struct str url_at(struct outgoing_scene *s, const char *origin, int port)
{
	struct buf b;

	buf_init(&b, s->a, 400);
	buf_addf(&b, "%s:%d/keys", origin, port);
	return buf_str(&b);
}

static enum rc call_with(struct outgoing_scene *s, struct outgoing *o,
	const struct outgoing_request *r, struct outgoing_answer *ret)
{
	const char *why = NULL;
	enum rc rc = outgoing_call(o, s->a, r, ret, &why);

	if (rc != RC_OK) {
		assert_non_null(why);
		print_message("# %.*s: %s: %s\n", STR_FMT(r->url), rc_name(rc), why);
	}
	return rc;
}

static struct outgoing_request get_of(struct outgoing_scene *s, const char *origin, int port)
{
	return (struct outgoing_request){
		.method = "GET", .url = url_at(s, origin, port), .max_body = 65536};
}

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

static void get_and_post(void **state)
{
	struct outgoing_scene *s = *state;
	struct outgoing_peer p = {.head = OK_HEAD "Content-Length: 2\r\n\r\n{}"};
	struct outgoing_request r;
	struct outgoing_answer got;

	peer_start(&p, 0);
	r = get_of(s, "http://127.0.0.1", p.port);
	check_ok(call_with(s, s->open, &r, &got));
	assert_int_equal(got.status, 200);
	check_c(got.body, "{}");
	check_c(got.content_type, "application/json");
	r.method = "POST";
	r.content_type = STR("application/x-www-form-urlencoded");
	r.body = STR("logout_token=x");
	r.headers[0] = (struct http_header){.name = "Authorization", .value = STR("Bearer x")};
	r.n_headers = 1;
	check_ok(call_with(s, s->open, &r, &got));
	/* A connection each: what one client's portal said is nothing to the next. */
	peer_stop(&p);
	assert_int_equal(atomic_load(&p.connections), 2);
}

/* ---- the guard ---- */

/* Each names this machine, or a place inside a network, in some spelling. */
static const char *const inside[] = {
	"https://127.0.0.1",
	"https://127.0.0.2",
	"https://127.1",
	"https://127.0.1",
	"https://2130706433",
	"https://0x7f000001",
	"https://0x7f.0.0.1",
	"https://0X7F.1",
	"https://0177.0.0.1",
	"https://017700000001",
	"https://0",
	"https://0.0.0.0",
	"https://127.0.0.1.",
	"https://127.0.0.01",
	"https://%31%32%37.0.0.1",
	"https://127%2e0.0.1",
	"https://localhost",
	"https://LOCALHOST",
	"https://localhost.",
	"https://[::1]",
	"https://[0:0:0:0:0:0:0:1]",
	"https://[::]",
	"https://[::127.0.0.1]",
	"https://[::ffff:127.0.0.1]",
	"https://[::ffff:7f00:1]",
	"https://[::FFFF:7F00:0001]",
	"https://[64:ff9b::7f00:1]",
	"https://[64:ff9b::169.254.169.254]",
	"https://[64:ff9b:1::1]",
	"https://[2002:7f00:1::]",
	"https://[2002:a9fe:a9fe::1]",
	"https://[2001::1]",
	"https://[2001:0:7f00:1::1]",
	"https://[2001:db8::1]",
	"https://[fe80::1]",
	"https://[fe80::1%25lo]",
	"https://[fc00::1]",
	"https://[fd00:ec2::254]",
	"https://[ff02::1]",
	"https://10.0.0.1",
	"https://100.64.0.1",
	"https://100.100.100.200",
	"https://169.254.169.254",
	"https://2852039166",
	"https://0xa9fea9fe",
	"https://172.16.0.1",
	"https://192.0.0.192",
	"https://192.168.0.1",
	"https://192.0.2.1",
	"https://198.18.0.1",
	"https://224.0.0.1",
	"https://255.255.255.255",
	"http://127.0.0.1",
	"http://localhost",
};

static void the_guard_lets_nobody_inside(void **state)
{
	struct outgoing_scene *s = *state;
	struct outgoing_peer p = {.head = OK_HEAD "\r\n"};

	assert_true(COUNT(inside) >= 30);
	peer_start(&p, 0);
	for (size_t i = 0; i < COUNT(inside); i++) {
		struct outgoing_request r = get_of(s, inside[i], p.port);
		struct outgoing_answer got;
		enum rc rc = call_with(s, s->closed, &r, &got);

		/* Some spellings are no host of ours to begin with. */
		assert_true(rc == RC_DENIED || rc == RC_INVALID);
	}
	peer_stop(&p);
	assert_int_equal(atomic_load(&p.connections), 0);
}

/* What a listed network opens is that network: not the rest of what is special. */
static void a_listed_network_opens_no_other(void **state)
{
	static const char *const others[] = {"https://10.0.0.1", "https://169.254.169.254",
		"https://[::1]", "https://0.0.0.0", "http://10.0.0.1", "http://portal.example"};
	struct outgoing_scene *s = *state;
	struct outgoing_answer got;

	for (size_t i = 0; i < COUNT(others); i++) {
		struct outgoing_request r = get_of(s, others[i], 4433);
		enum rc rc = call_with(s, s->open, &r, &got);

		assert_true(rc == RC_DENIED || rc == RC_INVALID);
	}
}

static void networks_are_private_ones(void **state)
{
	static const struct {
		const char *text;
		bool valid;
	} rows[] = {{"10.20.0.0/16", true}, {"10.0.0.0/8", true}, {"127.0.0.1", true},
		{"::1", true}, {"172.16.0.0/12", true}, {"192.168.7.0/24", true},
		{"100.64.0.0/10", true}, {"fd12:3456::/32", true}, {"0.0.0.0/0", false},
		{"10.0.0.0/7", false}, {"::/0", false}, {"169.254.0.0/16", false},
		{"169.254.169.254", false}, {"224.0.0.0/4", false}, {"8.8.8.8", false},
		{"172.0.0.0/8", false}, {"fe80::/10", false}, {"portal.example", false},
		{"", false}};
	struct outgoing_scene *s = *state;
	struct outgoing *o;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str text = str_c(rows[i].text);

		print_message("# %s\n", rows[i].text);
		assert_int_equal(outgoing_network_valid(text), rows[i].valid);
		if (!rows[i].valid)
			check_rc(outgoing_new(s->client, (struct strlist){&text, 1}, &o),
				RC_INVALID);
	}
}

/*
 * A name that was public when it was registered, and is this machine now; one with several
 * addresses; one that changes between two calls. Only what is connected to counts.
 */
static void a_name_that_changes_its_address(void **state)
{
	static const char *const inside_now[][PEER_ADDRESSES] = {{"127.0.0.1"}};
	static const char *const both[][PEER_ADDRESSES] = {{"127.0.0.1", "127.0.0.2"}};
	static const char *const turning[][PEER_ADDRESSES] = {{"127.0.0.2"}, {"127.0.0.1"}};
	static const struct str second[] = {STR_INIT("127.0.0.2")};
	struct outgoing_scene *s = *state;
	struct outgoing_peer a = {.head = "no TLS"}, b = {.address = "127.0.0.2", .head = "no TLS"};
	struct outgoing *only_second;
	struct outgoing_request r;
	struct outgoing_answer got;

	check_ok(outgoing_new(s->client, (struct strlist){second, 1}, &only_second));
	peer_start(&a, 0);
	peer_start(&b, a.port);
	r = get_of(s, "https://rebinding.example", a.port);
	peer_names(inside_now, 1);
	check_rc(call_with(s, s->closed, &r, &got), RC_DENIED);
	peer_names(both, 1);
	check_rc(call_with(s, only_second, &r, &got), RC_UNAVAILABLE);
	assert_int_equal(atomic_load(&b.connections), 1);
	peer_names(turning, 2);
	check_rc(call_with(s, only_second, &r, &got), RC_UNAVAILABLE);
	assert_int_equal(atomic_load(&b.connections), 2);
	check_rc(call_with(s, only_second, &r, &got), RC_DENIED);
	peer_stop(&a);
	peer_stop(&b);
	assert_int_equal(atomic_load(&a.connections), 0);
	outgoing_free(only_second);
}

static void redirects_are_not_followed(void **state)
{
	static const char *const heads[] = {
		"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest/meta-data/\r\n"
		"Content-Length: 0\r\n\r\n",
		"HTTP/1.1 307 Temporary Redirect\r\nLocation: https://127.0.0.1/\r\n"
		"Content-Length: 0\r\n\r\n"};
	struct outgoing_scene *s = *state;

	for (size_t i = 0; i < COUNT(heads); i++) {
		struct outgoing_peer p = {.head = heads[i]};
		struct outgoing_request r;
		struct outgoing_answer got;

		peer_start(&p, 0);
		r = get_of(s, "http://127.0.0.1", p.port);
		check_ok(call_with(s, s->open, &r, &got));
		assert_int_equal(got.status, i ? 307 : 302);
		peer_stop(&p);
		assert_int_equal(atomic_load(&p.connections), 1);
	}
}

static void proxies_of_the_environment_are_ignored(void **state)
{
	struct outgoing_scene *s = *state;
	struct outgoing_peer p = {.head = OK_HEAD "Content-Length: 0\r\n\r\n"};
	struct outgoing_request r;
	struct outgoing_answer got;

	peer_start(&p, 0);
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("https_proxy", "http://127.0.0.1:1", 1);
	setenv("all_proxy", "http://127.0.0.1:1", 1);
	r = get_of(s, "http://127.0.0.1", p.port);
	check_ok(call_with(s, s->open, &r, &got));
	unsetenv("http_proxy");
	unsetenv("https_proxy");
	unsetenv("all_proxy");
	peer_stop(&p);
}

/* ---- the URL ---- */

static void urls_of_registrations(void **state)
{
	static const struct {
		const char *url;
		bool public, private; /* accepted where nothing, something is listed */
	} rows[] = {
		{"https://portal.example.go.th/jwks", true, true},
		{"https://portal.example.go.th:443/", true, true},
		{"https://portal.example.go.th:8443/jwks?tenant=1", true, true},
		{"https://portal.example.go.th:1024/", true, true},
		{"https://xn--o3cw4h.example/", true, true},
		{"https://8.8.8.8/", true, true},
		{"https://[2606:4700::1111]/", true, true},
		{"https://3com.example/", true, true},
		{"http://portal.example.go.th/jwks", false, false},
		{"http://127.0.0.1:8080/", false, true},
		{"http://localhost:8080/", false, true},
		{"http://[::1]:8080/", false, true},
		{"http://127.0.0.1/", false, true},
		{"http://10.0.0.1:8080/", false, false},
		{"http://localhost.example/", false, false},
		{"https://10.0.0.1/", false, true},
		{"https://127.0.0.1/", false, true},
		{"https://[::1]/", false, true},
		{"https://portal.example:22/", false, false},
		{"https://portal.example:25/", false, false},
		{"https://portal.example:80/", false, false},
		{"https://portal.example:1023/", false, false},
		{"https://portal.example:0/", false, false},
		{"https://portal.example:65536/", false, false},
		{"https://user@portal.example/", false, false},
		{"https://user:pw@portal.example/", false, false},
		{"https://portal.example@127.0.0.1/", false, false},
		{"https://portal.example/#x", false, false},
		{"https://portal.example\\@127.0.0.1/", false, false},
		{"https://127.1/", false, false},
		{"https://portal.1/", false, false},
		{"https://0x7f.1/", false, false},
		{"https://portal.0x1/", false, false},
		{"https://2130706433/", false, false},
		{"https:///jwks", false, false},
		{"https://./", false, false},
		{"ftp://portal.example/", false, false},
		{"file:///etc/passwd", false, false},
		{"gopher://127.0.0.1:6379/x", false, false},
		{"portal.example/jwks", false, false},
		{"", false, false},
	};
	const char *why;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str url = str_c(rows[i].url);

		print_message("# %s\n", rows[i].url);
		assert_int_equal(outgoing_url_check(url, false, &why) == RC_OK, rows[i].public);
		assert_int_equal(outgoing_url_check(url, true, &why) == RC_OK, rows[i].private);
	}
}

static void requests_are_bounded(void **state)
{
	struct outgoing_scene *s = *state;
	struct outgoing_request r = get_of(s, "http://127.0.0.1", 9999);
	struct outgoing_answer got;

	r.method = "DELETE";
	check_rc(call_with(s, s->open, &r, &got), RC_INVALID);
	r.method = "POST";
	r.body = (struct str){arena_alloc(s->a, OUTGOING_SENT_MAX + 1), OUTGOING_SENT_MAX + 1};
	check_rc(call_with(s, s->open, &r, &got), RC_INVALID);
	r.body = STR_NONE;
	r.headers[0] = (struct http_header){.name = "X", .value = STR("a\r\nY: b")};
	r.n_headers = 1;
	check_rc(call_with(s, s->open, &r, &got), RC_INVALID);
	r.n_headers = OUTGOING_HEADERS_MAX + 1;
	check_rc(call_with(s, s->open, &r, &got), RC_INVALID);
}

/* ---- answers ---- */

#define GIGABYTE    "1073741824"
#define SOCKET_ROOM (8u << 20) /* bytes that the kernel takes before anybody reads */

static void a_gigabyte_is_not_read(void **state)
{
	static const char *const heads[] = {OK_HEAD "Content-Length: " GIGABYTE "\r\n\r\n",
		OK_HEAD "\r\n", OK_HEAD "Transfer-Encoding: chunked\r\n\r\nffffffff\r\n"};
	struct outgoing_scene *s = *state;

	for (size_t i = 0; i < COUNT(heads); i++) {
		struct outgoing_peer p = {
			.head = heads[i], .again = "0123456789abcdef0123456789abcdef"};
		struct outgoing_request r;
		struct outgoing_answer got;

		peer_start(&p, 0);
		r = get_of(s, "http://127.0.0.1", p.port);
		check_rc(call_with(s, s->open, &r, &got), RC_UNAVAILABLE);
		peer_stop(&p);
		assert_true(atomic_load(&p.sent) < SOCKET_ROOM);
	}
}

static void an_endless_head_is_not_read(void **state)
{
	struct outgoing_scene *s = *state;
	struct outgoing_peer p = {.head = OK_HEAD, .again = "X-More: 0123456789\r\n"};
	struct outgoing_request r;
	struct outgoing_answer got;

	peer_start(&p, 0);
	r = get_of(s, "http://127.0.0.1", p.port);
	check_rc(call_with(s, s->open, &r, &got), RC_UNAVAILABLE);
	r.max_body = 0;
	check_rc(call_with(s, s->open, &r, &got), RC_UNAVAILABLE);
	peer_stop(&p);
}

/* Slow-loris: a byte now and then, in the head and in the body. */
static void answers_that_drip_end_in_time(void **state)
{
	static const char *const heads[] = {OK_HEAD, OK_HEAD "Content-Length: 1000\r\n\r\n"};
	struct outgoing_scene *s = *state;

	for (size_t i = 0; i < COUNT(heads); i++) {
		struct outgoing_peer p = {.head = heads[i], .again = "X: y\r\n", .drip_ms = 20};
		struct outgoing_request r;
		struct outgoing_answer got;
		int64_t began = monotonic_ms();

		peer_start(&p, 0);
		r = get_of(s, "http://127.0.0.1", p.port);
		r.timeout_ms = 300;
		check_rc(call_with(s, s->open, &r, &got), RC_UNAVAILABLE);
		assert_true(monotonic_ms() - began < 3000);
		peer_stop(&p);
	}
}

/* Who wants the status alone has it when the head is there, whatever comes after. */
static void the_status_alone(void **state)
{
	static const struct {
		const char *head;
		int status;
	} rows[] = {{OK_HEAD "Content-Length: " GIGABYTE "\r\n\r\n", 200},
		{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Busy\r\nContent-Length: 9\r\n\r\n",
			503},
		{"HTTP/1.1 204 No Content\r\n\r\n", 204},
		{"HTTP/1.1 401 Unauthorized\r\nContent-Length: 99\r\n\r\n", 401}};
	struct outgoing_scene *s = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct outgoing_peer p = {.head = rows[i].head, .again = "x", .drip_ms = 20};
		struct outgoing_request r;
		struct outgoing_answer got;
		int64_t began = monotonic_ms();

		peer_start(&p, 0);
		r = get_of(s, "http://127.0.0.1", p.port);
		r.method = "POST";
		r.max_body = 0;
		check_ok(call_with(s, s->open, &r, &got));
		assert_int_equal(got.status, rows[i].status);
		assert_int_equal(got.body.n, 0);
		assert_true(monotonic_ms() - began < 3000);
		peer_stop(&p);
	}
}

/* ---- one host ---- */

struct outgoing_caller {
	struct outgoing_scene *s;
	struct arena *a;
	struct outgoing_request r;
	enum rc rc;
	pthread_t thread;
};

static void *caller_main(void *arg)
{
	struct outgoing_caller *c = arg;
	struct outgoing_answer got;
	const char *why;

	c->rc = outgoing_call(c->s->open, c->a, &c->r, &got, &why);
	return NULL;
}

static void caller_start(
	struct outgoing_scene *s, struct outgoing_caller *c, struct outgoing_request r)
{
	*c = (struct outgoing_caller){.s = s, .a = arena_new(ARENA_MAX), .r = r};
	assert_int_equal(pthread_create(&c->thread, NULL, caller_main, c), 0);
}

static enum rc caller_end(struct outgoing_caller *c)
{
	pthread_join(c->thread, NULL);
	arena_free(c->a);
	return c->rc;
}

static void one_host_has_its_share(void **state)
{
	struct outgoing_scene *s = *state;
	struct outgoing_peer slow = {.head = OK_HEAD "Content-Length: 0\r\n\r\n", .hold = 1},
			     other = {.address = "127.0.0.2", .head = slow.head};
	struct outgoing_caller callers[OUTGOING_PER_HOST], waiting;
	struct outgoing_request r, elsewhere;
	struct outgoing_answer got;

	peer_start(&slow, 0);
	peer_start(&other, 0);
	r = get_of(s, "http://127.0.0.1", slow.port);
	elsewhere = get_of(s, "http://127.0.0.2", other.port);
	for (size_t i = 0; i < OUTGOING_PER_HOST; i++)
		caller_start(s, &callers[i], r);
	while (atomic_load(&slow.connections) < OUTGOING_PER_HOST)
		peer_rest(5);
	check_rc(call_with(s, s->open, &r, &got), RC_LIMITED);
	r.turn_ms = 100;
	check_rc(call_with(s, s->open, &r, &got), RC_LIMITED);
	check_ok(call_with(s, s->open, &elsewhere, &got));
	r.turn_ms = 20000;
	caller_start(s, &waiting, r);
	peer_rest(50);
	assert_int_equal(atomic_load(&slow.connections), OUTGOING_PER_HOST);
	atomic_store(&slow.hold, 0);
	for (size_t i = 0; i < OUTGOING_PER_HOST; i++)
		check_ok(caller_end(&callers[i]));
	check_ok(caller_end(&waiting));
	peer_stop(&slow);
	peer_stop(&other);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, scene_set_up, scene_tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(get_and_post),
		TEST(the_guard_lets_nobody_inside),
		TEST(a_listed_network_opens_no_other),
		TEST(networks_are_private_ones),
		TEST(a_name_that_changes_its_address),
		TEST(redirects_are_not_followed),
		TEST(proxies_of_the_environment_are_ignored),
		TEST(urls_of_registrations),
		TEST(requests_are_bounded),
		TEST(a_gigabyte_is_not_read),
		TEST(an_endless_head_is_not_read),
		TEST(answers_that_drip_end_in_time),
		TEST(the_status_alone),
		TEST(one_host_has_its_share),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
