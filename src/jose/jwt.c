/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "jose/jwt.h"

#include "base/array.h"
#include "base/arena.h"
#include "codec/base64.h"
#include "crypto/hash.h"

#define AUDIENCES_MAX 16

const char jwt_wrong_issuer[] = "the issuer (iss) is not the expected one";
const char jwt_wrong_audience[] = "the audience (aud) is not the expected one";
const char jwt_expired[] = "the token has expired";

struct claims_check {
	const struct json_value *claims;
	const struct jwt_rules *rules;
	struct arena *arena;
};

static bool time_claim(const struct claims_check *c, const char *name, int64_t *ret)
{
	return json_value_i64(json_value_get(c->claims, name), ret) && *ret >= 0 &&
	       *ret < INT64_C(1) << 40;
}

static int64_t leeway(const struct claims_check *c)
{
	int64_t s = c->rules->leeway;

	if (s < 0)
		return 0;
	return s > JWT_LEEWAY_MAX ? JWT_LEEWAY_MAX : s;
}

/* RFC 7519 4.1.1, RFC 8725 3.8: byte for byte, no normalising. */
static enum rc check_iss(const struct claims_check *c, const char **ret_why)
{
	struct str iss;

	*ret_why = jwt_wrong_issuer;
	if (!c->rules->issuer.n)
		return RC_OK;
	return json_value_str(json_value_get(c->claims, "iss"), &iss) &&
			       str_eq(iss, c->rules->issuer)
		       ? RC_OK
		       : RC_INVALID;
}

/* RFC 7519 4.1.3. */
static enum rc check_aud(const struct claims_check *c, const char **ret_why)
{
	struct strlist aud;

	*ret_why = jwt_wrong_audience;
	if (!c->rules->audience.n)
		return RC_OK;
	if (!json_value_strlist(
		    c->arena, json_value_get(c->claims, "aud"), AUDIENCES_MAX, true, &aud))
		return RC_INVALID;
	if (c->rules->single_audience && aud.n != 1)
		return RC_INVALID;
	return strlist_has(aud, c->rules->audience) ? RC_OK : RC_INVALID;
}

/* RFC 7519 4.1.4: the last moment is the one before exp. */
static enum rc check_exp(const struct claims_check *c, const char **ret_why)
{
	int64_t exp;

	*ret_why = "the token has no usable time of expiry (exp)";
	if (!time_claim(c, "exp", &exp))
		return RC_INVALID;
	*ret_why = jwt_expired;
	return c->rules->expired_ok || c->rules->now < exp + leeway(c) ? RC_OK : RC_EXPIRED;
}

/* RFC 7519 4.1.5. */
static enum rc check_nbf(const struct claims_check *c, const char **ret_why)
{
	int64_t nbf;

	*ret_why = "the token is not valid yet (nbf)";
	if (!json_value_get(c->claims, "nbf"))
		return RC_OK;
	return time_claim(c, "nbf", &nbf) && nbf <= c->rules->now + leeway(c) ? RC_OK : RC_INVALID;
}

/* RFC 7519 4.1.6; OIDC Core 3.1.3.7 rule 10. */
static enum rc check_iat(const struct claims_check *c, const char **ret_why)
{
	int64_t iat;

	if (c->rules->iat_optional && !json_value_get(c->claims, "iat"))
		return RC_OK;
	*ret_why = "the token has no usable time of issue (iat)";
	if (!time_claim(c, "iat", &iat))
		return RC_INVALID;
	*ret_why = "the token was issued in the future (iat)";
	if (iat > c->rules->now + leeway(c))
		return RC_INVALID;
	*ret_why = "the token is too old (iat)";
	if (c->rules->max_age > 0 && c->rules->now > iat + c->rules->max_age + leeway(c))
		return RC_EXPIRED;
	return RC_OK;
}

static enum rc (*const checks[])(const struct claims_check *, const char **) = {
	check_iss, check_aud, check_exp, check_nbf, check_iat};

enum rc jwt_check(struct str payload, const struct jwt_rules *rules, struct json_value **ret_claims,
	const char **ret_why)
{
	struct claims_check c = {.rules = rules};
	struct json_value *claims;
	enum rc rc = RC_OK;

	*ret_why = "the claims are not a JSON object";
	if (json_value_parse(payload, JWS_MAX, &claims) != RC_OK)
		return RC_INVALID;
	c.claims = claims;
	c.arena = arena_new(ARENA_MAX);
	if (!json_value_is_object(claims))
		rc = RC_INVALID;
	for (size_t i = 0; rc == RC_OK && i < ARRAY_LEN(checks); i++)
		rc = checks[i](&c, ret_why);
	arena_free(c.arena);
	if (rc != RC_OK) {
		json_value_free(claims);
		return rc;
	}
	*ret_claims = claims;
	return RC_OK;
}

struct str jwt_half_hash(struct arena *a, struct str token)
{
	unsigned char hash[SHA256_SIZE];

	sha256(token, hash);
	return base64url_encode(a, (struct str){.p = (const char *)hash, .n = SHA256_SIZE / 2});
}
