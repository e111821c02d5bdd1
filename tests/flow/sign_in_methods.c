/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The ways of logging in of a person, and ThaID instead of the password for good. */
#include "flow/account_fixture.h"

#include "directory/credential.h"
#include "support/administration.h"

#define WAYS   "/account/ways"
#define SWITCH "/account/ways/thaid"

static struct credential credential_of(struct account_fixture *h, struct str account)
{
	struct store_snapshot *snap;
	struct credential c = {.forbidden = false};

	check_ok(store_snapshot_begin(h->w->p.store, &snap));
	check_ok(credential_get(snap, h->w->a, account, &c, NULL));
	c.forbidden_by = str_dup(h->w->a, c.forbidden_by);
	c.forbidden_reason = str_dup(h->w->a, c.forbidden_reason);
	store_snapshot_end(snap);
	return c;
}

static struct raw_answer post_account_form(
	struct account_fixture *h, struct browser *b, const char *path, const char *csrf)
{
	return submit(b, str_c(path), form_of(h->w, "csrf", csrf, NULL));
}

/* Over the login page's ThaID button and back; this person's phone. */
static struct raw_answer pass_thaid(struct account_fixture *h, struct browser *b,
	const struct raw_answer *to_login, const char *pid)
{
	const char *before = h->w->script.citizen_number;
	struct raw_answer r;

	h->w->script.citizen_number = pid;
	r = pass_login(b, to_login);
	h->w->script.citizen_number = before;
	return r;
}

/* What the page says of the accounts. */
static void the_page_tells_each_account(void **state)
{
	struct account_fixture *h = *state;
	struct str second = fixture_account(h->w, "second.j", SOMCHAI), page;

	h->c->policy.second_factor_required_from = 1800000000 + 86400;
	account_fixture_log_in(h, &h->b, PASSWORD);
	assert_true(contains(account_fixture_page(&h->b, "/apps"), WAYS));
	page = account_fixture_page(&h->b, WAYS);
	assert_true(contains(page, "ThaiD"));
	assert_true(contains(page, USERNAME) && contains(page, "second.j"));
	assert_int_equal(occurrences(page, "data-part=\"usable\""), 1); /* one has a password */
	assert_true(contains(page, "ไม่มีรหัสผ่าน"));
	assert_true(contains(page, "ใช้ได้ถึง") && contains(page, "ตั้งแต่"));
	assert_true(contains(page, "pe***@office.test"));
	assert_true(contains(page, SWITCH));
	otp_fixture_password(h->c, second, PASSWORD, NULL);
	assert_int_equal(occurrences(account_fixture_page(&h->b, WAYS), "data-part=\"usable\""), 2);
}

static void who_has_no_password_has_nothing_to_switch(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r;

	log_in(&h->b, MALEE_PID);
	assert_false(contains(account_fixture_page(&h->b, "/apps"), WAYS));
	assert_false(contains(account_fixture_page(&h->b, WAYS), SWITCH));
	r = browse(&h->b, SWITCH);
	assert_int_equal(r.status, 303);
	assert_true(str_eq_c(location(&r), WAYS));
	fixture_account(h->w, "malee.k", h->malee);
	assert_false(contains(account_fixture_page(&h->b, WAYS), SWITCH));
	/* The form sent all the same, with the token of the session: nothing is there to close. */
	r = post_account_form(
		h, &h->b, "/account/ways/close", account_fixture_csrf(&h->b, "/apps"));
	assert_int_equal(r.status, 303);
	assert_int_equal(audits(h->w, AUDIT_PASSWORD_LOGIN_DISABLED), 0);
}

static void where_thaid_is_not_offered_nothing_can_be_switched(void **state)
{
	static const struct str password[] = {STR_INIT("password")};
	struct account_fixture *h = *state;
	struct raw_answer r;

	account_fixture_log_in(h, &h->b, PASSWORD);
	h->c->policy.primary = (struct strlist){password, 1};
	assert_false(contains(account_fixture_page(&h->b, WAYS), SWITCH));
	r = browse(&h->b, SWITCH);
	assert_int_equal(r.status, 303);
}

