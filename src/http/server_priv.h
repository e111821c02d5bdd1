/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_HTTP_SERVER_PRIV_H
#define PRATU_HTTP_SERVER_PRIV_H

/*
 * Internal to the server, shared by src/http/server*.c and exchange.c only.
 *
 * Each loop is one event thread with its own libmicrohttpd daemon; every MHD call for a connection
 * is made on the thread of its loop. Other threads use only the list of resumed exchanges (under
 * loop.lock) and the eventfd.
 */
#include "http/server.h"
#include "http/server_bodies.h"
#include "http/server_link.h"
#include "http/server_loop.h"
#include "http/server_metrics.h"
#include "http/server_route.h"
#include "http/server_workers.h"

#include <pthread.h>
#include <stdatomic.h>

struct MHD_Connection;
struct MHD_Daemon;
#define DISCARD_MAX      262144u /* bytes of a refused body read on, so that the answer arrives */
#define POOL_KEEP        128u    /* idle exchanges (and their arenas) a loop keeps */
#define EVENT_THREADS    64
#define WORKERS_MAX      1024
#define FORWARDED_MAX    16     /* X-Forwarded-For lines and hops read */
#define FORWARDED_LOG_MS 600000 /* between two log lines about hops that cannot be read */
#define FORWARDED_SHOWN  64u    /* bytes of such a hop in the log */
#define DRAIN_LOOK_MS    20     /* between two looks of a thread that is ending */
#define PREFLIGHT_MAX    1024u  /* bytes of Access-Control-Request-Headers answered */

enum stage {
	STAGE_HEAD,   /* until the header is read */
	STAGE_BODY,   /* until the body is read */
	STAGE_HANDLED /* the handler has been called */
};

struct http_private {
	struct http_exchange x; /* first: header rules count offsets from here */
	struct event_loop *loop;
	struct link *link;
	struct MHD_Connection *connection;
	struct http_private *prev, *next_active;
	struct http_private *next_resumed;
	struct http_private *next_work; /* in the queue of the workers */
	int64_t start_us;
	http_handler work, next;
	atomic_int holds; /* holders of the exchange: a worker, a caller of http_suspend */
	enum stage stage;
	bool suspended;  /* in MHD's eyes; the event thread's */
	bool on_worker;  /* the owner is a worker thread */
	bool doubtful;   /* where this request ends is not certain: close after the answer */
	int refused;     /* status of the server's own refusal, or 0 */
	const char *why; /* static */
	struct str content_length, transfer_encoding, accept_encoding, expect;
	struct str forwarded[FORWARDED_MAX];
	size_t n_forwarded;
	struct str authority; /* of an absolute-form target */
	size_t target_n;      /* bytes of the raw target */
	size_t body_max, dropped;
	int unsent; /* bytes in the kernel when an ending server looked last, and since when */
	int64_t unsent_since;
	char id[20];
	struct ip_address client; /* after trusted proxies, as request.peer */
	struct body body;
};

struct event_loop {
	struct http_server *server;
	struct MHD_Daemon *daemon;
	int epoll_fd, event_fd;
	int listen_fd; /* -1 when given to MHD */
	pthread_t thread;
	bool draining;
	_Atomic int64_t beat; /* ms: when its last turn began */
	struct http_private *active, *pool;
	size_t n_active, n_pool;
	_Atomic size_t n_links;          /* connections; written by the loop */
	_Atomic size_t links_peak;       /* the most; http_server_connections_fell writes it, too */
	struct link_list heads, waiting; /* links that owe a head; (the rest of) a request */
	char id_prefix[12];
	uint64_t id_count;
	pthread_mutex_t lock;
	struct http_private *resumed, *resumed_last;
	atomic_bool have_resumed;
	unsigned wakes_due; /* threads that will wake the loop: it must not go before (lock) */
};

struct http_server {
	struct http_server_options options;
	const struct http_route *route_rows; /* as given */
	size_t n_routes;
	struct route_metrics *route_metrics; /* one a row, and one for requests without a route */
	struct arena *arena;                 /* copies of the options, tables */
	size_t arena_max;                    /* bytes of an exchange's arena */
	struct routes routes;
	struct workers workers;
	struct ip_address_table addresses;
	struct body_budget bodies;
	struct ip_address_range *proxies;
	size_t n_proxies;
	struct event_loop *loops;
	size_t n_loops;
	int port;
	int listen_fd;          /* one for all loops, which have duplicates; -1: closed */
	_Atomic size_t doors;   /* loops that listen */
	atomic_bool door_stays; /* somebody else has the listening socket, too */
	atomic_bool stopping;
	_Atomic int64_t forwarded_log_at; /* ms */
	_Atomic int64_t stop_at;          /* ms */
	_Atomic size_t abandoned;         /* exchanges not finished at stop_at */
	struct http_server *next_left;
};
/* server_daemon.c: starts the loop's MHD daemon on loop->listen_fd. RC_INVALID: the certificate. */
struct tls_files {
	const char *cert, *key; /* PEM text */
};
MUST_USE enum rc daemon_start(struct event_loop *loop, const struct tls_files *tls);
void daemon_stop(struct event_loop *loop); /* may be one that is not there */

/* server_request.c: begin is NULL without memory, which closes the connection. */
void *request_begin(struct event_loop *loop, struct MHD_Connection *connection, struct link *link,
	struct str target);
/* MHD calls for the header, for each part of the body, at its end, and after each resume. False
 * closes the connection. */
bool request_call(struct http_private *p, const char *data, size_t *n);
void request_end(struct http_private *p);
/* Ends what MHD began and gave up without a word: a head that finds no room in its memory. */
void request_drop(struct link *link);
void pool_free(struct event_loop *loop);
/* Refuses the request; the first refusal counts. why: a static sentence for the client's developer.
 */
void request_refuse(struct http_private *p, int status, const char *why);
/* server_check.c: the rules on a request's head. They request_refuse(). */
void check_target(struct http_private *p, struct str raw);
void collect_header(struct http_private *p, struct str name, struct str value);
enum http_method method_parse(const char *name);
void check_head(struct http_private *p, size_t header_bytes, bool http_1_0);

/* server_response.c, server_blob.c: queue the answer; false closes the connection. */
bool response_send(struct http_private *p);
bool blob_send(struct http_private *p, struct http_blob *blob);
/* Refuses, past MHD, a request that MHD is about to answer by itself and closes behind it. */
void refuse_on_socket(struct http_private *p, int status, const char *why);
int http_blob_status(const struct http_blob *blob);

#endif
