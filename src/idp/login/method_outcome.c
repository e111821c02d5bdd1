/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What comes of a method's answer: a page, a way out, a proof, a refusal. */
#include "obs/log.h"
#include "obs/metrics.h"
#include "codec/hex.h"
#include "idp/assurance/identity_proof.h"
#include "idp/challenge/challenge.h"
#include "idp/login/method_priv.h"
#include "idp/login/pages_outcome.h"
#include "idp/login/steps.h"
#include "core/page.h"
#include "directory/standing.h"
#include "throttle/throttle.h"

#define RETURN_AGAIN 3 /* seconds until a return that found us busy comes again */

struct str method_retry_url(struct op *op, const struct flow *f)
{
	return flow_url(op, f, "/login", STR_NONE);
}

struct str method_home_url(struct op *op, const struct flow *f)
{
	return f->client.id.n ? flow_cancel_url(op, f) : STR("/");
}

void flow_note_attempt(struct op *op, struct flow *f, int64_t left, int64_t lock)
{
	f->login.bounds.left = throttle_left_named(left);
	if (lock <= 0)
		return;
	f->login.notice = LOGIN_FLASH_LIMITED;
	f->login.notice_until = op->tx.now + lock;
}

void method_note(struct op *op, struct flow *f, const struct auth_call *call)
{
	static const enum login_flash notices[AUTH_REASON_MAX] = {
		[AUTH_REASON_NONE] = LOGIN_FLASH_NONE,
		[AUTH_WRONG] = LOGIN_FLASH_WRONG,
		[AUTH_LIMITED] = LOGIN_FLASH_LIMITED,
		[AUTH_OVER] = LOGIN_FLASH_CODE_OVER,
		[AUTH_BUSY] = LOGIN_FLASH_BUSY,
		[AUTH_CANCELLED] = LOGIN_FLASH_CODE_OVER,
		[AUTH_UNAVAILABLE] = LOGIN_FLASH_BUSY,
		[AUTH_UNTRUSTED] = LOGIN_FLASH_BUSY,
		[AUTH_MALFORMED] = LOGIN_FLASH_MALFORMED,
		[AUTH_REPLACED] = LOGIN_FLASH_REPLACED,
	};

	f->login.notice = call->rc == RC_OK ? notices[call->reason] : LOGIN_FLASH_BUSY;
	if (call->reason == AUTH_LIMITED)
		f->login.notice_until = op->tx.now + call->seconds;
	if (call->rc == RC_OK && call->reason == AUTH_WRONG)
		flow_note_attempt(op, f, call->left, call->seconds);
}

/* --- refused here --- */

/* Too many wrong answers: this login is at its end. */
static void spent(struct op *op, struct flow *f)
{
	op->commit_refusal = true;
	flow_drop_spent(op, f);
	recovery_end(op, f);
	flow_restart_page(op, 429, WEB_RESTART_WRONG_CODES, f);
}

void flow_wrong_answer(struct op *op, struct flow *f, const char *why)
{
	flow_refused_login(op, f, f->person.id, f->account.id, why);
	if (f->login.bounds.tries >= LOGIN_TRIES_MAX)
		spent(op, f);
	else
		flow_continue(op, f);
}

void flow_no_code(struct op *op, struct flow *f)
{
	op_refuse(op);
	if (!challenge_may_mistype(op, hex_encode(op->tx.a, f->key))) {
		login_denied(op, "no_codes");
		spent(op, f);
		return;
	}
	f->showing = true;
	flow_continue(op, f);
}

static const char *why_of(const struct auth_call *call, const char *otherwise)
{
	return call->why ? call->why : otherwise;
}

static bool was_no_attempt(const struct auth_call *call)
{
	return call->reason == AUTH_MALFORMED || call->reason == AUTH_REPLACED;
}

static bool was_not_looked_at(const struct auth_call *call)
{
	return call->reason == AUTH_LIMITED || call->reason == AUTH_BUSY ||
	       call->reason == AUTH_UNAVAILABLE || was_no_attempt(call);
}

/* The way in led nowhere: the login page says so, the same for known and unknown accounts. */
static void not_identified(struct op *op, struct flow *f, const struct auth_call *call)
{
	flow_forget_login(f);
	if (was_not_looked_at(call))
		login_denied(op, why_of(call, "busy"));
	else
		flow_refused_login(
			op, f, call->tried_person, call->tried_account, why_of(call, "not_proven"));
	flow_continue(op, f);
}

