/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_OAUTH_DISCOVERY_H
#define PRATU_IDP_OAUTH_DISCOVERY_H

/*
 * Discovery (OIDC Discovery 1.0 3, RFC 8414 2) and JWKS (RFC 7517 5), prepared once and after every
 * change of the keys. Endpoint members come from the route rows, lists from the tables that the
 * endpoints themselves use, so the document cannot promise what the code does not do.
 */
#include "core/app.h"

/* Makes or renews the prepared answers. Any thread. RC_LIMITED when one would be too long. */
MUST_USE enum rc discovery_prepare(struct app *p);
MUST_USE enum rc discovery_renew_jwks(struct app *p);

void discovery_handle(struct http_exchange *x);
void oauth_metadata_handle(struct http_exchange *x);
void jwks_handle(struct http_exchange *x);

#endif
