/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CRYPTO_DUMMY_HASH_H
#define PRATU_CRYPTO_DUMMY_HASH_H

/*
 * Hashes of nobody's password in the forms that other systems left us. An account whose imported
 * hash was never used takes longer to answer than others; so that this tells nobody that it exists,
 * a part of the names that nobody has is checked against a dummy hash of the same form and cost.
 * Which part follows from the name, so asking again tells no more.
 *
 * The forms are learned from the hashes that are met. Any thread; each function takes a lock.
 */
#include "base/arena.h"
#include "base/str.h"

#include <stdint.h>

#define DUMMY_HASH_MAX 8

struct dummy_hashes;

struct dummy_hashes *dummy_hashes_new(void);
void dummy_hashes_free(struct dummy_hashes *d); /* NULL is fine */
/* There is a hash of this form and cost. What costs nothing worth telling, and what is one form too
 * many, is passed over. */
void dummy_hashes_learn(struct dummy_hashes *d, struct str hash);
/* The hash to check for the name of this number, in the arena; empty: only our own. */
struct str dummy_hashes_pick(struct dummy_hashes *d, struct arena *a, uint32_t number);

#endif
