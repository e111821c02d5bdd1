/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/fair_queue.h"

#include "base/die.h"

#include <stdlib.h>

#define BUCKETS 4096u

/* The root, a group or a member. Lanes in which something waits stand in their parent's ring. */
struct fair_lane {
	uint64_t id;
	struct fair_lane *parent; /* NULL: the root */
	struct fair_lane *prev, *next;
	struct fair_lane *turn;         /* of the ring of its children: whose turn it is */
	struct fair_item *first, *last; /* of a member */
	size_t n;                       /* items that wait */
	size_t out;                     /* items taken and not given back */
	size_t most;                    /* at least as many as wait in any child */
	struct fair_lane *next_lane;    /* of the bucket */
};

struct fair_queue {
	struct fair_lane root;
	uint64_t seed;
	struct fair_lane *lanes[BUCKETS];
	struct fair_item *subjects[BUCKETS];
};

struct fair_queue *fair_queue_new(uint64_t seed)
{
	struct fair_queue *q = xcalloc(1, sizeof(*q));

	q->seed = seed;
	return q;
}

void fair_queue_free(struct fair_queue *q)
{
	free(q);
}

size_t fair_queue_length(const struct fair_queue *q)
{
	return q->root.n;
}

/* The finaliser of MurmurHash3 over a secret seed. */
static size_t bucket(const struct fair_queue *q, const struct fair_lane *lane, uint64_t id)
{
	uint64_t x = id ^ q->seed ^ (uint64_t)(uintptr_t)lane;

	x ^= x >> 33;
	x *= UINT64_C(0xff51afd7ed558ccd);
	x ^= x >> 33;
	x *= UINT64_C(0xc4ceb9fe1a85ec53);
	x ^= x >> 33;
	return x % BUCKETS;
}

/* --- lanes --- */

static struct fair_lane *lane_get(struct fair_queue *q, struct fair_lane *parent, uint64_t id)
{
	struct fair_lane **head = &q->lanes[bucket(q, parent, id)], *lane;

	for (lane = *head; lane; lane = lane->next_lane)
		if (lane->parent == parent && lane->id == id)
			return lane;
	lane = xcalloc(1, sizeof(*lane));
	lane->id = id;
	lane->parent = parent;
	lane->next_lane = *head;
	*head = lane;
	return lane;
}

/* Frees it and its parents as far as nothing waits in them or is out. */
static void lane_release(struct fair_queue *q, struct fair_lane *lane)
{
	while (lane->parent && !lane->n && !lane->out) {
		struct fair_lane *parent = lane->parent;
		struct fair_lane **at = &q->lanes[bucket(q, parent, lane->id)];

		while (*at != lane)
			at = &(*at)->next_lane;
		*at = lane->next_lane;
		free(lane);
		lane = parent;
	}
}

/* The newest of a ring is served last: before whoever's turn it is. */
static void ring_add(struct fair_lane *lane)
{
	struct fair_lane *at = lane->parent->turn;

	if (!at) {
		lane->parent->turn = lane->prev = lane->next = lane;
		return;
	}
	lane->next = at;
	lane->prev = at->prev;
	at->prev->next = lane;
	at->prev = lane;
}

static void ring_remove(struct fair_lane *lane)
{
	struct fair_lane *parent = lane->parent;

	if (parent->turn == lane)
		parent->turn = lane->next == lane ? NULL : lane->next;
	lane->prev->next = lane->next;
	lane->next->prev = lane->prev;
}

static void lanes_grow(struct fair_lane *lane)
{
	for (; lane; lane = lane->parent) {
		if (lane->parent && lane->n == 0)
			ring_add(lane);
		lane->n++;
		if (lane->parent && lane->n > lane->parent->most)
			lane->parent->most = lane->n;
	}
}

static void lanes_shrink(struct fair_lane *lane)
{
	for (; lane; lane = lane->parent) {
		lane->n--;
		if (lane->parent && lane->n == 0)
			ring_remove(lane);
		if (lane->n == 0)
			lane->most = 0;
	}
}

/* --- subjects --- */

static struct fair_item **subject_head(struct fair_queue *q, const struct fair_item *item)
{
	return &q->subjects[bucket(q, item->lane, item->subject)];
}

static void subject_add(struct fair_queue *q, struct fair_item *item)
{
	struct fair_item **head = subject_head(q, item);

	if (!item->subject)
		return;
	item->next_subject = *head;
	*head = item;
}

