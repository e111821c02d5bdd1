/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGOUT_QUEUE_H
#define PRATU_IDP_LOGOUT_QUEUE_H

/*
 * The senders of logout tokens. Each takes something that is due, of a portal that may be called
 * (portal_calls.h), leases it, posts, and writes down what came of it. If a sender dies in between,
 * the lease ends and the portal is notified again; what was confirmed is never sent again.
 *
 * Any number of processes on one store.
 */
#include "base/clock.h"
#include "idp/logout/portal_post.h"
#include "idp/logout/delivery.h"

#define LOGOUT_SENDERS_MAX     32
#define LOGOUT_SCAN_MS         1000  /* between two looks for what other processes ended */
#define LOGOUT_LEASE_MARGIN_MS 10000 /* beyond the call and the wait for its turn */
#define LOGOUT_STOP_MS         2000  /* that a stop waits for answers */

struct logout_queue_options {
	const struct app *app; /* store, keys, clock, rng, settings; must outlive the queue */
	portal_post_fn post;
	void *post_data;
	int senders;        /* 1 to LOGOUT_SENDERS_MAX */
	int64_t timeout_ms; /* of one call */
	int64_t scan_ms;
};

struct logout_queue;

struct logout_queue *logout_queue_new(const struct logout_queue_options *options);
void logout_queue_free(struct logout_queue *q); /* stopped; NULL is fine */
void logout_queue_start(struct logout_queue *q);
/* Begins a stop; does not wait. */
void logout_queue_stopping(struct logout_queue *q);
/* Waits until by_ms (monotonic). False: a sender did not end; then the queue must stay. */
bool logout_queue_stop(struct logout_queue *q, int64_t by_ms);
/* Something is due. Any thread; does not block. */
void logout_queue_wake(struct logout_queue *q);

#endif
