/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The simulated SMS gateway: what three providers' interfaces take and answer. */
#include "codec/base64.h"
#include "base/array.h"
#include "codec/json_value.h"
#include "sandbox/common/sandbox.h"
#include "sandbox/inbox/inbox.h"

#include <stdio.h>

#define REPLY_MAX  4096u
#define SLOW_MS    60000
#define DEAD_MS    600000
#define PART_CHARS 70

/* A message as the dialects have it, and the answer's parts. */
struct gateway_sms {
	struct inbox_message m;
	char id[40];
	int64_t credit;
};

/* How one provider answers. */
struct dialect {
	const char *name;
	bool (*read)(struct http_exchange *x, struct inbox_message *ret);
	void (*accepted)(struct json_writer *w, const struct gateway_sms *s);
	void (*rejected)(struct json_writer *w, const struct gateway_sms *s);
	int (*no_credit)(struct json_writer *w); /* the status */
};

static struct sandbox *gateway_sandbox(struct http_exchange *x)
{
	return x->app;
}

static void gateway_answer_begin(struct http_exchange *x, struct buf *b, struct json_writer *w)
{
	buf_init(b, x->arena, REPLY_MAX);
	json_writer_init(w, b);
	json_write_object(w);
}

static void end(struct http_exchange *x, int status, struct buf *b, struct json_writer *w)
{
	json_write_object_end(w);
	sandbox_json(x, status, buf_str(b));
}

/* ---- ThaiBulkSMS ---- */

static bool tbs_read(struct http_exchange *x, struct inbox_message *ret)
{
	struct form form;
	const char *why;

	if (http_body_form(x, &form, &why) != RC_OK ||
		!str_starts(x->request.authorization, STR("Basic ")))
		return false;
	ret->to = form_get(&form, "msisdn");
	ret->from = form_get(&form, "sender");
	ret->text = form_get(&form, "message");
	return form_get(&form, "force").n > 0;
}

static void tbs_accepted(struct json_writer *w, const struct gateway_sms *s)
{
	json_add_i64(w, "remaining_credit", s->credit);
	json_add_raw(w, "bad_phone_number_list", STR("[]"));
	json_write_key(w, "phone_number_list");
	json_write_array(w);
	json_write_object(w);
	json_add_str(w, "number", s->m.to);
	json_add_str(w, "message_id", str_c(s->id));
	json_write_object_end(w);
	json_write_array_end(w);
}

static void tbs_rejected(struct json_writer *w, const struct gateway_sms *s)
{
	json_add_raw(w, "phone_number_list", STR("[]"));
	json_write_key(w, "bad_phone_number_list");
	json_write_array(w);
	json_write_object(w);
	json_add_str(w, "number", s->m.to);
	json_add_str(w, "message", STR("INVALID_PHONE_NUMBER"));
	json_write_object_end(w);
	json_write_array_end(w);
}

static int tbs_no_credit(struct json_writer *w)
{
	json_write_key(w, "error");
	json_write_object(w);
	json_add_i64(w, "code", 109);
	json_add_str(w, "name", STR("ERROR_INSUFFICIENT_CREDIT"));
	json_add_str(w, "description", STR("Insufficient credit."));
	json_write_object_end(w);
	return 400;
}

/* GET /credit: what is left, as ThaiBulkSMS writes it, a string each kind. */
static void tbs_credit(struct http_exchange *x)
{
	struct inbox_settings settings = inbox_settings(gateway_sandbox(x)->inbox);
	struct buf b, credit;
	struct json_writer w;

	if (!str_starts(x->request.authorization, STR("Basic "))) {
		sandbox_json_error(x, 401, "unauthorized", STR("credentials are missing"));
		return;
	}
	if (settings.sms_fault == SMS_BROKEN) {
		http_answer(x, 500, "text/html", STR("<h1>Internal Server Error</h1>"));
		return;
	}
	buf_init(&credit, x->arena, 40);
	buf_addf(&credit, "%lld.00",
		settings.sms_fault == SMS_CREDIT ? 0LL : (long long)settings.credit);
	gateway_answer_begin(x, &b, &w);
	json_write_key(&w, "remaining_credit");
	json_write_object(&w);
	json_add_str(&w, "standard", buf_str(&credit));
	json_add_str(&w, "corporate", STR("0.00"));
	json_write_object_end(&w);
	end(x, 200, &b, &w);
}

