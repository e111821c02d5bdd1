/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/login/steps.h"

#include "obs/metrics.h"
#include "idp/login/method.h"
#include "access/consent.h"
#include "idp/login/policy.h"
#include "directory/portal.h"
#include "idp/login/reauthenticate.h"
#include "directory/names.h"
#include "core/page.h"
#include "web/csrf.h"
#include "codec/uri.h"
#include "crypto/hash.h"
#include "directory/session.h"
#include "idp/login/login_record.h"
#include "directory/directory.h"
#include "core/handle.h"
#include "throttle/throttle.h"
#include "idp/login/pages_login.h"
#include "web/pages_common.h"

#define BROWSER_BYTES 32

struct str flow_portal(const struct op *op, const struct flow *f)
{
	return f->client.id.n ? name_of_client(op, &f->client) : STR_NONE;
}

struct str flow_step(struct op *op, const struct flow *f, struct str step)
{
	return step_token(op->tx.a, op->tx.app->vault->form, step, f->key);
}

struct str flow_own_step(struct op *op, const struct flow *f, const char *step)
{
	struct buf name;

	buf_init(&name, op->tx.a, 64);
	buf_addf(&name, "%s:", step);
	buf_add(&name, f->has_session ? f->session.s.sid : STR("nobody"));
	return buf_str(&name);
}

struct str flow_url(struct op *op, const struct flow *f, const char *path, struct str more)
{
	struct buf url;

	buf_init(&url, op->tx.a, 512);
	buf_add_c(&url, path);
	buf_add_c(&url, "?i=");
	buf_add(&url, f->handle);
	if (more.n) {
		buf_add_byte(&url, '&');
		buf_add(&url, more);
	}
	return buf_str(&url);
}

struct str flow_cancel_url(struct op *op, const struct flow *f)
{
	struct buf more;

	buf_init(&more, op->tx.a, 128);
	buf_add_c(&more, "step=");
	buf_add(&more, flow_step(op, f, STR("cancel")));
	return flow_url(op, f, "/login/cancel", buf_str(&more));
}

/* The browser's binding secret; a new one is set as a cookie. Its hash stands in the login.
 */
static struct str browser_hash(struct op *op, bool create)
{
	struct str secret = http_cookie(op->x, BROWSER_COOKIE);
	unsigned char *digest = arena_alloc(op->tx.a, SHA256_SIZE);

	if (secret.n < BROWSER_BYTES) {
		if (!create)
			return STR_NONE;
		secret = random_base64url(op->tx.a, op->tx.app->rng, BROWSER_BYTES);
		http_set_cookie(op->x, BROWSER_COOKIE, secret, 0);
	}
	sha256(secret, digest);
	return (struct str){(const char *)digest, SHA256_SIZE};
}

struct str flow_browser(struct op *op)
{
	return browser_hash(op, false);
}

void flow_save(struct op *op, struct flow *f)
{
	struct handle h;

	if (!f->handle.n) {
		f->login.browser = browser_hash(op, true);
		f->login.created = op->tx.now;
		f->login.expires = op->tx.now + op->tx.settings->login_lifetime;
		h = handle_new(
			op->tx.a, HANDLE_LOGIN, f->login.expires, op->tx.now_ms, op->tx.app->rng);
		f->handle = portal_mark(op, h.text, f->client.id);
		if (f->client.id.n && !f->login.request.own.return_path.n)
			portal_remember(op, f->client.id);
		f->key = h.key;
		f->version = STORE_ABSENT;
	}
	f->login.proofs = auth_proofs_encode(&f->proofs, op->tx.a);
	record_put(op->tx.batch, TABLE_LOGIN, op->tx.a, f->key, &f->login, f->version);
	recovery_store(op, f);
}

struct str flow_start_url(struct op *op, const struct flow *f)
{
	struct str url = f->client.id.n ? portal_start_url(op, &f->client) : STR_NONE;

	return url.n ? url : STR("/apps");
}

void flow_restart_page(
	struct op *op, int status, enum web_restart_reason reason, const struct flow *f)
{
	struct web_restart model = {.reason = reason, .start_url = STR("/apps")};

