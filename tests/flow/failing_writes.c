/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* R2, R18: while nothing can be written (a full disk), requests that write get 503 and others are
 * answered; the log names one request a second of each endpoint and counts the others. */
#include "flow/helpers.h"

#include "obs/log.h"
#include "support/store/mem.h"

#include <pthread.h>
#include <time.h>

enum { REQUESTS = 30, LINES_MAX = 64 };

static struct {
	pthread_mutex_t lock;
	char lines[LINES_MAX][512];
	size_t n;
} kept = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void keep_failures(void *data, struct str line)
{
	(void)data;
	if (!contains(line, "\"event\":\"request_failed\"") || line.n >= sizeof(kept.lines[0]))
		return;
	pthread_mutex_lock(&kept.lock);
	if (kept.n < LINES_MAX) {
		memcpy(kept.lines[kept.n], line.p, line.n);
		kept.lines[kept.n++][line.n] = '\0';
	}
	pthread_mutex_unlock(&kept.lock);
}

/* Lines of this endpoint, and how many requests they stand for. */
static size_t lines_of(const char *endpoint, long *ret_requests)
{
	char member[64];
	size_t n = 0;

	*ret_requests = 0;
	snprintf(member, sizeof(member), "\"endpoint\":\"%s\"", endpoint);
	pthread_mutex_lock(&kept.lock);
	for (size_t i = 0; i < kept.n; i++) {
		const char *others = strstr(kept.lines[i], "\"others\":");

		if (!strstr(kept.lines[i], member))
			continue;
		n++;
		*ret_requests += 1 + (others ? strtol(others + 9, NULL, 10) : 0);
	}
	pthread_mutex_unlock(&kept.lock);
	return n;
}

static void fail_at_both(struct fixture *w, struct browser *b, struct str token)
{
	struct raw_answer r = authorize(b, ask(w, NULL));

	assert_int_equal(r.status, 503);
	r = refresh(w, "portal", token);
	assert_int_equal(r.status, 503);
}

static void one_line_a_second_and_endpoint(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w}, stranger = {.w = w};
	struct raw_answer r = tokens_for(&b, "portal", "&scope=openid+offline_access");
	struct str access = member(w, &r, "access_token"), token = member(w, &r, "refresh_token");
	long authorizations, tokens;

	assert_true(token.n > 0);
	store_mem_refuse(w->p.store, RC_UNAVAILABLE);
	log_set_sink(keep_failures, NULL);
	for (int i = 0; i < REQUESTS; i++)
		fail_at_both(w, &stranger, token);
	r = get_bearer(w, "/oauth2/userinfo", access);
	assert_int_equal(r.status, 200);
	/* The second that began with the first line is over. */
	nanosleep(&(struct timespec){.tv_sec = 1, .tv_nsec = 100000000}, NULL);
	fail_at_both(w, &stranger, token);
	store_mem_refuse(w->p.store, RC_OK);
	r = authorize(&stranger, ask(w, NULL));
	check_login(&r);
	fixture_free(w);
	log_set_sink(NULL, NULL);
	assert_in_range(lines_of("authorize", &authorizations), 2, 4);
	assert_in_range(lines_of("token", &tokens), 2, 4);
	assert_int_equal(authorizations, REQUESTS + 1);
	assert_int_equal(tokens, REQUESTS + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_line_a_second_and_endpoint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