/* ---- SMSMKT ---- */

static bool mkt_read(struct http_exchange *x, struct inbox_message *ret)
{
	struct json_value *v __attribute__((cleanup(json_value_freep))) = NULL;

	if (!http_request_header(x, "api_key").n || !http_request_header(x, "secret_key").n ||
		json_value_parse(x->request.body, HTTP_BODY_MAX, &v) != RC_OK ||
		!json_value_str(json_value_get(v, "phone"), &ret->to) ||
		!json_value_str(json_value_get(v, "sender"), &ret->from) ||
		!json_value_str(json_value_get(v, "message"), &ret->text))
		return false;
	ret->to = str_dup(x->arena, ret->to);
	ret->from = str_dup(x->arena, ret->from);
	ret->text = str_dup(x->arena, ret->text);
	return true;
}

static void mkt_accepted(struct json_writer *w, const struct gateway_sms *s)
{
	json_add_str(w, "code", STR("000"));
	json_add_str(w, "detail", STR("OK."));
	json_write_key(w, "result");
	json_write_object(w);
	json_add_str(w, "transaction_id", str_c(s->id));
	json_write_object_end(w);
}

static void mkt_rejected(struct json_writer *w, const struct gateway_sms *s)
{
	json_add_str(w, "code", STR("104"));
	json_add_str(w, "detail", STR("Invalid phone"));
}

static int mkt_no_credit(struct json_writer *w)
{
	json_add_str(w, "code", STR("107"));
	json_add_str(w, "detail", STR("Not enough credit"));
	return 200;
}

/* ---- Infobip ---- */

static bool bip_read(struct http_exchange *x, struct inbox_message *ret)
{
	struct json_value *v __attribute__((cleanup(json_value_freep))) = NULL;
	const struct json_value *m;

	if (!str_starts(x->request.authorization, STR("App ")) ||
		json_value_parse(x->request.body, HTTP_BODY_MAX, &v) != RC_OK)
		return false;
	m = json_value_at(json_value_get(v, "messages"), 0);
	if (!json_value_str(
		    json_value_get(json_value_at(json_value_get(m, "destinations"), 0), "to"),
		    &ret->to) ||
		!json_value_str(json_value_get(m, "sender"), &ret->from) ||
		!json_value_str(json_value_get(json_value_get(m, "content"), "text"), &ret->text))
		return false;
	ret->to = str_dup(x->arena, ret->to);
	ret->from = str_dup(x->arena, ret->from);
	ret->text = str_dup(x->arena, ret->text);
	return true;
}

static void bip_message(struct json_writer *w, const char *id, const char *group, const char *name)
{
	json_write_key(w, "messages");
	json_write_array(w);
	json_write_object(w);
	json_add_str_opt(w, "messageId", str_c(id));
	json_write_key(w, "status");
	json_write_object(w);
	json_add_str(w, "groupName", str_c(group));
	json_add_str(w, "name", str_c(name));
	json_write_object_end(w);
	json_write_object_end(w);
	json_write_array_end(w);
}

static void bip_accepted(struct json_writer *w, const struct gateway_sms *s)
{
	bip_message(w, s->id, "PENDING", "PENDING_ACCEPTED");
}

static void bip_rejected(struct json_writer *w, const struct gateway_sms *s)
{
	bip_message(w, "", "UNDELIVERABLE", "UNDELIVERABLE_REJECTED_OPERATOR");
}

static int bip_no_credit(struct json_writer *w)
{
	bip_message(w, "", "REJECTED", "REJECTED_NOT_ENOUGH_CREDITS");
	return 200;
}

