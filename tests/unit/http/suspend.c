/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Exchanges that wait: suspended, offloaded, refused by a full queue, and in bursts. */
#include "base/die.h"
#include "fixture.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- handlers ---- */

static void suspend_hello(struct http_exchange *x)
{
	http_answer(x, 200, "text/plain", STR("hello"));
}

/* Resumes everything it is given, in the order given, from a thread of its own: a group commit. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct http_exchange *waiting[4096];
	size_t n;
	size_t wanted; /* resumes only when so many wait */
	bool stop;
} committer = {.lock = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER, .wanted = 1};

/* As a disk would, it takes so long that the event thread sleeps by then. */
static void flush(void)
{
	pthread_mutex_unlock(&committer.lock);
	usleep(1000);
	pthread_mutex_lock(&committer.lock);
}

static void *committer_main(void *arg)
{
	unsigned groups = 0;

	pthread_mutex_lock(&committer.lock);
	while (!committer.stop) {
		if (committer.n < committer.wanted) {
			pthread_cond_wait(&committer.more, &committer.lock);
			continue;
		}
		flush();
		/* Every other group with one wake-up at its end. */
		if (groups++ % 2)
			http_resume_cork();
		for (size_t i = 0; i < committer.n; i++)
			http_resume(committer.waiting[i]);
		http_resume_uncork();
		committer.n = 0;
	}
	pthread_mutex_unlock(&committer.lock);
	return NULL;
}

static void committed(struct http_exchange *x)
{
	http_answer(x, 200, "text/plain", str_dup(x->arena, x->request.query));
}

static void resume_by_thread(struct http_exchange *x)
{
	pthread_mutex_lock(&committer.lock);
	committer.waiting[committer.n++] = x;
	pthread_cond_signal(&committer.more);
	pthread_mutex_unlock(&committer.lock);
}

static void commit_and_suspend(struct http_exchange *x)
{
	http_suspend(x, committed);
	resume_by_thread(x);
}

/* Often through the committer: a wake-up lost each time outlasts the client. */

static void rounds_next(struct http_exchange *x);

static void rounds_wait(struct http_exchange *x)
{
	http_suspend(x, rounds_next);
	resume_by_thread(x);
}

static void rounds_next(struct http_exchange *x)
{
	int *left = x->user;

	if (--*left == 0)
		committed(x);
	else
		rounds_wait(x);
}

static void rounds(struct http_exchange *x)
{
	int *left = arena_new_of(x->arena, int);

	*left = 50;
	x->user = left;
	rounds_wait(x);
}

static void resumed_at_once(struct http_exchange *x)
{
	http_suspend(x, suspend_hello);
	http_resume(x);
}

static void filled_before(struct http_exchange *x)
{
	suspend_hello(x);
	http_suspend(x, NULL);
	http_resume(x);
}

/* ---- work on workers ---- */

static pthread_t event_thread;

static struct {
	pthread_mutex_t lock;
	pthread_cond_t opened;
	bool open;
	atomic_int inside;
} gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .opened = PTHREAD_COND_INITIALIZER};

static void gate_set(bool open)
{
	pthread_mutex_lock(&gate.lock);
	gate.open = open;
	pthread_cond_broadcast(&gate.opened);
	pthread_mutex_unlock(&gate.lock);
}

static void behind_gate(struct http_exchange *x)
{
	atomic_fetch_add(&gate.inside, 1);
	pthread_mutex_lock(&gate.lock);
	while (!gate.open)
		pthread_cond_wait(&gate.opened, &gate.lock);
	pthread_mutex_unlock(&gate.lock);
	atomic_fetch_sub(&gate.inside, 1);
	committed(x);
}

static void note_worker(struct http_exchange *x)
{
	static char event[] = "event", worker[] = "worker";

	x->user = pthread_equal(pthread_self(), event_thread) ? event : worker;
}

