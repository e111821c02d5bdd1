/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "deliver/sms.h"

#include "codec/base64.h"
#include "codec/form.h"
#include "obs/log.h"
#include "base/secret.h"
#include "codec/thai.h"
#include "deliver/sms_credit.h"
#include "deliver/sms_rules.h"
#include "deliver/outbox.h"

#define BODY_MAX     32768u
#define HEADER_MAX   8192u
#define MS           1000
#define REPORTS_MAX  1000
#define HEADERS_MAX  8
#define NUMBER_PARTS 10

/* ---- the request ---- */

static void fill_variables(struct sms_variable *list, struct arena *a, const struct sms_provider *p,
	const struct transport_message *what)
{
	struct str plus = what->content.target;
	const struct sms_variable all[NUMBER_PARTS] = {
		{"to_0", thai_mobile_national(a, plus)},
		{"to_66", str_sub(plus, 1, plus.n)},
		{"to_plus", plus},
		{"text", what->content.text},
		{"sender", p->sender},
		{"ref", what->id},
		{"user", p->user},
		{"secret", p->secret ? secret_bytes(p->secret) : STR_NONE},
	};

	memcpy(list, all, sizeof(all));
}

static struct str filled(
	struct arena *a, struct str text, const struct sms_variable *list, enum sms_quoting q)
{
	struct buf out;

	buf_init(&out, a, BODY_MAX);
	sms_fill(&out, text, list, q);
	return buf_str(&out);
}

static struct str form_body(struct arena *a, struct strlist fields, const struct sms_variable *list)
{
	struct buf out;

	buf_init(&out, a, BODY_MAX);
	for (size_t i = 0; i < fields.n; i++) {
		size_t at = str_find(fields.v[i], '=');

		form_add(&out, str_sub(fields.v[i], 0, at),
			filled(a, str_sub(fields.v[i], at + 1, fields.v[i].n), list, SMS_PLAIN));
	}
	return buf_str(&out);
}

static void add_header(struct http_fetch *f, const char *name, struct str value)
{
	f->headers[f->n_headers++] = (struct http_header){name, value};
}

static struct str basic(struct arena *a, const struct sms_provider *p)
{
	struct buf pair, out;

	buf_init(&pair, a, HEADER_MAX);
	buf_add(&pair, p->user);
	buf_add_byte(&pair, ':');
	buf_add(&pair, p->secret ? secret_bytes(p->secret) : STR_NONE);
	buf_init(&out, a, 2 * HEADER_MAX);
	buf_add_c(&out, "Basic ");
	buf_add(&out, base64_encode(a, buf_str(&pair)));
	return buf_str(&out);
}

void sms_add_headers(struct http_fetch *f, struct arena *a, const struct sms_transport *c,
	const struct transport_message *what)
{
	struct sms_variable list[NUMBER_PARTS];
	struct strlist lines = c->wire.headers;

	fill_variables(list, a, c->provider, what);

	if (c->wire.auth == SMS_AUTH_BASIC)
		add_header(f, "Authorization", basic(a, c->provider));
	if (c->wire.auth == SMS_AUTH_BEARER)
		add_header(f, "Authorization", filled(a, STR("Bearer {secret}"), list, SMS_PLAIN));
	add_header(f, "Accept", STR("application/json"));
	for (size_t i = 0; i < lines.n && i < HEADERS_MAX; i++) {
		size_t at = str_find(lines.v[i], ':');
		struct str value = str_trim(str_sub(lines.v[i], at + 1, lines.v[i].n));

		add_header(f, str_dup_c(a, str_sub(lines.v[i], 0, at)),
			filled(a, value, list, SMS_PLAIN));
	}
}

struct http_fetch sms_fetch(const struct sms_transport *c, const char *method, struct str url)
{
	return (struct http_fetch){
		.method = method,
		.url = url,
		.connect_timeout_ms = c->provider->connect_timeout * MS,
		.timeout_ms = c->provider->timeout * MS,
		.max_body = SMS_ANSWER_MAX,
		.allow_special = true, /* an operator configured it */
	};
}

static struct http_fetch request(
	const struct sms_transport *c, struct arena *a, const struct transport_message *what)
{
	struct sms_variable list[NUMBER_PARTS];
	struct http_fetch f = sms_fetch(c, "POST", c->wire.url);

	fill_variables(list, a, c->provider, what);
	if (c->wire.json.n) {
		f.content_type = STR("application/json");
		f.body = filled(a, c->wire.json, list, SMS_IN_JSON);
	} else {
		f.content_type = STR("application/x-www-form-urlencoded");
		f.body = form_body(a, c->wire.form, list);
	}
	sms_add_headers(&f, a, c, what);
	return f;
}

/* ---- the answer ---- */

static bool all_hold(struct arena *a, const struct json_value *root, struct strlist rules)
{
	for (size_t i = 0; i < rules.n; i++)
		if (!sms_rule_holds(a, root, rules.v[i]))
			return false;
	return true;
}

static bool any_holds(struct arena *a, const struct json_value *root, struct strlist rules)
{
	for (size_t i = 0; i < rules.n; i++)
		if (sms_rule_holds(a, root, rules.v[i]))
			return true;
	return false;
}

/* "200 ERROR_INSUFFICIENT_CREDIT" */
static struct str error_of(
	const struct sms_transport *c, struct arena *a, int status, const struct json_value *root)
{
	struct strlist paths = c->wire.error_paths;
	struct buf out;
	struct str text;

	buf_init(&out, a, 200);
	buf_addf(&out, "%d", status);
	for (size_t i = 0; root && i < paths.n; i++) {
		if (!sms_path_text(a, root, paths.v[i], &text))
			continue;
		buf_add_byte(&out, ' ');
		buf_add(&out, str_sub(text, 0, 100));
		break;
	}
	return buf_str(&out);
}

