/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/operations/client_ciba.h"

#include "directory/operations/check.h"
#include "directory/operations/client_metadata.h"
#include "jose/jwk.h"
#include "net/outgoing.h"

#define MODE     "backchannel_token_delivery_mode"
#define SIGNED   "backchannel_authentication_request_signing_alg"
#define ENDPOINT "backchannel_client_notification_endpoint"

static enum rc check_endpoint(const struct client *c, struct field_error *e)
{
	struct str uri = c->ciba_notification_endpoint;
	const char *why;

	if (c->ciba_delivery != CIBA_DELIVERY_PING)
		return uri.n ? fault(e, ENDPOINT,
				       "is of no use without the mode ping; leave it out")
			     : RC_OK;
	if (!uri.n)
		return fault(e, ENDPOINT, "is missing; the mode ping notifies that address");
	return outgoing_url_check(uri, true, &why) == RC_OK ? RC_OK : fault(e, ENDPOINT, "%s", why);
}

/* FAPI-CIBA 5.2.2: no RSASSA-PKCS1-v1_5. Keys of an address are fetched for private_key_jwt. */
static enum rc check_signed(const struct client *c, struct field_error *e)
{
	if (!c->ciba_request_alg)
		return RC_OK;
	if (c->ciba_delivery == CIBA_DELIVERY_NONE)
		return fault(e, SIGNED,
			"is of no use without the grant type " GRANT_TYPE_CIBA "; leave it out");
	if (c->ciba_request_alg == JOSE_RS256)
		return fault(e, SIGNED, "is RS256; write ES256 or PS256");
	if (!c->jwks.n && c->auth_method != CLIENT_AUTH_PRIVATE_KEY)
		return fault(
			e, SIGNED, "needs the client's keys; write jwks, or use private_key_jwt");
	return RC_OK;
}

static enum rc check_user_code(const struct client *c, struct field_error *e)
{
	if (c->ciba_user_code && c->ciba_delivery == CIBA_DELIVERY_NONE)
		return fault(e, "backchannel_user_code_parameter",
			"is of no use without the grant type " GRANT_TYPE_CIBA "; leave it out");
	return RC_OK;
}

enum rc client_check_ciba(struct arena *a, const struct client *c, struct field_error *e)
{
	bool asks = strlist_has(c->grant_types, STR(GRANT_TYPE_CIBA));

	(void)a;
	if (asks && c->auth_method == CLIENT_AUTH_NONE)
		return fault(e, "grant_types",
			"has " GRANT_TYPE_CIBA
			", but the client has no secret; use client_secret_basic");
	if (asks && c->ciba_delivery == CIBA_DELIVERY_NONE)
		return fault(e, MODE, "is missing; write poll or ping");
	if (!asks && c->ciba_delivery != CIBA_DELIVERY_NONE)
		return fault(e, MODE,
			"is of no use without the grant type " GRANT_TYPE_CIBA "; leave it out");
	if (check_signed(c, e) != RC_OK || check_user_code(c, e) != RC_OK)
		return RC_INVALID;
	return check_endpoint(c, e);
}