static void refused(struct op *op, struct flow *f, const struct auth_call *call)
{
	if (was_no_attempt(call) && f->login.method.name.n) {
		flow_no_code(op, f);
	} else if (call->purpose == AUTH_FOR_IDENTIFY) {
		not_identified(op, f, call);
	} else if (was_not_looked_at(call)) {
		login_denied(op, why_of(call, "too_many_attempts"));
		flow_continue(op, f);
	} else {
		f->login.bounds.tries++;
		flow_wrong_answer(op, f, why_of(call, "wrong_code"));
	}
}

/* --- refused elsewhere --- */

struct method_failure {
	int status;
	enum web_problem_kind kind;
	const char *why;
};

static const struct method_failure failures[AUTH_REASON_MAX] = {
	[AUTH_CANCELLED] = {200, WEB_PROBLEM_LOGIN_CANCELLED, "cancelled"},
	[AUTH_UNAVAILABLE] = {503, WEB_PROBLEM_UPSTREAM_UNAVAILABLE, "unavailable"},
	[AUTH_BUSY] = {503, WEB_PROBLEM_UPSTREAM_UNAVAILABLE, "busy"},
	[AUTH_UNTRUSTED] = {502, WEB_PROBLEM_UPSTREAM_INVALID, "untrusted"},
};

void method_end_trip(struct op *op, struct flow *f)
{
	method_forget(f);
	flow_save(op, f);
	op->commit_refusal = true;
}

static void refuse_person(struct op *op, struct flow *f, struct str person, const char *why)
{
	flow_refused_login(op, f, person, STR_NONE, why);
	method_end_trip(op, f);
}

/* A return that came to nothing: anybody can cause those, so the trail has the first of a login and
 * log and metrics have all. */
static void return_failed(struct op *op, struct flow *f, const struct auth_call *call)
{
	const char *why = why_of(call, failures[call->reason].why);

	if (call->refused || call->reason == AUTH_UNTRUSTED)
		method_return_refused(op);
	if (call->reason != AUTH_CANCELLED) {
		/* What got no answer was counted with its request (federation/rp). */
		if (call->reason == AUTH_UNTRUSTED)
			series_add(
				metric_series(FAMILY_UPSTREAM_FAILED, call->method->name, NULL), 1);
		log_emit(LOG_EVENT_UPSTREAM_FAILED, LOG_S("request", op->x->request.id),
			LOG_C("upstream", call->method->name), LOG_C("why", why));
	}
	if (f->login.bounds.refused++ == 0) {
		refuse_person(op, f, STR_NONE, why);
		return;
	}
	login_denied(op, why);
	method_end_trip(op, f);
}

/* Another provider said no, or nothing that could be used. */
static void failed_elsewhere(struct op *op, struct flow *f, const struct auth_call *call)
{
	const struct method_failure *x = &failures[call->reason];

	if (call->input == AUTH_RETURN && call->reason == AUTH_BUSY) {
		/* Not asked yet: what it brought is still good. */
		method_return_again(op, f, RETURN_AGAIN);
		return;
	}
	if (call->input == AUTH_RETURN)
		return_failed(op, f, call);
	page_problem_at(op, x->status, x->kind, method_retry_url(op, f), flow_portal(op, f),
		method_home_url(op, f));
}

static void failed(struct op *op, struct flow *f, const struct auth_call *call)
{
	bool elsewhere = call->input == AUTH_RETURN || call->method->kind == AUTH_FEDERATED;

	if (elsewhere && failures[call->reason].status) {
		failed_elsewhere(op, f, call);
		return;
	}
	method_note(op, f, call);
	refused(op, f, call);
}

/* --- proven: who it is --- */

static void unknown_person(struct op *op, struct flow *f, struct str pid_hash)
{
	struct audit_entry entry = op_audit(op, AUDIT_LOGIN_UNKNOWN);
	struct web_refusal model = {
		.system = flow_portal(op, f),
		.retry_url = method_retry_url(op, f),
		.portal_url = method_home_url(op, f),
	};

	metric_add(METRIC_LOGINS_FAILED, 1);
	entry.client = f->client.id;
	entry.system = f->client.system;
	entry.object = hex_encode(op->tx.a, str_sub(pid_hash, 0, 8));
	op_audit_fold(op, &entry);
	method_end_trip(op, f);
	page_send(op, 403, &web_page_unknown_person, &model, NULL);
}

