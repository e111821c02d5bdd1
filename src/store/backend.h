/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_STORE_BACKEND_H
#define PRATU_STORE_BACKEND_H

/*
 * Inside the store: what a backend gives, and what store.c, batch.c and queue.c do for every one.
 *
 * A backend knows bytes in order, versions and groups of batches. It knows neither expiry on the
 * reading side nor prefixes, waiting or limits: those are rules of the contract and are kept once.
 */
#include "store/check.h"
#include "base/clock.h"

#include <pthread.h>

enum store_op_kind { STORE_OP_PUT, STORE_OP_DELETE, STORE_OP_EXPECT, STORE_OP_APPEND };

struct store_op {
	struct store_op *next;
	enum store_op_kind kind;
	int table;
	uint64_t expect;
	struct str key;
	struct str value;
};

struct store_batch {
	struct arena *arena;
	struct store_op *first;
	struct store_op **tail;
	size_t n;
	enum rc broken; /* an operation broke a limit: the commit answers so */

	/* While queued: */
	struct store_batch *next;
	enum rc result;
	store_done_fn done;
	void *data;
};

/* Every backend's snapshot begins with this. */
struct store_snapshot {
	struct store *store;
	int64_t now;      /* second for which expiry is decided; 0: not read yet */
	bool damaged_too; /* store_snapshot_damaged_too */
};

struct store_backend {
	enum rc (*begin)(struct store *s, struct store_snapshot **ret);
	void (*end)(struct store_snapshot *snap);
	/* Expired records included. */
	enum rc (*get)(
		struct store_snapshot *snap, int table, struct str key, struct store_record *ret);
	/* Records with key >= bound upwards, or with key < bound downwards, until fn says no. */
	enum rc (*scan)(struct store_snapshot *snap, int table, struct str bound, bool reverse,
		store_scan_fn fn, void *data);
	enum rc (*count)(struct store_snapshot *snap, int table, uint64_t *ret);
	/* Bytes of the file that a table takes; NULL: there is no file. */
	enum rc (*bytes)(struct store_snapshot *snap, int table, uint64_t *ret);
	/* store_check; NULL: nothing can be damaged. */
	enum rc (*check)(struct store_snapshot *snap, int table, store_check_fn fn, void *data);
	/* Checks and applies n batches (linked by next) in order, makes them durable together and
	 * sets each one's result. Only the writer thread calls it. */
	void (*commit)(struct store *s, struct store_batch *first, size_t n);
	enum rc (*copy)(struct store *s, const char *directory);
	void (*maintain)(struct store *s); /* NULL: nothing to do */
	void (*close)(struct store *s);
};

struct store_queue {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct store_batch *first;
	struct store_batch **tail;
	size_t n;
	bool due;                 /* what is queued shall be written now */
	int64_t since;            /* monotonic us at which the first of them was queued */
	int64_t busy_since;       /* monotonic us: since when the writer has its group; 0: none */
	void (*cork)(bool begin); /* or NULL */
	bool stop;
	pthread_t thread;
};

/* Every backend's store begins with this. */
struct store {
	const struct store_backend *backend;
	const struct clock *clock;
	struct store_table tables[STORE_TABLES_MAX + 1]; /* by id; without a name: no such table */
	struct store_queue queue;
	bool read_only;
	char written_by[STORE_PROGRAM_MAX]; /* the program before this one */
};

/* Checks the schema and fills in the common part. RC_INVALID. */
enum rc store_init(struct store *s, const struct store_backend *backend,
	const struct store_schema *schema, const struct clock *clock);
/* The table's row, or NULL. */
const struct store_table *store_table(const struct store *s, int id);
/* True when a record of the table with this key counts as absent at the second now. */
bool store_expired(const struct store_table *t, struct str key, int64_t now);

/* Snapshots, of any store, that the calling thread holds. */
unsigned store_snapshots_held(void);

/* Starts and ends the writer thread; stop finishes what is queued. RC_UNAVAILABLE: no thread. */
enum rc store_queue_start(struct store *s);
void store_queue_stop(struct store *s);
void store_queue_submit(struct store *s, struct store_batch *b, store_done_fn done, void *data);
/* Lets the writer have what is queued: now, or when it is enough or has waited enough. */
void store_queue_flush(struct store *s, bool now);

/* One precondition against what is there (version 0: nothing that counts). */
bool store_holds(uint64_t expect, uint64_t version);
/* A log table's key. */
void store_log_key(uint64_t number, char ret[static 8]);

#endif
