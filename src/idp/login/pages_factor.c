/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The pages of a login by username, password and code. */
#include "idp/login/new_secret.h"
#include "idp/login/steps.h"
#include "directory/names.h"
#include "core/page.h"
#include "idp/login/connector.h"
#include "idp/login/login_record.h"
#include "idp/login/pages_factor.h"
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
		/* Of the page that asks for an email. */
		[LOGIN_FLASH_ADDRESS] = WEB_LOGIN_NONE,
		[LOGIN_FLASH_TAKEN] = WEB_LOGIN_NONE,
	};
	int64_t wait = f->login.notice_until - op->tx.now;

	*ret_wait = wait > 0 ? wait : 1;
	/* The wait is over: nothing to say any more. */
	if (f->login.notice == LOGIN_FLASH_LIMITED && wait <= 0)
		return WEB_LOGIN_NONE;
	return notices[f->login.notice];
}

/* Every target but the one named. */
struct web_targets flow_targets(
	struct op *op, const struct second_factor_list *list, struct str but)
{
	struct web_target *targets = arena_array(op->tx.a, FACTORS_MAX, struct web_target);
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		struct str name = str_c(list->factors[i]->type->name);

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

static void show_choice(struct op *op, struct flow *f, const struct second_factor_list *list)
{
	struct page_options options = flow_page_options(op, f);
	struct web_second_factor model = {
		.portal = flow_portal(op, f),
		.targets = flow_targets(op, list, STR_NONE),
		.send_action = flow_url(op, f, "/login/code/send", STR_NONE),
		.send_step = step_of(op, f, "send"),
		.again_action = flow_url(op, f, "/login/again", STR_NONE),
		.again_step = flow_step(op, f, STR("again")),
	};

	model.notice = flow_notice(op, f, &model.wait);
	if (f->client.id.n)
		model.cancel_url = flow_cancel_url(op, f);
	page_send(op, 200, &web_page_second_factor, &model, &options);
}

static void show_code(struct op *op, struct flow *f, const struct second_factor_list *list,
	const struct factor_sent *sent)
{
	struct page_options options = flow_page_options(op, f);
	struct web_otp model = {
		.portal = flow_portal(op, f),
		.reset = f->login.reset.n > 0,
		.factor = f->login.method.second,
		.masked = sent->masked,
		.reference = sent->reference,
		.seconds = sent->seconds,
		.resend = sent->resend,
		.stuck = sent->stuck,
		.may_resend = f->login.bounds.sends < LOGIN_SENDS_MAX,
		.tries = LOGIN_TRIES_MAX - f->login.bounds.tries,
		.action = flow_url(op, f, "/login/code", STR_NONE),
		.step = step_of(op, f, "code"),
		.id = f->login.method.second,
		.others = flow_targets(op, list, f->login.method.second),
		.send_action = flow_url(op, f, "/login/code/send", STR_NONE),
		.send_step = step_of(op, f, "send"),
		.again_action = flow_url(op, f, "/login/again", STR_NONE),
		.again_step = flow_step(op, f, STR("again")),
	};

	model.notice = flow_notice(op, f, &model.wait);
	if (f->client.id.n)
		model.cancel_url = flow_cancel_url(op, f);
	page_send(op, 200, &web_page_otp, &model, &options);
}

void flow_show_second_factor(struct op *op, struct flow *f)
{
	struct second_factor_list list = flow_second_factors(op, f);
	struct factor *x = provider_factor(op->tx.app, f->login.method.second);
	struct factor_binding binding = flow_binding(op, f);
	struct factor_sent sent = {.seconds = 0};
	enum rc rc;

	if (!x) {
		if (f->login.reset.n)
			recovery_show_proofs(op, f);
		else
			show_choice(op, f, &list);
		return;
	}
	rc = x->type->state(x, op, &binding, &sent);
	if (rc != RC_OK && rc != RC_NOT_FOUND)
		op_fail(op, rc);
	else
		show_code(op, f, &list, &sent);
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
	struct factor *x = provider_factor(op->tx.app, f->login.method.primary);
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

	model.rules.n = new_secret_rules(op, x, flow_policy(op, f)->password_rules,
		(unsigned)f->login.method.broken, &model.rules.v);
	if (f->client.id.n)
		model.cancel_url = flow_cancel_url(op, f);
	page_send(op, 200, &web_page_change, &model, &options);
}
