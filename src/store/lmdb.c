/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "store/lmdb_env.h"

#include "base/array.h"
#include "base/die.h"
#include "base/last_line.h"
#include "base/last_line.h"
#include "base/memory_fault.h"
#include "obs/log.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAP_MIN     (1 << 20) /* bytes */
#define READERS_MAX 65536

const struct memory_fault_file lmdb_fault = {"/" STORE_FILE, EXIT_DAMAGED};
/* A page of the lock file is lost when the disk is full, and the next start makes it again. */
static const struct memory_fault_file lock_fault = {"/" STORE_LOCK, EXIT_STORE_LOST};

/* LMDB's file locks break when one process opens the same file twice, so we remember. */
static pthread_mutex_t open_lock = PTHREAD_MUTEX_INITIALIZER;
static struct lmdb_store *open_stores;

static const struct {
	int err;
	enum rc rc;
} codes[] = {
	{0, RC_OK},
	{MDB_NOTFOUND, RC_NOT_FOUND},
	{MDB_PAGE_NOTFOUND, RC_CORRUPT},
	{MDB_CORRUPTED, RC_CORRUPT},
	{MDB_INVALID, RC_CORRUPT},
	{MDB_VERSION_MISMATCH, RC_CORRUPT},
	{MDB_INCOMPATIBLE, RC_CORRUPT},
	{MDB_BAD_VALSIZE, RC_INTERNAL},
	{MDB_BAD_TXN, RC_INTERNAL},
	{MDB_BAD_DBI, RC_INTERNAL},
	{MDB_BAD_RSLOT, RC_INTERNAL},
	{EINVAL, RC_INTERNAL},
};

enum rc lmdb_rc(int err)
{
	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (codes[i].err == err)
			return codes[i].rc;
	return RC_UNAVAILABLE;
}

MDB_val lmdb_val(struct str s)
{
	return (MDB_val){.mv_size = s.n, .mv_data = (void *)(uintptr_t)s.p};
}

enum rc lmdb_remap(struct lmdb_store *l, size_t size)
{
	int err;

	if (!lmdb_gate_drain(&l->gate, LMDB_DRAIN_MS)) {
		log_emit(LOG_EVENT_STORE_WRITE_FAILED,
			LOG_C("why", "open snapshots hinder the growth of the map"));
		return RC_UNAVAILABLE;
	}
	err = mdb_env_set_mapsize(l->env, size);
	/* The old map is gone and nothing stands in its place. */
	if (err)
		last_line_end(EXIT_STORE_LOST, "the database map cannot be enlarged: no address "
					       "space; raise LimitAS=, then start again");
	lmdb_gate_open(&l->gate);
	return RC_OK;
}

static void maintain(struct store *s)
{
	struct lmdb_store *l = (struct lmdb_store *)s;
	int dead = 0, err;

	lmdb_gate_enter(&l->gate, false);
	err = mdb_reader_check(l->env, &dead);
	lmdb_gate_leave(&l->gate);
	if (err == 0 && dead)
		log_emit(LOG_EVENT_STALE_READERS, LOG_I("slots", dead));
}

/* --- opening --- */

static bool options_valid(const struct store_lmdb_options *o)
{
	return o->directory && o->directory[0] && strlen(o->directory) < STORE_PATH_MAX / 2 &&
	       o->map_bytes >= MAP_MIN && o->map_bytes_max >= o->map_bytes && o->max_readers >= 1 &&
	       o->max_readers <= READERS_MAX;
}

static bool open_already(const struct lmdb_store *l)
{
	for (const struct lmdb_store *o = open_stores; o; o = o->next)
		if (o->device == l->device && o->inode == l->inode)
			return true;
	return false;
}

/* Those of the schema and META: LMDB reserves memory for each in every transaction. */
static unsigned databases(const struct lmdb_store *l)
{
	unsigned n = 1;

	for (int id = 1; id <= STORE_TABLES_MAX; id++)
		n += l->base.tables[id].name != NULL;
	return n;
}

/* LMDB found a page of the file that cannot be, and would abort. */
static void on_assert(MDB_env *env, const char *text)
{
	char why[300];

	(void)env;
	snprintf(why, sizeof(why), "the database file is damaged (%.200s)", text);
	last_line_end(EXIT_DAMAGED, why);
}

static int open_env(struct lmdb_store *l)
{
	const struct store_lmdb_options *o = &l->options;
	unsigned flags =
		MDB_NOTLS | (o->read_only ? MDB_RDONLY : 0) | (l->lockless ? MDB_NOLOCK : 0);
	int dead, err = mdb_env_create(&l->env);

	if (err) {
		l->env = NULL;
		return err;
	}
	err = mdb_env_set_assert(l->env, on_assert);
	if (err == 0)
		err = mdb_env_set_maxdbs(l->env, databases(l));
	if (err == 0)
		err = mdb_env_set_maxreaders(l->env, (unsigned)o->max_readers);
	if (err == 0)
		err = mdb_env_set_mapsize(l->env, (size_t)o->map_bytes);
	if (err == 0)
		err = mdb_env_open(l->env, o->directory, flags, 0600);
	if (err == 0)
		err = mdb_reader_check(l->env, &dead);
	return err;
}