	op_refuse(op);
	if (f->client.id.n) {
		model.portal = flow_portal(op, f);
		model.start_url = flow_start_url(op, f);
	}
	page_send(op, status, &web_page_restart, &model, NULL);
}

/* The handle stands in the query of pages and of their forms' targets. */
static struct str handle_of_query(struct op *op)
{
	struct form query;
	const char *why;

	return http_query_form(op->x, &query, &why) == RC_OK ? form_get(&query, "i") : STR_NONE;
}

/*
 * The login is not there any more; which portal it was for, its handle says. If it was finished and
 * the person is logged in, the portal is where they wanted to go (back button, second tab).
 */
static void no_such_login(struct op *op, const struct flow *f)
{
	bool expired = store_key_expiry(f->key) <= op->tx.now;
	struct str url = f->client.id.n ? portal_start_url(op, &f->client) : STR_NONE;
	struct session_ref session;

	if (!expired && url.n && op->x->request.method == HTTP_GET &&
		session_load(op, &session) == RC_OK)
		page_leave(op, url, flow_portal(op, f), STR_NONE);
	else
		flow_restart_page(op, 400, expired ? WEB_RESTART_EXPIRED : WEB_RESTART_USED, f);
}

bool flow_find_anywhere(struct op *op, struct str handle, struct flow *ret)
{
	struct str text = handle.n ? handle : handle_of_query(op);
	enum rc rc;

	*ret = (struct flow){.key = STR_NONE};
	op->lang = page_language(op->x, STR_NONE);
	text = portal_unmark(op, text, &ret->client);
	if (handle_key(op->tx.a, HANDLE_LOGIN, text, &ret->key) != RC_OK) {
		flow_restart_page(op, 400, WEB_RESTART_EXPIRED, ret);
		return false;
	}
	rc = record_get(op->tx.snap, TABLE_LOGIN, ret->key, op->tx.a, &ret->login, &ret->version);
	if (rc == RC_NOT_FOUND) {
		no_such_login(op, ret);
		return false;
	}
	if (rc == RC_OK && ret->login.over) {
		flow_restart_page(op, 400, WEB_RESTART_WRONG_CODES, ret);
		return false;
	}
	/* From here on the record says whose login it is, not the browser; also in our addresses
	 * and the state that another provider gets. */
	ret->client = (struct client){.id = STR_NONE};
	if (rc == RC_OK)
		ret->handle = portal_mark(op, text, ret->login.request.client);
	if (rc == RC_OK)
		rc = auth_proofs_decode(op->tx.a, ret->login.proofs, &ret->proofs);
	if (rc == RC_OK && ret->login.request.client.n)
		rc = client_get(
			op->tx.snap, op->tx.a, ret->login.request.client, &ret->client, NULL);
	if (rc == RC_NOT_FOUND || (rc == RC_OK && ret->client.status != STATUS_ACTIVE)) {
		/* The portal was removed or suspended concurrently. */
		op->tx.app->responder->withdrawn(op);
		return false;
	}
	if (rc != RC_OK) {
		op_fail(op, rc);
		return false;
	}
	return true;
}

bool flow_in_its_browser(struct op *op, const struct flow *f)
{
	return secret_equal(browser_hash(op, false), f->login.browser);
}

void flow_other_browser(struct op *op, const struct flow *f)
{
	flow_restart_page(op, 400, WEB_RESTART_OTHER_BROWSER, f);
}

bool flow_find(struct op *op, struct str handle, struct flow *ret)
{
	if (!flow_find_anywhere(op, handle, ret))
		return false;
	/* RFC 9700 4.7: the login belongs to the browser that began it. */
	if (flow_in_its_browser(op, ret))
		return true;
	flow_other_browser(op, ret);
	return false;
}

void flow_stale(struct op *op, const struct flow *f)
{
	page_problem(
		op, 400, WEB_PROBLEM_STALE_FORM, flow_url(op, f, "/login", STR_NONE), STR_NONE);
}

