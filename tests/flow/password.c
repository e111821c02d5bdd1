/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Username, password and one-time code (attack rows 8, 9, 10, 21): what opens a session, and all
 * that must not. */
#include "flow/otp_fixture.h"

#include "idp/login/login_record.h"
#include "directory/directory.h"

#include <ctype.h>

static const char *otp_form(struct otp_fixture *c, struct str code)
{
	return str_dup_c(c->w->a, text(c->w, "code=%.*s", STR_FMT(code)));
}

static bool password_logged_in(struct browser *b)
{
	return cookie_of(b, "pratu_session").n > 0;
}

static void password_and_mail(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct fixture *w = c->w;
	struct browser b = {.w = w};
	struct raw_answer page, r;
	struct str payload;

	c->no_sms = true;
	page = code_page(&b);
	check_page(&page, 200);
	assert_true(contains(page.body, "autocomplete=\"one-time-code\""));
	assert_true(contains_str(page.body, reference_posted(c)));
	assert_true(contains(page.body, "pe***@office.test"));
	assert_false(contains(page.body, "person@office.test"));
	assert_false(contains_str(page.body, code_posted(c)));
	assert_string_equal(c->target, "person@office.test");
	assert_false(password_logged_in(&b));
	r = send_form(&b, &page, "/login/code", otp_form(c, code_posted(c)));
	payload = jwt_payload(w,
		member(w,
			&(struct raw_answer){
				.body = redeem(w, "portal", check_code(w, &r), CODE_VERIFIER).body},
			"id_token"));
	assert_true(password_logged_in(&b));
	assert_true(contains(payload, "\"amr\":[\"pwd\",\"otp\"]"));
	assert_true(contains(payload, "\"acr\":\"urn:pratu:acr:basic\""));
	assert_int_equal(audits(w, AUDIT_LOGIN), 1);
	assert_int_equal(audits(w, AUDIT_OTP_SENT), 1);
	assert_int_equal(records(w, TABLE_OTP), 0);
	assert_int_equal(records(w, TABLE_LOGIN), 0);
	otp_fixture_free(c);
}

/* A double click, or the password typed once more: the code that was sent is still the one. */
static void the_password_form_sent_twice(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer page = login_page(&b, ""), r;

	type_password(&b, &page, USERNAME, PASSWORD);
	page = type_password(&b, &page, USERNAME, PASSWORD);
	assert_int_equal(c->posted, 1);
	assert_true(contains_str(page.body, reference_posted(c)));
	r = send_form(&b, &page, "/login/code", otp_form(c, code_posted(c)));
	check_code(c->w, &r);
	otp_fixture_free(c);
}

static void mobile_verified(struct person *p)
{
	p->mobile_verified = true;
}

static void password_and_sms(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer page, r;

	edit_person(c->w, SOMCHAI, mobile_verified);
	page = code_page(&b);
	/* Two ways: nothing is sent before one is chosen. */
	assert_int_equal(c->posted, 0);
	assert_true(contains(page.body, "08X-XXX-5678"));
	page = send_and_follow(&b, &page, "/login/code/send", "factor=otp_sms");
	assert_string_equal(c->target, "+66812345678");
	r = send_form(&b, &page, "/login/code", otp_form(c, code_posted(c)));
	check_code(c->w, &r);
	otp_fixture_free(c);
}

static void a_mobile_number_not_verified_is_no_target(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer page = code_page(&b);

	assert_string_equal(c->target, "person@office.test");
	page = send_and_follow(&b, &page, "/login/code/send", "factor=otp_sms");
	assert_int_equal(c->posted, 1);
	assert_false(password_logged_in(&b));
	otp_fixture_free(c);
}

static struct str stored_hash(struct otp_fixture *c)
{
	struct store_snapshot *snap;
	struct credential x;
	struct str hash;

	check_ok(store_snapshot_begin(c->w->p.store, &snap));
	check_ok(credential_get(snap, c->w->a, c->account, &x, NULL));
	hash = str_dup(c->w->a, x.hash);
	store_snapshot_end(snap);
	return hash;
}

/* A hash of another cost is made anew at the first right password. */
static void an_old_hash_is_renewed(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct str before = stored_hash(c);
	struct raw_answer page = code_page(&b);

	assert_true(str_eq(stored_hash(c), before));
	c->password_options.cost.time_cost = 2;
	page = login_page(&b, "");
	type_password(&b, &page, USERNAME, "wrong");
	assert_true(str_eq(stored_hash(c), before));
	page = code_page(&b);
	assert_true(contains(page.body, "one-time-code") || contains(page.body, "factor"));
	assert_false(str_eq(stored_hash(c), before));
	otp_fixture_free(c);
}

/* Everything that differs between any two pages: tokens, nonces, request ids. */
static struct str without_tokens(struct fixture *w, struct str body)
{
	struct buf out;
	size_t run = 0;

