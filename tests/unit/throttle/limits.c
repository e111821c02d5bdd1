/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The table of limits: what is counted in memory, and whose budget is whose. */
#include "throttle/throttle.h"

#include "unit/factors/factor_fixture.h"

#include <pthread.h>

#define THREADS 8
#define EACH    2000

static const struct actor nobody = {.kind = ACTOR_PERSON};
static const struct throttle_options options = {.address_limit = 1000,
	.address_period = 600,
	.target_limit = 2,
	.message_limit = 3,
	.target_period = 3600};

/* Takes one at a second, with room for max logins (and half of it recovery requests) a minute. */
static enum rc take_at(struct factor_fixture *s, struct throttle *g, enum throttle_limit which,
	struct str subject, int64_t second, int64_t max)
{
	const struct settings settings = {
		.logins_per_minute = max, .recovery_requests_per_minute = max / 2};
	struct tx tx;
	int64_t wait = -1;
	enum rc rc;

	s->now_ms = second * 1000;
	s->app.settings = &settings;
	tx_init(&tx, &s->app, &nobody, s->arena);
	s->app.settings = NULL;
	rc = throttle_take(g, &tx, which, subject, &wait);
	if (rc == RC_LIMITED)
		assert_int_equal(wait, 60 - second % 60);
	else
		assert_int_equal(wait, -1);
	return rc;
}

static enum rc login_at(struct factor_fixture *s, struct throttle *g, const char *address,
	int64_t second, int64_t max)
{
	return take_at(s, g, THROTTLE_LOGINS, str_c(address), second, max);
}

static void counts_a_minute(void **state)
{
	struct factor_fixture *s = *state;
	struct throttle *g = throttle_new(&s->app, &options);

	for (int i = 0; i < 5; i++)
		check_ok(login_at(s, g, "203.0.113.7", 600, 5));
	check_rc(login_at(s, g, "203.0.113.7", 600, 5), RC_LIMITED);
	check_rc(login_at(s, g, "203.0.113.7", 659, 5), RC_LIMITED);
	check_ok(login_at(s, g, "203.0.113.7", 660, 5));
	/* A clock that steps back begins a minute of its own. */
	check_ok(login_at(s, g, "203.0.113.7", 0, 5));
	throttle_free(g);
}

/* Spellings of one address, and addresses of one /64, are one; others are not. */
static void whom_it_counts_as_one(void **state)
{
	static const struct {
		const char *first, *second;
		bool one;
	} rows[] = {
		{"203.0.113.7", "203.0.113.7", true},
		{"203.0.113.7", "::ffff:203.0.113.7", true},
		{"203.0.113.7", "203.0.113.8", false},
		{"2001:db8::1", "2001:db8::ffff:1", true},
		{"2001:db8::1", "2001:db8:0:1::1", false},
		{"not an address", "not an address", true},
		{"not an address", "203.0.113.7", false},
	};
	struct factor_fixture *s = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct throttle *g = throttle_new(&s->app, &options);

		check_ok(login_at(s, g, rows[i].first, 0, 1));
		check_rc(login_at(s, g, rows[i].second, 0, 1), rows[i].one ? RC_LIMITED : RC_OK);
		throttle_free(g);
	}
}

/* Each limit has its number and its counters. */
static void limits_in_memory_are_apart(void **state)
{
	struct factor_fixture *s = *state;
	struct throttle *g = throttle_new(&s->app, &options);

	for (int i = 0; i < 4; i++)
		check_ok(login_at(s, g, "203.0.113.7", 600, 4));
	for (int i = 0; i < 2; i++)
		check_ok(take_at(s, g, THROTTLE_RECOVERY_REQUESTS, STR("203.0.113.7"), 600, 4));
	check_rc(take_at(s, g, THROTTLE_RECOVERY_REQUESTS, STR("203.0.113.7"), 600, 4), RC_LIMITED);
	check_rc(login_at(s, g, "203.0.113.7", 600, 4), RC_LIMITED);
	throttle_free(g);
}

