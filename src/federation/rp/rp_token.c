/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The ID token: whom the upstream says it has seen. */
#include "federation/rp/rp_priv.h"

#include "jose/jwt.h"

/* One attempt with the keys at hand; *set is exchanged for newer ones when it is not NULL. */
static enum rc with_keys(struct rp *rp, struct arena *a, int64_t now, struct str id_token,
	struct jwk_set **set, struct str *ret_payload, const char **ret_why)
{
	const struct jws_use use = {.algs = rp->o.algs, .max = JWS_MAX};
	const char *sentence;
	void *value;
	enum rc rc = refresh_cache_get(rp->keys, now, *set, &value);

	if (rc != RC_OK) {
		*ret_why = rc == RC_LIMITED ? "unknown_kid" : "no_keys";
		return rc == RC_LIMITED ? RC_DENIED : RC_UNAVAILABLE;
	}
	jwk_set_unref(*set);
	*set = value;
	rc = jws_verify(a, id_token, &use, *set, ret_payload, &sentence);
	if (rc == RC_OK || rc == RC_NOT_FOUND)
		return rc;
	*ret_why = rc == RC_DENIED ? "bad_signature" : "bad_id_token";
	return RC_DENIED;
}

/* A kid nobody knows makes the keys be fetched once more, not twice (upstreams rotate). */
static enum rc check_signature(struct rp *rp, struct arena *a, int64_t now, struct str id_token,
	struct str *ret_payload, const char **ret_why)
{
	struct jwk_set *set = NULL;
	enum rc rc = with_keys(rp, a, now, id_token, &set, ret_payload, ret_why);

	if (rc == RC_NOT_FOUND)
		rc = with_keys(rp, a, now, id_token, &set, ret_payload, ret_why);
	jwk_set_unref(set);
	if (rc != RC_NOT_FOUND)
		return rc;
	*ret_why = "unknown_kid";
	return RC_DENIED;
}

static const char *claims_word(const char *sentence)
{
	if (sentence == jwt_wrong_issuer)
		return "wrong_issuer";
	if (sentence == jwt_wrong_audience)
		return "wrong_audience";
	return sentence == jwt_expired ? "id_token_expired" : "bad_claims";
}

/* OIDC Core 3.1.3.7 rule 11: what was sent must come back unchanged. */
static enum rc check_nonce(const struct rp *rp, const struct json_value *claims, struct str nonce,
	bool *ret_seen, const char **ret_why)
{
	const struct json_value *v = json_value_get(claims, "nonce");
	struct str back;

	*ret_seen = v != NULL;
	if (!v) {
		*ret_why = "nonce_missing";
		return nonce.n && rp->o.nonce == RP_NONCE_REQUIRED ? RC_DENIED : RC_OK;
	}
	*ret_why = "wrong_nonce";
	return json_value_str(v, &back) && nonce.n && secret_equal(back, nonce) ? RC_OK : RC_DENIED;
}

/* OIDC Core 3.1.3.8: the access token that came along is the one meant. */
static enum rc check_at_hash(struct arena *a, const struct json_value *claims,
	struct str access_token, const char **ret_why)
{
	const struct json_value *v = json_value_get(claims, "at_hash");
	struct str hash;

	*ret_why = "wrong_at_hash";
	if (!v)
		return RC_OK;
	return json_value_str(v, &hash) && str_eq(hash, jwt_half_hash(a, access_token)) ? RC_OK
											: RC_DENIED;
}

enum rc rp_verify(struct rp *rp, struct arena *a, int64_t now, struct str id_token,
	struct str nonce, struct str access_token, struct json_value **ret_claims,
	bool *ret_nonce_seen, const char **ret_why)
{
	const struct jwt_rules rules = {.issuer = rp->o.issuer,
		.audience = rp->o.client_id,
		.single_audience = true,
		.now = now,
		.leeway = RP_CLOCK_LEEWAY};
	const char *sentence;
	struct json_value *claims;
	struct str payload;
	bool seen;
	enum rc rc = check_signature(rp, a, now, id_token, &payload, ret_why);

	if (rc != RC_OK)
		return rc;
	if (jwt_check(payload, &rules, &claims, &sentence) != RC_OK) {
		*ret_why = claims_word(sentence);
		return RC_DENIED;
	}
	rc = check_nonce(rp, claims, nonce, &seen, ret_why);
	if (rc == RC_OK)
		rc = check_at_hash(a, claims, access_token, ret_why);
	if (rc != RC_OK) {
		json_value_free(claims);
		return rc;
	}
	*ret_claims = claims;
	*ret_nonce_seen = seen;
	return RC_OK;
}
