/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_CIBA_CLIENT_JWT_H
#define PRATU_IDP_CIBA_CLIENT_JWT_H

/*
 * What a client signs by its registered keys for the backchannel authentication endpoint:
 *
 *   request           all parameters as claims (CIBA Core 7.1.1, RFC 9101): iss is the client, aud
 *                     the issuer; exp, iat, nbf and jti are required; nbf at most
 *                     CLIENT_JWT_LIFE_MAX ago, exp at most as far ahead (FAPI 1.0 Advanced 5.2.2);
 *                     sub is not the client (RFC 9101 10.8)
 *   login_hint_token  the same with the one claim login_hint, for clients that sign nothing else
 *
 * alg is the one that the client is registered for
 * (backchannel_authentication_request_signing_alg); a client that is registered for one must sign
 * its requests.
 */
#include "core/error.h"
#include "core/op.h"
#include "directory/records.h"

#define CLIENT_JWT_MAX      16384u /* bytes */
#define CLIENT_JWT_LIFE_MAX 3600   /* seconds */
#define CLIENT_JWT_SKEW     30     /* seconds that the client's clock may be ahead */

/*
 * Where there is a request object, puts what it says in the place of op->form, of which only the
 * members of client authentication may stand beside it. NULL, or the error to answer.
 */
const struct oauth_error *request_object_read(struct op *op, const struct client *client);
/* The login_hint that a login_hint_token holds. NULL, or the error to answer. */
const struct oauth_error *login_hint_token_read(
	struct op *op, const struct client *client, struct str token, struct str *ret_hint);

#endif
