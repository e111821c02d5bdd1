/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/client/client_assertion.h"

#include "base/array.h"
#include "core/admission.h"
#include "crypto/hash.h"
#include "directory/directory.h"
#include "idp/client/client_keys.h"
#include "jose/jwt.h"

#include <stddef.h>

#define ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#define ASSERTION_TYP  "client-authentication+jwt" /* draft-ietf-oauth-rfc7523bis */

const char *const client_assertion_algs[] = {"ES256", "RS256", "PS256", "HS256", NULL};

/* ---- reading: nothing of it is verified ---- */

static bool read_sub(struct op *op, struct str token, struct str *ret)
{
	struct json_value *claims __attribute__((cleanup(json_value_freep))) = NULL;
	struct str payload, sub;
	const char *why;

	if (jws_peek_payload(op->tx.a, token, CLIENT_ASSERTION_MAX, &payload, &why) != RC_OK ||
		json_value_parse(payload, CLIENT_ASSERTION_MAX, &claims) != RC_OK ||
		!json_value_str(json_value_get(claims, "sub"), &sub) || !sub.n)
		return false;
	*ret = op_keep(op, sub);
	return true;
}

const struct oauth_error *client_assertion_read(
	struct op *op, struct client_assertion *ret, bool *ret_there)
{
	struct str type = op_param(op, "client_assertion_type");

	ret->token = op_param(op, "client_assertion");
	*ret_there = ret->token.n > 0;
	if (!ret->token.n)
		return type.n ? OAUTH(CLIENT_ASSERTION_TYPE) : NULL;
	if (!str_eq_c(type, ASSERTION_TYPE))
		return OAUTH(CLIENT_ASSERTION_TYPE);
	return read_sub(op, ret->token, &ret->client) ? NULL : OAUTH(CLIENT_ASSERTION_MALFORMED);
}

/* ---- header and signature ---- */

/* What the client is registered for; the header is compared with it (RFC 8725 3.1). */
static struct jws_use use_of(const struct client *c)
{
	bool secret = c->auth_method == CLIENT_AUTH_SECRET_JWT;
	unsigned algs = c->assertion_alg ? JOSE_BIT(c->assertion_alg) : JOSE_ASYMMETRIC;

	/* FAPI 2.0 Security Profile 5.4.1. */
	if (c->pushed_required)
		algs &= ~JOSE_BIT(JOSE_RS256);

	return (struct jws_use){
		.algs = secret ? 0 : algs, .max = CLIENT_ASSERTION_MAX, .secret = secret};
}

/* Either spelling of the type. */
static enum rc peek(struct op *op, struct str token, struct jws_use *use, struct jws_header *ret)
{
	const char *why;

	use->typ = NULL;
	if (jws_peek(op->tx.a, token, use, ret, &why) == RC_OK)
		return RC_OK;
	use->typ = ASSERTION_TYP;
	return jws_peek(op->tx.a, token, use, ret, &why);
}

static enum rc verify_by_keys(struct op *op, const struct client *c, struct str token,
	const struct jws_use *use, struct str *ret_payload)
{
	struct jwk_set *set;
	const char *why;
	enum rc rc = client_keys_get(op->tx.app->client_keys, c, op->tx.now, &set);

	if (rc != RC_OK)
		return RC_NOT_FOUND;
	rc = jws_verify(op->tx.a, token, use, set, ret_payload, &why);
	jwk_set_unref(set);
	return rc;
}

static enum rc verify_by_secret(struct op *op, const struct client *c, struct str token,
	const struct jws_use *use, struct str *ret_payload)
{
	const struct vault *vault = op->tx.app->vault;
	struct str secrets[2];
	size_t n = 0;
	const char *why;
	enum rc rc;

	if (c->secret_sealed.n) {
		rc = vault_client_secret_open(
			vault, op->tx.a, c->id, c->secret_sealed, &secrets[n++]);
		if (rc != RC_OK)
			return RC_CORRUPT;
	}
	if (c->old_secret_sealed.n && op->tx.now < c->old_secret_until) {
		rc = vault_client_secret_open(
			vault, op->tx.a, c->id, c->old_secret_sealed, &secrets[n++]);
		if (rc != RC_OK)
			return RC_CORRUPT;
	}
	return jws_verify_secret(
		op->tx.a, token, use, (struct strlist){secrets, n}, ret_payload, &why);
}

static const struct oauth_error *verify_signature(
	struct op *op, const struct client *c, struct str token, struct str *ret_payload)
{
	struct jws_use use = use_of(c);
	struct jws_header header;
	enum rc rc = peek(op, token, &use, &header);

