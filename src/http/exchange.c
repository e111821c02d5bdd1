/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What handlers do to an exchange. */
#include "base/arena.h"
#include "http/cookie.h"
#include "http/server_priv.h"

#define FORM_TYPE "application/x-www-form-urlencoded"

/* ---- answers ---- */

void http_response_reset(struct http_exchange *x)
{
	struct http_response *r = &x->response;

	if (r->blob)
		http_blob_unref(r->blob);
	r->blob = NULL;
	r->status = 0;
	r->content_type = NULL;
	r->body = STR_NONE;
	r->n_headers = 0;
}

void http_answer(struct http_exchange *x, int status, const char *content_type, struct str body)
{
	x->response.status = status;
	x->response.content_type = content_type;
	x->response.body = body;
}

void http_header_add(struct http_exchange *x, const char *name, struct str value)
{
	struct http_response *r = &x->response;

	if (r->n_headers == HTTP_RESPONSE_HEADERS) {
		arena_fail(x->arena, "an answer has too many headers");
		return;
	}
	if (str_has_control(value)) {
		arena_fail(x->arena, "a response header holds a control character");
		return;
	}
	/* A copy, which also gives the NUL that MHD wants. */
	r->headers[r->n_headers++] =
		(struct http_header){.name = name, .value = str_dup(x->arena, value)};
}

void http_redirect(struct http_exchange *x, struct str url)
{
	http_answer(x, 303, NULL, STR_NONE);
	http_header_add(x, "Location", url);
}

/* ---- forms ---- */

/* RFC 8707 2: the one parameter that may stand more than once. */
static const struct str repeatable[] = {STR_INIT("resource")};
static const struct strlist repeatables = {.v = repeatable, .n = 1};

bool http_has_form(const struct http_exchange *x)
{
	struct str type = x->request.content_type;

	return str_ieq(str_trim(str_sub(type, 0, str_find(type, ';'))), STR(FORM_TYPE));
}

enum rc http_body_form(struct http_exchange *x, struct form *ret, const char **ret_why)
{
	if (!http_has_form(x)) {
		*ret_why = "the content type must be " FORM_TYPE;
		return RC_INVALID;
	}
	return form_parse(x->arena, x->request.body, repeatables, ret, ret_why);
}

enum rc http_query_form(struct http_exchange *x, struct form *ret, const char **ret_why)
{
	return form_parse(x->arena, x->request.query, repeatables, ret, ret_why);
}

/* ---- cookies ---- */

static struct str wire_name(const struct http_exchange *x, const char *name)
{
	struct buf b;

	if (!x->priv->loop->server->options.secure_cookies)
		return str_c(name);
	buf_init(&b, x->arena, 128);
	buf_add_c(&b, "__Host-");
	buf_add_c(&b, name);
	return buf_str(&b);
}

struct str http_cookie(const struct http_exchange *x, const char *name)
{
	struct str value;

	if (cookie_find(x->request.cookie, wire_name(x, name), &value) != RC_OK)
		return STR_NONE;
	return value;
}

void http_set_cookie(struct http_exchange *x, const char *name, struct str value, int64_t max_age)
{
	struct buf b;

	if (!cookie_value_ok(value)) {
		arena_fail(x->arena, "a cookie value holds a byte that cookies cannot carry");
		return;
	}
	buf_init(&b, x->arena, HTTP_COOKIE_BYTES + 256);
	buf_add(&b, wire_name(x, name));
	buf_add_byte(&b, '=');
	buf_add(&b, value);
	buf_add_c(&b, "; Path=/; HttpOnly; SameSite=Lax");
	if (max_age != 0) {
		buf_add_c(&b, "; Max-Age=");
		buf_add_i64(&b, max_age > 0 ? max_age : 0);
	}
	if (x->priv->loop->server->options.secure_cookies)
		buf_add_c(&b, "; Secure");
	if (buf_status(&b) != RC_OK)
		arena_fail(x->arena, "a cookie is over its maximum");
	http_header_add(x, "Set-Cookie", buf_str(&b));
}
