/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The login's state machine against people who do not follow it (attack rows 9 and 12): every
 * address in every state, wrong tokens, two tabs, other browsers, old pages. */
#include "flow/helpers.h"

#include "idp/login/login_record.h"

#include <pthread.h>

#define MALEE_PID "1234567890139"

/* --- every address in every state --- */

static void client_with_consent(struct client *c)
{
	c->consent_required = true;
}

static struct raw_answer start_login(struct browser *b)
{
	struct raw_answer r = authorize(b, ask(b->w, NULL));

	check_login(&r);
	return r;
}

/* Each gives the redirect to the login page of an unfinished transaction. */
static struct raw_answer fresh(struct browser *b)
{
	return start_login(b);
}

static struct raw_answer under_way(struct browser *b)
{
	struct raw_answer r = start_login(b);

	return_of(b, &r);
	return r;
}

static struct raw_answer at_accounts(struct browser *b)
{
	log_in(b, SOMCHAI_PID);
	return authorize(b, ask(b->w, "prompt=select_account", NULL));
}

static struct raw_answer at_consent(struct browser *b)
{
	edit_client(b->w, "portal", client_with_consent);
	log_in(b, SOMCHAI_PID);
	return start_login(b);
}

static struct raw_answer at_no_grant(struct browser *b)
{
	fixture_end_grant(b->w, ROLE_GRANT_PERSON, SOMCHAI, "eplan", "recorder");
	log_in(b, SOMCHAI_PID);
	return start_login(b);
}

static const struct {
	const char *name;
	struct raw_answer (*reach)(struct browser *b);
} states[] = {{"fresh", fresh}, {"under way", under_way}, {"accounts", at_accounts},
	{"consent", at_consent}, {"no grant", at_no_grant}};

static const struct {
	const char *path;
	bool post;
} addresses[] = {{"/login/upstream", true}, {"/login/account", true}, {"/login/consent", true},
	{"/login/cancel", false}, {"/upstream/thaid/callback", false}};

/* What an attacker may know: nothing, and a token that is good for another transaction. */
static struct str presented(struct fixture *w, int kind, struct str foreign)
{
	switch (kind) {
	case 0: return STR("");
	case 1: return STR("step=");
	case 2: return STR("step=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
	default: return text(w, "step=%.*s&answer=allow&account=self", STR_FMT(foreign));
	}
}

static struct raw_answer knock(
	struct browser *b, size_t address, struct str handle, struct str form)
{
	struct fixture *w = b->w;
	const char *path = addresses[address].path;

