/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Email and mobile number on the account page: a code to the new address makes it the person's. */
#include "flow/contact_page_fixture.h"
#include "idp/account/account.h"
#include "directory/directory.h"

static void unproven(struct person *p)
{
	p->email_verified = p->mobile_verified = false;
}

static void without_mobile(struct person *p)
{
	p->mobile = STR("");
	p->mobile_verified = false;
}

/* --- accepted --- */

static void a_code_to_the_new_address_makes_it_mine(void **state)
{
	struct contact_page_fixture *h = *state;
	struct raw_answer r = page(&h->b, "/account/contact");

	check_has(r.body, OLD);
	r = type_new(&h->b, EMAIL, "email", NEW);
	assert_string_equal(h->c->target, NEW);
	check_has(r.body, NEW);
	assert_true(contains_str(r.body, reference_posted(h->c)));
	assert_true(contains(str_c(h->c->text), "ยืนยันอีเมลนี้"));
	check_c(me(h).email, OLD);
	r = type_right(h, &r, "email");
	check_gone_to(&r, "/account/contact?done=saved");
	check_c(me(h).email, NEW);
	assert_true(me(h).email_verified);
	assert_int_equal(me(h).email_changed, h->w->now_ms / 1000);
	assert_int_equal(audits(h->w, AUDIT_EMAIL_CHANGED), 1);
	/* Both are told. */
	assert_true(mailbox_has(h->m, OLD) && mailbox_has(h->m, NEW));
	assert_int_equal(records(h->w, TABLE_CONTACT_CHANGE), 0);
	check_has(page(&h->b, "/account/contact?done=saved").body, "บันทึกเรียบร้อยแล้ว");
	check_has(page(&h->b, "/account/activity").body, "เปลี่ยนอีเมล");
}

static void a_mobile_number_likewise_in_its_one_form(void **state)
{
	struct contact_page_fixture *h = *state;
	struct raw_answer r = type_new(&h->b, MOBILE, "mobile", "089 876-5432");

	assert_string_equal(h->c->target, "+66898765432");
	check_has(r.body, "0898765432");
	r = type_right(h, &r, "mobile");
	check_gone_to(&r, "/account/contact?done=saved");
	check_c(me(h).mobile, "+66898765432");
	assert_true(me(h).mobile_verified);
	assert_int_equal(me(h).mobile_changed, h->w->now_ms / 1000);
	assert_int_equal(me(h).email_changed, 0);
	assert_int_equal(audits(h->w, AUDIT_MOBILE_CHANGED), 1);
}

static void an_unproven_one_is_offered_and_nobody_lost_it(void **state)
{
	struct contact_page_fixture *h = *state;
	struct raw_answer r;

	edit_person(h->w, SOMCHAI, unproven);
	check_c(attribute(h->w, page(&h->b, EMAIL).body, "maxlength=\"254\" value=\""), OLD);
	r = type_new(&h->b, EMAIL, "email", OLD);
	r = type_right(h, &r, "email");
	check_gone_to(&r, "/account/contact?done=saved");
	assert_true(me(h).email_verified);
	assert_int_equal(mailbox_count(h->m, MESSAGE_EMAIL), 1);
}

/* --- refused --- */

static void what_is_no_address_is_not_taken(void **state)
{
	static const char *const emails[] = {"", "somchai", "a@b", "a b@office.test",
		"somchai@office.test\r\nBcc: x@y.z", "\"a\"@office.test", "สมชาย@office.test"};
	static const char *const mobiles[] = {
		"", "021234567", "0812", "08123456789", "+1 555 0100"};
	struct contact_page_fixture *h = *state;
	struct raw_answer r;

	for (size_t i = 0; i < COUNT(emails); i++) {
		r = page(&h->b, EMAIL);
		r = post(&h->b, &r, "begin", "email", "address", emails[i]);
		check_page(&r, 200);
		assert_true(has_notice(r.body, "bad"));
	}
	for (size_t i = 0; i < COUNT(mobiles); i++) {
		r = page(&h->b, MOBILE);
		r = post(&h->b, &r, "begin", "mobile", "address", mobiles[i]);
		check_page(&r, 200);
		assert_true(has_notice(r.body, "bad"));
	}
	assert_int_equal(h->c->posted, 0);
	assert_int_equal(records(h->w, TABLE_CONTACT_CHANGE), 0);
}

