/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The account pages in wrong hands: sessions that no portal would take, logins that are too weak,
 * consents without a rule, a real event under many others. */
#include "flow/account_fixture.h"

#include "directory/directory.h"

static struct store_batch *batch_of(struct account_fixture *h)
{
	return store_batch_new(h->w->a);
}

static void office_forbids(struct account_fixture *h)
{
	struct store_batch *b = batch_of(h);
	struct store_snapshot *snap;
	struct office office;

	check_ok(store_snapshot_begin(h->w->p.store, &snap));
	check_ok(office_get(snap, h->w->a, STR("100"), &office, NULL));
	office.password = OFFICE_PASSWORD_FORBIDDEN;
	office_put(b, h->w->a, &office, STORE_ANY);
	store_snapshot_end(snap);
	check_ok(store_commit(h->w->p.store, b));
}

static void suspend_account(struct account *c)
{
	c->status = STATUS_SUSPENDED;
}

static void account_suspended(struct account_fixture *h)
{
	edit_account(h->w, h->c->account, suspend_account);
}

/* A session by password whose way is closed since: as dead here as at the portals. */
static void a_closed_way_opens_no_account_page(void **state)
{
	static void (*const ways[])(struct account_fixture * h) = {
		office_forbids, account_suspended};
	static const char *const pages[] = {"/account", "/account/sessions", "/account/privacy",
		"/account/activity", "/account/password", "/account/privacy/data", "/apps"};
	struct account_fixture *h = *state;

	for (size_t i = 0; i < COUNT(ways); i++) {
		struct browser b = {.w = h->w}, thaid = {.w = h->w};
		const char *csrf;
		struct raw_answer r;

		account_fixture_log_in(h, &b, PASSWORD);
		log_in(&thaid, SOMCHAI_PID);
		csrf = account_fixture_csrf(&b, "/account/sessions");
		ways[i](h);
		for (size_t k = 0; k < COUNT(pages); k++) {
			r = browse(&b, pages[k]);
			check_login(&r);
		}
		r = submit(&b, STR("/account/sessions/others"), form_of(h->w, "csrf", csrf, NULL));
		check_login(&r);
		assert_true(account_fixture_is_logged_in(&thaid));
		if (i == 0)
			account_fixture_tear_down(state), account_fixture_set_up(state), h = *state;
	}
}

/* A password alone, where the launcher sends no codes but a portal would: it takes over no second
 * factor. */
static void a_password_alone_is_weak_where_any_portal_sends_codes(void **state)
{
	struct account_fixture *h = *state;
	struct login_policy policies[2] = {h->c->policy, h->c->policy};
	struct raw_answer r;

	policies[0].second_factors.n = 0;
	policies[1].name = STR("strict");
	h->w->settings.policies = policies;
	h->w->settings.n_policies = 2;
	r = browse(&h->b, "/apps");
	r = browse_s(&h->b, location(&r));
	r = send_form(&h->b, &r, "/login/password", "username=" USERNAME "&password=Rak-Pratu9!");
	assert_true(account_fixture_is_logged_in(&h->b));
	r = browse(&h->b, "/account/password");
	check_login(&r);
	r = browse(&h->b, "/account/privacy/data");
	check_login(&r);
	h->w->settings.policies = &h->c->policy;
	h->w->settings.n_policies = 1;
}

/* A portal that need not ask, but did: taking back is taking back. */
static void a_consent_that_was_asked_for_freely_can_be_withdrawn(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer tokens, again, r;

	log_in(&h->b, SOMCHAI_PID);
	r = authorize(&h->b, ask(h->w, "scope=openid offline_access", "prompt=consent", NULL));
	r = go_and_press(&h->b, &r, "answer", "allow");
	tokens = redeem(h->w, "portal", check_code(h->w, &r), CODE_VERIFIER);
	fixture_advance_clock(h->w, 5);
	r = submit(&h->b, STR("/account/privacy/withdraw"),
		form_of(h->w, "csrf", account_fixture_csrf(&h->b, "/account/privacy"), "client",
			"portal", NULL));
	assert_int_equal(r.status, 303);
	r = introspect(h->w, "portal", member(h->w, &tokens, "access_token"));
	assert_false(is_active(&r));
	r = refresh(h->w, "portal", member(h->w, &tokens, "refresh_token"));
	check_json_error(h->w, &r, 400, "invalid_grant");
	r = get_bearer(h->w, "/oauth2/userinfo", member(h->w, &tokens, "access_token"));
	assert_int_equal(r.status, 401);
	/* It need not ask: a login from now on is one. */
	fixture_advance_clock(h->w, 5);
	again = tokens_for(&h->b, "portal", "");
	r = introspect(h->w, "portal", member(h->w, &again, "access_token"));
	assert_true(is_active(&r));
}

/* A code that was on its way when its consent was taken back gives nothing. */
static void a_code_dies_with_its_consent(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r;
	struct str code;

	log_in(&h->b, SOMCHAI_PID);
	r = authorize(&h->b, ask(h->w, "scope=openid offline_access", "prompt=consent", NULL));
	r = go_and_press(&h->b, &r, "answer", "allow");
	code = check_code(h->w, &r);
	fixture_advance_clock(h->w, 5);
	submit(&h->b, STR("/account/privacy/withdraw"),
		form_of(h->w, "csrf", account_fixture_csrf(&h->b, "/account/privacy"), "client",
			"portal", NULL));
	fixture_advance_clock(h->w, 1);
	r = redeem(h->w, "portal", code, CODE_VERIFIER);
	check_json_error(h->w, &r, 400, "invalid_grant");
}

/* Whoever has the session cannot push what he did out of sight. */
static void many_small_events_hide_no_great_one(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r;
	const char *csrf;
	size_t before;

	log_in(&h->b, SOMCHAI_PID);
	r = submit(&h->b, STR("/account/password/set"),
		form_of(h->w, "csrf", account_fixture_csrf(&h->b, "/account/password"), "account",
			str_dup_c(h->w->a, h->c->account), "password", "Wan-Chan7#", "repeat",
			"Wan-Chan7#", NULL));
	assert_int_equal(r.status, 303);
	csrf = account_fixture_csrf(&h->b, "/account/sessions");
	before = records(h->w, TABLE_EVENT);
	for (int i = 0; i < 60; i++) {
		fixture_advance_clock(h->w, 1);
		r = browse(&h->b, "/account/privacy/data");
		assert_int_equal(r.status, 200);
		r = submit(
			&h->b, STR("/account/sessions/others"), form_of(h->w, "csrf", csrf, NULL));
		assert_int_equal(r.status, 303);
	}
	check_has(account_fixture_page(&h->b, "/account/activity"),
		"data-part=\"event-name\">เปลี่ยนรหัสผ่าน");
	/* Nor fill the disk: a minute of it is a few rows. */
	assert_true(records(h->w, TABLE_EVENT) - before <= 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, account_fixture_set_up, account_fixture_tear_down)
		T(a_closed_way_opens_no_account_page),
		T(a_password_alone_is_weak_where_any_portal_sends_codes),
		T(a_consent_that_was_asked_for_freely_can_be_withdrawn),
		T(a_code_dies_with_its_consent),
		T(many_small_events_hide_no_great_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
