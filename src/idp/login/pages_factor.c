/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The pages of a login by username, password and code. */
#include "idp/login/method.h"
#include "idp/login/new_secret.h"
#include "idp/login/steps.h"
#include "directory/names.h"
#include "core/page.h"
#include "idp/login/login_record.h"
#include "directory/credential.h"
#include "idp/login/method_frame.h"
#include "idp/login/pages_factor.h"
#include "idp/login/pages_login.h"
#include "web/pages_common.h"

enum web_login_message flow_notice(const struct op *op, const struct flow *f, int64_t *ret_wait)
{
	static const enum web_login_message notices[LOGIN_FLASH_MAX] = {
		[LOGIN_FLASH_NONE] = WEB_LOGIN_NONE,
		[LOGIN_FLASH_WRONG] = WEB_LOGIN_WRONG,
		[LOGIN_FLASH_LIMITED] = WEB_LOGIN_LIMITED,
		[LOGIN_FLASH_CODE_OVER] = WEB_LOGIN_CODE_OVER,
		[LOGIN_FLASH_FORBIDDEN] = WEB_LOGIN_FORBIDDEN,
		[LOGIN_FLASH_BUSY] = WEB_LOGIN_BUSY,
		[LOGIN_FLASH_CHANGED] = WEB_LOGIN_CHANGED,
		[LOGIN_FLASH_MISMATCH] = WEB_LOGIN_MISMATCH,
		[LOGIN_FLASH_RULES] = WEB_LOGIN_RULES,
		[LOGIN_FLASH_MALFORMED] = WEB_LOGIN_MALFORMED,
		[LOGIN_FLASH_REPLACED] = WEB_LOGIN_REPLACED,
		/* Of the page that asks for an email. */
		[LOGIN_FLASH_ADDRESS] = WEB_LOGIN_NONE,
		[LOGIN_FLASH_TAKEN] = WEB_LOGIN_NONE,
		/* Of the page that waits. */
		[LOGIN_FLASH_WAITING] = WEB_LOGIN_NONE,
		[LOGIN_FLASH_RESEND] = WEB_LOGIN_RESEND,
		[LOGIN_FLASH_TIMED_OUT] = WEB_LOGIN_TIMED_OUT,
		[LOGIN_FLASH_NOT_SAVED] = WEB_LOGIN_NOT_SAVED,
		[LOGIN_FLASH_QUEUE] = WEB_LOGIN_QUEUE,
	};
	int64_t wait = f->login.notice_until - op->tx.now;

	*ret_wait = wait > 0 ? wait : 1;
	/* The wait is over: nothing to say any more. */
	if ((f->login.notice == LOGIN_FLASH_LIMITED || f->login.notice == LOGIN_FLASH_RESEND) &&
		wait <= 0)
		return WEB_LOGIN_NONE;
	return notices[f->login.notice];
}

int64_t flow_tries_left(const struct flow *f)
{
	int64_t here = LOGIN_TRIES_MAX - f->login.bounds.tries, left = f->login.bounds.left;

	return left > 0 && left < here ? left : here;
}

/* Every target but the one named. */
struct web_targets flow_targets(struct op *op, const struct method_list *list, struct str but)
{
	struct web_target *targets = arena_array(op->tx.a, AUTH_METHODS_MAX, struct web_target);
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		struct str name = str_c(list->v[i]->name);

		if (!str_eq(name, but))
			targets[n++] = (struct web_target){
				.factor = name,
				.id = name,
				.masked = list->targets[i].masked,
			};
	}
	return (struct web_targets){targets, n};
}

static struct str step_of(struct op *op, const struct flow *f, const char *step)
{
	return flow_step(op, f, flow_login_step(op, f, step));
}

static void show_choice(struct op *op, struct flow *f, const struct method_list *list, bool enrol)
{
	struct page_options options = flow_page_options(op, f);
	struct web_second_factor model = {
		.portal = flow_portal(op, f),
		.targets = flow_targets(op, list, STR_NONE),
		.enrol = enrol,
		.send_action = flow_url(op, f, "/login/code/send", STR_NONE),
		.send_step = step_of(op, f, "send"),
		.again_action = flow_url(op, f, "/login/again", STR_NONE),
		.again_step = flow_step(op, f, STR("again")),
	};

	model.notice = flow_notice(op, f, &model.wait);
	if (enrol) {
		model.skips = f->rules.grace_logins;
		model.skip_action = flow_url(op, f, "/login/email/skip", STR_NONE);
		model.skip_step = step_of(op, f, "email-skip");
	}
	if (f->client.id.n)
		model.cancel_url = flow_cancel_url(op, f);
	page_send(op, 200, &web_page_second_factor, &model, &options);
}

void flow_show_enrol_choice(struct op *op, struct flow *f, const struct auth_method *m)
{
	struct method_list list = {.v = {m}, .n = 1};

	show_choice(op, f, &list, true);
}

void flow_show_second_factor(struct op *op, struct flow *f)
{
	struct method_list list;

	if (method_showing(op, f, f->login.reset.n ? AUTH_FOR_RECOVERY : AUTH_FOR_CONFIRM)) {
		method_show(op, f);
		return;
	}
	if (f->login.reset.n) {
		recovery_show_proofs(op, f);
		return;
	}
	list = method_confirming(op, f);
	show_choice(op, f, &list, false);
}

/* --- the page of a method --- */

const struct auth_method *method_showing(
	struct op *op, const struct flow *f, enum auth_purpose purpose)
{
	const struct auth_method *m = auth_method_named(&op->tx.app->methods, f->login.method.name);

	if (!m || f->login.method.purpose != (int)purpose)
		return NULL;
	return f->login.method.next == AUTH_SHOW || f->login.method.next == AUTH_WAIT ? m : NULL;
}

