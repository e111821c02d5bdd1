/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Stopping, time-outs and limits on connections. */
#include "base/die.h"
#include "fixture.h"
#include "base/clock.h"
#include "http/server_link.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

static void hello(struct http_exchange *x)
{
	http_answer(x, 200, "text/plain", STR("hello"));
}

static sem_t started, go;
static struct http_exchange *_Atomic parked;

/* A worker that is in the middle of something. */
static void work_slowly(struct http_exchange *x)
{
	sem_post(&started);
	sem_wait(&go);
	hello(x);
}

static void park(struct http_exchange *x)
{
	http_suspend(x, hello);
	atomic_store(&parked, x);
	sem_post(&started);
}

static struct http_blob *blob;

static void send_blob(struct http_exchange *x)
{
	http_answer_blob(x, blob);
}

static const struct http_route routes[] = {
	{.path = "/hello", .methods = HTTP_ON(HTTP_GET) | HTTP_ON(HTTP_POST), .handle = hello},
	{.path = "/labour",
		.methods = HTTP_ON(HTTP_GET),
		.flags = HTTP_BLOCKING,
		.handle = work_slowly},
	{.path = "/park", .methods = HTTP_ON(HTTP_GET), .handle = park},
	{.path = "/blob", .methods = HTTP_ON(HTTP_GET), .handle = send_blob},
};

#define REQUEST(target) "GET " target " HTTP/1.1\r\nHost: localhost\r\n\r\n"

static int stop_set_up(void **state)
{
	sem_init(&started, 0, 0);
	sem_init(&go, 0, 0);
	*state = arena_new(ARENA_MAX_CLI);
	return 0;
}

static int stop_tear_down(void **state)
{
	arena_free(*state);
	return 0;
}

static void *stop_main(void *server)
{
	return (void *)(uintptr_t)http_server_stop(server);
}

