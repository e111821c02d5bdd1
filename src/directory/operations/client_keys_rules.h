/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_OPERATIONS_CLIENT_KEYS_RULES_H
#define PRATU_DIRECTORY_OPERATIONS_CLIENT_KEYS_RULES_H

/*
 * The rules of what a client signs with: its method, the algorithm of its assertions, and its keys
 * (RFC 7591 2, OIDC Registration 2, RFC 7517). Pure; any thread.
 */
#include "codec/field.h"
#include "directory/records.h"

#define CLIENT_JWKS_KEYS_MAX 8 /* keys that a client is registered with */

/* RC_INVALID with the member and what to write. */
MUST_USE enum rc client_keys_check(
	struct arena *a, const struct client *c, struct field_error *ret_error);

#endif
