/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_STORE_SCHEMA_H
#define PRATU_STORE_SCHEMA_H

/*
 * The parameters of a store: its limits, its tables and its directory.
 *
 * The file keeps each table's id, name and flags. A program with more tables than the file adds
 * them; a file with other tables than the program knows is refused.
 */
#include "base/buf.h"

#define STORE_FILE "data.mdb" /* the files in a store's directory */
#define STORE_LOCK "lock.mdb"
#define STORE_TURN "open.lock" /* whose turn it is to open or close */

#define STORE_KEY_MAX     255u     /* bytes; longer natural keys are hashed by their owner */
#define STORE_VALUE_MAX   65536u   /* bytes */
#define STORE_PAYLOAD_MAX 32768u   /* bytes of what is appended to a log, before it is sealed */
#define STORE_BATCH_MAX   1000000u /* operations of one batch (an import is one batch) */
#define STORE_TABLES_MAX  256      /* ids */
#define STORE_PATH_MAX    4096
#define STORE_WHY_MAX     512  /* bytes of the reason why a store does not open */
#define STORE_PROGRAM_MAX 64   /* bytes of the name of a program */
#define STORE_FORMAT      2    /* of the files; an older program refuses newer ones */
#define STORE_GATHER      32   /* batches that are worth a flush of their own */
#define STORE_GATHER_US   1000 /* the longest a batch waits for others */
#define STORE_QUEUE_MAX   4096 /* batches waiting for the writer; beyond: RC_LIMITED at once */

enum store_table_flags { STORE_EXPIRING = 1 << 0, STORE_LOG = 1 << 1 };

/* Makes the record of a log table. prev is empty for the first. Writes at most STORE_VALUE_MAX,
 * whatever the payload. Called from the writer's thread. */
typedef void (*store_seal_fn)(
	void *data, struct str prev, uint64_t number, struct str payload, struct buf *out);

struct store_table {
	int id;             /* 1 .. STORE_TABLES_MAX, forever */
	const char *name;   /* in lower case, forever */
	unsigned flags;     /* enum store_table_flags */
	store_seal_fn seal; /* STORE_LOG only */
	void *seal_data;
};

struct store_schema {
	const struct store_table *tables;
	size_t n_tables;
};

/* Why a store does not open, as far as the person who runs it can do something about it. */
enum store_refusal_kind {
	STORE_REFUSED_OTHERWISE = 0,
	STORE_NOT_THERE, /* no directory, no file, nothing in it */
	STORE_LOOSE,     /* others may read or write it */
	STORE_DAMAGED,
	STORE_NEWER, /* of a newer version of this program */
};

struct store_refusal {
	enum store_refusal_kind kind;
	char why[STORE_WHY_MAX]; /* a sentence with what to do, or empty */
};

struct store_lmdb_options {
	const char *directory; /* with create: made with mode 0700 when absent */
	/* Address space for the file, doubled when full. Costs neither memory nor disk, so begin
	 * large: growing waits until no snapshot is open. */
	int64_t map_bytes;
	int64_t map_bytes_max;
	int max_readers; /* threads x processes that read at once */
	bool read_only;  /* commands that only look */
	bool create;     /* make an empty store where there is none; never with read_only */
	bool any_mode;   /* others may read and write it: a backup on any medium */
	/* Which program opens it: kept in the store by the first that writes. NULL: not kept. */
	const char *program;
	struct store_refusal *refusal; /* NULL, or filled in when the store does not open */
};

#endif