	buf_init(&out, w->a, body.n + 1);
	for (size_t i = 0; i <= body.n; i++) {
		bool token = i < body.n && (isalnum((unsigned char)body.p[i]) || body.p[i] == '_' ||
						   body.p[i] == '-');

		if (token) {
			run++;
			continue;
		}
		if (run >= 12)
			buf_add_c(&out, "T");
		else
			buf_add(&out, str_sub(body, i - run, run));
		run = 0;
		if (i < body.n)
			buf_add_byte(&out, (unsigned char)body.p[i]);
	}
	return buf_str(&out);
}

/* The page with the username that was typed replaced by another of the same length. */
static struct str with_username(
	struct fixture *w, struct str body, const char *from, const char *to)
{
	char *copy = arena_alloc(w->a, body.n), *at;

	memcpy(copy, body.p, body.n);
	at = memmem(copy, body.n, from, strlen(from));
	assert_non_null(at);
	memcpy(at, to, strlen(to));
	return (struct str){copy, body.n};
}

static void known_and_unknown_accounts_answer_the_same(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct fixture *w = c->w;
	struct browser known = {.w = w}, unknown = {.w = w};
	struct raw_answer p = login_page(&known, ""), q = login_page(&unknown, "");

	p = type_password(&known, &p, "somchai.j", "wrong");
	q = type_password(&unknown, &q, "nobody0.j", "wrong");
	check_page(&p, 200);
	assert_true(contains(p.body, "somchai.j") && contains(q.body, "nobody0.j"));
	p.body = without_tokens(w, p.body);
	q.body = without_tokens(w, q.body);
	assert_true(str_eq(p.body, with_username(w, q.body, "nobody0.j", "somchai.j")));
	assert_int_equal(c->posted, 0);
	otp_fixture_free(c);
}

static void suspend_account(struct account *a)
{
	a->status = STATUS_SUSPENDED;
}

static void no_person_suspended(struct person *p)
{
	p->status = STATUS_SUSPENDED;
}

static void suspended_people_do_not_enter(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer page = code_page(&b), r;

	/* Suspended between password and code. */
	edit_person(c->w, SOMCHAI, no_person_suspended);
	r = send_form(&b, &page, "/login/code", otp_form(c, code_posted(c)));
	check_page(&r, 400);
	assert_false(password_logged_in(&b));
	edit_account(c->w, c->account, suspend_account);
	page = code_page(&b);
	assert_true(contains(page.body, "name=\"password\""));
	assert_int_equal(c->posted, 1);
	otp_fixture_free(c);
}

static void five_wrong_codes_end_it(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer page = code_page(&b), r;

	for (int i = 0; i < LOGIN_TRIES_MAX - 1; i++) {
		page = send_and_follow(&b, &page, "/login/code", wrong_form(c, i));
		assert_true(has_notice(page.body, "wrong"));
	}
	r = send_form(&b, &page, "/login/code", wrong_form(c, 9));
	check_page(&r, 429);
	/* The right one comes too late. */
	r = send_form(&b, &page, "/login/code", otp_form(c, code_posted(c)));
	check_page(&r, 400);
	assert_false(password_logged_in(&b));
	assert_int_equal(audited(c->w, "\"detail\":\"wrong_code\""), 5);
	otp_fixture_free(c);
}

static void a_code_lives_five_minutes(void **state)
{
	for (int late = 0; late < 2; late++) {
		struct otp_fixture *c = otp_fixture_new();
		struct browser b = {.w = c->w};
		struct raw_answer page = code_page(&b), r;

		fixture_advance_clock(c->w, CHALLENGE_LIFE - 1 + late);
		r = send_form(&b, &page, "/login/code", otp_form(c, code_posted(c)));
		assert_int_equal(password_logged_in(&b), !late);
		if (late) {
			page = browse_s(&b, location(&r));
			assert_true(has_notice(page.body, "code_over"));
		}
		otp_fixture_free(c);
	}
}

static void a_code_is_used_once(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w}, other = {.w = c->w};
	struct raw_answer page = code_page(&b), r;
	const char *form = otp_form(c, code_posted(c));

	r = send_form(&b, &page, "/login/code", form);
	check_code(c->w, &r);
	r = send_form(&b, &page, "/login/code", form);
	check_page(&r, 400);
	page = code_page(&other);
	assert_string_not_equal(form, otp_form(c, code_posted(c)));
	r = send_form(&other, &page, "/login/code", form);
	assert_false(password_logged_in(&other));
	otp_fixture_free(c);
}

