/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_CIBA_HINT_H
#define PRATU_IDP_CIBA_HINT_H

/*
 * Who shall be asked (CIBA Core 7.1). Exactly one of
 *
 *     login_hint     a username; "sub:" and the person's sub; or "pid:" and base64url of the keyed
 *                    hash of the citizen number (`pratu ciba hint` prints it)
 *     id_token_hint  an ID token of ours that was issued to the client, also an expired one
 *     login_hint_token  a JWT of the client that holds such a login_hint (idp/ciba/client_jwt.h)
 *
 * Somebody unknown, suspended, or without a role in the client's system is unknown_user_id alike: a
 * client finds out nothing about people who do not use it, and reaches none of them.
 */
#include "access/access_decision.h"
#include "idp/oauth/auth_request_rules.h"

#define HINT_SUB "sub:"
#define HINT_PID "pid:"

struct ciba_hinted {
	struct access_decision access; /* outcome ACCESS_OK */
	struct str account;            /* a username named it, and it may enter; may be empty */
};

/* NULL and *ret, or the error to answer. */
const struct oauth_error *ciba_hint_find(
	struct op *op, const struct auth_reading *reading, struct ciba_hinted *ret);

#endif