static void say_where(struct http_exchange *x)
{
	struct buf b;

	buf_init(&b, x->arena, 100);
	buf_addf(&b, "%s then %s", (const char *)x->user,
		pthread_equal(pthread_self(), event_thread) ? "event" : "worker");
	http_answer(x, 200, "text/plain", buf_str(&b));
}

static void offload(struct http_exchange *x)
{
	event_thread = pthread_self();
	http_offload(x, note_worker, say_where);
}

/* A worker that reads, then waits for a commit, then answers on the event thread. */
static void commit_on_worker(struct http_exchange *x)
{
	http_suspend(x, committed);
	resume_by_thread(x);
}

static void both(struct http_exchange *x)
{
	http_offload(x, commit_on_worker, NULL);
}

#define GET HTTP_ON(HTTP_GET)

static const struct http_route routes[] = {
	{.path = "/hello", .methods = GET, .handle = suspend_hello},
	{.path = "/commit", .methods = GET, .handle = commit_and_suspend},
	{.path = "/rounds", .methods = GET, .handle = rounds},
	{.path = "/at-once", .methods = GET, .handle = resumed_at_once},
	{.path = "/filled", .methods = GET, .handle = filled_before},
	{.path = "/offload", .methods = GET, .handle = offload},
	{.path = "/both", .methods = GET, .handle = both},
	{.path = "/blocking", .methods = GET, .flags = HTTP_BLOCKING, .handle = behind_gate},
	{.path = "/yielding",
		.methods = GET,
		.flags = HTTP_BLOCKING | HTTP_LOW_PRIORITY,
		.handle = behind_gate},
	{.path = "/blocking-commit",
		.methods = GET,
		.flags = HTTP_BLOCKING,
		.handle = commit_on_worker},
};

struct suspend_fixture {
	struct http_server *server;
	struct arena *arena;
	int port;
	pthread_t committer;
};

static void start_committer(struct suspend_fixture *f)
{
	committer.stop = false;
	assert_int_equal(pthread_create(&f->committer, NULL, committer_main, NULL), 0);
}

static int suspend_set_up(void **state)
{
	static struct suspend_fixture f;
	struct http_server_options o = test_options();

	f.server = test_start(&o, routes, N_OF(routes));
	f.port = http_server_port(f.server);
	f.arena = arena_new(ARENA_MAX_CLI);
	start_committer(&f);
	*state = &f;
	return 0;
}

static void stop_committer(struct suspend_fixture *f)
{
	pthread_mutex_lock(&committer.lock);
	committer.stop = true;
	pthread_cond_signal(&committer.more);
	pthread_mutex_unlock(&committer.lock);
	pthread_join(f->committer, NULL);
}

static int suspend_tear_down(void **state)
{
	struct suspend_fixture *f = *state;

	assert_true(http_server_stop(f->server));
	stop_committer(f);
	arena_free(f->arena);
	return 0;
}

static struct raw_answer suspend_get(void **state, const char *target)
{
	struct suspend_fixture *f = *state;

	return raw_get(f->arena, f->port, target, NULL);
}

static void resumed_by_another_thread(void **state)
{
	assert_str(suspend_get(state, "/commit?a").body, "a");
	assert_str(suspend_get(state, "/rounds?b").body, "b");
}

static void resumed_before_the_handler_returns(void **state)
{
	assert_str(suspend_get(state, "/at-once").body, "hello");
	assert_str(suspend_get(state, "/filled").body, "hello");
}

static void work_and_answer_on_their_threads(void **state)
{
	assert_str(suspend_get(state, "/offload").body, "worker then event");
	assert_str(suspend_get(state, "/both?c").body, "c");
	assert_str(suspend_get(state, "/blocking-commit?d").body, "d");
}

static void pipelined_behind_a_suspended_one(void **state)
{
	struct suspend_fixture *f = *state;
	struct raw_conn *c = raw_connect(f->arena, f->port);

	raw_send_c(c, "GET /commit?1 HTTP/1.1\r\nHost: localhost\r\n\r\n"
		      "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"
		      "GET /commit?2 HTTP/1.1\r\nHost: localhost\r\n\r\n");
	assert_str(raw_read(c, false).body, "1");
	assert_str(raw_read(c, false).body, "hello");
	assert_str(raw_read(c, false).body, "2");
	raw_close(c);
}

