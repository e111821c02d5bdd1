/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_CLIENT_CLIENT_ASSERTION_H
#define PRATU_IDP_CLIENT_CLIENT_ASSERTION_H

/*
 * Client authentication by a signed assertion: private_key_jwt and client_secret_jwt (OIDC Core 9,
 * RFC 7523 2.2 and 3; FAPI 2.0 Security Profile 5.3.2.1).
 *
 * - header: alg is one that the client is registered for and its key's own, and not RS256 where the
 *   client must push its requests (FAPI 2.0); kid where it has several keys; typ is absent, JWT or
 *   client-authentication+jwt. It never says where keys come from, and chooses no rule.
 * - iss, sub: both the client id.
 * - aud: the issuer, as one string. Clients that need not push their requests (those that must are
 *   held to FAPI 2.0) may also name the token endpoint, or the endpoint that they call. An array is
 *   refused.
 * - exp: required, at most CLIENT_ASSERTION_LIFE_MAX ahead.
 * - nbf, iat: where they are there, at most CLIENT_ASSERTION_SKEW ahead.
 * - jti: required, and used up: a second assertion of the client with the same one is refused for
 *   as long as the first could be accepted anywhere, also after a restart, and of many at the same
 *   moment one is accepted. It is used up where the request is refused afterwards, too.
 */
#include "core/error.h"
#include "core/op.h"
#include "core/table.h"
#include "directory/records.h"

#define CLIENT_ASSERTION_MAX      8192u /* bytes */
#define CLIENT_ASSERTION_JTI_MAX  256u  /* bytes */
#define CLIENT_ASSERTION_LIFE_MAX 300   /* seconds from now to exp */
#define CLIENT_ASSERTION_SKEW     30    /* seconds that a portal's clock may differ from ours */

#define TABLE_CLIENT_ASSERTION 80

struct client_assertion {
	struct str token;
	struct str client; /* as it says; verified by client_assertion_verify */
};

/* Reads the parameters. *ret_there: there is one. NULL, or the error to answer. */
const struct oauth_error *client_assertion_read(
	struct op *op, struct client_assertion *ret, bool *ret_there);
/* Verifies it for the client, and uses it up. NULL, or the error to answer. */
const struct oauth_error *client_assertion_verify(
	struct op *op, const struct client *c, const struct client_assertion *assertion);

/* The members of GUARD_CLIENT: keys that are to be fetched first. */
bool client_assertion_blocks(struct op *op);
struct admission *client_assertion_admission(struct op *op, struct admission_place *place);
void client_assertion_before(struct op *op);

extern const struct module_table client_assertion_tables[]; /* ended by a row without number */
/* For discovery; ended by NULL. */
extern const char *const client_assertion_algs[];

#endif