static void frame_of(struct op *op, struct flow *f, const struct auth_call *call,
	const struct page_options *options, struct auth_frame *ret)
{
	struct method_list list = {.n = 0};

	if (call->purpose == AUTH_FOR_CONFIRM || call->purpose == AUTH_FOR_RECOVERY)
		list = method_confirming(op, f);
	*ret = (struct auth_frame){
		.portal = flow_portal(op, f),
		.recovery = f->login.reset.n > 0,
		.action = method_form_url(op, f, call->method),
		.step = method_form_step(op, f, call->method, call->purpose),
		.tries = flow_tries_left(f),
		.may_begin = f->login.bounds.sends < LOGIN_SENDS_MAX,
		.begin_action = flow_url(op, f, "/login/code/send", STR_NONE),
		.begin_step = step_of(op, f, "send"),
		.others = flow_targets(op, &list, str_c(call->method->name)),
		.again_action = flow_url(op, f, "/login/again", STR_NONE),
		.again_step = flow_step(op, f, STR("again")),
		.options = options,
	};
	ret->notice = flow_notice(op, f, &ret->wait);
	if (call->purpose == AUTH_FOR_ENROL) {
		ret->skip_action = flow_url(op, f, "/login/email/skip", STR_NONE);
		ret->skip_step = step_of(op, f, "email-skip");
	}
	if (f->client.id.n)
		ret->cancel_url = flow_cancel_url(op, f);
}

/* Somebody acts on a phone. The script polls; without one the button or a reload asks. */
static void show_wait(struct op *op, struct flow *f, const struct auth_call *call)
{
	struct page_options options = flow_page_options(op, f);
	struct web_wait model = {
		.kind = call->wait.qr ? WEB_WAIT_QR : WEB_WAIT_PUSH,
		.app = call->wait.app,
		.code = call->wait.code,
		.qr = call->wait.qr_text,
		.seconds = call->wait.seconds,
	};
	struct buf poll;

	buf_init(&poll, op->tx.a, 128);
	buf_addf(&poll, "/login/m/%s/poll", call->method->name);
	model.checked = f->login.notice == LOGIN_FLASH_WAITING;
	model.action = method_form_url(op, f, call->method);
	model.step = method_form_step(op, f, call->method, call->purpose);
	model.poll_url = flow_url(op, f, str_dup_c(op->tx.a, buf_str(&poll)), STR_NONE);
	if (f->client.id.n)
		model.cancel_url = flow_cancel_url(op, f);
	page_send(op, 200, &web_page_wait, &model, &options);
}

void method_show(struct op *op, struct flow *f)
{
	const struct auth_method *m = auth_method_named(&op->tx.app->methods, f->login.method.name);
	struct auth_call call = method_call(op, f, m, (enum auth_purpose)f->login.method.purpose);
	struct page_options options = flow_page_options(op, f);
	struct auth_frame frame;
	enum auth_next next;

	if (f->login.method.next != AUTH_WAIT) {
		frame_of(op, f, &call, &options, &frame);
		m->show(&call, &frame);
		return;
	}
	call.input = AUTH_POLL;
	next = m->step(&call);
	if (call.rc == RC_OK && next == AUTH_WAIT) {
		show_wait(op, f, &call);
		return;
	}
	/* It is done: the login goes on from here. */
	f->showing = false;
	method_act(op, f, &call, next);
}

void flow_show_second_factor_unavailable(struct op *op, struct flow *f)
{
	struct page_options options = flow_page_options(op, f);
	struct web_support_contact contact;
	struct web_second_factor_unavailable model = {
		.portal = flow_portal(op, f),
		.username = f->account.username,
		.office = name_of_office(op, f->account.office),
		.again_action = flow_url(op, f, "/login/again", STR_NONE),
		.again_step = flow_step(op, f, STR("again")),
	};

	if (name_contact(op, f->account.office, &contact)) {
		model.support_contacts.v = &contact;
		model.support_contacts.n = 1;
	}
	if (f->client.id.n)
		model.cancel_url = flow_cancel_url(op, f);
	page_send(op, 403, &web_page_second_factor_unavailable, &model, &options);
}

static const enum web_change_why change_whys[MUST_CHANGE_MAX] = {
	[MUST_CHANGE_NO] = WEB_CHANGE_ORDERED,
	[MUST_CHANGE_INITIAL] = WEB_CHANGE_INITIAL,
	[MUST_CHANGE_REASSIGNED] = WEB_CHANGE_HOLDER,
	[MUST_CHANGE_ORDERED] = WEB_CHANGE_ORDERED,
	[MUST_CHANGE_EXPIRED] = WEB_CHANGE_EXPIRED,
};

void flow_show_change(struct op *op, struct flow *f)
{
	struct page_options options = flow_page_options(op, f);
	const struct auth_method *m =
		auth_method_named(&op->tx.app->methods, f->proofs.v[0].method);
	int64_t wait;
	struct web_change model = {
		.portal = flow_portal(op, f),
		.username = f->account.username,
		.notice = flow_notice(op, f, &wait),
		.reset = f->login.reset.n > 0,
		.why = change_whys[f->login.method.must_change],
		.action = flow_url(op, f, "/login/change", STR_NONE),
		.step = step_of(op, f, "change"),
		.again_action = flow_url(op, f, "/login/again", STR_NONE),
		.again_step = flow_step(op, f, STR("again")),
	};

	model.rules.n = new_secret_rules(op, m, flow_policy(op, f)->password_rules,
		(unsigned)f->login.method.broken, &model.rules.v);
	if (f->client.id.n)
		model.cancel_url = flow_cancel_url(op, f);
	page_send(op, 200, &web_page_change, &model, &options);
}
