/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "net/http_client.h"

#include "base/die.h"
#include "fixture.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- a peer that misbehaves on purpose ---- */

/*
 * Takes one connection at a time, reads a request's head, sends the next answer of the script; an
 * answer of NULL is silence, "" closes the connection.
 */
struct scripted_peer {
	int fd, port;
	const char *const *script;
	size_t n_script;
	const char *endless; /* sent over and over after the script */
	atomic_int connections, requests;
	pthread_t thread;
};

static bool peer_read_head(int fd)
{
	char bytes[8192];
	size_t n = 0;

	while (n < sizeof(bytes) && !memmem(bytes, n, "\r\n\r\n", 4)) {
		ssize_t got = recv(fd, bytes + n, sizeof(bytes) - n, 0);

		if (got <= 0)
			return false;
		n += (size_t)got;
	}
	return true;
}

static bool send_all(int fd, const char *text)
{
	return send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text);
}

static void peer_serve(struct scripted_peer *p, int fd)
{
	while (peer_read_head(fd)) {
		int i = atomic_fetch_add(&p->requests, 1);
		const char *answer = (size_t)i < p->n_script ? p->script[i] : "";

		if (answer && (!*answer || !send_all(fd, answer)))
			return;
		while (p->endless && send_all(fd, p->endless))
			;
	}
}

static void *peer_main(void *arg)
{
	struct scripted_peer *p = arg;
	int fd;

	while ((fd = accept(p->fd, NULL, NULL)) >= 0) {
		atomic_fetch_add(&p->connections, 1);
		peer_serve(p, fd);
		close(fd);
	}
	return NULL;
}

static void peer_start(struct scripted_peer *p)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(sa);

	p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (p->fd < 0 || bind(p->fd, (struct sockaddr *)&sa, sizeof(sa)) != 0 ||
		listen(p->fd, 16) != 0 || getsockname(p->fd, (struct sockaddr *)&sa, &n) != 0)
		die("no peer");
	p->port = ntohs(sa.sin_port);
	if (pthread_create(&p->thread, NULL, peer_main, p) != 0)
		die("no peer");
}

static void peer_stop(struct scripted_peer *p)
{
	shutdown(p->fd, SHUT_RDWR);
	pthread_join(p->thread, NULL);
	close(p->fd);
}

/* ---- the client ---- */

struct client_fixture {
	struct http_client *client;
	struct arena *arena;
};

static int client_set_up(void **state)
{
	static struct client_fixture f;
	struct http_client_options o = {.user_agent = "pratu-test"};

	assert_int_equal(http_client_new(&o, &f.client), RC_OK);
	f.arena = arena_new(ARENA_MAX_CLI);
	*state = &f;
	return 0;
}

static int client_tear_down(void **state)
{
	struct client_fixture *f = *state;

	http_client_free(f->client);
	arena_free(f->arena);
	return 0;
}

static struct http_fetch fetch_get(struct client_fixture *f, int port, const char *target)
{
	struct buf b;

	buf_init(&b, f->arena, 4096);
	buf_addf(&b, "http://127.0.0.1:%d%s", port, target);
	return (struct http_fetch){.method = "GET", .url = buf_str(&b), .allow_special = true};
}

static enum rc fetch(
	struct client_fixture *f, const struct http_fetch *what, struct http_fetched *ret)
{
	const char *why = NULL;
	enum rc rc = http_client_fetch(f->client, f->arena, what, ret, &why);

	if (rc != RC_OK) {
		assert_non_null(why);
		print_message("# %s: %s\n", rc_name(rc), why);
	}
	return rc;
}

/* ---- against the real server ---- */

static void echo(struct http_exchange *x)
{
	const struct http_request *r = &x->request;
	struct buf b;

	buf_init(&b, x->arena, 4096);
	buf_addf(&b, "%d|%.*s|%.*s|%.*s|%.*s|", (int)r->method, STR_FMT(r->query),
		STR_FMT(r->content_type), STR_FMT(r->authorization), STR_FMT(r->user_agent));
	buf_add(&b, r->body);
	http_answer(x, 200, "text/plain", buf_str(&b));
}

static void away(struct http_exchange *x)
{
	http_redirect(x, STR("http://169.254.169.254/latest"));
}

static void teapot(struct http_exchange *x)
{
	http_answer(x, 418, "application/json", STR("{\"a\":\"\0\"}"));
}

#define BOTH (HTTP_ON(HTTP_GET) | HTTP_ON(HTTP_POST))

