/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_HTTP_SERVER_H
#define PRATU_HTTP_SERVER_H

/*
 * The HTTP server: libmicrohttpd driven by our own event threads, a table of routes, a bounded pool
 * of workers for blocking requests. The only code that includes microhttpd.h is in src/http.
 *
 * The server itself responds with 400 (bad target, header twice, ill-formed), 404, 405 with Allow,
 * 413 (body over the route's maximum), 414, 421 (Host is none of ours), 431, 501 (transfer coding),
 * 503. HEAD runs the GET handler without its body. A client that sends its request too slowly is
 * disconnected.
 *
 * A POST to a page must come from a page of this site, as far as the browser says so (Fetch
 * Metadata; Origin, RFC 6454 7): a second check beside the tokens of the forms. Browsers that say
 * nothing are believed.
 *
 * Every answer says X-Content-Type-Options: nosniff, X-Request-Id and, unless the handler sets it,
 * Cache-Control: no-store, without HTTP_CORS also Cross-Origin-Resource-Policy, with a certificate
 * of its own Strict-Transport-Security; pages add theirs with http_header_add. Prepared answers
 * (blobs) are the same bytes for everybody and carry no X-Request-Id.
 */
#include "http/exchange.h"

#define HTTP_HSTS "max-age=31536000" /* a year: RFC 6797 6.1.1 */

enum http_route_flags {
	HTTP_BLOCKING = 1 << 0, /* the handler runs on a worker */
	HTTP_PREFIX = 1 << 1,   /* path is a prefix ending in '/'; the rest is request.tail */
	HTTP_CORS =
		1 << 2, /* any origin may read it, without credentials (discovery, JWKS, token) */
	HTTP_PAGE = 1 << 3, /* a page for people: errors of the server itself are HTML there */
	HTTP_LOW_PRIORITY = 1 << 4, /* may use at most half of the worker queue, so that a flood of
				       these requests cannot starve the others */
	HTTP_CROSS_SITE = 1 << 5,   /* a page to which other sites may post (authorize, logout); a
				       form   sent to any other page by another site gets 403 */
	HTTP_ANY_HOST =
		1 << 6, /* also for a Host that is not ours: what the page that says so needs */
	HTTP_OWN_WINDOW = 1 << 7 /* its pages are cut off from a window that opened them */
};

struct http_route {
	const char *path; /* exact */
	unsigned methods; /* bits 1 << enum http_method */
	unsigned flags;
	http_handler handle;
	size_t body_max;  /* bytes; 0 = HTTP_BODY_MAX */
	const char *name; /* in metrics, logs and the generated endpoint list */
	const char *help; /* for the generated endpoint list */
	const char
		*metadata; /* member of the discovery document that names this endpoint, or NULL */
	const void *data;  /* for the owner of the route; not used by the server */
};

#define HTTP_ON(method) (1u << (method))

#define HTTP_HEAD_TIMEOUT     10   /* seconds */
#define HTTP_STOP_PATIENCE_MS 1000 /* for half-sent requests and answers that nobody takes */
#define HTTP_LINGER_MS        500  /* for connections without a request; a server before a proxy */
#define HTTP_BODIES_MAX       (128u * 1024u * 1024u) /* bytes, where the options say nothing */

struct http_server_options {
	const char *address; /* "127.0.0.1" or "::" */
	int port;            /* 0 = any free port, see http_server_port */
	/* A listening TCP socket in place of address and port; 0: none. Duplicated. It is somebody
	 * else's, too, and outlives this server, which leaves the connections in it to them. */
	int listen_fd;
	int event_threads;
	int workers;      /* threads for blocking work */
	int worker_queue; /* exchanges waiting for a worker */
	int connections_max;
	size_t bodies_max; /* bytes of all request bodies together; 0: HTTP_BODIES_MAX */
	int connections_per_address_max; /* more for its /56 and /48 (codec/ip_network.h) */
	int64_t idle_timeout;            /* seconds without a byte */
	int64_t head_timeout; /* seconds from a connection, or a request line, to the whole head; 0:
				 HTTP_HEAD_TIMEOUT */
	int64_t stop_timeout; /* seconds a graceful stop may take; 10 */
	int64_t stop_patience_ms; /* of a stop; 0: HTTP_STOP_PATIENCE_MS */
	int64_t linger_ms; /* how long a stop leaves connections without a request open, so that one
			      that is on its way is answered; 0: not */
	struct strlist hosts; /* accepted Host values (authority); empty = all */
	/* Besides hosts: none at all, localhost, any IP address; not a name that somebody else's
	 * DNS may point here (management). Any port. */
	bool hosts_by_address;
	struct strlist trusted_proxies; /* ADDRESS or ADDRESS/BITS whose X-Forwarded-For counts */
	bool secure_cookies;            /* the site is reached by https: Secure, __Host- */
	bool tls;                       /* TLS 1.2 and 1.3 with forward secrecy and AEAD only */
	const char *tls_cert_file, *tls_key_file; /* small sites; PEM */
	void *app;
	/* Called by each event thread after every iteration; idle: it is about to sleep. May be
	 * NULL. */
	void (*on_loop_iteration)(void *app, bool idle);
	/* Makes the body of an error page (HTTP_PAGE routes and unknown paths when the client
	 * accepts HTML); NULL = plain text. */
	void (*error_page)(struct http_exchange *x, int status);
};

struct http_server;

/* Binds and starts the threads. RC_UNAVAILABLE: the address cannot be bound (log line). The route
 * table must outlive the server and hold no path twice (RC_INVALID). */
MUST_USE enum rc http_server_start(const struct http_server_options *options,
	const struct http_route *routes, size_t n_routes, struct http_server **ret);
int http_server_port(const struct http_server *s);
/* The listening socket, to hand over to another process; and that this was done: a stop leaves the
 * connections in it to that process. */
int http_server_socket(const struct http_server *s);
void http_server_keep_door(struct http_server *s);
/* Milliseconds since the event thread that is furthest behind began a turn; an idle one begins one
 * each second. */
int64_t http_server_stalled_ms(const struct http_server *s);
/* Have at least half of many connections closed since the last true? Then memory is worth giving
 * back to the system. One thread. */
bool http_server_connections_fell(struct http_server *s);
/*
 * Graceful stop: accepts no more connections, finishes what runs (workers and suspended exchanges
 * too), at most stop_timeout; cuts requests that are not whole after stop_patience_ms, and answers
 * of which the client takes nothing for as long; then frees. False when some did not finish: their
 * connections are cut, and what their threads still use is left to the end of the process.
 */
bool http_server_stop(struct http_server *s);

/*
 * A prepared answer, shared by all requests: static files, discovery, JWKS. Its bytes are copied.
 * ETag: strong, made from the body's SHA-256. cache_control may be NULL (no-store). Reference
 * counted; any thread.
 */
struct http_blob *http_blob_new(int status, const char *content_type, struct str body,
	const char *cache_control, bool cors);
/* A second body, gzip-encoded, sent where Accept-Encoding allows. Before the blob is first sent. */
void http_blob_set_gzip(struct http_blob *blob, struct str gzip);
struct http_blob *http_blob_ref(struct http_blob *blob);
void http_blob_unref(struct http_blob *blob); /* NULL is fine */

/* A place for a blob that is replaced while requests read it (JWKS after a rotation). */
struct http_slot *http_slot_new(struct http_blob *blob);            /* takes the reference */
void http_slot_set(struct http_slot *slot, struct http_blob *blob); /* takes the reference */
void http_slot_free(struct http_slot *slot);

/* The version of libmicrohttpd that runs. */
const char *http_library_version(void);

#endif
