/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A challenge with a text to confirm: the text stands in the message and is part of what is proven,
 * so a code for one text never fits another, nor a code without one. By a method of the test's own
 * that sends such a challenge.
 */
#include "flow/otp_fixture.h"
#include "core/page.h"
#include "idp/login/method_frame.h"

#define PAY   "จ่าย 1,250.00 บาท ให้ www.example.go.th"
#define OTHER "จ่าย 9,250.00 บาท ให้ www.example.go.th"

/* What begin sends a code for, and what the form is verified with. */
static const char *sent_for, *verified_for;

static struct challenge texted_challenge(const struct auth_call *call, const char *text)
{
	return (struct challenge){
		.method = call->method,
		.purpose = CODE_FOR_TEXT,
		.transaction = call->login,
		.client = call->client,
		.person = call->person,
		.text = str_c(text),
		.account = call->account->id,
	};
}

static enum auth_next texted_begin(struct auth_call *call)
{
	const struct challenge c = texted_challenge(call, sent_for);

	call->reason = challenge_send(call->op, &c, &call->seconds);
	return call->reason == AUTH_REASON_NONE ? AUTH_SHOW : AUTH_FAILED;
}

static enum auth_next texted_step(struct auth_call *call)
{
	const struct challenge c = texted_challenge(call, verified_for);

	call->rc = challenge_verify(call->op, &c, challenge_typed(call->op), &call->reason);
	if (call->reason != AUTH_REASON_NONE)
		return AUTH_SHOW;
	call->proof = auth_method_proof(call->method, call->op->tx.a);
	call->proof.binds_transaction = true;
	return AUTH_PROVEN;
}

static void texted_show(const struct auth_call *call, const struct auth_frame *frame)
{
	const struct web_otp model = {.confirm = str_c(sent_for),
		.notice = frame->notice,
		.action = frame->action,
		.step = frame->step};

	page_send(call->op, 200, &web_page_otp, &model, frame->options);
}

static const struct str names[] = {STR_INIT("texted")};

static struct otp_fixture *codes_texted(enum auth_contact contact)
{
	struct otp_fixture *c = otp_fixture_new();

	auth_methods_add(&c->w->p.methods, &(struct auth_method){.name = "texted",
						   .can = AUTH_CONFIRM,
						   .kind = AUTH_POSSESSION,
						   .amr = "otp",
						   .contact = contact,
						   .available = challenge_available,
						   .begin = texted_begin,
						   .step = texted_step,
						   .show = texted_show});
	c->policy.second_factors = (struct strlist){names, 1};
	return c;
}

static const char *typed(struct otp_fixture *c)
{
	return str_dup_c(c->w->a, text(c->w, "code=%.*s", STR_FMT(code_posted(c))));
}

static void the_text_is_seen_and_confirmed(void **state)
{
	struct otp_fixture *c = codes_texted(AUTH_CONTACT_EMAIL);
	struct browser b = {.w = c->w};
	struct raw_answer page, r;

	sent_for = verified_for = PAY;
	page = code_page(&b);
	check_has(page.body, PAY);
	assert_non_null(strstr(c->text, "สำหรับยืนยันรายการ"));
	assert_non_null(strstr(c->text, ": " PAY "\n"));
	r = send_form(&b, &page, "/login/m/texted", typed(c));
	check_code(c->w, &r);
	otp_fixture_free(c);
}

static void a_code_for_one_text_fits_no_other(void **state)
{
	static const char *const others[] = {OTHER, "", PAY " "};
	struct otp_fixture *c = codes_texted(AUTH_CONTACT_EMAIL);
	struct browser b = {.w = c->w};
	struct raw_answer page, r;

	sent_for = PAY;
	page = code_page(&b);
	for (size_t i = 0; i < COUNT(others); i++) {
		verified_for = others[i];
		page = send_and_follow(&b, &page, "/login/m/texted", typed(c));
		assert_true(has_notice(page.body, "wrong"));
		assert_false(cookie_of(&b, "pratu_session").n > 0);
	}
	assert_int_equal(audits(c->w, AUDIT_LOGIN), 0);
	verified_for = PAY;
	r = send_form(&b, &page, "/login/m/texted", typed(c));
	check_code(c->w, &r);
	otp_fixture_free(c);
}

static void mobile_too(struct person *p)
{
	p->mobile_verified = true;
}

/* No link in an SMS: the signs that make one are spaces there. */
static void by_sms_without_links(void **state)
{
	struct otp_fixture *c = codes_texted(AUTH_CONTACT_MOBILE);
	struct browser b = {.w = c->w};
	struct raw_answer page;

	edit_person(c->w, SOMCHAI, mobile_too);
	sent_for = verified_for = PAY;
	page = code_page(&b);
	check_page(&page, 200);
	assert_non_null(strstr(c->text, "จ่าย 1"));
	assert_null(strstr(c->text, "www.example"));
	otp_fixture_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_text_is_seen_and_confirmed),
		cmocka_unit_test(a_code_for_one_text_fits_no_other),
		cmocka_unit_test(by_sms_without_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
