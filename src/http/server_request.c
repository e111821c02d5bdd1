/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The life of an exchange: begun, read, handled, perhaps suspended, answered, ended. */
#include "base/arena.h"
#include "base/die.h"
#include "obs/log.h"
#include "obs/metrics.h"
#include "http/server_priv.h"
#include "base/clock.h"

#include <microhttpd.h>
#include <poll.h>

/* ---- the pool of exchanges of a loop ---- */

static struct http_private *exchange_new(struct event_loop *loop)
{
	struct http_private *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->x.arena = arena_try_new(loop->server->arena_max);
	if (p->x.arena)
		return p;
	free(p);
	return NULL;
}

static struct http_private *pool_get(struct event_loop *loop)
{
	struct http_private *p = loop->pool;
	struct arena *arena;

	if (!p)
		return exchange_new(loop);
	loop->pool = p->next_active;
	loop->n_pool--;
	arena = p->x.arena;
	memset(p, 0, sizeof(*p));
	p->x.arena = arena;
	return p;
}

static void exchange_free(struct http_private *p)
{
	arena_free(p->x.arena);
	free(p);
}

static void pool_put(struct event_loop *loop, struct http_private *p)
{
	if (loop->n_pool >= POOL_KEEP) {
		exchange_free(p);
		return;
	}
	arena_reset(p->x.arena);
	p->next_active = loop->pool;
	loop->pool = p;
	loop->n_pool++;
}

void pool_free(struct event_loop *loop)
{
	struct http_private *p;

	while ((p = loop->pool)) {
		loop->pool = p->next_active;
		exchange_free(p);
	}
}

/* ---- begin and end ---- */

/* When this turn of the loop began: near enough for patience, and no clock is asked. */
static int64_t turn_ms(const struct event_loop *loop)
{
	return atomic_load_explicit(&loop->beat, memory_order_relaxed);
}

/* Random per loop, then counted: unique without a system call a request. Not a secret. */
static struct str new_id(struct http_private *p)
{
	static const char base32[] = "abcdefghijklmnopqrstuvwxyz234567";
	struct event_loop *loop = p->loop;
	uint64_t n = loop->id_count++;

	memcpy(p->id, loop->id_prefix, sizeof(loop->id_prefix));
	for (size_t i = sizeof(p->id); i-- > sizeof(loop->id_prefix); n >>= 5)
		p->id[i] = base32[n & 31];
	return (struct str){.p = p->id, .n = sizeof(p->id)};
}

void *request_begin(struct event_loop *loop, struct MHD_Connection *connection, struct link *link,
	struct str target)
{
	struct http_private *p;

	if (!link)
		return NULL;
	request_drop(link);
	p = link->request = pool_get(loop);
	if (!p)
		return NULL;
	p->loop = loop;
	p->link = link;
	p->connection = connection;
	p->start_us = monotonic_us();
	link_owes_head(link, p->start_us / 1000);
	p->x.priv = p;
	p->x.app = loop->server->options.app;
	p->x.request.id = new_id(p);
	p->x.request.peer = str_c(link->peer);
	p->client = link->address;
	p->body_max = HTTP_BODY_MAX;
	p->next_active = loop->active;
	if (loop->active)
		loop->active->prev = p;
	loop->active = p;
	loop->n_active++;
	check_target(p, target);
	return p;
}

void request_end(struct http_private *p)
{
	struct event_loop *loop = p->loop;

	*(p->prev ? &p->prev->next_active : &loop->active) = p->next_active;
	if (p->next_active)
		p->next_active->prev = p->prev;
	loop->n_active--;
	if (p->x.response.blob)
		http_blob_unref(p->x.response.blob);
	body_free(&p->body, &loop->server->bodies);
	p->link->request = NULL;
	link_owes_request(p->link, turn_ms(loop));
	pool_put(loop, p);
}

void request_drop(struct link *link)
{
	if (link->request)
		request_end(link->request);
}

/* ---- refusals ---- */

void request_refuse(struct http_private *p, int status, const char *why)
{
	if (p->refused)
		return;
	p->refused = status;
	p->why = why;
	metric_add(METRIC_REQUESTS_REJECTED, 1);
	log_emit(LOG_EVENT_REQUEST_REJECTED, LOG_S("id", p->x.request.id),
		LOG_S("peer", p->x.request.peer), LOG_I("status", status), LOG_C("why", why));
}

/* ---- calls from MHD ---- */

/* The answer goes out after the handler, or after the resume if it suspended. */
static bool settle(struct http_private *p)
{
	return p->suspended ? true : response_send(p);
}

/* Lower-case names of header fields, as Fetch 4.8 sends them: nothing that could be read otherwise
 * may come back in a header of ours. */
static bool is_field_list(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
			(c == '\0' || !strchr("-_, ", c)))
			return false;
	}
	return s.n > 0 && s.n <= PREFLIGHT_MAX;
}

/*
 * Fetch 3.2.2. Scripts of a portal add header fields of their own (traceparent, x-requested-with),
 * and one that is not allowed fails the whole request. No cookie is read behind HTTP_CORS, so each
 * may be sent.
 */
