/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_STORE_STORE_H
#define PRATU_STORE_STORE_H

/*
 * The store: tables of byte keys in byte order, read through snapshots, changed by batches.
 *
 * Writing. Code reads a snapshot, computes, then commits one batch: a list of operations, each with
 * a precondition (STORE_ANY, STORE_ABSENT, or the version it read). Either every precondition holds
 * and every operation takes effect, or none does (RC_CONFLICT: read again and recompute). No caller
 * ever holds an open write transaction. When a commit is reported RC_OK the batch is on disk
 * (fsync). A batch sees neither its own nor other batches' writes when it is built; preconditions
 * are checked in the one global order of commits.
 *
 * Reading. A snapshot is one consistent moment. Values are views into the snapshot, good until
 * store_snapshot_end. Keep it short: no waiting, no call to another system while one is open.
 *
 * Expiry. In a table with STORE_EXPIRING the key's first 4 bytes are the second at which the record
 * expires, big-endian (store_key_expiring makes such keys). store_get does not return a record
 * whose second has come (now >= expiry, by the clock given at open); the sweeper deletes them in
 * ranges. Keys of one lifetime thus arrive in ascending order, which keeps writes in few pages
 * (measured: 5 times faster than random).
 *
 * Logs. In a table with STORE_LOG the store itself gives the key (8 bytes, big-endian, 1, 2, 3 ...)
 * within the commit, and the table's seal function turns (previous record, number, payload) into
 * the record stored: so a hash chain is never forked, also with several processes.
 *
 * Threads: every function may be called from any thread; one snapshot or batch is used by one
 * thread at a time. Processes: LMDB may be opened by a server and commands at once.
 */
#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"
#include "store/schema.h"
#include "base/clock.h"

struct store;
struct store_snapshot;
struct store_batch;

/* Opens a backend. RC_INVALID: schema or options, or this process has it open already; RC_CORRUPT:
 * damaged, no store of ours or of a newer version; RC_NOT_FOUND: no store there, and not create;
 * RC_DENIED: others may read or write it; RC_UNAVAILABLE: no disk, no permission (a log line says
 * what, and options->refusal). Free with store_close. A process that forks must not use it in the
 * child. */
MUST_USE enum rc store_open_lmdb(const struct store_schema *schema, const struct clock *clock,
	const struct store_lmdb_options *options, struct store **ret);
/* The program that wrote the store last before this one opened it; empty: an older one, which did
 * not say so. */
struct str store_written_by(const struct store *s);
/* Finishes queued commits, then closes. No snapshot may be open. NULL is fine. */
void store_close(struct store *s);

/* --- reading ---
 * A snapshot is begun and ended by the same thread. RC_UNAVAILABLE: all max_readers are in use. */

MUST_USE enum rc store_snapshot_begin(struct store *s, struct store_snapshot **ret);
void store_snapshot_end(struct store_snapshot *snap); /* NULL is fine */
/* For __attribute__((cleanup(store_snapshot_endp))). */
void store_snapshot_endp(struct store_snapshot **snap);

struct store_record {
	struct str key;
	struct str value;
	uint64_t version; /* > 0; never the same for two different contents of a key */
};

/* RC_NOT_FOUND when absent or expired; RC_CORRUPT when its checksum is wrong, with a log line that
 * names the record. */
MUST_USE enum rc store_get(
	struct store_snapshot *snap, int table, struct str key, struct store_record *ret);

/*
 * Walks live records whose key starts with prefix, in key order, beginning after the key `after`
 * (empty: from the start); reverse walks backwards. Stops when fn returns false. RC_OK also when
 * none.
 */
typedef bool (*store_scan_fn)(void *data, const struct store_record *record);
MUST_USE enum rc store_scan(struct store_snapshot *snap, int table, struct str prefix,
	struct str after, bool reverse, store_scan_fn fn, void *data);
