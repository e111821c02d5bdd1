/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What happens between two steps of a login by password (attack rows 8, 9, 13): the account, its
 * password, its office, the policy change while a proof is under way; and what an attacker who
 * holds the password alone gains by other ways in. */
#include "flow/otp_fixture.h"

#include "directory/directory.h"

static bool browser_is_logged_in(const struct browser *b)
{
	return cookie_of(b, "pratu_session").n > 0;
}

static const char *right_code(struct otp_fixture *c)
{
	return str_dup_c(c->w->a, text(c->w, "code=%.*s", STR_FMT(code_posted(c))));
}

static struct credential stored(struct otp_fixture *c)
{
	struct store_snapshot *snap;
	struct credential x;

	check_ok(store_snapshot_begin(c->w->p.store, &snap));
	check_ok(credential_get(snap, c->w->a, c->account, &x, NULL));
	x.hash = str_dup(c->w->a, x.hash);
	store_snapshot_end(snap);
	return x;
}

static void edit_credential(struct otp_fixture *c, void (*change)(struct credential *x))
{
	struct store_batch *b = store_batch_new(c->w->a);
	struct store_snapshot *snap;
	struct credential x;

	check_ok(store_snapshot_begin(c->w->p.store, &snap));
	check_ok(credential_get(snap, c->w->a, c->account, &x, NULL));
	change(&x);
	credential_put(b, c->w->a, &x, STORE_ANY);
	store_snapshot_end(snap);
	check_ok(store_commit(c->w->p.store, b));
}

static void make_initial_secret(struct credential *x)
{
	x->must_change = MUST_CHANGE_INITIAL;
	x->initial_until = 1800000000 + 86400;
}

static void closed(struct credential *x)
{
	x->forbidden = true;
}

/* The owner heard of it and changed the password: who proved the old one has proven nothing. */
static void the_old_password_opens_nothing_after_the_change(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer page = code_page(&b), r;

	otp_fixture_password(c, c->account, "Quite-Another3#", NULL);
	r = send_form(&b, &page, "/login/code", right_code(c));
	check_page(&r, 400);
	assert_false(browser_is_logged_in(&b));
	assert_int_equal(records(c->w, TABLE_AUTHORIZATION_CODE), 0);
	otp_fixture_free(c);
}

/* A found letter: its holder chose a password meanwhile, the finder's page is worth nothing. */
static void a_spent_initial_secret_changes_nothing(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer page, r;
	struct str before;

	otp_fixture_password(c, c->account, "Issued-Once7?", make_initial_secret);
	page = login_page(&b, "");
	page = type_password(&b, &page, USERNAME, "Issued-Once7?");
	page = send_and_follow(&b, &page, "/login/code", right_code(c));
	assert_true(contains(page.body, "new-password"));
	otp_fixture_password(c, c->account, "Of-The-Holder5%", NULL);
	before = stored(c).hash;
	r = send_form(
		&b, &page, "/login/change", "password=Of-The-Finder6%26&repeat=Of-The-Finder6%26");
	check_page(&r, 400);
	assert_true(str_eq(stored(c).hash, before));
	assert_int_equal(audits(c->w, AUDIT_PASSWORD_CHANGED), 0);
	otp_fixture_free(c);
}

/* `pratu account password disable`, between the steps and after the login. */
static void a_closed_way_is_closed_at_once(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w}, before = {.w = c->w};
	struct raw_answer page = code_page(&before), r;

	r = send_form(&before, &page, "/login/code", right_code(c));
	check_code(c->w, &r);
	page = code_page(&b);
	edit_credential(c, closed);
	r = send_form(&b, &page, "/login/code", right_code(c));
	check_page(&r, 400);
	assert_false(browser_is_logged_in(&b));
	r = browse_s(&before, authorize_target(c->w, "portal", "&prompt=none"));
	check_error(c->w, &r, "login_required");
	/* ThaID lets him in as ever. */
	r = authorize(&b, ask(c->w, NULL));
	r = pass_login(&b, &r);
	check_code(c->w, &r);
	otp_fixture_free(c);
}

static void suspend_between_steps(struct account *a)
{
	a->status = STATUS_SUSPENDED;
}

/* A login by an account that is another's or suspended by now serves no longer. */
static void a_session_ends_with_its_account(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer page = code_page(&b), r;

	r = send_form(&b, &page, "/login/code", right_code(c));
	check_code(c->w, &r);
	edit_account(c->w, c->account, suspend_between_steps);
	r = browse_s(&b, authorize_target(c->w, "portal", "&prompt=none"));
	check_error(c->w, &r, "login_required");
	otp_fixture_free(c);
}

static void to_malee(struct account *a)
{
	a->person = STR("malee00000000000000000");
}

/* The account is given to another person between password and code. */
static void an_account_moved_is_no_proof(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer page, r;

	fixture_person(c->w, "malee", "1111111111119");
	page = code_page(&b);
	edit_account(c->w, c->account, to_malee);
	r = send_form(&b, &page, "/login/code", right_code(c));
	check_page(&r, 400);
	assert_false(browser_is_logged_in(&b));
	otp_fixture_free(c);
}

