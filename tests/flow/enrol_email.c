/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Before the day on which a second factor is compulsory: an email is asked for at a login by
 * password, given and proven, or put off so often. */
#include "flow/contact_page_fixture.h"
#include "throttle/throttle.h"
#include "directory/credential.h"
#include "idp/login/login_record.h"
#include "directory/directory.h"

#define DAY   86400
#define SKIPS 2

static int enrol_email_set_up(void **state)
{
	struct contact_page_fixture *h;
	int rc = contact_page_fixture_set_up(state);

	h = *state;
	h->c->policy.second_factor_required_from = h->w->now_ms / 1000 + DAY;
	h->c->policy.grace_logins = SKIPS;
	return rc;
}

static void unproven(struct person *p)
{
	p->email_verified = p->mobile_verified = false;
}

static void without_any(struct person *p)
{
	unproven(p);
	p->email = p->mobile = STR("");
}

static void with_email(struct person *p)
{
	p->email_verified = true;
}

/* A portal's login by password in a browser of its own; gives the page it leads to. */
static struct raw_answer log_in_at_portal(struct contact_page_fixture *h, struct browser *b)
{
	*b = (struct browser){.w = h->w};
	return code_page(b);
}

static bool is_question(const struct raw_answer *r)
{
	return contains(r->body, "กรุณาแจ้งอีเมลของท่าน");
}

/* The answer of a form that finishes the login: the portal gets its code. */
static void check_entered(
	struct contact_page_fixture *h, const struct raw_answer *r, const char *amr)
{
	struct str code = check_code(h->w, r);
	struct raw_answer tokens = redeem(h->w, "portal", code, CODE_VERIFIER);

	assert_int_equal(tokens.status, 200);
	assert_true(contains(jwt_payload(h->w, member(h->w, &tokens, "id_token")), amr));
}

static struct raw_answer put_off(struct browser *b, const struct raw_answer *page)
{
	return send_form(b, page, "/login/email/skip", "");
}

static struct raw_answer give(struct browser *b, const struct raw_answer *page, const char *email)
{
	struct buf field;

	buf_init(&field, b->w->a, 1000);
	form_add(&field, STR("address"), str_c(email));
	return send_and_follow(b, page, "/login/email", str_dup_c(b->w->a, buf_str(&field)));
}

static struct raw_answer type_posted(
	struct contact_page_fixture *h, struct browser *b, const struct raw_answer *page)
{
	struct str field = text(h->w, "code=%s", str_dup_c(h->w->a, code_posted(h->c)));

	return send_form(b, page, "/login/email/code", str_dup_c(h->w->a, field));
}

static void an_email_is_given_and_is_no_second_factor_of_this_login(void **state)
{
	struct contact_page_fixture *h = *state;
	struct browser b;
	struct raw_answer r;

	edit_person(h->w, SOMCHAI, without_any);
	r = log_in_at_portal(h, &b);
	assert_true(is_question(&r));
	r = give(&b, &r, NEW);
	assert_string_equal(h->c->target, NEW);
	check_has(r.body, NEW);
	assert_true(contains_str(r.body, reference_posted(h->c)));
	assert_false(me(h).email_verified);
	r = type_posted(h, &b, &r);
	check_entered(h, &r, "\"amr\":[\"pwd\"]");
	assert_true(me(h).email_verified);
	check_c(me(h).email, NEW);
	assert_int_equal(me(h).email_changed, h->w->now_ms / 1000);
	assert_int_equal(me(h).grace_logins_used, 0);
	assert_int_equal(audits(h->w, AUDIT_EMAIL_CHANGED), 1);
	assert_true(mailbox_has(h->m, NEW));
	/* From now on a code is asked for. */
	fixture_advance_clock(h->w, CHALLENGE_RESEND);
	r = log_in_at_portal(h, &b);
	assert_false(is_question(&r));
	check_has(r.body, "กรอกรหัส OTP");
}

