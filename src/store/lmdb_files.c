/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What must be right before LMDB opens its files: the file system, whose turn it is, and lock.mdb.
 *
 * LMDB maps lock.mdb for writing. A page of it that has no block yet is a hole, and its first touch
 * on a full disk is SIGBUS, not an error. So the file is written in full while nobody uses it, and
 * holes that others left are filled. On file systems that write every block to a new place that
 * does not help: they are refused by name.
 */
#include "store/lmdb_env.h"

#include "base/array.h"
#include "base/new_file.h"
#include "obs/log.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define LOCK_HEAD   128u /* bytes of lock.mdb before the readers, of LMDB 0.9 */
#define LOCK_READER 64u  /* bytes of a reader */

#define COPIES                                                                                     \
	" writes every block to a new place, so a full disk would end the server; put "            \
	"store.directory on ext4, xfs or tmpfs"
#define REMOTE " is a network file system; put store.directory on a local disk: ext4, xfs or tmpfs"

/* statfs(2): f_type. */
static const struct {
	uint32_t magic;
	const char *why;
} refused[] = {
	{0x9123683e, "btrfs" COPIES},
	{0xca451a4e, "bcachefs" COPIES},
	{0x2fc12fc1, "zfs" COPIES},
	{0x3434, "nilfs2" COPIES},
	{0x6969, "nfs" REMOTE},
	{0x517b, "smb" REMOTE},
	{0xff534d42, "cifs" REMOTE},
	{0xfe534d42, "smb2" REMOTE},
	{0x00c36400, "ceph" REMOTE},
	{0x01021997, "9p" REMOTE},
	{0x5346414f, "afs" REMOTE},
	{0x0bd00bd0, "lustre" REMOTE},
};

enum rc lmdb_open_refuse(enum rc rc, const char *directory, const char *why)
{
	log_emit(LOG_EVENT_STORE_OPEN_FAILED, LOG_C("directory", directory), LOG_C("why", why));
	return rc;
}

static enum rc check_file_system(const char *directory)
{
	struct statfs fs;

	if (statfs(directory, &fs) != 0)
		return lmdb_open_refuse(RC_UNAVAILABLE, directory, strerror(errno));
	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		if ((uint32_t)fs.f_type == refused[i].magic)
			return lmdb_open_refuse(RC_UNAVAILABLE, directory, refused[i].why);
	return RC_OK;
}

/* A directory, a mount or a disk that takes no file more. */
static bool is_unwritable(int err)
{
	return err == EROFS || err == EACCES || err == EPERM || err == ENOSPC || err == EDQUOT;
}

/* --- turns: LMDB may fail when another process opens or closes at the same time --- */

static int open_turn_file(const struct store_lmdb_options *o)
{
	char path[STORE_PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/" STORE_TURN, o->directory);
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 && o->read_only && is_unwritable(errno))
		fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd;
}

enum rc lmdb_take_turn(struct lmdb_store *l, const struct store_lmdb_options *o)
{
	struct stat st;
	enum rc rc = lmdb_place_check(o);

	if (rc != RC_OK)
		return rc;
	if (o->create && !o->read_only && directory_make(o->directory) != RC_OK)
		return lmdb_open_refuse(RC_UNAVAILABLE, o->directory, strerror(errno));
	if (stat(o->directory, &st) != 0)
		return lmdb_open_refuse(RC_UNAVAILABLE, o->directory, strerror(errno));
	l->device = st.st_dev;
	l->inode = st.st_ino;
	if (!o->read_only && check_file_system(o->directory) != RC_OK)
		return RC_UNAVAILABLE;
	l->lock_fd = open_turn_file(o);
	/* A read-only copy that was never opened has no such file, and needs none. */
	if (l->lock_fd < 0 && o->read_only && (errno == ENOENT || is_unwritable(errno)))
		return RC_OK;
	if (l->lock_fd < 0 || flock(l->lock_fd, LOCK_EX) != 0)
		return lmdb_open_refuse(RC_UNAVAILABLE, o->directory, strerror(errno));
	return RC_OK;
}

void lmdb_end_turn(struct lmdb_store *l)
{
	if (l->lock_fd >= 0)
		flock(l->lock_fd, LOCK_UN);
}

/* --- lock.mdb --- */

/* LMDB's sign of use: who has it open holds a lock on its first byte. */
static bool used_by_others(int fd)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};

	return fcntl(fd, F_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
}

static int write_zeros(int fd, size_t n)
{
	static const char zeros[4096];
	ssize_t put;

	for (size_t at = 0; at < n; at += (size_t)put) {
		put = pwrite(fd, zeros, n - at < sizeof(zeros) ? n - at : sizeof(zeros), (off_t)at);
		if (put <= 0)
			return put < 0 ? errno : EIO;
	}
	return fsync(fd) == 0 ? 0 : errno;
}

/* No process has it open: LMDB initialises it, whatever is in it. */
static int write_lock_file(int fd, int max_readers)
{
	size_t n = LOCK_HEAD + (size_t)max_readers * LOCK_READER;

	if (ftruncate(fd, (off_t)n) != 0)
		return errno;
	return write_zeros(fd, n);
}

/* Others have mapped it at its size, so only holes are filled. */
static int fill_lock_file(int fd)
{
	struct stat st;
	int err;

	if (fstat(fd, &st) != 0)
		return errno;
	if (st.st_size == 0)
		return 0;
	err = posix_fallocate(fd, 0, st.st_size);
	return err == EOPNOTSUPP || err == EINVAL ? 0 : err;
}

/* The directory cannot be written: it is read without a lock, if nobody can be writing. */
static enum rc do_without_lock(struct lmdb_store *l, const char *directory, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool used = fd < 0 ? errno != ENOENT : used_by_others(fd);

	if (fd >= 0)
		close(fd);
	if (used)
		return lmdb_open_refuse(RC_UNAVAILABLE, directory,
			"it is in use, and lock.mdb cannot be written; run the command as the "
			"user of the server, or on a copy");
	l->lockless = true;
	return RC_OK;
}

static const char lock_is_link[] = "lock.mdb is a link to another file; remove it";

enum rc lmdb_prepare_lock(struct lmdb_store *l, const struct store_lmdb_options *o)
{
	char path[STORE_PATH_MAX];
	struct stat st;
	int fd, err;

	snprintf(path, sizeof(path), "%s/" STORE_LOCK, o->directory);
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 && o->read_only && is_unwritable(errno))
		return do_without_lock(l, o->directory, path);
	if (fd < 0)
		return lmdb_open_refuse(RC_UNAVAILABLE, o->directory,
			errno == ELOOP ? lock_is_link : strerror(errno));
	/* It is written over: in a backup's directory, others may have laid a link to another file.
	 */
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_nlink != 1) {
		close(fd);
		return lmdb_open_refuse(RC_UNAVAILABLE, o->directory, lock_is_link);
	}
	l->alone = !used_by_others(fd);
	err = l->alone ? write_lock_file(fd, o->max_readers) : fill_lock_file(fd);
	close(fd);
	if (err && o->read_only && l->alone && is_unwritable(err))
		return do_without_lock(l, o->directory, path);
	if (err)
		return lmdb_open_refuse(RC_UNAVAILABLE, o->directory,
			err == ENOSPC ? "the disk is full: no space for lock.mdb" : strerror(err));
	return RC_OK;
}
