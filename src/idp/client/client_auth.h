/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_CLIENT_CLIENT_AUTH_H
#define PRATU_IDP_CLIENT_CLIENT_AUTH_H

/*
 * Client authentication at the token endpoint and its relatives (RFC 6749 2.3): exactly one method,
 * and the one the client is registered for. An empty secret is a missing one. Secrets are 256
 * random bits we made, so their SHA-256 is compared (in constant time); no slow hash is needed.
 * Signed assertions are idp/client/client_assertion.h's.
 */
#include "core/error.h"
#include "core/op.h"
#include "directory/records.h"

/* GUARD_CLIENT, for struct module. A refusal is answered as JSON (RFC 6749 5.2). */
extern const struct guard_rule client_guards[];

/* "client_secret_basic", for discovery; the second without "none". Ended by NULL. */
extern const char *const client_auth_methods[], *const client_auth_confidential[];

#endif