static void preflight(struct http_exchange *x)
{
	struct str asked = http_request_header(x, "Access-Control-Request-Headers");

	http_answer(x, 204, NULL, STR_NONE);
	http_header_add(x, "Access-Control-Allow-Methods", STR("GET, HEAD, POST"));
	http_header_add(x, "Access-Control-Allow-Headers",
		is_field_list(asked) ? asked
				     : STR("Authorization, Content-Type, DPoP, Accept, "
					   "Accept-Language"));
	http_header_add(x, "Access-Control-Max-Age", STR("86400"));
}

static bool dispatch(struct http_private *p)
{
	struct http_exchange *x = &p->x;

	p->stage = STAGE_HANDLED;
	link_drained(p->link);
	if (p->refused || arena_exceeded(x->arena))
		return response_send(p);
	if (p->body.p)
		x->request.body = (struct str){.p = p->body.p, .n = p->body.n};
	if (x->request.method == HTTP_OPTIONS)
		preflight(x);
	else if (x->route->flags & HTTP_BLOCKING)
		http_offload(x, x->route->handle, NULL);
	else
		x->route->handle(x);
	return settle(p);
}

static bool proceed(struct http_private *p)
{
	http_handler next = p->next;

	p->next = NULL;
	if (next)
		next(&p->x);
	return settle(p);
}

/* Room for n bytes of body and a NUL behind them. False: refused. */
static bool body_make_room(struct http_private *p, size_t n)
{
	if (n == 0 || body_reserve(&p->body, &p->loop->server->bodies, p->x.arena, &p->client,
			      n + 1, p->body_max + 1))
		return true;
	http_header_add(&p->x, "Retry-After", STR("5"));
	request_refuse(p, 503,
		"the server holds as many request bodies as it may; try again in a "
		"few seconds");
	return false;
}

/* Queueing an answer before the body is read makes MHD close the connection, and unread bytes then
 * may cost the client the answer; so what is small enough is read on and dropped. */
static bool head_done(struct http_private *p)
{
	uint64_t length = 0;

	p->stage = STAGE_BODY;
	link_owes_request(p->link, turn_ms(p->loop));
	if (!p->refused && p->content_length.p &&
		str_to_u64(p->content_length, p->body_max, &length))
		body_make_room(p, (size_t)length);
	if (!p->refused)
		return true;
	if (p->content_length.p && !str_to_u64(p->content_length, DISCARD_MAX, &length))
		return response_send(p);
	if (p->doubtful || p->expect.n)
		return response_send(p);
	return true;
}

static bool body_part(struct http_private *p, const char *data, size_t *n)
{
	size_t part = *n;

	*n = 0;
	if (part > p->body_max - p->body.n)
		request_refuse(p, 413, "the request body is over this endpoint's maximum");
	if (p->refused) {
		p->dropped += part;
		return p->dropped <= DISCARD_MAX;
	}
	if (!body_make_room(p, p->body.n + part)) {
		p->dropped += part;
		return true;
	}
	memcpy(p->body.p + p->body.n, data, part);
	p->body.n += part;
	return true;
}

bool request_call(struct http_private *p, const char *data, size_t *n)
{
	switch (p->stage) {
	case STAGE_HEAD: return head_done(p);
	case STAGE_BODY: return *n ? body_part(p, data, n) : dispatch(p);
	case STAGE_HANDLED: return proceed(p);
	}
	return false;
}

/* ---- suspension ---- */

static void connection_suspend(struct http_private *p)
{
	p->suspended = true;
	MHD_suspend_connection(p->connection);
}

void http_suspend(struct http_exchange *x, http_handler next)
{
	struct http_private *p = x->priv;

	p->next = next;
	if (p->on_worker) {
		/* The worker holds it too, until its function returns. */
		atomic_fetch_add_explicit(&p->holds, 1, memory_order_relaxed);
		return;
	}
	atomic_store_explicit(&p->holds, 1, memory_order_relaxed);
	connection_suspend(p);
}

void http_resume(struct http_exchange *x)
{
	hold_release(x->priv);
}

bool http_resume_on_worker(struct http_exchange *x, http_handler work)
{
	struct http_private *p = x->priv;

	p->work = work;
	p->on_worker = true;
	if (workers_push(&p->loop->server->workers, p, true))
		return true;
	p->on_worker = false;
	return false;
}

/* A browser that left closes its side; a proxy does the same for it. */
bool http_client_gone(const struct http_exchange *x)
{
	struct pollfd p = {.fd = x->priv->link->fd, .events = POLLRDHUP};

	return poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL));
}

bool http_offload(struct http_exchange *x, http_handler work, http_handler next)
{
	struct http_private *p = x->priv;

	if (p->on_worker)
		die("http_offload called on a worker thread");
	p->work = work;
	p->next = next;
	p->on_worker = p->suspended = true;
	atomic_store_explicit(&p->holds, 1, memory_order_relaxed);
	if (workers_push(&p->loop->server->workers, p, false)) {
		/* From here on the worker owns all but the connection, which no other thread uses.
		 */
		MHD_suspend_connection(p->connection);
		return true;
	}
	p->next = NULL;
	p->on_worker = p->suspended = false;
	http_response_reset(x);
	http_header_add(x, "Retry-After", STR("2"));
	request_refuse(p, 503, "the server is busy; try again in a few seconds");
	return false;
}
