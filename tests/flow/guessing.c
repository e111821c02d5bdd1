/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Two hundred guesses at once over every way there is (attack row 8): the password form, the code
 * form, codes sent again, several portals, the launcher, prompt=login, fresh transactions and tabs
 * of one, spellings of the name. On LMDB, by sockets, in threads. What was really looked at is
 * counted at the factors themselves, and compared with what the store counted.
 */
#include "flow/otp_fixture.h"

#include <stdatomic.h>

#define THREADS 40
#define GUESSES 5

/* --- counting at the factors --- */

static atomic_int looks;
static struct auth_method real_password, real_codes[2];

/* A step may run again after a conflict: that is no other look. */
static void count_one(const struct auth_call *call)
{
	if (call->op->tx.attempts <= 1)
		atomic_fetch_add(&looks, 1);
}

static enum auth_next counted_password(struct auth_call *call)
{
	enum auth_next next = real_password.step(call);

	if (next == AUTH_PROVEN ||
		(next == AUTH_FAILED && call->why && strcmp(call->why, "not_any_more") == 0))
		count_one(call);
	return next;
}

static enum auth_next counted_code(struct auth_call *call)
{
	enum auth_next next = real_codes[0].step(call);

	if (next == AUTH_PROVEN || call->reason == AUTH_WRONG || call->reason == AUTH_OVER)
		count_one(call);
	return next;
}

static void count_looks(struct otp_fixture *c)
{
	static const char *const names[] = {"otp_email", "otp_sms"};

	atomic_store(&looks, 0);
	real_password = *otp_fixture_method(c, "password");
	otp_fixture_method(c, "password")->step = counted_password;
	for (int i = 0; i < 2; i++) {
		real_codes[i] = *otp_fixture_method(c, names[i]);
		otp_fixture_method(c, names[i])->step = counted_code;
	}
}

/* Right passwords and all codes are counted above; wrong passwords stand in the trail. */
static int looked_at(struct otp_fixture *c)
{
	return atomic_load(&looks) + (int)audited(c->w, "\"detail\":\"wrong_password\"");
}

static int64_t stored_count(struct otp_fixture *c)
{
	struct attempt_subject subject =
		attempt_subject(c->w->p.vault, ATTEMPT_ACCOUNT, c->account);
	struct attempts_found found;
	struct store_snapshot *snap;
	int64_t count = 0;

	check_ok(store_snapshot_begin(c->w->p.store, &snap));
	check_ok(
		attempts_get(snap, c->w->a, &subject, c->w->now_ms / 1000, ATTEMPT_PERIOD, &found));
	for (size_t i = 0; i < ATTEMPT_BUCKETS; i++)
		count += found.buckets[i].count;
	store_snapshot_end(snap);
	return count;
}

/* So many were counted, and no more looked at. (Fewer may be: two tabs of one transaction take each
 * other's step away between the count and the look.) */
static void check_counts(struct otp_fixture *c, int n)
{
	assert_int_equal(stored_count(c), n);
	assert_in_range(looked_at(c), n / 2, n);
}

/* --- the crowd --- */

struct crowd_guesser {
	struct otp_fixture *c;
	int number;
	struct browser *tab_of; /* tabs of one browser and transaction, or NULL */
	struct raw_answer page; /* then: the page they share */
};

static struct raw_answer beginning(struct browser *b, int way)
{
	static const char *const extras[] = {"", "&prompt=login", "&max_age=0", ""};
	struct raw_answer r;

	if (way % 5 == 4)
		r = browse(b, "/apps");
	else
		r = browse_s(
			b, authorize_target(b->w, way % 2 ? "second" : "portal", extras[way % 4]));
	check_login(&r);
	return browse_s(b, location(&r));
}

static void guess_codes(struct browser *b, struct raw_answer *page, int number)
{
	char form[64];
	struct raw_answer r;

	if (contains(page->body, "factor\" value=\"otp_email\"")) {
		r = send_form(b, page, "/login/code/send", "factor=otp_email");
		if (r.status != 303)
			return;
		*page = browse_s(b, location(&r));
	}
	for (int i = 0; i < 2 && contains(page->body, "name=\"code\""); i++) {
		snprintf(form, sizeof(form), "code=%06d", number * 10 + i);
		r = send_form(b, page, "/login/code", form);
		if (r.status != 303)
			return;
		*page = browse_s(b, location(&r));
	}
}

