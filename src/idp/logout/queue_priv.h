/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGOUT_QUEUE_PRIV_H
#define PRATU_IDP_LOGOUT_QUEUE_PRIV_H

/* What the files of the queue share. Inside src/idp/logout. */
#include <pthread.h>

#include "idp/logout/portal_calls.h"
#include "idp/logout/queue.h"

/* One sender: a thread, or a test. */
struct logout_sender {
	struct logout_queue *q;
	pthread_t thread;
	struct arena *a;  /* of one delivery */
	struct str taken; /* q->pick: the place in the queue that it is at; others pass it over */
	char taken_bytes[STORE_KEY_MAX];
};

struct logout_queue {
	struct logout_queue_options options;
	struct portal_calls *calls;
	struct call_end end;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool stopping;            /* lock */
	uint64_t wakes;           /* lock */
	int running;              /* lock: senders that are */
	bool spreading;           /* lock: a sender looks at what ended */
	pthread_mutex_t pick;     /* held while one looks for the next place */
	char last[CLIENT_ID_MAX]; /* pick: the client that was taken last; the next look begins
				     behind it, so that each has its turn */
	size_t last_n;            /* pick */
	struct logout_sender senders[LOGOUT_SENDERS_MAX + 1]; /* the last: no thread of its own */
	int n_senders;
};

/* queue.c: what ended, then portals, until none is due that may be called; how many were. s->a is
 * the caller's. */
MUST_USE enum rc logout_sender_pass(struct logout_sender *s, size_t *ret_called);

/* pick.c: takes a place in the queue that is due, of a portal that may be called. RC_NOT_FOUND:
 * there is none now. The portal's call has begun; picked.due stays until unpick. */
struct logout_picked {
	struct logout_due due;
	struct portal_call call;
};
MUST_USE enum rc logout_pick(struct logout_sender *s, struct logout_picked *ret);
void logout_unpick(struct logout_sender *s);

/* deliver.c: notifies the portal, and writes down what came of it; ends the call. */
MUST_USE enum rc logout_deliver(struct logout_sender *s, const struct logout_picked *picked);

#endif
