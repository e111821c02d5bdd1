/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_NET_HTTP_CLIENT_H
#define PRATU_NET_HTTP_CLIENT_H

/*
 * Outgoing HTTP requests, over libcurl (only this module includes curl.h).
 *
 * Never follows a redirect; http and https only; certificate and host name always checked; a
 * timeout for connecting and one for the whole request, the search for the host's address included;
 * a maximum size of the body. The address
 * guard checks the address actually connected to, after DNS: special-use addresses (loopback,
 * private, link-local, CGNAT, v4-mapped ...: RFC 6890) are refused unless the request says
 * allow_special, which is set for hosts an operator configured and never for URLs a client sent:
 * those are called by net/outgoing.h.
 *
 * Blocking: call from workers only. Any thread; handles are kept per thread for keep-alive.
 */
#include "base/rc.h"
#include "base/str.h"
#include "codec/ip_address.h"
#include "http/exchange.h"
#include "net/call_end.h"

#define HTTP_CLIENT_BODY_MAX 1048576u
#define HTTP_CLIENT_HEAD_MAX 65536u /* bytes of the header lines of any answer */

struct http_client_options {
	const char *ca_file; /* PEM bundle; NULL = the system's */
	const char *user_agent;
};

struct http_fetch {
	const char *method; /* "GET", "POST" */
	struct str url;
	struct http_header headers[12];
	size_t n_headers;
	struct str content_type;
	struct str body;
	int64_t connect_timeout_ms;
	int64_t timeout_ms;
	size_t max_body; /* bytes; 0 = HTTP_CLIENT_BODY_MAX */
	size_t max_head; /* bytes of the answer's header lines; 0 = HTTP_CLIENT_HEAD_MAX */
	bool allow_special;
	/* Judges the address that is connected to, in place of allow_special; may be NULL. */
	bool (*permitted)(const void *data, const struct ip_address *address);
	const void *permitted_data;
	bool alone;       /* over a connection of its own; no address or TLS session is kept */
	bool status_only; /* the answer ends with its head, whatever body follows */
	const struct call_end *end; /* besides the client's own (http_client_end); may be NULL */
};

struct http_fetched {
	int status;
	struct str content_type;
	struct str body;     /* may hold any byte */
	struct str location; /* of a 3xx, never followed */
};

struct http_client;

MUST_USE enum rc http_client_new(
	const struct http_client_options *options, struct http_client **ret);
void http_client_free(struct http_client *c);
/* The process is going to stop: calls under way end then, within a second, as if their time was up.
 * Any thread. */
void http_client_end(struct http_client *c, int64_t monotonic_ms);

/*
 * One exchange. RC_OK for any status. RC_UNAVAILABLE: no connection, time-out, TLS failure;
 * RC_LIMITED: head or body over its maximum; RC_DENIED: the address guard; RC_INVALID: bad URL.
 * *ret_why: a static sentence.
 */
MUST_USE enum rc http_client_fetch(struct http_client *c, struct arena *a,
	const struct http_fetch *f, struct http_fetched *ret, const char **ret_why);

/* The guard's rule for one address in text form; exposed for tests and other users of sockets. */
bool http_ip_address_is_special(struct str address);

/* The version of libcurl that runs. */
const char *net_library_version(void);

#endif