enum rc lmdb_open_env(struct lmdb_store *l)
{
	const struct store_lmdb_options *o = &l->options;
	int err = open_env(l);
	enum rc rc;

	if (lmdb_rc(err) == RC_CORRUPT)
		return lmdb_refuse(o, STORE_DAMAGED, RC_CORRUPT, "data.mdb: %s", mdb_strerror(err));
	if (err)
		return lmdb_open_refuse(lmdb_rc(err), o->directory, mdb_strerror(err));
	rc = lmdb_place_whole(o, l->env);
	return rc == RC_OK ? lmdb_meta_open(l, o) : rc;
}

static void make_slots(struct lmdb_store *l, int max_readers)
{
	size_t n = (size_t)max_readers;

	l->slots = memory_wait_for(aligned_alloc(64, n * sizeof(*l->slots)));
	memset(l->slots, 0, n * sizeof(*l->slots));
	l->n_slots = n;
}

static enum rc open_turn(struct lmdb_store *l)
{
	enum rc rc = lmdb_take_turn(l, &l->options);
	MDB_envinfo info;

	if (rc != RC_OK)
		return rc;
	if (open_already(l))
		return lmdb_open_refuse(
			RC_INVALID, l->options.directory, "this process has it open already");
	if (l->options.create && !l->options.read_only)
		rc = lmdb_place_make(&l->options);
	if (rc == RC_OK)
		rc = lmdb_prepare_lock(l, &l->options);
	if (rc == RC_OK)
		rc = lmdb_open_env(l);
	if (rc != RC_OK)
		return rc;
	mdb_env_info(l->env, &info);
	l->opened_at = info.me_last_txnid;
	lmdb_end_turn(l);
	l->next = open_stores;
	open_stores = l;
	return RC_OK;
}

static void forget(struct lmdb_store *l)
{
	for (struct lmdb_store **at = &open_stores; *at; at = &(*at)->next)
		if (*at == l) {
			*at = l->next;
			return;
		}
}

static void close_lmdb(struct store *s)
{
	struct lmdb_store *l = (struct lmdb_store *)s;

	for (size_t i = 0; i < l->n_slots; i++) {
		if (atomic_load(&l->slots[i].busy))
			die("a store is closed while a snapshot is open");
		if (l->slots[i].txn)
			mdb_txn_abort(l->slots[i].txn);
	}
	pthread_mutex_lock(&open_lock);
	forget(l);
	if (l->env) {
		if (l->lock_fd >= 0)
			flock(l->lock_fd, LOCK_EX);
		mdb_env_close(l->env);
	}
	pthread_mutex_unlock(&open_lock);
	if (l->lock_fd >= 0)
		close(l->lock_fd);
	lmdb_gate_destroy(&l->gate);
	free((void *)(uintptr_t)l->options.directory);
	free(l->slots);
	free(l);
}

static const struct store_backend lmdb = {
	.begin = lmdb_begin,
	.end = lmdb_end,
	.get = lmdb_get,
	.scan = lmdb_scan,
	.count = lmdb_count,
	.bytes = lmdb_bytes,
	.check = lmdb_check,
	.commit = lmdb_commit,
	.copy = lmdb_copy,
	.maintain = maintain,
	.close = close_lmdb,
};

enum rc store_open_lmdb(const struct store_schema *schema, const struct clock *clock,
	const struct store_lmdb_options *options, struct store **ret)
{
	struct lmdb_store *l = xcalloc(1, sizeof(*l));
	enum rc rc;

	l->lock_fd = -1;
	lmdb_gate_init(&l->gate);
	rc = store_init(&l->base, &lmdb, schema, clock);
	if (rc == RC_OK && !options_valid(options))
		rc = RC_INVALID;
	if (rc == RC_OK) {
		l->options = *options;
		l->options.directory = memory_wait_for(strdup(options->directory));
		l->base.read_only = options->read_only;
		l->map_max = (size_t)options->map_bytes_max;
		make_slots(l, options->max_readers);
		memory_fault_file_add(&lmdb_fault);
		memory_fault_file_add(&lock_fault);
		pthread_mutex_lock(&open_lock);
		memory_fault_reading(&lmdb_fault);
		rc = open_turn(l);
		memory_fault_read();
		pthread_mutex_unlock(&open_lock);
		l->options.refusal = NULL; /* the caller's */
	}
	if (rc == RC_OK && !options->read_only)
		rc = store_queue_start(&l->base);
	if (rc != RC_OK) {
		close_lmdb(&l->base);
		return rc;
	}
	*ret = &l->base;
	return RC_OK;
}

const char *store_library_version(void)
{
	int major, minor, patch;
	static char text[32];

	mdb_version(&major, &minor, &patch);
	snprintf(text, sizeof(text), "%d.%d.%d", major, minor, patch);
	return text;
}
