/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Prepared answers. Their MHD responses are made once and shared by all requests and loops. */
#include "base/arena.h"
#include "base/array.h"
#include "codec/base64.h"
#include "base/die.h"
#include "http/server_priv.h"
#include "crypto/hash.h"

#include <microhttpd.h>

#define BLOB_MAX (16u * 1024u * 1024u) /* bytes of a blob and its copies */

/* One encoding of the body. */
struct variant {
	struct str body;
	struct str etag; /* with quotes; NUL-terminated */
	struct MHD_Response *full, *not_modified;
};

struct http_blob {
	atomic_int refs;
	int status;
	struct arena *arena;
	const char *content_type, *cache_control;
	bool cors;
	struct variant identity, gzip; /* gzip.full is NULL when there is none */
};

struct http_slot {
	pthread_mutex_t lock;
	struct http_blob *blob;
};

/* What an answer says besides the blob's own headers. */
struct blob_answer {
	bool full;  /* false: the 304 of that variant, with the headers RFC 9110 15.4.5 asks for */
	bool close; /* the last on this connection */
	bool hsts;
};

/* NULL: no memory. */
static struct MHD_Response *variant_try(
	const struct http_blob *b, const struct variant *v, struct blob_answer answer)
{
	const bool full = answer.full;
	const struct {
		bool on;
		const char *name, *value;
	} headers[] = {
		{full, "Content-Type", b->content_type},
		{full && v == &b->gzip, "Content-Encoding", "gzip"},
		{b->gzip.body.p, "Vary", "Accept-Encoding"},
		{true, "ETag", v->etag.p},
		{true, "Cache-Control", b->cache_control},
		{true, "X-Content-Type-Options", "nosniff"},
		{b->cors, "Access-Control-Allow-Origin", "*"},
		{!b->cors, "Cross-Origin-Resource-Policy", "same-origin"},
		{answer.hsts, "Strict-Transport-Security", HTTP_HSTS},
		{answer.close, "Connection", "close"},
	};
	struct str body = full ? v->body : STR_NONE;
	struct MHD_Response *m = MHD_create_response_from_buffer(
		body.n, (void *)(uintptr_t)body.p, MHD_RESPMEM_PERSISTENT);

	for (size_t i = 0; m && i < ARRAY_LEN(headers); i++) {
		if (!headers[i].on ||
			MHD_add_response_header(m, headers[i].name, headers[i].value) == MHD_YES)
			continue;
		MHD_destroy_response(m);
		m = NULL;
	}
	return m;
}

static struct MHD_Response *variant_response(
	const struct http_blob *b, const struct variant *v, struct blob_answer answer)
{
	struct MHD_Response *m;

	for (int tries = 0; !(m = variant_try(b, v, answer)); tries++)
		memory_wait(tries);
	return m;
}

static void variant_prepare(struct http_blob *b, struct variant *v)
{
	if (v->full)
		MHD_destroy_response(v->full);
	if (v->not_modified)
		MHD_destroy_response(v->not_modified);
	v->full = variant_response(b, v, (struct blob_answer){.full = true});
	v->not_modified = variant_response(b, v, (struct blob_answer){.full = false});
}

static void variant_fill(struct http_blob *b, struct variant *v, struct str body)
{
	struct buf tag;

	v->body = str_dup(b->arena, body);
	buf_init(&tag, b->arena, 64);
	buf_add_byte(&tag, '"');
	buf_add(&tag, sha256_base64url(b->arena, body));
	buf_add_byte(&tag, '"');
	v->etag = buf_str(&tag);
}

struct http_blob *http_blob_new(
	int status, const char *content_type, struct str body, const char *cache_control, bool cors)
{
	struct http_blob *b = xcalloc(1, sizeof(*b));

	atomic_init(&b->refs, 1);
	b->status = status;
	b->arena = arena_new(BLOB_MAX);
	b->content_type = str_dup_c(b->arena, str_c(content_type));
	b->cache_control = str_dup_c(b->arena, str_c(cache_control ? cache_control : "no-store"));
	b->cors = cors;
	variant_fill(b, &b->identity, body);
	variant_prepare(b, &b->identity);
	return b;
}

void http_blob_set_gzip(struct http_blob *b, struct str gzip)
{
	variant_fill(b, &b->gzip, gzip);
	variant_prepare(b, &b->identity); /* again, now with Vary */
	variant_prepare(b, &b->gzip);
}

