/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/oauth/token_issue.h"

#include "access/consent.h"
#include "access/scope.h"
#include "directory/password_login.h"
#include "directory/standing.h"
#include "directory/browser_session.h"
#include "jose/jwt.h"
#include "obs/log.h"
#include "idp/oauth/token_records.h"
#include "directory/directory.h"
#include "core/handle.h"

#define PAYLOAD_MAX 24576u

int64_t access_token_lifetime(const struct op *op, const struct client *client)
{
	return client->access_lifetime ? client->access_lifetime : op->tx.settings->access_lifetime;
}

int64_t refresh_token_lifetime(const struct op *op, const struct client *client)
{
	return client->refresh_lifetime ? client->refresh_lifetime
					: op->tx.settings->refresh_lifetime;
}

/* RC_DENIED: the account whose proof began the session is suspended, another's by now, or was
 * suspended since. */
static enum rc check_proven_account(struct op *op, const struct authorization *z)
{
	struct account account;
	enum rc rc;

	if (!z->proven_account.n)
		return RC_OK;
	rc = account_get(op->tx.snap, op->tx.a, z->proven_account, &account, NULL);
	if (rc != RC_OK)
		return rc == RC_NOT_FOUND ? RC_DENIED : rc;
	if (!str_eq(account.person, z->person) || z->created_ms <= account.signed_out_ms)
		return RC_DENIED;
	return account_standing(op->tx.snap, op->tx.a, &account);
}

/* Signed out everywhere since, or a password that is not trusted any more began it. */
static bool is_signed_out(const struct authorization *z, const struct person *person)
{
	if (z->created_ms <= person->signed_out_ms)
		return true;
	return z->created_ms <= person->password_out_ms && password_proven(z->methods, z->amr);
}

enum rc authorization_check(struct op *op, const struct client *client, struct authorization_ref *f)
{
	const struct authorization *z = &f->authz;
	struct system system;
	enum rc rc;

	if (z->revoked || op->tx.now >= z->expires || !str_eq(z->client, client->id))
		return RC_DENIED;
	if (z->created_ms / 1000 < client->created)
		return RC_DENIED; /* of another client of this id, which was removed */
	if (!z->offline) {
		rc = session_of(&op->tx, z->person, z->sid, &f->session);
		if (rc != RC_OK)
			return rc == RC_NOT_FOUND ? RC_DENIED : rc;
	}
	rc = system_get(op->tx.snap, op->tx.a, client->system, &system, NULL);
	if (rc == RC_OK)
		rc = access_decide(op, &system, z->person, &f->access);
	if (rc != RC_OK)
		return rc == RC_NOT_FOUND ? RC_DENIED : rc;
	if (is_signed_out(z, &f->access.person))
		return RC_DENIED;
	rc = check_proven_account(op, z);
	if (rc == RC_OK)
		rc = consent_check(
			op, client, &(struct consent_use){z->person, z->scope, z->created_ms});
	if (rc != RC_OK)
		return rc;
	f->access_account = access_account_find(&f->access, z->account);
	if (!f->access_account || z->created_ms <= f->access_account->account.signed_out_ms)
		return RC_DENIED;
	return RC_OK;
}

enum rc authorization_load(
	struct op *op, struct str key, const struct client *client, struct authorization_ref *ret)
{
	enum rc rc;

	ret->key = key;
	rc = record_get(
		op->tx.snap, TABLE_AUTHORIZATION, key, op->tx.a, &ret->authz, &ret->version);
	if (rc != RC_OK)
		return rc;
	return authorization_check(op, client, ret);
}

const struct account *authorization_named(const struct authorization_ref *f)
{
	return access_named_account(&f->access, f->access_account, f->authz.proven_account);
}

void authorization_revoke(struct op *op, const struct authorization_ref *f)
{
	struct authorization dead = f->authz;

	dead.revoked = true;
	record_put(op->tx.batch, TABLE_AUTHORIZATION, op->tx.a, f->key, &dead, f->version);
}

