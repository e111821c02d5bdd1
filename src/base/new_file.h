/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_BASE_NEW_FILE_H
#define PRATU_BASE_NEW_FILE_H

/*
 * Files that appear whole or not at all: backups, restored databases, configurations, keys, slips.
 *
 * The contents are written to PATH.part, with mode 0600, and flushed; then it gets its name, and
 * the directory is flushed. It replaces nothing. What an interrupted writer has left behind is
 * written over by the next one, or removed by it. Two writers of one path exclude each other.
 */
#include "base/rc.h"
#include "base/str.h"

#define NEW_FILE_PATH_MAX 4096 /* bytes */
#define NEW_FILE_PART     ".part"

struct new_file {
	int fd;                       /* to write to */
	char path[NEW_FILE_PATH_MAX]; /* PATH.part */
	size_t n;                     /* length of PATH */
};

/* RC_EXISTS: there is a file of this name. RC_CONFLICT: another process writes it. RC_DENIED: its
 * .part is somebody else's. RC_INVALID: the path is too long. RC_UNAVAILABLE: see errno. After
 * RC_OK one of new_file_finish and new_file_abandon is due. */
MUST_USE enum rc new_file_begin(struct new_file *f, const char *path);
/* RC_UNAVAILABLE: see errno. */
MUST_USE enum rc new_file_write(struct new_file *f, struct str text);
/* Flushes it and gives it its name. On failure nothing is left. RC_EXISTS: somebody else made one
 * while it was written. RC_UNAVAILABLE: see errno. */
MUST_USE enum rc new_file_finish(struct new_file *f);
void new_file_abandon(struct new_file *f);

/* Why RC_... of these functions came, for the person at the terminal; asks errno. */
const char *new_file_why(enum rc rc);

/* All of it. */
MUST_USE enum rc new_file_put(const char *path, struct str text);

/* A directory of mode 0700 and its entry, flushed. RC_OK also when it is there. RC_UNAVAILABLE. */
MUST_USE enum rc directory_make(const char *path);

#endif
