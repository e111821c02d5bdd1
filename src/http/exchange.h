/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_HTTP_EXCHANGE_H
#define PRATU_HTTP_EXCHANGE_H

/*
 * One request and its answer, as handlers see them.
 *
 * What exceeds the arena's maximum, or found no memory, is answered 500 or 503 whatever the handler
 * made of it (base/arena.h).
 *
 * A handler gets a whole request (body read, bounded), fills x->response and returns; or suspends
 * the exchange and fills the response later. Everything lives in x->arena until the answer is sent;
 * views into the request stay good as long.
 *
 * Threads: an exchange belongs to its event thread, except between http_offload and the return of
 * the offloaded function (a worker's then), and between http_suspend and http_resume (the caller's
 * then).
 */
#include "base/arena.h"
#include "base/buf.h"
#include "codec/form.h"
#include "base/str.h"

#define HTTP_BODY_MAX         65536u /* bytes, unless the route says otherwise */
#define HTTP_HEADER_MAX       8192u  /* bytes of all request header lines but the cookies */
#define HTTP_COOKIES_MAX      16384u /* bytes of the cookies: those of the whole domain */
#define HTTP_TARGET_MAX       16384u /* bytes of path and query */
#define HTTP_RESPONSE_HEADERS 24
#define HTTP_COOKIE_BYTES     4096u /* of one cookie of ours */

enum http_method { HTTP_OTHER = 0, HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_DELETE, HTTP_OPTIONS };

struct http_blob; /* http/server.h */
struct http_slot;
struct http_route;
struct http_private;

struct http_request {
	enum http_method method;
	struct str path;  /* as sent, percent escapes not decoded; routes match it byte for byte */
	struct str query; /* without '?'; empty when there is none */
	struct str tail;  /* what a prefix route's path ends in */
	struct str body;
	/* Header values, trimmed; .p NULL when absent. One of these twice is answered 400. */
	struct str host, authorization, cookie, content_type, accept, accept_language, user_agent,
		origin, referer, sec_fetch_site, if_none_match, x_request_id;
	struct str peer;          /* the client's address as text, after trusted proxies
				     (http_server_options) */
	struct str id;            /* request id of ours: in logs, error pages and X-Request-Id */
	bool no_room_for_cookies; /* so many that they were not read: 431 */
};

struct http_header {
	const char *name; /* static */
	struct str value;
};

struct http_response {
	int status;
	const char *content_type; /* static; NULL = none */
	struct str body;          /* in the arena, or static when body_static */
	bool body_static;
	struct http_blob *blob; /* a whole prepared answer instead of all else here */
	struct http_header headers[HTTP_RESPONSE_HEADERS];
	size_t n_headers;
};

struct http_exchange {
	struct http_request request;
	struct http_response response;
	struct arena *arena;
	const struct http_route *route;
	void *app;  /* the routes' owner, from http_server_options */
	void *user; /* the handler's own, over suspensions */
	struct http_private *priv;
};

typedef void (*http_handler)(struct http_exchange *x);

/* A request header that struct http_request has no member for, as sent; .p NULL when absent, the
 * first when there are several. */
struct str http_request_header(const struct http_exchange *x, const char *name);

/* Answer with a status, type and body (the body must live in the arena or be static). */
void http_answer(struct http_exchange *x, int status, const char *content_type, struct str body);
/* 303 See Other to url (no control characters, as every header). */
void http_redirect(struct http_exchange *x, struct str url);
/* Adds a header; a control character in the value fails the exchange's arena, so that the request
 * is answered 500 (base/arena.h); so does one header too many. */
void http_header_add(struct http_exchange *x, const char *name, struct str value);
/* Clears status, headers and body: the handler starts again. */
void http_response_reset(struct http_exchange *x);
/* Of an exchange whose arena is exceeded: logs and counts it, drops the answer, and gives it memory
 * for another, with the status returned (500, or 503 where there was none). The server does so
 * itself before it sends; for callers that have a better page. */
int http_excess(struct http_exchange *x);
/* Sends a prepared answer (see http/server.h), 304 where If-None-Match has its ETag. */
void http_answer_blob(struct http_exchange *x, struct http_blob *blob);
/* The same with the blob that is in the slot now. */
void http_answer_slot(struct http_exchange *x, struct http_slot *slot);

/*
 * Leaves the handler without an answer. Some thread calls http_resume(x) exactly once (also before
 * the handler has returned); then `next` runs on the event thread, or, when `next` is NULL, what
 * is in x->response is sent. Cheap: resumes of one moment are gathered into one wake-up.
 */
void http_suspend(struct http_exchange *x, http_handler next);
void http_resume(struct http_exchange *x);
/* Instead of http_resume: runs work on a worker thread first, which then resumes. Any thread. For
 * callers that see to it that there are few (core/admission.h): a full worker queue is no obstacle.
 * False: the server has no workers, nothing was done. */
bool http_resume_on_worker(struct http_exchange *x, http_handler work);
/* Between http_suspend and http_resume: has the client closed its side of the connection? */
bool http_client_gone(const struct http_exchange *x);
/* Between the two, what the calling thread resumes wakes no event thread before the end: whoever
 * answers many at once is not interrupted after the first. */
void http_resume_cork(void);
void http_resume_uncork(void);
/* From the event thread: runs work on a worker thread (which may http_suspend too), then next
 * (NULL: sends the answer) on the event thread. Queue full: answers 503 with Retry-After and
 * returns false. */
bool http_offload(struct http_exchange *x, http_handler work, http_handler next);

/* Is the body a form, by its content type? */
bool http_has_form(const struct http_exchange *x);
/* The form of a POST body; checks the content type. RC_INVALID/RC_LIMITED with a sentence.
 * "resource" may stand more than once (RFC 8707); where other names may, call form_parse. */
MUST_USE enum rc http_body_form(struct http_exchange *x, struct form *ret, const char **ret_why);
/* The form of the query. */
MUST_USE enum rc http_query_form(struct http_exchange *x, struct form *ret, const char **ret_why);

/*
 * Cookies. Names are given plain: where the site is reached by https
 * (http_server_options.secure_cookies) they go over the wire with the __Host- prefix and Secure
 * (RFC 6265bis 4.1.3.2), in both directions. A name sent twice counts as absent.
 */
struct str http_cookie(const struct http_exchange *x, const char *name);
/* Set-Cookie with HttpOnly, SameSite=Lax, Path=/. The value is checked (cookie-octets only, else
 * the arena fails). max_age in seconds; 0 = till the browser closes; < 0 = delete. */
void http_set_cookie(struct http_exchange *x, const char *name, struct str value, int64_t max_age);

#endif
