/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/arena.h"
#include "base/thread.h"
#include "obs/log.h"
#include "obs/metrics.h"
#include "http/server_priv.h"

void hold_release(struct http_private *p)
{
	if (atomic_fetch_sub_explicit(&p->holds, 1, memory_order_acq_rel) == 1)
		loop_push_resumed(p);
}

static struct http_private *pop(struct workers *w)
{
	struct http_private *p = NULL;

	pthread_mutex_lock(&w->lock);
	while (w->n == 0 && !w->stop)
		pthread_cond_wait(&w->more, &w->lock);
	if (!w->stop) {
		p = w->first;
		w->first = p->next_work;
		w->n--;
	}
	pthread_mutex_unlock(&w->lock);
	return p;
}

static void *worker_main(void *arg)
{
	struct workers *w = arg;
	struct http_private *p;

	while ((p = pop(w))) {
		metric_add(METRIC_WORKERS_QUEUED, -1);
		metric_add(METRIC_WORKERS_BUSY, 1);
		p->work(&p->x);
		metric_add(METRIC_WORKERS_BUSY, -1);
		hold_release(p);
	}
	return NULL;
}

void workers_start(struct workers *w, struct arena *a, size_t threads, size_t capacity)
{
	*w = (struct workers){.capacity = capacity};
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->more, NULL);
	w->threads = arena_array(a, threads, pthread_t);
	for (; w->n_threads < threads; w->n_threads++)
		thread_need(&w->threads[w->n_threads], "worker", worker_main, w);
}

bool workers_push(struct workers *w, struct http_private *p, bool admitted)
{
	bool low_priority = p->x.route->flags & HTTP_LOW_PRIORITY, room;
	size_t places = low_priority ? (w->capacity + 1) / 2 : w->capacity;

	pthread_mutex_lock(&w->lock);
	room = (admitted || w->n < places) && w->n_threads > 0;
	if (room) {
		p->next_work = NULL;
		*(w->n ? &w->last->next_work : &w->first) = p;
		w->last = p;
		w->n++;
		metric_add(METRIC_WORKERS_QUEUED, 1);
		pthread_cond_signal(&w->more);
	}
	pthread_mutex_unlock(&w->lock);
	if (room)
		return true;
	metric_add(METRIC_WORKERS_REJECTED, 1);
	log_emit(LOG_EVENT_WORKERS_FULL, LOG_S("id", p->x.request.id));
	return false;
}

/* leave: some worker is not going to finish in time; it ends by itself when its work returns. */
void workers_stop(struct workers *w, bool leave)
{
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_broadcast(&w->more);
	pthread_mutex_unlock(&w->lock);
	for (size_t i = 0; i < w->n_threads; i++) {
		if (leave)
			pthread_detach(w->threads[i]);
		else
			pthread_join(w->threads[i], NULL);
	}
	if (leave)
		return;
	pthread_cond_destroy(&w->more);
	pthread_mutex_destroy(&w->lock);
}
