/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CORE_ADMISSION_H
#define PRATU_CORE_ADMISSION_H

/*
 * Admission: requests that need something scarce (a processor for a password hash, one of the few
 * connections to another provider) wait here for their turn. Who waits holds no thread and no
 * snapshot, only the connection.
 *
 * The bound is a time, not a number: a request waits as long as it may expect to be admitted
 * within wait_max, reckoned from how long those before it took. Beyond that somebody is turned away
 * at once, with the seconds after which trying again makes sense; base/fair_queue.h says who: the
 * youngest of the network that has the most waiting. Networks take turns, so a flood from one
 * delays the others by one request a turn. Nothing of a request was looked at or counted before it
 * is admitted.
 *
 * Who is admitted gets a worker, also when the queue for workers is full of requests that take none
 * of these places: places are few, and each was waited for.
 *
 * A network is an IPv4 /24 or IPv6 /48, within it each IPv4 address or IPv6 /64 takes its turn. The
 * /48s of one provider (/32) share ADMISSION_PROVIDER turns, so that who has 65,536 of them delays
 * others by that number of requests a turn and not by all of them.
 *
 * admission_enter is called on the event thread, admission_leave on the worker; the others on any.
 */
#include "base/fair_queue.h"
#include "http/exchange.h"
#include "obs/metrics.h"

struct admission;

struct admission_options {
	size_t places; /* requests admitted at once, at least 1: with 0 nobody is ever admitted */
	size_t share;  /* of them for one network; 0: all */
	int64_t wait_max; /* milliseconds */
	/* Microseconds between two that are done while all places are taken. NULL: the mean time of
	 * a request, divided by places. */
	int64_t (*pace_us)(const void *data);
	const void *data;
	enum metric waiting, turned_away, wait; /* gauge, counter, histogram */
};
#define ADMISSION_PROVIDER    64u   /* turns of one IPv6 /32 */
#define ADMISSION_WAITING_MAX 8192u /* requests, whatever the time: 48 KiB each and their arena */

/* options are copied, data must outlive it. */
struct admission *admission_new(const struct admission_options *options);
void admission_free(struct admission *a); /* nobody may be in or wait; NULL is fine */

/* The place of one request, in its arena. */
struct admission_place {
	struct admission *admission;
	/* given: */
	uint64_t subject; /* a keyed hash of whose request it is; one place each; 0: none */
	size_t share;     /* places that its address may have at once; 0: no fewer than others */
	/* the answer: */
	int64_t seconds; /* turned away: until trying again makes sense; 0: admitted */
	/* admission's own: */
	struct fair_item item;
	struct http_exchange *x;
	http_handler work;
	int64_t since_us;
};

/*
 * Suspends the exchange. When its turn comes, work runs on a worker and calls admission_leave
 * exactly once; then, or at once when the request is turned away, next runs on the event thread.
 */
void admission_enter(struct admission *a, struct admission_place *place, struct http_exchange *x,
	http_handler work, http_handler next);
void admission_leave(struct admission_place *place);

/* Sets the group and member of an item by the address of a client. */
void admission_network(struct fair_item *item, struct str address);

/* Requests that wait; for tests and metrics. */
size_t admission_waiting(struct admission *a);

#endif
