/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/operations/client_keys_rules.h"

#include "directory/operations/check.h"
#include "jose/jwk.h"

static const char *const private_members[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};

static bool holds_private(const struct json_value *key)
{
	for (size_t i = 0; i < sizeof(private_members) / sizeof(private_members[0]); i++)
		if (json_value_get(key, private_members[i]))
			return true;
	return false;
}

/* RFC 7517 4.2: a portal may keep its keys for encryption in the same set. */
static bool for_encryption(const struct json_value *key)
{
	struct str use;

	return json_value_str(json_value_get(key, "use"), &use) && str_eq_c(use, "enc");
}

/* One key of the set; a private one must not even be stored. */
static enum rc check_key(const struct json_value *key, size_t number, struct field_error *e)
{
	struct jwk *jwk;
	struct str kty = STR_NONE;
	enum jose_alg by_type;

	if (holds_private(key))
		return fault(e, "jwks",
			"key %zu is private or symmetric; replace the key, and write its public "
			"part",
			number);
	if (for_encryption(key))
		return RC_OK;
	json_value_str(json_value_get(key, "kty"), &kty);
	by_type = str_eq_c(kty, "EC") ? JOSE_ES256 : JOSE_RS256;
	if (jwk_import(key, by_type, false, &jwk) != RC_OK)
		return fault(e, "jwks",
			"key %zu is none for ES256 (P-256), RS256 or PS256 (2048 to 4096 bits); "
			"write such a one",
			number);
	jwk_unref(jwk);
	return RC_OK;
}

static enum rc check_set(const struct json_value *set, struct str text, struct field_error *e)
{
	const struct json_value *keys = json_value_get(set, "keys");
	size_t n = json_value_count(keys);
	struct jwk_set *parsed;
	enum rc rc = RC_OK;

	if (!json_value_is_array(keys) || !n || n > CLIENT_JWKS_KEYS_MAX)
		return fault(
			e, "jwks", "is no set of 1 to 8 keys; write {\"keys\": [{\"kty\": ...}]}");
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		rc = check_key(json_value_at(keys, i), i + 1, e);
	if (rc != RC_OK)
		return rc;
	if (jwk_set_parse(text, JOSE_ALG_INVALID, &parsed) != RC_OK)
		return fault(e, "jwks",
			"has no key for signatures, or two of one kid; give each a kid of its own");
	jwk_set_unref(parsed);
	return RC_OK;
}

static enum rc check_jwks(const struct client *c, struct field_error *e)
{
	struct json_value *set __attribute__((cleanup(json_value_freep))) = NULL;

	if (c->jwks.n && c->jwks_uri.n)
		return fault(e, "jwks_uri", "stands beside jwks; write one of both");
	if (!c->jwks.n)
		return RC_OK;
	if (json_value_parse(c->jwks, CLIENT_JWKS_MAX, &set) != RC_OK)
		return fault(e, "jwks", "is larger than 8 KiB; leave out what is no key");
	return check_set(set, c->jwks, e);
}

enum rc client_keys_check(struct arena *a, const struct client *c, struct field_error *e)
{
	bool secret = c->assertion_alg == CLIENT_ASSERTION_HS256;
	enum rc rc = check_jwks(c, e);

	(void)a;
	if (rc != RC_OK)
		return rc;
	if (c->auth_method == CLIENT_AUTH_PRIVATE_KEY && !c->jwks.n && !c->jwks_uri.n)
		return fault(e, "jwks_uri",
			"and jwks are missing, and private_key_jwt needs keys; write one of both");
	if (!c->assertion_alg)
		return RC_OK;
	if (c->auth_method == CLIENT_AUTH_PRIVATE_KEY && secret)
		return fault(e, "token_endpoint_auth_signing_alg",
			"is HS256, which is for client_secret_jwt; write ES256, RS256 or PS256");
	if (c->pushed_required && c->assertion_alg == (int)JOSE_RS256)
		return fault(e, "token_endpoint_auth_signing_alg",
			"is RS256, which FAPI 2.0 does not allow where requests must be pushed; "
			"write ES256 or PS256");
	if (c->auth_method == CLIENT_AUTH_SECRET_JWT && !secret)
		return fault(e, "token_endpoint_auth_signing_alg",
			"is none of client_secret_jwt; write HS256 or leave it out");
	if (c->auth_method != CLIENT_AUTH_PRIVATE_KEY && c->auth_method != CLIENT_AUTH_SECRET_JWT)
		return fault(e, "token_endpoint_auth_signing_alg",
			"is of no use without private_key_jwt or client_secret_jwt; leave it out");
	return RC_OK;
}