struct http_blob *http_blob_ref(struct http_blob *b)
{
	atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
	return b;
}

void http_blob_unref(struct http_blob *b)
{
	struct variant *v[2];

	if (!b || atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) != 1)
		return;
	v[0] = &b->identity;
	v[1] = &b->gzip;
	for (size_t i = 0; i < 2; i++) {
		if (!v[i]->full)
			continue;
		MHD_destroy_response(v[i]->full);
		MHD_destroy_response(v[i]->not_modified);
	}
	arena_free(b->arena);
	free(b);
}

struct http_slot *http_slot_new(struct http_blob *blob)
{
	struct http_slot *slot = xcalloc(1, sizeof(*slot));

	pthread_mutex_init(&slot->lock, NULL);
	slot->blob = blob;
	return slot;
}

void http_slot_set(struct http_slot *slot, struct http_blob *blob)
{
	struct http_blob *old;

	pthread_mutex_lock(&slot->lock);
	old = slot->blob;
	slot->blob = blob;
	pthread_mutex_unlock(&slot->lock);
	http_blob_unref(old);
}

void http_slot_free(struct http_slot *slot)
{
	if (!slot)
		return;
	http_blob_unref(slot->blob);
	pthread_mutex_destroy(&slot->lock);
	free(slot);
}

void http_answer_slot(struct http_exchange *x, struct http_slot *slot)
{
	struct http_blob *blob;

	pthread_mutex_lock(&slot->lock);
	blob = http_blob_ref(slot->blob);
	pthread_mutex_unlock(&slot->lock);
	http_response_reset(x);
	x->response.blob = blob;
}

void http_answer_blob(struct http_exchange *x, struct http_blob *blob)
{
	http_blob_ref(blob);
	http_response_reset(x);
	x->response.blob = blob;
}

/* Is q of a coding zero (RFC 9110 12.4.2)? */
static bool q_is_zero(struct str parameter)
{
	parameter = str_trim(parameter);
	if (!str_starts(parameter, STR("q=")) && !str_starts(parameter, STR("Q=")))
		return false;
	for (size_t i = 2; i < parameter.n; i++) {
		if (parameter.p[i] != '0' && parameter.p[i] != '.')
			return false;
	}
	return true;
}

static bool accepts_gzip(struct str accept)
{
	struct str rest = accept, part, coding;

	if (!accept.n)
		return false;
	while (str_cut(&rest, ',', &part)) {
		str_cut(&part, ';', &coding);
		if (str_ieq(str_trim(coding), STR("gzip")))
			return !part.p || !q_is_zero(part);
	}
	return false;
}

/* If-None-Match, compared weakly (RFC 9110 13.1.2). */
static bool matches(struct str header, struct str etag)
{
	struct str rest = header, tag;

	if (!header.n)
		return false;
	while (str_cut(&rest, ',', &tag)) {
		tag = str_trim(tag);
		if (str_starts(tag, STR("W/")))
			tag = str_sub(tag, 2, tag.n);
		if (str_eq(tag, etag) || str_eq(tag, STR("*")))
			return true;
	}
	return false;
}

static bool queue(struct http_private *p, int status, struct MHD_Response *m)
{
	return MHD_queue_response(p->connection, (unsigned)status, m) == MHD_YES;
}

int http_blob_status(const struct http_blob *b)
{
	return b->status;
}

bool blob_send(struct http_private *p, struct http_blob *b)
{
	const struct http_request *r = &p->x.request;
	struct blob_answer answer = {
		.close = p->loop->draining, .hsts = p->loop->server->options.tls};
	struct variant *v = &b->identity;
	struct MHD_Response *own;
	int status;
	bool sent;

	if (b->gzip.full && accepts_gzip(p->accept_encoding))
		v = &b->gzip;
	answer.full =
		b->status != 200 || r->method == HTTP_POST || !matches(r->if_none_match, v->etag);
	status = answer.full ? b->status : 304;
	if (!answer.close && !answer.hsts)
		return queue(p, status, answer.full ? v->full : v->not_modified);
	/* What the shared one cannot say: a blob may be one of servers with and without TLS. */
	own = variant_response(b, v, answer);
	sent = queue(p, status, own);
	MHD_destroy_response(own);
	return sent;
}
