/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_HTTP_SERVER_LINK_H
#define PRATU_HTTP_SERVER_LINK_H

/*
 * TCP connections: open connections, their number per network, and those whose request is
 * overdue. A link belongs to its loop's thread; the address table has a lock.
 */
#include "codec/ip_network.h"

#include <pthread.h>

struct http_private;
struct http_server;
struct event_loop;
struct sockaddr;

/* Links whose clients owe something, oldest first. */
struct link_list {
	struct link *first, *last;
};

struct link {
	struct event_loop *loop;
	struct link_list *list; /* of the loop; NULL: it owes nothing */
	struct link *prev, *next;
	int64_t since; /* ms: since when the client owes it */
	struct ip_address address;
	struct http_private *request; /* begun and not ended yet; NULL: none */
	int fd;
	bool counted; /* in addresses */
	char peer[IP_ADDRESS_TEXT_MAX];
};

/* Open connections by network (codec/ip_network.h). */
struct ip_address_table {
	pthread_mutex_t lock;
	struct ip_address_count **buckets;
	size_t mask;
};

void ip_address_table_init(struct ip_address_table *t, size_t connections);
void ip_address_table_free(struct ip_address_table *t);
/* Connections that a network may have: its share, of a provider's at most half of all. */
int64_t link_limit(const struct http_server *s, const struct ip_network *network);
bool link_allowed(struct http_server *s, const struct sockaddr *sa);
/* NULL: no memory; the connection is cut. */
struct link *link_open(struct event_loop *loop, int fd, const struct sockaddr *sa);
void link_close(struct link *l);
/* The client owes the head of a request, from now unless it did already. */
void link_owes_head(struct link *l, int64_t now_ms);
/* It owes a whole request, or the rest of one, from now. */
void link_owes_request(struct link *l, int64_t now_ms);
void link_drained(struct link *l);
/* Cuts links of a list since before `before`; the time of the next in *ret, if any. */
bool links_sweep(struct link_list *list, int64_t before, int64_t *ret);
bool ip_address_is_trusted_proxy(const struct http_server *s, const struct ip_address *a);

#endif