/* The person's proven level rises with the provider's word, never by ourselves. */
static void keep_ial(struct op *op, const struct person *p, uint64_t version, struct str ial)
{
	struct person changed = *p;

	if (assurance_cmp(ial, p->ial) <= 0) {
		/* Suspended or signed out everywhere since the snapshot: the commit fails. */
		store_expect(op->tx.batch, TABLE_PERSON, p->id, version);
		return;
	}
	changed.ial = ial;
	changed.ial_time = op->tx.now;
	person_put(op->tx.batch, op->tx.a, op->tx.app->vault, p, version, &changed);
}

/* A proof of identity is a whole login: nothing else is asked for. */
static enum rc log_in(
	struct op *op, struct flow *f, const struct person *p, const struct auth_proof *proof)
{
	const struct auth_identity *id = proof->identity;
	bool told = id->auth_time > 0 && id->auth_time < op->tx.now;

	method_forget(f);
	f->proofs = (struct auth_proofs){.n = 0};
	(void)auth_proofs_add(&f->proofs, proof);
	return flow_open_session(op, f, p,
		&(struct session){
			.person = p->id,
			.ial = id->ial,
			.aal = proof->aal,
			.auth_time = told ? id->auth_time : op->tx.now,
		});
}

static struct str citizen_hash(struct op *op, const struct auth_identity *id)
{
	return vault_pid_hash(
		op->tx.app->vault, op->tx.a, auth_identity_value(id, AUTH_CITIZEN_NUMBER));
}

/* Is the citizen of a proof of identity the person of the login? */
static enum rc check_identity(struct op *op, const struct flow *f, const struct auth_proof *proof)
{
	struct person person;
	enum rc rc;

	if (!proof->identity)
		return RC_OK;
	rc = person_by_pid(op->tx.snap, op->tx.a, citizen_hash(op, proof->identity), &person, NULL);
	if (rc != RC_OK)
		return rc == RC_NOT_FOUND ? RC_DENIED : rc;
	return str_eq(person.id, f->proofs.v[0].person) ? RC_OK : RC_DENIED;
}

enum rc method_note_proof(struct op *op, struct flow *f, struct auth_call *call)
{
	struct auth_proof *proof = &call->proof;
	enum rc rc;

	method_forget(f);
	if (!f->proofs.n)
		return RC_DENIED;
	/* Of a login that went on with somebody else since it was begun. */
	if ((proof->person.n && !str_eq(proof->person, f->proofs.v[0].person)) ||
		(proof->account.n && !str_eq(proof->account, f->proofs.v[0].account)))
		return RC_DENIED;
	rc = check_identity(op, f, proof);
	if (rc != RC_OK)
		return rc;
	if (call->purpose == AUTH_FOR_ENROL) {
		/* Set up just now: no second factor of this login. */
		f->login.method.email_given = true;
		return RC_OK;
	}
	proof->person = f->proofs.v[0].person;
	proof->account = f->proofs.v[0].account;
	proof->time = op->tx.now;
	return auth_proofs_add(&f->proofs, proof) ? RC_OK : RC_LIMITED;
}

/* Somebody else than the login asks for: a proof that confirms a person who is known (a second
 * factor, a recovery) is that person's, or none. */
static bool is_other_person(
	const struct flow *f, const struct auth_call *call, const struct person *p)
{
	if (call->purpose != AUTH_FOR_IDENTIFY &&
		(!f->proofs.n || !str_eq(f->proofs.v[0].person, p->id)))
		return true;
	return f->login.request.own.same_person.n &&
	       !str_eq(f->login.request.own.same_person, p->id);
}

