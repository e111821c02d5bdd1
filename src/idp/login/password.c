/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Username and password. What was typed is looked at on a worker, after the attempt was counted;
 * what came of it is written here, and the dispatcher says what is next. A wrong answer leads back
 * to the same page with a note in the transaction: the same bytes for known and unknown accounts.
 */
#include "idp/login/new_secret.h"
#include "idp/login/steps.h"
#include "core/page.h"
#include "idp/login/login_record.h"
#include "directory/directory.h"
#include "idp/login/connector.h"

struct str flow_primary_step(struct op *op, const struct flow *f, const struct factor *x)
{
	struct buf step;

	buf_init(&step, op->tx.a, 64);
	buf_addf(&step, "factor:%s", x->type->name);
	return flow_step(op, f, buf_str(&step));
}

/* The policy's primary factor whose form was sent. */
static struct factor *sent_form(struct op *op, const struct flow *f)
{
	const struct login_policy *policy = flow_policy(op, f);
	struct str presented = op_param(op, "step");

	for (size_t i = 0; policy && !f->login.request.only.n && i < policy->primary.n; i++) {
		struct factor *x = provider_factor(op->tx.app, policy->primary.v[i]);

		if (x && x->type->check && secret_equal(flow_primary_step(op, f, x), presented))
			return x;
	}
	return NULL;
}

/* What the worker brought back. */
struct checked {
	bool called;
	struct factor_verdict verdict;
};

static bool typed_something(const struct op *op)
{
	struct str password = op_param(op, "password");

	return op_param(op, "username").n && password.n && password.n <= SECRET_TYPED_MAX;
}

void password_before(struct op *op)
{
	struct checked *c = arena_new_of(op->tx.a, struct checked);
	struct factor *x = NULL;
	struct str rules = STR_NONE;
	const char *why;
	struct flow f;

	op->before = c;
	op->tx.batch = store_batch_new(op->tx.a);
	if (op_form(op, &why) != RC_OK || op_read_begin(op) != RC_OK)
		return;
	if (flow_find(op, STR_NONE, &f) && flow_load_system(op, &f) == RC_OK)
		x = sent_form(op, &f);
	if (x)
		rules = op_keep(op, flow_policy(op, &f)->password_rules);
	op_read_end(op);
	http_response_reset(op->x);
	if (!x || !typed_something(op))
		return;
	c->called = true;
	x->type->check(
		x, op, op_param(op, "username"), op_param(op, "password"), rules, &c->verdict);
}

/* Right: nobody is logged in yet; the policy says what is still wanted. */
static enum rc password_accept(
	struct op *op, struct flow *f, const struct factor *x, const struct factor_verdict *v)
{
	struct account account;
	struct person person;
	enum rc rc = account_get(op->tx.snap, op->tx.a, v->account, &account, NULL);

	if (rc == RC_OK)
		rc = person_get(op->tx.snap, op->tx.a, account.person, &person, NULL);
	if (rc != RC_OK)
		return rc == RC_NOT_FOUND ? RC_DENIED : rc;
	/* The response must not reveal that the password of a person without access was correct. */
	if (account.status != STATUS_ACTIVE || person.status != STATUS_ACTIVE)
		return RC_DENIED;
	if (f->login.request.same_person.n && !str_eq(f->login.request.same_person, account.person))
		return RC_DENIED;
	flow_forget_login(f);
	/* Also where somebody was logged in in this transaction before: it is about this one now.
	 */
	f->login.login_done = false;
	f->login.method.primary = str_c(x->type->name);
	f->login.method.primary_account = account.id;
	f->login.method.primary_person = account.person;
	f->login.method.primary_credential_version = v->credential_version;
	f->just_proven = true;
	return RC_OK;
}

static void password_refused(struct op *op, struct flow *f, const struct factor_verdict *v)
{
	static const enum login_flash notices[] = {
		[FACTOR_WRONG] = LOGIN_FLASH_WRONG,
		[FACTOR_LIMITED] = LOGIN_FLASH_LIMITED,
		[FACTOR_OVER] = LOGIN_FLASH_WRONG,
		[FACTOR_BUSY] = LOGIN_FLASH_BUSY,
	};

	flow_forget_login(f);
	f->login.notice = notices[v->outcome];
	if (v->outcome == FACTOR_LIMITED)
		f->login.notice_until = op->tx.now + v->wait;
	if (v->outcome == FACTOR_LIMITED || v->outcome == FACTOR_BUSY)
		login_denied(op, v->why);
	else
		flow_refused_login(op, f, v->tried_person, v->tried_account,
			v->why ? v->why : "wrong_password");
}

static void decide(struct op *op, struct flow *f, struct factor *x, const struct factor_verdict *v)
{
	const struct factor_verdict gone = {.outcome = FACTOR_WRONG, .why = "not_any_more"};
	enum rc rc;

	f->login.notice = LOGIN_FLASH_NONE;
	if (username_valid(op_param(op, "username")))
		f->login.method.username = op_param(op, "username");
	if (v->outcome != FACTOR_PROVEN) {
		password_refused(op, f, v);
		flow_continue(op, f);
		return;
	}
	rc = password_accept(op, f, x, v);
	if (rc == RC_OK)
		rc = x->type->accept(x, op, v);
	if (rc != RC_OK && rc != RC_DENIED) {
		op_fail(op, rc);
		return;
	}
	if (rc == RC_DENIED)
		password_refused(op, f, &gone);
	f->login.method.must_change = rc == RC_OK ? v->must_change : MUST_CHANGE_NO;
	flow_continue(op, f);
}

void password_run(struct op *op)
{
	const struct checked *c = op->before;
	struct factor *x;
	struct flow f;
	enum rc rc;

	if (!flow_begin(op, &f))
		return;
	rc = flow_load_system(op, &f);
	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	x = sent_form(op, &f);
	if (!x)
		flow_stale(op, &f);
	else if (!c->called)
		http_redirect(op->x, flow_url(op, &f, "/login", STR_NONE));
	else
		decide(op, &f, x, &c->verdict);
}

void login_again_run(struct op *op)
{
	struct flow f;

	if (!flow_begin(op, &f) || !flow_check_step(op, &f, STR("again"), op_param(op, "step")))
		return;
	if (f.login.reset.n)
		f.login.method.second =
			STR_NONE; /* another second proof; what the link proved stays */
	else
		flow_forget_login(&f);
	f.login.notice = LOGIN_FLASH_NONE;
	flow_continue(op, &f);
}
