/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_BASE_PROGRAM_H
#define PRATU_BASE_PROGRAM_H

/*
 * The beginning of every program of this tree. A lint (tests/lint/mains.py) holds that it is the
 * first statement of each main in src/ and bench/.
 */

/* Opens the standard descriptors that are closed, and catches faults of memory. */
void program_begin(void);

#endif