/* The client goes while its exchange waits: nothing is left behind, the server serves on. */
static void client_gone_while_suspended(void **state)
{
	struct suspend_fixture *f = *state;
	struct raw_conn *c;

	pthread_mutex_lock(&committer.lock);
	committer.wanted = 2;
	pthread_mutex_unlock(&committer.lock);
	c = raw_connect(f->arena, f->port);
	raw_send_c(c, "GET /commit?gone HTTP/1.1\r\nHost: localhost\r\n\r\n");
	raw_close(c);
	assert_str(suspend_get(state, "/commit?stays").body, "stays");
	pthread_mutex_lock(&committer.lock);
	committer.wanted = 1;
	pthread_mutex_unlock(&committer.lock);
	assert_str(suspend_get(state, "/hello").body, "hello");
}

#define CLIENTS 200

/* All wait for one commit, which resumes them together. */
static void one_commit_resumes_many(void **state)
{
	struct suspend_fixture *f = *state;
	struct raw_conn *c[CLIENTS];
	char text[100];

	pthread_mutex_lock(&committer.lock);
	committer.wanted = CLIENTS;
	pthread_mutex_unlock(&committer.lock);
	for (int i = 0; i < CLIENTS; i++) {
		c[i] = raw_connect(f->arena, f->port);
		snprintf(text, sizeof(text), "GET /commit?%d HTTP/1.1\r\nHost: localhost\r\n\r\n",
			i);
		raw_send_c(c[i], text);
	}
	for (int i = 0; i < CLIENTS; i++) {
		snprintf(text, sizeof(text), "%d", i);
		assert_str(raw_read(c[i], false).body, text);
		raw_close(c[i]);
	}
	pthread_mutex_lock(&committer.lock);
	committer.wanted = 1;
	pthread_mutex_unlock(&committer.lock);
}

static void wait_inside(int n)
{
	for (int i = 0; i < RAW_TIMEOUT_MS && atomic_load(&gate.inside) < n; i++)
		usleep(1000);
	assert_int_equal(atomic_load(&gate.inside), n);
}

/* 2 workers and 4 places in the queue: the 7th blocking request is turned away, others go on. */
static void a_full_queue_answers_503(void **state)
{
	struct suspend_fixture *f = *state;
	struct raw_conn *c[6];
	struct raw_answer r;

	gate_set(false);
	for (int i = 0; i < 6; i++) {
		c[i] = raw_connect(f->arena, f->port);
		raw_send_c(c[i], "GET /blocking?x HTTP/1.1\r\nHost: localhost\r\n\r\n");
		if (i < 2)
			wait_inside(i + 1);
		/* The event thread has taken it: it answers the next request after this one. */
		assert_str(suspend_get(state, "/hello").body, "hello");
	}
	r = suspend_get(state, "/blocking?x");
	assert_int_equal(r.status, 503);
	assert_str(raw_header(&r, "Retry-After"), "2");
	assert_str(suspend_get(state, "/hello").body, "hello");
	gate_set(true);
	for (int i = 0; i < 6; i++) {
		assert_str(raw_read(c[i], false).body, "x");
		raw_close(c[i]);
	}
	assert_str(suspend_get(state, "/blocking?y").body, "y");
}

/* Of the 4 places low-priority requests get 2; the others still find room behind them. */
static void who_yields_leaves_room(void **state)
{
	struct suspend_fixture *f = *state;
	struct raw_conn *c[6];

	gate_set(false);
	for (int i = 0; i < 6; i++) {
		c[i] = raw_connect(f->arena, f->port);
		raw_send_c(c[i], i < 4 ? "GET /yielding?x HTTP/1.1\r\nHost: localhost\r\n\r\n"
				       : "GET /blocking?x HTTP/1.1\r\nHost: localhost\r\n\r\n");
		if (i < 2)
			wait_inside(i + 1);
		assert_str(suspend_get(state, "/hello").body, "hello");
		if (i == 3)
			assert_int_equal(suspend_get(state, "/yielding?x").status, 503);
	}
	assert_int_equal(suspend_get(state, "/blocking?x").status, 503);
	gate_set(true);
	for (int i = 0; i < 6; i++) {
		assert_str(raw_read(c[i], false).body, "x");
		raw_close(c[i]);
	}
	assert_str(suspend_get(state, "/yielding?y").body, "y");
}

