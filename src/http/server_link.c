/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/die.h"
#include "obs/metrics.h"
#include "http/server_priv.h"
#include "base/clock.h"

#include <sys/socket.h>

struct ip_address_count {
	struct ip_address_count *next;
	struct ip_network network;
	int n;
};

void ip_address_table_init(struct ip_address_table *t, size_t connections)
{
	size_t size = 64;

	while (size < connections)
		size *= 2;
	pthread_mutex_init(&t->lock, NULL);
	t->buckets = xcalloc(size, sizeof(struct ip_address_count *));
	t->mask = size - 1;
}

void ip_address_table_free(struct ip_address_table *t)
{
	for (size_t i = 0; t->buckets && i <= t->mask; i++) {
		struct ip_address_count *c;

		while ((c = t->buckets[i])) {
			t->buckets[i] = c->next;
			free(c);
		}
	}
	free(t->buckets);
	pthread_mutex_destroy(&t->lock);
}

static size_t bucket(const struct ip_address_table *t, const struct ip_network *network)
{
	uint32_t h = 2166136261u ^ network->bytes;

	for (size_t i = 0; i < sizeof(network->b); i++)
		h = (h ^ network->b[i]) * 16777619u;
	return (h ^ h >> 15) & t->mask;
}

static struct ip_address_count **locate(
	struct ip_address_table *t, const struct ip_network *network)
{
	struct ip_address_count **c = &t->buckets[bucket(t, network)];

	while (*c && memcmp(&(*c)->network, network, sizeof(*network)) != 0)
		c = &(*c)->next;
	return c;
}

/* False: no memory to count it in. */
static bool network_add(struct ip_address_table *t, const struct ip_network *network, int n)
{
	struct ip_address_count **c = locate(t, network), *there = *c;

	if (!there) {
		there = *c = calloc(1, sizeof(*there));
		if (!there)
			return false;
		there->network = *network;
	}
	there->n += n;
	if (there->n <= 0) {
		*c = there->next;
		free(there);
	}
	return true;
}

/* In all its networks or in none. */
static bool ip_address_count_add(
	struct ip_address_table *t, const struct ip_address *address, int n)
{
	struct ip_network networks[IP_NETWORKS_MAX];
	size_t all = ip_networks(address, 32, networks), done = 0;

	pthread_mutex_lock(&t->lock);
	while (done < all && network_add(t, &networks[done], n))
		done++;
	for (size_t i = 0; done < all && i < done; i++)
		(void)network_add(t, &networks[i], -n);
	pthread_mutex_unlock(&t->lock);
	return done == all;
}

int64_t link_limit(const struct http_server *s, const struct ip_network *network)
{
	int64_t limit = (int64_t)s->options.connections_per_address_max * network->share;
	int64_t half = s->options.connections_max / 2;

	return network->share == IP_NETWORK_32 && limit > half ? half : limit;
}

/* Is there room for one more in each of its networks? */
static bool has_room(struct http_server *s, const struct ip_address *address)
{
	struct ip_address_table *t = &s->addresses;
	struct ip_network networks[IP_NETWORKS_MAX];
	size_t all = ip_networks(address, 32, networks);
	bool room = true;

	pthread_mutex_lock(&t->lock);
	for (size_t i = 0; i < all; i++) {
		const struct ip_address_count *c = *locate(t, &networks[i]);

		room = room && (!c || c->n < link_limit(s, &networks[i]));
	}
	pthread_mutex_unlock(&t->lock);
	return room;
}

bool ip_address_is_trusted_proxy(const struct http_server *s, const struct ip_address *a)
{
	for (size_t i = 0; i < s->n_proxies; i++) {
		if (ip_address_in_range(a, &s->proxies[i]))
			return true;
	}
	return false;
}

/* A proxy brings everybody's connections, so only the limit on all connections holds it. */
bool link_allowed(struct http_server *s, const struct sockaddr *sa)
{
	struct ip_address a;

	if (ip_address_of_socket(sa, &a) != RC_OK)
		return false;
	if (s->options.connections_per_address_max <= 0 || ip_address_is_trusted_proxy(s, &a))
		return true;
	return has_room(s, &a);
}

static void links_count(struct event_loop *loop, int change)
{
	size_t n = atomic_load_explicit(&loop->n_links, memory_order_relaxed) + (size_t)change;

	atomic_store_explicit(&loop->n_links, n, memory_order_relaxed);
	if (n > atomic_load_explicit(&loop->links_peak, memory_order_relaxed))
		atomic_store_explicit(&loop->links_peak, n, memory_order_relaxed);
}

struct link *link_open(struct event_loop *loop, int fd, const struct sockaddr *sa)
{
	struct link *l = calloc(1, sizeof(*l));

	if (!l) {
		shutdown(fd, SHUT_RDWR);
		return NULL;
	}
	l->loop = loop;
	l->fd = fd;
	links_count(loop, 1);
	if (ip_address_of_socket(sa, &l->address) == RC_OK) {
		ip_address_text(&l->address, l->peer);
		l->counted = !ip_address_is_trusted_proxy(loop->server, &l->address);
	}
	if (l->counted)
		l->counted = ip_address_count_add(&loop->server->addresses, &l->address, 1);
	metric_add(METRIC_CONNECTIONS, 1);
	link_owes_head(l, monotonic_ms());
	return l;
}

void link_close(struct link *l)
{
	link_drained(l);
	if (l->counted)
		(void)ip_address_count_add(&l->loop->server->addresses, &l->address, -1);
	metric_add(METRIC_CONNECTIONS, -1);
	links_count(l->loop, -1);
	free(l);
}

static void owe(struct link *l, struct link_list *list, int64_t now_ms)
{
	link_drained(l);
	l->since = now_ms;
	l->list = list;
	l->prev = list->last;
	*(l->prev ? &l->prev->next : &list->first) = l;
	list->last = l;
}

void link_owes_head(struct link *l, int64_t now_ms)
{
	if (l->list != &l->loop->heads)
		owe(l, &l->loop->heads, now_ms);
}

void link_owes_request(struct link *l, int64_t now_ms)
{
	owe(l, &l->loop->waiting, now_ms);
}

void link_drained(struct link *l)
{
	if (!l->list)
		return;
	*(l->prev ? &l->prev->next : &l->list->first) = l->next;
	*(l->next ? &l->next->prev : &l->list->last) = l->prev;
	l->prev = l->next = NULL;
	l->list = NULL;
}

bool links_sweep(struct link_list *list, int64_t before, int64_t *ret)
{
	struct link *l;

	while ((l = list->first) && l->since < before) {
		link_drained(l);
		/* MHD sees the end of the stream and closes; the descriptor stays its own. */
		shutdown(l->fd, SHUT_RDWR);
	}
	if (!l)
		return false;
	*ret = l->since;
	return true;
}