	if (rc == RC_OK)
		rc = use.secret ? verify_by_secret(op, c, token, &use, ret_payload)
				: verify_by_keys(op, c, token, &use, ret_payload);
	switch (rc) {
	case RC_OK: return NULL;
	case RC_NOT_FOUND: return OAUTH(CLIENT_ASSERTION_KEY);
	case RC_DENIED: return OAUTH(CLIENT_ASSERTION_SIGNATURE);
	case RC_CORRUPT: return OAUTH(INTERNAL);
	default: return OAUTH(CLIENT_ASSERTION_HEADER);
	}
}

/* ---- claims ---- */

static struct str token_endpoint(struct op *op)
{
	const struct app *app = op->tx.app;

	for (size_t i = 0; i < app->n_routes; i++)
		if (str_eq_c(str_c(app->routes[i].metadata), "token_endpoint"))
			return op_url(op, app->routes[i].path);
	return STR_NONE;
}

/*
 * RFC 7523 3, as its successors tighten it: one string, and the issuer's. An assertion that also
 * names another server could be presented to us by that one (CVE-2025-27370). RFC 9126 2 and CIBA
 * Core 7.1 name the URLs that clients from before that may use; FAPI 2.0 5.3.2.1 takes them away.
 */
static bool audience_good(struct op *op, const struct client *c, const struct json_value *aud)
{
	struct str text;

	if (!json_value_str(aud, &text))
		return false;
	if (str_eq(text, op->tx.settings->issuer))
		return true;
	if (c->pushed_required)
		return false;
	return str_eq(text, token_endpoint(op)) || str_eq(text, op_url(op, op->x->route->path));
}

static const struct oauth_error *check_claims(struct op *op, const struct client *c,
	struct str payload, struct str *ret_jti, int64_t *ret_exp)
{
	const struct jwt_rules rules = {
		.issuer = c->id,
		.now = op->tx.now,
		.leeway = CLIENT_ASSERTION_SKEW,
		.iat_optional = true,
	};
	struct json_value *claims __attribute__((cleanup(json_value_freep))) = NULL;
	struct str sub, jti;
	const char *why;

	if (jwt_check(payload, &rules, &claims, &why) != RC_OK)
		return why == jwt_wrong_issuer ? OAUTH(CLIENT_ASSERTION_ISSUER)
					       : OAUTH(CLIENT_ASSERTION_TIME);
	if (!json_value_str(json_value_get(claims, "sub"), &sub) || !str_eq(sub, c->id))
		return OAUTH(CLIENT_ASSERTION_ISSUER);
	if (!audience_good(op, c, json_value_get(claims, "aud")))
		return OAUTH(CLIENT_ASSERTION_AUDIENCE);
	if (!json_value_i64(json_value_get(claims, "exp"), ret_exp) ||
		*ret_exp > op->tx.now + CLIENT_ASSERTION_LIFE_MAX + CLIENT_ASSERTION_SKEW)
		return OAUTH(CLIENT_ASSERTION_TIME);
	if (!json_value_str(json_value_get(claims, "jti"), &jti) || !jti.n ||
		jti.n > CLIENT_ASSERTION_JTI_MAX)
		return OAUTH(CLIENT_ASSERTION_JTI);
	*ret_jti = op_keep(op, jti);
	return NULL;
}

/* ---- used once ---- */

/*
 * A record is in the table from its use to the end of its life, under a key that begins with its
 * expiry, in steps of USE_STEP. A jti may come again with another exp, so each step at which it
 * could be found is looked at, and nothing may be at any of them when the batch is written: of two
 * assertions at the same moment one meets a conflict, runs again, and finds the other.
 */
#define USE_STEP  60
#define USE_SPAN  (CLIENT_ASSERTION_LIFE_MAX + 2 * CLIENT_ASSERTION_SKEW)
#define USE_STEPS (USE_SPAN / USE_STEP + 2)

struct assertion_use {
	struct str client;
};

static const struct field use_fields[] = {
	{1, "client", FIELD_STR, 0, offsetof(struct assertion_use, client), CLIENT_ID_MAX, NULL,
		"client id"},
};
static const struct record_type record_use = {
	"client_assertion", sizeof(struct assertion_use), use_fields, ARRAY_LEN(use_fields)};

const struct module_table client_assertion_tables[] = {
	{.number = TABLE_CLIENT_ASSERTION,
		.name = "client_assertion",
		.record = &record_use,
		.key = "expiry, SHA-256 of client id and jti",
		.flags = STORE_EXPIRING},
	{.number = 0},
};

struct used_assertion {
	struct assertion_use record;
	struct str keys[USE_STEPS];
	size_t n, own; /* own: the key under which it is put */
};

static int64_t step_after(int64_t second)
{
	return (second / USE_STEP + 1) * USE_STEP;
}

