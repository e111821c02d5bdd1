/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_HTTP_SERVER_BODIES_H
#define PRATU_HTTP_SERVER_BODIES_H

/*
 * The memory of request bodies. A small body lives in the arena of its request. A larger one, and
 * one whose length is not known, gets pages of its own, which go back to the system with the
 * request, and counts against one budget of the process.
 *
 * The budget is shared by network (codec/ip_network.h): a network may take more as long as what it
 * then has is at most a BODY_SHARE-th of what is then still free (times its share of a wider
 * network). One client alone holds a seventeenth of all; the fiftieth that takes what it can get
 * still finds a three-hundredth. Who finds no room is answered 503; no other request is touched.
 *
 * The budget has a lock; the body of a request belongs to the thread of the request.
 */
#include "codec/ip_network.h"
#include "base/str.h"

#include <pthread.h>

#define BODY_IN_ARENA 4096u /* bytes; larger bodies have pages of their own */
#define BODY_SHARE    16u   /* of what is free, for one network */

struct body_budget {
	pthread_mutex_t lock;
	size_t max, used; /* bytes */
	struct body_holder **buckets;
};

void body_budget_init(struct body_budget *b, size_t max);
/* All bodies must have been freed. */
void body_budget_free(struct body_budget *b);
/* n more bytes for a client of this address; false: no room. */
MUST_USE bool body_budget_take(struct body_budget *b, const struct ip_address *a, size_t n);
void body_budget_give(struct body_budget *b, const struct ip_address *a, size_t n);

/* The body of one request, while it arrives and until the answer is sent. Zeroed: none yet. */
struct body {
	char *p;
	size_t n, room;
	size_t counted; /* bytes of the budget; 0: in the arena, or none */
	struct ip_address address;
};

struct arena;
/* Room for at least n bytes in all, doubling up to max. False: no room in the budget, or no memory;
 * the body is as before. */
MUST_USE bool body_reserve(struct body *body, struct body_budget *b, struct arena *a,
	const struct ip_address *address, size_t n, size_t max);
/* Gives the pages back; the view into them ends. */
void body_free(struct body *body, struct body_budget *b);

#endif
