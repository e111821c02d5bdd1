/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CRYPTO_PWHASH_H
#define PRATU_CRYPTO_PWHASH_H

/*
 * Password hashes: argon2id of libsodium for our own, and the forms other systems left us, which
 * are only checked. Every call costs tens of milliseconds and the memory of the cost: workers only.
 *
 * Salts are libsodium's own random bytes: the one place where randomness does not come from
 * base/random.h, because the library makes the whole text. Any thread.
 */
#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"

#define PASSWORD_MAX 128u /* bytes of a password, before anything is computed */
#define PWHASH_MAX   256u /* bytes of a hash's text */

struct pwhash_cost {
	int64_t memory_cost; /* bytes */
	int64_t time_cost;
};
#define PWHASH_MEMORY_MIN (8 * 1024)

/* The normal form in which a password is hashed and compared (RFC 8265 4.2, OpaqueString): other
 * spaces become U+0020, then NFC. RC_INVALID: empty, over PASSWORD_MAX, no UTF-8, control or
 * unassigned characters. */
MUST_USE enum rc password_normalise(struct arena *a, struct str typed, struct str *ret);

/* "$argon2id$v=19$m=19456,t=2,p=1$...". Waits where the memory cannot be had (base/die.h), as
 * pwhash_check does. */
struct str pwhash_make(struct arena *a, const struct pwhash_cost *cost, struct str password);
/* Of the same form and cost, but of no password: random bytes, made without the work. */
struct str pwhash_dummy(struct arena *a, const struct pwhash_cost *cost);
/* Is it the password of this hash, ours or a legacy one? False also for a malformed hash. */
bool pwhash_check(struct str hash, struct str password);
/* True if the hash has other costs than cost, or a legacy format: replace it when the password is
 * known. */
bool pwhash_stale(struct str hash, const struct pwhash_cost *cost);

/*
 * Forms of other systems that can be imported: crypt $1$ $2a$ $2b$ $2y$ $5$ $6$ $y$ and {SSHA}
 * {SSHA256} {SSHA512}, argon2id as above. False with a static sentence: unknown, malformed, or so
 * costly that checking it would be an attack on us.
 */
bool pwhash_importable(struct str hash, const char **ret_why);
bool pwhash_legacy(struct str hash);

/* The version of libsodium that runs. */
const char *pwhash_library_version(void);

#endif
