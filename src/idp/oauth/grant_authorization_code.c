/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* grant_type=authorization_code: RFC 6749 4.1.3, OIDC Core 3.1.3, PKCE RFC 7636 4.6. */
#include "codec/base64.h"
#include "obs/log.h"
#include "base/secret.h"
#include "access/scope.h"
#include "directory/browser_session.h"
#include "idp/oauth/token.h"
#include "crypto/hash.h"
#include "idp/oauth/token_records.h"
#include "core/handle.h"

#define VERIFIER_MIN 43u /* RFC 7636 4.1 */
#define VERIFIER_MAX 128u

struct redemption {
	struct authorization_code code;
	struct str key;
	uint64_t version;
};

static bool verifier_form(struct str v)
{
	if (v.n < VERIFIER_MIN || v.n > VERIFIER_MAX)
		return false;
	for (size_t i = 0; i < v.n; i++) {
		char c = v.p[i];
		bool plain =
			(c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

		if (!plain && c != '-' && c != '.' && c != '_' && c != '~')
			return false;
	}
	return true;
}

/* Challenge and verifier belong together: one without the other fails (RFC 9700 2.1.1). */
static bool verifier_fits(struct op *op, const struct authorization_code *code)
{
	struct str verifier = op_param(op, "code_verifier");

	if (!code->code_challenge.n)
		return !verifier.n;
	return verifier_form(verifier) &&
	       secret_equal(sha256_base64url(op->tx.a, verifier), code->code_challenge);
}

/* A second use revokes what the first gave (RFC 6749 4.1.2, RFC 9700 4.5). */
static const struct oauth_error *replayed(struct op *op, const struct redemption *r)
{
	struct authorization_ref f = {.key = r->code.authorization};
	struct audit_entry entry = op_audit(op, AUDIT_AUTHORIZATION_CODE_REUSED);

	log_emit(LOG_EVENT_AUTHORIZATION_CODE_REUSED, LOG_S("client", r->code.client),
		LOG_S("request", op->x->request.id));
	if (record_get(op->tx.snap, TABLE_AUTHORIZATION, f.key, op->tx.a, &f.authz, &f.version) !=
			RC_OK ||
		f.authz.revoked)
		return OAUTH(CODE_BAD);
	authorization_revoke(op, &f);
	entry.person = r->code.person;
	entry.client = r->code.client;
	entry.session = r->code.sid;
	op_audit_add(op, &entry);
	op->commit_refusal = true;
	return OAUTH(CODE_BAD);
}

static const struct oauth_error *authorization_code_check(
	struct op *op, const struct client *client, struct redemption *r)
{
	struct str text = op_param(op, "code");
	enum rc rc;

	if (!text.n)
		return OAUTH(CODE_MISSING);
	if (handle_key(op->tx.a, HANDLE_AUTHORIZATION_CODE, text, &r->key) != RC_OK)
		return OAUTH(CODE_BAD);
	rc = record_get(
		op->tx.snap, TABLE_AUTHORIZATION_CODE, r->key, op->tx.a, &r->code, &r->version);
	if (rc != RC_OK)
		return token_error(rc, OAUTH(CODE_BAD));
	if (!str_eq(r->code.client, client->id))
		return OAUTH(CODE_BAD);
	if (r->code.used)
		return replayed(op, r);
	if (op->tx.now >= r->code.expires)
		return OAUTH(CODE_BAD);
	if (!str_eq(r->code.redirect_uri, op_param(op, "redirect_uri")))
		return OAUTH(CODE_BAD);
	return verifier_fits(op, &r->code) ? NULL : OAUTH(VERIFIER);
}

/* The authorization this code gives; its key dies with it. */
static struct authorization_ref authorization_of(struct op *op, const struct client *client,
	const struct authorization_code *code, bool refreshable)
{
	int64_t life = refreshable ? op->tx.settings->authorization_lifetime
				   : access_token_lifetime(op, client);
	struct handle h = handle_new(
		op->tx.a, HANDLE_AUTHORIZATION, op->tx.now + life, op->tx.now_ms, op->tx.app->rng);

	return (struct authorization_ref){
		.key = h.key,
		.authz =
			{
				.client = code->client,
				.person = code->person,
				.account = code->account,
				.sid = code->sid,
				.scope = code->scope,
				.claims = code->claims,
				.details = code->details,
				.auth_time = code->auth_time,
				.amr = code->amr,
				.acr = code->acr,
				.ial = code->ial,
				.aal = code->aal,
				.proven_account = code->proven_account,
				.methods = code->methods,
				.created_ms = code->issued_ms,
				.expires = op->tx.now + life,
				.offline = refreshable && scope_has(code->scope, "offline_access"),
			},
	};
}

const struct oauth_error *grant_authorization_code(struct op *op, const struct client *client)
{
	bool refreshable = strlist_has(client->grant_types, STR("refresh_token"));
	struct token_answer answer = {.scope = STR_NONE};
	struct redemption r;
	struct authorization_ref f;
	const struct oauth_error *e = authorization_code_check(op, client, &r);
	enum rc rc;

	if (e)
		return e;
	/* Whatever outlives the session later: the code itself does not. */
	rc = session_of(&op->tx, r.code.person, r.code.sid, &f.session);
	if (rc != RC_OK)
		return token_error(rc, OAUTH(RIGHT_ENDED));
	f = authorization_of(op, client, &r.code, refreshable);
	rc = authorization_check(op, client, &f);
	if (rc != RC_OK)
		return token_error(rc, OAUTH(RIGHT_ENDED));
	e = token_details(op, &f);
	if (e)
		return e;
	r.code.used = true;
	r.code.authorization = f.key;
	record_put(op->tx.batch, TABLE_AUTHORIZATION_CODE, op->tx.a, r.key, &r.code, r.version);
	record_put(op->tx.batch, TABLE_AUTHORIZATION, op->tx.a, f.key, &f.authz, STORE_ABSENT);
	answer.scope = f.authz.scope;
	rc = token_issue_access(op, client, &f, f.authz.scope, &answer.access);
	if (rc == RC_OK && scope_has(f.authz.scope, "openid"))
		rc = token_issue_id(op, client, &f, f.authz.scope, r.code.nonce, answer.access.text,
			&answer.id_token);
	if (rc != RC_OK)
		return OAUTH(INTERNAL);
	if (refreshable)
		answer.refresh_token = token_issue_refresh(op, client, &f);
	token_send(op, &answer);
	return NULL;
}