/* Nobody has codes sent to one stranger after the other. */
static void codes_to_new_addresses_are_bounded(void **state)
{
	struct contact_page_fixture *h = *state;
	struct raw_answer r;

	h->c->throttle_options.target_limit = 3;
	for (int i = 0; i < 6; i++) {
		r = page(&h->b, MOBILE);
		if (!contains(r.body, "name=\"address\"")) {
			r = post(&h->b, &r, "drop", "mobile", "x", "");
			r = page(&h->b, MOBILE);
		}
		r = post(&h->b, &r, "begin", "mobile", "address",
			str_dup_c(h->w->a, text(h->w, "089876543%d", i)));
		check_gone_to(&r, MOBILE);
		fixture_advance_clock(h->w, CHALLENGE_RESEND);
	}
	assert_int_equal(h->c->posted, 3);
	/* His codes to log in by are another matter. */
	r = code_page(&(struct browser){.w = h->w});
	check_page(&r, 200);
	assert_int_equal(h->c->posted, 4);
	fixture_advance_clock(h->w, h->c->throttle_options.target_period);
	log_in(&h->b, SOMCHAI_PID);
	type_new(&h->b, EMAIL, "email", NEW);
	assert_int_equal(h->c->posted, 5);
}

static void ones_own_needs_no_code(void **state)
{
	struct contact_page_fixture *h = *state;
	struct raw_answer r = page(&h->b, EMAIL);

	r = post(&h->b, &r, "begin", "email", "address", "Person@Office.TEST");
	check_page(&r, 200);
	check_has(r.body, "เป็นของท่านและยืนยันแล้ว");
	assert_int_equal(h->c->posted, 0);
}

static void a_wrong_code_changes_nothing_and_five_end_it(void **state)
{
	struct contact_page_fixture *h = *state;
	struct raw_answer r = type_new(&h->b, EMAIL, "email", NEW), answer;
	char *right = str_dup_c(h->w->a, code_posted(h->c));
	const char *wrong = right[0] == '0' ? "100000" : "000000";

	for (int i = 1; i < CONTACT_CHANGE_TRIES_MAX; i++) {
		answer = type_code(&h->b, &r, "email", wrong);
		check_gone_to(&answer, EMAIL);
		assert_true(
			contains_str(page(&h->b, EMAIL).body, text(h->w, "ลองได้อีก %d ครั้ง", 5 - i)));
	}
	answer = type_code(&h->b, &r, "email", wrong);
	check_page(&answer, 200);
	check_has(answer.body, "กรอกรหัสผิดครบจำนวนแล้ว");
	assert_int_equal(audits(h->w, AUDIT_CONTACT_VERIFICATION_FAILED), 5);
	/* The right one comes too late. */
	answer = type_code(&h->b, &r, "email", right);
	check_gone_to(&answer, EMAIL);
	check_c(me(h).email, OLD);
	assert_int_equal(records(h->w, TABLE_CONTACT_CHANGE), 0);
}

static void a_code_lives_five_minutes(void **state)
{
	struct contact_page_fixture *h = *state;
	struct raw_answer r = type_new(&h->b, EMAIL, "email", NEW), answer;

	fixture_advance_clock(h->w, CHALLENGE_LIFE);
	answer = type_right(h, &r, "email");
	check_gone_to(&answer, EMAIL);
	check_has(page(&h->b, EMAIL).body, "รหัสนี้ใช้ไม่ได้แล้ว");
	check_c(me(h).email, OLD);
	/* Another one, and in its last second. */
	answer = post(&h->b, &r, "send", "email", "x", "y");
	fixture_advance_clock(h->w, CHALLENGE_LIFE - 1);
	answer = type_right(h, &r, "email");
	check_gone_to(&answer, "/account/contact?done=saved");
}

