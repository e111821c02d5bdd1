/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Before a second factor is compulsory (docs/login.md): a person who has none and logs in by
 * password is asked for an email address, and verifies it by a code or postpones it, `grace_logins`
 * times. It is no second factor of this login: who knows the password may have typed any address.
 * What was typed stands in the login; the right code makes it the person's.
 */
#include "idp/challenge/challenge.h"
#include "idp/login/method.h"
#include "idp/login/contact_set.h"
#include "idp/login/steps.h"
#include "directory/names.h"
#include "core/page.h"
#include "idp/login/login_record.h"
#include "idp/login/pages_factor.h"
#include "idp/login/pages_recovery.h"
#include "web/pages_common.h"

#define CONTACT_SHOWN_MAX 254u /* bytes of a wrong address that is shown again */
#define TYPED_MAX         300  /* bytes looked at */

static struct challenge challenge_of(
	struct op *op, const struct flow *f, const struct auth_method *m)
{
	return (struct challenge){
		.method = m,
		.purpose = OTP_FOR_EMAIL,
		.transaction = f->login.method.email_id,
		.client = f->client.id,
		.site = f->client.id.n ? flow_portal(op, f)
				       : web_organisation(op->tx.app->web, op->lang),
		.person = &f->person,
		.target = f->login.method.email,
		.account = f->account.id,
	};
}

static void send_code(struct op *op, struct flow *f)
{
	static const enum login_flash notices[AUTH_REASON_MAX] = {
		[AUTH_LIMITED] = LOGIN_FLASH_LIMITED,
		[AUTH_BUSY] = LOGIN_FLASH_BUSY,
	};
	const struct auth_method *m = contact_method(op, CONTACT_EMAIL);
	struct challenge challenge = challenge_of(op, f, m);
	enum auth_reason reason;
	int64_t wait = 0;

	f->login.notice = LOGIN_FLASH_NONE;
	if (!m || f->login.bounds.sends >= LOGIN_SENDS_MAX)
		return;
	reason = challenge_send(op, &challenge, &wait);
	f->login.bounds.sends += reason == AUTH_REASON_NONE;
	f->login.notice = notices[reason];
	if (reason == AUTH_LIMITED)
		f->login.notice_until = op->tx.now + wait;
}

/* The form of this step, while the step is wanted; else the answer is given: the page as it is. */
static bool enrol_email_begin(struct op *op, struct flow *f, const char *step)
{
	if (!flow_begin_step(op, f, step))
		return false;
	if (login_step_is(op, f, POLICY_ENROL_EMAIL))
		return true;
	http_redirect(op->x, flow_url(op, f, "/login", STR_NONE));
	return false;
}

/* What was typed, as far as it is text that can be kept. */
static struct str shown_again(struct str typed)
{
	typed = str_sub(typed, 0, CONTACT_SHOWN_MAX);
	return str_is_utf8(typed) && !str_has_control(typed) ? typed : STR_NONE;
}

void enrol_email_run(struct op *op)
{
	struct str typed, email;
	struct flow f;

	if (!enrol_email_begin(op, &f, "email"))
		return;
	typed = str_sub(op_param(op, "address"), 0, TYPED_MAX);
	if (!contact_normalize(op, CONTACT_EMAIL, typed, &email)) {
		f.login.notice = LOGIN_FLASH_ADDRESS;
		f.login.method.typed = shown_again(typed);
	} else if (!contact_equal(op, CONTACT_EMAIL, email, f.login.method.email)) {
		f.login.method.email = email;
		f.login.method.email_id = id_new(op->tx.a, op->tx.app->rng);
		send_code(op, &f);
	}
	/* The form a second time: its code is under way. */
	flow_continue(op, &f);
}

void enrol_email_send_run(struct op *op)
{
	struct flow f;

	if (!enrol_email_begin(op, &f, "email-send"))
		return;
	if (f.login.method.email.n)
		send_code(op, &f);
	flow_continue(op, &f);
}

void enrol_email_other_run(struct op *op)
{
	struct flow f;

	if (!enrol_email_begin(op, &f, "email-other"))
		return;
	f.login.method.email = f.login.method.email_id = STR_NONE;
	f.login.notice = LOGIN_FLASH_NONE;
	flow_continue(op, &f);
}