bool flow_check_step(struct op *op, const struct flow *f, struct str step, struct str presented)
{
	if (step_check(op->tx.app->vault->form, step, f->key, presented))
		return true;
	flow_stale(op, f);
	return false;
}

enum rc flow_load_session(struct op *op, struct flow *f)
{
	enum rc rc = session_load(op, &f->session);

	f->has_session = rc == RC_OK;
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}

static enum rc load_consent(struct op *op, struct flow *f)
{
	struct consent consent;
	enum rc rc = consent_standing(op, f->session.s.person, &f->client, &consent);

	if (rc == RC_OK)
		f->consented = consent.scope;
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}

enum rc flow_load_system(struct op *op, struct flow *f)
{
	enum rc rc = RC_OK;

	if (f->has_recovery)
		return recovery_load_system(op, f);
	if (f->client.id.n)
		rc = system_get(op->tx.snap, op->tx.a, f->client.system, &f->system, NULL);
	return rc == RC_NOT_FOUND ? RC_CORRUPT : rc;
}

/* Reads what the policy needs to know of person and portal. */
static enum rc load_entry(struct op *op, struct flow *f)
{
	enum rc rc = flow_load_system(op, f);

	if (rc != RC_OK || !f->client.id.n || !f->has_session)
		return rc;
	rc = access_decide(op, &f->system, f->session.s.person, &f->access);
	if (rc == RC_NOT_FOUND) {
		/* The person was removed: the session has no owner. */
		f->has_session = false;
		return RC_OK;
	}
	f->has_access = rc == RC_OK;
	if (rc == RC_OK && f->client.consent_required)
		rc = load_consent(op, f);
	return rc;
}

enum rc flow_load_facts(struct op *op, struct flow *f)
{
	enum rc rc = auth_request_complete(op->tx.a, &f->login.request);

	if (rc == RC_OK)
		rc = recovery_load(op, f);
	if (rc == RC_OK)
		rc = load_entry(op, f);
	return rc == RC_OK ? flow_load_logins(op, f) : rc;
}

void flow_drop(struct op *op, const struct flow *f)
{
	if (f->handle.n)
		store_delete(op->tx.batch, TABLE_LOGIN, f->key, f->version);
}

void flow_drop_spent(struct op *op, struct flow *f)
{
	const struct login rest = {
		.request = {.client = f->login.request.client, .lang = f->login.request.lang},
		.browser = f->login.browser,
		.created = f->login.created,
		.expires = f->login.expires,
		.over = true,
	};

	if (f->handle.n)
		record_put(op->tx.batch, TABLE_LOGIN, op->tx.a, f->key, &rest, f->version);
}

/* Each code is a record and an event of the trail: limited for a session and minute. */
static bool may_issue(struct op *op, const struct flow *f)
{
	int64_t wait;

	return op->tx.attempts > 1 ||
	       throttle_take(op->tx.app->throttle, &op->tx, THROTTLE_SESSION_CODES,
		       f->session.s.sid, &wait) == RC_OK;
}

/* When the last of these grants ends; 0: never. */
static int64_t access_until(const struct access_account *by)
{
	int64_t until = 0;

	for (size_t i = 0; by && i < by->n_roles; i++) {
		if (!by->roles[i].until)
			return 0;
		if (by->roles[i].until > until)
			until = by->roles[i].until;
	}
	return until;
}

static void login_finish(struct op *op, struct flow *f, const struct policy_decision *d)
{
	const struct auth_request *request = &f->login.request;
	const struct access_account *by = access_account_find(&f->access, d->account);
	enum rc rc;

	flow_drop(op, f);
	if (f->client.id.n && request->own.return_path.n) /* an errand: its page answers */
		session_touch(op, &f->session, d->account);
	if (!f->client.id.n || request->own.return_path.n) {
		http_redirect(op->x,
			request->own.return_path.n ? request->own.return_path : STR("/apps"));
		return;
	}
	if (!may_issue(op, f)) {
		op->tx.app->responder->refused(
			op, &f->login.request, &f->client, OAUTH(TOO_MANY_CODES));
		return;
	}
	session_touch(op, &f->session, d->account);
	rc = session_note_client(op, &f->session,
		&(const struct session_entry){.client = f->client.id,
			.account = d->account,
			.system = f->client.system,
			.until = access_until(by)});
	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	op->tx.app->responder->granted(
		op, &(const struct auth_result){
			    .request = request,
			    .client = &f->client,
			    .session = &f->session.s,
			    .account = d->account,
			    .office = access_account_office(by),
			    .acr = d->acr,
			    .ial = d->ial,
			    .aal = d->aal,
			    .proven_account = flow_proven_account(op, f),
			    .methods = proofs_methods(&f->session_proofs, op->tx.a),
		    });
}

