/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_OBS_METRICS_H
#define PRATU_OBS_METRICS_H

/*
 * Counters, gauges and latency histograms from a closed list (metrics.def), read as Prometheus text
 * on the management listener. Updates are relaxed atomics; any thread, no lock, no allocation.
 * No label ever carries a person, an account or an address.
 */
#include "base/buf.h"

enum metric {
#define METRIC(id, name, kind, help) METRIC_##id,
#include "obs/metrics.def"
#undef METRIC
	METRIC_MAX
};

void metric_add(enum metric m, int64_t n);
void metric_set(enum metric m, int64_t value);
/* Adds one observation in microseconds to a histogram (fixed log-scale buckets 50 us .. 30 s). */
void metric_observe_us(enum metric m, int64_t us);
int64_t metric_get(enum metric m);

/* The whole list in the Prometheus text format 0.0.4. */
void metrics_write(struct buf *out);
/* Row texts for the generated documentation; NULL past the end. */
const char *metric_name(enum metric m);
const char *metric_help(enum metric m);

#endif
