/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIES 100 /* to lock a .part that its writer is just renaming */

/* Nobody else's, and no link to another file: in a directory where others may write, too. */
static bool part_is_ours(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	       st.st_nlink <= 1;
}

/* Still under its name, after it was locked? */
static bool part_is_there(const struct new_file *f)
{
	struct stat open, named;

	return fstat(f->fd, &open) == 0 && lstat(f->path, &named) == 0 &&
	       open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

static enum rc part_close(struct new_file *f, enum rc rc)
{
	int err = errno;

	close(f->fd);
	f->fd = -1;
	errno = err;
	return rc;
}

static enum rc part_open(struct new_file *f)
{
	f->fd = open(f->path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (f->fd < 0)
		return errno == ELOOP ? RC_DENIED : RC_UNAVAILABLE;
	if (!part_is_ours(f->fd))
		return part_close(f, RC_DENIED);
	if (flock(f->fd, LOCK_EX | LOCK_NB) != 0)
		return part_close(f, errno == EWOULDBLOCK ? RC_CONFLICT : RC_UNAVAILABLE);
	if (!part_is_there(f))
		return part_close(f, RC_NOT_FOUND);
	if (ftruncate(f->fd, 0) != 0 || fchmod(f->fd, 0600) != 0)
		return part_close(f, RC_UNAVAILABLE);
	return RC_OK;
}

enum rc new_file_begin(struct new_file *f, const char *path)
{
	enum rc rc = RC_NOT_FOUND;
	struct stat st;

	f->fd = -1;
	f->n = strlen(path);
	if (f->n + sizeof(NEW_FILE_PART) > sizeof(f->path))
		return RC_INVALID;
	if (lstat(path, &st) == 0)
		return RC_EXISTS;
	memcpy(f->path, path, f->n);
	memcpy(f->path + f->n, NEW_FILE_PART, sizeof(NEW_FILE_PART));
	for (int i = 0; i < TRIES && rc == RC_NOT_FOUND; i++)
		rc = part_open(f);
	return rc == RC_NOT_FOUND ? RC_CONFLICT : rc;
}

enum rc new_file_write(struct new_file *f, struct str text)
{
	while (text.n) {
		ssize_t n = write(f->fd, text.p, text.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return RC_UNAVAILABLE;
		text = str_sub(text, (size_t)n, text.n);
	}
	return RC_OK;
}

static enum rc directory_sync(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool good = fd >= 0 && fsync(fd) == 0;
	int err = errno;

	if (fd >= 0)
		close(fd);
	errno = err;
	return good ? RC_OK : RC_UNAVAILABLE;
}

/* The directory in which the path stands. */
static enum rc parent_sync(const char *path, size_t n)
{
	char parent[NEW_FILE_PATH_MAX] = ".";

	while (n && path[n - 1] == '/')
		n--;
	while (n && path[n - 1] != '/')
		n--;
	if (n >= sizeof(parent))
		return RC_INVALID;
	if (n)
		memcpy(parent, path, n);
	if (n)
		parent[n] = '\0';
	return directory_sync(parent);
}

/* Without replacing what somebody may have put there by now. */
static enum rc name_part(const struct new_file *f, const char *path)
{
	if (renameat2(AT_FDCWD, f->path, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
		return RC_OK;
	/* A file system that does not know the flag (NFS). */
	if ((errno == EINVAL || errno == ENOSYS) && link(f->path, path) == 0) {
		unlink(f->path);
		return RC_OK;
	}
	return errno == EEXIST ? RC_EXISTS : RC_UNAVAILABLE;
}

/* A name that may not survive a power cut. */
static void name_take_back(const char *path)
{
	int err = errno;

	unlink(path);
	errno = err;
}

enum rc new_file_finish(struct new_file *f)
{
	enum rc rc = fsync(f->fd) == 0 ? RC_OK : RC_UNAVAILABLE;
	char path[NEW_FILE_PATH_MAX];

	memcpy(path, f->path, f->n);
	path[f->n] = '\0';
	if (rc == RC_OK)
		rc = name_part(f, path);
	if (rc != RC_OK) {
		new_file_abandon(f);
		return rc;
	}
	part_close(f, RC_OK);
	rc = parent_sync(path, f->n);
	if (rc != RC_OK)
		name_take_back(path);
	return rc;
}

void new_file_abandon(struct new_file *f)
{
	int err = errno;

	if (f->fd < 0)
		return;
	unlink(f->path);
	part_close(f, RC_OK);
	errno = err;
}

const char *new_file_why(enum rc rc)
{
	switch (rc) {
	case RC_EXISTS: return "there is a file of this name already";
	case RC_CONFLICT: return "another process is writing it";
	case RC_DENIED: return "its " NEW_FILE_PART " belongs to somebody else; remove that";
	case RC_INVALID: return "the path is too long";
	default: return strerror(errno);
	}
}

enum rc new_file_put(const char *path, struct str text)
{
	struct new_file f;
	enum rc rc = new_file_begin(&f, path);

	if (rc != RC_OK)
		return rc;
	rc = new_file_write(&f, text);
	if (rc == RC_OK)
		return new_file_finish(&f);
	new_file_abandon(&f);
	return rc;
}

enum rc directory_make(const char *path)
{
	if (mkdir(path, 0700) != 0)
		return errno == EEXIST ? RC_OK : RC_UNAVAILABLE;
	return parent_sync(path, strlen(path));
}
