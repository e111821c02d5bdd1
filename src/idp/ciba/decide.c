/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/ciba/decide.h"

#include "access/consent.h"
#include "crypto/hash.h"
#include "directory/password_login.h"
#include "directory/session.h"
#include "idp/ciba/ping.h"
#include "idp/login/visit.h"
#include "obs/log.h"
#include "obs/metrics.h"
#include "throttle/throttle.h"

enum rc ciba_check_lock(
	struct op *op, struct str proven_account, struct strlist methods, struct strlist amr)
{
	int64_t wait;
	enum rc rc = RC_OK;

	if (proven_account.n && password_proven(methods, amr))
		rc = throttle_locked(op->tx.app->throttle, &op->tx, proven_account, &wait);
	return rc == RC_LIMITED ? RC_DENIED : rc;
}

static void decide_audit(struct op *op, const struct ciba_request *r, enum audit_event event)
{
	struct audit_entry entry = op_audit(op, event);

	entry.person = entry.actor = r->person;
	entry.account = r->by_account;
	entry.client = r->client;
	entry.session = op->visit->here.s.sid;
	entry.object = r->id;
	if (r->details.n) /* what was shown, as login/approve.c names it */
		entry.detail = sha256_base64url(op->tx.a, r->details);
	op_audit_add(op, &entry);
}

/* The request, and what is remembered of its client. */
static enum rc write_decision(struct op *op, struct ciba_ref *ref, enum ciba_state state)
{
	struct ciba_person p;
	uint64_t version;
	enum rc rc = ciba_person_get(&op->tx, ref->r.person, ref->r.client, &p, &version);

	if (rc != RC_OK)
		return rc;
	ref->r.state = (int)state;
	ref->r.decided_ms = op->tx.now_ms;
	ciba_put(&op->tx, ref);
	ciba_ping_add(&op->tx, ref);
	p.answered = true;
	p.unanswered = state == CIBA_APPROVED ? 0 : p.unanswered + 1;
	if (state == CIBA_NOT_ME)
		p.blocked_until = op->tx.now + CIBA_NOT_ME_BLOCK;
	ciba_person_put(&op->tx, &p, version);
	return RC_OK;
}

/* The page shows every scope: to agree to it is the consent (PDPA section 19). */
static enum rc keep_consent(struct op *op, const struct ciba_request *r)
{
	struct audit_entry entry = op_audit(op, AUDIT_CONSENT_GRANTED);

	entry.person = r->person;
	entry.client = r->client;
	entry.detail = r->scope;
	op_audit_add(op, &entry);
	return consent_give(op, r->person, r->client, r->scope);
}

enum rc ciba_approve(struct op *op, struct ciba_ref *ref, const struct client *client,
	const struct auth_result *by)
{
	struct ciba_request *r = &ref->r;
	enum rc rc = RC_OK;

	r->by_account = by->account;
	r->acr = by->acr;
	r->ial = by->ial;
	r->aal = by->aal;
	r->proven_account = by->proven_account;
	r->amr = by->session->amr;
	r->methods = by->methods;
	r->auth_time = by->session->auth_time;
	if (client->consent_required)
		rc = keep_consent(op, r);
	if (rc == RC_OK)
		rc = write_decision(op, ref, CIBA_APPROVED);
	if (rc != RC_OK)
		return rc;
	decide_audit(op, r, AUDIT_CIBA_APPROVED);
	metric_add(METRIC_CIBA_APPROVALS, 1);
	return RC_OK;
}

enum rc ciba_refuse(struct op *op, struct ciba_ref *ref, enum ciba_state state)
{
	enum rc rc = write_decision(op, ref, state);

	if (rc != RC_OK)
		return rc;
	decide_audit(op, &ref->r, state == CIBA_NOT_ME ? AUDIT_CIBA_REPORTED : AUDIT_CIBA_REFUSED);
	metric_add(METRIC_CIBA_REFUSALS, 1);
	if (state == CIBA_NOT_ME)
		log_emit(LOG_EVENT_CIBA_REPORTED, LOG_S("client", ref->r.client),
			LOG_S("request", op->x->request.id));
	return RC_OK;
}
