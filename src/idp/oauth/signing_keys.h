/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_OAUTH_SIGNING_KEYS_H
#define PRATU_IDP_OAUTH_SIGNING_KEYS_H

/*
 * Where signing keys are kept: in the store, the private JWK sealed under the master key. Server
 * and commands change them by units of work; a server sees what a command did at its next step. Any
 * thread.
 */
#include "core/tx.h"
#include "jose/keyring.h"

#define KEYS_MAX 32

struct keys {
	struct keyring_key v[KEYS_MAX];
	uint64_t versions[KEYS_MAX];
	size_t n;
	uint64_t newest; /* version of the note that names the newest key: see signing_keys.c */
};

/*
 * Reads and unseals all keys. RC_CORRUPT: one cannot be opened with this master key. known: keys
 * read before, or NULL; unchanged keys are not unsealed and checked again, which takes milliseconds
 * for an RSA key.
 */
MUST_USE enum rc keys_read(struct store_snapshot *snap, struct arena *a, const struct vault *vault,
	const struct keys *known, struct keys *ret);
void keys_done(struct keys *k); /* gives the references back */
/* Puts the keys into the ring. */
MUST_USE enum rc keys_load(
	struct store *store, struct arena *a, const struct vault *vault, struct keyring *ring);

/*
 * Makes a key of alg that becomes active at active_from; the key before it retires then, or, where
 * a rule is given and active_from has come, in this unit of work. *ret_kid lives in the arena. Of
 * two processes that make one at the same moment one meets RC_CONFLICT. RC_LIMITED: KEYS_MAX.
 */
MUST_USE enum rc signing_key_add(struct tx *tx, enum jose_alg alg, int64_t active_from,
	const struct keyring_rotation *rule, struct str *ret_kid);
/* Deletes a key at once, whatever it is still needed for. RC_NOT_FOUND; RC_INVALID: it signs. */
MUST_USE enum rc signing_key_drop(struct tx *tx, struct str kid);
/*
 * Moves every key's life on, makes successors that are due for algs (JOSE_BIT), removes what is
 * over. *ret_changed: the ring must be loaded again. known: see keys_read; what was read is put
 * there. Run by the server from time to time.
 */
MUST_USE enum rc signing_keys_step(struct tx *tx, const struct keyring_rotation *rule,
	unsigned algs, struct keys *known, bool *ret_changed);

/* The same as units of work of their own. */
struct keys_context {
	struct store *store;
	const struct vault *vault;
	const struct rng *rng;
	int64_t now_ms;
	struct str actor;   /* for the audit trail */
	struct keys *known; /* see keys_read; keys_tick puts there what it read. NULL: none */
};

/* RC_EXISTS: another process made one at this moment. */
MUST_USE enum rc keys_add(const struct keys_context *c, struct arena *a, enum jose_alg alg,
	int64_t active_from, struct str *ret_kid);
MUST_USE enum rc keys_tick(const struct keys_context *c, struct arena *a,
	const struct keyring_rotation *rule, unsigned algs, bool *ret_changed);

#endif
