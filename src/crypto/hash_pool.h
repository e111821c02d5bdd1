/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CRYPTO_HASH_POOL_H
#define PRATU_CRYPTO_HASH_POOL_H

/*
 * Hash pool: the threads that compute password hashes, and nothing else. A hash occupies a
 * processor for tens of milliseconds, while other people log in by ThaID and portals refresh
 * tokens. So there are never more hash threads than processors, and each yields to every other
 * thread of the server: it has a smaller share of the processor and a longer time slice.
 *
 * Hashes are computed in the order of the calls. Any thread may call; the caller waits.
 */
#include "base/rc.h"

#include <stdbool.h>
#include <stdint.h>

struct hash_pool;

/* max: threads at most, fewer where the process may use fewer processors; 0: none, so that all work
 * is refused. queue: calls that may wait for a thread. memory: bytes of the usual hash, which each
 * thread keeps mapped (crypto/pwhash_arena.h), and gives back after HASH_POOL_REST without work.
 * Threads start with the first work. */
struct hash_pool *hash_pool_new(int64_t max, int64_t queue, int64_t memory);
#define HASH_POOL_REST 10                 /* seconds */
void hash_pool_free(struct hash_pool *l); /* nobody may be in hash_pool_run; NULL is fine */

/* Does work(data) on a thread of the pool and returns when it is done. RC_LIMITED: too many wait,
 * or the system gives no thread; not done. */
MUST_USE enum rc hash_pool_run(struct hash_pool *l, void (*work)(void *data), void *data);
/* Threads it may have; 0: all work is refused. */
int64_t hash_pool_threads(const struct hash_pool *l);
/* Mean time of one piece of work on a thread, microseconds; 0: nothing was done yet. */
int64_t hash_pool_mean_us(const struct hash_pool *l);
/* Would it be refused now? Only a guess: others come and go. */
bool hash_pool_full(struct hash_pool *l);

#endif
