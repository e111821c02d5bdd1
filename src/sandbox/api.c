/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The JSON API: everything a finger can do on the phone and the settings page. Bodies are JSON with
 * that content type, so a page of another site cannot send them without asking first.
 */
#include "sandbox/common/sandbox.h"
#include "base/array.h"
#include "codec/json_value.h"
#include "sandbox/common/settings.h"
#include "sandbox/inbox/inbox.h"
#include "sandbox/thaid/thaid.h"

#define BODY_MAX    16384u
#define REPLY_MAX   (1900u * 1024u) /* all of requests.h, and twice that fits in ARENA_MAX */
#define PENDING_MAX 200

static struct sandbox *api_sandbox(struct http_exchange *x)
{
	return x->app;
}

void sandbox_json(struct http_exchange *x, int status, struct str json)
{
	http_answer(x, status, "application/json", json);
}

void sandbox_json_error(struct http_exchange *x, int status, const char *code, struct str why)
{
	struct buf b;
	struct json_writer w;

	buf_init(&b, x->arena, 4096);
	json_writer_init(&w, &b);
	json_write_object(&w);
	json_add_str(&w, "error", str_c(code));
	json_add_str(&w, "error_description", why);
	json_write_object_end(&w);
	sandbox_json(x, status, buf_str(&b));
}

static void json_answer_begin(struct http_exchange *x, struct buf *b, struct json_writer *w)
{
	buf_init(b, x->arena, REPLY_MAX);
	json_writer_init(w, b);
	json_write_object(w);
}

static void json_answer_end(struct http_exchange *x, struct buf *b, struct json_writer *w)
{
	json_write_object_end(w);
	sandbox_json(x, 200, buf_str(b));
}

/* The request's JSON object, to be freed; NULL after an error was answered. An empty body is {}. */
static struct json_value *body(struct http_exchange *x)
{
	struct str text = x->request.body.n > 0 ? x->request.body : STR("{}");
	struct json_value *v;

	if (x->request.body.n > 0 &&
		!str_starts(x->request.content_type, STR("application/json"))) {
		sandbox_json_error(x, 415, "invalid_request", STR("send application/json"));
		return NULL;
	}
	if (json_value_parse(text, BODY_MAX, &v) != RC_OK) {
		sandbox_json_error(x, 400, "invalid_request", STR("the body is not JSON"));
		return NULL;
	}
	if (!json_value_is_object(v)) {
		json_value_free(v);
		sandbox_json_error(x, 400, "invalid_request", STR("a JSON object is wanted"));
		return NULL;
	}
	return v;
}

static void people(struct http_exchange *x)
{
	const struct conf_list *list = &api_sandbox(x)->config->people;
	const struct sandbox_person *p = list->v;
	struct buf b;
	struct json_writer w;

	json_answer_begin(x, &b, &w);
	json_write_key(&w, "people");
	json_write_array(&w);
	for (size_t i = 0; i < list->n; i++) {
		json_write_object(&w);
		json_add_str(&w, "pid", p[i].pid);
		json_add_str(&w, "name", sandbox_person_name(x->arena, &p[i]));
		json_add_str(&w, "name_en", sandbox_person_name_en(x->arena, &p[i]));
		json_add_str(&w, "note", p[i].note);
		json_write_object_end(&w);
	}
	json_write_array_end(&w);
	json_answer_end(x, &b, &w);
}

static struct str qr_text(struct http_exchange *x, struct str handle)
{
	struct buf b;

	buf_init(&b, x->arena, 4096);
	buf_add(&b, thaid_issuer(api_sandbox(x)->thaid));
	buf_add_c(&b, "/phone?qr=");
	buf_add(&b, handle);
	return buf_str(&b);
}

static void pending(struct http_exchange *x)
{
	struct thaid_login_view *v = arena_array(x->arena, PENDING_MAX, struct thaid_login_view);
	size_t n = thaid_pending(api_sandbox(x)->thaid, x->arena, v, PENDING_MAX);
	struct buf b;
	struct json_writer w;

	json_answer_begin(x, &b, &w);
	json_write_key(&w, "pending");
	json_write_array(&w);
	for (size_t i = 0; i < n; i++) {
		json_write_object(&w);
		json_add_str(&w, "reference", v[i].reference);
		json_add_str(&w, "qr", qr_text(x, v[i].qr));
		json_add_str(&w, "client_id", v[i].client_id);
		json_add_str(&w, "client_name", v[i].client_name);
		json_add_str(&w, "scope", v[i].scope);
		json_add_str(&w, "redirect_uri", v[i].redirect_uri);
		json_add_i64(&w, "created", v[i].created);
		json_add_i64(&w, "expires", v[i].expires);
		json_write_object_end(&w);
	}
	json_write_array_end(&w);
	json_answer_end(x, &b, &w);
}

static void decided(struct http_exchange *x, enum rc rc, const char *state)
{
	struct buf b;
	struct json_writer w;

	switch (rc) {
	case RC_OK: break;
	case RC_NOT_FOUND:
		sandbox_json_error(x, 404, "not_found", STR("no such login, or no such person"));
		return;
	case RC_EXPIRED:
		sandbox_json_error(x, 410, "expired", STR("the login has expired"));
		return;
	default: sandbox_json_error(x, 409, "decided", STR("the login was decided before")); return;
	}
	json_answer_begin(x, &b, &w);
	json_add_str(&w, "state", str_c(state));
	json_answer_end(x, &b, &w);
}

/* The login's handle: "reference" or "qr". */
static struct str handle(const struct json_value *v)
{
	struct str s;

	if (json_value_str(json_value_get(v, "qr"), &s) ||
		json_value_str(json_value_get(v, "reference"), &s))
		return s;
	return STR_NONE;
}