/* Who is it, here? */
static void identified(struct op *op, struct flow *f, struct auth_call *call)
{
	struct str pid_hash = citizen_hash(op, call->proof.identity),
		   ial = call->proof.identity->ial;
	struct web_refusal model = {
		.retry_url = method_retry_url(op, f), .portal_url = method_home_url(op, f)};
	struct person person;
	uint64_t version;
	enum rc rc = person_by_pid(op->tx.snap, op->tx.a, pid_hash, &person, &version);

	if (rc == RC_NOT_FOUND) {
		unknown_person(op, f, pid_hash);
		return;
	}
	if (rc == RC_OK && person.status != STATUS_ACTIVE) {
		refuse_person(op, f, person.id, "person_suspended");
		page_send(op, 403, &web_page_account_disabled, &model, NULL);
		return;
	}
	if (rc == RC_OK && is_other_person(f, call, &person)) {
		refuse_person(op, f, person.id, "other_person");
		page_problem(op, 403, WEB_PROBLEM_OTHER_PERSON, method_retry_url(op, f),
			method_home_url(op, f));
		return;
	}
	if (rc == RC_OK && (f->login.reset.n || call->purpose != AUTH_FOR_IDENTIFY))
		rc = method_note_proof(op, f, call); /* nobody is logged in by it */
	else if (rc == RC_OK)
		rc = log_in(op, f, &person, &call->proof);
	if (rc == RC_OK)
		rc = identity_proof_note(&op->tx, call->method, person.id, call->proof.identity);
	if (rc != RC_OK) {
		op_fail(op, rc);
		return;
	}
	keep_ial(op, &person, version, ial);
	flow_continue(op, f);
}

/* An account here: nobody is logged in yet; the policy says what is still wanted. */
static enum rc take_account(struct op *op, struct flow *f, struct auth_call *call)
{
	struct auth_proof *proof = &call->proof;
	struct account account;
	struct person person;
	enum rc rc = account_get(op->tx.snap, op->tx.a, proof->account, &account, NULL);

	if (rc == RC_OK)
		rc = person_get(op->tx.snap, op->tx.a, account.person, &person, NULL);
	if (rc != RC_OK)
		return rc == RC_NOT_FOUND ? RC_DENIED : rc;
	/* The answer must not show that the password was right when its holder may not enter. */
	if (person.status != STATUS_ACTIVE)
		return RC_DENIED;
	rc = account_standing(op->tx.snap, op->tx.a, &account);
	if (rc != RC_OK)
		return rc;
	if (is_other_person(f, call, &person))
		return RC_DENIED;
	flow_forget_login(f);
	/* Also where somebody was logged in by this login before: it is about this one now.
	 */
	f->login.login_done = false;
	proof->account = account.id;
	proof->person = account.person;
	proof->time = op->tx.now;
	f->proofs = (struct auth_proofs){.n = 0};
	(void)auth_proofs_add(&f->proofs, proof);
	f->login.method.must_change = call->must_change;
	f->just_proven = true;
	return RC_OK;
}

static void account_proven(struct op *op, struct flow *f, struct auth_call *call)
{
	enum rc rc = take_account(op, f, call);

	if (rc == RC_OK) {
		flow_continue(op, f);
	} else if (rc == RC_DENIED) {
		*call = (struct auth_call){.op = op,
			.method = call->method,
			.purpose = call->purpose,
			.reason = AUTH_WRONG,
			.why = "not_any_more"};
		failed(op, f, call);
	} else {
		op_fail(op, rc);
	}
}

static void proven(struct op *op, struct flow *f, struct auth_call *call)
{
	enum rc rc;

	f->login.notice = LOGIN_FLASH_NONE;
	if (call->proof.identity) {
		identified(op, f, call);
		return;
	}
	if (call->purpose == AUTH_FOR_IDENTIFY) {
		account_proven(op, f, call);
		return;
	}
	rc = method_note_proof(op, f, call);
	if (rc == RC_OK)
		flow_continue(op, f);
	else
		op_fail(op, rc);
}

void method_act(struct op *op, struct flow *f, struct auth_call *call, enum auth_next next)
{
	if (call->rc != RC_OK) {
		op_fail(op, call->rc);
		return;
	}
	if (next == AUTH_PROVEN) {
		proven(op, f, call);
		return;
	}
	method_keep(op, f, call, next);
	if (next == AUTH_FAILED) {
		failed(op, f, call);
		return;
	}
	method_note(op, f, call);
	if (next == AUTH_REDIRECT) {
		flow_save(op, f);
		page_leave(op, call->url, STR_NONE, f->login.request.lang);
	} else if (call->reason != AUTH_REASON_NONE) {
		refused(op, f, call);
	} else {
		if (next == AUTH_WAIT && call->input == AUTH_FORM)
			f->login.notice = LOGIN_FLASH_WAITING;
		flow_continue(op, f);
	}
}