static void the_unproven_one_of_the_file_is_offered(void **state)
{
	struct contact_page_fixture *h = *state;
	struct browser b;
	struct raw_answer r;

	edit_person(h->w, SOMCHAI, unproven);
	r = log_in_at_portal(h, &b);
	assert_true(is_question(&r));
	check_c(attribute(h->w, r.body, "maxlength=\"254\" value=\""), OLD);
	r = give(&b, &r, OLD);
	r = type_posted(h, &b, &r);
	check_entered(h, &r, "\"amr\":[\"pwd\"]");
	assert_true(me(h).email_verified);
}

static void it_may_be_put_off_so_often(void **state)
{
	struct contact_page_fixture *h = *state;
	struct browser b;
	struct raw_answer r;

	edit_person(h->w, SOMCHAI, without_any);
	for (int i = 0; i < SKIPS; i++) {
		r = log_in_at_portal(h, &b);
		assert_true(contains_str(r.body, text(h->w, "อีก %d ครั้ง", SKIPS - i)));
		/* Thai years are Buddhist. */
		assert_true(contains(r.body, "ตั้งแต่วันที่") && contains(r.body, " 25"));
		assert_int_equal(me(h).grace_logins_used, i);
		r = put_off(&b, &r);
		check_entered(h, &r, "\"amr\":[\"pwd\"]");
		assert_int_equal(me(h).grace_logins_used, i + 1);
	}
	r = log_in_at_portal(h, &b);
	assert_true(is_question(&r));
	assert_false(contains(r.body, "/login/email/skip"));
	check_has(r.body, "ครบจำนวนแล้ว");
	r = give(&b, &r, NEW);
	r = type_posted(h, &b, &r);
	check_entered(h, &r, "\"amr\":[\"pwd\"]");
}

/* Looking at the page, going back and typing nonsense use up nothing. */
static void only_a_session_counts_as_a_skip(void **state)
{
	struct contact_page_fixture *h = *state;
	struct browser b;
	struct raw_answer r;
	struct str url;

	edit_person(h->w, SOMCHAI, without_any);
	b = (struct browser){.w = h->w};
	r = login_page(&b, "");
	r = send_form(&b, &r, "/login/password", "username=" USERNAME "&password=Rak-Pratu9%21");
	url = location(&r);
	for (int i = 0; i < 3; i++)
		r = browse_s(&b, url);
	r = give(&b, &r, "nonsense");
	assert_true(has_notice(r.body, "bad"));
	r = send_and_follow(&b, &r, "/login/again", "");
	assert_int_equal(me(h).grace_logins_used, 0);
}

static void a_skip_sent_twice_counts_once(void **state)
{
	struct contact_page_fixture *h = *state;
	struct browser b;
	struct raw_answer page, r;

	edit_person(h->w, SOMCHAI, without_any);
	page = log_in_at_portal(h, &b);
	r = put_off(&b, &page);
	check_code(h->w, &r);
	r = put_off(&b, &page);
	check_page(&r, 400);
	assert_int_equal(me(h).grace_logins_used, 1);
	assert_int_equal(records(h->w, TABLE_SESSION), 2); /* ThaID's and this one */
}

/* The last respite in two tabs: one gets it. */
static void of_two_last_skips_one_enters(void **state)
{
	struct contact_page_fixture *h = *state;
	struct browser first, second;
	struct raw_answer one, two, r;

	edit_person(h->w, SOMCHAI, without_any);
	h->c->policy.grace_logins = 1;
	one = log_in_at_portal(h, &first);
	two = log_in_at_portal(h, &second);
	r = put_off(&first, &one);
	check_code(h->w, &r);
	r = put_off(&second, &two);
	check_login(&r);
	r = browse_s(&second, location(&r));
	assert_true(is_question(&r));
	assert_false(contains(r.body, "/login/email/skip"));
	assert_int_equal(me(h).grace_logins_used, 1);
}