static void *guess_in_crowd(void *data)
{
	static const char *const names[] = {"somchai.j", "SOMCHAI.J", "Somchai.j", "sOmChAi.J"};
	struct crowd_guesser *g = data;
	struct fixture own = *g->c->w;
	struct browser b = {.w = &own};
	char address[32];

	/* At one address a second press would take the place of the first (admission.h). */
	snprintf(address, sizeof(address), "127.0.0.%d", 2 + g->number);
	own.a = arena_new(ARENA_MAX_CLI);
	for (int i = 0; i < GUESSES; i++) {
		struct raw_answer page = g->page, r;
		const char *form = text(&own, "username=%s&password=%s", names[(g->number + i) % 4],
			(g->number + i) % 3 ? "wrong" : "Rak-Pratu9%21")
					   .p;

		if (g->tab_of) {
			b = *g->tab_of;
			b.w = &own;
		} else {
			page = beginning(&b, g->number + i);
		}
		b.from = address;
		r = send_form(&b, &page, "/login/password", form);
		if (r.status != 303)
			continue;
		page = browse_s(&b, location(&r));
		guess_codes(&b, &page, g->number * GUESSES + i);
	}
	arena_free(own.a);
	return NULL;
}

static void crowd(struct otp_fixture *c)
{
	struct crowd_guesser guessers[THREADS];
	pthread_t threads[THREADS];
	struct browser shared = {.w = c->w};
	struct raw_answer page = login_page(&shared, "");

	for (int i = 0; i < THREADS; i++) {
		guessers[i] = (struct crowd_guesser){c, i, i % 4 ? NULL : &shared, page};
		assert_int_equal(
			pthread_create(&threads[i], NULL, guess_in_crowd, &guessers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static struct otp_fixture *besieged(int64_t free_attempts, int64_t lock_after)
{
	struct otp_fixture *c = otp_fixture_new_on(FIXTURE_LMDB);

	fixture_client(c->w, "second", "eplan", NULL);
	c->throttle_options.free = free_attempts;
	c->throttle_options.lock_after = lock_after;
	count_looks(c);
	return c;
}

/* Only the lock stands in their way: ten looks, then none; when it is over ten more, then none. */
static void two_hundred_at_once_meet_the_lock(void **state)
{
	struct otp_fixture *c = besieged(100, 10);
	struct browser victim = {.w = c->w};
	struct raw_answer page, r;

	/* The victim is logged in by password before. */
	page = code_page(&victim);
	r = send_form(
		&victim, &page, "/login/code", text(c->w, "code=%.*s", STR_FMT(code_posted(c))).p);
	check_code(c->w, &r);
	atomic_store(&looks, 0);
	for (int round = 1; round <= 3; round++) {
		struct browser thaid = {.w = c->w};

		crowd(c);
		check_counts(c, 10 * round);
		assert_int_equal(audits(c->w, AUDIT_ACCOUNT_LOCKED), round);
		/* The weapon is blunt: his session goes on, and ThaID lets him in. */
		r = browse_s(&victim, authorize_target(c->w, "portal", "&prompt=none"));
		check_code(c->w, &r);
		log_in(&thaid, SOMCHAI_PID);
		fixture_advance_clock(c->w, 900 << (round - 1));
	}
	assert_int_equal(audits(c->w, AUDIT_LOGIN), 1 + 3);
	otp_fixture_free(c);
}

/* The delays, too: three at once, then one a wait. */
static void two_hundred_at_once_meet_the_delays(void **state)
{
	static const int waits[] = {1, 2, 4, 8};
	struct otp_fixture *c = besieged(3, 100);

	crowd(c);
	check_counts(c, 3);
	for (size_t i = 0; i < COUNT(waits); i++) {
		fixture_advance_clock(c->w, waits[i]);
		crowd(c);
		check_counts(c, 4 + (int)i);
	}
	otp_fixture_free(c);
}

/* What looks like the name is not it (its spellings: kind_f_usernames.c), and no second counter of
 * the account. */
static void other_spellings_are_other_names(void **state)
{
	static const char *const names[] = {"somchai .j", "somchai%2ej", "somch\xc3\xa1i.j",
		"somcha\xcc\x81i.j",                    /* an accent, both forms */
		"\xd1\x95omchai.j",                     /* a Cyrillic letter */
		"somchai.\xc4\xb5", "somcha\xc4\xb1.j", /* a dotless i */
		"somchai\xe3\x80\x82j",                 /* an ideographic full stop */
		"person@office.test", "+66812345678", SOMCHAI_PID};
	struct otp_fixture *c = besieged(100, 100);
	struct browser b = {.w = c->w};
	struct raw_answer page = login_page(&b, "");

	for (size_t i = 0; i < COUNT(names); i++) {
		page = type_password(&b, &page, names[i], PASSWORD);
		if (!has_notice(page.body, "wrong"))
			fail_msg("%s", names[i]);
	}
	assert_int_equal(atomic_load(&looks), 0);
	assert_int_equal(stored_count(c), 0);
	page = type_password(&b, &page, "SomChai.J", PASSWORD);
	assert_int_equal(atomic_load(&looks), 1);
	assert_int_equal(stored_count(c), 1);
	otp_fixture_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_hundred_at_once_meet_the_lock),
		cmocka_unit_test(two_hundred_at_once_meet_the_delays),
		cmocka_unit_test(other_spellings_are_other_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