	if (addresses[address].post)
		return submit(b, text(w, "%s?i=%.*s", path, STR_FMT(handle)), form);
	return browse_s(b, text(w, "%s?i=%.*s&code=c&state=%.*s.x&%.*s", path, STR_FMT(handle),
				   STR_FMT(handle), STR_FMT(form)));
}

static void no_address_without_its_token(void **state)
{
	for (size_t s = 0; s < COUNT(states); s++) {
		struct fixture *w = fixture_standard(FIXTURE_MEM);
		struct browser b = {.w = w}, other = {.w = w};
		struct raw_answer page = authorize(&other, ask(w, NULL)), r;
		struct str handle, foreign;
		int completed;

		page = browse_s(&other, location(&page));
		foreign = attribute(w, page.body, "name=\"step\" value=\"");
		r = states[s].reach(&b);
		check_login(&r);
		handle = url_param(w, location(&r), "i");
		completed = w->script.completed;
		for (size_t k = 0; k < COUNT(addresses) * 4; k++) {
			r = knock(&b, k / 4, handle, presented(w, (int)(k % 4), foreign));
			if (r.status != 400)
				print_error("%s %s %zu\n", states[s].name, addresses[k / 4].path,
					k % 4);
			check_page(&r, 400);
		}
		assert_int_equal(records(w, TABLE_AUTHORIZATION_CODE), 0);
		assert_int_equal(w->script.completed, completed);
		fixture_free(w);
	}
}

/* The token of one step opens no other step of the same transaction. */
static void token_of_another_step(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r = start_login(&b), page = browse_s(&b, location(&r));
	struct str handle = url_param(w, location(&r), "i");
	struct str button = attribute(w, page.body, "name=\"step\" value=\"");
	struct str cancel =
		url_param(w, attribute(w, page.body, "data-part=\"cancel\" href=\""), "step");

	assert_true(button.n > 0 && cancel.n > 0 && !str_eq(button, cancel));
	for (size_t k = 0; k < COUNT(addresses); k++) {
		struct str token = addresses[k].post && k == 0 ? cancel : button;

		r = knock(&b, k, handle,
			text(w, "step=%.*s&answer=allow&account=self", STR_FMT(token)));
		check_page(&r, 400);
	}
	assert_int_equal(records(w, TABLE_AUTHORIZATION_CODE), 0);
	fixture_free(w);
}

/* A handle of another kind, a made-up one, none at all. */
static void handles_that_are_none(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct str code = login_for_code(&b, "portal", "");
	const struct str handles[] = {STR(""), STR("x"), code, cookie_of(&b, "pratu_session"),
		STR("pratu_in_"), STR("pratu_in_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")};

	for (size_t i = 0; i < COUNT(handles); i++) {
		struct raw_answer r = browse_s(&b, text(w, "/login?i=%.*s", STR_FMT(handles[i])));

		check_page(&r, 400);
		for (size_t k = 0; k < COUNT(addresses); k++) {
			r = knock(&b, k, handles[i], STR("answer=allow"));
			check_page(&r, 400);
		}
	}
	fixture_free(w);
}

/* --- after the end, before the beginning, elsewhere --- */

static void back_button_after_the_end(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r = start_login(&b), done;
	struct str login = location(&r), back = return_of(&b, &r);

	done = browse_s(&b, back);
	check_code(w, &done);
	assert_int_equal(audits(w, AUDIT_LOGIN), 1);
	assert_int_equal(audits(w, AUDIT_AUTHORIZATION_CODE_ISSUED), 1);
	/* The person is logged in: on to the portal, which asks again. */
	r = browse_s(&b, login);
	check_portal_start(&r);
	r = browse_s(&b, back);
	check_portal_start(&r);
	assert_int_equal(w->script.completed, 1);
	assert_int_equal(records(w, TABLE_AUTHORIZATION_CODE), 1);
	assert_int_equal(records(w, TABLE_SESSION), 1);
	fixture_free(w);
}

static void two_tabs(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer one, two;
	struct str back_one, back_two;

	one = authorize(&b, ask(w, "state=one", NULL));
	two = authorize(&b, ask(w, "state=two", NULL));
	back_one = return_of(&b, &one);
	back_two = return_of(&b, &two);
	two = browse_s(&b, back_two);
	check_c(url_param(w, location(&two), "state"), "two");
	check_code(w, &two);
	one = browse_s(&b, back_one);
	check_c(url_param(w, location(&one), "state"), "one");
	check_code(w, &one);
	assert_int_equal(records(w, TABLE_SESSION), 1);
	fixture_free(w);
}

/* A tab left on the login page goes on by itself when another tab logged in. */
static void other_tab_logged_in(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer one = start_login(&b);

	log_in(&b, SOMCHAI_PID);
	one = browse_s(&b, location(&one));
	check_code(w, &one);
	fixture_free(w);
}

/* RFC 9700 4.7: the return, or the page, in a browser that did not begin it. */
static void other_browser(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w}, none = {.w = w}, other = {.w = w};
	struct raw_answer r = start_login(&b), page;
	struct str login = location(&r), back = return_of(&b, &r);

	start_login(&other);
	for (int i = 0; i < 2; i++) {
		struct browser *wrong = i ? &other : &none;

		page = browse_s(wrong, login);
		check_page(&page, 400);
		check_has(page.body, "https://portal.test/login");
		page = browse_s(wrong, back);
		check_page(&page, 400);
		assert_int_equal(cookie_of(wrong, "pratu_session").n, 0);
	}
	assert_int_equal(w->script.completed, 0);
	page = browse_s(&b, back);
	check_code(w, &page);
	fixture_free(w);
}

static void transactions_expire(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r = start_login(&b);
	struct str login = location(&r), back = return_of(&b, &r);

	fixture_advance_clock(w, 899);
	r = browse_s(&b, login);
	check_page(&r, 200);
	fixture_advance_clock(w, 1);
	r = browse_s(&b, login);
	check_page(&r, 400);
	r = browse_s(&b, back);
	check_page(&r, 400);
	assert_int_equal(w->script.completed, 0);
	fixture_free(w);
}