/* Without a first factor, with another step's token, of another login: no step is reached. */
static void no_step_is_jumped_to(void **state)
{
	static const char *const paths[] = {"/login/email", "/login/email/code",
		"/login/email/send", "/login/email/other", "/login/email/skip"};
	struct contact_page_fixture *h = *state;
	struct browser b = {.w = h->w}, other;
	struct raw_answer page = login_page(&b, ""), question, r;
	struct str query, step;

	edit_person(h->w, SOMCHAI, without_any);
	query = attribute(h->w, page.body, "action=\"/login/password");
	question = log_in_at_portal(h, &other);
	step = attribute(h->w, question.body, "name=\"step\" value=\"");
	for (size_t i = 0; i < COUNT(paths); i++) {
		r = submit(&b, text(h->w, "%s%s", paths[i], str_dup_c(h->w->a, query)),
			form_of(h->w, "step", str_dup_c(h->w->a, step), "address", NEW, "code",
				"000000", NULL));
		check_page(&r, 400);
		r = submit(&b, text(h->w, "%s%s", paths[i], str_dup_c(h->w->a, query)), STR(""));
		check_page(&r, 400);
	}
	assert_int_equal(h->c->posted, 0);
	assert_int_equal(me(h).grace_logins_used, 0);
	assert_int_equal(records(h->w, TABLE_SESSION), 1);
}

/* As on every page that asks for a code. */
static void no_codes_are_not_counted_and_end_the_login(void **state)
{
	struct contact_page_fixture *h = *state;
	struct browser b;
	struct raw_answer page, r;

	edit_person(h->w, SOMCHAI, without_any);
	page = log_in_at_portal(h, &b);
	page = give(&b, &page, NEW);
	for (int i = 0; i < THROTTLE_NO_CODES_MAX; i++) {
		page = send_form(&b, &page, "/login/email/code", "code=12345");
		check_page(&page, 200);
		check_has(page.body, "กรุณากรอกตัวเลข 6 หลัก");
	}
	r = send_form(&b, &page, "/login/email/code", "code=12345");
	check_page(&r, 429);
	r = type_posted(h, &b, &page);
	check_page(&r, 400);
	assert_int_equal(cookie_of(&b, "pratu_session").n, 0);
}

static void five_wrong_codes_end_the_login(void **state)
{
	struct contact_page_fixture *h = *state;
	struct browser b;
	struct raw_answer page, r;

	edit_person(h->w, SOMCHAI, without_any);
	page = log_in_at_portal(h, &b);
	page = give(&b, &page, NEW);
	for (int i = 1; i < LOGIN_TRIES_MAX; i++) {
		r = send_and_follow(&b, &page, "/login/email/code", wrong_form(h->c, 0));
		check_has(r.body, "รหัส OTP ไม่ถูกต้อง");
	}
	r = send_form(&b, &page, "/login/email/code", wrong_form(h->c, 0));
	check_page(&r, 429);
	r = type_posted(h, &b, &page);
	check_page(&r, 400);
	assert_false(me(h).email_verified);
	assert_int_equal(records(h->w, TABLE_SESSION), 1);
}

static void another_address_has_its_own_code(void **state)
{
	struct contact_page_fixture *h = *state;
	struct browser b;
	struct raw_answer page, first, r;
	char *old;

	edit_person(h->w, SOMCHAI, without_any);
	page = log_in_at_portal(h, &b);
	first = give(&b, &page, OTHER);
	old = str_dup_c(h->w->a, code_posted(h->c));
	r = send_and_follow(&b, &first, "/login/email/other", "");
	assert_true(is_question(&r));
	r = give(&b, &r, NEW);
	/* Within the minute: it waits, and the code of the other address is none of it. */
	assert_int_equal(h->c->posted, 1);
	check_has(r.body, "กรุณารอ");
	r = send_and_follow(
		&b, &r, "/login/email/code", str_dup_c(h->w->a, text(h->w, "code=%s", old)));
	assert_false(me(h).email_verified);
	fixture_advance_clock(h->w, CHALLENGE_RESEND);
	r = send_and_follow(&b, &r, "/login/email/send", "");
	assert_string_equal(h->c->target, NEW);
	r = type_posted(h, &b, &r);
	check_code(h->w, &r);
	check_c(me(h).email, NEW);
}