static const struct http_route routes[] = {
	{.path = "/echo", .methods = BOTH, .handle = echo},
	{.path = "/away", .methods = BOTH, .handle = away},
	{.path = "/teapot", .methods = BOTH, .handle = teapot},
};

static struct http_server *start_plain_server(void)
{
	struct http_server_options o = test_options();

	o.hosts.n = 0;
	return test_start(&o, routes, N_OF(routes));
}

static void get_and_post(void **state)
{
	struct client_fixture *f = *state;
	struct http_server *s = start_plain_server();
	int port = http_server_port(s);
	struct http_fetch what = fetch_get(f, port, "/echo?q=1");
	struct http_fetched got;

	assert_int_equal(fetch(f, &what, &got), RC_OK);
	assert_int_equal(got.status, 200);
	assert_str(got.body, "1|q=1|||pratu-test|");
	assert_str(got.content_type, "text/plain");
	assert_str(got.location, "");
	what.method = "POST";
	what.content_type = STR("application/x-www-form-urlencoded");
	what.body = STR("a=b");
	what.headers[0] = (struct http_header){.name = "Authorization", .value = STR("Basic eA==")};
	what.n_headers = 1;
	assert_int_equal(fetch(f, &what, &got), RC_OK);
	assert_str(got.body, "3|q=1|application/x-www-form-urlencoded|Basic eA==|pratu-test|a=b");
	/* Nothing of one request is left in the next. */
	what = fetch_get(f, port, "/echo");
	assert_int_equal(fetch(f, &what, &got), RC_OK);
	assert_str(got.body, "1||||pratu-test|");
	what.method = "POST";
	assert_int_equal(fetch(f, &what, &got), RC_OK);
	assert_true(str_starts(got.body, STR("3||")));
	what = fetch_get(f, port, "/teapot");
	assert_int_equal(fetch(f, &what, &got), RC_OK);
	assert_int_equal(got.status, 418);
	assert_int_equal(got.body.n, 9);
	assert_true(http_server_stop(s));
}

static void redirects_are_not_followed(void **state)
{
	struct client_fixture *f = *state;
	struct http_server *s = start_plain_server();
	struct http_fetch what = fetch_get(f, http_server_port(s), "/away");
	struct http_fetched got;

	assert_int_equal(fetch(f, &what, &got), RC_OK);
	assert_int_equal(got.status, 303);
	assert_str(got.location, "http://169.254.169.254/latest");
	assert_true(http_server_stop(s));
}

static void proxies_of_the_environment_are_ignored(void **state)
{
	struct client_fixture *f = *state;
	struct http_server *s = start_plain_server();
	struct http_fetch what = fetch_get(f, http_server_port(s), "/echo");
	struct http_fetched got;

	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("all_proxy", "http://127.0.0.1:1", 1);
	assert_int_equal(fetch(f, &what, &got), RC_OK);
	unsetenv("http_proxy");
	unsetenv("all_proxy");
	assert_true(http_server_stop(s));
}

/* ---- the guard ---- */

/* Each names this machine or a place inside a network in some spelling. */
static const char *const inside[] = {
	"http://127.0.0.1",
	"http://127.0.0.2",
	"http://127.1",
	"http://127.0.1",
	"http://2130706433",
	"http://0x7f000001",
	"http://0x7f.0.0.1",
	"http://0177.0.0.1",
	"http://017700000001",
	"http://0",
	"http://0.0.0.0",
	"http://localhost",
	"http://LOCALHOST",
	"http://localhost.",
	"http://[::1]",
	"http://[0:0:0:0:0:0:0:1]",
	"http://[::]",
	"http://[::127.0.0.1]",
	"http://[::ffff:127.0.0.1]",
	"http://[::ffff:7f00:1]",
	"http://[::FFFF:7F00:0001]",
	"http://[64:ff9b::7f00:1]",
	"http://[64:ff9b::169.254.169.254]",
	"http://[64:ff9b:1::1]",
	"http://[2002:7f00:1::]",
	"http://[2002:a9fe:a9fe::1]",
	"http://[2001::1]",
	"http://[2001:db8::1]",
	"http://[fe80::1]",
	"http://[fc00::1]",
	"http://[fd00:ec2::254]",
	"http://[ff02::1]",
	"http://10.0.0.1",
	"http://100.64.0.1",
	"http://169.254.169.254",
	"http://2852039166",
	"http://172.16.0.1",
	"http://192.168.0.1",
	"http://192.0.2.1",
	"http://198.18.0.1",
	"http://224.0.0.1",
	"http://255.255.255.255",
	"https://127.0.0.1",
};