static struct str audience_of(const struct client *client)
{
	return client->audience.n ? client->audience : client->id;
}

static void write_authentication(struct json_writer *w, const struct authorization *z)
{
	json_add_i64(w, "auth_time", z->auth_time);
	json_add_str_opt(w, "acr", z->acr);
	if (z->amr.n)
		json_add_strlist(w, "amr", z->amr);
	json_add_str_opt(w, "ial", z->ial);
	json_add_str_opt(w, "aal", z->aal);
}

/* RFC 9068 2.2. */
static void write_access_claims(struct op *op, struct json_writer *w, const struct client *client,
	const struct authorization_ref *f, const struct access_token *access, struct str jti)
{
	json_write_object(w);
	json_add_str(w, "iss", op->tx.settings->issuer);
	json_add_str(w, "sub", f ? f->authz.person : client->id);
	json_add_str(w, "aud", access->audience);
	json_add_str(w, "client_id", client->id);
	json_add_i64(w, "iat", access->issued);
	json_add_i64(w, "exp", access->expires);
	json_add_str(w, "jti", jti);
	json_add_str(w, "scope", access->scope);
	if (access->details.n)
		json_add_raw(w, "authorization_details", access->details); /* RFC 9396 9.1 */
	if (f) {
		write_authentication(w, &f->authz);
		claims_write_token_rights(op, w, f->access_account);
	}
	json_write_object_end(w);
}

static enum rc sign(struct op *op, enum jose_alg alg, const char *typ, const struct buf *payload,
	struct str *ret)
{
	if (buf_status(payload) != RC_OK)
		return RC_LIMITED;
	return keyring_sign(op->tx.app->keys, alg, op->tx.a, typ, buf_str(payload), ret);
}

enum rc token_issue_access(struct op *op, const struct client *client,
	const struct authorization_ref *f, struct str scope, struct token_issued *ret)
{
	bool jwt = client->access_format == TOKEN_JWT;
	int64_t expires = op->tx.now + access_token_lifetime(op, client);
	struct access_token access;
	struct handle h;
	struct buf payload;
	struct json_writer w;

	if (f && f->authz.expires < expires)
		expires = f->authz.expires;
	if (f && !claims_rights_fit(f->access_account))
		log_emit(LOG_EVENT_RIGHTS_CUT, LOG_S("client", client->id),
			LOG_S("request", op->x->request.id), LOG_I("shown", TOKEN_RIGHTS_MAX),
			LOG_I("total", (int64_t)f->access_account->n_roles));
	access = (struct access_token){
		.authorization = f ? f->key : STR_NONE,
		.client = client->id,
		.scope = scope,
		.audience = audience_of(client),
		.details = f ? f->details : STR_NONE,
		.issued = op->tx.now,
		.expires = expires,
	};
	h = handle_new(op->tx.a, jwt ? HANDLE_JWT_ID : HANDLE_ACCESS_TOKEN, expires, op->tx.now_ms,
		op->tx.app->rng);
	record_put(op->tx.batch, TABLE_ACCESS_TOKEN, op->tx.a, h.key, &access, STORE_ABSENT);
	ret->expires_in = expires - op->tx.now;
	ret->details = access.details;
	ret->text = h.text;
	if (!jwt)
		return RC_OK;
	buf_init(&payload, op->tx.a, PAYLOAD_MAX);
	json_writer_init(&w, &payload);
	write_access_claims(op, &w, client, f, &access, h.text);
	return sign(op, client_access_token_alg(client), "at+jwt", &payload, &ret->text);
}

enum rc token_issue_id(struct op *op, const struct client *client,
	const struct authorization_ref *f, struct str scope, struct str nonce,
	struct str access_token, struct str *ret)
{
	const struct claims_request ask = {scope, f->authz.claims, client};
	const struct claims_subject subject = {&f->access.person, authorization_named(f)};
	struct buf payload;
	struct json_writer w;

