/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_NET_OUTGOING_H
#define PRATU_NET_OUTGOING_H

/*
 * Requests to addresses that clients name (jwks_uri, logout and notification endpoints): one way
 * out for all of them, so that nobody reaches through Pratu what they cannot reach themselves
 * (server-side request forgery, CWE-918; RFC 7591 5, OpenID Connect Registration 9.1).
 *
 *   URL       https, port 443 or 1024 and above; no user info, no fragment; a host that ends in a
 *             number is an address as RFC 3986 writes it.
 *   address   judged where it is connected to, so that a second DNS answer changes nothing: public
 *             ones, and those of outgoing.private_networks. http goes to a loopback address in
 *             those networks only (tests, the demonstration).
 *   exchange  GET or POST; HTTP/1.1 over a connection of its own; no redirect is followed, no
 *             proxy used, no cookie or TLS session kept; certificate and host name always checked.
 *   bounds    of the whole time, the head, the body, the calls to one host and all calls.
 *
 * The answer is for the caller's judgement and is shown to nobody: what came back, or why nothing
 * did, would show a stranger what the network is like.
 *
 * Blocking: call from a worker (a route's `before`) or a thread of your own, never from an event
 * thread. Any thread.
 */
#include "net/http_client.h"

#define OUTGOING_TIMEOUT_MS   5000    /* of a call, the search for the host's address included */
#define OUTGOING_TIMEOUT_MAX  30000   /* milliseconds that a caller may ask for */
#define OUTGOING_CONNECT_MS   3000    /* until there is a connection */
#define OUTGOING_HEAD_MAX     16384u  /* bytes of an answer's header lines */
#define OUTGOING_BODY_MAX     131072u /* bytes of an answer that a caller may ask for */
#define OUTGOING_SENT_MAX     65536u  /* bytes of a body that is sent */
#define OUTGOING_HEADERS_MAX  4       /* header fields of a caller */
#define OUTGOING_PER_HOST     4       /* calls to one host and port at a time */
#define OUTGOING_CALLS_MAX    64      /* calls at a time */
#define OUTGOING_NETWORKS_MAX 32      /* entries of outgoing.private_networks */
#define OUTGOING_PORT_MIN     1024    /* the lowest port besides 443, and 80 for http */

struct outgoing;

/* client must outlive it. networks: addresses or ranges (ADDRESS/BITS), each loopback, private,
 * shared or unique local; RC_INVALID. */
MUST_USE enum rc outgoing_new(
	struct http_client *client, struct strlist networks, struct outgoing **ret);
void outgoing_free(struct outgoing *o); /* NULL is fine */

struct outgoing_request {
	const char *method; /* "GET", "POST" */
	struct str url;
	struct http_header headers[OUTGOING_HEADERS_MAX];
	size_t n_headers;
	struct str content_type, body; /* of a POST */
	size_t max_body;    /* bytes of the answer's body; 0: the status is all that is wanted */
	int64_t timeout_ms; /* 0: OUTGOING_TIMEOUT_MS */
	int64_t turn_ms;    /* how long it may wait until fewer calls go to this host, besides */
	const struct call_end *end; /* of the process, or of the caller's threads; may be NULL */
};

struct outgoing_answer {
	int status;              /* any: a redirect is an answer like another */
	struct str content_type; /* as sent */
	struct str body;         /* may hold any byte */
};

/*
 * One exchange. RC_OK for any status. RC_INVALID: the URL or a header breaks a rule; RC_DENIED:
 * the host has no permitted address; RC_LIMITED: too many calls to the host are under way, and
 * nothing was sent; RC_UNAVAILABLE: no connection, no answer in time, TLS failure, an answer over
 * its maximum. *ret_why: a static sentence, for a log or a report to operators.
 */
MUST_USE enum rc outgoing_call(struct outgoing *o, struct arena *a,
	const struct outgoing_request *request, struct outgoing_answer *ret, const char **ret_why);

/*
 * The rules of the URL alone, without a look at the network: for a client's registration. private:
 * is anything listed in outgoing.private_networks? *ret_why: a static sentence that continues the
 * member's name ("is http; write https"). Pure.
 */
MUST_USE enum rc outgoing_url_check(struct str url, bool private, const char **ret_why);

/* Is this a value for outgoing.private_networks? */
bool outgoing_network_valid(struct str text);

#endif
