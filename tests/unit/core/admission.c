/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Who was admitted gets a worker. One worker, a queue of two in front of it, and a line of one
 * place: requests that need no place fill the queue while others wait for their turn.
 */
#include "core/admission.h"

#include "http/server.h"
#include "support/http_raw.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define QUEUE   2
#define WAITING 5

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool open;
	int inside;
} gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static struct admission *line;

static void pass_gate(void)
{
	pthread_mutex_lock(&gate.lock);
	gate.inside++;
	while (!gate.open)
		pthread_cond_wait(&gate.changed, &gate.lock);
	pthread_mutex_unlock(&gate.lock);
}

static void open_gate(void)
{
	pthread_mutex_lock(&gate.lock);
	gate.open = true;
	pthread_cond_broadcast(&gate.changed);
	pthread_mutex_unlock(&gate.lock);
}

static void wait_inside(int n)
{
	int inside;

	do {
		sched_yield();
		pthread_mutex_lock(&gate.lock);
		inside = gate.inside;
		pthread_mutex_unlock(&gate.lock);
	} while (inside != n);
}

/* --- handlers --- */

static void line_work(struct http_exchange *x)
{
	pass_gate();
	admission_leave(x->user);
}

static void line_answer(struct http_exchange *x)
{
	const struct admission_place *place = x->user;

	http_answer(x, place->seconds ? 503 : 200, "text/plain", STR("line"));
}

static void line_enter(struct http_exchange *x)
{
	struct admission_place *place = arena_new_of(x->arena, struct admission_place);

	x->user = place;
	admission_enter(line, place, x, line_work, line_answer);
}

static void junk_work(struct http_exchange *x)
{
	http_answer(x, 200, "text/plain", STR("junk"));
}

static void junk(struct http_exchange *x)
{
	(void)http_offload(x, junk_work, NULL);
}

static void hello(struct http_exchange *x)
{
	http_answer(x, 200, "text/plain", STR("hello"));
}

static const struct http_route admission_routes[] = {
	{.path = "/line", .methods = HTTP_ON(HTTP_GET), .handle = line_enter},
	{.path = "/junk", .methods = HTTP_ON(HTTP_GET), .handle = junk},
	{.path = "/hello", .methods = HTTP_ON(HTTP_GET), .handle = hello},
};

/* --- the server --- */

struct admission_fixture {
	struct arena *a;
	struct http_server *server;
	int port;
};

static int64_t fixed_pace(const void *data)
{
	(void)data;
	return 1000;
}

static int admission_open(void **state)
{
	static const struct str hosts[] = {STR_INIT("localhost")};
	static struct admission_fixture f;
	const struct http_server_options options = {
		.address = "127.0.0.1",
		.event_threads = 1,
		.workers = 1,
		.worker_queue = QUEUE,
		.connections_max = 100,
		.connections_per_address_max = 100,
		.idle_timeout = 60,
		.stop_timeout = 10,
		.hosts = {.v = hosts, .n = 1},
	};
	const struct admission_options turns = {
		.places = 1,
		.wait_max = 1000,
		.pace_us = fixed_pace,
		.waiting = METRIC_PASSWORDS_WAITING,
		.turned_away = METRIC_PASSWORDS_TURNED_AWAY,
		.wait = METRIC_PASSWORD_WAIT_US,
	};

	gate.open = false;
	gate.inside = 0;
	line = admission_new(&turns);
	f.a = arena_new(ARENA_MAX_CLI);
	assert_int_equal(http_server_start(&options, admission_routes,
				 sizeof(admission_routes) / sizeof(admission_routes[0]), &f.server),
		RC_OK);
	f.port = http_server_port(f.server);
	*state = &f;
	return 0;
}

static int admission_close(void **state)
{
	struct admission_fixture *f = *state;

	http_server_stop(f->server);
	admission_free(line);
	arena_free(f->a);
	return 0;
}

static struct raw_conn *ask(struct admission_fixture *f, const char *path)
{
	struct raw_conn *c = raw_connect(f->a, f->port);
	struct buf out;

	buf_init(&out, f->a, 256);
	buf_addf(&out, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);
	assert_true(raw_send(c, buf_str(&out)));
	return c;
}

static int status_of(struct raw_conn *c)
{
	int status = raw_read(c, false).status;

	raw_close(c);
	return status;
}

/* --- tests --- */

/* Before, the first that left found the queue full for the next one, turned that one away, and so
 * on: nobody was left in the line. */
static void a_full_worker_queue_empties_no_line(void **state)
{
	struct admission_fixture *f = *state;
	struct raw_conn *in[1 + WAITING], *full[QUEUE];

	for (size_t i = 0; i < 1 + WAITING; i++) {
		in[i] = ask(f, "/line");
		wait_inside(1);
		while (admission_waiting(line) != i)
			sched_yield();
	}
	for (size_t i = 0; i < QUEUE; i++) {
		full[i] = ask(f, "/junk");
		/* The event thread has taken it: it answers this one after it. */
		assert_int_equal(status_of(ask(f, "/hello")), 200);
	}
	assert_int_equal(status_of(ask(f, "/junk")), 503);
	open_gate();
	for (size_t i = 0; i < 1 + WAITING; i++)
		assert_int_equal(status_of(in[i]), 200);
	for (size_t i = 0; i < QUEUE; i++)
		assert_int_equal(status_of(full[i]), 200);
	assert_int_equal(gate.inside, 1 + WAITING);
}

static uint64_t group_of(const char *address)
{
	struct fair_item item = {.group = 0};

	admission_network(&item, str_c(address));
	return item.group;
}

/* Of 65,536 networks of one provider each would have its turn. */
static void a_provider_has_so_many_turns(void **state)
{
	uint64_t seen[1000];
	size_t n = 0;
	char text[64];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		size_t k = 0;
		uint64_t group;

		snprintf(text, sizeof(text), "2001:db8:%x::1", i);
		group = group_of(text);
		while (k < n && seen[k] != group)
			k++;
		n += k == n;
		seen[k] = group;
	}
	assert_int_equal(n, ADMISSION_PROVIDER);
	/* Somebody else's provider has its own, and IPv4 goes by /24. */
	assert_true(group_of("2001:db9::1") != group_of("2001:db8::1"));
	assert_true(group_of("2001:db8:1::1") != group_of("2001:db8:2::1"));
	assert_true(group_of("203.0.113.7") == group_of("203.0.113.9"));
	assert_true(group_of("203.0.113.7") != group_of("203.0.112.7"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_provider_has_so_many_turns),
		cmocka_unit_test_setup_teardown(
			a_full_worker_queue_empties_no_line, admission_open, admission_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
