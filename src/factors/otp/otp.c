/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "factors/otp/otp.h"

#include "idp/challenge/challenge.h"
#include "idp/login/method_frame.h"
#include "core/page.h"
#include "directory/directory.h"

static struct challenge challenge_of(const struct auth_call *call)
{
	return (struct challenge){
		.method = call->method,
		.purpose = call->purpose == AUTH_FOR_RECOVERY ? OTP_FOR_RECOVERY : OTP_FOR_LOGIN,
		.transaction = call->login,
		.client = call->client,
		.site = call->site,
		.person = call->person,
		.account = call->account->id,
	};
}

static bool otp_under_way(const struct auth_call *call)
{
	const struct challenge c = challenge_of(call);

	return challenge_alive(call->op, &c);
}

/* A code that cannot be replaced yet is still there to be typed. */
static enum auth_next otp_begin(struct auth_call *call)
{
	const struct challenge c = challenge_of(call);

	call->reason = challenge_send(call->op, &c, &call->seconds);
	call->sent = call->reason == AUTH_REASON_NONE;
	if (call->sent)
		return AUTH_SHOW;
	return call->reason == AUTH_LIMITED && challenge_alive(call->op, &c) ? AUTH_SHOW
									     : AUTH_FAILED;
}

/* Whether what was typed is an attempt at all. */
static enum rc judge(struct auth_call *call, enum auth_reason *ret)
{
	struct challenge c;
	struct person person;
	enum rc rc = op_read_begin(call->op);

	if (rc != RC_OK)
		return rc;
	rc = person_get(call->op->tx.snap, call->op->tx.a, call->account->person, &person, NULL);
	if (rc == RC_OK) {
		c = challenge_of(call);
		c.person = &person;
		*ret = challenge_judge(call->op, &c);
	}
	op_read_end(call->op);
	return rc;
}

static void otp_work(struct auth_call *call)
{
	struct challenge_counted *counted = arena_new_of(call->op->tx.a, struct challenge_counted);

	counted->rc = judge(call, &counted->reason);
	if (counted->rc == RC_OK)
		challenge_count(call->op, call->account->id, call->account->person, counted);
	call->work = counted;
}

static enum auth_next otp_step(struct auth_call *call)
{
	const struct challenge_counted *counted = call->work;
	const struct challenge c = challenge_of(call);
	struct op *op = call->op;

	if (!counted) /* a poll: nothing was typed */
		return AUTH_SHOW;
	if (counted->rc == RC_LIMITED) {
		call->reason = AUTH_LIMITED;
		call->seconds = counted->wait;
		call->why = "too_many_attempts";
		return AUTH_SHOW;
	}
	call->rc = counted->rc;
	call->reason = counted->reason;
	if (call->rc == RC_OK && call->reason == AUTH_REASON_NONE)
		call->rc = challenge_verify(op, &c, challenge_typed(op), &call->reason);
	if (call->rc != RC_OK || call->reason != AUTH_REASON_NONE) {
		call->why = challenge_why(call->reason);
		call->left = counted->left;
		call->seconds = counted->lock;
		return AUTH_SHOW;
	}
	call->proof = auth_method_proof(call->method, op->tx.a);
	call->proof.authenticator = challenge_contact(call->method->contact, call->person);
	return AUTH_PROVEN;
}

static void otp_show(const struct auth_call *call, const struct auth_frame *frame)
{
	const struct challenge c = challenge_of(call);
	struct challenge_sent sent;
	enum rc rc = challenge_state(call->op, &c, &sent);
	struct web_otp model = {
		.portal = frame->portal,
		.reset = frame->recovery,
		.factor = str_c(call->method->name),
		.notice = frame->notice,
		.wait = frame->wait,
		.may_resend = frame->may_begin,
		.tries = frame->tries,
		.action = frame->action,
		.step = frame->step,
		.id = str_c(call->method->name),
		.others = frame->others,
		.send_action = frame->begin_action,
		.send_step = frame->begin_step,
		.again_action = frame->again_action,
		.again_step = frame->again_step,
		.cancel_url = frame->cancel_url,
	};

	if (rc != RC_OK) {
		op_fail(call->op, rc);
		return;
	}
	model.masked = sent.masked;
	model.reference = sent.reference;
	model.seconds = sent.seconds;
	model.resend = sent.resend;
	model.stuck = sent.stuck;
	page_send(call->op, 200, &web_page_otp, &model, frame->options);
}

/* A code to an address that is not the person's any more, or not proven, proves nothing. */
static enum rc otp_still_valid(const struct auth_method *m, struct op *op,
	const struct auth_proof *proof, const struct person *person)
{
	(void)op;
	if (!person || str_eq(proof->authenticator, challenge_contact(m->contact, person)))
		return RC_OK;
	return RC_EXPIRED;
}

#define OTP_METHOD                                                                                 \
	.kind = AUTH_POSSESSION, .amr = "otp", .form_path = "/login/code",                         \
	.available = challenge_available, .under_way = otp_under_way, .begin = otp_begin,          \
	.work = otp_work, .step = otp_step, .show = otp_show, .still_valid = otp_still_valid

const struct auth_method auth_method_otp_email = {
	.name = "otp_email",
	.can = AUTH_CONFIRM | AUTH_ENROL,
	.contact = AUTH_CONTACT_EMAIL,
	OTP_METHOD,
};
const struct auth_method auth_method_otp_sms = {
	.name = "otp_sms",
	.can = AUTH_CONFIRM | AUTH_RECOVER,
	.contact = AUTH_CONTACT_MOBILE,
	OTP_METHOD,
};
