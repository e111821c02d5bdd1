/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_NET_OUTGOING_PEER_H
#define PRATU_TESTS_NET_OUTGOING_PEER_H

/*
 * What the tests of net/outgoing.h call: a peer that misbehaves as its members say, and the
 * addresses of the name rebinding.example, which this program answers itself.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct outgoing_peer {
	const char *address;
	int fd, port;
	const char *head;  /* sent first */
	const char *again; /* sent until nobody reads it any more; NULL: nothing */
	int drip_ms;       /* between two bytes of again */
	atomic_int hold;   /* not 0: says nothing as long */
	atomic_int connections, served;
	atomic_size_t sent;
	pthread_t thread;
};

/* port 0: any; it is in p->port then. Faults of the set-up abort. */
void peer_start(struct outgoing_peer *p, int port);
void peer_stop(struct outgoing_peer *p);
void peer_rest(int ms);

#define PEER_ADDRESSES 4
/* What rebinding.example is, one list an inquiry; the last one stays. NULL: no such name. */
void peer_names(const char *const (*lists)[PEER_ADDRESSES], size_t n);

#endif