static void approve(struct http_exchange *x)
{
	struct json_value *v __attribute__((cleanup(json_value_freep))) = body(x);
	struct str pid;

	if (v == NULL)
		return;
	if (handle(v).n == 0 || !json_value_str(json_value_get(v, "pid"), &pid)) {
		sandbox_json_error(
			x, 400, "invalid_request", STR("pid and one of reference, qr are wanted"));
		return;
	}
	decided(x, thaid_approve(api_sandbox(x)->thaid, handle(v), pid), "approved");
}

static void api_refuse(struct http_exchange *x)
{
	struct json_value *v __attribute__((cleanup(json_value_freep))) = body(x);

	if (v == NULL)
		return;
	if (handle(v).n == 0) {
		sandbox_json_error(
			x, 400, "invalid_request", STR("one of reference, qr is wanted"));
		return;
	}
	decided(x, thaid_refuse(api_sandbox(x)->thaid, handle(v)), "refused");
}

static void show_settings(struct http_exchange *x)
{
	struct thaid_settings s = thaid_settings(api_sandbox(x)->thaid);
	struct buf b;
	struct json_writer w;

	buf_init(&b, x->arena, REPLY_MAX);
	json_writer_init(&w, &b);
	settings_write(&s, &w);
	sandbox_json(x, 200, buf_str(&b));
}

static void settings(struct http_exchange *x)
{
	struct json_value *v __attribute__((cleanup(json_value_freep))) = NULL;
	struct str why;

	if (x->request.method != HTTP_POST) {
		show_settings(x);
		return;
	}
	v = body(x);
	if (v == NULL)
		return;
	if (thaid_settings_merge(api_sandbox(x)->thaid, x->arena, v, &why) != RC_OK) {
		sandbox_json_error(x, 400, "invalid_request", why);
		return;
	}
	delay_release(api_sandbox(x)->delay);
	show_settings(x);
}

static void rotate(struct http_exchange *x)
{
	struct json_value *v __attribute__((cleanup(json_value_freep))) = body(x);
	bool publish = true, drop_old = false;

	if (v == NULL)
		return;
	if ((json_value_get(v, "publish") != NULL &&
		    !json_value_bool(json_value_get(v, "publish"), &publish)) ||
		(json_value_get(v, "drop_old") != NULL &&
			!json_value_bool(json_value_get(v, "drop_old"), &drop_old))) {
		sandbox_json_error(
			x, 400, "invalid_request", STR("publish and drop_old are true or false"));
		return;
	}
	if (thaid_rotate(api_sandbox(x)->thaid, publish, drop_old) != RC_OK) {
		sandbox_json_error(x, 500, "server_error", STR("no key could be made"));
		return;
	}
	sandbox_json(x, 200, STR("{}"));
}

static void add_request(void *data, int64_t number, int64_t when, int status, struct str json)
{
	struct json_writer *w = data;

	json_write_object(w);
	json_add_i64(w, "number", number);
	json_add_i64(w, "time_ms", when);
	json_add_i64(w, "status", status);
	json_add_raw(w, "request", json);
	json_write_object_end(w);
}

static void requests(struct http_exchange *x)
{
	uint64_t since = 0;
	struct form query;
	const char *why;
	struct buf b;
	struct json_writer w;

	if (http_query_form(x, &query, &why) != RC_OK ||
		(form_get(&query, "since").n > 0 &&
			!str_to_u64(form_get(&query, "since"), INT32_MAX, &since))) {
		sandbox_json_error(x, 400, "invalid_request", STR("since is a number"));
		return;
	}
	json_answer_begin(x, &b, &w);
	json_write_key(&w, "requests");
	json_write_array(&w);
	requests_each(api_sandbox(x)->requests, (int64_t)since, add_request, &w);
	json_write_array_end(&w);
	json_answer_end(x, &b, &w);
}

static void reset(struct http_exchange *x)
{
	struct json_value *v __attribute__((cleanup(json_value_freep))) = body(x);

	if (v == NULL)
		return;
	if (thaid_reset(api_sandbox(x)->thaid) != RC_OK) {
		sandbox_json_error(x, 500, "server_error", STR("no key could be made"));
		return;
	}
	requests_clear(api_sandbox(x)->requests);
	inbox_clear(api_sandbox(x)->inbox);
	delay_release(api_sandbox(x)->delay);
	sandbox_json(x, 200, STR("{}"));
}

static void health(struct http_exchange *x)
{
	sandbox_json(x, 200, STR("{\"status\":\"ok\"}"));
}

/* clang-format off */
#define ON_GET  HTTP_ON(HTTP_GET)
#define ON_POST HTTP_ON(HTTP_POST)
static const struct http_route routes[] = {
	{"/api/people", ON_GET, 0, people, .name = "api_people"},
	{"/api/thaid/pending", ON_GET, 0, pending, .name = "api_pending"},
	{"/api/thaid/approve", ON_POST, 0, approve, .name = "api_approve"},
	{"/api/thaid/refuse", ON_POST, 0, api_refuse, .name = "api_refuse"},
	{"/api/thaid/settings", ON_GET | ON_POST, 0, settings, .name = "api_settings"},
	{"/api/thaid/rotate-keys", ON_POST, 0, rotate, .name = "api_rotate"},
	{"/api/requests", ON_GET, 0, requests, .name = "api_requests"},
	{"/api/reset", ON_POST, 0, reset, .name = "api_reset"},
	{"/healthz", ON_GET, 0, health, .name = "health"},
};
/* clang-format on */
const struct sandbox_routes api_routes = {routes, ARRAY_LEN(routes)};
