/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A password that opens nothing until it is changed (issued, expired): the new one is looked at on
 * a worker, after everything else the policy wants was proven; then the person logs in again.
 */
#include "idp/login/method.h"
#include "idp/login/notify.h"
#include "idp/login/new_secret.h"
#include "idp/login/steps.h"
#include "core/page.h"
#include "idp/login/login_record.h"

/* The method whose secret is to be changed, when that is the step at hand. */
static const struct auth_method *wanted(struct op *op, struct flow *f)
{
	const struct auth_method *m;

	if (!login_step_is(op, f, POLICY_CHANGE) || !f->proofs.n)
		return NULL;
	m = auth_method_named(&op->tx.app->methods, f->proofs.v[0].method);
	return m && m->secret ? m : NULL;
}

/* Whose secret is to be looked at, and by which rules. */
struct change_subject {
	const struct auth_method *m;
	struct str account, rules;
};

static bool find_subject(struct op *op, void *ctx)
{
	struct change_subject *s = ctx;
	struct flow f;

	s->m = flow_begin_step(op, &f, "change") ? wanted(op, &f) : NULL;
	if (!s->m)
		return false;
	s->account = op_keep(op, f.account.id);
	s->rules = op_keep(op, flow_policy(op, &f)->password_rules);
	return true;
}

bool change_blocks(struct op *op)
{
	struct change_subject s;

	op->before = arena_new_of(op->tx.a, struct new_secret);
	return op_prepare(op, find_subject, &s) && new_secret_typed(op);
}

void change_before(struct op *op)
{
	struct new_secret *t = arena_new_of(op->tx.a, struct new_secret);
	struct change_subject s;

	op->before = t;
	if (op_prepare(op, find_subject, &s))
		new_secret_look(op, s.m, s.account, s.rules, t);
}

/* The login starts again with the new password; what was proven was for the old one. */
static void done(struct op *op, struct flow *f, const struct auth_method *m)
{
	struct audit_entry entry = op_audit(op, AUDIT_PASSWORD_CHANGED);
	enum rc rc = m->secret->changed(m, op, f->account.id, auth_proofs_multi(&f->proofs));

	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	if (f->login.reset.n) {
		recovery_done(op, f);
		return;
	}
	entry.person = f->person.id;
	entry.account = f->account.id;
	entry.client = f->client.id;
	op_audit_add(op, &entry);
	notify_person(op, &f->person, SECURITY_NOTIFICATION_PASSWORD_CHANGED, &f->account, STR_NONE,
		STR_NONE);
	flow_forget_login(f);
	f->login.notice = LOGIN_FLASH_CHANGED;
	flow_continue(op, f);
}

static void change_put(
	struct op *op, struct flow *f, const struct auth_method *m, const struct new_secret *t)
{
	enum rc rc;

	f->login.method.broken = 0;
	if (!new_secret_typed_alike(op)) {
		f->login.notice = LOGIN_FLASH_MISMATCH;
	} else if (t->change.reason == AUTH_WRONG) {
		f->login.notice = LOGIN_FLASH_RULES;
		f->login.method.broken = t->change.broken;
	} else if (t->change.reason != AUTH_REASON_NONE) {
		f->login.notice = LOGIN_FLASH_BUSY;
	} else {
		rc = m->secret->change(m, op, &t->change);
		if (rc == RC_OK) {
			done(op, f, m);
			return;
		}
		if (rc != RC_DENIED) {
			op_fail(op, rc);
			return;
		}
		/* Changed concurrently: what was proven is the old one. */
		flow_forget_login(f);
	}
	flow_continue(op, f);
}

void change_run(struct op *op)
{
	const struct new_secret *t = op->before;
	const struct auth_method *m;
	struct flow f;

	if (!flow_begin_step(op, &f, "change"))
		return;
	m = wanted(op, &f);
	if (m && op->turned_away) {
		page_wait(op, 503, WEB_PROBLEM_BUSY, flow_url(op, &f, "/login", STR_NONE), STR_NONE,
			op->turned_away, false);
		return;
	}
	if (m && t &&
		(t->called || (op_param(op, WEB_FIELD_SECRET).n && !new_secret_typed_alike(op))))
		change_put(op, &f, m, t);
	else
		http_redirect(op->x, flow_url(op, &f, "/login", STR_NONE));
}