static void another_code_after_a_minute(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer page = code_page(&b), r;
	const char *first = otp_form(c, code_posted(c));

	fixture_advance_clock(c->w, CHALLENGE_RESEND - 1);
	page = send_and_follow(&b, &page, "/login/code/send", "factor=otp_email");
	assert_int_equal(c->posted, 1);
	assert_true(has_notice(page.body, "resend"));
	fixture_advance_clock(c->w, 1);
	page = send_and_follow(&b, &page, "/login/code/send", "factor=otp_email");
	assert_int_equal(c->posted, 2);
	assert_true(contains_str(page.body, reference_posted(c)));
	assert_string_not_equal(first, otp_form(c, code_posted(c)));
	page = send_form(&b, &page, "/login/code", first);
	assert_true(has_notice(page.body, "replaced"));
	r = send_form(&b, &page, "/login/code", otp_form(c, code_posted(c)));
	check_code(c->w, &r);
	otp_fixture_free(c);
}

static void five_codes_in_one_login(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer page = code_page(&b), first = page;

	for (int i = 0; i < LOGIN_SENDS_MAX + 2; i++) {
		fixture_advance_clock(c->w, CHALLENGE_RESEND);
		page = send_and_follow(&b, &first, "/login/code/send", "factor=otp_email");
	}
	assert_int_equal(c->posted, LOGIN_SENDS_MAX);
	assert_false(contains(page.body, "/login/code/send"));
	otp_fixture_free(c);
}

/* A code belongs to its transaction: typed in another one of the same person it is nothing. */
static void a_code_belongs_to_its_transaction(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w}, other = {.w = c->w};
	struct raw_answer mine = code_page(&b), theirs, r;
	const char *first = otp_form(c, code_posted(c));

	/* Within the minute the second one is sent nothing. */
	theirs = code_page(&other);
	assert_int_equal(c->posted, 1);
	fixture_advance_clock(c->w, CHALLENGE_RESEND);
	theirs = send_and_follow(&other, &theirs, "/login/code/send", "factor=otp_email");
	assert_int_equal(c->posted, 2);
	/* One live code: the first transaction's is dead, and the second's fits only there. */
	r = send_form(&b, &mine, "/login/code", first);
	assert_false(password_logged_in(&b));
	r = send_form(&b, &mine, "/login/code", otp_form(c, code_posted(c)));
	assert_false(password_logged_in(&b));
	r = send_form(&other, &theirs, "/login/code", otp_form(c, code_posted(c)));
	check_code(c->w, &r);
	otp_fixture_free(c);
}

/* --- policy: dates, offices --- */

static void no_mail(struct person *p)
{
	p->email_verified = false;
}

static void edit_office(
	struct otp_fixture *c, int64_t second_factor_required_from, enum office_password password)
{
	struct store_batch *b = store_batch_new(c->w->a);
	const struct office office = {.code = STR("100"),
		.name_th = STR("สำนักงานทดสอบ"),
		.second_factor_required_from = second_factor_required_from,
		.password = (int)password};

	office_put(b, c->w->a, &office, STORE_ANY);
	check_ok(store_commit(c->w->p.store, b));
}

static void from_the_date_no_code_no_login(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w}, later = {.w = c->w};
	struct raw_answer page, r;

	edit_person(c->w, SOMCHAI, no_mail);
	c->policy.second_factor_required_from = c->w->now_ms / 1000 + 60;
	page = login_page(&b, "");
	page = type_password(&b, &page, USERNAME, PASSWORD);
	r = send_form(&b, &page, "/login/email/skip", "");
	check_code(c->w, &r);
	fixture_advance_clock(c->w, 60);
	page = login_page(&later, "");
	page = type_password(&later, &page, USERNAME, PASSWORD);
	check_page(&page, 403);
	assert_false(password_logged_in(&later));
	/* The session begun before the date does not do any more. */
	r = browse_s(&b, authorize_target(c->w, "portal", ""));
	check_login(&r);
	r = browse_s(&b, authorize_target(c->w, "portal", "&prompt=none"));
	check_error(c->w, &r, "login_required");
	otp_fixture_free(c);
}

static void an_office_has_its_own_date(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer page, r;

	edit_person(c->w, SOMCHAI, no_mail);
	edit_office(c, c->w->now_ms / 1000 + 60, OFFICE_PASSWORD_ALLOWED);
	page = login_page(&b, "");
	page = type_password(&b, &page, USERNAME, PASSWORD);
	r = send_form(&b, &page, "/login/email/skip", "");
	check_code(c->w, &r);
	otp_fixture_free(c);
}

static void an_office_forbids_passwords(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w}, before = {.w = c->w};
	struct raw_answer page = code_page(&before), r;

	r = send_form(&before, &page, "/login/code", otp_form(c, code_posted(c)));
	check_code(c->w, &r);
	edit_office(c, 0, OFFICE_PASSWORD_FORBIDDEN);
	page = code_page(&b);
	assert_int_equal(c->posted, 1);
	assert_false(password_logged_in(&b));
	assert_true(has_notice(page.body, "forbidden"));
	r = browse_s(&before, authorize_target(c->w, "portal", "&prompt=none"));
	check_error(c->w, &r, "login_required");
	/* ThaID lets him in as ever. */
	r = authorize(&b, ask(c->w, NULL));
	r = pass_login(&b, &r);
	check_code(c->w, &r);
	otp_fixture_free(c);
}

