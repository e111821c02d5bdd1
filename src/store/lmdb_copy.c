/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "store/lmdb_env.h"

#include "base/memory_fault.h"
#include "base/new_file.h"
#include "obs/log.h"

#include <errno.h>
#include <lmdb.h>
#include <unistd.h>

static int copy_to(struct lmdb_store *l, int fd)
{
	int err;

	lmdb_gate_enter(&l->gate, false);
	memory_fault_reading(&lmdb_fault);
	err = mdb_env_copyfd2(l->env, fd, MDB_CP_COMPACT);
	/* The compact copy insists on exact page counts; a plain copy does not. */
	if (err == MDB_INCOMPATIBLE) {
		err = ftruncate(fd, 0) || lseek(fd, 0, SEEK_SET) ? errno : 0;
		if (err == 0)
			err = mdb_env_copyfd2(l->env, fd, 0);
	}
	memory_fault_read();
	lmdb_gate_leave(&l->gate);
	if (err == 0 && fsync(fd) != 0)
		err = errno;
	return err;
}

static uint64_t last_version(const struct lmdb_store *l)
{
	MDB_envinfo info;

	mdb_env_info(l->env, &info);
	return l->version_base + info.me_last_txnid;
}

/* It has its name when it is whole, its versions raised. */
static enum rc copy_file(struct lmdb_store *l, const char *path)
{
	struct new_file f;
	enum rc rc = new_file_begin(&f, path);
	int err;

	if (rc != RC_OK)
		return rc;
	err = copy_to(l, f.fd);
	rc = err ? lmdb_rc(err) : lmdb_meta_rebase(f.path, last_version(l));
	if (rc == RC_OK)
		return new_file_finish(&f);
	log_emit(LOG_EVENT_STORE_WRITE_FAILED, LOG_C("why", err ? mdb_strerror(err) : rc_name(rc)),
		LOG_C("file", path));
	new_file_abandon(&f);
	return rc;
}

enum rc lmdb_copy(struct store *s, const char *directory)
{
	__attribute__((cleanup(arena_freep))) struct arena *a = arena_new(ARENA_MAX);
	struct lmdb_store *l = (struct lmdb_store *)s;
	struct store_snapshot *snap;
	struct buf path;
	enum rc rc;

	buf_init(&path, a, STORE_PATH_MAX);
	buf_addf(&path, "%s/" STORE_FILE, directory);
	if (buf_status(&path) != RC_OK)
		return RC_INVALID;
	if (directory_make(directory) != RC_OK)
		return RC_UNAVAILABLE;
	/* Follows a map that another process has enlarged, which the copy itself would not. */
	rc = store_snapshot_begin(s, &snap);
	if (rc != RC_OK)
		return rc;
	store_snapshot_end(snap);
	return copy_file(l, path.p);
}