static void giving_up(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r = start_login(&b), page = browse_s(&b, location(&r));
	struct str cancel = attribute(w, page.body, "data-part=\"cancel\" href=\"");

	page = browse_s(&b, cancel);
	check_error(w, &page, "access_denied");
	page = browse_s(&b, location(&r));
	check_page(&page, 400);
	assert_int_equal(records(w, TABLE_LOGIN), 0);
	fixture_free(w);
}

/* --- the upstream --- */

static void upstream_outcomes(void **state)
{
	static const struct {
		enum auth_reason outcome;
		int status;
	} rows[] = {{AUTH_CANCELLED, 200}, {AUTH_UNAVAILABLE, 503}, {AUTH_UNTRUSTED, 502}};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture *w = fixture_standard(FIXTURE_MEM);
		struct browser b = {.w = w};
		struct raw_answer r = start_login(&b), to_login = r;

		w->script.outcome = rows[i].outcome;
		r = pass_login(&b, &r);
		check_page(&r, rows[i].status);
		assert_int_equal(raw_header(&r, "Retry-After").n > 0, rows[i].status == 503);
		/* From there: again, or back to the portal. */
		check_has(r.body, "/login?i=");
		check_has(r.body, "/login/cancel?i=");
		assert_int_equal(audits(w, AUDIT_LOGIN_FAILED), 1);
		assert_int_equal(records(w, TABLE_SESSION), 0);
		w->script.outcome = AUTH_REASON_NONE;
		r = pass_login(&b, &to_login);
		check_code(w, &r);
		fixture_free(w);
	}
}

static void upstream_cannot_begin(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer to_login = start_login(&b), r;

	w->script.begin_rc = RC_UNAVAILABLE;
	r = go_and_press(&b, &to_login, NULL, NULL);
	check_page(&r, 503);
	w->script.begin_rc = RC_OK;
	r = pass_login(&b, &to_login);
	check_code(w, &r);
	fixture_free(w);
}

static void attempts_are_bounded(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer to_login = start_login(&b), r;

	for (int i = 0; i < LOGIN_ROUND_TRIPS_MAX; i++) {
		r = go_and_press(&b, &to_login, NULL, NULL);
		assert_int_equal(r.status, 303);
	}
	r = go_and_press(&b, &to_login, NULL, NULL);
	check_page(&r, 429);
	fixture_free(w);
}

/* Leaving twice: the return of the first trip is not the second's. */
static void return_of_an_older_trip(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer to_login = start_login(&b), r;
	struct str first = return_of(&b, &to_login), second = return_of(&b, &to_login);

	assert_false(str_eq(first, second));
	r = browse_s(&b, first);
	check_login(&r);
	assert_int_equal(cookie_of(&b, "pratu_session").n, 0);
	r = browse_s(&b, second);
	check_code(w, &r);
	fixture_free(w);
}

/* --- people --- */

static void unknown_citizen(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r = start_login(&b);
	size_t people = records(w, TABLE_PERSON);

	w->script.citizen_number = "1111111111119";
	r = pass_login(&b, &r);
	check_page(&r, 403);
	assert_false(contains(r.body, "1111111111119"));
	assert_int_equal(audits(w, AUDIT_LOGIN_UNKNOWN), 1);
	assert_int_equal(records(w, TABLE_PERSON), people);
	assert_int_equal(records(w, TABLE_ACCOUNT), 0);
	assert_int_equal(records(w, TABLE_SESSION), 0);
	assert_int_equal(cookie_of(&b, "pratu_session").n, 0);
	fixture_free(w);
}

static void suspended_person(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r = start_login(&b);

	fixture_suspend_person(w, SOMCHAI);
	r = pass_login(&b, &r);
	check_page(&r, 403);
	assert_int_equal(audits(w, AUDIT_LOGIN_FAILED), 1);
	assert_int_equal(audits(w, AUDIT_LOGIN), 0);
	assert_int_equal(records(w, TABLE_SESSION), 0);
	fixture_free(w);
}

static void close_system(struct system *s)
{
	s->status = STATUS_SUSPENDED;
}

static void disable(struct account *c)
{
	c->status = STATUS_SUSPENDED;
}

