/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGOUT_SPREAD_H
#define PRATU_IDP_LOGOUT_SPREAD_H

/*
 * From what ended to the portals that are notified: each session that ended becomes one delivery
 * for each of its clients that has a back-channel logout address, in the batch that takes it off
 * its own queue. Notes to judge access again become, where a person may not enter a portal any
 * more, the end of the session there.
 *
 * Both are short units of work and may run in several threads and processes: whoever is second
 * runs again and finds nothing.
 */
#include "core/tx.h"

#define SPREAD_MAX    32 /* sessions, or notes, of one unit of work */
#define EVERYBODY_MAX 64 /* people of one note about everybody, in one unit of work */

/* *ret_n: how many were taken; 0: none waits. */
MUST_USE enum rc logout_spread(const struct app *app, struct arena *a, size_t *ret_n);
MUST_USE enum rc logout_recheck(const struct app *app, struct arena *a, size_t *ret_n);

#endif