static void a_policy_without_the_password_takes_none(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer page = login_page(&b, ""), r;

	c->policy.primary.n = 1;
	r = send_form(&b, &page, "/login/password", "username=" USERNAME "&password=Rak-Pratu9%21");
	check_page(&r, 400);
	page = login_page(&b, "");
	assert_false(contains(page.body, "name=\"password\""));
	otp_fixture_free(c);
}

/* --- the forced change --- */

static void make_initial_secret(struct credential *x)
{
	x->must_change = MUST_CHANGE_INITIAL;
	x->initial_until = 1800000000 + 86400;
}

static void a_new_password_before_anything_else(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer page, r;

	otp_fixture_password(c, c->account, "Issued-Once7?", make_initial_secret);
	page = login_page(&b, "");
	page = type_password(&b, &page, USERNAME, "Issued-Once7?");
	/* The code first: a found letter alone changes nothing. */
	assert_true(contains(page.body, "one-time-code"));
	page = send_and_follow(&b, &page, "/login/code", otp_form(c, code_posted(c)));
	assert_true(contains(page.body, "new-password"));
	assert_false(password_logged_in(&b));
	page = send_and_follow(&b, &page, "/login/change", "password=a&repeat=b");
	assert_true(has_notice(page.body, "mismatch"));
	page = send_and_follow(&b, &page, "/login/change", "password=short&repeat=short");
	assert_int_equal(occurrences(page.body, "data-state=\"broken\""), 4);
	page = send_and_follow(
		&b, &page, "/login/change", "password=Issued-Once7%3F&repeat=Issued-Once7%3F");
	assert_int_equal(occurrences(page.body, "data-state=\"broken\""), 1);
	page = send_and_follow(
		&b, &page, "/login/change", "password=Chosen-Twice8%3F&repeat=Chosen-Twice8%3F");
	/* Nobody is logged in: log in again. */
	assert_true(contains(page.body, "name=\"username\""));
	assert_true(has_notice(page.body, "changed"));
	assert_false(password_logged_in(&b));
	assert_int_equal(audits(c->w, AUDIT_PASSWORD_CHANGED), 1);
	page = type_password(&b, &page, USERNAME, "Issued-Once7?");
	assert_true(has_notice(page.body, "wrong"));
	page = type_password(&b, &page, USERNAME, "Chosen-Twice8?");
	r = send_form(&b, &page, "/login/code", otp_form(c, code_posted(c)));
	check_code(c->w, &r);
	otp_fixture_free(c);
}

static void no_change_without_the_step(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer page, change, r;

	otp_fixture_password(c, c->account, "Issued-Once7?", make_initial_secret);
	page = login_page(&b, "");
	page = type_password(&b, &page, USERNAME, "Issued-Once7?");
	change = send_and_follow(&b, &page, "/login/code", otp_form(c, code_posted(c)));
	/* Another way chosen: the form of the change is worth nothing any more. */
	page = send_and_follow(&b, &change, "/login/again", "");
	r = send_form(
		&b, &change, "/login/change", "password=Chosen-Twice8%3F&repeat=Chosen-Twice8%3F");
	check_page(&r, 400);
	assert_int_equal(audits(c->w, AUDIT_PASSWORD_CHANGED), 0);
	otp_fixture_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(password_and_mail),
		cmocka_unit_test(the_password_form_sent_twice),
		cmocka_unit_test(password_and_sms),
		cmocka_unit_test(a_mobile_number_not_verified_is_no_target),
		cmocka_unit_test(an_old_hash_is_renewed),
		cmocka_unit_test(known_and_unknown_accounts_answer_the_same),
		cmocka_unit_test(suspended_people_do_not_enter),
		cmocka_unit_test(five_wrong_codes_end_it),
		cmocka_unit_test(a_code_lives_five_minutes),
		cmocka_unit_test(a_code_is_used_once),
		cmocka_unit_test(another_code_after_a_minute),
		cmocka_unit_test(five_codes_in_one_login),
		cmocka_unit_test(a_code_belongs_to_its_transaction),
		cmocka_unit_test(from_the_date_no_code_no_login),
		cmocka_unit_test(an_office_has_its_own_date),
		cmocka_unit_test(an_office_forbids_passwords),
		cmocka_unit_test(a_policy_without_the_password_takes_none),
		cmocka_unit_test(a_new_password_before_anything_else),
		cmocka_unit_test(no_change_without_the_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
