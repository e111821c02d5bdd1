/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A name server that does not answer: getaddrinfo(3) of this program hangs. Time-outs are the whole
 * of a call, and a process that stops does not wait (net/call_end.h). Family R8.
 */
#include "net/http_client.h"
#include "net/smtp.h"

#include "unit/check.h"

#include <netdb.h>
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

static sem_t asked, answer;

/* In place of the library's: for libcurl, which finds it first. */
int getaddrinfo(
	const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **ret)
{
	sem_post(&asked);
	while (sem_wait(&answer) != 0)
		;
	sem_post(&answer);
	return EAI_AGAIN;
}

static struct http_client *new_client(void)
{
	struct http_client_options o = {.user_agent = "pratu-test"};
	struct http_client *c;

	check_ok(http_client_new(&o, &c));
	return c;
}

static enum rc get(struct http_client *c, struct arena *a, int64_t timeout_ms)
{
	struct http_fetch f = {.method = "GET",
		.url = STR("http://nowhere.example/"),
		.connect_timeout_ms = timeout_ms,
		.timeout_ms = timeout_ms};
	struct http_fetched got;
	const char *why;

	return http_client_fetch(c, a, &f, &got, &why);
}

static enum rc mail(struct arena *a, int64_t timeout_ms, const struct call_end *end)
{
	struct smtp_options o = {.host = STR("nowhere.example"),
		.port = 587,
		.connect_timeout_ms = timeout_ms,
		.timeout_ms = timeout_ms,
		.end = end};
	struct smtp_envelope e = {STR("a@b.th"), STR("c@d.th"), STR("x\r\n")};
	struct str said;
	const char *why;
	int code;

	return smtp_send(&o, a, &e, &code, &why, &said);
}

/* These end only because nobody waits for the thread that asks. */
static void the_time_out_holds(void **state)
{
	struct http_client *c = new_client();

	check_rc(get(c, *state, 500), RC_UNAVAILABLE);
	check_rc(mail(*state, 500, NULL), RC_UNAVAILABLE);
	http_client_free(c);
}

#define LONG_MS 3600000

static struct call_end end;

static void *stop_when_asked(void *client)
{
	while (sem_wait(&asked) != 0)
		;
	if (client)
		http_client_end(client, 1);
	else
		call_end_set(&end, monotonic_ms() + LONG_MS);
	return NULL;
}

/* A request of a person is ended when its time comes; a mail that was not handed over, at once. */
static void a_stop_ends_it(void **state)
{
	struct http_client *c = new_client();
	pthread_t thread;

	while (sem_trywait(&asked) == 0)
		;
	assert_int_equal(pthread_create(&thread, NULL, stop_when_asked, c), 0);
	check_rc(get(c, *state, LONG_MS), RC_UNAVAILABLE);
	pthread_join(thread, NULL);
	assert_int_equal(pthread_create(&thread, NULL, stop_when_asked, NULL), 0);
	check_rc(mail(*state, LONG_MS, &end), RC_UNAVAILABLE);
	pthread_join(thread, NULL);
	http_client_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		arena_test(the_time_out_holds), arena_test(a_stop_ends_it)};
	int failed;

	sem_init(&asked, 0, 0);
	sem_init(&answer, 0, 0);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	/* The threads of libcurl still ask: nothing of the process is taken down. */
	fflush(NULL);
	_exit(failed);
}