static bool connect_refused(int port)
{
	struct sockaddr_in sa = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	bool no = connect(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0;

	close(fd);
	return no;
}

static void wait_refused(int port)
{
	for (int i = 0; i < RAW_TIMEOUT_MS && !connect_refused(port); i += 5)
		usleep(5000);
	assert_true(connect_refused(port));
}

static void idle_server_stops_and_closes(void **state)
{
	struct http_server_options o = test_options();
	struct http_server *s;
	struct raw_conn *c;

	o.event_threads = 3;
	s = test_start(&o, routes, N_OF(routes));
	c = raw_connect(*state, http_server_port(s));
	raw_send_c(c, REQUEST("/hello"));
	assert_int_equal(raw_read(c, false).status, 200);
	assert_true(http_server_stop(s));
	assert_true(raw_closed(c));
	raw_close(c);
}

/* A head whose cookies find no room in MHD's memory gets its answer and is not waited for. */
static void a_head_without_room_is_forgotten(void **state)
{
	struct http_server_options o = test_options();
	struct http_server *s;
	struct buf b;
	int64_t begin;

	o.stop_timeout = 25;
	s = test_start(&o, routes, N_OF(routes));
	buf_init(&b, *state, 65536);
	buf_add_c(&b, "GET /hello HTTP/1.1\r\nHost: localhost\r\nCookie: ");
	for (int i = 0; i < 2400; i++)
		buf_add_c(&b, "a=b; ");
	buf_add_c(&b, "\r\n\r\n");
	for (int i = 0; i < 20; i++)
		assert_int_equal(
			raw_exchange(*state, http_server_port(s), buf_str(&b)).status, 431);
	begin = monotonic_ms();
	assert_true(http_server_stop(s));
	assert_true(monotonic_ms() - begin < 20000);
}

static struct http_server_options patient_options(void)
{
	struct http_server_options o = test_options();

	o.stop_patience_ms = 60000;
	return o;
}

/* A worker, a suspended exchange and a half-sent request are finished; nobody new comes in. */
static void what_runs_is_finished(void **state)
{
	struct http_server_options o = patient_options();
	struct http_server *s = test_start(&o, routes, N_OF(routes));
	int port = http_server_port(s);
	struct raw_conn *worker = raw_connect(*state, port), *waiter = raw_connect(*state, port),
			*half = raw_connect(*state, port), *old = raw_connect(*state, port);
	struct raw_answer r;
	pthread_t thread;
	void *complete;

	blob = http_blob_new(200, "text/plain", STR("blob"), NULL, false);
	raw_send_c(old, REQUEST("/hello"));
	assert_int_equal(raw_read(old, false).status, 200);
	raw_send_c(worker, REQUEST("/labour"));
	sem_wait(&started);
	raw_send_c(waiter, REQUEST("/park"));
	sem_wait(&started);
	raw_send_c(half, "POST /hello HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nab");
	assert_int_equal(pthread_create(&thread, NULL, stop_main, s), 0);
	wait_refused(port);
	/* A connection that was there is served to its end. */
	raw_send_c(old, REQUEST("/blob"));
	r = raw_read(old, false);
	assert_str(r.body, "blob");
	assert_str(raw_header(&r, "Connection"), "close");
	sem_post(&go);
	r = raw_read(worker, false);
	assert_int_equal(r.status, 200);
	assert_str(raw_header(&r, "Connection"), "close");
	assert_true(raw_closed(worker));
	http_resume(atomic_load(&parked));
	assert_int_equal(raw_read(waiter, false).status, 200);
	raw_send_c(half, "cd");
	assert_int_equal(raw_read(half, false).status, 200);
	pthread_join(thread, &complete);
	assert_non_null(complete);
	http_blob_unref(blob);
	raw_close(worker);
	raw_close(waiter);
	raw_close(half);
	raw_close(old);
}

/* Time is up: the clients are let go, and the holders may come back later without harm. */
static void what_does_not_finish_is_left(void **state)
{
	struct http_server_options o = test_options();
	struct raw_conn *worker, *waiter, *idle;
	struct http_server *s;
	int port;

	o.stop_timeout = 1;
	s = test_start(&o, routes, N_OF(routes));
	port = http_server_port(s);
	worker = raw_connect(*state, port);
	raw_send_c(worker, REQUEST("/labour"));
	sem_wait(&started);
	waiter = raw_connect(*state, port);
	raw_send_c(waiter, REQUEST("/park"));
	sem_wait(&started);
	idle = raw_connect(*state, port);
	raw_send_c(idle, REQUEST("/hello"));
	assert_int_equal(raw_read(idle, false).status, 200);
	assert_false(http_server_stop(s));
	assert_true(raw_closed(worker));
	assert_true(raw_closed(waiter));
	assert_true(raw_closed(idle));
	http_resume(atomic_load(&parked));
	sem_post(&go);
	raw_close(worker);
	raw_close(waiter);
	raw_close(idle);
}

/* A request whose bytes were in the kernel when the stop began is answered. */
static void what_had_arrived_is_answered(void **state)
{
	for (int round = 0; round < 20; round++) {
		struct http_server_options o = test_options();
		struct http_server *s = test_start(&o, routes, N_OF(routes));
		struct raw_conn *c[15];

		for (size_t i = 0; i < N_OF(c); i++) {
			c[i] = raw_connect(*state, http_server_port(s));
			raw_send_c(c[i], REQUEST("/hello"));
		}
		assert_true(http_server_stop(s));
		for (size_t i = 0; i < N_OF(c); i++) {
			assert_int_equal(raw_read(c[i], false).status, 200);
			raw_close(c[i]);
		}
	}
}

/* ---- time-outs ---- */

static void a_silent_client_is_cut_off(void **state)
{
	struct http_server_options o = test_options();
	struct raw_conn *silent, *half;
	struct http_server *s;

	o.idle_timeout = 1;
	s = test_start(&o, routes, N_OF(routes));
	silent = raw_connect(*state, http_server_port(s));
	half = raw_connect(*state, http_server_port(s));
	raw_send_c(half, "POST /hello HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nab");
	assert_true(raw_closed(silent));
	assert_true(raw_closed(half));
	raw_close(silent);
	raw_close(half);
	assert_true(http_server_stop(s));
}

/* A byte now and then keeps a connection busy, but not for ever. */
static void a_dribbling_client_is_cut_off(void **state)
{
	static const char *const starts[] = {"G", "GET /hello HTTP/1.1\r\nHost: localhost\r\nX: ",
		"POST /hello HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"};
	struct http_server_options o = test_options();
	struct raw_conn *c[N_OF(starts)];
	struct http_server *s;
	size_t open = N_OF(starts);

	o.idle_timeout = 1;
	s = test_start(&o, routes, N_OF(routes));
	for (size_t i = 0; i < N_OF(starts); i++) {
		c[i] = raw_connect(*state, http_server_port(s));
		raw_send_c(c[i], starts[i]);
	}
	for (int64_t end = monotonic_ms() + RAW_TIMEOUT_MS; open && monotonic_ms() < end;) {
		usleep(300000);
		for (size_t i = 0; i < N_OF(starts); i++) {
			if (c[i]->fd < 0 || (!raw_readable(c[i], 0) && raw_send_c(c[i], "E")))
				continue;
			raw_close(c[i]);
			open--;
		}
	}
	assert_int_equal(open, 0);
	assert_true(http_server_stop(s));
}

/* Kind D: a head has ten seconds, however long a connection may be idle otherwise; here one. */
static void a_head_must_arrive_soon(void **state)
{
	static const char *const starts[] = {"", "G", "GET /hello HTTP/1.1\r\nHost: localhost\r\n"};
	struct http_server_options o = test_options();
	struct raw_conn *c[N_OF(starts)], *later, *body;
	struct http_server *s;

	assert_int_equal(o.head_timeout, 0);
	assert_int_equal(HTTP_HEAD_TIMEOUT, 10);
	o.head_timeout = 1; /* idle: 60 */
	s = test_start(&o, routes, N_OF(routes));
	for (size_t i = 0; i < N_OF(starts); i++) {
		c[i] = raw_connect(*state, http_server_port(s));
		raw_send_c(c[i], starts[i]);
	}
	later = raw_connect(*state, http_server_port(s));
	raw_send_c(later, REQUEST("/hello"));
	assert_int_equal(raw_read(later, false).status, 200);
	body = raw_connect(*state, http_server_port(s));
	raw_send_c(body, "POST /hello HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nab");
	for (size_t i = 0; i < N_OF(starts); i++) {
		assert_true(raw_closed(c[i]));
		raw_close(c[i]);
	}
	/* Between two requests, and within a body, more time is given. */
	assert_false(raw_readable(later, 1500));
	assert_false(raw_readable(body, 0));
	raw_send_c(later, "GET /hello HTTP/1.1\r\n");
	assert_true(raw_closed(later));
	raw_close(later);
	raw_close(body);
	assert_true(http_server_stop(s));
}

/* Waiting for the server is not the client's fault. */
static void a_suspended_exchange_may_wait_longer(void **state)
{
	struct http_server_options o = test_options();
	struct http_server *s;
	struct raw_conn *c;

	o.idle_timeout = 1;
	s = test_start(&o, routes, N_OF(routes));
	c = raw_connect(*state, http_server_port(s));
	raw_send_c(c, REQUEST("/park"));
	sem_wait(&started);
	assert_false(raw_readable(c, 3500));
	http_resume(atomic_load(&parked));
	assert_int_equal(raw_read(c, false).status, 200);
	raw_close(c);
	assert_true(http_server_stop(s));
}

/* ---- limits ---- */

static bool served(struct raw_conn *c)
{
	return raw_send_c(c, REQUEST("/hello")) && raw_read(c, false).status == 200;
}

/* Whoever has a /32 has many /48s, and no more than half of all connections. */
static void connections_of_a_network(void **state)
{
	static const struct {
		const char *address;
		size_t level;
		int64_t limit;
	} rows[] = {{"203.0.113.7", 0, 3}, {"2001:db8::1", 0, 3},
		{"2001:db8::1", 1, 3 * IP_NETWORK_56}, {"2001:db8::1", 2, 3 * IP_NETWORK_48},
		{"2001:db8::1", 3, 50}};
	struct http_server_options o = test_options();
	struct http_server *s;

	(void)state;
	o.connections_per_address_max = 3;
	o.connections_max = 100;
	s = test_start(&o, routes, N_OF(routes));
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct ip_network networks[IP_NETWORKS_MAX];
		struct ip_address a;

		assert_int_equal(ip_address_parse(str_c(rows[i].address), &a), RC_OK);
		assert_true(rows[i].level < ip_networks(&a, 32, networks));
		assert_int_equal(link_limit(s, &networks[rows[i].level]), rows[i].limit);
	}
	assert_true(http_server_stop(s));
}

