/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_CLIENT_CLIENT_KEYS_H
#define PRATU_IDP_CLIENT_CLIENT_KEYS_H

/*
 * The public keys of clients: registered with them (jwks), or fetched from where they publish them
 * (jwks_uri; OIDC Core 10.1.1, RFC 7517) through net/outgoing.h and cached.
 *
 * A fetched set is used for CLIENT_KEYS_KEEP. A kid that is not in it has it fetched again, at most
 * every CLIENT_KEYS_GAP; so a portal may change its key at any moment. While the address does not
 * answer, the set before is used for CLIENT_KEYS_STALE, and it is asked every CLIENT_KEYS_RETRY.
 *
 * A registered set is read once and stays in the same memory, under its text, until another one
 * needs the place; it is never fetched.
 *
 * client_keys_get does not block: any thread. client_keys_fetch does: workers only, and only those
 * whose request has a place of client_keys_admission, so that portals that hang hold few.
 */
#include "core/app.h"
#include "directory/records.h"

#define CLIENT_KEYS_KEEP     300   /* seconds */
#define CLIENT_KEYS_GAP      10    /* seconds */
#define CLIENT_KEYS_RETRY    10    /* seconds */
#define CLIENT_KEYS_STALE    14400 /* seconds since the keys were fetched */
#define CLIENT_KEYS_SETS_MAX 512   /* sets in memory; the one unused longest goes */
#define CLIENT_KEYS_BODY_MAX 65536 /* bytes of a set that is fetched */
/* Workers that fetch at once, at most; half of them for one network. */
#define CLIENT_KEYS_PLACES 8

struct client_keys;
struct admission;

/* app->outgoing and app must outlive it. */
struct client_keys *client_keys_new(const struct app *app);
void client_keys_free(struct client_keys *k); /* NULL is fine */

/*
 * The keys of the client, with a reference for the caller. RC_NOT_FOUND: they are to be fetched;
 * RC_INVALID: it has none, or what is stored is no set.
 */
MUST_USE enum rc client_keys_get(
	struct client_keys *k, const struct client *c, int64_t now, struct jwk_set **ret);

/* What is to be fetched; strings live as long as whoever waits. */
struct client_keys_wanted {
	struct str client, uri;
	enum jose_alg alg; /* of keys that do not name theirs; JOSE_ALG_INVALID: by their type */
	struct str kid;    /* not in the set that is cached; empty: any set will do */
};
struct client_keys_wanted client_keys_want(const struct client *c, struct str kid);
/* Would another fetch for a kid that is not in the set lead nowhere now? One a moment ago did. So a
 * flood of made-up kids takes no worker. Does not block; any thread. */
bool client_keys_rest(struct client_keys *k, const struct client_keys_wanted *wanted, int64_t now);
/* Afterwards client_keys_get has them, if they could be had; a failure is logged. */
void client_keys_fetch(struct client_keys *k, const struct client_keys_wanted *wanted, int64_t now);

/* Where requests wait for their turn to fetch. */
struct admission *client_keys_admission(struct client_keys *k);
/* Workers that may be held at once, of this many. */
size_t client_keys_places(int64_t workers);

#endif
