/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_OBS_LOG_BUDGET_H
#define PRATU_OBS_LOG_BUDGET_H

/*
 * Inside src/obs: how many lines of one event are written in a second, so that a flood of requests
 * fills neither the disk nor the journal and pushes out no other line. What is left out is counted
 * and reported. Any thread.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define LOG_LINES_PER_SECOND 200 /* of one event */

struct log_budget {
	int64_t second, written, omitted;
};

/* May one more line be written in this second? *ret_omitted: lines of earlier seconds that were
 * left out and not reported yet, which are reported now. */
bool log_budget_take(struct log_budget *b, int64_t second, int64_t *ret_omitted);
/* What was left out in earlier seconds; reported now. */
int64_t log_budget_omitted(struct log_budget *b, int64_t second);

#endif