static void the_guard_lets_nobody_inside(void **state)
{
	struct client_fixture *f = *state;
	struct scripted_peer p = {.script = NULL};
	struct http_fetched got;

	peer_start(&p);
	for (size_t i = 0; i < N_OF(inside); i++) {
		struct http_fetch what = {.method = "GET", .timeout_ms = 5000};
		struct buf b;
		enum rc rc;

		buf_init(&b, f->arena, 200);
		buf_addf(&b, "%s:%d/", inside[i], p.port);
		what.url = buf_str(&b);
		print_message("# %s\n", b.p);
		rc = fetch(f, &what, &got);
		/* Some spellings are no URL of ours to begin with. */
		assert_true(rc == RC_DENIED || rc == RC_INVALID);
	}
	peer_stop(&p);
	assert_int_equal(atomic_load(&p.connections), 0);
}

/* A connection that was opened for a configured host serves no guarded request. */
static void guarded_requests_share_no_connection(void **state)
{
	struct client_fixture *f = *state;
	struct http_server *s = start_plain_server();
	struct http_fetch what = fetch_get(f, http_server_port(s), "/echo");
	struct http_fetched got;

	assert_int_equal(fetch(f, &what, &got), RC_OK);
	what.allow_special = false;
	assert_int_equal(fetch(f, &what, &got), RC_DENIED);
	what.allow_special = true;
	assert_int_equal(fetch(f, &what, &got), RC_OK);
	assert_true(http_server_stop(s));
}

static void bad_urls_and_headers(void **state)
{
	static const struct str urls[] = {
		STR_INIT(""),
		STR_INIT("127.0.0.1/x"),
		STR_INIT("//127.0.0.1/x"),
		STR_INIT("file:///etc/passwd"),
		STR_INIT("ftp://127.0.0.1/x"),
		STR_INIT("gopher://127.0.0.1/x"),
		STR_INIT("dict://127.0.0.1/x"),
		STR_INIT("http:///x"),
		STR_INIT("http://user@127.0.0.1/x"),
		STR_INIT("http://user:pw@127.0.0.1/x"),
		STR_INIT("http://127.0.0.1/x#y"),
		STR_INIT("http://127.0.0.1/x y"),
		STR_INIT("http://127.0.0.1/x\r\nX: y"),
		STR_INIT("http://127.0.0.1/\0"),
		STR_INIT("http://127.0.0.1:99999/"),
		STR_INIT("http://127.0.0.1\\@evil.example/"),
	};
	struct client_fixture *f = *state;
	struct http_fetched got;
	struct http_fetch what = {.method = "GET", .allow_special = true};

	for (size_t i = 0; i < N_OF(urls); i++) {
		what.url = urls[i];
		print_message("# %.*s\n", STR_FMT(urls[i]));
		assert_int_equal(fetch(f, &what, &got), RC_INVALID);
	}
	what = fetch_get(f, 1, "/");
	what.headers[0] = (struct http_header){.name = "X", .value = STR("a\r\nY: b")};
	what.n_headers = 1;
	assert_int_equal(fetch(f, &what, &got), RC_INVALID);
	what.n_headers = 0;
	what.content_type = STR("a\nb");
	assert_int_equal(fetch(f, &what, &got), RC_INVALID);
}

/* ---- bounds ---- */

#define OK_HEAD "HTTP/1.1 200 OK\r\n"

static void connections_are_kept(void **state)
{
	static const char *const script[] = {
		OK_HEAD "Content-Length: 1\r\n\r\n1", OK_HEAD "Content-Length: 1\r\n\r\n2"};
	struct client_fixture *f = *state;
	struct scripted_peer p = {.script = script, .n_script = N_OF(script)};
	struct http_fetched got;
	struct http_fetch what;

	peer_start(&p);
	what = fetch_get(f, p.port, "/");
	assert_int_equal(fetch(f, &what, &got), RC_OK);
	assert_str(got.body, "1");
	assert_int_equal(fetch(f, &what, &got), RC_OK);
	assert_str(got.body, "2");
	assert_int_equal(atomic_load(&p.connections), 1);
	http_client_free(f->client);
	f->client = NULL;
	peer_stop(&p);
}