void flow_refuse(struct op *op, const struct flow *f, const struct oauth_error *e)
{
	struct buf path;

	flow_drop(op, f);
	if (f->client.id.n && f->login.request.own.return_path.n) {
		buf_init(&path, op->tx.a, URI_MAX);
		buf_add(&path, f->login.request.own.return_path);
		buf_add_c(&path, LOGIN_CAME_TO_NOTHING);
		http_redirect(op->x, buf_str(&path));
	} else if (f->client.id.n)
		op->tx.app->responder->refused(op, &f->login.request, &f->client, e);
	else
		http_redirect(op->x, STR("/"));
}

/* Written when the person is sent to the page, not at every look at it. */
static void audit_no_entry(struct op *op, const struct flow *f)
{
	struct audit_entry entry = op_audit(op, AUDIT_LOGIN_FAILED);

	entry.person = f->session.s.person;
	entry.client = f->client.id;
	entry.system = f->client.system;
	entry.office = f->access.office;
	entry.session = f->session.s.sid;
	entry.detail = STR("no_grant");
	op_audit_fold(op, &entry);
	metric_add(METRIC_LOGINS_FAILED, 1);
}

const struct login_policy *flow_policy(const struct op *op, const struct flow *f)
{
	return settings_policy(op->tx.settings, f->system.policy);
}

typedef void (*show_step)(struct op *op, struct flow *f);

static const show_step pages[POLICY_STEP_MAX] = {
	[POLICY_LOGIN] = flow_show_login,
	[POLICY_SECOND_FACTOR] = flow_show_second_factor,
	[POLICY_SECOND_FACTOR_UNAVAILABLE] = flow_show_second_factor_unavailable,
	[POLICY_ENROL_EMAIL] = flow_show_enrol_email,
	[POLICY_CHANGE] = flow_show_change,
	[POLICY_ACCOUNT] = flow_show_accounts,
	[POLICY_CONSENT] = flow_show_consent,
	[POLICY_APPROVE] = flow_show_approve,
	[POLICY_NO_ACCESS] = flow_show_refusal,
	[POLICY_RECOVERY_OVER] = recovery_show_over,
};

struct policy_decision flow_decide(struct op *op, const struct flow *f)
{
	const struct policy_view view = {
		.login = &f->login,
		.client = f->client.id.n ? &f->client : NULL,
		.session = f->has_session ? &f->session.s : NULL,
		.proofs = &f->proofs,
		.session_proofs = &f->session_proofs,
		.access = f->has_access ? &f->access : NULL,
		.rules = f->has_login ? &f->rules : NULL,
		.session_rules = f->has_session_rules ? &f->session_rules : NULL,
		.access_rules = f->has_session_rules && f->has_access ? f->access_rules : NULL,
		.policy = flow_policy(op, f),
		.settings = op->tx.settings,
		.methods = &op->tx.app->methods,
		.consented = f->consented,
		.now = op->tx.now,
	};

	return policy_next(&view);
}

bool login_step_is(struct op *op, struct flow *f, enum policy_step step)
{
	return flow_decide(op, f).step == step;
}

