/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A forgotten password. The page beside the login writes down what was typed, the same for every
 * name, and answers; idp/login/recovery_mailer.h looks at it afterwards and may send a letter with
 * a link. The link begins a login of its own, in whatever browser it is opened: the mailbox
 * is one proof, ThaID or a code by SMS the second, then a new password is chosen (change.c) and the
 * person logs in with everything. policy_next never leads such a login to a session.
 */
#include "idp/login/method.h"
#include "idp/login/notify.h"
#include "idp/login/reauthenticate.h"
#include "idp/login/steps.h"
#include "core/page.h"
#include "directory/password_login.h"
#include "directory/session.h"
#include "base/random.h"
#include "codec/typed.h"
#include "directory/directory.h"
#include "core/handle.h"
#include "throttle/throttle.h"
#include "idp/login/pages_recovery.h"
#include "web/pages_common.h"

#define ASK_RANDOM      16 /* bytes */
#define USER_AGENT_KEPT 300

/* --- what the flow asks for --- */

enum rc recovery_load(struct op *op, struct flow *f)
{
	enum rc rc;

	if (!f->login.reset.n || f->has_recovery)
		return RC_OK;
	rc = recovery_link_get(
		op->tx.snap, op->tx.a, f->login.reset, &f->reset, &f->recovery_version);
	f->has_recovery = rc == RC_OK;
	if (rc == RC_OK) {
		/* Of the link, however many logins it began. */
		f->login.bounds.sends = f->reset.sends;
		f->login.bounds.tries = f->reset.tries;
	} else if (rc == RC_NOT_FOUND) {
		flow_forget_login(f);
		rc = RC_OK;
	}
	return rc;
}

/* Of the portal at which recovery was requested; none if it was removed since. */
enum rc recovery_load_system(struct op *op, struct flow *f)
{
	enum rc rc = RC_NOT_FOUND;

	if (f->reset.system.n)
		rc = system_get(op->tx.snap, op->tx.a, f->reset.system, &f->system, NULL);
	if (rc == RC_NOT_FOUND)
		f->system = (struct system){.id = STR_NONE};
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}

void recovery_store(struct op *op, const struct flow *f)
{
	struct recovery_link reset = f->reset;

	if (!f->has_recovery ||
		(f->login.bounds.sends == reset.sends && f->login.bounds.tries == reset.tries))
		return;
	reset.sends = f->login.bounds.sends;
	reset.tries = f->login.bounds.tries;
	record_put(op->tx.batch, TABLE_RECOVERY_LINK, op->tx.a, f->login.reset, &reset,
		f->recovery_version);
}

void recovery_end(struct op *op, const struct flow *f)
{
	if (f->has_recovery)
		store_delete(
			op->tx.batch, TABLE_RECOVERY_LINK, f->login.reset, f->recovery_version);
}

static struct str login_url(const struct flow *f)
{
	return f->system.launch_url.n ? f->system.launch_url : STR("/apps");
}

static void recovery_show(struct op *op, int status, struct web_recovery *model)
{
	struct page_options options = {.self = STR_NONE};
	struct buf self;

	if (!model->login_url.n)
		model->login_url = STR("/apps");
	if (model->token.n) {
		/* The page that changes nothing may be looked at in the other language. */
		buf_init(&self, op->tx.a, HANDLE_TEXT_MAX + 16);
		buf_addf(&self, "/reset?t=%.*s", STR_FMT(model->token));
		options.self = buf_str(&self);
	}
	page_send(op, status, &web_page_recovery, model, &options);
}

void recovery_show_over(struct op *op, struct flow *f)
{
	struct web_recovery model = {.state = WEB_RECOVERY_OVER, .login_url = login_url(f)};

	flow_drop(op, f);
	recovery_show(op, 404, &model);
}

static const struct auth_method *proof_of_identity(
	const struct op *op, const struct login_policy *policy)
{
	if (!policy)
		return NULL;
	return auth_method_first(
		&op->tx.app->methods, policy->primary, AUTH_IDENTIFY | AUTH_PROOF | AUTH_RECOVER);
}