static void connections_of_one_address(void **state)
{
	struct http_server_options o = test_options();
	struct raw_conn *c[3], *other;
	struct http_server *s;
	int port;

	o.connections_per_address_max = 3;
	o.event_threads = 2;
	s = test_start(&o, routes, N_OF(routes));
	port = http_server_port(s);
	for (int i = 0; i < 3; i++) {
		c[i] = raw_connect(*state, port);
		assert_true(served(c[i]));
	}
	other = raw_connect(*state, port);
	assert_false(served(other));
	raw_close(other);
	other = raw_connect_from(*state, port, "127.0.0.2");
	assert_true(served(other));
	raw_close(other);
	raw_close(c[0]);
	/* The place becomes free as soon as the server has seen the end. */
	for (int i = 0; i < 1000; i++) {
		c[0] = raw_connect(*state, port);
		if (served(c[0]))
			break;
		raw_close(c[0]);
		usleep(5000);
	}
	assert_true(c[0]->fd >= 0);
	for (int i = 0; i < 3; i++)
		raw_close(c[i]);
	assert_true(http_server_stop(s));
}

static void a_trusted_proxy_is_not_limited(void **state)
{
	static const struct str proxies[] = {STR_INIT("127.0.0.1")};
	struct http_server_options o = test_options();
	struct raw_conn *c[5];
	struct http_server *s;

	o.connections_per_address_max = 3;
	o.trusted_proxies = (struct strlist){.v = proxies, .n = 1};
	s = test_start(&o, routes, N_OF(routes));
	for (int i = 0; i < 5; i++) {
		c[i] = raw_connect(*state, http_server_port(s));
		assert_true(served(c[i]));
	}
	for (int i = 0; i < 5; i++)
		raw_close(c[i]);
	assert_true(http_server_stop(s));
}

