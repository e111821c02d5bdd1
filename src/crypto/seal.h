/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CRYPTO_SEAL_H
#define PRATU_CRYPTO_SEAL_H

/* Keys derived from a master secret, and what is encrypted under them. Any thread. */
#include "base/rc.h"
#include "base/secret.h"
#include "base/str.h"

struct arena;
struct rng;

/* 32 bytes for one purpose out of a master secret: HKDF-SHA-256 (RFC 5869), info = purpose. */
void secret_derive(const struct secret *master, const char *purpose, unsigned char ret[static 32]);

/* AES-256-GCM with a random 96-bit nonce in front; aad binds the ciphertext to its place. Where it
 * cannot, the arena fails (base/arena.h) and the result is empty. */
struct str secret_seal(struct arena *a, const struct rng *rng, const unsigned char key[static 32],
	struct str aad, struct str plain);
/* RC_CORRUPT when it was not sealed with this key and aad; RC_UNAVAILABLE: no memory. */
MUST_USE enum rc secret_open(struct arena *a, const unsigned char key[static 32], struct str aad,
	struct str sealed, struct str *ret);

#endif