/* Records in a table, expired ones not yet swept included. */
MUST_USE enum rc store_count(struct store_snapshot *snap, int table, uint64_t *ret);
/* Bytes of the file that it takes, with the room in its pages; 0: there is no file. */
MUST_USE enum rc store_bytes(struct store_snapshot *snap, int table, uint64_t *ret);

/* --- writing --- */

#define STORE_ANY    ((uint64_t)0) /* whatever is there */
#define STORE_ABSENT UINT64_MAX    /* nothing is there (an expired record counts as nothing) */
/* An empty batch; operations and their bytes are copied to the arena, which must outlive the
 * commit. The batch of an exceeded arena is refused: RC_LIMITED. */
struct store_batch *store_batch_new(struct arena *a);
bool store_batch_empty(const struct store_batch *b);
/* Its commit will answer rc and store nothing. */
void store_batch_fail(struct store_batch *b, enum rc rc);
/* Does it put into the table, delete there or append to it? */
bool store_batch_writes(const struct store_batch *b, int table);
void store_put(struct store_batch *b, int table, struct str key, struct str value, uint64_t expect);
/* Deleting what is absent is no error with STORE_ANY. */
void store_delete(struct store_batch *b, int table, struct str key, uint64_t expect);
/* Only the precondition. */
void store_expect(struct store_batch *b, int table, struct str key, uint64_t expect);
/* Appends to a log table. */
void store_append(struct store_batch *b, int table, struct str payload);

/* Commits and waits. RC_CONFLICT, RC_LIMITED (queue full, or the batch breaks a limit above),
 * RC_INVALID (no such table, wrong kind of table or key), RC_UNAVAILABLE (disk full, map at its
 * maximum, failed write): nothing of the batch is stored. The calling thread must hold no snapshot:
 * RC_INTERNAL. All preconditions of a batch are checked before its first operation. */
MUST_USE enum rc store_commit(struct store *s, struct store_batch *b);
/* Queues the batch; done is called once, from the writer's thread, after the fsync: it must be
 * quick and must not call the store. What needs no writer (queue full, bad or empty batch) is
 * answered at once, in the calling thread. */
typedef void (*store_done_fn)(void *data, enum rc rc);
void store_commit_async(struct store *s, struct store_batch *b, store_done_fn done, void *data);

/*
 * Gathering. A thread that queues batches in rows calls this after each row: its batches then do
 * not wake the writer one by one, but when the thread is about to sleep (idle), when STORE_GATHER
 * of them wait, or when the first has waited STORE_GATHER_US. So more of them share a flush.
 */
void store_on_loop_iteration(struct store *s, bool idle);
/* How long the writer has been at its oldest batch, or has left one waiting; 0: nothing to do. */
int64_t store_writer_stalled_ms(struct store *s);
/* fn is called by the writer before (true) and after (false) the done functions of a group. To be
 * set before the first commit. */
void store_set_cork(struct store *s, void (*fn)(bool begin));

/* Deletes expired records, at most max, and frees resources left by dead processes; the server
 * calls it periodically. */
MUST_USE enum rc store_sweep(struct store *s, size_t max, size_t *ret_deleted);
/* Compact copy of a consistent moment into a new or empty directory, while others write. It is
 * there whole or not at all, however it ends. The map cannot grow in a process that copies, so a
 * backup is best a process of its own. RC_EXISTS: there is a store already; RC_CONFLICT: another
 * process copies to it; RC_INVALID: the backend has no files. */
MUST_USE enum rc store_copy(struct store *s, const char *directory);

/* --- keys --- */

/* expiry (seconds, clamped to 32 bits) in 4 bytes big-endian, then id. */
struct str store_key_expiring(struct arena *a, int64_t expiry, struct str id);
/* The second in such a key, or 0 when it is shorter than 4 bytes. */
int64_t store_key_expiry(struct str key);
/* The key of a log's record, and back (0: no such key). */
struct str store_key_log(struct arena *a, uint64_t number);
uint64_t store_key_number(struct str key);
/* The version of LMDB that runs. */
const char *store_library_version(void);

#endif
