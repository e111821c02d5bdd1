/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Kind D: whatever happens at once, every session that lives stands in the person's index, so that
 * "everywhere" ends it. Two logins of one browser, a login and the end of its session, of all
 * sessions, or of its account: in many rounds, on a store of its own.
 *
 * Before: two logins that went on from one session both got its sid, and the index knew
 * one.
 */
#include "flow/otp_fixture.h"
#include "support/administration.h"

#include "directory/session.h"

#include <time.h>

enum { RACERS = 4, ROUNDS = 12 };

/* Something that happens at once with others. */
struct racer {
	struct fixture *w;
	struct arena *a;
	void (*run)(struct racer *r);
	const char *target, *cookies;
	struct str form; /* p NULL: GET */
	pthread_barrier_t *start;
	unsigned delay_us; /* so that rounds meet in different places; nothing depends on it */
	struct raw_answer answer;
	enum rc rc;
};

static void send_request(struct racer *r)
{
	r->answer = r->form.p ? raw_post(r->a, r->w->port, r->target, r->cookies, r->form)
			      : raw_get(r->a, r->w->port, r->target, r->cookies);
}

static void *race(void *data)
{
	struct racer *r = data;

	pthread_barrier_wait(r->start);
	nanosleep(&(const struct timespec){.tv_nsec = (long)r->delay_us * 1000}, NULL);
	r->run(r);
	return NULL;
}

static void run_all(struct racer *v, unsigned n)
{
	pthread_t threads[RACERS];
	pthread_barrier_t start;

	pthread_barrier_init(&start, NULL, n);
	for (unsigned i = 0; i < n; i++) {
		v[i].a = arena_new(ARENA_MAX);
		v[i].start = &start;
		if (!v[i].run)
			v[i].run = send_request;
		assert_int_equal(pthread_create(&threads[i], NULL, race, &v[i]), 0);
	}
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	pthread_barrier_destroy(&start);
}

static void free_all(struct racer *v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		arena_free(v[i].a);
}

static const char *cookies_of(struct fixture *w, const struct browser *b)
{
	struct str session = cookie_of(b, "pratu_session");

	return str_dup_c(w->a, text(w, "Cookie: pratu_browser=%.*s%s%.*s\r\n",
				       STR_FMT(cookie_of(b, "pratu_browser")),
				       session.n ? "; pratu_session=" : "", STR_FMT(session)));
}

/* --- what must be true afterwards --- */

static enum rc sign_out(struct tx *tx, void *arg)
{
	(void)arg;
	return session_end_others(tx, SOMCHAI, STR_NONE);
}

static enum rc sign_out_everywhere(struct fixture *w, struct arena *a)
{
	static const struct actor actor = {.kind = ACTOR_COMMAND, .id = STR_INIT("cli:tester")};

	return tx_run(&w->p, &actor, a, sign_out, NULL);
}

static void everywhere_ends_all(struct fixture *w)
{
	assert_int_equal(records(w, TABLE_SESSION), records(w, TABLE_SESSION_BY_PERSON));
	check_ok(sign_out_everywhere(w, w->a));
	assert_int_equal(records(w, TABLE_SESSION), 0);
	assert_int_equal(records(w, TABLE_SESSION_BY_PERSON), 0);
}

/* --- the races --- */

/* A return of a login that another session goes on from. */
static struct racer begin_again(struct browser *b)
{
	struct raw_answer r = authorize(b, ask(b->w, "prompt=login", NULL));

	return (struct racer){.w = b->w, .target = str_dup_c(b->w->a, return_of(b, &r))};
}

static void two_logins_in_one_browser(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct fixture *w = fixture_standard(FIXTURE_LMDB);
		struct browser b = {.w = w};
		struct racer racers[RACERS];

		/* The half of the rounds: nobody is logged in yet. */
		if (round % 2)
			log_in(&b, SOMCHAI_PID);
		for (int i = 0; i < RACERS; i++)
			racers[i] = begin_again(&b);
		for (int i = 0; i < RACERS; i++)
			racers[i].cookies = cookies_of(w, &b);
		run_all(racers, RACERS);
		for (int i = 0; i < RACERS; i++)
			assert_true(contains(location(&racers[i].answer), "code=pratu_ac_"));
		free_all(racers, RACERS);
		everywhere_ends_all(w);
		fixture_free(w);
	}
}

