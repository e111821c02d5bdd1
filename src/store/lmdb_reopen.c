/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Life after MDB_PANIC. When the write of its meta page fails, once, LMDB answers every later
 * transaction of the process with MDB_PANIC, readers too, although the file is whole: the page that
 * was valid before still is. Closing the environment and opening it again is the cure. It is done
 * by the writer thread, behind the gate; snapshots that begin in that moment wait for it.
 */
#include "store/lmdb_env.h"

#include "base/last_line.h"
#include "obs/log.h"

#include <lmdb.h>
#include <sys/file.h>
#include <time.h>

#define DRAINS     15 /* times LMDB_DRAIN_MS that open snapshots are waited for */
#define OPENS      20 /* times it is tried */
#define OPENS_WAIT 50 /* ms between them */

static bool is_dead(struct lmdb_store *l)
{
	MDB_txn *txn;
	int err;

	lmdb_gate_enter(&l->gate, false);
	err = mdb_txn_begin(l->env, NULL, 0, &txn);
	if (err == 0)
		mdb_txn_abort(txn);
	lmdb_gate_leave(&l->gate);
	return err == MDB_PANIC;
}

_Noreturn static void give_up(const char *why)
{
	last_line_end(EXIT_STORE_LOST, why);
}

/* Alone behind the gate: no transaction runs, and none begins. */
static void exclude_all(struct lmdb_store *l)
{
	for (int i = 0; i < DRAINS; i++)
		if (lmdb_gate_drain(&l->gate, LMDB_DRAIN_MS))
			return;
	give_up("the database failed, and a snapshot that does not end keeps it from being opened "
		"again");
}

static void close_env(struct lmdb_store *l)
{
	for (size_t i = 0; i < l->n_slots; i++) {
		if (l->slots[i].txn)
			mdb_txn_abort(l->slots[i].txn);
		l->slots[i].txn = NULL;
	}
	mdb_env_close(l->env);
	l->env = NULL;
}

static enum rc open_again(struct lmdb_store *l)
{
	const struct timespec pause = {.tv_nsec = OPENS_WAIT * 1000000};
	enum rc rc = RC_UNAVAILABLE;

	for (int i = 0; i < OPENS && rc != RC_OK; i++) {
		if (i)
			nanosleep(&pause, NULL);
		if (l->env)
			mdb_env_close(l->env);
		rc = lmdb_open_env(l);
	}
	return rc;
}

void lmdb_reopen_if_dead(struct lmdb_store *l)
{
	if (!is_dead(l))
		return;
	exclude_all(l);
	/* Larger than at the start, perhaps. */
	l->options.map_bytes = (int64_t)lmdb_map_size(l);
	if (l->lock_fd >= 0)
		flock(l->lock_fd, LOCK_EX);
	close_env(l);
	if (open_again(l) != RC_OK)
		give_up("the database failed, and cannot be opened again");
	lmdb_end_turn(l);
	atomic_fetch_add(&l->reopened, 1);
	lmdb_gate_open(&l->gate);
	log_emit(LOG_EVENT_STORE_REOPENED);
}
