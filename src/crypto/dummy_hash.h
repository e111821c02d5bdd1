/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CRYPTO_DUMMY_HASH_H
#define PRATU_CRYPTO_DUMMY_HASH_H

/*
 * Dummy hashes in the formats of imported hashes. A login to an account whose imported hash was
 * never used takes longer than others, and no longer so when the hash was renewed. To hide that
 * such an account exists, and that its holder has logged in, usernames that do not exist are
 * checked against dummy hashes in the same mix of formats as the accounts have now: as people's
 * hashes are renewed, such usernames move from an imported format to our own, at the same pace;
 * while the process runs none moves back or to another imported format, and with one imported
 * format none does over restarts either.
 *
 * Which username meets which format follows from its number and from how many accounts have each
 * format, so that repeated attempts reveal nothing. Any thread; each function takes a lock.
 */
#include "base/arena.h"
#include "base/str.h"

#include <stdint.h>

#define DUMMY_HASH_MAX 8

struct dummy_hashes;

struct dummy_hashes *dummy_hashes_new(void);
void dummy_hashes_free(struct dummy_hashes *d); /* NULL is fine */
/* Counts an account with a hash of this format. Cheap formats, and further ones once DUMMY_HASH_MAX
 * are known, count as our own. */
void dummy_hashes_learn(struct dummy_hashes *d, struct str hash);
/* The accounts counted so far were a sample of this many. */
void dummy_hashes_sampled(struct dummy_hashes *d, uint64_t accounts);
/* A hash of this format is in use: one account at least has it. */
void dummy_hashes_meet(struct dummy_hashes *d, struct str hash);
/* Counts an account with a hash of our own. */
void dummy_hashes_own(struct dummy_hashes *d);
/* Counts a hash of this format as renewed: one fewer, one more of our own. */
void dummy_hashes_renewed(struct dummy_hashes *d, struct str hash);
/* The hash to check for the name of this number, in the arena; empty: only our own. */
struct str dummy_hashes_pick(struct dummy_hashes *d, struct arena *a, uint32_t number);

#endif