static void check_closed(struct account_fixture *h)
{
	struct credential c = credential_of(h, h->c->account);

	assert_true(c.forbidden);
	assert_true(str_eq_c(c.forbidden_by, "holder"));
	assert_true(str_eq_c(c.forbidden_reason, "thaid_only"));
	assert_int_equal(c.forbidden_at, h->w->now_ms / 1000);
	assert_int_equal(audited(h->w, "\"detail\":\"thaid_only\""), 1);
}

static void by_password_then_thaid(void **state)
{
	struct account_fixture *h = *state;
	struct browser elsewhere = {.w = h->w};
	struct raw_answer r, page;

	account_fixture_log_in(h, &elsewhere, PASSWORD);
	fixture_advance_clock(h->w, 61);
	account_fixture_log_in(h, &h->b, PASSWORD);
	fixture_advance_clock(h->w, 5);
	r = browse(&h->b, SWITCH);
	check_page(&r, 200);
	assert_true(contains(r.body, "/account/ways/prove") && contains(r.body, USERNAME));
	assert_false(contains(r.body, "/account/ways/close"));
	r = post_account_form(h, &h->b, "/account/ways/prove", account_fixture_csrf(&h->b, SWITCH));
	check_login(&r);
	/* ThaID alone is offered. */
	page = browse_s(&h->b, location(&r));
	assert_false(contains(page.body, "/login/password"));
	r = pass_thaid(h, &h->b, &r, SOMCHAI_PID);
	assert_true(str_eq_c(location(&r), SWITCH));
	assert_false(credential_of(h, h->c->account).forbidden);
	r = post_account_form(h, &h->b, "/account/ways/close", account_fixture_csrf(&h->b, SWITCH));
	assert_int_equal(r.status, 303);
	check_closed(h);
	assert_true(contains(mailbox_last(h->m, SOMCHAI_AT).text, "ThaiD เท่านั้น"));
	assert_true(has_notice(account_fixture_page(&h->b, WAYS "?done=closed"), "closed"));
	assert_false(contains(account_fixture_page(&h->b, WAYS), SWITCH));
	assert_true(account_fixture_is_logged_in(&h->b));
	assert_false(account_fixture_is_logged_in(&elsewhere));
	assert_int_equal(mailbox_count(h->m, MESSAGE_EMAIL), 1);
}

static void somebody_elses_thaid_is_refused(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r;

	account_fixture_log_in(h, &h->b, PASSWORD);
	r = post_account_form(h, &h->b, "/account/ways/prove", account_fixture_csrf(&h->b, SWITCH));
	r = pass_thaid(h, &h->b, &r, MALEE_PID);
	check_page(&r, 403);
	assert_true(contains(r.body, "เลขประจำตัวประชาชนไม่ตรงกัน"));
	/* Still himself, by password; nothing is closed. */
	r = browse(&h->b, SWITCH);
	assert_true(contains(r.body, "/account/ways/prove"));
	assert_false(credential_of(h, h->c->account).forbidden);
	assert_int_equal(audited(h->w, "other_person"), 1);
}

static void a_password_never_closes_itself(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r;

	account_fixture_log_in(h, &h->b, PASSWORD);
	r = post_account_form(h, &h->b, "/account/ways/close", account_fixture_csrf(&h->b, SWITCH));
	assert_int_equal(r.status, 303);
	assert_true(str_eq_c(location(&r), SWITCH));
	assert_false(credential_of(h, h->c->account).forbidden);
}

static void only_a_fresh_login_closes_it(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer r;
	const char *csrf;

	log_in(&h->b, SOMCHAI_PID);
	csrf = account_fixture_csrf(&h->b, SWITCH);
	fixture_advance_clock(h->w, h->w->settings.reauthentication_max_age);
	assert_int_equal(browse(&h->b, SWITCH).status, 200);
	fixture_advance_clock(h->w, 1);
	r = browse(&h->b, SWITCH);
	check_login(&r);
	r = post_account_form(h, &h->b, "/account/ways/close", csrf);
	check_login(&r);
	assert_false(credential_of(h, h->c->account).forbidden);
	r = pass_thaid(h, &h->b, &r, SOMCHAI_PID);
	assert_true(str_eq_c(location(&r), SWITCH));
	r = post_account_form(h, &h->b, "/account/ways/close", account_fixture_csrf(&h->b, SWITCH));
	assert_true(str_eq_c(location(&r), WAYS "?done=closed"));
	check_closed(h);
	/* Pressed once more: it is so. */
	r = post_account_form(h, &h->b, "/account/ways/close", csrf);
	assert_int_equal(audits(h->w, AUDIT_PASSWORD_LOGIN_DISABLED), 1);
}