static const struct dialect dialects[] = {
	{"thaibulksms", tbs_read, tbs_accepted, tbs_rejected, tbs_no_credit},
	{"smsmkt", mkt_read, mkt_accepted, mkt_rejected, mkt_no_credit},
	{"infobip", bip_read, bip_accepted, bip_rejected, bip_no_credit},
};

/* ---- taking a message ---- */

static const struct dialect *dialect_of(const struct http_exchange *x)
{
	struct str name = str_sub(x->request.path, strlen("/sms/"), x->request.path.n);

	for (size_t i = 0; i < ARRAY_LEN(dialects); i++)
		if (str_starts(name, str_c(dialects[i].name)))
			return &dialects[i];
	return NULL;
}

/* Credit goes by parts of seventy characters, near enough for a simulator of Thai texts. */
static int64_t parts(struct str text)
{
	int64_t characters = 0;

	for (size_t i = 0; i < text.n; i++)
		characters += ((unsigned char)text.p[i] & 0xc0u) != 0x80u;
	return (characters + PART_CHARS - 1) / PART_CHARS;
}

static void accept_message(
	struct http_exchange *x, const struct dialect *d, struct inbox_message *m, int fault)
{
	struct inbox *inbox = gateway_sandbox(x)->inbox;
	struct gateway_sms s;
	struct buf b;
	struct json_writer w;

	m->via = str_c(d->name);
	s.m = *m;
	snprintf(s.id, sizeof(s.id), "sandbox-%lld", (long long)inbox_add(inbox, INBOX_SMS, m));
	s.credit = inbox_spend(inbox, parts(m->text));
	gateway_answer_begin(x, &b, &w);
	d->accepted(&w, &s);
	end(x, 200, &b, &w);
	if (fault == SMS_SLOW || fault == SMS_DEAD)
		delay_exchange(
			gateway_sandbox(x)->delay, x, fault == SMS_SLOW ? SLOW_MS : DEAD_MS, NULL);
}

static void refuse_message(struct http_exchange *x, const struct dialect *d,
	const struct inbox_message *m, bool no_credit)
{
	struct gateway_sms s = {.m = *m};
	int status = 200;
	struct buf b;
	struct json_writer w;

	gateway_answer_begin(x, &b, &w);
	if (no_credit)
		status = d->no_credit(&w);
	else
		d->rejected(&w, &s);
	end(x, status, &b, &w);
}

static void take_message(struct http_exchange *x)
{
	const struct dialect *d = dialect_of(x);
	struct inbox_settings settings = inbox_settings(gateway_sandbox(x)->inbox);
	struct inbox_message m = {.to = STR_NONE, .from = STR_NONE, .text = STR_NONE};
	bool no_credit;

	if (!d || !d->read(x, &m) || !m.to.n || !m.from.n || !m.text.n) {
		sandbox_json_error(
			x, 401, "unauthorized", STR("credentials or a member is missing"));
		return;
	}
	no_credit = settings.sms_fault == SMS_CREDIT || settings.credit < parts(m.text);
	if (settings.sms_fault == SMS_BROKEN)
		http_answer(x, 500, "text/html", STR("<h1>Internal Server Error</h1>"));
	else if (settings.sms_fault == SMS_REJECT || no_credit)
		refuse_message(x, d, &m, no_credit);
	else
		accept_message(x, d, &m, settings.sms_fault);
}

/* clang-format off */
#define ON_POST_SMS HTTP_ON(HTTP_POST)
static const struct http_route routes[] = {
	{"/sms/thaibulksms", ON_POST_SMS, 0, take_message, .name = "sms_thaibulksms"},
	{"/sms/thaibulksms/credit", HTTP_ON(HTTP_GET), 0, tbs_credit, .name = "sms_credit"},
	{"/sms/smsmkt", ON_POST_SMS, 0, take_message, .name = "sms_smsmkt"},
	{"/sms/infobip", ON_POST_SMS, 0, take_message, .name = "sms_infobip"},
};
/* clang-format on */
const struct sandbox_routes gateway_routes = {routes, ARRAY_LEN(routes)};
