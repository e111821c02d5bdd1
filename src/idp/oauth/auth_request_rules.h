/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_OAUTH_AUTH_REQUEST_RULES_H
#define PRATU_IDP_OAUTH_AUTH_REQUEST_RULES_H

/*
 * The rules of authorization requests: one function for each rule of the specifications, in one
 * ordered table that says at which endpoints the rule holds. An endpoint gets an error, or a
 * struct auth_request that it may answer, store, or hand to the login.
 *
 * The rules read the form of op (op_form comes first) and op's snapshot; strings of the request are
 * views into both, or in the arena.
 */
#include "core/error.h"
#include "idp/login/auth_request.h"
#include "core/op.h"
#include "directory/records.h"

#define RESPONSE_MODE_FRAGMENT "fragment" /* refused, and the refusal is answered there */

enum auth_endpoint {
	AUTH_AT_AUTHORIZE = 1 << 0, /* RFC 6749 3.1, OIDC Core 3.1.2 */
	AUTH_AT_PAR = 1 << 1,       /* pushed authorization request: RFC 9126 */
	AUTH_AT_CIBA = 1 << 2,      /* backchannel authentication: CIBA Core 7.1 */
	AUTH_AT_DEVICE = 1 << 3     /* device authorization: RFC 8628 3.1 */
};

/* A request while it is read. */
struct auth_reading {
	struct client client; /* an endpoint that authenticates its client fills it, and
				 request.client; authorize does not */
	struct auth_request request;
	bool answerable; /* the redirect URI is registered: errors may go there */
	bool by_client;  /* it came from the client itself, not by the address of a browser; set for
			    every endpoint but authorize, which knows what was pushed */
};

/* The first rule that is broken, or NULL: ret->request is complete. */
const struct oauth_error *auth_request_read(
	struct op *op, enum auth_endpoint endpoint, struct auth_reading *ret);

/* Does a rule read a parameter of this name? All others are ignored. */
bool auth_request_parameter(struct str name);

/* NULL-terminated; for discovery. */
extern const char *const response_types[], *const response_modes[], *const prompts[];

#endif
