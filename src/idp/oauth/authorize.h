/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_OAUTH_AUTHORIZE_H
#define PRATU_IDP_OAUTH_AUTHORIZE_H

/*
 * The authorization endpoint (RFC 6749 3.1, OIDC Core 3.1.2), by GET and POST: an ordered table of
 * steps, one rule of the specifications each. The request becomes an interaction; the flow goes on
 * from there.
 */
#include "core/op.h"

void authorize_run(struct op *op);

extern const char *const response_types[], *const response_modes[], *const prompts[];

#endif