static void end_everywhere(struct racer *r)
{
	r->rc = sign_out_everywhere(r->w, r->a);
}

static void a_login_beside_everywhere(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct fixture *w = fixture_standard(FIXTURE_LMDB);
		struct browser b = {.w = w};
		struct racer racers[RACERS];

		log_in(&b, SOMCHAI_PID);
		for (int i = 0; i < RACERS; i++)
			racers[i] = begin_again(&b);
		for (int i = 0; i < RACERS; i++)
			racers[i].cookies = cookies_of(w, &b);
		racers[0].run = racers[1].run = end_everywhere;
		run_all(racers, RACERS);
		check_ok(racers[0].rc);
		check_ok(racers[1].rc);
		free_all(racers, RACERS);
		everywhere_ends_all(w);
		fixture_free(w);
	}
}

/* The button of the launcher, and of the list of sessions. */
static void a_login_beside_its_logout(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct fixture *w = fixture_standard(FIXTURE_LMDB);
		struct browser b = {.w = w};
		struct racer racers[2];
		struct raw_answer page;

		log_in(&b, SOMCHAI_PID);
		page = browse(&b, "/apps");
		racers[0] = begin_again(&b);
		racers[1] = (struct racer){.w = w,
			.target = "/apps/logout",
			.form = str_dup(w->a,
				form_of(w, "csrf",
					str_dup_c(w->a,
						value_after(page.body, "name=\"csrf\" value=\"")),
					NULL))};
		racers[0].cookies = racers[1].cookies = cookies_of(w, &b);
		run_all(racers, 2);
		free_all(racers, 2);
		everywhere_ends_all(w);
		fixture_free(w);
	}
}

static void suspend_beside(struct racer *r)
{
	const struct administrator who = administrator_of(&r->w->p);

	r->rc = admin_account_status(&who, r->a, STR(USERNAME), STATUS_SUSPENDED, STR("race"));
}

/* The password form of a login of this browser, filled. */
static struct racer type_it(struct browser *b)
{
	static const char mark[] = "action=\"/login/password?";
	struct fixture *w = b->w;
	struct raw_answer page = login_page(b, "");
	const char *at = memmem(page.body.p, page.body.n, mark, strlen(mark));
	struct str form = {at, page.body.n - (size_t)(at - page.body.p)};
	struct str step = attribute(w, form, "name=\"step\" value=\"");

	return (struct racer){.w = w,
		.target = str_dup_c(w->a, attribute(w, form, "action=\"")),
		.form = str_dup(w->a, form_of(w, "step", str_dup_c(w->a, step), "username",
					      USERNAME, "password", PASSWORD, NULL))};
}

/* An account that is suspended while its password is looked at has no session afterwards. */
static void a_login_beside_the_end_of_its_account(void **state)
{
	size_t before = 0, after = 0;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct otp_fixture *c = otp_fixture_new_on(FIXTURE_LMDB);
		struct fixture *w = c->w;
		struct browser b = {.w = w};
		struct racer racers[RACERS];

		c->policy.second_factors = (struct strlist){NULL, 0};
		for (int i = 0; i < RACERS - 1; i++)
			racers[i] = type_it(&b);
		for (int i = 0; i < RACERS - 1; i++)
			racers[i].cookies = cookies_of(w, &b);
		racers[RACERS - 1] = (struct racer){
			.w = w, .run = suspend_beside, .delay_us = 2000u * (unsigned)round};
		run_all(racers, RACERS);
		check_ok(racers[RACERS - 1].rc);
		for (int i = 0; i < RACERS - 1; i++) {
			bool entered = contains(location(&racers[i].answer), "code=pratu_ac_");

			before += entered;
			after += !entered;
		}
		free_all(racers, RACERS);
		assert_int_equal(records(w, TABLE_SESSION), 0);
		assert_int_equal(records(w, TABLE_SESSION_BY_PERSON), 0);
		otp_fixture_free(c);
	}
	print_message("# logins before the suspension: %zu, after: %zu\n", before, after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_logins_in_one_browser),
		cmocka_unit_test(a_login_beside_everywhere),
		cmocka_unit_test(a_login_beside_its_logout),
		cmocka_unit_test(a_login_beside_the_end_of_its_account),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
