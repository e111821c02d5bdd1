/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/operations/client_ciba.h"

#include "directory/operations/check.h"
#include "directory/operations/client_metadata.h"
#include "net/outgoing.h"

#define MODE     "backchannel_token_delivery_mode"
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
	return check_endpoint(c, e);
}
