/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/login/steps.h"

#include "obs/metrics.h"
#include "idp/oauth/answer.h"
#include "idp/oauth/claims.h"
#include "access/consent.h"
#include "idp/login/policy.h"
#include "directory/names.h"
#include "core/page.h"
#include "idp/oauth/scope.h"
#include "web/csrf.h"
#include "crypto/hash.h"
#include "idp/oauth/token_records.h"
#include "directory/session.h"
#include "idp/login/interaction.h"
#include "directory/directory.h"
#include "core/handle.h"
#include "throttle/rate_limit.h"
#include "idp/login/pages_login.h"
#include "web/pages_common.h"

#define CODE_KEPT     600 /* seconds a code's record is kept, so that a second use is seen */
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

/* The browser's binding secret; a new one is set as a cookie. Its hash stands in the interaction.
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

void flow_save(struct op *op, struct flow *f)
{
	struct handle h;

	if (!f->handle.n) {
		f->i.browser = browser_hash(op, true);
		f->i.created = op->tx.now;
		f->i.expires = op->tx.now + op->tx.settings->interaction_lifetime;
		h = handle_new(
			op->tx.a, HANDLE_INTERACTION, f->i.expires, op->tx.now_ms, op->tx.app->rng);
		f->handle = h.text;
		f->key = h.key;
		f->version = STORE_ABSENT;
	}
	record_put(op->tx.batch, TABLE_INTERACTION, op->tx.a, f->key, &f->i, f->version);
	recovery_store(op, f);
}

struct str flow_start_url(struct op *op, const struct flow *f)
{
	struct system system;

	if (f->client.id.n &&
		system_get(op->tx.snap, op->tx.a, f->client.system, &system, NULL) == RC_OK &&
		system.launch_url.n)
		return system.launch_url;
	return STR("/apps");
}

static void restart_page(struct op *op, enum web_restart_reason reason, const struct flow *f)
{
	struct web_restart model = {.reason = reason, .start_url = STR("/apps")};

	op_refuse(op);
	if (f && f->client.id.n) {
		model.portal = flow_portal(op, f);
		model.start_url = flow_start_url(op, f);
	}
	page_send(op, 400, &web_page_restart, &model, NULL);
}

/* The transaction stands in the query of pages and of their forms' targets. */
static struct str handle_of_query(struct op *op)
{
	struct form query;
	const char *why;

	return http_query_form(op->x, &query, &why) == RC_OK ? form_get(&query, "i") : STR_NONE;
}

bool flow_find(struct op *op, struct str handle, struct flow *ret)
{
	enum rc rc;

	*ret = (struct flow){.handle = handle};
	if (!handle.n)
		ret->handle = handle_of_query(op);
	if (handle_key(op->tx.a, HANDLE_INTERACTION, ret->handle, &ret->key) != RC_OK) {
		restart_page(op, WEB_RESTART_EXPIRED, NULL);
		return false;
	}
	rc = record_get(op->tx.snap, TABLE_INTERACTION, ret->key, op->tx.a, &ret->i, &ret->version);
	if (rc == RC_NOT_FOUND) {
		bool over = store_key_expiry(ret->key) <= op->tx.now;

		restart_page(op, over ? WEB_RESTART_EXPIRED : WEB_RESTART_USED, NULL);
		return false;
	}
	if (rc == RC_OK && ret->i.client.n)
		rc = client_get(op->tx.snap, op->tx.a, ret->i.client, &ret->client, NULL);
	if (rc == RC_NOT_FOUND || (rc == RC_OK && ret->client.status != STATUS_ACTIVE)) {
		/* The portal was removed or switched off meanwhile. */
		answer_untrusted(op, NULL, OAUTH(CLIENT_UNKNOWN));
		return false;
	}
	if (rc != RC_OK) {
		op_fail(op, rc);
		return false;
	}
	/* RFC 9700 4.7: the transaction belongs to the browser that began it. */
	if (!secret_equal(browser_hash(op, false), ret->i.browser)) {
		restart_page(op, WEB_RESTART_OTHER_BROWSER, ret);
		return false;
	}
	return true;
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
	enum rc rc = consent_standing(op, f->session.s.person, f->client.id, &consent);

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
		/* The person was removed: the session is nobody's. */
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
	enum rc rc = recovery_load(op, f);

	if (rc == RC_OK)
		rc = load_entry(op, f);
	return rc == RC_OK ? flow_load_logins(op, f) : rc;
}

static void issue_code(struct op *op, struct flow *f, const struct policy_decision *d)
{
	const struct session *s = &f->session.s;
	struct handle h = handle_new(op->tx.a, HANDLE_AUTHORIZATION_CODE, op->tx.now + CODE_KEPT,
		op->tx.now_ms, op->tx.app->rng);
	struct authorization_code code = {
		.client = f->client.id,
		.redirect_uri = f->i.redirect_uri,
		.person = s->person,
		.account = d->account,
		.sid = s->sid,
		.scope = f->i.scope,
		.nonce = f->i.nonce,
		.code_challenge = f->i.code_challenge,
		.claims = f->i.claims,
		.auth_time = s->auth_time,
		.amr = s->amr,
		.acr = d->acr,
		.ial = s->ial,
		.aal = s->aal,
		.issued_ms = op->tx.now_ms,
		.expires = op->tx.now + op->tx.settings->authorization_code_lifetime,
	};
	struct audit_entry entry = op_audit(op, AUDIT_AUTHORIZATION_CODE_ISSUED);

	record_put(op->tx.batch, TABLE_AUTHORIZATION_CODE, op->tx.a, h.key, &code, STORE_ABSENT);
	entry.person = s->person;
	entry.account = d->account;
	entry.client = f->client.id;
	entry.system = f->client.system;
	entry.office = access_account_office(access_account_find(&f->access, d->account));
	entry.session = s->sid;
	op_audit_add(op, &entry);
	metric_add(METRIC_AUTHORIZATION_CODES, 1);
	answer_code(op, &f->i, flow_portal(op, f), h.text);
}

