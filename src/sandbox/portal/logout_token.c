/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "sandbox/portal/logout_token.h"

#include "codec/json_value.h"
#include "jose/jwt.h"

#define LEEWAY  10  /* seconds */
#define AGE_MAX 180 /* seconds since iat: two minutes, and the way */
#define EVENT   "http://schemas.openid.net/event/backchannel-logout"

static struct str copied(struct arena *a, const struct json_value *claims, const char *name)
{
	struct str s;

	return json_value_str(json_value_get(claims, name), &s) ? str_dup(a, s) : STR_NONE;
}

/* What is wrong; NULL: nothing. */
static const char *fault_of(const struct json_value *claims, const struct logout_token_claims *read)
{
	const struct json_value *events = json_value_get(claims, "events");

	if (!json_value_is_object(events) || !json_value_is_object(json_value_get(events, EVENT)))
		return "events has no back-channel logout";
	if (json_value_get(claims, "nonce"))
		return "there is a nonce: this is no logout token";
	if (!read->jti.n)
		return "jti is missing";
	return read->sid.n || read->sub.n ? NULL : "neither sid nor sub is there";
}

enum rc logout_token_read(struct arena *a, struct str payload, struct str issuer,
	struct str client_id, int64_t now, struct logout_token_claims *ret, const char **ret_why)
{
	struct json_value *claims __attribute__((cleanup(json_value_freep))) = NULL;
	const struct jwt_rules rules = {.issuer = issuer,
		.audience = client_id,
		.now = now,
		.leeway = LEEWAY,
		.max_age = AGE_MAX};

	if (jwt_check(payload, &rules, &claims, ret_why) != RC_OK)
		return RC_DENIED;
	*ret = (struct logout_token_claims){.sid = copied(a, claims, "sid"),
		.sub = copied(a, claims, "sub"),
		.jti = copied(a, claims, "jti")};
	*ret_why = fault_of(claims, ret);
	return *ret_why ? RC_DENIED : RC_OK;
}
