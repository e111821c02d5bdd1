/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CORE_TX_H
#define PRATU_CORE_TX_H

/*
 * Unit of work: one attempt of an operation against one snapshot of the store.
 *
 * A domain operation is `enum rc person_suspend(struct tx *, const struct person_suspend *)`. It
 * reads tx->snap, adds to tx->batch what shall change, and returns; it never commits and has no
 * other effect. So it may run again on a new snapshot when somebody else changed a record that it
 * read, and pages, commands, imports, jobs and approvals call the same function.
 *
 * Two callers begin a unit of work: op_handle (core/op.h) for a request, which suspends the
 * exchange while the batch is written, and tx_run for everything that may block: commands, jobs,
 * worker threads.
 *
 * A struct tx belongs to one thread at a time. Memory of tx->a lives as long as the caller of
 * tx_run (or the request) keeps the arena; views into the snapshot end with the attempt.
 */
#include "audit/audit.h"
#include "base/arena.h"
#include "core/app.h"

#define TX_ATTEMPTS_MAX 8 /* of one unit of work that meets others; then RC_CONFLICT */
#define TX_AUDITED_MAX  8 /* audit entries of an attempt that are remembered */

enum actor_kind {
	ACTOR_PERSON,  /* a browser's request: whoever is signed in, or nobody yet */
	ACTOR_COMMAND, /* an administrator at a shell */
	ACTOR_JOB,     /* the server itself */
	ACTOR_CLIENT   /* a relying party */
};

/* On whose behalf: for the audit trail and for permissions. Strings live as long as the actor. */
struct actor {
	enum actor_kind kind;
	struct str id; /* person id, or "cli:" and the user's name; empty: the subject itself */
	struct str address;    /* IP address; empty for commands and jobs */
	struct str request;    /* id of the request; empty for commands and jobs */
	struct str user_agent; /* what the browser says of itself; may be empty */
};

struct tx {
	const struct app *app;
	const struct settings *settings; /* one set for all attempts, also when a reload comes */
	const struct actor *actor;
	struct arena *a;
	struct store_snapshot *snap;
	struct store_batch *batch;
	int64_t now, now_ms;  /* the same over attempts */
	int attempts;         /* begun so far: 1 in the first */
	struct str operation; /* name of the one in work (core/operation.h); may be empty */
	enum audit_event audited[TX_AUDITED_MAX]; /* first entries of this attempt */
	size_t n_audited;
};

typedef enum rc (*tx_fn)(struct tx *tx, void *arg);

/*
 * Runs fn on a new snapshot and commits its batch; waits until it is on disk. On RC_CONFLICT runs
 * fn again, at most TX_ATTEMPTS_MAX times. When fn returns another code than RC_OK nothing is
 * written and that code is returned. Must not be called on an event thread or while the caller
 * holds a snapshot. a: memory of all attempts.
 *
 * RC_CONFLICT: too many others; RC_UNAVAILABLE, RC_LIMITED: the store's (disk full, queue full), or
 * the arena is exceeded.
 */
MUST_USE enum rc tx_run(
	const struct app *app, const struct actor *actor, struct arena *a, tx_fn fn, void *arg);
/* The same for what only reads: fn's batch must stay empty. */
MUST_USE enum rc tx_read(
	const struct app *app, const struct actor *actor, struct arena *a, tx_fn fn, void *arg);

/* The parts of an attempt, for tx_run and op_handle: */

/* Sets the clock, once for all attempts. */
void tx_init(struct tx *tx, const struct app *app, const struct actor *actor, struct arena *a);
/* A new snapshot and an empty batch. On failure no snapshot is held. */
MUST_USE enum rc tx_begin(struct tx *tx);
/* Ends the snapshot; the batch stays. */
void tx_end(struct tx *tx);
/* What follows a commit: on RC_OK the hooks of the application. True: run again. */
bool tx_committed(const struct tx *tx, enum rc rc);

/* An audit entry with what every entry carries: time, actor, request, address. */
struct audit_entry tx_audit(const struct tx *tx, enum audit_event event);
/* Appends it to the batch, with the person's copy (core/event.h). */
void tx_audit_add(struct tx *tx, const struct audit_entry *entry);

#endif
