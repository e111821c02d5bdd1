/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_HTTP_SERVER_LINK_H
#define PRATU_HTTP_SERVER_LINK_H

/*
 * TCP connections: who is connected, how many from one address, and who has owed a request for too
 * long. A link belongs to its loop's thread; the address table has a lock.
 */
#include "http/address.h"

#include <pthread.h>

struct http_private;
struct http_server;
struct loop;
struct sockaddr;

struct link {
	struct loop *loop;
	struct link *prev, *next; /* loop.waiting */
	int64_t since;            /* ms: since when the client owes a (whole) request */
	struct address address;
	struct http_private *request; /* begun and not ended yet; NULL: none */
	int fd;
	bool counted; /* in addresses */
	char peer[ADDRESS_TEXT_MAX];
};

/* Open connections by client address (IPv6: /64). */
struct address_table {
	pthread_mutex_t lock;
	struct address_count **buckets;
	size_t mask;
};

void address_table_init(struct address_table *t, size_t connections);
void address_table_free(struct address_table *t);
bool link_allowed(struct http_server *s, const struct sockaddr *sa);
struct link *link_open(struct loop *loop, int fd, const struct sockaddr *sa);
void link_close(struct link *l);
void link_owes(struct link *l, int64_t now_ms);
void link_paid(struct link *l);
/* Cuts links that owe a request since before `before`; the time of the next in *ret, if any. */
bool links_sweep(struct loop *loop, int64_t before, int64_t *ret);
bool address_trusted(const struct http_server *s, const struct address *a);

#endif