static void suspend_person(struct person *p)
{
	p->status = STATUS_SUSPENDED;
}

/* The right password of a person who may not enter looks like a wrong one. */
static void nothing_tells_a_suspended_persons_password(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer page;

	edit_person(c->w, SOMCHAI, suspend_person);
	page = login_page(&b, "");
	page = type_password(&b, &page, USERNAME, PASSWORD);
	assert_true(has_notice(page.body, "wrong"));
	assert_int_equal(audits(c->w, AUDIT_LOGIN_FAILED), 1);
	otp_fixture_free(c);
}

/* What was not looked at is not written into a trail that nobody may ever shorten. */
static void attempts_that_wait_fill_no_disk(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer page;
	size_t before;

	c->throttle_options.lock_after = 2;
	page = login_page(&b, "");
	for (int i = 0; i < 2; i++)
		page = type_password(&b, &page, USERNAME, "wrong");
	assert_int_equal(audits(c->w, AUDIT_ACCOUNT_LOCKED), 1);
	before = records(c->w, TABLE_AUDIT);
	for (int i = 0; i < 20; i++)
		page = type_password(&b, &page, USERNAME, "wrong");
	assert_true(has_notice(page.body, "limited"));
	assert_int_equal(records(c->w, TABLE_AUDIT), before);
	otp_fixture_free(c);
}

/* Names that nobody has share their counters; addresses of one network share theirs. */
static void names_of_nobody_fill_no_disk(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer page = login_page(&b, "");
	size_t before;

	c->throttle_options.address_limit = 40;
	for (int i = 0; i < 40; i++)
		page = type_password(&b, &page, text(c->w, "nobody%d", i).p, "wrong");
	before = records(c->w, TABLE_AUDIT) + records(c->w, TABLE_ATTEMPTS);
	for (int i = 40; i < 80; i++)
		page = type_password(&b, &page, text(c->w, "nobody%d", i).p, "wrong");
	assert_int_equal(records(c->w, TABLE_AUDIT) + records(c->w, TABLE_ATTEMPTS), before);
	otp_fixture_free(c);
}

static void easy(struct system *s)
{
	s->policy = STR("easy");
}

/* Who holds the password and guesses the code: a login where the password is enough forgets the
 * passwords that were counted, never the codes. */
static void a_login_without_code_forgives_no_codes(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct login_policy policies[2] = {c->policy, c->policy};
	struct browser b = {.w = c->w};
	struct raw_answer page, r;

	policies[1].name = STR("easy");
	policies[1].second_factors.n = 0;
	c->w->settings.policies = policies;
	c->w->settings.n_policies = 2;
	c->throttle_options.lock_after = 6;
	page = code_page(&b);
	for (int i = 0; i < 3; i++)
		page = send_and_follow(&b, &page, "/login/code", wrong_form(c, 0));
	/* The same account, where no code is asked. */
	fixture_system(c->w, "easy");
	edit_system(c->w, "easy", easy);
	fixture_client(c->w, "easy", "easy", NULL);
	fixture_grant(c->w, ROLE_GRANT_PERSON, SOMCHAI, "easy", "recorder");
	r = browse_s(&b, authorize_target(c->w, "easy", ""));
	check_login(&r);
	page = browse_s(&b, location(&r));
	r = send_form(&b, &page, "/login/password", "username=" USERNAME "&password=Rak-Pratu9%21");
	assert_true(browser_is_logged_in(&b));
	/* Three codes were guessed; three more attempts lock. */
	b = (struct browser){.w = c->w};
	fixture_advance_clock(c->w, 60);
	page = code_page(&b);
	page = send_and_follow(&b, &page, "/login/code", wrong_form(c, 0));
	assert_int_equal(audits(c->w, AUDIT_ACCOUNT_LOCKED), 0);
	page = send_and_follow(&b, &page, "/login/code", wrong_form(c, 0));
	assert_int_equal(audits(c->w, AUDIT_ACCOUNT_LOCKED), 1);
	otp_fixture_free(c);
}

/* A code to one address costs money and annoys: so many in an hour, whoever asks. */
static void codes_to_one_target_are_bounded(void **state)
{
	struct otp_fixture *c = otp_fixture_new();

	c->throttle_options.target_limit = 3;
	for (int i = 0; i < 6; i++) {
		struct browser b = {.w = c->w};
		struct raw_answer page = code_page(&b);

		assert_int_equal(contains(page.body, "one-time-code"), i < 3);
		assert_int_equal(has_notice(page.body, "limited"), i >= 3);
		fixture_advance_clock(c->w, CHALLENGE_RESEND);
	}
	assert_int_equal(c->posted, 3);
	otp_fixture_free(c);
}

