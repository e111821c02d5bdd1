/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_FLOW_ASSERTION_FIXTURE_H
#define PRATU_TESTS_FLOW_ASSERTION_FIXTURE_H

/*
 * Clients that sign assertions: keys, assertions as a portal makes them and as none should, and
 * requests with them. Needs cmocka.
 */
#include "flow/helpers.h"
#include "jose/jwk.h"

#define SIGNER        "signer"
#define SIGNER_SECRET "0123456789abcdef0123456789abcdef" /* of client_secret_jwt */

/* A private key of a portal, as long as the process. */
struct signer_key {
	struct jwk *jwk;
	struct str kid;
};
struct signer_key signer_key_new(enum jose_alg alg);
/* {"keys":[...]} of so many. */
struct str signer_jwks(struct fixture *w, const struct signer_key *keys, size_t n);

/* A client with private_key_jwt and this key; by the address where uri is not NULL. */
void signer_client(
	struct fixture *w, const char *id, const struct signer_key *key, const char *uri);
/* A client with client_secret_jwt and SIGNER_SECRET. */
void signer_secret_client(struct fixture *w, const char *id);
/* Changes its keys. */
void signer_keys(struct fixture *w, const char *id, struct str jwks);

/*
 * Claims as JSON: those of a good assertion of the client, changed by the arguments up to NULL:
 * "name=json" sets, "-name" leaves out, "name@seconds" sets a time from now.
 */
struct str claims_of(struct fixture *w, const char *client, ...) __attribute__((sentinel));
/* Signed with a header of one's own; header NULL: alg and kid of the key. */
struct str signed_by(
	struct fixture *w, const struct signer_key *key, const char *header, struct str claims);
/* By a secret; header NULL: HS256. */
struct str signed_by_secret(
	struct fixture *w, const char *secret, const char *header, struct str claims);
/* A good assertion with a jti of its own. */
struct str assertion_of(struct fixture *w, const struct signer_key *key, const char *client);

/* form and the assertion, at the path; a form without "&" at its end. */
struct raw_answer post_assertion(
	struct fixture *w, const char *path, struct str form, struct str assertion);
/* The token endpoint with a code that is none: invalid_grant says that the client is proven. */
struct raw_answer prove(struct fixture *w, struct str assertion);

/* Is it proven, or refused for this reason (the name in errors.def, from the log)? */
void check_proven_at(struct fixture *w, struct str assertion, const char *file, int line);
#define check_proven(w, assertion) check_proven_at((w), (assertion), __FILE__, __LINE__)
void check_unproven_at(
	struct fixture *w, struct str assertion, const char *rule, const char *file, int line);
#define check_unproven(w, assertion, rule)                                                         \
	check_unproven_at((w), (assertion), (rule), __FILE__, __LINE__)
/* The rule of the last refusal. Of over 200 in a second some are not logged (obs/log_budget.h). */
const char *refused_for(void);

#endif
