/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Sessions: no fixation, a new handle at every login, limits, both expiries (attack row 12). */
#include "flow/helpers.h"

#include "directory/directory.h"

#define MALEE_PID "1234567890139"

static void plant(struct browser *b, const char *name, struct str value)
{
	b->names[b->n] = str_c(name);
	b->values[b->n++] = value;
}

static bool logged_in(struct browser *b)
{
	return browse(b, "/apps").status == 200;
}

static void planted_cookie_is_not_adopted(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	const struct str planted[] = {
		STR("pratu_ss_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), STR("x"),
		STR("pratu_in_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")};

	for (size_t i = 0; i < COUNT(planted); i++) {
		struct browser b = {.w = w}, thief = {.w = w};

		plant(&b, "pratu_session", planted[i]);
		plant(&thief, "pratu_session", planted[i]);
		assert_false(logged_in(&b));
		log_in(&b, SOMCHAI_PID);
		assert_true(logged_in(&b));
		assert_false(str_eq(cookie_of(&b, "pratu_session"), planted[i]));
		assert_false(logged_in(&thief));
	}
	fixture_free(w);
}

/* Somebody else's session in the cookie does not become the person's. */
static void session_of_another_is_left_behind(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser thief = {.w = w}, victim = {.w = w};
	struct raw_answer r;
	struct str before;

	fixture_person(w, "malee", MALEE_PID);
	log_in(&thief, MALEE_PID);
	before = cookie_of(&thief, "pratu_session");
	plant(&victim, "pratu_session", before);
	r = authorize(&victim, ask(w, "prompt=login", NULL));
	r = pass_login(&victim, &r);
	check_code(w, &r);
	assert_false(str_eq(cookie_of(&victim, "pratu_session"), before));
	assert_false(logged_in(&thief));
	fixture_free(w);
}

static void handle_changes_at_every_login(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w}, old = {.w = w};
	struct raw_answer first = tokens_for(&b, "portal", ""), r;
	struct str before = cookie_of(&b, "pratu_session");

	plant(&old, "pratu_session", before);
	assert_true(logged_in(&old));
	r = authorize(&b, ask(w, "prompt=login", NULL));
	r = pass_login(&b, &r);
	check_code(w, &r);
	assert_false(str_eq(cookie_of(&b, "pratu_session"), before));
	assert_false(logged_in(&old));
	/* The session goes on under its public id, so do its tokens. */
	r = refresh(w, "portal", member(w, &first, "refresh_token"));
	assert_int_equal(r.status, 200);
	assert_int_equal(records(w, TABLE_SESSION), 1);
	fixture_free(w);
}

/* The store gives nobody a session: what is in it is not the cookie. */
static bool holds(void *data, const struct store_record *record)
{
	struct str cookie = *(struct str *)data;

	assert_false(contains_str(record->key, cookie) || contains_str(record->value, cookie));
	return true;
}

static void cookie_is_not_stored(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct store_snapshot *snap;
	struct str cookie;

	log_in(&b, SOMCHAI_PID);
	cookie = str_sub(cookie_of(&b, "pratu_session"), 9, 64);
	check_ok(store_snapshot_begin(w->p.store, &snap));
	for (size_t i = 0; i < app_schema()->n_tables; i++)
		check_ok(store_scan(snap, app_schema()->tables[i].id, STR_NONE, STR_NONE, false,
			holds, &cookie));
	store_snapshot_end(snap);
	fixture_free(w);
}

static void cookie_attributes(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r = authorize(&b, ask(w, NULL));
	struct str cookie = raw_header(&r, "Set-Cookie");

	check_has(cookie, "pratu_browser=");
	check_has(cookie, "; HttpOnly");
	check_has(cookie, "; SameSite=Lax");
	check_has(cookie, "; Path=/");
	r = pass_login(&b, &r);
	cookie = raw_header(&r, "Set-Cookie");
	check_has(cookie, "pratu_session=pratu_ss_");
	check_has(cookie, "; HttpOnly");
	check_has(cookie, "; SameSite=Lax");
	assert_false(contains(cookie, "Max-Age") || contains(cookie, "Domain"));
	fixture_free(w);
}

static void sessions_per_person(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b[6];

	for (int i = 0; i < 6; i++) {
		b[i] = (struct browser){.w = w};
		log_in(&b[i], SOMCHAI_PID);
		fixture_advance_clock(w, 1);
		if (i == 4)
			assert_true(logged_in(&b[0]));
	}
	/* The oldest made room. */
	assert_false(logged_in(&b[0]));
	for (int i = 1; i < 6; i++)
		assert_true(logged_in(&b[i]));
	/* Who logs in again where he is pushes nobody out. */
	struct raw_answer r = authorize(&b[5], ask(w, "prompt=login", NULL));
	r = pass_login(&b[5], &r);
	check_code(w, &r);
	assert_true(logged_in(&b[1]));
	fixture_free(w);
}

static void idle_expiry(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};

	log_in(&b, SOMCHAI_PID);
	fixture_advance_clock(w, 3599);
	assert_true(logged_in(&b));
	fixture_advance_clock(w, 3599);
	assert_true(logged_in(&b));
	fixture_advance_clock(w, 3600);
	assert_false(logged_in(&b));
	fixture_free(w);
}

/* Being seen does not make it live longer than its lifetime. */
static void absolute_expiry(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};

	log_in(&b, SOMCHAI_PID);
	for (int i = 0; i < 23; i++) {
		fixture_advance_clock(w, 1800);
		assert_true(logged_in(&b));
	}
	fixture_advance_clock(w, 1799);
	assert_true(logged_in(&b));
	fixture_advance_clock(w, 1);
	assert_false(logged_in(&b));
	fixture_free(w);
}

/* Silent logins keep a session awake as visits do. */
static void portals_keep_it_awake(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r;

	log_in(&b, SOMCHAI_PID);
	for (int i = 0; i < 3; i++) {
		fixture_advance_clock(w, 3000);
		r = authorize(&b, ask(w, "prompt=none", NULL));
		check_code(w, &r);
	}
	fixture_free(w);
}

static void proven_level_rises_only(void **state)
{
	static const struct {
		const char *told, *kept;
	} rows[] = {{"2.1", "2.1"}, {"2.3", "2.3"}, {"1.3", "2.3"}, {"", "2.3"}};
	struct fixture *w = fixture_standard(FIXTURE_MEM);

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct browser b = {.w = w};
		struct store_snapshot *snap;
		struct person p;

		w->script.ial = rows[i].told;
		log_in(&b, SOMCHAI_PID);
		check_ok(store_snapshot_begin(w->p.store, &snap));
		check_ok(person_get(snap, w->a, SOMCHAI, &p, NULL));
		check_c(p.ial, rows[i].kept);
		store_snapshot_end(snap);
	}
	fixture_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(planted_cookie_is_not_adopted),
		cmocka_unit_test(session_of_another_is_left_behind),
		cmocka_unit_test(handle_changes_at_every_login),
		cmocka_unit_test(cookie_is_not_stored),
		cmocka_unit_test(cookie_attributes),
		cmocka_unit_test(sessions_per_person),
		cmocka_unit_test(idle_expiry),
		cmocka_unit_test(absolute_expiry),
		cmocka_unit_test(portals_keep_it_awake),
		cmocka_unit_test(proven_level_rises_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
