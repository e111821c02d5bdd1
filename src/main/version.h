/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_MAIN_VERSION_H
#define PRATU_MAIN_VERSION_H

/*
 * What this program is: its version, the commit it was built from, the format of its store, and
 * the versions of those libraries that say theirs at run time. main() gives the commit; a program
 * that gives none (tests, bench) has the version alone.
 */
#include "base/buf.h"

/* The text must stay. Before the first store is opened. */
void version_set_commit(const char *commit);
/* "pratu 0.2.0 (1a2b3c4d5e6f)": what a store keeps of the program that wrote it last. */
const char *version_program(void);
/* One line for each part. */
void version_write(struct buf *out);

#endif
