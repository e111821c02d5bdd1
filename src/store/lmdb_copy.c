/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "store/lmdb_env.h"

#include "base/memory_fault.h"
#include "obs/log.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <sys/stat.h>
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

static enum rc copy_file(struct lmdb_store *l, const char *path)
{
	int err, fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno == EEXIST ? RC_EXISTS : RC_UNAVAILABLE;
	err = copy_to(l, fd);
	if (close(fd) != 0 && err == 0)
		err = errno;
	if (err == 0)
		return RC_OK;
	log_emit(
		LOG_EVENT_STORE_WRITE_FAILED, LOG_C("why", mdb_strerror(err)), LOG_C("file", path));
	unlink(path);
	return lmdb_rc(err);
}

static enum rc sync_directory(const char *directory)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	return ok ? RC_OK : RC_UNAVAILABLE;
}

enum rc lmdb_copy(struct store *s, const char *directory)
{
	__attribute__((cleanup(arena_freep))) struct arena *a = arena_new(ARENA_MAX);
	struct lmdb_store *l = (struct lmdb_store *)s;
	struct store_snapshot *snap;
	MDB_envinfo info;
	struct buf path;
	enum rc rc;

	buf_init(&path, a, STORE_PATH_MAX);
	buf_addf(&path, "%s/data.mdb", directory);
	if (buf_status(&path) != RC_OK)
		return RC_INVALID;
	if (mkdir(directory, 0700) != 0 && errno != EEXIST)
		return RC_UNAVAILABLE;
	/* Follows a map that another process has enlarged, which the copy itself would not. */
	rc = store_snapshot_begin(s, &snap);
	if (rc != RC_OK)
		return rc;
	store_snapshot_end(snap);
	rc = copy_file(l, path.p);
	if (rc != RC_OK)
		return rc;
	mdb_env_info(l->env, &info);
	rc = lmdb_meta_rebase(directory, l->version_base + info.me_last_txnid);
	return rc == RC_OK ? sync_directory(directory) : rc;
}