/* Logged in, and yet no way in: a page that says why and whom to ask, one audit event. */
static void no_way_in(void **state)
{
	for (int why = 0; why < 4; why++) {
		struct fixture *w = fixture_new(FIXTURE_MEM);
		struct browser b = {.w = w};
		struct raw_answer r, page;
		struct str account;

		fixture_office(w, "100", "");
		fixture_system(w, "eplan");
		fixture_client(w, "portal", "eplan", NULL);
		fixture_person(w, "somchai", SOMCHAI_PID);
		account = fixture_account(w, "A1", SOMCHAI);
		if (why == 1)
			fixture_end_grant(w, ROLE_GRANT_PERSON, SOMCHAI, "eplan", "recorder");
		if (why >= 2)
			fixture_grant(w, ROLE_GRANT_ACCOUNT, account, "eplan", "recorder");
		if (why == 2)
			edit_account(w, account, disable);
		if (why == 3)
			edit_system(w, "eplan", close_system);
		r = start_login(&b);
		r = pass_login(&b, &r);
		check_login(&r);
		page = browse_s(&b, location(&r));
		check_page(&page, 403);
		page = browse_s(&b, location(&r));
		check_has(page.body, "นางแอดมิน ใจดี");
		check_has(page.body, "mailto:admin@office.test");
		check_has(page.body, "/login/cancel?i=");
		assert_int_equal(audits(w, AUDIT_LOGIN_FAILED), 1);
		assert_int_equal(records(w, TABLE_AUTHORIZATION_CODE), 0);
		fixture_free(w);
	}
}

/* The grant comes while the person looks at the page. */
static void grant_given_meanwhile(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r = at_no_grant(&b);

	fixture_grant(w, ROLE_GRANT_PERSON, SOMCHAI, "eplan", "approver");
	r = browse_s(&b, location(&r));
	check_code(w, &r);
	fixture_free(w);
}

/* --- two at once --- */

struct login_racer {
	struct arena *a;
	int port;
	const char *target, *cookies;
	struct str location;
};

static void *race_login(void *data)
{
	struct login_racer *r = data;
	struct raw_answer answer = raw_get(r->a, r->port, r->target, r->cookies);

	r->location = raw_header(&answer, "Location");
	return NULL;
}

#define RACERS 8

/* The same return at the same moment, many times: one login, one session, one code (none where an
 * account is still to be chosen, so that the transaction lives on). */
static void racing_returns(void **state)
{
	for (int round = 0; round < 8; round++) {
		struct fixture *w = fixture_standard(FIXTURE_LMDB);
		struct browser b = {.w = w};
		bool choosing = round % 2;
		struct raw_answer r =
			authorize(&b, ask(w, choosing ? "prompt=select_account" : NULL, NULL));
		struct str back = return_of(&b, &r);
		const char *cookies = text(w, "Cookie: pratu_browser=%.*s\r\n",
			STR_FMT(cookie_of(&b, "pratu_browser")))
					      .p;
		struct login_racer racers[RACERS];
		pthread_t threads[RACERS];
		size_t codes = 0;

		for (int i = 0; i < RACERS; i++) {
			racers[i] = (struct login_racer){arena_new(ARENA_MAX), w->port,
				str_dup_c(w->a, back), cookies, STR_NONE};
			assert_int_equal(
				pthread_create(&threads[i], NULL, race_login, &racers[i]), 0);
		}
		for (int i = 0; i < RACERS; i++) {
			assert_int_equal(pthread_join(threads[i], NULL), 0);
			codes += contains(racers[i].location, "code=pratu_ac_");
			arena_free(racers[i].a);
		}
		assert_int_equal(codes, !choosing);
		assert_int_equal(records(w, TABLE_AUTHORIZATION_CODE), !choosing);
		assert_int_equal(records(w, TABLE_SESSION), 1);
		assert_int_equal(audits(w, AUDIT_LOGIN), 1);
		fixture_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_address_without_its_token),
		cmocka_unit_test(token_of_another_step),
		cmocka_unit_test(handles_that_are_none),
		cmocka_unit_test(back_button_after_the_end),
		cmocka_unit_test(two_tabs),
		cmocka_unit_test(other_tab_logged_in),
		cmocka_unit_test(other_browser),
		cmocka_unit_test(transactions_expire),
		cmocka_unit_test(giving_up),
		cmocka_unit_test(upstream_outcomes),
		cmocka_unit_test(upstream_cannot_begin),
		cmocka_unit_test(attempts_are_bounded),
		cmocka_unit_test(return_of_an_older_trip),
		cmocka_unit_test(unknown_citizen),
		cmocka_unit_test(suspended_person),
		cmocka_unit_test(no_way_in),
		cmocka_unit_test(grant_given_meanwhile),
		cmocka_unit_test(racing_returns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
