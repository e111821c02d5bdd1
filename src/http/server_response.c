/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* From struct http_response to MHD. */
#include "base/arena.h"
#include "obs/log.h"
#include "obs/metrics.h"
#include "http/server_priv.h"
#include "base/clock.h"

#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <sys/socket.h>

#define ANSWER_MAX 65536u /* bytes of a refusal that is sent past MHD, with its head */

static bool wants_page(const struct http_private *p)
{
	if (p->x.route)
		return p->x.route->flags & HTTP_PAGE;
	return p->x.request.accept.p &&
	       memmem(p->x.request.accept.p, p->x.request.accept.n, "text/html", 9);
}

/* The answer of a refusal; headers added with it (Allow, Retry-After) stay. */
static void render_refusal(struct http_private *p)
{
	const struct http_server_options *o = &p->loop->server->options;
	struct http_exchange *x = &p->x;
	struct buf b;

	x->response.body = STR_NONE;
	if (o->error_page && wants_page(p))
		o->error_page(x, p->refused);
	x->response.status = p->refused;
	if (x->response.body.n)
		return;
	buf_init(&b, x->arena, 512);
	buf_addf(&b, "%d %s: %s\n", p->refused, MHD_get_reason_phrase_for((unsigned)p->refused),
		p->why);
	x->response.content_type = "text/plain; charset=utf-8";
	x->response.body = buf_str(&b);
}

/* A handler came back with nothing: our fault, said with the id so that the log line is found. */
static void render_failure(struct http_private *p)
{
	log_emit(LOG_EVENT_REQUEST_FAILED, LOG_S("id", p->x.request.id),
		LOG_C("route", p->x.route->name), LOG_C("why", "the handler gave no answer"));
	http_response_reset(&p->x);
	p->refused = 500;
	p->why = "internal error";
	render_refusal(p);
}

static bool has_header(const struct http_response *r, const char *name)
{
	for (size_t i = 0; i < r->n_headers; i++) {
		if (strcasecmp(r->headers[i].name, name) == 0)
			return true;
	}
	return false;
}

static bool add(struct MHD_Response *m, const char *name, const char *value)
{
	return MHD_add_response_header(m, name, value) == MHD_YES;
}

/*
 * What scripts of portals may read. keycloak-js posts to the token endpoint with the browser's
 * credentials, and "*" does not answer such a request (Fetch 3.2.5). No cookie is read behind
 * HTTP_CORS. HTTP authentication is a credential, too, which a browser may keep for this host:
 * where a request brought it, no script of another origin that sent credentials may read the
 * answer.
 */
static bool add_cors(struct http_private *p, struct MHD_Response *m)
{
	bool named = p->x.request.method == HTTP_POST;
	const char *origin = named ? str_dup_c(p->x.arena, p->x.request.origin) : "*";
	bool all = add(m, "Access-Control-Allow-Origin", origin);

	if (named && !p->x.request.authorization.n)
		all = add(m, "Access-Control-Allow-Credentials", "true") && all;
	if (named)
		all = add(m, "Vary", "Origin") && all;
	return add(m, "Access-Control-Expose-Headers",
		       "WWW-Authenticate, Retry-After, X-Request-Id") &&
	       all;
}

/* False: one found no memory, and an answer goes out with all its headers or not at all. */
static bool add_headers(struct http_private *p, struct MHD_Response *m)
{
	const struct http_response *r = &p->x.response;
	const struct http_route *route = p->x.route;
	bool all = true;

	if (r->content_type)
		all = add(m, "Content-Type", r->content_type);
	for (size_t i = 0; i < r->n_headers; i++)
		all = add(m, r->headers[i].name, r->headers[i].value.p) && all;
	if (!has_header(r, "Cache-Control"))
		all = add(m, "Cache-Control", "no-store") && all;
	all = add(m, "X-Content-Type-Options", "nosniff") && all;
	all = add(m, "X-Request-Id", str_dup_c(p->x.arena, p->x.request.id)) && all;
	if (p->loop->server->options.tls)
		all = add(m, "Strict-Transport-Security", HTTP_HSTS) && all;
	if (!route || !(route->flags & HTTP_CORS))
		all = add(m, "Cross-Origin-Resource-Policy", "same-origin") && all;
	if (p->x.request.origin.p && route && route->flags & HTTP_CORS)
		all = add_cors(p, m) && all;
	if (p->loop->draining)
		all = add(m, "Connection", "close") && all;
	return all;
}

/* The body is not copied: the arena outlives the answer. */
static bool plain_send(struct http_private *p)
{
	const struct http_response *r = &p->x.response;
	struct MHD_Response *m;
	enum MHD_Result sent;

	m = MHD_create_response_from_buffer(
		r->body.n, (void *)(uintptr_t)r->body.p, MHD_RESPMEM_PERSISTENT);
	if (!m)
		return false;
	sent = add_headers(p, m) ? MHD_queue_response(p->connection, (unsigned)r->status, m)
				 : MHD_NO;
	MHD_destroy_response(m);
	return sent == MHD_YES;
}

