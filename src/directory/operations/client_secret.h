/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_OPERATIONS_CLIENT_SECRET_H
#define PRATU_DIRECTORY_OPERATIONS_CLIENT_SECRET_H

/*
 * Secrets of clients: made here (256 random bits, given out once), or brought along when a portal
 * moves from another provider and shall keep what it has. Kept as SHA-256 either way, so what is
 * brought must be random, too: 22 characters or more, or the SHA-256 of such a one. Where the
 * client signs with it (client_secret_jwt) the secret itself is kept as well, sealed (decision
 * 0073): it must be brought in plain then, and have the bytes that HS256 needs.
 */
#include "core/operation.h"
#include "directory/records.h"

#define CLIENT_SECRET_PREFIX      "pratu_cs_"
#define CLIENT_SECRET_BYTES       32
#define CLIENT_SECRET_BROUGHT_MIN 22        /* characters: 128 bits in base64url */
#define CLIENT_SECRET_TEXT_MAX    256       /* bytes, as they are sent */
#define CLIENT_SECRET_HASHED      "sha256:" /* in front of a hash, in hex or base64 */

/* Does the client have a secret, by its way to authenticate? */
bool client_has_secret(const struct client *c);
/* Problems of a secret that is brought for the client, under "secret"; none of an empty one. */
void client_secret_check(
	struct arena *a, const struct client *c, struct str brought, struct problems *ret);
/* Gives the client the secret brought, or makes one, which is returned; what it had is forgotten.
 */
struct str client_secret_give(struct tx *tx, struct str brought, struct client *c);
/* Makes one where one is needed and missing, drops one that is needed no more. */
struct str client_secret_settle(struct tx *tx, struct str brought, struct client *c);

#endif
