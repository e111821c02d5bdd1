/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_OAUTH_LOGOUT_H
#define PRATU_IDP_OAUTH_LOGOUT_H

/*
 * Logging out: at the request of a portal (OpenID Connect RP-Initiated Logout 1.0) and from our own
 * pages. If the portal identifies this session by an ID token, the session ends; in all other cases
 * the person is asked. The browser is sent back only to a registered URI, byte for byte.
 */
#include "core/op.h"

void logout_run(struct op *op);         /* GET, POST /oauth2/logout */
void logout_confirm_run(struct op *op); /* POST /oauth2/logout/confirm */

#endif