static void subject_remove(struct fair_queue *q, struct fair_item *item)
{
	struct fair_item **at = subject_head(q, item);

	if (!item->subject)
		return;
	while (*at != item)
		at = &(*at)->next_subject;
	*at = item->next_subject;
}

static struct fair_item *same_subject(struct fair_queue *q, const struct fair_item *item)
{
	struct fair_item *other = item->subject ? *subject_head(q, item) : NULL;

	while (other && (other->lane != item->lane || other->subject != item->subject))
		other = other->next_subject;
	return other;
}

/* --- items --- */

static void item_remove(struct fair_queue *q, struct fair_item *item)
{
	struct fair_lane *lane = item->lane;

	*(item->prev ? &item->prev->next : &lane->first) = item->next;
	*(item->next ? &item->next->prev : &lane->last) = item->prev;
	subject_remove(q, item);
	lanes_shrink(lane);
}

static void item_append(struct fair_queue *q, struct fair_item *item)
{
	struct fair_lane *lane = item->lane;

	item->next = NULL;
	item->prev = lane->last;
	*(lane->last ? &lane->last->next : &lane->first) = item;
	lane->last = item;
	subject_add(q, item);
	lanes_grow(lane);
}

static void item_replace(struct fair_queue *q, struct fair_item *old, struct fair_item *item)
{
	struct fair_lane *lane = item->lane;

	subject_remove(q, old);
	item->prev = old->prev;
	item->next = old->next;
	*(item->prev ? &item->prev->next : &lane->first) = item;
	*(item->next ? &item->next->prev : &lane->last) = item;
	subject_add(q, item);
}

/* The child with the most items; mine (NULL: none) has one more, the newcomer's. */
static struct fair_lane *longest(struct fair_lane *parent, struct fair_lane *mine)
{
	struct fair_lane *best = parent->turn, *lane;

	if (mine && mine->n + 1 >= parent->most)
		return mine;
	for (lane = best->next; lane != parent->turn; lane = lane->next)
		if (lane->n > best->n)
			best = lane;
	parent->most = best->n;
	return mine && mine->n + 1 >= best->n ? mine : best;
}

/* Who gives up a place for this newcomer; itself perhaps. */
static struct fair_item *loser(struct fair_queue *q, struct fair_item *item)
{
	struct fair_lane *mine = item->lane, *group = longest(&q->root, mine->parent), *member;

	member = longest(group, group == mine->parent ? mine : NULL);
	return member == mine ? item : member->last;
}

struct fair_item *fair_queue_put(struct fair_queue *q, struct fair_item *item, size_t room)
{
	struct fair_item *out = NULL;

	item->lane = lane_get(q, lane_get(q, &q->root, item->group), item->member);
	out = same_subject(q, item);
	if (out) {
		item_replace(q, out, item);
		return out;
	}
	if (q->root.n >= room)
		out = q->root.n ? loser(q, item) : item;
	if (out == item) {
		lane_release(q, item->lane);
		return item;
	}
	item_append(q, item);
	if (out) {
		item_remove(q, out);
		lane_release(q, out->lane);
	}
	return out;
}

/* The first member of a group, from whose turn it is, that has not its share out. Whoever is passed
 * over has something out, so that there are few. */
static struct fair_lane *member_of_group(const struct fair_lane *group)
{
	struct fair_lane *member = group->turn;

	do {
		if (!member->first->share || member->out < member->first->share)
			return member;
		member = member->next;
	} while (member != group->turn);
	return NULL;
}

/* The same of the first group that has not its share out. */
static struct fair_lane *member_in_turn(const struct fair_queue *q, size_t share)
{
	struct fair_lane *group = q->root.turn, *member;

	if (!group)
		return NULL;
	do {
		member = group->out < share ? member_of_group(group) : NULL;
		if (member)
			return member;
		group = group->next;
	} while (group != q->root.turn);
	return NULL;
}

struct fair_item *fair_queue_take(struct fair_queue *q, size_t share)
{
	struct fair_lane *member = member_in_turn(q, share), *group;
	struct fair_item *item;

	if (!member)
		return NULL;
	group = member->parent;
	q->root.turn = group->next;
	group->turn = member->next;
	item = member->first;
	item_remove(q, item);
	member->out++;
	group->out++;
	return item;
}

void fair_queue_done(struct fair_queue *q, struct fair_item *item)
{
	struct fair_lane *member = item->lane;

	member->out--;
	member->parent->out--;
	lane_release(q, member);
}
