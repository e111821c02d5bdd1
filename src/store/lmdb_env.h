/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_STORE_LMDB_ENV_H
#define PRATU_STORE_LMDB_ENV_H

/*
 * Inside the LMDB backend. Each table is a named database; a stored value is the record's version
 * (8 bytes, this machine's order), a checksum and the value (lmdb_record.c). The version is the
 * number of the transaction that wrote it: it only rises, so no record ever gets a version it had
 * before.
 */
#include "store/backend.h"

#include <stdatomic.h>
#include <sys/types.h>

#define LMDB_DRAIN_MS 2000 /* how long a change of the map waits for open snapshots */

struct memory_fault_file;
struct MDB_env;
struct MDB_txn;
struct MDB_val;

/* A reader of LMDB's table, kept for the next snapshot. */
struct lmdb_slot {
	_Alignas(64) struct store_snapshot base;
	atomic_bool busy;
	struct MDB_txn *txn; /* reset, or NULL before its first use */
};

/* Transactions pass in and out freely; a change of the map has the environment to itself. */
struct lmdb_gate {
	atomic_uint state; /* transactions inside, and two flags */
	pthread_mutex_t lock;
	pthread_cond_t changed;
};

struct lmdb_store {
	struct store base;
	struct MDB_env *env;
	unsigned dbi[STORE_TABLES_MAX + 1]; /* 0: the (read-only) store has no such table yet */
	unsigned meta;
	uint64_t version_base; /* added to transaction numbers, which start again in a copy */
	size_t map_max;
	struct lmdb_gate gate;
	struct lmdb_slot *slots;
	size_t n_slots;
	struct store_lmdb_options options; /* directory: the store's own copy */
	atomic_uint reopened;              /* times lmdb_reopen did it */
	int64_t complained; /* monotonic ms of the last log line about a failed write */
	int lock_fd;        /* serialises opening and closing between processes; -1: it cannot */
	bool sums;          /* records are written with checksums */
	bool alone;         /* no other process had it open when it was opened */
	bool lockless;      /* read-only, where no lock can be written: nobody may be writing */
	uint64_t opened_at; /* lockless: the transaction that was the last one then */
	dev_t device;
	ino_t inode;
	struct lmdb_store *next; /* in the list of open stores */
};

/* A fault of memory in the database or because of it (base/memory_fault.h). */
extern const struct memory_fault_file lmdb_fault;

void lmdb_gate_init(struct lmdb_gate *g);
void lmdb_gate_destroy(struct lmdb_gate *g);
/* nested: this thread is already inside, so it must not wait until all have left. */
void lmdb_gate_enter(struct lmdb_gate *g, bool nested);
void lmdb_gate_leave(struct lmdb_gate *g);
/* Closes the gate and waits until no thread is inside; false if that took too long (the gate is
 * open again). */
bool lmdb_gate_drain(struct lmdb_gate *g, int timeout_ms);
void lmdb_gate_open(struct lmdb_gate *g);
/* Waits, outside, until the gate has been opened and *count is no longer seen; false: too long. */
bool lmdb_gate_await(struct lmdb_gate *g, atomic_uint *count, unsigned seen, int timeout_ms);

/* Maps size bytes (0: as large as another process has made it). RC_UNAVAILABLE. */
enum rc lmdb_remap(struct lmdb_store *l, size_t size);
/* A result code for an LMDB or system error. */
enum rc lmdb_rc(int err);
struct MDB_val lmdb_val(struct str s);

/* lmdb_record.c: splits a stored value. RC_CORRUPT, with log line and metric, when it is damaged.
 */
enum rc lmdb_record(const struct store_snapshot *snap, int table, const struct MDB_val *key,
	const struct MDB_val *data, struct store_record *ret);
/* The same without log line. *ret_sum: it has a checksum. */
enum store_fault lmdb_record_split(int table, const struct MDB_val *key, const struct MDB_val *data,
	struct store_record *ret, bool *ret_sum);
void lmdb_report_damage(const struct lmdb_store *l, int table, struct str key);
/* Bytes of a stored value of n bytes, and the bytes themselves. */
size_t lmdb_record_size(const struct lmdb_store *l, size_t n);
void lmdb_record_write(const struct lmdb_store *l, int table, uint64_t version, struct str key,
	struct str value, char *ret);

/* lmdb_files.c: the steps before LMDB opens. Each logs why it refuses. */
enum rc lmdb_open_refuse(enum rc rc, const char *directory, const char *why);
/* Judges the place and its file system, waits until no other process opens or closes.
 * RC_NOT_FOUND: no store there. */
enum rc lmdb_take_turn(struct lmdb_store *l, const struct store_lmdb_options *o);
void lmdb_end_turn(struct lmdb_store *l);
/* Writes or fills lock.mdb, so that no later touch of it needs a block. This process must not have
 * the store open. */
enum rc lmdb_prepare_lock(struct lmdb_store *l, const struct store_lmdb_options *o);

/* lmdb_place.c: is there a database that may be used? Each refusal is logged and put into the
 * options. */
enum rc lmdb_refuse(const struct store_lmdb_options *o, enum store_refusal_kind kind, enum rc rc,
	const char *format, ...) __attribute__((format(printf, 4, 5)));
enum rc lmdb_place_check(const struct store_lmdb_options *o);
/* With create: makes the file where there is none. */
enum rc lmdb_place_make(const struct store_lmdb_options *o);
/* Has the open file the pages that it says? Before the first transaction. */
enum rc lmdb_place_whole(const struct store_lmdb_options *o, struct MDB_env *env);

/* lmdb.c: LMDB's part of opening: the environment, then its databases. A refusal is logged. */
enum rc lmdb_open_env(struct lmdb_store *l);
/* lmdb_reopen.c: after a failed write. If LMDB takes nothing any more, closes it and opens it
 * again, so that reads and writes go on; ends the process where that fails. */
void lmdb_reopen_if_dead(struct lmdb_store *l);
size_t lmdb_map_size(struct lmdb_store *l);

/* lmdb_meta.c: reads (creating what is new, unless read_only) the databases and their names. */
enum rc lmdb_meta_open(struct lmdb_store *l, const struct store_lmdb_options *o);
/* A file of this name with nothing but the marks of a store. RC_UNAVAILABLE. */
enum rc lmdb_meta_make(const char *file);
/* In a copy, which counts transactions from 1 again: raises the base above all old versions. */
enum rc lmdb_meta_rebase(const char *file, uint64_t base);

/* lmdb_read.c, lmdb_write.c, lmdb_copy.c: the backend's functions. */
enum rc lmdb_begin(struct store *s, struct store_snapshot **ret);
void lmdb_end(struct store_snapshot *snap);
enum rc lmdb_get(struct store_snapshot *snap, int table, struct str key, struct store_record *ret);
enum rc lmdb_scan(struct store_snapshot *snap, int table, struct str bound, bool reverse,
	store_scan_fn fn, void *data);
enum rc lmdb_count(struct store_snapshot *snap, int table, uint64_t *ret);
enum rc lmdb_bytes(struct store_snapshot *snap, int table, uint64_t *ret);
enum rc lmdb_check(struct store_snapshot *snap, int table, store_check_fn fn, void *data);
void lmdb_commit(struct store *s, struct store_batch *first, size_t n);
enum rc lmdb_copy(struct store *s, const char *directory);

#endif
