/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_HTTP_SERVER_METRICS_H
#define PRATU_HTTP_SERVER_METRICS_H

/* Rate, errors and duration of one route. Any thread. */
#include "http/server.h"
#include "obs/metrics.h"

#define STATUS_CLASSES 4 /* 2xx to 5xx */

struct route_metrics {
	struct metric_series *answered[STATUS_CLASSES];
	struct metric_series *duration;
};

/* The series of a route's row; NULL: of requests without a route. */
void route_metrics_init(struct route_metrics *ret, const struct http_route *route);
/* Counts one answer. */
void route_metrics_count(const struct route_metrics *m, int status, int64_t us);

#endif