static void answer_evaluate(const struct sms_transport *c, struct arena *a,
	const struct http_fetched *answer, struct transport_result *ret)
{
	struct json_value *root __attribute__((cleanup(json_value_freep))) = NULL;
	struct str id = STR_NONE;

	if (json_value_parse(answer->body, SMS_ANSWER_MAX, &root) != RC_OK)
		root = NULL;
	ret->outcome = TRANSPORT_RETRY;
	ret->error = error_of(c, a, answer->status, root);
	if (!root)
		return;
	(void)sms_credit_read(c, a, root, c->wire.credit_path);
	if (any_holds(a, root, c->wire.refused_when)) {
		ret->outcome = TRANSPORT_REJECTED;
		return;
	}
	if (answer->status / 100 != 2 || !all_hold(a, root, c->wire.accepted_when))
		return;
	ret->outcome = TRANSPORT_SENT;
	if (c->wire.id_path.n && sms_path_text(a, root, c->wire.id_path, &id))
		ret->provider_id = str_dup(a, id);
}

static void sms_send(const struct transport *transport, struct arena *a,
	const struct transport_message *what, struct transport_result *ret)
{
	const struct sms_transport *c = (const struct sms_transport *)transport;
	struct http_fetch f = request(c, a, what);
	struct http_fetched answer;
	const char *why;

	f.end = what->end;
	if (http_client_fetch(c->http, a, &f, &answer, &why) == RC_OK) {
		answer_evaluate(c, a, &answer, ret);
		return;
	}
	ret->outcome = TRANSPORT_RETRY;
	ret->error = str_c(why);
}

void sms_init(
	struct sms *s, struct arena *a, const struct conf_list *providers, struct http_client *http)
{
	const struct sms_provider *all = providers->v;

	*s = (struct sms){.n = 0};
	for (size_t i = 0; i < providers->n && i < SMS_PROVIDERS_MAX; i++)
		s->v[s->n++] =
			(struct sms_transport){{str_dup_c(a, all[i].name), MESSAGE_SMS, sms_send,
						       all[i].timeout * MS + CALL_LOOK_MS},
				&all[i], sms_wire_of(&all[i]), http};
}

/* ---- delivery reports ---- */

static const struct sms_transport *reporter(const struct sms *s, struct str path)
{
	size_t slash = str_find(path, '/');
	struct str token = str_sub(path, slash + 1, path.n);

	for (size_t i = 0; i < s->n; i++) {
		const struct sms_provider *p = s->v[i].provider;

		if (str_eq(p->name, str_sub(path, 0, slash)) && p->report_token &&
			secret_equal(secret_bytes(p->report_token), token))
			return &s->v[i];
	}
	return NULL;
}

static enum rc report_apply(const struct sms_transport *c, struct outbox *o, struct arena *a,
	struct str id, struct str status)
{
	bool delivered = strlist_has(c->wire.report_delivered, status);
	enum rc rc;

	if (!id.n || (!delivered && !strlist_has(c->wire.report_failed, status)))
		return RC_OK; /* an intermediate state */
	rc = outbox_report(o, a, c->provider->name, id, delivered);
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}

static enum rc apply_json(const struct sms_transport *c, struct outbox *o, struct arena *a,
	const struct json_value *report)
{
	struct str id = STR_NONE, status = STR_NONE;

	if (!sms_path_text(a, report, c->wire.report_id, &id) ||
		!sms_path_text(a, report, c->wire.report_status, &status))
		return RC_INVALID;
	return report_apply(c, o, a, id, status);
}

static enum rc report_json(
	const struct sms_transport *c, struct outbox *o, struct arena *a, struct str body)
{
	struct json_value *root __attribute__((cleanup(json_value_freep))) = NULL;
	const struct json_value *list;
	enum rc rc = json_value_parse(body, SMS_ANSWER_MAX, &root);

	if (rc != RC_OK)
		return RC_INVALID;
	if (!c->wire.report_list.n)
		return apply_json(c, o, a, root);
	list = sms_path(root, c->wire.report_list);
	if (!list || !json_value_is_array(list))
		return RC_INVALID;
	for (size_t i = 0; rc == RC_OK && i < json_value_count(list) && i < REPORTS_MAX; i++)
		rc = apply_json(c, o, a, json_value_at(list, i));
	return rc;
}

static enum rc report_form(
	const struct sms_transport *c, struct outbox *o, struct arena *a, struct str body)
{
	struct form form;
	const char *why;

	if (form_parse(a, body, (struct strlist){NULL, 0}, &form, &why) != RC_OK)
		return RC_INVALID;
	return report_apply(c, o, a, form_get(&form, str_dup_c(a, c->wire.report_id)),
		form_get(&form, str_dup_c(a, c->wire.report_status)));
}

enum rc sms_report(const struct sms *s, struct outbox *o, struct arena *a, struct str path,
	bool is_form, struct str body)
{
	const struct sms_transport *c = reporter(s, path);
	enum rc rc = RC_DENIED;

	if (c && c->wire.report_id.n && c->wire.report_status.n)
		rc = is_form ? report_form(c, o, a, body) : report_json(c, o, a, body);
	if (rc != RC_OK)
		log_emit(LOG_EVENT_SMS_REPORT_REJECTED,
			LOG_S("provider", c ? c->provider->name : STR("unknown")), LOG_RC(rc));
	return rc;
}
