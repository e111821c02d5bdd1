/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * grant_type=refresh_token: RFC 6749 6, rotation and reuse detection RFC 9700 4.14.2, OIDC Core 12.
 *
 * A token's successor is derived from its text under a key of ours. So a client whose answer was
 * lost may send the old one again within the grace time and gets the same successor, as long as
 * that was not used; everything else that comes twice is theft and ends the authorization.
 */
#include "codec/base64.h"
#include "obs/log.h"
#include "access/scope.h"
#include "idp/oauth/token.h"
#include "crypto/hash.h"
#include "idp/oauth/token_records.h"
#include "core/handle.h"

struct rotation {
	struct refresh_token refresh;
	struct str key;
	uint64_t version;
	struct authorization_ref ref;
	struct str scope;
	struct handle successor;
	bool repeated; /* used before, within the grace time */
};

static struct handle successor_of(struct op *op, struct str text, int64_t expires, int64_t used_ms)
{
	struct str key = {(const char *)op->tx.app->vault->refresh, 32};
	unsigned char bytes[SHA256_SIZE];

	hmac_sha256(key, text, bytes);
	return handle_from_bytes(op->tx.a, HANDLE_REFRESH_TOKEN, expires, used_ms, bytes);
}

static const struct oauth_error *replayed(struct op *op, const struct rotation *r)
{
	struct audit_entry entry = op_audit(op, AUDIT_REFRESH_TOKEN_REUSED);

	log_emit(LOG_EVENT_REFRESH_TOKEN_REUSED, LOG_S("client", r->refresh.client),
		LOG_S("request", op->x->request.id));
	authorization_revoke(op, &r->ref);
	entry.person = r->ref.authz.person;
	entry.client = r->refresh.client;
	entry.session = r->ref.authz.sid;
	op_audit_add(op, &entry);
	op->commit_refusal = true;
	return OAUTH(REFRESH_BAD);
}

/* A used token: the same client may repeat it shortly, while its successor is untouched. */
static const struct oauth_error *check_used(struct op *op, struct rotation *r, struct str text)
{
	struct refresh_token successor;
	enum rc rc;

	if (op->tx.now_ms >= r->refresh.used_ms + op->tx.settings->refresh_grace * 1000)
		return replayed(op, r);
	r->successor = successor_of(op, text, r->refresh.successor_expires, r->refresh.used_ms);
	rc = record_get(
		op->tx.snap, TABLE_REFRESH_TOKEN, r->successor.key, op->tx.a, &successor, NULL);
	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return OAUTH(INTERNAL);
	if (rc == RC_NOT_FOUND || successor.used_ms)
		return replayed(op, r);
	r->repeated = true;
	return NULL;
}

/* What was granted, is still registered, and is asked for (RFC 6749 6). */
static const struct oauth_error *narrow(
	struct op *op, const struct client *client, struct rotation *r)
{
	struct str asked = op_param(op, "scope");

	if (asked.n && !scope_within(asked, r->refresh.scope))
		return OAUTH(SCOPE_WIDER);
	if (!scope_common(op->tx.a, asked.n ? asked : r->refresh.scope, client->scope, &r->scope))
		return OAUTH(SCOPE_TOO_LONG);
	return r->scope.n ? NULL : OAUTH(SCOPE_NONE);
}

static const struct oauth_error *refresh_token_check(
	struct op *op, const struct client *client, struct rotation *r)
{
	struct str text = op_param(op, "refresh_token");
	const struct oauth_error *e;
	enum rc rc;

	if (!text.n)
		return OAUTH(REFRESH_MISSING);
	if (handle_key(op->tx.a, HANDLE_REFRESH_TOKEN, text, &r->key) != RC_OK)
		return OAUTH(REFRESH_BAD);
	rc = record_get(
		op->tx.snap, TABLE_REFRESH_TOKEN, r->key, op->tx.a, &r->refresh, &r->version);
	if (rc != RC_OK)
		return token_error(rc, OAUTH(REFRESH_BAD));
	if (!str_eq(r->refresh.client, client->id) || op->tx.now >= r->refresh.expires)
		return OAUTH(REFRESH_BAD);
	rc = authorization_load(op, r->refresh.authorization, client, &r->ref);
	if (rc != RC_OK)
		return token_error(rc, OAUTH(RIGHT_ENDED));
	/* Reuse is looked for first: no other mistake in the request hides it. */
	e = r->refresh.used_ms ? check_used(op, r, text) : NULL;
	if (!e)
		e = narrow(op, client, r);
	return e ? e : token_details(op, &r->ref);
}

static void rotate(struct op *op, const struct client *client, struct rotation *r)
{
	int64_t expires = op->tx.now + refresh_token_lifetime(op, client);
	struct refresh_token next = r->refresh;

	next.expires = expires < r->ref.authz.expires ? expires : r->ref.authz.expires;
	next.issued = op->tx.now;
	r->successor = successor_of(op, op_param(op, "refresh_token"), next.expires, op->tx.now_ms);
	record_put(
		op->tx.batch, TABLE_REFRESH_TOKEN, op->tx.a, r->successor.key, &next, STORE_ABSENT);
	r->refresh.used_ms = op->tx.now_ms;
	r->refresh.successor_expires = next.expires;
	record_put(op->tx.batch, TABLE_REFRESH_TOKEN, op->tx.a, r->key, &r->refresh, r->version);
}

const struct oauth_error *grant_refresh(struct op *op, const struct client *client)
{
	struct token_answer answer = {.scope = STR_NONE};
	struct rotation r = {.repeated = false};
	const struct oauth_error *e = refresh_token_check(op, client, &r);
	enum rc rc;

	if (e)
		return e;
	if (r.repeated)
		/* The old token's state is part of the decision: judge it again at the commit. */
		store_expect(op->tx.batch, TABLE_REFRESH_TOKEN, r.key, r.version);
	else
		rotate(op, client, &r);
	/* Tokens of a session keep it awake (directory/session.h); those of none do not. */
	if (!r.ref.authz.offline)
		session_used(&op->tx, &r.ref.session);
	/* A concurrent revocation of the authorization makes this a conflict. */
	store_expect(op->tx.batch, TABLE_AUTHORIZATION, r.ref.key, r.ref.version);
	answer.scope = r.scope;
	answer.refresh_token = r.successor.text;
	rc = token_issue_access(op, client, &r.ref, r.scope, &answer.access);
	/* OIDC Core 12.2: same iss, sub, aud, auth_time; no nonce. */
	if (rc == RC_OK && scope_has(r.scope, "openid"))
		rc = token_issue_id(op, client, &r.ref, r.scope, STR_NONE, answer.access.text,
			&answer.id_token);
	if (rc != RC_OK)
		return OAUTH(INTERNAL);
	token_send(op, &answer);
	return NULL;
}
