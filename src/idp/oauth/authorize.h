/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_OAUTH_AUTHORIZE_H
#define PRATU_IDP_OAUTH_AUTHORIZE_H

/*
 * The authorization endpoint (RFC 6749 3.1, OIDC Core 3.1.2), by GET and POST: the rules of the
 * request (auth_request_rules.h), then a login answers it.
 */
#include "idp/login/auth_request.h"
#include "core/op.h"

void authorize_run(struct op *op);

/* What the login answers a client with: a code, or an error, at its redirect URI. */
extern const struct auth_responder authorize_responder;

#endif