/* Counted where the session begins, in the same batch (flow_begin_session). */
void enrol_email_skip_run(struct op *op)
{
	struct flow f;

	if (!enrol_email_begin(op, &f, "email-skip"))
		return;
	f.login.method.second_factor_skipped = f.rules.grace_logins > 0;
	f.login.notice = LOGIN_FLASH_NONE;
	flow_continue(op, &f);
}

/* --- the code typed --- */

/* The form of the address under way, while the step is wanted. */
static bool find_code(struct op *op, struct account *ret, struct challenge_counted *ret_counted)
{
	const struct auth_method *m = contact_method(op, CONTACT_EMAIL);
	struct challenge challenge;
	struct flow f;

	if (!flow_begin_step(op, &f, "email-code") || !login_step_is(op, &f, POLICY_ENROL_EMAIL))
		return false;
	*ret = f.account;
	if (!f.login.method.email.n || !m)
		return false;
	challenge = challenge_of(op, &f, m);
	ret_counted->reason = challenge_judge(op, &challenge);
	return true;
}

bool enrol_email_otp_blocks(struct op *op)
{
	return challenge_blocks(op, find_code);
}

void enrol_email_otp_before(struct op *op)
{
	challenge_before(op, find_code);
}

static void enrol_email_apply(struct op *op, struct flow *f)
{
	const struct contact_setting taking = {
		.person = f->person.id,
		.kind = CONTACT_EMAIL,
		.address = f->login.method.email,
		.how = "enrolled_at_login",
	};
	struct audit_entry entry = op_audit(op, AUDIT_CONTACT_VERIFICATION_FAILED);
	enum rc rc = contact_set(op, &taking);

	if (rc != RC_OK && rc != RC_EXISTS) {
		op_fail(op, rc);
		return;
	}
	f->login.method.email_given = rc == RC_OK;
	f->login.method.typed = f->login.method.email;
	f->login.method.email = f->login.method.email_id = STR_NONE;
	if (rc == RC_EXISTS) {
		f->login.notice = LOGIN_FLASH_TAKEN;
		entry.person = f->person.id;
		entry.account = f->account.id;
		entry.detail = STR("taken");
		op_audit_add(op, &entry);
	}
	flow_continue(op, f);
}

static void enrol_email_check_otp(struct op *op, struct flow *f, const struct auth_method *m)
{
	const struct challenge_counted *counted = op->before;
	struct challenge challenge = challenge_of(op, f, m);
	enum auth_reason reason;
	enum rc rc = challenge_verify(op, &challenge, challenge_typed(op), &reason);

	f->login.notice = reason == AUTH_OVER    ? LOGIN_FLASH_CODE_OVER
			  : reason == AUTH_WRONG ? LOGIN_FLASH_WRONG
						 : LOGIN_FLASH_NONE;
	if (reason == AUTH_WRONG)
		flow_note_attempt(op, f, counted->left, counted->lock);
	f->login.bounds.tries++;
	if (rc != RC_OK)
		op_fail(op, rc);
	else if (reason != AUTH_REASON_NONE)
		flow_wrong_answer(op, f, challenge_why(reason));
	else
		enrol_email_apply(op, f);
}

void enrol_email_otp_run(struct op *op)
{
	const struct challenge_counted *counted = op->before;
	const struct auth_method *m = contact_method(op, CONTACT_EMAIL);
	struct flow f;

	if (!enrol_email_begin(op, &f, "email-code"))
		return;
	if (!counted->called || !f.login.method.email.n || !m) {
		http_redirect(op->x, flow_url(op, &f, "/login", STR_NONE));
	} else if (counted->reason != AUTH_REASON_NONE) {
		f.login.notice = counted->reason == AUTH_REPLACED ? LOGIN_FLASH_REPLACED
								  : LOGIN_FLASH_MALFORMED;
		flow_no_code(op, &f);
	} else if (counted->rc == RC_OK) {
		enrol_email_check_otp(op, &f, m);
	} else if (counted->rc == RC_LIMITED) {
		f.login.notice = LOGIN_FLASH_LIMITED;
		f.login.notice_until = op->tx.now + counted->wait;
		login_denied(op, "too_many_attempts");
		flow_continue(op, &f);
	} else {
		op_fail(op, counted->rc);
	}
}

/* --- pages --- */

