/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Logging in at another provider: leaving for it, and coming back.
 *
 * The return is matched to its transaction by the state parameter (transaction handle and a step
 * token for this connector), to the browser by the cookie, and to one round trip by the connector
 * noted in the transaction: a return that comes twice changes nothing (RFC 9700 4.7).
 */
#include "obs/log.h"
#include "obs/metrics.h"
#include "idp/login/steps.h"
#include "core/page.h"
#include "base/clock.h"
#include "codec/hex.h"
#include "directory/session.h"
#include "idp/login/login_record.h"
#include "directory/directory.h"
#include "codec/uri.h"
#include "idp/login/connector.h"
#include "idp/login/pages_outcome.h"
#include "web/pages_common.h"

struct connector *provider_connector(const struct app *p, struct str name)
{
	for (size_t i = 0; i < p->n_connectors; i++)
		if (str_eq_c(name, p->connectors[i]->type->name))
			return p->connectors[i];
	return NULL;
}

struct connector *provider_policy_connector(const struct app *p, const struct login_policy *policy)
{
	for (size_t i = 0; policy && i < policy->primary.n; i++) {
		struct connector *c = provider_connector(p, policy->primary.v[i]);

		if (c)
			return c;
	}
	return NULL;
}

static struct str named_step(struct op *op, const char *what, const struct connector *c)
{
	struct buf step;

	buf_init(&step, op->tx.a, 64);
	buf_addf(&step, "%s:%s", what, c->type->name);
	return buf_str(&step);
}

static struct str return_url(struct op *op, const struct connector *c)
{
	struct buf url;

	buf_init(&url, op->tx.a, URI_MAX);
	buf_add(&url, op->tx.settings->issuer);
	buf_addf(&url, "/upstream/%s/callback", c->type->name);
	return buf_str(&url);
}

/* handle "." step token */
static struct str state_of(struct op *op, const struct flow *f, const struct connector *c)
{
	struct buf state;

	buf_init(&state, op->tx.a, 256);
	buf_add(&state, f->handle);
	buf_add_byte(&state, '.');
	buf_add(&state, flow_step(op, f, named_step(op, "return", c)));
	return buf_str(&state);
}

static struct str retry_url(struct op *op, const struct flow *f)
{
	return flow_url(op, f, "/login", STR_NONE);
}

static struct str home_url(struct op *op, const struct flow *f)
{
	return f->client.id.n ? flow_cancel_url(op, f) : STR("/");
}

/* The connector whose button was pressed: each button has a step token of its own. */
static struct connector *pressed(struct op *op, const struct flow *f)
{
	struct str presented = op_param(op, "step");

	for (size_t i = 0; i < op->tx.app->n_connectors; i++) {
		struct connector *c = op->tx.app->connectors[i];

		if (secret_equal(flow_step(op, f, named_step(op, "begin", c)), presented))
			return c;
	}
	return NULL;
}

void upstream_begin_run(struct op *op)
{
	struct connector_begun begun;
	struct connector *c;
	struct flow f;
	const char *why;

	if (op_form(op, &why) != RC_OK) {
		page_problem(op, 400, WEB_PROBLEM_BAD_REQUEST, STR_NONE, STR("/"));
		return;
	}
	if (!flow_find(op, STR_NONE, &f))
		return;
	c = pressed(op, &f);
	if (!c) {
		page_problem(op, 400, WEB_PROBLEM_STALE_FORM, retry_url(op, &f), STR_NONE);
		return;
	}
	if (f.login.bounds.round_trips >= LOGIN_ROUND_TRIPS_MAX) {
		page_problem(op, 429, WEB_PROBLEM_TOO_MANY, STR_NONE, home_url(op, &f));
		return;
	}
	if (c->type->begin(c, op->tx.a, op->tx.app->rng, state_of(op, &f, c), return_url(op, c),
		    &begun) != RC_OK) {
		page_problem(op, 503, WEB_PROBLEM_UPSTREAM_UNAVAILABLE, retry_url(op, &f),
			home_url(op, &f));
		return;
	}
	f.login.method.connector = str_c(c->type->name);
	f.login.method.upstream_nonce = begun.nonce;
	f.login.method.upstream_verifier = begun.verifier;
	f.login.bounds.round_trips++;
	flow_save(op, &f);
	http_redirect(op->x, begun.url);
}

/* What the worker brought back. */
struct returned {
	enum connector_outcome outcome;
	struct connector_identity identity;
	const char *why;
	bool called;     /* false: the transaction does not await this return; run() answers */
	int64_t attempt; /* the round trip it belongs to */
};

/* The connector this return route belongs to: /upstream/<name>/callback. */
static struct connector *connector_of_path(struct op *op)
{
	struct str rest = op->x->request.path, part = STR_NONE;

