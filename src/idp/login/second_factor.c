/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The second factor of a login under way: where to send a code, sending it, the code typed. Only a
 * login whose first factor was passed in this transaction comes here; the forms' step tokens belong
 * to its account.
 */
#include "idp/login/steps.h"
#include "core/page.h"
#include "idp/login/connector.h"
#include "idp/login/login_record.h"
#include "idp/login/pages_login.h"

#define OTP_TYPED_MAX 16

struct second_factor_list flow_second_factors(struct op *op, const struct flow *f)
{
	const struct login_policy *policy = flow_policy(op, f);
	struct second_factor_list list = {.n = 0};

	for (size_t i = 0; i < policy->second_factors.n && list.n < FACTORS_MAX; i++) {
		struct factor *x = provider_factor(op->tx.app, policy->second_factors.v[i]);

		struct factor_target *target = &list.targets[list.n];

		if (!x || !x->type->can_use || !x->type->can_use(x, op, &f->person, target))
			continue;
		if (!f->login.reset.n || recovery_proof(op, target))
			list.factors[list.n++] = x;
	}
	return list;
}

/* Was a code sent in this login that is still good? The password may have been typed again since,
 * or its form sent twice. */
static bool under_way(struct op *op, const struct flow *f, struct factor *x)
{
	struct factor_binding binding = flow_binding(op, f);
	struct factor_sent sent;

	return x->type->state(x, op, &binding, &sent) == RC_OK && sent.seconds > 0;
}

/* Sends a code; what hinders it is noted for the page. */
static void send_code(struct op *op, struct flow *f, struct factor *x)
{
	struct factor_binding binding = flow_binding(op, f);
	struct audit_entry entry = op_audit(op, AUDIT_OTP_SENT);
	int64_t wait = 0;
	enum rc rc;

	f->login.notice = LOGIN_FLASH_NONE;
	if (f->login.bounds.sends >= LOGIN_SENDS_MAX) {
		f->login.method.second = str_c(x->type->name); /* whose page says so */
		return;
	}
	rc = x->type->trigger(x, op, &binding, &wait);
	if (rc == RC_LIMITED) {
		f->login.notice = LOGIN_FLASH_LIMITED;
		f->login.notice_until = op->tx.now + wait;
		if (!f->login.method.second.n && under_way(op, f, x))
			f->login.method.second = str_c(x->type->name);
		return;
	}
	if (rc != RC_OK) {
		f->login.notice = LOGIN_FLASH_BUSY;
		return;
	}
	f->login.method.second = str_c(x->type->name);
	f->login.bounds.sends++;
	entry.person = f->person.id;
	entry.account = f->account.id;
	entry.client = f->client.id;
	entry.detail = f->login.method.second;
	op_audit_add(op, &entry);
}

void flow_prepare_second_factor(struct op *op, struct flow *f)
{
	struct second_factor_list list = flow_second_factors(op, f);

	/* Of a forgotten password: ThaID is a choice beside it. */
	if (f->login.method.second.n || f->login.reset.n)
		return;
	for (size_t i = 0; i < list.n; i++)
		if (under_way(op, f, list.factors[i])) {
			f->login.method.second = str_c(list.factors[i]->type->name);
			return;
		}
	if (list.n == 1)
		send_code(op, f, list.factors[0]);
}

void second_factor_send_run(struct op *op)
{
	struct second_factor_list list;
	struct str chosen;
	struct flow f;

	if (!flow_begin_step(op, &f, "send"))
		return;
	chosen = op_param(op, "factor");
	list = flow_second_factors(op, &f);
	for (size_t i = 0; i < list.n; i++)
		if (login_step_is(op, &f, POLICY_SECOND_FACTOR) &&
			str_eq_c(chosen, list.factors[i]->type->name))
			send_code(op, &f, list.factors[i]);
	flow_continue(op, &f);
}

struct otp_attempt {
	bool called;
	enum rc rc;
	int64_t wait;
};

