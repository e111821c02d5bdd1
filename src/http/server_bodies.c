/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "http/server_bodies.h"

#include "base/arena.h"
#include "base/die.h"
#include "obs/metrics.h"

#include <sys/mman.h>
#include <unistd.h>

#define BUCKETS 1024u

/* What one network holds. */
struct body_holder {
	struct body_holder *next;
	struct ip_network network;
	size_t n; /* bytes */
};

void body_budget_init(struct body_budget *b, size_t max)
{
	*b = (struct body_budget){.max = max};
	pthread_mutex_init(&b->lock, NULL);
	b->buckets = xcalloc(BUCKETS, sizeof(struct body_holder *));
}

void body_budget_free(struct body_budget *b)
{
	free(b->buckets);
	pthread_mutex_destroy(&b->lock);
}

static struct body_holder **holder_find(struct body_budget *b, const struct ip_network *network)
{
	uint32_t h = 2166136261u ^ network->bytes;
	struct body_holder **at;

	for (size_t i = 0; i < sizeof(network->b); i++)
		h = (h ^ network->b[i]) * 16777619u;
	at = &b->buckets[(h ^ h >> 15) % BUCKETS];
	while (*at && memcmp(&(*at)->network, network, sizeof(*network)) != 0)
		at = &(*at)->next;
	return at;
}

/* Under the lock. */
static bool may_take(struct body_budget *b, const struct ip_network *network, size_t n)
{
	const struct body_holder *holder = *holder_find(b, network);
	size_t held = holder ? holder->n : 0;

	return (held + n) * BODY_SHARE <= (b->max - b->used - n) * network->share;
}

/* Under the lock. False: no memory to count it in. */
static bool holder_add(struct body_budget *b, const struct ip_network *network, size_t n)
{
	struct body_holder **at = holder_find(b, network);

	if (!*at) {
		*at = calloc(1, sizeof(**at));
		if (!*at)
			return false;
		(*at)->network = *network;
	}
	(*at)->n += n;
	return true;
}

static void holder_remove(struct body_budget *b, const struct ip_network *network, size_t n)
{
	struct body_holder **at = holder_find(b, network), *holder = *at;

	holder->n -= n;
	if (holder->n)
		return;
	*at = holder->next;
	free(holder);
}

/* Under the lock: in all networks or in none. */
static bool take_in_all(
	struct body_budget *b, const struct ip_network *networks, size_t all, size_t n)
{
	size_t done = 0;

	if (n > b->max - b->used)
		return false;
	for (size_t i = 0; i < all; i++)
		if (!may_take(b, &networks[i], n))
			return false;
	while (done < all && holder_add(b, &networks[done], n))
		done++;
	if (done < all) {
		while (done > 0)
			holder_remove(b, &networks[--done], n);
		return false;
	}
	b->used += n;
	return true;
}

bool body_budget_take(struct body_budget *b, const struct ip_address *a, size_t n)
{
	struct ip_network networks[IP_NETWORKS_MAX];
	size_t all = ip_networks(a, 32, networks);
	bool taken;

	pthread_mutex_lock(&b->lock);
	taken = take_in_all(b, networks, all, n);
	pthread_mutex_unlock(&b->lock);
	if (taken)
		metric_add(METRIC_BODY_BYTES, (int64_t)n);
	else
		metric_add(METRIC_BODIES_REJECTED, 1);
	return taken;
}

void body_budget_give(struct body_budget *b, const struct ip_address *a, size_t n)
{
	struct ip_network networks[IP_NETWORKS_MAX];
	size_t all = ip_networks(a, 32, networks);

	pthread_mutex_lock(&b->lock);
	for (size_t i = 0; i < all; i++)
		holder_remove(b, &networks[i], n);
	b->used -= n;
	pthread_mutex_unlock(&b->lock);
	metric_add(METRIC_BODY_BYTES, -(int64_t)n);
}

/* ---- one body ---- */

static size_t pages(size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (n + page - 1) / page * page;
}

static char *map(size_t n)
{
	char *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* Moves what has arrived into room pages of its own. */
static bool body_grow(
	struct body *body, struct body_budget *b, const struct ip_address *address, size_t room)
{
	struct body old = *body;
	char *p;

	if (!body_budget_take(b, address, room))
		return false;
	p = map(room);
	if (!p) {
		body_budget_give(b, address, room);
		return false;
	}
	if (old.n)
		memcpy(p, old.p, old.n);
	*body = (struct body){
		.p = p, .n = old.n, .room = room, .counted = room, .address = *address};
	if (old.counted)
		body_free(&old, b);
	return true;
}

bool body_reserve(struct body *body, struct body_budget *b, struct arena *a,
	const struct ip_address *address, size_t n, size_t max)
{
	size_t room = body->room ? 2 * body->room : n;

	if (n <= body->room)
		return true;
	if (!body->room && n <= BODY_IN_ARENA) {
		body->p = arena_alloc(a, n);
		body->room = n;
		return true;
	}
	if (room > max)
		room = max;
	return body_grow(body, b, address, pages(room > n ? room : n));
}

void body_free(struct body *body, struct body_budget *b)
{
	if (body->counted) {
		munmap(body->p, body->counted);
		body_budget_give(b, &body->address, body->counted);
	}
	*body = (struct body){0};
}
