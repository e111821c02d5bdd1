/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The simulated SMS gateway sends delivery reports on request: once, or repeatedly, as providers
 * do. */
#include "net/http_client.h"
#include "base/array.h"
#include "sandbox/common/sandbox.h"
#include "codec/json_value.h"
#include "sandbox/inbox/inbox.h"

#include <stdio.h>

#define BODY_MAX   4096u
#define TIMES_MAX  20
#define TIMEOUT_MS 10000

struct report_request {
	int64_t number, times;
	struct str url, via;
	bool delivered;
};

static void note_via(void *data, const struct inbox_message *m)
{
	struct report_request *r = data;

	if (m->number == r->number)
		r->via = m->via;
}

/* NULL, or what is wrong. */
static const char *read_asked(struct http_exchange *x, struct report_request *ret)
{
	struct sandbox *s = x->app;
	struct json_value *v __attribute__((cleanup(json_value_freep))) = NULL;
	struct str status = STR("delivered");

	*ret = (struct report_request){.times = 1, .via = STR_NONE};
	if (!str_starts(x->request.content_type, STR("application/json")) ||
		json_value_parse(x->request.body, BODY_MAX, &v) != RC_OK)
		return "send a JSON object as application/json";
	if (!json_value_i64(json_value_get(v, "number"), &ret->number) ||
		!json_value_str(json_value_get(v, "url"), &ret->url))
		return "number and url are wanted";
	ret->url = str_dup(x->arena, ret->url);
	if (json_value_get(v, "times") &&
		(!json_value_i64(json_value_get(v, "times"), &ret->times) || ret->times < 1 ||
			ret->times > TIMES_MAX))
		return "times is a number from 1 to 20";
	if (json_value_get(v, "status") && !json_value_str(json_value_get(v, "status"), &status))
		return "status is delivered or failed";
	ret->delivered = str_eq_c(status, "delivered");
	if (!ret->delivered && !str_eq_c(status, "failed"))
		return "status is delivered or failed";
	inbox_each(s->inbox, x->arena, INBOX_SMS, ret->number - 1, note_via, ret);
	return ret->via.n ? NULL : "there is no SMS of this number";
}

/* The body in the provider's own form; empty where it publishes none. */
static struct str report_body(struct arena *a, const struct report_request *r)
{
	struct buf b;

	buf_init(&b, a, BODY_MAX);
	if (str_eq_c(r->via, "thaibulksms"))
		buf_addf(&b, "{\"message_id\":\"sandbox-%lld\",\"status\":\"%s\"}",
			(long long)r->number, r->delivered ? "DELIVRD" : "UNDELIV");
	if (str_eq_c(r->via, "infobip"))
		buf_addf(&b,
			"{\"results\":[{\"messageId\":\"sandbox-%lld\","
			"\"status\":{\"groupName\":\"%s\"}}]}",
			(long long)r->number, r->delivered ? "DELIVERED" : "UNDELIVERABLE");
	return buf_str(&b);
}

static int report_post(struct http_exchange *x, const struct report_request *r)
{
	struct sandbox *s = x->app;
	struct http_fetch f = {.method = "POST",
		.url = r->url,
		.content_type = STR("application/json"),
		.body = report_body(x->arena, r),
		.timeout_ms = TIMEOUT_MS,
		.allow_special = true};
	struct http_fetched answer;
	const char *why;

	return http_client_fetch(s->http, x->arena, &f, &answer, &why) == RC_OK ? answer.status : 0;
}

static void report_handle(struct http_exchange *x)
{
	struct report_request r;
	const char *why = read_asked(x, &r);
	struct buf b;
	struct json_writer w;

	if (!why && !report_body(x->arena, &r).n)
		why = "this provider publishes no form of reports";
	if (why) {
		sandbox_json_error(x, 400, "invalid_request", str_c(why));
		return;
	}
	buf_init(&b, x->arena, BODY_MAX);
	json_writer_init(&w, &b);
	json_write_object(&w);
	json_write_key(&w, "answers");
	json_write_array(&w);
	for (int64_t i = 0; i < r.times; i++)
		json_write_i64(&w, report_post(x, &r));
	json_write_array_end(&w);
	json_write_object_end(&w);
	sandbox_json(x, 200, buf_str(&b));
}

/* clang-format off */
#define ON_POST HTTP_ON(HTTP_POST)
static const struct http_route routes[] = {
	{"/api/sms/report", ON_POST, HTTP_BLOCKING, report_handle, .name = "api_sms_report"},
};
/* clang-format on */
const struct sandbox_routes report_routes = {routes, ARRAY_LEN(routes)};