/* Over the limit of all connections a client waits in the kernel's queue until one ends. */
static void connections_altogether(void **state)
{
	struct http_server_options o = test_options();
	struct raw_conn *c[2], *third;
	struct http_server *s;

	o.connections_max = 2;
	s = test_start(&o, routes, N_OF(routes));
	for (int i = 0; i < 2; i++) {
		c[i] = raw_connect(*state, http_server_port(s));
		assert_true(served(c[i]));
	}
	third = raw_connect(*state, http_server_port(s));
	raw_send_c(third, REQUEST("/hello"));
	assert_false(raw_readable(third, 300));
	raw_close(c[0]);
	assert_int_equal(raw_read(third, false).status, 200);
	raw_close(c[1]);
	raw_close(third);
	assert_true(http_server_stop(s));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, stop_set_up, stop_tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(idle_server_stops_and_closes),
		TEST(a_head_without_room_is_forgotten),
		TEST(what_runs_is_finished),
		TEST(what_does_not_finish_is_left),
		TEST(what_had_arrived_is_answered),
		TEST(a_silent_client_is_cut_off),
		TEST(a_dribbling_client_is_cut_off),
		TEST(a_head_must_arrive_soon),
		TEST(a_suspended_exchange_may_wait_longer),
		TEST(connections_of_a_network),
		TEST(connections_of_one_address),
		TEST(a_trusted_proxy_is_not_limited),
		TEST(connections_altogether),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
