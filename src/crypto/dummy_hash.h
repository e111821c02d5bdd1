/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CRYPTO_DUMMY_HASH_H
#define PRATU_CRYPTO_DUMMY_HASH_H

/*
 * Hashes of nobody's password in the forms that other systems left us. An account whose imported
 * hash was never used takes longer to answer than others; so that this tells nobody that it exists,
 * a part of the names that nobody has is checked against a decoy of the same form and cost. Which
 * part follows from the name, so asking again tells no more.
 *
 * The forms are learned from the hashes that are met. Any thread; each function takes a lock.
 */
#include "base/arena.h"
#include "base/str.h"

#include <stdint.h>

#define DECOYS_MAX 8

struct decoys;

struct decoys *decoys_new(void);
void decoys_free(struct decoys *d); /* NULL is fine */
/* There is a hash of this form and cost. What costs nothing worth telling, and what is one form too
 * many, is passed over. */
void decoys_learn(struct decoys *d, struct str hash);
/* The hash to check for the name of this number, in the arena; empty: only our own. */
struct str decoys_pick(struct decoys *d, struct arena *a, uint32_t number);

#endif