	buf_init(&payload, op->tx.a, PAYLOAD_MAX);
	json_writer_init(&w, &payload);
	json_write_object(&w);
	json_add_str(&w, "iss", op->tx.settings->issuer);
	json_add_str(&w, "sub", f->authz.person);
	json_add_str(&w, "aud", client->id);
	json_add_i64(&w, "iat", op->tx.now);
	json_add_i64(&w, "exp", op->tx.now + op->tx.settings->id_token_lifetime);
	json_add_str_opt(&w, "nonce", nonce);
	json_add_str_opt(&w, "sid", f->authz.sid);
	if (access_token.n)
		json_add_str(&w, "at_hash", jwt_half_hash(op->tx.a, access_token));
	write_authentication(&w, &f->authz);
	claims_write_token_rights(op, &w, f->access_account);
	claims_write(op, &w, CLAIMS_ID_TOKEN, &ask, &subject);
	json_write_object_end(&w);
	return sign(op, client_id_token_alg(client), "JWT", &payload, ret);
}

struct str token_issue_refresh(
	struct op *op, const struct client *client, const struct authorization_ref *f)
{
	int64_t expires = op->tx.now + refresh_token_lifetime(op, client);
	struct refresh_token refresh = {
		.authorization = f->key,
		.client = client->id,
		.scope = f->authz.scope,
		.issued = op->tx.now,
	};
	struct handle h;

	refresh.expires = expires < f->authz.expires ? expires : f->authz.expires;
	h = handle_new(
		op->tx.a, HANDLE_REFRESH_TOKEN, refresh.expires, op->tx.now_ms, op->tx.app->rng);
	record_put(op->tx.batch, TABLE_REFRESH_TOKEN, op->tx.a, h.key, &refresh, STORE_ABSENT);
	return h.text;
}

/* RFC 9068 4: typ at+jwt, our signature, then the record its jti names. */
static enum rc jwt_key(struct op *op, struct str token, struct str *ret_jti, struct str *ret_key)
{
	static const struct jws_use use = {.algs = JOSE_ASYMMETRIC, .typ = "at+jwt"};
	const struct jwt_rules rules = {
		.issuer = op->tx.settings->issuer, .now = op->tx.now, .leeway = 0};
	__attribute__((cleanup(json_value_freep))) struct json_value *claims = NULL;
	struct str payload, jti;
	const char *why;

	if (keyring_verify(op->tx.app->keys, op->tx.a, token, &use, &payload, &why) != RC_OK)
		return RC_NOT_FOUND;
	if (jwt_check(payload, &rules, &claims, &why) != RC_OK ||
		!json_value_str(json_value_get(claims, "jti"), &jti))
		return RC_NOT_FOUND;
	*ret_jti = str_dup(op->tx.a, jti);
	return handle_key(op->tx.a, HANDLE_JWT_ID, *ret_jti, ret_key) == RC_OK ? RC_OK
									       : RC_NOT_FOUND;
}

enum rc access_token_find(struct op *op, struct str token, struct access_token_ref *ret)
{
	bool jwt = str_find(token, '.') < token.n;
	enum rc rc;

	ret->jti = STR_NONE;
	if (jwt)
		rc = jwt_key(op, token, &ret->jti, &ret->key);
	else
		rc = handle_key(op->tx.a, HANDLE_ACCESS_TOKEN, token, &ret->key) == RC_OK
			     ? RC_OK
			     : RC_NOT_FOUND;
	if (rc == RC_OK)
		rc = record_get(op->tx.snap, TABLE_ACCESS_TOKEN, ret->key, op->tx.a, &ret->access,
			&ret->version);
	if (rc != RC_OK)
		return rc;
	return ret->access.revoked || op->tx.now >= ret->access.expires ? RC_NOT_FOUND : RC_OK;
}