static enum web_contact_message notice_of(
	const struct op *op, const struct flow *f, int64_t *ret_wait)
{
	static const enum web_contact_message notices[LOGIN_FLASH_MAX] = {
		[LOGIN_FLASH_BUSY] = WEB_CONTACT_BUSY,
		[LOGIN_FLASH_ADDRESS] = WEB_CONTACT_INVALID,
		[LOGIN_FLASH_TAKEN] = WEB_CONTACT_TAKEN,
	};

	*ret_wait = f->login.notice_until - op->tx.now;
	if (f->login.notice == LOGIN_FLASH_LIMITED && *ret_wait > 0)
		return WEB_CONTACT_LIMITED;
	return notices[f->login.notice];
}

static struct str step_of(struct op *op, const struct flow *f, const char *step)
{
	return flow_step(op, f, flow_login_step(op, f, step));
}

/* Was something typed that could not be taken? It stands in the field. */
static bool typed_again(const struct flow *f)
{
	return f->login.notice == LOGIN_FLASH_ADDRESS || f->login.notice == LOGIN_FLASH_TAKEN;
}

static void show_question(struct op *op, struct flow *f)
{
	struct page_options options = flow_page_options(op, f);
	struct web_support_contact contact;
	struct web_enrol_email model = {
		.portal = flow_portal(op, f),
		.typed = typed_again(f) ? f->login.method.typed : f->person.email,
		.from = f->rules.from,
		.skips = f->rules.grace_logins,
		.action = flow_url(op, f, "/login/email", STR_NONE),
		.step = step_of(op, f, "email"),
		.skip_action = flow_url(op, f, "/login/email/skip", STR_NONE),
		.skip_step = step_of(op, f, "email-skip"),
		.again_action = flow_url(op, f, "/login/again", STR_NONE),
		.again_step = flow_step(op, f, STR("again")),
	};

	model.notice = notice_of(op, f, &model.wait);
	if (!model.skips && name_contact(op, f->account.office, &contact)) {
		model.support_contacts.v = &contact;
		model.support_contacts.n = 1;
	}
	if (f->client.id.n)
		model.cancel_url = flow_cancel_url(op, f);
	page_send(op, 200, &web_page_enrol_email, &model, &options);
}

static void show_code(struct op *op, struct flow *f, const struct auth_method *m,
	const struct challenge_sent *sent)
{
	struct page_options options = flow_page_options(op, f);
	struct web_otp model = {
		.portal = flow_portal(op, f),
		.factor = str_c(m->name),
		.masked = f->login.method.email, /* in full: a slip is to be seen */
		.reference = sent->reference,
		.seconds = sent->seconds,
		.resend = sent->resend,
		.stuck = sent->stuck,
		.may_resend = f->login.bounds.sends < LOGIN_SENDS_MAX,
		.tries = flow_tries_left(f),
		.action = flow_url(op, f, "/login/email/code", STR_NONE),
		.step = step_of(op, f, "email-code"),
		.id = str_c(m->name),
		.send_action = flow_url(op, f, "/login/email/send", STR_NONE),
		.send_step = step_of(op, f, "email-send"),
		.other_action = flow_url(op, f, "/login/email/other", STR_NONE),
		.other_step = step_of(op, f, "email-other"),
		.again_action = flow_url(op, f, "/login/again", STR_NONE),
		.again_step = flow_step(op, f, STR("again")),
	};

	model.notice = flow_notice(op, f, &model.wait);
	/* None of this address yet: when one may be sent is known from the refusal. */
	if (!sent->reference.n && model.notice == WEB_LOGIN_LIMITED)
		model.resend = model.wait;
	if (f->client.id.n)
		model.cancel_url = flow_cancel_url(op, f);
	page_send(op, 200, &web_page_otp, &model, &options);
}

void flow_show_enrol_email(struct op *op, struct flow *f)
{
	const struct auth_method *m = contact_method(op, CONTACT_EMAIL), *own;
	struct challenge challenge = challenge_of(op, f, m);
	struct challenge_sent sent;
	enum rc rc;

	own = method_to_enrol_itself(op, f);
	if (own) {
		if (method_showing(op, f, AUTH_FOR_ENROL))
			method_show(op, f);
		else
			flow_show_enrol_choice(op, f, own);
		return;
	}
	if (!f->login.method.email.n || !m) {
		show_question(op, f);
		return;
	}
	rc = challenge_state(op, &challenge, &sent);
	if (rc != RC_OK)
		op_fail(op, rc);
	else
		show_code(op, f, m, &sent);
}