static void another_code_after_a_minute_and_five_at_most(void **state)
{
	struct contact_page_fixture *h = *state;
	struct raw_answer r = type_new(&h->b, EMAIL, "email", NEW);

	post(&h->b, &r, "send", "email", "x", "y");
	assert_int_equal(h->c->posted, 1);
	check_has(page(&h->b, EMAIL).body, "กรุณารอประมาณ");
	for (int i = 2; i <= CONTACT_CHANGE_SENDS_MAX; i++) {
		fixture_advance_clock(h->w, CHALLENGE_RESEND);
		post(&h->b, &r, "send", "email", "x", "y");
		assert_int_equal(h->c->posted, i);
	}
	fixture_advance_clock(h->w, CHALLENGE_RESEND);
	post(&h->b, &r, "send", "email", "x", "y");
	assert_int_equal(h->c->posted, CONTACT_CHANGE_SENDS_MAX);
	check_has(page(&h->b, EMAIL).body, "ส่งรหัสครบจำนวนแล้ว");
	r = type_right(h, &r, "email");
	check_gone_to(&r, "/account/contact?done=saved");
}

/* Counted before it is looked at: a locked account looks at no code, be it right. */
static void guesses_are_counted_by_the_gate(void **state)
{
	struct contact_page_fixture *h = *state;
	struct raw_answer r = type_new(&h->b, EMAIL, "email", NEW), answer;

	h->c->throttle_options.free = h->c->throttle_options.lock_after = 2;
	type_code(&h->b, &r, "email", code_wrong(h->c, 0));
	type_code(&h->b, &r, "email", code_wrong(h->c, 1));
	answer = type_right(h, &r, "email");
	check_gone_to(&answer, EMAIL);
	check_has(page(&h->b, EMAIL).body, "กรุณารอประมาณ");
	check_c(me(h).email, OLD);
	assert_int_equal(audits(h->w, AUDIT_CONTACT_VERIFICATION_FAILED), 2);
}

static void it_takes_a_fresh_login(void **state)
{
	struct contact_page_fixture *h = *state;
	struct raw_answer r = type_new(&h->b, EMAIL, "email", NEW), answer;

	fixture_advance_clock(h->w, h->w->settings.reauthentication_max_age + 1);
	page(&h->b, "/account/contact");
	answer = browse(&h->b, EMAIL);
	check_login(&answer);
	answer = post(&h->b, &r, "begin", "email", "address", OTHER);
	check_login(&answer);
	answer = type_right(h, &r, "email");
	check_login(&answer);
	answer = post(&h->b, &r, "remove", "mobile", "x", "y");
	check_login(&answer);
	check_c(me(h).email, OLD);
	/* Afterwards nothing is gone without a question, and the change waits where it was. */
	answer = pass_login(&h->b, &answer);
	check_gone_to(&answer, MOBILE "/remove");
	check_has(page(&h->b, EMAIL).body, NEW);
}

static void a_form_needs_its_token(void **state)
{
	static const char *const actions[] = {"begin", "send", "code", "drop", "remove"};
	struct contact_page_fixture *h = *state;
	struct raw_answer r;

	type_new(&h->b, EMAIL, "email", NEW);
	for (size_t i = 0; i < COUNT(actions); i++) {
		r = submit(&h->b, text(h->w, "/account/contact/%s", actions[i]),
			form_of(h->w, "csrf", "x", "kind", "email", "address", OTHER, NULL));
		check_page(&r, 400);
		r = submit(&h->b, text(h->w, "/account/contact/%s", actions[i]), STR(""));
		check_page(&r, 400);
	}
	check_c(me(h).email, OLD);
	assert_int_equal(records(h->w, TABLE_CONTACT_CHANGE), 1);
}

/* --- removing --- */

static void a_mobile_number_is_removed_and_its_holder_told(void **state)
{
	struct contact_page_fixture *h = *state;
	struct raw_answer r = page(&h->b, "/account/contact"), again;

	again = post(&h->b, &r, "remove", "mobile", "x", "y");
	check_gone_to(&again, "/account/contact?done=removed");
	check_c(me(h).mobile, "");
	assert_false(me(h).mobile_verified);
	assert_int_equal(me(h).mobile_changed, h->w->now_ms / 1000);
	assert_int_equal(audits(h->w, AUDIT_MOBILE_CHANGED), 1);
	assert_true(mailbox_has(h->m, OLD));
	again = post(&h->b, &r, "remove", "mobile", "x", "y");
	check_gone_to(&again, "/account/contact?done=removed");
	assert_int_equal(audits(h->w, AUDIT_MOBILE_CHANGED), 1);
}

