/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_OBS_METRICS_H
#define PRATU_OBS_METRICS_H

/*
 * Counters, gauges and latency histograms from a closed list (metrics.def), read as Prometheus text
 * on the management listener. Updates are relaxed atomics; any thread, no lock, no allocation.
 * No label ever carries a person, an account or an address.
 *
 * A family is a metric with labels: one series for each combination of values. The values come from
 * sets that are closed at the start (routes, upstreams, transports); a request never makes a
 * series.
 */
#include "base/buf.h"

enum metric {
#define METRIC(id, name, kind, help) METRIC_##id,
#define METRIC_FAMILY(id, name, kind, label, label2, help)
#include "obs/metrics.def"
#undef METRIC
#undef METRIC_FAMILY
	METRIC_MAX
};

enum metric_family {
#define METRIC(id, name, kind, help)
#define METRIC_FAMILY(id, name, kind, label, label2, help) FAMILY_##id,
#include "obs/metrics.def"
#undef METRIC
#undef METRIC_FAMILY
	FAMILY_MAX
};

#define METRIC_SERIES_MAX 8192 /* series of all families; further ones are not shown */

void metric_add(enum metric m, int64_t n);
void metric_set(enum metric m, int64_t value);
/* Adds one observation in microseconds to a histogram (fixed log-scale buckets 50 us .. 30 s). */
void metric_observe_us(enum metric m, int64_t us);
int64_t metric_get(enum metric m);

struct metric_series;

/* The series with these values (value2: NULL where the family has one label); made at the first
 * call, for the life of the process. Bytes that are not printable ASCII, quotes and backslashes
 * become "_". Never NULL. */
struct metric_series *metric_series(enum metric_family f, const char *value, const char *value2);
void series_add(struct metric_series *s, int64_t n);
void series_observe_us(struct metric_series *s, int64_t us);
/* A counter's value; of a histogram the number of observations. */
int64_t series_get(const struct metric_series *s);

/* The whole list in the Prometheus text format 0.0.4. */
void metrics_write(struct buf *out);
/* The table of docs/metrics.md. */
void metrics_reference(struct buf *out);
/* Row texts; NULL past the end. */
const char *metric_name(enum metric m);
const char *metric_help(enum metric m);

#endif