static void the_same_form_again_sends_no_other_code(void **state)
{
	struct contact_page_fixture *h = *state;
	struct browser b;
	struct raw_answer page, r;

	edit_person(h->w, SOMCHAI, without_any);
	page = log_in_at_portal(h, &b);
	give(&b, &page, NEW);
	fixture_advance_clock(h->w, CHALLENGE_RESEND);
	r = give(&b, &page, NEW);
	assert_int_equal(h->c->posted, 1);
	r = type_posted(h, &b, &r);
	check_code(h->w, &r);
}

static void taken(struct person *p)
{
	p->email = STR(NEW);
	p->email_verified = true;
}

static void an_email_of_somebody_else_is_refused_after_its_code(void **state)
{
	struct contact_page_fixture *h = *state;
	struct browser b;
	struct raw_answer r;

	edit_person(h->w, SOMCHAI, without_any);
	edit_person(h->w, fixture_person(h->w, "malee", MALEE_PID), taken);
	h->c->policy.email_unique = true;
	r = log_in_at_portal(h, &b);
	r = give(&b, &r, NEW);
	assert_int_equal(h->c->posted, 1);
	r = type_posted(h, &b, &r);
	check_login(&r);
	r = browse_s(&b, location(&r));
	assert_true(is_question(&r));
	check_has(r.body, "มีผู้อื่นยืนยันไว้แล้ว");
	assert_false(me(h).email_verified);
	r = put_off(&b, &r);
	check_code(h->w, &r);
}

/* The day: from its first second nobody gets in without; the office's own day counts. */
static void from_the_day_nobody_is_asked_any_more(void **state)
{
	struct contact_page_fixture *h = *state;
	struct browser b;
	struct raw_answer page, r;

	edit_person(h->w, SOMCHAI, without_any);
	page = log_in_at_portal(h, &b);
	h->c->policy.second_factor_required_from = h->w->now_ms / 1000 + 1;
	r = browse_s(&b, STR("/"));
	assert_true(is_question(&page));
	fixture_advance_clock(h->w, 1);
	/* In the middle of it, too. */
	r = put_off(&b, &page);
	check_login(&r);
	r = browse_s(&b, location(&r));
	check_page(&r, 403);
	assert_int_equal(me(h).grace_logins_used, 0);
	r = log_in_at_portal(h, &b);
	check_page(&r, 403);
}

static void who_can_get_a_code_is_not_asked(void **state)
{
	struct contact_page_fixture *h = *state;
	struct browser b;
	struct raw_answer r = log_in_at_portal(h, &b);

	assert_false(is_question(&r));
	check_has(r.body, "กรอกรหัส OTP");
}

static void by_sms_only(struct contact_page_fixture *h)
{
	h->c->policy.second_factors.v++;
	h->c->policy.second_factors.n--;
}

static void where_no_email_would_help_nobody_is_asked(void **state)
{
	struct contact_page_fixture *h = *state;
	struct browser b = {.w = h->w};
	struct raw_answer r;

	edit_person(h->w, SOMCHAI, without_any);
	by_sms_only(h);
	r = login_page(&b, "");
	r = send_form(&b, &r, "/login/password", "username=" USERNAME "&password=Rak-Pratu9%21");
	check_entered(h, &r, "\"amr\":[\"pwd\"]");
}

static void make_initial_secret(struct credential *c)
{
	c->must_change = MUST_CHANGE_INITIAL;
	c->initial_until = INT64_C(4000000000);
}