static enum rc take_stored(struct factor_fixture *s, struct throttle *g, enum throttle_limit which,
	const char *subject)
{
	struct tx tx;
	int64_t wait;
	enum rc rc;

	tx_init(&tx, &s->app, &nobody, s->arena);
	check_ok(tx_begin(&tx));
	rc = throttle_take(g, &tx, which, str_c(subject), &wait);
	tx_end(&tx);
	return rc == RC_OK ? store_commit(s->store, tx.batch) : rc;
}

/* Recovery mails, which anybody can cause, spend no codes of a login; and the other way round. */
static void budgets_of_one_recipient_are_apart(void **state)
{
	static const enum throttle_limit kinds[] = {
		THROTTLE_RECOVERY_MAILS, THROTTLE_CODES, THROTTLE_CODES_TYPED};
	struct factor_fixture *s = *state;
	struct throttle *g = throttle_new(&s->app, &options);

	for (size_t k = 0; k < COUNT(kinds); k++) {
		check_ok(take_stored(s, g, kinds[k], "somchai@dla.example"));
		check_ok(take_stored(s, g, kinds[k], "Somchai@DLA.example"));
		check_rc(take_stored(s, g, kinds[k], "somchai@dla.example"), RC_LIMITED);
		check_ok(take_stored(s, g, kinds[k], "somsri@dla.example"));
	}
	/* What the outbox takes is counted apart too, over all kinds. */
	for (int64_t i = 0; i < options.message_limit; i++)
		check_ok(take_stored(s, g, THROTTLE_MESSAGES, "Somchai@dla.example"));
	check_rc(take_stored(s, g, THROTTLE_MESSAGES, "somchai@dla.example"), RC_LIMITED);
	check_ok(take_stored(s, g, THROTTLE_MESSAGES, "somsri@dla.example"));
	throttle_free(g);
}

#define STRANGERS 60000

static const char *stranger(char text[static 32], unsigned i)
{
	snprintf(text, 32, "10.%u.%u.%u", i >> 16 & 255, i >> 8 & 255, i & 255);
	return text;
}

/* Kind E: no counter is shared. Once three times as many addresses as there are counters have come
 * once, and one has spent its budget: nobody else is refused, and that one still is. */
static void nobody_shares_a_counter(void **state)
{
	struct factor_fixture *s = *state;
	struct throttle *g = throttle_new(&s->app, &options);
	char text[32];

	for (int i = 0; i < 2; i++)
		check_ok(login_at(s, g, "203.0.113.7", 600, 2));
	for (unsigned i = 0; i < STRANGERS; i++)
		check_ok(login_at(s, g, stranger(text, i), 600, 2));
	check_rc(login_at(s, g, "203.0.113.7", 600, 2), RC_LIMITED);
	throttle_free(g);
}

struct take_race {
	struct throttle *throttle;
	struct tx tx;
};

static void *take_many(void *data)
{
	struct take_race *r = data;
	struct tx tx = r->tx;
	intptr_t taken = 0;
	int64_t wait;

	for (int i = 0; i < EACH; i++)
		taken += throttle_take(r->throttle, &tx, THROTTLE_LOGINS, STR("203.0.113.7"),
				 &wait) == RC_OK;
	return (void *)taken;
}

static void threads_never_pass_the_limit(void **state)
{
	const struct settings settings = {.logins_per_minute = 1000};
	struct factor_fixture *s = *state;
	struct take_race r = {.throttle = throttle_new(&s->app, &options)};
	pthread_t threads[THREADS];
	intptr_t taken = 0;
	void *each;

	r.tx = (struct tx){.app = &s->app, .settings = &settings, .now = 600};
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, take_many, &r), 0);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &each);
		taken += (intptr_t)each;
	}
	assert_int_equal(taken, 1000);
	throttle_free(r.throttle);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		factor_fixture_test(counts_a_minute),
		factor_fixture_test(whom_it_counts_as_one),
		factor_fixture_test(limits_in_memory_are_apart),
		factor_fixture_test(budgets_of_one_recipient_are_apart),
		factor_fixture_test(nobody_shares_a_counter),
		factor_fixture_test(threads_never_pass_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