void flow_drop(struct op *op, const struct flow *f)
{
	if (f->handle.n)
		store_delete(op->tx.batch, TABLE_INTERACTION, f->key, f->version);
}

static void login_finish(struct op *op, struct flow *f, const struct policy_decision *d)
{
	enum rc rc;

	flow_drop(op, f);
	if (!f->client.id.n) {
		http_redirect(op->x, f->i.return_path.n ? f->i.return_path : STR("/apps"));
		return;
	}
	session_touch(op, &f->session, d->account);
	rc = session_note_client(op, &f->session, f->client.id);
	if (rc != RC_OK)
		op_fail(op, rc);
	else
		issue_code(op, f, d);
}

static void login_refuse(struct op *op, struct flow *f, const struct oauth_error *e)
{
	flow_drop(op, f);
	if (f->client.id.n)
		answer_error(op, &f->i, flow_portal(op, f), e);
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
	op_audit_add(op, &entry);
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
	[POLICY_NO_ACCESS] = flow_show_refusal,
	[POLICY_RECOVERY_OVER] = recovery_show_over,
};

static struct policy_decision decide(struct op *op, const struct flow *f)
{
	const struct policy_view view = {
		.i = &f->i,
		.client = f->client.id.n ? &f->client : NULL,
		.session = f->has_session ? &f->session.s : NULL,
		.access = f->has_access ? &f->access : NULL,
		.login = f->has_login ? &f->login : NULL,
		.of_session = f->has_session_login ? &f->session_login : NULL,
		.of_accounts = f->has_session_login && f->has_access ? f->account_logins : NULL,
		.policy = flow_policy(op, f),
		.settings = op->tx.settings,
		.essential_acr = claims_essential_acr(op->tx.a, f->i.claims),
		.consented = f->consented,
		.now = op->tx.now,
	};

	return policy_next(&view);
}

bool login_step_is(struct op *op, struct flow *f, enum policy_step step)
{
	return decide(op, f).step == step;
}

bool session_satisfies(struct op *op, const struct session_ref *here)
{
	struct flow launcher = {.has_session = true, .session = *here};

	return flow_load_facts(op, &launcher) == RC_OK &&
	       login_step_is(op, &launcher, POLICY_FINISH);
}

/* A session changes what is known: the next step is asked for anew, with login_done. */
static void begin_session(struct op *op, struct flow *f)
{
	enum rc rc = flow_begin_session(op, f);

	if (rc != RC_OK)
		op_fail(op, rc);
	else
		flow_continue(op, f);
}

/* A transaction is a record that anybody can make: counted by address, once however often it runs.
 */
static bool may_begin(struct op *op)
{
	if (op->tx.attempts > 1)
		return true;
	return rate_limit_take(op->tx.app->login_rate_limit, op->x->request.peer, op->tx.now,
		op->tx.settings->logins_per_minute);
}

void flow_continue(struct op *op, struct flow *f)
{
	struct policy_decision d;
	enum rc rc = flow_load_facts(op, f);

	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	d = decide(op, f);
	if (d.step == POLICY_LOGIN && d.forbidden && f->i.notice == LOGIN_FLASH_NONE)
		f->i.notice = LOGIN_FLASH_FORBIDDEN;
	if (d.step == POLICY_FINISH) {
		login_finish(op, f, &d);
	} else if (d.step == POLICY_REFUSE) {
		login_refuse(op, f, d.error);
	} else if (d.step == POLICY_BEGIN) {
		begin_session(op, f);
	} else if (f->showing || d.step == POLICY_RECOVERY_OVER) {
		pages[d.step](op, f);
	} else {
		if (!f->handle.n && !may_begin(op)) {
			page_problem(op, 429, WEB_PROBLEM_TOO_MANY, STR_NONE, STR_NONE);
			return;
		}
		if (d.step == POLICY_NO_ACCESS)
			audit_no_entry(op, f);
		if (d.step == POLICY_SECOND_FACTOR)
			flow_prepare_second_factor(op, f);
		flow_save(op, f);
		http_redirect(op->x, flow_url(op, f, "/login", STR_NONE));
	}
}

void flow_launch(struct op *op, struct str path, const struct session *again)
{
	flow_launch_by(op, path, again, STR_NONE);
}

void flow_launch_by(struct op *op, struct str path, const struct session *again, struct str only)
{
	struct flow f = {.i = {.return_path = path, .only = only}};

	if (again) {
		f.i.prompt_login = true;
		f.i.same_person = again->person;
	}
	flow_continue(op, &f);
}