static struct used_assertion *use_new(
	struct op *op, const struct client *c, struct str jti, int64_t exp)
{
	struct used_assertion *u = arena_new_of(op->tx.a, struct used_assertion);
	int64_t own = step_after(exp + CLIENT_ASSERTION_SKEW);
	struct str digest = sha256_base64url(op->tx.a, key_join(op->tx.a, c->id, jti));

	u->record.client = op_keep(op, c->id);
	for (int64_t at = step_after(op->tx.now); u->n < USE_STEPS; at += USE_STEP) {
		if (at == own)
			u->own = u->n;
		u->keys[u->n++] = store_key_expiring(op->tx.a, at, digest);
	}
	return u;
}

static void use_put(struct op *op)
{
	const struct used_assertion *u = op->guard;

	for (size_t i = 0; i < u->n; i++)
		if (i != u->own)
			store_expect(
				op->tx.batch, TABLE_CLIENT_ASSERTION, u->keys[i], STORE_ABSENT);
	record_put(op->tx.batch, (enum table)TABLE_CLIENT_ASSERTION, op->tx.a, u->keys[u->own],
		&u->record, STORE_ABSENT);
}

static const struct oauth_error *use_up(
	struct op *op, const struct client *c, struct str jti, int64_t exp)
{
	struct used_assertion *u = use_new(op, c, jti, exp);
	struct store_record there;

	for (size_t i = 0; i < u->n; i++) {
		enum rc rc = store_get(op->tx.snap, TABLE_CLIENT_ASSERTION, u->keys[i], &there);

		if (rc == RC_OK)
			return OAUTH(CLIENT_ASSERTION_USED);
		if (rc != RC_NOT_FOUND)
			return OAUTH(INTERNAL);
	}
	op->guard = u;
	op->used_up = use_put;
	use_put(op);
	return NULL;
}

const struct oauth_error *client_assertion_verify(
	struct op *op, const struct client *c, const struct client_assertion *assertion)
{
	struct str payload, jti;
	int64_t exp;
	const struct oauth_error *e = verify_signature(op, c, assertion->token, &payload);

	if (!e)
		e = check_claims(op, c, payload, &jti, &exp);
	return e ? e : use_up(op, c, jti, exp);
}

/* ---- keys that are to be fetched ---- */

/* A look at the bytes, so that requests of other clients are not read twice. */
static bool names_assertion(struct str body)
{
	static const struct str name = STR_INIT("client_assertion=");

	return body.n > name.n && memmem(body.p, body.n, name.p, name.n);
}

/* What the assertion says, of an active client with private_key_jwt whose keys are elsewhere. */
static bool names_elsewhere(struct op *op, struct client *ret, struct jws_header *ret_header)
{
	struct client_assertion assertion;
	struct jws_use use;
	bool there;

	if (client_assertion_read(op, &assertion, &there) || !there ||
		client_get(op->tx.snap, op->tx.a, assertion.client, ret, NULL) != RC_OK ||
		ret->status != STATUS_ACTIVE || ret->auth_method != CLIENT_AUTH_PRIVATE_KEY ||
		!ret->jwks_uri.n)
		return false;
	use = use_of(ret);
	return peek(op, assertion.token, &use, ret_header) == RC_OK;
}

static bool find_wanted(struct op *op, void *data)
{
	struct client_keys *keys = op->tx.app->client_keys;
	struct client_keys_wanted *wanted = data;
	struct jws_header header;
	struct jwk_set *set;
	struct client c;
	bool has;

	if (!names_elsewhere(op, &c, &header))
		return false;
	*wanted = client_keys_want(&c, op_keep(op, header.kid));
	wanted->client = op_keep(op, wanted->client);
	wanted->uri = op_keep(op, wanted->uri);
	if (client_keys_get(keys, &c, op->tx.now, &set) != RC_OK)
		return true;
	has = !header.kid.n || jwk_set_find(set, header.kid);
	jwk_set_unref(set);
	return !has && !client_keys_rest(keys, wanted, op->tx.now);
}

bool client_assertion_blocks(struct op *op)
{
	struct client_keys_wanted *wanted;
	const char *why;

	if (!names_assertion(op->x->request.body) || op_form(op, &why) != RC_OK)
		return false;
	wanted = arena_new_of(op->tx.a, struct client_keys_wanted);
	if (!op_prepare(op, find_wanted, wanted))
		return false;
	op->guard = wanted;
	return true;
}

struct admission *client_assertion_admission(struct op *op, struct admission_place *place)
{
	(void)place;
	return client_keys_admission(op->tx.app->client_keys);
}

void client_assertion_before(struct op *op)
{
	client_keys_fetch(op->tx.app->client_keys, op->guard, op->tx.now);
}