static void forms_need_their_token(void **state)
{
	static const char *const paths[] = {"/account/ways/prove", "/account/ways/close"};
	struct account_fixture *h = *state;
	struct browser nobody = {.w = h->w};

	log_in(&h->b, SOMCHAI_PID);
	for (size_t i = 0; i < COUNT(paths); i++) {
		struct raw_answer r = post_account_form(h, &h->b, paths[i], "x");

		assert_int_equal(r.status, 400);
		r = post_account_form(h, &nobody, paths[i], "x");
		check_login(&r);
	}
	assert_false(credential_of(h, h->c->account).forbidden);
}

/* All accounts of the person, and nobody else's. */
static void every_account_is_closed(void **state)
{
	struct account_fixture *h = *state;
	struct str second = fixture_account(h->w, "second.j", SOMCHAI);
	struct str malees = fixture_account(h->w, "malee.k", h->malee);

	otp_fixture_password(h->c, second, PASSWORD, NULL);
	otp_fixture_password(h->c, malees, PASSWORD, NULL);
	log_in(&h->b, SOMCHAI_PID);
	post_account_form(h, &h->b, "/account/ways/close", account_fixture_csrf(&h->b, SWITCH));
	assert_true(credential_of(h, h->c->account).forbidden);
	assert_true(credential_of(h, second).forbidden);
	assert_false(credential_of(h, malees).forbidden);
	assert_int_equal(audits(h->w, AUDIT_PASSWORD_LOGIN_DISABLED), 2);
}

/* Closed by the holder; only an administrator opens it, with a reason. */
static void the_way_back(void **state)
{
	struct account_fixture *h = *state;
	struct browser b = {.w = h->w};
	struct administrator admin = administrator_of(&h->w->p);
	struct raw_answer r;

	admin.app.notices = NULL;
	log_in(&h->b, SOMCHAI_PID);
	post_account_form(h, &h->b, "/account/ways/close", account_fixture_csrf(&h->b, SWITCH));
	r = browse(&b, "/apps");
	r = browse_s(&b, location(&r));
	r = type_password(&b, &r, USERNAME, PASSWORD);
	assert_false(contains(r.body, "one-time-code"));
	assert_int_equal(admin_password_disabled(&admin, h->w->a, STR(USERNAME), false, STR(" ")),
		RC_INVALID);
	check_ok(admin_password_disabled(
		&admin, h->w->a, STR(USERNAME), false, STR("asked in person")));
	fixture_advance_clock(h->w, 1);
	account_fixture_log_in(h, &b, PASSWORD);
	assert_true(contains(account_fixture_page(&b, WAYS), SWITCH));
}

static void never_closed(struct credential *x)
{
	x->forbidden = true;
	x->forbidden_by = STR("cli:admin");
	x->forbidden_reason = STR("lost");
	x->forbidden_at = 1;
}

static void what_an_administrator_closed_keeps_its_words(void **state)
{
	struct account_fixture *h = *state;

	otp_fixture_password(h->c, h->c->account, PASSWORD, never_closed);
	log_in(&h->b, SOMCHAI_PID);
	assert_true(contains(account_fixture_page(&h->b, WAYS), "มีการปิดการเข้าสู่ระบบด้วยรหัสผ่าน"));
	assert_int_equal(browse(&h->b, SWITCH).status, 303);
	assert_true(str_eq_c(credential_of(h, h->c->account).forbidden_by, "cli:admin"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, account_fixture_set_up, account_fixture_tear_down)
		T(the_page_tells_each_account),
		T(who_has_no_password_has_nothing_to_switch),
		T(where_thaid_is_not_offered_nothing_can_be_switched),
		T(by_password_then_thaid),
		T(somebody_elses_thaid_is_refused),
		T(a_password_never_closes_itself),
		T(only_a_fresh_login_closes_it),
		T(forms_need_their_token),
		T(every_account_is_closed),
		T(the_way_back),
		T(what_an_administrator_closed_keeps_its_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