/* No lane is free: that costs nobody an attempt, so a crowd cannot lock people out. */
static void a_busy_server_counts_nothing(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer page = login_page(&b, "");

	otp_fixture_hash_pool(c, 0);
	for (int i = 0; i < 3; i++)
		page = type_password(&b, &page, USERNAME, PASSWORD);
	assert_true(has_notice(page.body, "busy"));
	assert_int_equal(records(c->w, TABLE_ATTEMPTS), 0);
	assert_int_equal(audits(c->w, AUDIT_LOGIN_FAILED), 0);
	otp_fixture_free(c);
}

static void edit_office(
	struct otp_fixture *c, const char *code, int64_t from, enum office_password p)
{
	struct store_batch *b = store_batch_new(c->w->a);
	const struct office office = {.code = str_c(code),
		.name_th = STR("สำนักงานทดสอบ"),
		.second_factor_required_from = from,
		.password = (int)p};

	office_put(b, c->w->a, &office, STORE_ANY);
	check_ok(store_commit(c->w->p.store, b));
}

static void other_office(struct account *a)
{
	a->office = STR("200");
}

static void no_mail(struct person *p)
{
	p->email_verified = false;
}

/* One person, two accounts: the rules of the office whose account is entered as hold, not only of
 * that by whose account the login was made. */
static void a_lax_office_opens_no_strict_one(void **state)
{
	for (int forbidden = 0; forbidden < 2; forbidden++) {
		struct otp_fixture *c = otp_fixture_new();
		struct fixture *w = c->w;
		struct browser b = {.w = w};
		struct str strict = fixture_account(w, "strict.j", SOMCHAI);
		struct raw_answer page, r;

		edit_person(w, SOMCHAI, no_mail);
		edit_account(w, strict, other_office);
		edit_office(c, "100", w->now_ms / 1000 + 3600, OFFICE_PASSWORD_ALLOWED);
		edit_office(c, "200", forbidden ? w->now_ms / 1000 + 3600 : 0,
			forbidden ? OFFICE_PASSWORD_FORBIDDEN : OFFICE_PASSWORD_ALLOWED);
		fixture_grant(w, ROLE_GRANT_ACCOUNT, strict, "eplan", "approver");
		fixture_grant(w, ROLE_GRANT_ACCOUNT, c->account, "eplan", "recorder");
		page = login_page(&b, "&prompt=select_account");
		page = type_password(&b, &page, USERNAME, PASSWORD);
		page = send_and_follow(&b, &page, "/login/email/skip", "");
		assert_true(contains(page.body, "/login/account?"));
		r = send_form(
			&b, &page, "/login/account", text(w, "account=%.*s", STR_FMT(strict)).p);
		check_login(&r);
		page = browse_s(&b, location(&r));
		assert_true(contains(page.body, "name=\"username\""));
		assert_int_equal(records(w, TABLE_AUTHORIZATION_CODE), 0);
		/* The account of the login is open as before. */
		r = browse_s(&b, authorize_target(w, "portal", "&prompt=none"));
		check_code(w, &r);
		/* By ThaID he enters as either. */
		r = authorize(&b, ask(w, "prompt=login", NULL));
		r = pass_login(&b, &r);
		check_login(&r);
		page = browse_s(&b, location(&r));
		r = send_form(
			&b, &page, "/login/account", text(w, "account=%.*s", STR_FMT(strict)).p);
		check_code(w, &r);
		otp_fixture_free(c);
	}
}

/* A new password costs as many hashes as there were before: nobody computes them without end. */
static void new_passwords_are_counted_too(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer page;

	otp_fixture_password(c, c->account, PASSWORD, make_initial_secret);
	page = code_page(&b);
	page = send_and_follow(&b, &page, "/login/code", right_code(c));
	c->throttle_options.address_limit = 5; /* password and code were two of them */
	for (int i = 0; i < 5; i++) {
		page = send_and_follow(
			&b, &page, "/login/change", "password=Rak-Pratu9%21&repeat=Rak-Pratu9%21");
		assert_int_equal(occurrences(page.body, "data-state=\"broken\""), i < 3);
		assert_int_equal(has_notice(page.body, "busy"), i >= 3);
	}
	otp_fixture_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_old_password_opens_nothing_after_the_change),
		cmocka_unit_test(a_spent_initial_secret_changes_nothing),
		cmocka_unit_test(a_closed_way_is_closed_at_once),
		cmocka_unit_test(a_session_ends_with_its_account),
		cmocka_unit_test(an_account_moved_is_no_proof),
		cmocka_unit_test(nothing_tells_a_suspended_persons_password),
		cmocka_unit_test(attempts_that_wait_fill_no_disk),
		cmocka_unit_test(names_of_nobody_fill_no_disk),
		cmocka_unit_test(a_login_without_code_forgives_no_codes),
		cmocka_unit_test(codes_to_one_target_are_bounded),
		cmocka_unit_test(a_busy_server_counts_nothing),
		cmocka_unit_test(a_lax_office_opens_no_strict_one),
		cmocka_unit_test(new_passwords_are_counted_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