static void the_body_is_bounded(void **state)
{
	static const char *const script[] = {OK_HEAD "Content-Length: 10\r\n\r\n0123456789",
		OK_HEAD "Content-Length: 11\r\nConnection: close\r\n\r\n0123456789a"};
	struct client_fixture *f = *state;
	struct scripted_peer p = {.script = script, .n_script = N_OF(script)};
	struct http_fetched got = {.status = -1};
	struct http_fetch what;

	peer_start(&p);
	what = fetch_get(f, p.port, "/");
	what.max_body = 10;
	assert_int_equal(fetch(f, &what, &got), RC_OK);
	assert_str(got.body, "0123456789");
	got.status = -1;
	assert_int_equal(fetch(f, &what, &got), RC_LIMITED);
	assert_int_equal(got.status, -1);
	peer_stop(&p);
}

static void endless_answers_are_cut_off(void **state)
{
	static const char *const body[] = {OK_HEAD "\r\n"};
	static const char *const headers[] = {OK_HEAD};
	struct client_fixture *f = *state;
	struct scripted_peer a = {.script = body, .n_script = 1, .endless = "0123456789abcdef"};
	struct scripted_peer b = {
		.script = headers, .n_script = 1, .endless = "X-More: 0123456789\r\n"};
	struct http_fetched got;
	struct http_fetch what;

	peer_start(&a);
	what = fetch_get(f, a.port, "/");
	assert_int_equal(fetch(f, &what, &got), RC_LIMITED);
	peer_stop(&a);
	peer_start(&b);
	what = fetch_get(f, b.port, "/");
	assert_int_equal(fetch(f, &what, &got), RC_LIMITED);
	peer_stop(&b);
}

static void silence_and_refusal(void **state)
{
	static const char *const silent[] = {NULL};
	static const char *const half[] = {OK_HEAD "Content-Length: 10\r\n\r\n01234"};
	static const char *const closing[] = {"", ""};
	struct client_fixture *f = *state;
	struct scripted_peer a = {.script = silent, .n_script = 1},
			     b = {.script = half, .n_script = 1},
			     c = {.script = closing, .n_script = 2};
	struct http_fetched got;
	struct http_fetch what;

	peer_start(&a);
	what = fetch_get(f, a.port, "/");
	what.timeout_ms = 200;
	assert_int_equal(fetch(f, &what, &got), RC_UNAVAILABLE);
	peer_stop(&a);
	peer_start(&b);
	what = fetch_get(f, b.port, "/");
	what.timeout_ms = 200;
	assert_int_equal(fetch(f, &what, &got), RC_UNAVAILABLE);
	peer_stop(&b);
	peer_start(&c);
	what = fetch_get(f, c.port, "/");
	assert_int_equal(fetch(f, &what, &got), RC_UNAVAILABLE);
	peer_stop(&c);
	/* Nobody listens there now. */
	assert_int_equal(fetch(f, &what, &got), RC_UNAVAILABLE);
}

/* ---- threads ---- */

struct thread_args {
	struct client_fixture *f;
	struct http_fetch what;
	int done;
};

static void *fetch_often(void *arg)
{
	struct thread_args *t = arg;
	struct arena *a = arena_new(ARENA_MAX);
	struct http_fetched got;
	const char *why;

	for (int i = 0; i < 20; i++) {
		if (http_client_fetch(t->f->client, a, &t->what, &got, &why) == RC_OK)
			t->done += got.status == 200;
		arena_reset(a);
	}
	arena_free(a);
	return NULL;
}

static void threads_have_their_own_handles(void **state)
{
	struct client_fixture *f = *state;
	struct http_server *s = start_plain_server();
	struct thread_args args[4];
	pthread_t threads[4];

	for (size_t i = 0; i < N_OF(threads); i++) {
		args[i] = (struct thread_args){
			.f = f, .what = fetch_get(f, http_server_port(s), "/echo")};
		assert_int_equal(pthread_create(&threads[i], NULL, fetch_often, &args[i]), 0);
	}
	for (size_t i = 0; i < N_OF(threads); i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(args[i].done, 20);
	}
	assert_true(http_server_stop(s));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, client_set_up, client_tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(get_and_post),
		TEST(redirects_are_not_followed),
		TEST(proxies_of_the_environment_are_ignored),
		TEST(the_guard_lets_nobody_inside),
		TEST(guarded_requests_share_no_connection),
		TEST(bad_urls_and_headers),
		TEST(connections_are_kept),
		TEST(the_body_is_bounded),
		TEST(endless_answers_are_cut_off),
		TEST(silence_and_refusal),
		TEST(threads_have_their_own_handles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
