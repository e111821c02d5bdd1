/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_OAUTH_LOGOUT_H
#define PRATU_IDP_OAUTH_LOGOUT_H

/*
 * Logging out: at a portal's wish (OpenID Connect RP-Initiated Logout 1.0) and from our own pages.
 * A portal that proves with an ID token that it means this very session is obeyed; in all other
 * cases the person is asked. The browser is sent back only to a registered URI, byte for byte.
 */
#include "core/op.h"

void logout_run(struct op *op);         /* GET, POST /oauth2/logout */
void logout_confirm_run(struct op *op); /* POST /oauth2/logout/confirm */

#endif