int http_excess(struct http_exchange *x)
{
	int status = arena_state(x->arena) == ARENA_NO_MEMORY ? 503 : 500;

	metric_add(METRIC_REQUESTS_EXCEEDED, 1);
	log_emit(LOG_EVENT_REQUEST_EXCEEDED, LOG_S("request", x->request.id),
		LOG_C("endpoint", x->route ? x->route->name : ""),
		LOG_C("why", arena_why(x->arena)));
	arena_pardon(x->arena);
	http_response_reset(x);
	return status;
}

static void refuse_excess(struct http_private *p)
{
	p->refused = http_excess(&p->x);
	p->why = p->refused == 503 ? "the server has no memory; try again in a few seconds"
				   : "the request needs more memory than one may have";
	if (p->refused == 503)
		http_header_add(&p->x, "Retry-After", STR("5"));
}

void route_metrics_init(struct route_metrics *ret, const struct http_route *route)
{
	static const char *const classes[STATUS_CLASSES] = {"2xx", "3xx", "4xx", "5xx"};
	const char *name = route && route->name ? route->name : "none";

	for (size_t i = 0; i < STATUS_CLASSES; i++)
		ret->answered[i] = metric_series(FAMILY_REQUESTS, name, classes[i]);
	ret->duration = metric_series(FAMILY_REQUEST_US, name, NULL);
}

void route_metrics_count(const struct route_metrics *m, int status, int64_t us)
{
	size_t i = status >= 500 ? 3 : status >= 400 ? 2 : status >= 300 ? 1 : 0;

	series_add(m->answered[i], 1);
	series_observe_us(m->duration, us);
}

/* Prepared answers have a status of their own; a 304 counts as what it stands for. */
static void count_response(const struct http_private *p)
{
	const struct http_server *s = p->loop->server;
	const struct http_response *r = &p->x.response;
	size_t i = p->x.route ? (size_t)(p->x.route - s->route_rows) : s->n_routes;
	int status = r->blob && !p->refused ? http_blob_status(r->blob) : r->status;

	route_metrics_count(&s->route_metrics[i], status, monotonic_us() - p->start_us);
}

/* What the page needs of a head that was not read to its end. */
static void look_at_head(struct http_exchange *x)
{
	x->request.accept = http_request_header(x, "Accept");
	x->request.cookie = http_request_header(x, "Cookie");
}

static void add_line(struct buf *out, const char *name, const char *value)
{
	buf_addf(out, "%s: %s\r\n", name, value);
}

/* The answer as add_headers and MHD would make it. */
static void write_answer(struct http_private *p, struct buf *out)
{
	const struct http_response *r = &p->x.response;

	buf_addf(out, "HTTP/1.1 %d %s\r\n", r->status,
		MHD_get_reason_phrase_for((unsigned)r->status));
	add_line(out, "Connection", "close");
	add_line(out, "Content-Type", r->content_type);
	for (size_t i = 0; i < r->n_headers; i++)
		add_line(out, r->headers[i].name, r->headers[i].value.p);
	if (!has_header(r, "Cache-Control"))
		add_line(out, "Cache-Control", "no-store");
	add_line(out, "X-Content-Type-Options", "nosniff");
	add_line(out, "X-Request-Id", str_dup_c(p->x.arena, p->x.request.id));
	add_line(out, "Cross-Origin-Resource-Policy", "same-origin");
	if (p->loop->server->options.tls)
		add_line(out, "Strict-Transport-Security", HTTP_HSTS);
	buf_addf(out, "Content-Length: %zu\r\n\r\n", r->body.n);
	if (p->x.request.method != HTTP_HEAD)
		buf_add(out, r->body);
}

/* As much as the socket takes at once: a client that does not read gets nothing. */
static void send_past(const struct http_private *p, struct str text)
{
	const union MHD_ConnectionInfo *tls = NULL;

	if (!p->loop->server->options.tls) {
		(void)!send(p->link->fd, text.p, text.n, MSG_DONTWAIT | MSG_NOSIGNAL);
		return;
	}
	tls = MHD_get_connection_info(p->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	while (tls && tls->tls_session && text.n) {
		ssize_t n = gnutls_record_send(tls->tls_session, text.p, text.n);

		if (n <= 0)
			return;
		text = str_sub(text, (size_t)n, text.n);
	}
	if (tls && tls->tls_session)
		gnutls_bye(tls->tls_session, GNUTLS_SHUT_WR);
}

void refuse_on_socket(struct http_private *p, int status, const char *why)
{
	struct buf out;

	request_refuse(p, status, why);
	p->x.request.no_room_for_cookies = status == 431;
	look_at_head(&p->x);
	render_refusal(p);
	buf_init(&out, p->x.arena, ANSWER_MAX);
	write_answer(p, &out);
	count_response(p);
	if (buf_status(&out) == RC_OK)
		send_past(p, buf_str(&out));
	shutdown(p->link->fd, SHUT_WR);
}

bool response_send(struct http_private *p)
{
	struct http_response *r = &p->x.response;

	if (arena_exceeded(p->x.arena))
		refuse_excess(p);
	if (p->refused)
		render_refusal(p);
	else if (!r->blob && !r->status)
		render_failure(p);
	count_response(p);
	return r->blob && !p->refused ? blob_send(p, r->blob) : plain_send(p);
}
