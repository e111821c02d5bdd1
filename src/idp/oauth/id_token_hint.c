/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/oauth/id_token_hint.h"

#include "jose/jwt.h"

static struct str hint_claim(struct op *op, const struct json_value *claims, const char *name)
{
	struct str value;

	return json_value_str(json_value_get(claims, name), &value) ? str_dup(op->tx.a, value)
								    : STR_NONE;
}

bool id_token_hint_verify(struct op *op, struct str token, struct id_token_hint *ret)
{
	static const struct jws_use use = {.algs = JOSE_ASYMMETRIC, .typ = NULL};
	const struct jwt_rules rules = {
		.issuer = op->tx.settings->issuer,
		.single_audience = true,
		.now = op->tx.now,
		.leeway = 0,
		.expired_ok = true,
	};
	__attribute__((cleanup(json_value_freep))) struct json_value *claims = NULL;
	struct str payload;
	const char *why;

	if (keyring_verify_hint(op->tx.app->keys, op->tx.a, token, &use, &payload, &why) != RC_OK)
		return false;
	if (jwt_check(payload, &rules, &claims, &why) != RC_OK)
		return false;
	*ret = (struct id_token_hint){hint_claim(op, claims, "sub"), hint_claim(op, claims, "sid"),
		hint_claim(op, claims, "aud")};
	return ret->subject.n && ret->client.n;
}