static void the_only_second_factor_stays_while_one_is_demanded(void **state)
{
	struct contact_page_fixture *h = *state;
	struct raw_answer r = page(&h->b, "/account/contact"), answer;

	edit_person(h->w, SOMCHAI, without_mobile);
	answer = post(&h->b, &r, "remove", "email", "x", "y");
	check_page(&answer, 200);
	check_has(answer.body, "ยังลบไม่ได้");
	check_c(me(h).email, OLD);
	/* Before the day nobody demands it. */
	h->c->policy.second_factor_required_from = h->w->now_ms / 1000 + 1;
	answer = post(&h->b, &r, "remove", "email", "x", "y");
	check_gone_to(&answer, "/account/contact?done=removed");
	check_c(me(h).email, "");
}

static void with_mobile(struct person *p)
{
	p->mobile = STR("+66812345678");
	p->mobile_verified = true;
}

static void an_email_may_go_where_an_sms_remains(void **state)
{
	struct contact_page_fixture *h = *state;
	struct raw_answer r = page(&h->b, "/account/contact");

	edit_person(h->w, SOMCHAI, with_mobile);
	r = post(&h->b, &r, "remove", "email", "x", "y");
	check_gone_to(&r, "/account/contact?done=removed");
	/* By SMS, for there is no email; and to the one that was removed. */
	assert_true(mailbox_has(h->m, OLD));
}

/* Who never logs in by password needs no second factor. */
static void close_way(struct credential *c)
{
	c->forbidden = true;
}

static void who_enters_by_thaid_only_may_remove_all(void **state)
{
	struct contact_page_fixture *h = *state;
	struct raw_answer r = page(&h->b, "/account/contact");

	edit_person(h->w, SOMCHAI, without_mobile);
	otp_fixture_password(h->c, h->c->account, PASSWORD, close_way);
	r = post(&h->b, &r, "remove", "email", "x", "y");
	check_gone_to(&r, "/account/contact?done=removed");
}

static void without_a_way_to_send_nothing_is_begun(void **state)
{
	struct contact_page_fixture *h = *state;
	struct raw_answer r = page(&h->b, MOBILE);

	h->c->no_sms = true;
	assert_false(contains(page(&h->b, "/account/contact").body, "href=\"" MOBILE "\""));
	r = post(&h->b, &r, "begin", "mobile", "address", "0898765432");
	check_page(&r, 200);
	assert_true(has_notice(r.body, "unavailable"));
	assert_false(contains(r.body, "name=\"address\""));
	assert_int_equal(records(h->w, TABLE_CONTACT_CHANGE), 0);
}

/* --- how long a changed address proves nothing more than a login --- */

static void a_changed_address_cools_off(void **state)
{
	struct contact_page_fixture *h = *state;
	struct settings *s = &h->w->settings;
	const int64_t now = 1000000;

	s->cooling_off = 3600;
	assert_true(settings_cooled(s, 0, now)); /* never changed here */
	assert_false(settings_cooled(s, now, now));
	assert_false(settings_cooled(s, now - 3599, now));
	assert_true(settings_cooled(s, now - 3600, now));
	assert_false(settings_cooled(s, now + 5, now)); /* the clock stepped back */
	s->cooling_off = 0;
	assert_true(settings_cooled(s, now, now));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f)                                                                                       \
	cmocka_unit_test_setup_teardown(                                                           \
		f, contact_page_fixture_set_up, contact_page_fixture_tear_down)
		T(a_code_to_the_new_address_makes_it_mine),
		T(a_mobile_number_likewise_in_its_one_form),
		T(an_unproven_one_is_offered_and_nobody_lost_it),
		T(what_is_no_address_is_not_taken),
		T(codes_to_new_addresses_are_bounded),
		T(ones_own_needs_no_code),
		T(a_wrong_code_changes_nothing_and_five_end_it),
		T(a_code_lives_five_minutes),
		T(another_code_after_a_minute_and_five_at_most),
		T(guesses_are_counted_by_the_gate),
		T(it_takes_a_fresh_login),
		T(a_form_needs_its_token),
		T(a_mobile_number_is_removed_and_its_holder_told),
		T(the_only_second_factor_stays_while_one_is_demanded),
		T(an_email_may_go_where_an_sms_remains),
		T(who_enters_by_thaid_only_may_remove_all),
		T(without_a_way_to_send_nothing_is_begun),
		T(a_changed_address_cools_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
