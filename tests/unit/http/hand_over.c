/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The end of one server and the beginning of the next on one listening socket: nobody is refused or
 * cut, and who holds the end up is. Family R11 of docs/reliability.md.
 */
#include "fixture.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/socket.h>
#include <unistd.h>

#define BIG (8u * 1024u * 1024u) /* more than two sockets hold */

static void say_hello(struct http_exchange *x)
{
	http_answer(x, 200, "text/plain", STR("hello"));
}

static char big[BIG];

static void much(struct http_exchange *x)
{
	http_answer(x, 200, "text/plain", (struct str){big, BIG});
}

static const struct http_route routes[] = {
	{.path = "/hello", .methods = HTTP_ON(HTTP_GET) | HTTP_ON(HTTP_POST), .handle = say_hello},
	{.path = "/much", .methods = HTTP_ON(HTTP_GET), .handle = much},
};

#define REQUEST(target) "GET " target " HTTP/1.1\r\nHost: localhost\r\n\r\n"
#define LONG_MS         600000 /* that nothing here takes */

static int hand_over_set_up(void **state)
{
	memset(big, 'x', sizeof(big));
	*state = arena_new(ARENA_MAX_CLI);
	return 0;
}

static int hand_over_tear_down(void **state)
{
	arena_free(*state);
	return 0;
}

static int listening_socket(int *ret_port)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&sa, n), 0);
	assert_int_equal(listen(fd, 128), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &n), 0);
	*ret_port = ntohs(sa.sin_port);
	return fd;
}

/* Half-sent requests and an answer that nobody takes do not hold a stop. */
static void stragglers_are_cut(void **state)
{
	static const char *const starts[] = {"GET /hello HTTP/1.1\r\nHost: loc",
		"GET /hello HTTP/1.1\r\n", "G",
		"POST /hello HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nab"};
	struct http_server_options o = test_options();
	struct raw_conn *half[N_OF(starts)], *stuck, *witness;
	struct http_server *s;

	o.stop_timeout = LONG_MS / 1000;
	o.stop_patience_ms = 50;
	o.event_threads = 2;
	s = test_start(&o, routes, N_OF(routes));
	for (size_t i = 0; i < N_OF(starts); i++) {
		half[i] = raw_connect(*state, http_server_port(s));
		raw_send_c(half[i], starts[i]);
	}
	stuck = raw_connect(*state, http_server_port(s));
	raw_send_c(stuck, REQUEST("/much"));
	assert_true(raw_readable(stuck, RAW_TIMEOUT_MS));
	witness = raw_connect(*state, http_server_port(s));
	raw_send_c(witness, REQUEST("/hello"));
	assert_int_equal(raw_read(witness, false).status, 200);
	assert_true(http_server_stop(s));
	for (size_t i = 0; i < N_OF(starts); i++) {
		assert_true(raw_closed(half[i]));
		raw_close(half[i]);
	}
	raw_close(stuck);
	raw_close(witness);
}

static void *stop_main(void *server)
{
	return (void *)(uintptr_t)http_server_stop(server);
}

/* A connection without a request may have one on its way: answered, told to close. */
static void a_request_on_its_way_is_answered(void **state)
{
	struct http_server_options o = test_options();
	struct raw_conn *first, *second;
	struct raw_answer r;
	struct http_server *s;
	pthread_t thread;
	int fd, port;

	fd = listening_socket(&port);
	o.listen_fd = fd;
	o.linger_ms = LONG_MS;
	o.stop_timeout = LONG_MS / 1000;
	s = test_start(&o, routes, N_OF(routes));
	assert_int_equal(http_server_port(s), port);
	first = raw_connect(*state, port);
	second = raw_connect(*state, port);
	raw_send_c(first, REQUEST("/hello"));
	raw_send_c(second, REQUEST("/hello"));
	assert_int_equal(raw_read(first, false).status, 200);
	assert_int_equal(raw_read(second, false).status, 200);
	assert_int_equal(pthread_create(&thread, NULL, stop_main, s), 0);
	/* Until the stop has begun, an answer promises more. */
	do {
		raw_send_c(first, REQUEST("/hello"));
		r = raw_read(first, false);
		assert_int_equal(r.status, 200);
	} while (!str_eq_c(raw_header(&r, "Connection"), "close"));
	assert_true(raw_closed(first));
	raw_send_c(second, REQUEST("/hello"));
	r = raw_read(second, false);
	assert_int_equal(r.status, 200);
	assert_str(raw_header(&r, "Connection"), "close");
	pthread_join(thread, NULL);
	raw_close(first);
	raw_close(second);
	close(fd);
}

/* What waits in the socket while there is no server is served by the next. */
static void the_next_server_takes_what_waits(void **state)
{
	for (int threads = 1; threads <= 3; threads++) {
		struct http_server_options o = test_options();
		struct raw_conn *c[20];
		struct http_server *s;
		int fd, port;

		fd = listening_socket(&port);
		o.listen_fd = fd;
		o.event_threads = threads;
		for (int round = 0; round < 5; round++) {
			for (size_t i = 0; i < N_OF(c); i++) {
				c[i] = raw_connect(*state, port);
				raw_send_c(c[i], REQUEST("/hello"));
			}
			s = test_start(&o, routes, N_OF(routes));
			for (size_t i = 0; i < N_OF(c); i++)
				assert_int_equal(raw_read(c[i], false).status, 200);
			assert_true(http_server_stop(s));
			for (size_t i = 0; i < N_OF(c); i++)
				raw_close(c[i]);
		}
		close(fd);
	}
}

/* The first server's own socket, given to the second while it runs. */
static void a_server_gives_its_socket_away(void **state)
{
	struct http_server_options o = test_options(), next = o;
	struct http_server *first, *second;
	struct raw_conn *waiting;
	int port, fd;

	first = test_start(&o, routes, N_OF(routes));
	port = http_server_port(first);
	fd = dup(http_server_socket(first));
	http_server_keep_door(first);
	assert_true(http_server_stop(first));
	waiting = raw_connect(*state, port);
	raw_send_c(waiting, REQUEST("/hello"));
	next.listen_fd = fd;
	second = test_start(&next, routes, N_OF(routes));
	close(fd);
	assert_int_equal(raw_read(waiting, false).status, 200);
	raw_close(waiting);
	assert_true(http_server_stop(second));
}

static void what_is_no_listening_socket_is_refused(void **state)
{
	struct http_server_options o = test_options();
	struct http_server *s;
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	o.listen_fd = ends[0];
	assert_int_equal(http_server_start(&o, routes, N_OF(routes), &s), RC_INVALID);
	close(ends[0]);
	assert_int_equal(http_server_start(&o, routes, N_OF(routes), &s), RC_INVALID);
	close(ends[1]);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, hand_over_set_up, hand_over_tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(stragglers_are_cut),
		TEST(a_request_on_its_way_is_answered),
		TEST(the_next_server_takes_what_waits),
		TEST(a_server_gives_its_socket_away),
		TEST(what_is_no_listening_socket_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