bool session_satisfies(struct op *op, const struct session *session)
{
	static const struct login nothing_asked;
	static const struct auth_proofs nothing_proven;
	const struct auth_proofs proofs = session_proofs(op->tx.app, session);
	const struct login_policy *policy = settings_policy(op->tx.settings, STR_NONE);
	struct account_rules rules;
	bool has_rules;
	struct policy_view view = {
		.login = &nothing_asked,
		.session = session,
		.proofs = &nothing_proven,
		.session_proofs = &proofs,
		.policy = policy,
		.settings = op->tx.settings,
		.methods = &op->tx.app->methods,
		.now = op->tx.now,
	};

	if (login_rules_of_session(op, policy, session, &rules, &has_rules) != RC_OK)
		return false;
	if (has_rules)
		view.session_rules = &rules;
	return policy_next(&view).step == POLICY_FINISH;
}

/* A session changes the facts: the next step is decided again, with login_done. */
static void begin_session(struct op *op, struct flow *f)
{
	enum rc rc = flow_begin_session(op, f);

	if (rc != RC_OK)
		op_fail(op, rc);
	else
		flow_continue(op, f);
}

/* What a client sent that is kept with the login: up to about 13 KiB. */
static size_t bytes_kept(const struct auth_request *r)
{
	return r->redirect_uri.n + r->scope.n + r->state.n + r->nonce.n + r->claims.text.n +
	       r->acr_values.n + r->login_hint.n + r->transaction.details.n;
}

/* A transaction is a record that anybody can make: counted by address, once however often it runs,
 * and a large one as several, so that the limit bounds the disk too. */
static bool may_begin(struct op *op, const struct flow *f, int64_t *ret_wait)
{
	size_t logins = 1 + bytes_kept(&f->login.request) / LOGIN_COUNTED;

	*ret_wait = 0;
	for (size_t i = 0; i < logins && op->tx.attempts <= 1; i++)
		if (throttle_take(op->tx.app->throttle, &op->tx, THROTTLE_LOGINS,
			    op->x->request.peer, ret_wait) != RC_OK)
			return false;
	return true;
}

void flow_continue(struct op *op, struct flow *f)
{
	struct policy_decision d;
	int64_t wait;
	enum rc rc = flow_load_facts(op, f);

	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	d = flow_decide(op, f);
	if (d.step == POLICY_LOGIN && d.forbidden && f->login.notice == LOGIN_FLASH_NONE)
		f->login.notice = LOGIN_FLASH_FORBIDDEN;
	if (d.step == POLICY_FINISH) {
		login_finish(op, f, &d);
	} else if (d.step == POLICY_REFUSE) {
		flow_refuse(op, f, d.error);
	} else if (d.step == POLICY_BEGIN) {
		begin_session(op, f);
	} else if (f->showing || d.step == POLICY_RECOVERY_OVER) {
		pages[d.step](op, f);
	} else {
		if (!f->handle.n && !may_begin(op, f, &wait)) {
			page_too_many(
				op, wait, STR_NONE, flow_portal(op, f), flow_start_url(op, f));
			return;
		}
		if (d.step == POLICY_NO_ACCESS)
			audit_no_entry(op, f);
		if (d.step == POLICY_SECOND_FACTOR)
			method_prepare_second(op, f);
		if (d.step == POLICY_ENROL_EMAIL)
			method_prepare_enrol(op, f);
		flow_save(op, f);
		if (f->away.n)
			page_leave(op, f->away, STR_NONE, f->login.request.lang);
		else
			http_redirect(op->x, flow_url(op, f, "/login", STR_NONE));
	}
}

void login_begin(struct op *op, const struct auth_request *request, const struct client *client)
{
	struct flow f = {.login = {.request = *request, .method.username = request->login_hint},
		.client = *client};
	enum rc rc = flow_load_session(op, &f);

	if (rc != RC_OK)
		op_fail(op, rc);
	else
		flow_continue(op, &f);
}

void reauthenticate(struct op *op, const struct login_requirement *requirement)
{
	const struct session *again = requirement->again;
	struct flow f = {.login = {
				 .request = {.own = {requirement->return_path,
						     again ? again->person : STR_NONE},
					 .only = {requirement->only, requirement->confirm},
					 .prompt_login = again != NULL},
				 .method.username = requirement->username,
				 .notice = requirement->notice,
			 }};

	flow_continue(op, &f);
}