void recovery_show_proofs(struct op *op, struct flow *f)
{
	struct page_options options = flow_page_options(op, f);
	struct method_list list = method_confirming(op, f);
	/* It may be the second proof. */
	const struct auth_method *m = proof_of_identity(op, flow_policy(op, f));
	struct web_recovery model = {
		.state = WEB_RECOVERY_PROVE,
		.username = f->account.username,
		.targets = flow_targets(op, &list, STR_NONE),
		.send_action = flow_url(op, f, "/login/code/send", STR_NONE),
		.send_step = flow_step(op, f, flow_login_step(op, f, "send")),
	};

	model.notice = flow_notice(op, f, &model.wait);
	if (m) {
		model.upstream_action = method_begin_url(op, f, m);
		model.upstream_step = method_begin_step(op, f, m);
	}
	page_send(op, 200, &web_page_recovery, &model, &options);
}

void recovery_done(struct op *op, struct flow *f)
{
	struct web_recovery model = {.state = WEB_RECOVERY_DONE, .login_url = login_url(f)};
	struct audit_entry entry = op_audit(op, AUDIT_RECOVERY_COMPLETED);
	enum rc rc = password_sessions_end(&op->tx, f->person.id);

	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	recovery_end(op, f);
	flow_drop(op, f);
	entry.person = f->person.id;
	entry.account = f->account.id;
	entry.office = f->account.office;
	entry.detail = f->proofs.v[f->proofs.n - 1].method;
	op_audit_add(op, &entry);
	notify_person(op, &f->person, SECURITY_NOTIFICATION_PASSWORD_RECOVERED, &f->account,
		STR_NONE, STR_NONE);
	recovery_show(op, 200, &model);
}

/* --- /login/forgot --- */

/* The policy's method with a secret that can be forgotten, or NULL. */
static const struct auth_method *secret_of(struct op *op, const struct login_policy *policy)
{
	const struct auth_method *m = auth_method_secret(&op->tx.app->methods);

	return m && strlist_has(policy->primary, str_c(m->name)) ? m : NULL;
}

/* The login at which the password was forgotten; false when the answer is given. */
static bool recovery_request_begin(struct op *op, struct flow *f)
{
	const struct login_policy *policy;
	enum rc rc;

	if (!flow_begin(op, f))
		return false;
	rc = flow_load_system(op, f);
	if (rc != RC_OK) {
		op_fail(op, rc);
		return false;
	}
	policy = flow_policy(op, f);
	if (policy && secret_of(op, policy) && !f->login.reset.n)
		return true;
	http_redirect(op->x, flow_url(op, f, "/login", STR_NONE));
	return false;
}

/* ThaID as the launcher's policy has it: the account page is ours. */
static const struct auth_method *launcher_proof(struct op *op)
{
	return proof_of_identity(op, settings_policy(op->tx.settings, STR_NONE));
}

static void show_request(struct op *op, const struct flow *f)
{
	struct str here = flow_url(op, f, "/login/forgot", STR_NONE);
	struct page_options options = {.self = here, .ui_locales = f->login.request.lang};
	const struct auth_method *m = launcher_proof(op);
	struct buf url;
	struct web_recovery_request model = {
		.portal = flow_portal(op, f),
		.asked = str_eq_c(op_param(op, "done"), "asked"),
		.username = f->login.method.username,
		.action = here,
		.step = flow_step(op, f, STR("forgot")),
		.back_url = flow_url(op, f, "/login", STR_NONE),
	};

	if (m) {
		buf_init(&url, op->tx.a, 128);
		buf_addf(&url, "/login/forgot/%s", m->name);
		model.thaid_url = buf_str(&url);
	}
	page_send(op, 200, &web_page_recovery_request, &model, &options);
}

/* The same record for every name: nothing here looks for an account. */
static void put_request(struct op *op, const struct flow *f, struct str username)
{
	char *random = arena_alloc(op->tx.a, ASK_RANDOM);
	struct recovery_request ask = {
		.username = username,
		.system = f->system.id,
		.address = op->x->request.peer,
		.user_agent = str_sub(op->x->request.user_agent, 0, USER_AGENT_KEPT),
		.request = op->x->request.id,
		.asked = op->tx.now,
	};

	if (!str_is_utf8(ask.user_agent) || str_has_control(ask.user_agent))
		ask.user_agent = STR_NONE;
	rng_fill(op->tx.app->rng, random, ASK_RANDOM);
	record_put(op->tx.batch, TABLE_RECOVERY_REQUEST, op->tx.a,
		store_key_expiring(op->tx.a, op->tx.now + RECOVERY_REQUEST_LIFETIME,
			(struct str){random, ASK_RANDOM}),
		&ask, STORE_ABSENT);
}

