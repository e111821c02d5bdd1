/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/ciba/client_jwt.h"

#include "base/array.h"
#include "codec/json_value.h"
#include "idp/client/client_keys.h"
#include "jose/jwt.h"

#define REQUEST_TYP "oauth-authz-req+jwt" /* RFC 9101 10.8; JWT or none is as good */
#define NUMBER_MAX  24

static enum rc verify_by(struct op *op, const struct client *client, struct str token,
	const struct jwk_set *keys, struct str *ret_payload)
{
	struct jws_use use = {.algs = JOSE_BIT(client->ciba_request_alg), .max = CLIENT_JWT_MAX};
	struct jws_header header;
	const char *why;

	if (jws_peek(op->tx.a, token, &use, &header, &why) != RC_OK)
		use.typ = REQUEST_TYP;
	return jws_verify(op->tx.a, token, &use, keys, ret_payload, &why);
}

/* The time windows that jwt_check does not know. */
static bool times_good(const struct op *op, const struct json_value *claims)
{
	int64_t exp, nbf;
	struct str jti;

	return json_value_i64(json_value_get(claims, "exp"), &exp) &&
	       exp <= op->tx.now + CLIENT_JWT_LIFE_MAX + CLIENT_JWT_SKEW &&
	       json_value_i64(json_value_get(claims, "nbf"), &nbf) &&
	       nbf >= op->tx.now - CLIENT_JWT_LIFE_MAX &&
	       json_value_str(json_value_get(claims, "jti"), &jti) && jti.n > 0;
}

/* RFC 9101 10.8: with the client as its subject it would be good for client authentication, too,
 * and whoever sees it could use it so. */
static bool is_no_assertion(const struct client *client, const struct json_value *claims)
{
	struct str sub;

	return !json_value_str(json_value_get(claims, "sub"), &sub) || !str_eq(sub, client->id);
}

/* RC_OK, and the tree is the caller's; RC_EXPIRED; RC_INVALID. */
static enum rc verify(struct op *op, const struct client *client, struct str token,
	struct json_value **ret_claims)
{
	const struct jwt_rules rules = {
		.issuer = client->id,
		.audience = op->tx.settings->issuer,
		.now = op->tx.now,
		.leeway = CLIENT_JWT_SKEW,
	};
	struct jwk_set *keys;
	struct str payload;
	const char *why;
	enum rc rc;

	if (!client->ciba_request_alg ||
		client_keys_get(op->tx.app->client_keys, client, op->tx.now, &keys) != RC_OK)
		return RC_INVALID;
	rc = verify_by(op, client, token, keys, &payload);
	jwk_set_unref(keys);
	if (rc != RC_OK)
		return RC_INVALID;
	rc = jwt_check(payload, &rules, ret_claims, &why);
	if (rc != RC_OK || (times_good(op, *ret_claims) && is_no_assertion(client, *ret_claims)))
		return rc;
	json_value_free(*ret_claims);
	*ret_claims = NULL;
	return RC_INVALID;
}

/* --- request --- */

static bool is_one_of(struct str name, const char *const *names)
{
	while (*names && !str_eq_c(name, *names))
		names++;
	return *names != NULL;
}

/* RFC 9101 5, CIBA Core 7.1.1: whatever stands outside might be somebody else's. */
static bool only_authentication_beside(const struct op *op)
{
	static const char *const allowed[] = {"request", "client_id", "client_secret",
		"client_assertion", "client_assertion_type", NULL};

	for (size_t i = 0; i < op->form.n; i++)
		if (op->form.v[i].value.n && !is_one_of(op->form.v[i].name, allowed))
			return false;
	return true;
}

/* A claim as the parameter that it is: requested_expiry may be a number, claims is an object. */
static bool parameter_of(struct op *op, const struct json_value *value, struct str *ret)
{
	struct buf number;
	int64_t i;

	if (json_value_str(value, ret)) {
		*ret = str_dup(op->tx.a, *ret);
		return true;
	}
	if (json_value_is_object(value) || json_value_is_array(value)) {
		*ret = json_value_text(op->tx.a, value);
		return true;
	}
	if (!json_value_i64(value, &i))
		return false;
	buf_init(&number, op->tx.a, NUMBER_MAX);
	buf_addf(&number, "%lld", (long long)i);
	*ret = buf_str(&number);
	return true;
}

/* The form that the claims are; false: one of them can be no parameter. */
static bool take_claims(struct op *op, const struct json_value *claims)
{
	static const char *const of_the_token[] = {
		"iss", "aud", "exp", "iat", "nbf", "jti", "sub", NULL};
	struct form_pair *v = arena_array(op->tx.a, json_value_count(claims), struct form_pair);
	const struct json_value *value;
	struct str name;
	void *iter = NULL;
	size_t n = 0;

	while (json_value_next(claims, &iter, &name, &value)) {
		if (is_one_of(name, of_the_token))
			continue;
		v[n].name = str_dup(op->tx.a, name);
		if (str_eq_c(name, "request") || str_eq_c(name, "request_uri") ||
			!parameter_of(op, value, &v[n].value))
			return false;
		n++;
	}
	op->form = (struct form){v, n};
	return true;
}

const struct oauth_error *request_object_read(struct op *op, const struct client *client)
{
	struct json_value *claims __attribute__((cleanup(json_value_freep))) = NULL;
	struct str token = op_param(op, "request"), id;

	if (!token.n)
		return client->ciba_request_alg ? OAUTH(CIBA_UNSIGNED) : NULL;
	if (!client->ciba_request_alg)
		return OAUTH(CIBA_OBJECT_UNREGISTERED);
	if (!only_authentication_beside(op))
		return OAUTH(CIBA_OBJECT_BESIDE);
	if (verify(op, client, token, &claims) != RC_OK)
		return OAUTH(CIBA_OBJECT);
	if (json_value_str(json_value_get(claims, "client_id"), &id) && !str_eq(id, client->id))
		return OAUTH(CIBA_OBJECT);
	return take_claims(op, claims) ? NULL : OAUTH(CIBA_OBJECT);
}

/* --- login_hint_token --- */

const struct oauth_error *login_hint_token_read(
	struct op *op, const struct client *client, struct str token, struct str *ret_hint)
{
	struct json_value *claims __attribute__((cleanup(json_value_freep))) = NULL;
	struct str hint;
	enum rc rc = verify(op, client, token, &claims);

	if (rc == RC_EXPIRED)
		return OAUTH(CIBA_HINT_TOKEN_EXPIRED);
	if (rc != RC_OK || !json_value_str(json_value_get(claims, "login_hint"), &hint))
		return OAUTH(CIBA_HINT_TOKEN);
	*ret_hint = op_keep(op, hint);
	return NULL;
}
