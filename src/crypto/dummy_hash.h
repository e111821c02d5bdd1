/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CRYPTO_DUMMY_HASH_H
#define PRATU_CRYPTO_DUMMY_HASH_H

/*
 * Dummy hashes in the formats of imported hashes. A login to an account whose imported hash was
 * never used takes longer than others. To hide that such an account exists, a share of the
 * usernames that do not exist is checked against a dummy hash of the same format and cost. The
 * share follows from the username, so that repeated attempts reveal nothing.
 *
 * The formats are learned from the hashes in use. Any thread; each function takes a lock.
 */
#include "base/arena.h"
#include "base/str.h"

#include <stdint.h>

#define DUMMY_HASH_MAX 8

struct dummy_hashes;

struct dummy_hashes *dummy_hashes_new(void);
void dummy_hashes_free(struct dummy_hashes *d); /* NULL is fine */
/* Registers a hash format in use. Ignores cheap formats, and further ones once DUMMY_HASH_MAX are
 * known. */
void dummy_hashes_learn(struct dummy_hashes *d, struct str hash);
/* The hash to check for the name of this number, in the arena; empty: only our own. */
struct str dummy_hashes_pick(struct dummy_hashes *d, struct arena *a, uint32_t number);

#endif