void otp_form_before(struct op *op, const struct otp_form *form)
{
	struct otp_attempt *c = arena_new_of(op->tx.a, struct otp_attempt);
	struct factor *x = NULL;
	struct account account;
	struct flow f;

	op->before = c;
	op->tx.batch = store_batch_new(op->tx.a);
	if (op_read_begin(op) != RC_OK)
		return;
	if (flow_begin_step(op, &f, form->step))
		x = form->of(op, &f);
	if (x)
		account = (struct account){
			.id = op_keep(op, f.account.id), .person = op_keep(op, f.account.person)};
	op_read_end(op);
	http_response_reset(op->x);
	if (!x || !op_param(op, "code").n)
		return;
	c->called = true;
	c->rc = x->type->count(x, op, &account, &c->wait);
}

/* Five wrong codes: this transaction is at its end. */
static void spent(struct op *op, struct flow *f)
{
	struct web_restart model = {.reason = WEB_RESTART_WRONG_CODES, .start_url = STR("/apps")};

	if (f->client.id.n) {
		model.portal = flow_portal(op, f);
		model.start_url = flow_start_url(op, f);
	}
	op->commit_refusal = true;
	flow_drop(op, f);
	recovery_end(op, f);
	op_refuse(op);
	page_send(op, 429, &web_page_restart, &model, NULL);
}

void flow_wrong_code(struct op *op, struct flow *f, const struct factor_verdict *v)
{
	flow_refused_login(op, f, f->person.id, f->account.id, v->why ? v->why : "wrong_code");
	f->login.notice = v->outcome == FACTOR_OVER ? LOGIN_FLASH_CODE_OVER : LOGIN_FLASH_WRONG;
	if (f->login.bounds.tries >= LOGIN_TRIES_MAX)
		spent(op, f);
	else
		flow_continue(op, f);
}

/* Spaces and hyphens are how people read a code out. */
struct str flow_typed_code(struct op *op)
{
	struct str typed = str_sub(op_param(op, "code"), 0, OTP_TYPED_MAX);
	struct buf code;

	buf_init(&code, op->tx.a, OTP_TYPED_MAX);
	for (size_t i = 0; i < typed.n; i++)
		if (typed.p[i] != ' ' && typed.p[i] != '-')
			buf_add_byte(&code, (unsigned char)typed.p[i]);
	return buf_str(&code);
}

static void second_factor_check_otp(struct op *op, struct flow *f, struct factor *x)
{
	struct factor_binding binding = flow_binding(op, f);
	struct factor_verdict v = {.outcome = FACTOR_WRONG};
	enum rc rc;

	f->login.notice = LOGIN_FLASH_NONE;
	f->login.bounds.tries++;
	rc = x->type->validate(x, op, &binding, flow_typed_code(op), &v);
	if (rc != RC_OK) {
		op_fail(op, rc);
	} else if (v.outcome != FACTOR_PROVEN) {
		flow_wrong_code(op, f, &v);
	} else {
		f->login.method.second_factor_done = f->login.method.second;
		f->login.method.second_factor_address =
			flow_proven_address(f, f->login.method.second_factor_done);
		f->login.method.second = STR_NONE;
		flow_continue(op, f);
	}
}

void otp_form_run(struct op *op, const struct otp_form *form)
{
	const struct otp_attempt *c = op->before;
	struct factor *x;
	struct flow f;

	if (!flow_begin_step(op, &f, form->step))
		return;
	x = form->of(op, &f);
	if (!c->called || !x) {
		http_redirect(op->x, flow_url(op, &f, "/login", STR_NONE));
	} else if (c->rc == RC_OK) {
		form->look(op, &f, x);
	} else if (c->rc == RC_LIMITED) {
		f.login.notice = LOGIN_FLASH_LIMITED;
		f.login.notice_until = op->tx.now + c->wait;
		login_denied(op, "too_many_attempts");
		flow_continue(op, &f);
	} else {
		op_fail(op, c->rc);
	}
}

static struct factor *sent_by(struct op *op, struct flow *f)
{
	return login_step_is(op, f, POLICY_SECOND_FACTOR)
		       ? provider_factor(op->tx.app, f->login.method.second)
		       : NULL;
}

static const struct otp_form form = {"code", sent_by, second_factor_check_otp};

void second_factor_before(struct op *op)
{
	otp_form_before(op, &form);
}

void second_factor_run(struct op *op)
{
	otp_form_run(op, &form);
}
