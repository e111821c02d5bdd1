/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_BASE_DIE_H
#define PRATU_BASE_DIE_H

/*
 * Ends the process with a message on standard error: out of memory, or a broken invariant that a
 * program error alone can cause. Never for bad input.
 */
_Noreturn void die(const char *why);

#endif
