/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_BASE_DESCRIPTORS_H
#define PRATU_BASE_DESCRIPTORS_H

/*
 * Standard input, output and error of a process that was started without one of them.
 *
 * A file that is opened takes the lowest free descriptor. Without this, the database file could
 * become "standard error", and log lines would be written into it.
 */

/* Opens /dev/null for each of the descriptors 0, 1 and 2 that is closed. Called by program_begin,
 * before anything else is opened. Ends the process when that fails: nothing can be said then. */
void descriptors_open(void);

#endif
