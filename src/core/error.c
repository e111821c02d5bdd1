/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "core/error.h"

#include "obs/log.h"
#include "obs/metrics.h"
#include "core/op.h"

const struct oauth_error oauth_errors[OAUTH_ERROR_MAX] = {
#define OAUTH_ERROR(id, code, status, text, hint)                                                  \
	[OAUTH_ERROR_##id] = {#id, code, status, text, hint},
#include "core/errors.def"
#undef OAUTH_ERROR
};

#define ERROR_BODY_MAX 1024u

void error_log(struct op *op, const struct oauth_error *e, struct str client)
{
	log_emit(LOG_EVENT_OAUTH_ERROR, LOG_S("request", op->x->request.id),
		LOG_C("error", e->code), LOG_C("rule", e->name), LOG_C("hint", e->hint),
		LOG_S("client", client), LOG_C("endpoint", op->x->route ? op->x->route->name : ""));
}

static void answer_body(struct op *op, int status, const char *code, const char *text)
{
	struct buf body;
	struct json_writer w;

	buf_init(&body, op->tx.a, ERROR_BODY_MAX);
	json_writer_init(&w, &body);
	json_write_object(&w);
	json_add_str(&w, "error", str_c(code));
	json_add_str(&w, "error_description", str_c(text));
	json_write_object_end(&w);
	http_answer(op->x, status, "application/json", buf_str(&body));
}

void error_json(struct op *op, const struct oauth_error *e)
{
	op_refuse(op);
	error_log(op, e, op->client.n ? op->client : op_param(op, "client_id"));
	answer_body(op, e->status, e->code, e->text);
	/* RFC 6749 5.2: 401 names the scheme the client used. */
	if (e->status == 401)
		http_header_add(
			op->x, "WWW-Authenticate", STR("Basic realm=\"pratu\", charset=\"UTF-8\""));
	if (e->status == 503)
		http_header_add(op->x, "Retry-After", STR("1"));
}

void error_bearer(struct op *op, const struct oauth_error *e)
{
	struct buf value;

	op_refuse(op);
	error_log(op, e, STR_NONE);
	buf_init(&value, op->tx.a, ERROR_BODY_MAX);
	buf_add_c(&value, "Bearer realm=\"pratu\"");
	/* RFC 6750 3.1: without a token the header has no error code; the body, which it does not
	 * speak of, is for the developer who looks at it. */
	if (e->code[0]) {
		buf_addf(&value, ", error=\"%s\", error_description=\"%s\"", e->code, e->text);
		if (e->status == 403)
			buf_add_c(&value, ", scope=\"openid\"");
	}
	answer_body(op, e->status, e->code[0] ? e->code : "invalid_token", e->text);
	http_header_add(op->x, "WWW-Authenticate", buf_str(&value));
}
