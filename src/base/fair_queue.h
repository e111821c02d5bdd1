/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_BASE_FAIR_QUEUE_H
#define PRATU_BASE_FAIR_QUEUE_H

/*
 * Fair queue: what waits for something scarce is served in turns, so that whoever brings many
 * waits for himself.
 *
 * Items have a group (a network) and a member of it (an address). The queue takes one item of each
 * group in turn, within a group one of each member in turn, within a member in order of arrival. A
 * flood from one network therefore delays an item of another by one item a turn, however long the
 * flood's own line is.
 *
 * When the queue is full, the youngest item of the longest group (of its longest member) gives up
 * its place, which may be the newcomer itself. An item whose subject waits already, in the same
 * member, takes that item's place: one place a subject.
 *
 * Items are embedded in their owners' memory and not copied. No lock: the caller has one.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fair_queue;
struct fair_lane;

struct fair_item {
	/* given: */
	uint64_t group, member;
	uint64_t subject; /* a keyed hash of whose place it is; 0: of nobody */
	size_t share;     /* items that its member may have out for this one to be next; 0: any */
	/* the queue's: */
	struct fair_lane *lane;
	struct fair_item *prev, *next, *next_subject;
};

/* seed: random, so that nobody can choose groups that share a bucket. */
struct fair_queue *fair_queue_new(uint64_t seed);
void fair_queue_free(struct fair_queue *q); /* nothing may wait; NULL is fine */

/* Items that wait. */
size_t fair_queue_length(const struct fair_queue *q);

/*
 * Puts an item at its end; room: items that may wait. Returns the item that gave up its place:
 * another of the same subject, the youngest of the longest group, the newcomer, or NULL: none.
 */
struct fair_item *fair_queue_put(struct fair_queue *q, struct fair_item *item, size_t room);

/*
 * Takes the next item. share: items that one group may have out at once; groups that have as many
 * are passed over, and so are members that have as many out as the share of their first item.
 * NULL: there is none. Each item taken is given back by fair_queue_done.
 */
struct fair_item *fair_queue_take(struct fair_queue *q, size_t share);
void fair_queue_done(struct fair_queue *q, struct fair_item *item);

#endif
