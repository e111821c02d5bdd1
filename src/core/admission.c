/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "core/admission.h"

#include "base/clock.h"
#include "base/die.h"
#include "base/random.h"
#include "codec/ip_network.h"

#include <pthread.h>
#include <string.h>

#define MEAN_OF    16 /* requests that the mean time of one looks back on */
#define SECONDS_US 1000000

/* Bytes of an address in its IPv6 form. */
#define GROUP_V4  15
#define GROUP_V6  4
#define LANE_V6   6 /* behind the group: which of its turns */
#define MEMBER_V4 16
#define MEMBER_V6 8

struct admission {
	struct admission_options o;
	pthread_mutex_t lock;
	struct fair_queue *queue;
	size_t in;       /* admitted and not left */
	int64_t mean_us; /* of one request; 0: none has left yet */
};

struct admission *admission_new(const struct admission_options *options)
{
	struct admission *a = xcalloc(1, sizeof(*a));
	uint64_t seed;

	rng_fill(&rng_system, &seed, sizeof(seed));
	a->o = *options;
	if (!a->o.share)
		a->o.share = a->o.places;
	a->queue = fair_queue_new(seed);
	pthread_mutex_init(&a->lock, NULL);
	return a;
}

void admission_free(struct admission *a)
{
	if (!a)
		return;
	pthread_mutex_destroy(&a->lock);
	fair_queue_free(a->queue);
	free(a);
}

size_t admission_waiting(struct admission *a)
{
	size_t n;

	pthread_mutex_lock(&a->lock);
	n = fair_queue_length(a->queue);
	pthread_mutex_unlock(&a->lock);
	return n;
}

/* --- how long --- */

static int64_t pace_us(const struct admission *a)
{
	int64_t us = a->o.pace_us ? a->o.pace_us(a->o.data)
				  : a->mean_us / (int64_t)(a->o.places ? a->o.places : 1);

	return us > 0 ? us : 1;
}

/* Requests that may wait: those that will be admitted within wait_max. One always may. */
static size_t room(const struct admission *a)
{
	int64_t n = a->o.wait_max * 1000 / pace_us(a);

	if (n > (int64_t)ADMISSION_WAITING_MAX)
		return ADMISSION_WAITING_MAX;
	return n > 1 ? (size_t)n : 1;
}

/* Until what waits now has been admitted: at least 1. */
static int64_t seconds_left(const struct admission *a)
{
	int64_t us = (int64_t)fair_queue_length(a->queue) * pace_us(a);

	return us > SECONDS_US ? (us + SECONDS_US - 1) / SECONDS_US : 1;
}

/* --- turns --- */

static struct admission_place *place_of(struct fair_item *item)
{
	return item ? (struct admission_place *)((char *)item -
						 offsetof(struct admission_place, item))
		    : NULL;
}

static void turn_away(struct admission *a, struct admission_place *place, int64_t seconds)
{
	place->seconds = seconds;
	metric_add(a->o.turned_away, 1);
	http_resume(place->x);
}

/* Under the lock. NULL: nobody, or no place. */
static struct admission_place *next_in_turn(struct admission *a)
{
	struct admission_place *place = NULL;

	if (a->in < a->o.places)
		place = place_of(fair_queue_take(a->queue, a->o.share));
	if (!place)
		return NULL;
	a->in++;
	metric_add(a->o.waiting, -1);
	return place;
}

/* Gives the place back; what it took, if it was used. */
static void give_back(struct admission *a, struct admission_place *place, int64_t used_us)
{
	pthread_mutex_lock(&a->lock);
	a->in--;
	fair_queue_done(a->queue, &place->item);
	if (used_us >= 0)
		a->mean_us += a->mean_us ? (used_us - a->mean_us) / MEAN_OF : used_us;
	pthread_mutex_unlock(&a->lock);
}

/* Who has left is not worked for. */
static bool start(struct admission *a, struct admission_place *place)
{
	int64_t now = monotonic_us();

	metric_observe_us(a->o.wait, now - place->since_us);
	place->since_us = now;
	if (!http_client_gone(place->x) && http_resume_on_worker(place->x, place->work))
		return true;
	give_back(a, place, -1);
	turn_away(a, place, 1);
	return false;
}

/* Admits as many as there are places for. */
static void admit(struct admission *a)
{
	struct admission_place *place;

	for (;;) {
		pthread_mutex_lock(&a->lock);
		place = next_in_turn(a);
		pthread_mutex_unlock(&a->lock);
		if (!place)
			return;
		(void)start(a, place);
	}
}

/* --- one request --- */

static uint64_t number_of(const struct ip_address *address, size_t bytes)
{
	uint64_t number = 0;

	/* The bytes in front of an IPv4 address are the same in all. */
	for (size_t i = bytes > 8 ? bytes - 8 : 0; i < bytes; i++)
		number = number << 8 | address->b[i];
	return number;
}

/* What is no address waits in the group of all that are none. */
void admission_network(struct fair_item *item, struct str peer)
{
	struct ip_address address;
	bool v4;

	item->group = item->member = 0;
	if (ip_address_parse(peer, &address) != RC_OK)
		return;
	address = ip_address_counted(&address);
	v4 = ip_address_is_v4(&address);
	item->group = number_of(&address, v4 ? GROUP_V4 : GROUP_V6);
	if (!v4)
		item->group = item->group << 8 |
			      (number_of(&address, LANE_V6) & 0xffff) % ADMISSION_PROVIDER;
	item->member = number_of(&address, v4 ? MEMBER_V4 : MEMBER_V6);
}

void admission_enter(struct admission *a, struct admission_place *place, struct http_exchange *x,
	http_handler work, http_handler next)
{
	struct admission_place *out;
	int64_t seconds;

	place->admission = a;
	place->x = x;
	place->work = work;
	place->seconds = 0;
	place->since_us = monotonic_us();
	place->item = (struct fair_item){.subject = place->subject, .share = place->share};
	admission_network(&place->item, x->request.peer);
	http_suspend(x, next);
	pthread_mutex_lock(&a->lock);
	out = place_of(fair_queue_put(a->queue, &place->item, room(a)));
	seconds = seconds_left(a);
	if (out != place)
		metric_add(a->o.waiting, out ? 0 : 1);
	pthread_mutex_unlock(&a->lock);
	if (out)
		turn_away(a, out, seconds);
	admit(a);
}

void admission_leave(struct admission_place *place)
{
	struct admission *a = place->admission;

	give_back(a, place, monotonic_us() - place->since_us);
	admit(a);
}