	for (int i = 0; i < 3 && str_cut(&rest, '/', &part); i++)
		;
	return provider_connector(op->tx.app, part);
}

/* The transaction of the state parameter; false when the answer (a page) is given. */
static bool find_by_state(struct op *op, struct connector *c, struct flow *f)
{
	struct str state = op_param(op, "state"), handle = STR_NONE;

	if (!str_cut(&state, '.', &handle) || !handle.n)
		handle = STR("-");
	return flow_find(op, handle, f) &&
	       flow_check_step(op, f, named_step(op, "return", c), state.p ? state : STR_NONE);
}

void upstream_return_before(struct op *op)
{
	struct returned *r = arena_new_of(op->tx.a, struct returned);
	struct connector *c = connector_of_path(op);
	struct connector_begun begun;
	struct flow f;
	const char *why;
	int64_t began;

	op->before = r;
	op->tx.batch = store_batch_new(op->tx.a);
	if (!c || op_form(op, &why) != RC_OK || op_read_begin(op) != RC_OK)
		return;
	r->called = find_by_state(op, c, &f) && str_eq_c(f.login.method.connector, c->type->name);
	r->attempt = f.login.bounds.round_trips;
	begun = (struct connector_begun){
		.nonce = op_keep(op, f.login.method.upstream_nonce),
		.verifier = op_keep(op, f.login.method.upstream_verifier),
	};
	op_read_end(op);
	http_response_reset(op->x);
	if (!r->called)
		return;
	began = monotonic_ms();
	r->outcome = c->type->complete(c, op->tx.a, op->tx.now, &op->form, return_url(op, c),
		&begun, &r->identity, &r->why);
	metric_observe_us(METRIC_UPSTREAM_US, (monotonic_ms() - began) * 1000);
}

/* The round trip is over, however it ended: its return is not taken again. */
static void end_trip(struct login *login)
{
	login->method.connector = login->method.upstream_nonce = login->method.upstream_verifier =
		STR_NONE;
}

/* Keeps the end of a trip that led nowhere, with the refusal. */
static void keep_end(struct op *op, struct flow *f)
{
	end_trip(&f->login);
	flow_save(op, f);
	op->commit_refusal = true;
}

static void upstream_refuse(struct op *op, struct flow *f, struct str person, const char *why)
{
	struct audit_entry entry = op_audit(op, AUDIT_LOGIN_FAILED);

	log_emit(LOG_EVENT_LOGIN_FAILED, LOG_S("request", op->x->request.id), LOG_C("why", why));
	metric_add(METRIC_LOGINS_FAILED, 1);
	entry.person = person;
	entry.client = f->client.id;
	entry.system = f->client.system;
	entry.detail = str_c(why);
	op_audit_add(op, &entry);
	keep_end(op, f);
}

struct failure {
	int status;
	enum web_problem_kind kind;
	const char *why;
};

static void failed(struct op *op, struct flow *f, const struct returned *r)
{
	static const struct failure failures[] = {
		[CONNECTOR_CANCELLED] = {200, WEB_PROBLEM_LOGIN_CANCELLED, "cancelled"},
		[CONNECTOR_UNAVAILABLE] = {503, WEB_PROBLEM_UPSTREAM_UNAVAILABLE, "unavailable"},
		[CONNECTOR_BUSY] = {503, WEB_PROBLEM_UPSTREAM_UNAVAILABLE, "busy"},
		[CONNECTOR_REFUSED] = {502, WEB_PROBLEM_UPSTREAM_INVALID, "untrusted"},
	};
	const struct failure *x = &failures[r->outcome];

	if (r->outcome != CONNECTOR_CANCELLED) {
		metric_add(METRIC_UPSTREAM_FAILED, 1);
		log_emit(LOG_EVENT_UPSTREAM_FAILED, LOG_S("request", op->x->request.id),
			LOG_S("upstream", f->login.method.connector),
			LOG_C("why", r->why ? r->why : x->why));
	}
	upstream_refuse(op, f, STR_NONE, r->why ? r->why : x->why);
	page_problem(op, x->status, x->kind, retry_url(op, f), home_url(op, f));
}

static void unknown_person(struct op *op, struct flow *f, struct str pid_hash)
{
	struct audit_entry entry = op_audit(op, AUDIT_LOGIN_UNKNOWN);
	struct web_refusal model = {
		.system = flow_portal(op, f),
		.retry_url = retry_url(op, f),
		.portal_url = home_url(op, f),
	};

	metric_add(METRIC_LOGINS_FAILED, 1);
	entry.client = f->client.id;
	entry.system = f->client.system;
	entry.object = hex_encode(op->tx.a, str_sub(pid_hash, 0, 8));
	op_audit_add(op, &entry);
	keep_end(op, f);
	page_send(op, 403, &web_page_unknown_person, &model, NULL);
}

