/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_STORE_CHILD_H
#define PRATU_TESTS_STORE_CHILD_H

/* Other processes on the same store. The parent has no store open when it forks. */
#include "fixture.h"

#include <sys/types.h>

/* Runs fn in a child that opens the fixture's store with these options; the child's exit status is
 * what fn returns, or 99 when the store did not open. It starts when *go is written. */
struct child {
	pid_t pid;
	int go;   /* a pipe's end */
	int from; /* what fn writes to its out */
};

struct child child_start(struct store_fixture *f, const struct store_lmdb_options *options,
	int (*fn)(struct store_fixture *f, int out));
void child_go(struct child *c);
/* Exit status, or 128 + signal. What it wrote can still be read. */
int child_wait(struct child *c);
void child_end(struct child *c);

#endif