/* The change comes first; the question is asked once, at the login that becomes a session. */
static void an_initial_secret_is_changed_before_the_question(void **state)
{
	struct contact_page_fixture *h = *state;
	struct browser b;
	struct raw_answer r;

	edit_person(h->w, SOMCHAI, without_any);
	otp_fixture_password(h->c, h->c->account, PASSWORD, make_initial_secret);
	r = log_in_at_portal(h, &b);
	assert_false(is_question(&r));
	r = send_and_follow(
		&b, &r, "/login/change", "password=Chosen-Twice8%3F&repeat=Chosen-Twice8%3F");
	assert_int_equal(me(h).grace_logins_used, 0);
	r = type_password(&b, &r, USERNAME, "Chosen-Twice8?");
	assert_true(is_question(&r));
	r = put_off(&b, &r);
	check_code(h->w, &r);
	assert_int_equal(me(h).grace_logins_used, 1);
}

/* An import proves an email while the question is shown: a code to it is asked for. */
static void a_proof_by_other_hands_asks_for_a_code(void **state)
{
	struct contact_page_fixture *h = *state;
	struct browser b;
	struct raw_answer page, r;

	edit_person(h->w, SOMCHAI, unproven);
	page = log_in_at_portal(h, &b);
	edit_person(h->w, SOMCHAI, with_email);
	r = put_off(&b, &page);
	check_login(&r);
	r = browse_s(&b, location(&r));
	check_has(r.body, "ยืนยันว่าเป็นท่าน");
	assert_int_equal(me(h).grace_logins_used, 0);
	assert_int_equal(records(h->w, TABLE_SESSION), 1);
}

/* A second factor passed by an address that is replaced before the session begins counts no more.
 */
static void a_code_to_an_address_that_was_replaced_counts_no_more(void **state)
{
	struct contact_page_fixture *h = *state;
	struct browser b;
	struct raw_answer page, r;
	struct str code;

	h->c->policy.second_factor_required_from = 0;
	otp_fixture_password(h->c, h->c->account, PASSWORD, make_initial_secret);
	page = log_in_at_portal(h, &b);
	code = text(h->w, "code=%s", str_dup_c(h->w->a, code_posted(h->c)));
	r = send_and_follow(&b, &page, "/login/code", str_dup_c(h->w->a, code));
	check_has(r.body, "/login/change");
	fixture_advance_clock(h->w, 1);
	page = type_new(&h->b, EMAIL, "email", NEW);
	page = type_right(h, &page, "email");
	check_gone_to(&page, "/account/contact?done=saved");
	r = send_form(&b, &r, "/login/change", "password=Chosen-Twice8%3F&repeat=Chosen-Twice8%3F");
	check_login(&r);
	r = browse_s(&b, location(&r));
	check_has(r.body, "/login/code/send");
	assert_int_equal(audits(h->w, AUDIT_PASSWORD_CHANGED), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, enrol_email_set_up, contact_page_fixture_tear_down)
		T(an_email_is_given_and_is_no_second_factor_of_this_login),
		T(the_unproven_one_of_the_file_is_offered),
		T(it_may_be_put_off_so_often),
		T(only_a_session_counts_as_a_skip),
		T(a_skip_sent_twice_counts_once),
		T(of_two_last_skips_one_enters),
		T(no_step_is_jumped_to),
		T(no_codes_are_not_counted_and_end_the_login),
		T(five_wrong_codes_end_the_login),
		T(another_address_has_its_own_code),
		T(the_same_form_again_sends_no_other_code),
		T(an_email_of_somebody_else_is_refused_after_its_code),
		T(from_the_day_nobody_is_asked_any_more),
		T(who_can_get_a_code_is_not_asked),
		T(where_no_email_would_help_nobody_is_asked),
		T(an_initial_secret_is_changed_before_the_question),
		T(a_proof_by_other_hands_asks_for_a_code),
		T(a_code_to_an_address_that_was_replaced_counts_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
