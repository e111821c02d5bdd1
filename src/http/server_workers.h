/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_HTTP_SERVER_WORKERS_H
#define PRATU_HTTP_SERVER_WORKERS_H

/* The bounded pool of threads for blocking work. Any thread. */
#include "http/exchange.h"

#include <pthread.h>

struct workers {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct http_private *first, *last; /* in order of arrival, by next_work */
	size_t capacity, n;
	pthread_t *threads;
	size_t n_threads;
	bool stop;
};

void workers_start(struct workers *w, struct arena *a, size_t threads, size_t capacity);
/* admitted: it waited for its turn elsewhere, where those that have one are few; so that it is
 * taken in also when the queue is full. False: full, or there are no threads. */
bool workers_push(struct workers *w, struct http_private *p, bool admitted);
void workers_stop(struct workers *w, bool leave);
/* One holder less; the last one hands the exchange back to its loop. */
void hold_release(struct http_private *p);

#endif
