/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_MAINTENANCE_SWEEPER_H
#define PRATU_MAINTENANCE_SWEEPER_H

/*
 * A thread that removes expired records: at every interval, and on and on while there are more, in
 * commits so small that those of requests are not delayed by them. It counts what waits, and says
 * when it falls behind.
 */
#include "core/app.h"

#define SWEEP_SLICE       500    /* records of one commit */
#define SWEEP_LOOK_MS     5000   /* ms between two counts while there is a backlog */
#define SWEEP_COUNT_MAX   200000 /* records a count goes to */
#define SWEEP_BEHIND_S    60     /* seconds of lag, and */
#define SWEEP_BEHIND_FOLD 4      /* times the interval, from which it is reported */

struct sweeper;

/* interval: seconds. app must outlive it. */
struct sweeper *sweeper_start(const struct app *app, int64_t interval);
/* Ends behind the slice that is being removed. NULL is fine. */
void sweeper_stop(struct sweeper *w);

#endif