/* ---- bursts ---- */

/* A server in a process of its own, to be stopped and continued; the port comes by a pipe. */
static pid_t server_process(int event_threads, int *ret_port)
{
	int out[2], ends[2];
	pid_t pid;

	if (pipe(out) != 0 || pipe(ends) != 0)
		die("no pipe");
	pid = fork();
	if (pid == 0) {
		struct http_server_options o = test_options();
		struct suspend_fixture f;
		struct http_server *s;
		int port;
		char byte;

		o.event_threads = event_threads;
		close(ends[1]);
		if (http_server_start(&o, routes, N_OF(routes), &s) != RC_OK)
			_exit(1);
		start_committer(&f);
		port = http_server_port(s);
		if (write(out[1], &port, sizeof(port)) != sizeof(port) ||
			read(ends[0], &byte, 1) < 0)
			_exit(1);
		_exit(0);
	}
	close(out[1]);
	close(ends[0]);
	if (pid < 0 || read(out[0], ret_port, sizeof(*ret_port)) != sizeof(*ret_port))
		die("no server process");
	close(out[0]);
	return pid;
}

/* Forked before this process has threads of its own. */
static struct {
	pid_t pid;
	int port;
} children[2];

static void burst(struct arena *a, pid_t pid, int port, int n, const char *target)
{
	struct raw_conn *c[400];
	char text[200];

	for (int i = 0; i < n; i++) {
		c[i] = raw_connect(a, port);
		raw_send_c(c[i], "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
		assert_int_equal(raw_read(c[i], false).status, 200);
	}
	snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", target);
	assert_int_equal(kill(pid, SIGSTOP), 0);
	waitpid(pid, NULL, WUNTRACED);
	for (int i = 0; i < n; i++)
		raw_send_c(c[i], text);
	assert_int_equal(kill(pid, SIGCONT), 0);
	for (int i = 0; i < n; i++) {
		assert_int_equal(raw_read(c[i], false).status, 200);
		raw_close(c[i]);
	}
}

/* libmicrohttpd's own loop hangs when exactly 128 events come at once. */
static void bursts_are_all_answered(void **state)
{
	static const int sizes[] = {127, 128, 129, 256, 384};
	struct suspend_fixture *f = *state;

	for (size_t i = 0; i < 2 * N_OF(sizes); i++) {
		int n = sizes[i / 2];

		print_message("# %d requests, %zu threads\n", n, i % 2 + 1);
		burst(f->arena, children[i % 2].pid, children[i % 2].port, n, "/hello");
		burst(f->arena, children[i % 2].pid, children[i % 2].port, n, "/commit?x");
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(resumed_by_another_thread),
		cmocka_unit_test(resumed_before_the_handler_returns),
		cmocka_unit_test(work_and_answer_on_their_threads),
		cmocka_unit_test(pipelined_behind_a_suspended_one),
		cmocka_unit_test(client_gone_while_suspended),
		cmocka_unit_test(one_commit_resumes_many),
		cmocka_unit_test(a_full_queue_answers_503),
		cmocka_unit_test(who_yields_leaves_room),
		cmocka_unit_test(bursts_are_all_answered),
	};
	int failed;

	for (int i = 0; i < 2; i++)
		children[i].pid = server_process(i + 1, &children[i].port);
	failed = cmocka_run_group_tests(tests, suspend_set_up, suspend_tear_down);
	for (int i = 0; i < 2; i++) {
		kill(children[i].pid, SIGKILL);
		waitpid(children[i].pid, NULL, 0);
	}
	return failed;
}