/* The person's proven level rises with the upstream's word, never by ourselves. */
static void keep_ial(struct op *op, const struct person *p, uint64_t version, struct str ial)
{
	struct person changed = *p;

	if (assurance_cmp(ial, p->ial) <= 0) {
		/* Suspended or signed out everywhere concurrently: check again. */
		store_expect(op->tx.batch, TABLE_PERSON, p->id, version);
		return;
	}
	changed.ial = ial;
	changed.ial_time = op->tx.now;
	person_put(op->tx.batch, op->tx.a, op->tx.app->vault, p, version, &changed);
}

static enum rc log_in(struct op *op, struct flow *f, const struct connector *c,
	const struct person *p, const struct connector_identity *id)
{
	struct str *amr = arena_new_of(op->tx.a, struct str);
	struct session draft = {.person = p->id, .method = str_c(c->type->name), .ial = id->ial};
	struct audit_entry entry = op_audit(op, AUDIT_LOGIN);
	bool told = id->auth_time > 0 && id->auth_time < op->tx.now;
	enum rc rc;

	*amr = str_c(c->type->amr);
	draft.amr = (struct strlist){amr, 1};
	draft.aal = str_c(c->type->aal);
	draft.auth_time = told ? id->auth_time : op->tx.now;
	rc = session_begin(op, &draft, f->has_session ? &f->session : NULL, &f->session);
	if (rc != RC_OK)
		return rc;
	page_adopt_language(op->x, p->lang);
	f->has_session = true;
	f->login.login_done = true;
	f->login.account_done = false;
	f->login.person = p->id;
	end_trip(&f->login);
	entry.person = p->id;
	entry.session = f->session.s.sid;
	entry.client = f->client.id;
	entry.detail = draft.method;
	op_audit_add(op, &entry);
	metric_add(METRIC_LOGINS, 1);
	return RC_OK;
}

/* The second proof of a forgotten password: nobody is logged in by it. */
static void confirm(struct flow *f, const struct connector *c)
{
	end_trip(&f->login);
	f->login.method.second = STR_NONE;
	f->login.method.second_factor_done = str_c(c->type->name);
}

static bool is_other_person(const struct flow *f, const struct person *p)
{
	return f->login.request.same_person.n && !str_eq(f->login.request.same_person, p->id);
}

static void proven(struct op *op, struct flow *f, const struct connector *c,
	const struct connector_identity *id)
{
	struct str pid_hash = vault_pid_hash(op->tx.app->vault, op->tx.a, id->citizen_number);
	struct web_refusal model = {.retry_url = retry_url(op, f), .portal_url = home_url(op, f)};
	struct person person;
	uint64_t version;
	enum rc rc = person_by_pid(op->tx.snap, op->tx.a, pid_hash, &person, &version);

	if (rc == RC_NOT_FOUND) {
		unknown_person(op, f, pid_hash);
		return;
	}
	if (rc == RC_OK && person.status != STATUS_ACTIVE) {
		upstream_refuse(op, f, person.id, "person_suspended");
		page_send(op, 403, &web_page_account_disabled, &model, NULL);
		return;
	}
	if (rc == RC_OK && is_other_person(f, &person)) {
		upstream_refuse(op, f, person.id, "other_person");
		page_problem(op, 403, WEB_PROBLEM_OTHER_PERSON, retry_url(op, f), home_url(op, f));
		return;
	}
	if (rc == RC_OK && f->login.reset.n)
		confirm(f, c);
	else if (rc == RC_OK)
		rc = log_in(op, f, c, &person, id);
	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	keep_ial(op, &person, version, id->ial);
	flow_continue(op, f);
}

void upstream_return_run(struct op *op)
{
	const struct returned *r = op->before;
	struct connector *c = connector_of_path(op);
	struct flow f;
	enum rc rc;

	if (!c) {
		page_problem_status(op, 404);
		return;
	}
	if (!op->form.n) {
		page_problem(op, 400, WEB_PROBLEM_BAD_REQUEST, STR_NONE, STR("/"));
		return;
	}
	if (!find_by_state(op, c, &f))
		return;
	rc = flow_load_session(op, &f);
	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	op->lang = page_language(op->x, f.login.request.lang);
	if (!r->called || !str_eq_c(f.login.method.connector, c->type->name) ||
		r->attempt != f.login.bounds.round_trips)
		/* The back button, or the return a second time: go on where the transaction is. */
		http_redirect(op->x, retry_url(op, &f));
	else if (r->outcome != CONNECTOR_PROVEN)
		failed(op, &f, r);
	else
		proven(op, &f, c, &r->identity);
}
