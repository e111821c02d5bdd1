/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/die.h"
#include "obs/metrics.h"
#include "http/server_priv.h"
#include "base/clock.h"

#include <sys/socket.h>

struct ip_address_count {
	struct ip_address_count *next;
	struct ip_address address;
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

/* One customer of an IPv6 network has a whole /64 (RFC 6177), so that counts as one address. */
static struct ip_address customer(const struct ip_address *a)
{
	struct ip_address whole = *a;

	if (!ip_address_is_v4(a))
		memset(whole.b + 8, 0, 8);
	return whole;
}

static size_t bucket(const struct ip_address_table *t, const struct ip_address *a)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < sizeof(a->b); i++)
		h = (h ^ a->b[i]) * 16777619u;
	return (h ^ h >> 15) & t->mask;
}

static struct ip_address_count **locate(struct ip_address_table *t, const struct ip_address *a)
{
	struct ip_address_count **c = &t->buckets[bucket(t, a)];

	while (*c && memcmp(&(*c)->address, a, sizeof(*a)) != 0)
		c = &(*c)->next;
	return c;
}

/* False: no memory to count it in. */
static bool ip_address_count_add(
	struct ip_address_table *t, const struct ip_address *address, int n)
{
	struct ip_address a = customer(address);
	struct ip_address_count **c, *gone;

	pthread_mutex_lock(&t->lock);
	c = locate(t, &a);
	if (!*c) {
		*c = calloc(1, sizeof(**c));
		if (*c)
			(*c)->address = a;
	}
	gone = *c;
	if (gone) {
		gone->n += n;
		if (gone->n <= 0) {
			*c = gone->next;
			free(gone);
		}
	}
	pthread_mutex_unlock(&t->lock);
	return gone != NULL;
}

static int counted(struct ip_address_table *t, const struct ip_address *address)
{
	struct ip_address a = customer(address);
	struct ip_address_count *c;
	int n;

	pthread_mutex_lock(&t->lock);
	c = *locate(t, &a);
	n = c ? c->n : 0;
	pthread_mutex_unlock(&t->lock);
	return n;
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
	int max = s->options.connections_per_address_max;
	struct ip_address a;

	if (ip_address_of_socket(sa, &a) != RC_OK)
		return false;
	if (max <= 0 || ip_address_is_trusted_proxy(s, &a))
		return true;
	return counted(&s->addresses, &a) < max;
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
	if (ip_address_of_socket(sa, &l->address) == RC_OK) {
		ip_address_text(&l->address, l->peer);
		l->counted = !ip_address_is_trusted_proxy(loop->server, &l->address);
	}
	if (l->counted)
		l->counted = ip_address_count_add(&loop->server->addresses, &l->address, 1);
	metric_add(METRIC_CONNECTIONS, 1);
	link_pending(l, monotonic_ms());
	return l;
}

void link_close(struct link *l)
{
	link_drained(l);
	if (l->counted)
		(void)ip_address_count_add(&l->loop->server->addresses, &l->address, -1);
	metric_add(METRIC_CONNECTIONS, -1);
	free(l);
}

void link_pending(struct link *l, int64_t now_ms)
{
	struct event_loop *loop = l->loop;

	link_drained(l);
	l->since = now_ms;
	l->prev = loop->waiting.last;
	*(l->prev ? &l->prev->next : &loop->waiting.first) = l;
	loop->waiting.last = l;
}

void link_drained(struct link *l)
{
	struct event_loop *loop = l->loop;

	if (!l->since)
		return;
	*(l->prev ? &l->prev->next : &loop->waiting.first) = l->next;
	*(l->next ? &l->next->prev : &loop->waiting.last) = l->prev;
	l->prev = l->next = NULL;
	l->since = 0;
}

bool links_sweep(struct event_loop *loop, int64_t before, int64_t *ret)
{
	struct link *l;

	while ((l = loop->waiting.first) && l->since < before) {
		link_drained(l);
		/* MHD sees the end of the stream and closes; the descriptor stays its own. */
		shutdown(l->fd, SHUT_RDWR);
	}
	if (!l)
		return false;
	*ret = l->since;
	return true;
}
