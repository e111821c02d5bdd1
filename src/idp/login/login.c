/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Routes of the login flow that need no upstream: show the step at hand, choose, agree, give up. */
#include "access/consent.h"
#include "idp/login/method.h"
#include "idp/logout/signed_out.h"
#include "idp/login/steps.h"
#include "core/page.h"
#include "idp/login/pages_outcome.h"
#include "web/pages_common.h"

bool flow_begin(struct op *op, struct flow *f)
{
	const char *why;
	enum rc rc;

	if (op_form(op, &why) != RC_OK) {
		page_problem(op, 400, WEB_PROBLEM_BAD_REQUEST, STR_NONE, STR("/"));
		return false;
	}
	if (!flow_find(op, STR_NONE, f))
		return false;
	op->lang = page_language(op->x, f->login.request.lang);
	rc = flow_load_session(op, f);
	if (rc != RC_OK)
		op_fail(op, rc);
	return rc == RC_OK;
}

/* A step that is one person's: without a session, or if another person has logged in in this
 * browser since, no token is valid. */
static bool check_own_step(struct op *op, const struct flow *f, const char *step)
{
	return flow_check_step(op, f, flow_own_step(op, f, step), op_param(op, "step"));
}

void login_run(struct op *op)
{
	struct flow f;

	if (!flow_begin(op, &f))
		return;
	f.showing = true;
	flow_continue(op, &f);
}

void login_account_run(struct op *op)
{
	struct str chosen;
	struct flow f;

	if (!flow_begin(op, &f) || !check_own_step(op, &f, "account"))
		return;
	chosen = op_param(op, "account");
	if (chosen.n > ID_SIZE) {
		flow_continue(op, &f);
		return;
	}
	if (str_eq_c(chosen, "other")) {
		/* Somebody else: a login of its own. */
		f.login.request.prompt_login = true;
		f.login.login_done = f.login.account_done = false;
		f.login.request.hint_person = STR_NONE;
	} else {
		/* The policy takes it only when it is a way in. */
		f.login.account = str_eq_c(chosen, "self") ? STR_NONE : chosen;
		f.login.account_done = true;
	}
	f.login.request.prompt_select = false;
	flow_continue(op, &f);
}

static enum rc keep_consent(struct op *op, const struct flow *f)
{
	struct audit_entry entry = op_audit(op, AUDIT_CONSENT_GRANTED);

	entry.person = f->session.s.person;
	entry.client = f->client.id;
	entry.detail = f->login.request.scope;
	op_audit_add(op, &entry);
	return consent_give(op, f->session.s.person, f->client.id, f->login.request.scope);
}

static void refuse_consent(struct op *op, const struct flow *f)
{
	struct audit_entry entry = op_audit(op, AUDIT_CONSENT_REFUSED);

	entry.person = f->session.s.person;
	entry.client = f->client.id;
	op_audit_fold(op, &entry);
	flow_refuse(op, f, OAUTH(CONSENT_REFUSED));
}

void login_consent_run(struct op *op)
{
	struct flow f;
	enum rc rc;

	if (!flow_begin(op, &f) || !check_own_step(op, &f, "consent"))
		return;
	if (!str_eq_c(op_param(op, "answer"), "allow")) {
		refuse_consent(op, &f);
		return;
	}
	rc = keep_consent(op, &f);
	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	f.login.consent_done = true;
	flow_continue(op, &f);
}

void login_cancel_run(struct op *op)
{
	struct flow f;

	if (!flow_begin(op, &f) || !flow_check_step(op, &f, STR("cancel"), op_param(op, "step")))
		return;
	f.login.cancelled = true;
	flow_continue(op, &f);
}

void login_again_run(struct op *op)
{
	struct flow f;

	if (!flow_begin(op, &f) || !flow_check_step(op, &f, STR("again"), op_param(op, "step")))
		return;
	if (f.login.reset.n)
		method_forget(&f); /* another second proof; what the link proved stays */
	else
		flow_forget_login(&f);
	f.login.notice = LOGIN_FLASH_NONE;
	flow_continue(op, &f);
}

/* Nobody is logged in any more, and nothing is chosen or proven: the login begins again. */
static void start_over(struct flow *f)
{
	f->has_session = false;
	f->login.login_done = f->login.account_done = f->login.consent_done = false;
	f->login.account = STR_NONE;
	f->login.notice = LOGIN_FLASH_NONE;
	flow_forget_login(f);
}

void login_sign_out_run(struct op *op)
{
	struct audit_entry entry = op_audit(op, AUDIT_LOGOUT);
	struct web_logged_out model = {.everywhere = false};
	struct signing_out out;
	struct flow f;
	enum rc rc;

	if (!flow_begin(op, &f))
		return;
	if (!f.has_session || !op_form_token_valid(op, f.session.s.sid, op_param(op, "csrf"))) {
		flow_stale(op, &f);
		return;
	}
	rc = signing_out_of_session(op, &f.session.s, true, &out);
	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	entry.person = entry.actor = f.session.s.person;
	entry.session = f.session.s.sid;
	entry.client = f.client.id;
	op_audit_add(op, &entry);
	session_end(&op->tx, &f.session);
	session_forget_cookie(op);
	start_over(&f);
	flow_save(op, &f);
	model.login_portal = flow_portal(op, &f);
	model.login_url = flow_url(op, &f, "/login", STR_NONE);
	signed_out_send(op, &out, &model, true);
}