static bool may_request(struct op *op, int64_t *ret_wait)
{
	*ret_wait = 0;
	return op->tx.attempts > 1 ||
	       throttle_take(op->tx.app->throttle, &op->tx, THROTTLE_RECOVERY_REQUESTS,
		       op->x->request.peer, ret_wait) == RC_OK;
}

static void take_request(struct op *op, const struct flow *f)
{
	struct str username = typed_username(op->tx.a, op_param(op, "username"));
	int64_t wait;

	if (!flow_check_step(op, f, STR("forgot"), op_param(op, "step")))
		return;
	if (!may_request(op, &wait)) {
		page_too_many(op, wait, flow_url(op, f, "/login/forgot", STR_NONE),
			flow_portal(op, f), flow_start_url(op, f));
		return;
	}
	put_request(op, f, username_valid(username) ? username : STR_NONE);
	http_redirect(op->x, flow_url(op, f, "/login/forgot", STR("done=asked")));
}

void recovery_request_run(struct op *op)
{
	struct flow f;

	if (!recovery_request_begin(op, &f))
		return;
	if (op->x->request.method == HTTP_POST)
		take_request(op, &f);
	else
		show_request(op, &f);
}

void recovery_proof_run(struct op *op)
{
	const struct auth_method *m = launcher_proof(op);

	if (m)
		reauthenticate(op,
			&(const struct login_requirement){
				.return_path = STR("/account/password"), .only = str_c(m->name)});
	else
		page_problem_status(op, 404);
}

/* --- the link --- */

/* False when the answer is given. */
static bool recovery_find(struct op *op, struct str *ret_handle, struct flow *f)
{
	struct web_recovery over = {.state = WEB_RECOVERY_OVER};
	const char *why;
	enum rc rc;

	op->lang = page_language(op->x, STR_NONE);
	*f = (struct flow){.has_recovery = false};
	if (op_form(op, &why) != RC_OK) {
		page_problem(op, 400, WEB_PROBLEM_BAD_REQUEST, STR_NONE, STR("/"));
		return false;
	}
	*ret_handle = op_param(op, "t");
	rc = handle_key(op->tx.a, HANDLE_RECOVERY, *ret_handle, &f->login.reset);
	if (rc == RC_OK)
		rc = recovery_load(op, f);
	if (rc == RC_OK && f->has_recovery)
		rc = account_get(op->tx.snap, op->tx.a, f->reset.account, &f->account, NULL);
	else if (rc == RC_OK)
		rc = RC_NOT_FOUND;
	if (rc == RC_OK)
		return true;
	if (rc == RC_NOT_FOUND || rc == RC_INVALID)
		recovery_show(op, 404, &over);
	else
		op_fail(op, rc);
	return false;
}

void recovery_link_run(struct op *op)
{
	struct web_recovery model = {.state = WEB_RECOVERY_OPEN, .action = STR("/reset/begin")};
	struct flow f;

	/* Looking changes nothing: mail programs open links by themselves. */
	if (!recovery_find(op, &model.token, &f))
		return;
	model.username = f.account.username;
	recovery_show(op, 200, &model);
}

void recovery_begin_run(struct op *op)
{
	const struct auth_method *m;
	struct auth_proof proof;
	struct str handle;
	struct flow f;

	if (!recovery_find(op, &handle, &f))
		return;
	/* The mailbox stands for the secret that was forgotten, as it was then. */
	m = auth_method_secret(&op->tx.app->methods);
	if (!m) {
		recovery_show_over(op, &f);
		return;
	}
	proof = auth_method_proof(m, op->tx.a);
	proof.account = f.reset.account;
	proof.person = f.login.request.own.same_person = f.reset.person;
	proof.version = f.reset.credential_version;
	(void)auth_proofs_add(&f.proofs, &proof);
	f.login.request.lang = op->lang == WEB_EN ? STR("en") : STR("th");
	flow_continue(op, &f);
}
