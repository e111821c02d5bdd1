/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Is there a database at all, may it be used, is it whole? Opening makes none by accident: an empty
 * one in place of a volume that is not mounted would be served as if it were the right one.
 */
#include "store/lmdb_env.h"

#include "base/array.h"
#include "base/new_file.h"

#include <errno.h>
#include <lmdb.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

__attribute__((format(printf, 4, 5))) enum rc lmdb_refuse(const struct store_lmdb_options *o,
	enum store_refusal_kind kind, enum rc rc, const char *format, ...)
{
	struct store_refusal here, *refusal = o->refusal ? o->refusal : &here;
	va_list args;

	refusal->kind = kind;
	va_start(args, format);
	vsnprintf(refusal->why, sizeof(refusal->why), format, args);
	va_end(args);
	return lmdb_open_refuse(rc, o->directory, refusal->why);
}

static enum rc not_there(const struct store_lmdb_options *o, const char *why)
{
	return lmdb_refuse(o, STORE_NOT_THERE, RC_NOT_FOUND, "%s", why);
}

/* Nobody but its owner writes in the directory; nobody else reads the files. */
static enum rc check_modes(const struct store_lmdb_options *o, mode_t directory)
{
	static const char *const names[] = {STORE_FILE, STORE_LOCK, STORE_TURN};
	char path[STORE_PATH_MAX];
	struct stat st;

	if (directory & (S_IWGRP | S_IWOTH))
		return lmdb_refuse(o, STORE_LOOSE, RC_DENIED,
			"others may write in the directory; run chmod 700 %s", o->directory);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", o->directory, names[i]);
		if (stat(path, &st) == 0 && (st.st_mode & (S_IRWXG | S_IRWXO)))
			return lmdb_refuse(o, STORE_LOOSE, RC_DENIED,
				"others may read or write it; run chmod 600 %s", path);
	}
	return RC_OK;
}

static enum rc check_file(const struct store_lmdb_options *o)
{
	char path[STORE_PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "%s/" STORE_FILE, o->directory);
	if (stat(path, &st) == 0) {
		if (st.st_size == 0)
			return not_there(o, "data.mdb is empty; was it cut, or is the volume not "
					    "mounted? Remove it only if no database was ever here");
		return RC_OK;
	}
	if (errno != ENOENT)
		return not_there(o, strerror(errno));
	if (o->create && !o->read_only)
		return RC_OK;
	snprintf(path, sizeof(path), "%s/" STORE_FILE NEW_FILE_PART, o->directory);
	if (stat(path, &st) == 0)
		return not_there(o, "a restore or init was interrupted here; give it again");
	return not_there(o, "there is no data.mdb in it; is the volume mounted? pratu init makes a "
			    "new database, pratu restore one from a backup");
}

enum rc lmdb_place_check(const struct store_lmdb_options *o)
{
	struct stat st;
	enum rc rc;

	if (stat(o->directory, &st) != 0) {
		if (errno == ENOENT && o->create && !o->read_only)
			return RC_OK;
		return not_there(o,
			errno != ENOENT
				? strerror(errno)
				: "the directory is not there; is the volume mounted? pratu init "
				  "makes a new database, pratu restore one from a backup");
	}
	rc = o->any_mode ? RC_OK : check_modes(o, st.st_mode);
	return rc == RC_OK ? check_file(o) : rc;
}

/* Under another name first, so that an interrupted init leaves none that is half made. */
enum rc lmdb_place_make(const struct store_lmdb_options *o)
{
	char path[STORE_PATH_MAX];
	struct new_file f;
	struct stat st;
	enum rc rc;

	snprintf(path, sizeof(path), "%s/" STORE_FILE, o->directory);
	if (stat(path, &st) == 0)
		return RC_OK;
	rc = new_file_begin(&f, path);
	if (rc != RC_OK)
		return lmdb_open_refuse(rc, o->directory, new_file_why(rc));
	rc = lmdb_meta_make(f.path);
	if (rc == RC_OK)
		return new_file_finish(&f);
	new_file_abandon(&f);
	return lmdb_open_refuse(rc, o->directory, "the database cannot be written");
}

/* --- the size --- */

struct missing {
	size_t first, last; /* pages behind the end of the file */
	size_t free;        /* of these, how many are free */
};

/* Pages that were taken and given back in one transaction are never written: LMDB's file may end
 * before its last page, if all behind the end are free. */
static int count_free(MDB_txn *txn, struct missing *m)
{
	MDB_val key, data;
	MDB_cursor *cursor;
	int err = mdb_cursor_open(txn, 0, &cursor); /* the database of free pages */

	if (err)
		return err;
	while ((err = mdb_cursor_get(cursor, &key, &data, MDB_NEXT)) == 0) {
		const size_t *ids = data.mv_data;

		if (data.mv_size < sizeof(*ids) || ids[0] > data.mv_size / sizeof(*ids) - 1)
			break;
		for (size_t i = 1; i <= ids[0]; i++)
			m->free += ids[i] >= m->first && ids[i] <= m->last;
	}
	mdb_cursor_close(cursor);
	return err == MDB_NOTFOUND ? 0 : MDB_CORRUPTED;
}

static bool all_free(MDB_env *env, struct missing *m)
{
	MDB_txn *txn;
	int err = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);

	if (err == 0) {
		err = count_free(txn, m);
		mdb_txn_abort(txn);
	}
	return err == 0 && m->free == m->last - m->first + 1;
}

enum rc lmdb_place_whole(const struct store_lmdb_options *o, MDB_env *env)
{
	struct missing m = {.free = 0};
	MDB_envinfo info;
	MDB_stat stat;
	struct stat st;
	int fd;

	/* The last page first: the file only grows. */
	if (mdb_env_info(env, &info) != 0 || mdb_env_stat(env, &stat) != 0 ||
		mdb_env_get_fd(env, &fd) != 0 || fstat(fd, &st) != 0)
		return lmdb_open_refuse(RC_UNAVAILABLE, o->directory, strerror(errno));
	m.first = (size_t)st.st_size / stat.ms_psize;
	m.last = info.me_last_pgno;
	if (m.first > m.last || all_free(env, &m))
		return RC_OK;
	return lmdb_refuse(o, STORE_DAMAGED, RC_CORRUPT,
		"data.mdb is damaged: it is shorter than it says, %lld instead of %lld bytes; keep "
		"a copy of it and restore a backup",
		(long long)st.st_size, (long long)(m.last + 1) * stat.ms_psize);
}
