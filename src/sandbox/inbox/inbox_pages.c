/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Mail and SMS that were taken: a phone's list of messages, and the same for programs. */
#include "codec/date.h"
#include "base/array.h"
#include "sandbox/common/html.h"
#include "sandbox/common/sandbox.h"
#include "codec/json_value.h"
#include "sandbox/inbox/inbox.h"

#define BODY_MAX  16384u
#define REPLY_MAX (1900u * 1024u)

static struct sandbox *inbox_sandbox(struct http_exchange *x)
{
	return x->app;
}

/* ---- the page ---- */

struct shown {
	struct inbox_message messages[INBOX_MAX];
	size_t n;
};

static void keep_message(void *data, const struct inbox_message *m)
{
	struct shown *shown = data;

	if (shown->n < INBOX_MAX)
		shown->messages[shown->n++] = *m;
}

static bool ends_address(char c)
{
	return (unsigned char)c <= ' ' || c == '<' || c == '>' || c == '"';
}

/* The text with its addresses to press, as a mail program shows them. */
static void add_text(struct buf *b, struct str text)
{
	size_t from = 0;

	for (size_t i = 0; i < text.n; i++) {
		struct str rest = str_sub(text, i, text.n);
		size_t n = 0;

		if (!str_starts(rest, STR("http://")) && !str_starts(rest, STR("https://")))
			continue;
		while (n < rest.n && !ends_address(rest.p[n]))
			n++;
		HTML(b, "{}<a href=\"{}\">{}</a>", str_sub(text, from, i - from),
			str_sub(rest, 0, n), str_sub(rest, 0, n));
		from = i + n;
		i = from - 1;
	}
	HTML(b, "{}", str_sub(text, from, text.n));
}

static void add_message(struct buf *b, const struct inbox_message *m)
{
	char text[64];
	struct buf when;

	buf_init_fixed(&when, text, sizeof(text));
	date_add_rfc3339(&when, m->time_ms / 1000);
	HTML(b,
		"<li><strong>{}</strong><small>{} → {}</small><small>{}</small>"
		"<b>{}</b><pre>",
		m->from, m->via, m->to, buf_str(&when), m->subject);
	add_text(b, m->text);
	buf_add_c(b, "</pre></li>");
}

/* The newest first: it is the one that is waited for. */
static void add_list(struct http_exchange *x, struct buf *b, enum inbox_kind kind)
{
	struct shown *shown = arena_new_of(x->arena, struct shown);

	inbox_each(inbox_sandbox(x)->inbox, x->arena, kind, 0, keep_message, shown);
	if (!shown->n) {
		buf_add_c(b, "<p class=\"none\">ยังไม่มีข้อความ · nothing yet</p>");
		return;
	}
	buf_add_c(b, "<ul class=\"messages\">");
	for (size_t i = shown->n; i > 0; i--)
		add_message(b, &shown->messages[i - 1]);
	buf_add_c(b, "</ul>");
}

static void messages_page(struct http_exchange *x)
{
	struct buf b;

	buf_init(&b, x->arena, HTML_PAGE_MAX);
	buf_add_c(&b,
		"<main class=\"phone\"><div class=\"screen\"><div class=\"status\">"
		"<span>09:41</span><span class=\"notch\"></span><span>4G ▮▮▮</span></div>"
		"<div class=\"app\"><h1 class=\"apptitle\">ข้อความ</h1><h2 id=\"sms\">SMS</h2>");
	add_list(x, &b, INBOX_SMS);
	buf_add_c(&b, "<h2 id=\"mail\">อีเมล</h2>");
	add_list(x, &b, INBOX_MAIL);
	buf_add_c(&b, "<p class=\"switch\"><a href=\"/phone/messages\">ดูข้อความใหม่</a> · "
		      "<a href=\"/phone\">กลับ</a></p></div><div class=\"home\"></div></div>"
		      "<p class=\"caption\">โทรศัพท์จำลองสำหรับทดสอบ · Simulated phone, for tests only"
		      "</p></main>");
	html_answer(x, 200,
		&(struct html_page){.title = STR("ข้อความ · โทรศัพท์จำลอง"),
			.look = "phone-page",
			.body = buf_str(&b)});
}

/* ---- for programs ---- */

static void write_message(void *data, const struct inbox_message *m)
{
	struct json_writer *w = data;

	json_write_object(w);
	json_add_i64(w, "number", m->number);
	json_add_i64(w, "time_ms", m->time_ms);
	json_add_str(w, "via", m->via);
	json_add_str(w, "from", m->from);
	json_add_str(w, "to", m->to);
	json_add_str_opt(w, "subject", m->subject);
	json_add_str(w, "text", m->text);
	json_add_str_opt(w, "raw", m->raw);
	json_write_object_end(w);
}

static void inbox_list(struct http_exchange *x, enum inbox_kind kind, const char *name)
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
	buf_init(&b, x->arena, REPLY_MAX);
	json_writer_init(&w, &b);
	json_write_object(&w);
	json_write_key(&w, name);
	json_write_array(&w);
	inbox_each(inbox_sandbox(x)->inbox, x->arena, kind, (int64_t)since, write_message, &w);
	json_write_array_end(&w);
	json_write_object_end(&w);
	sandbox_json(x, 200, buf_str(&b));
}

static void mail_list(struct http_exchange *x)
{
	inbox_list(x, INBOX_MAIL, "mail");
}

static void sms_list(struct http_exchange *x)
{
	inbox_list(x, INBOX_SMS, "sms");
}

static void show_settings(struct http_exchange *x, enum inbox_kind kind)
{
	struct buf b;
	struct json_writer w;

	buf_init(&b, x->arena, 1000);
	json_writer_init(&w, &b);
	inbox_settings_write(inbox_sandbox(x)->inbox, kind, &w);
	sandbox_json(x, 200, buf_str(&b));
}

static bool merge(struct http_exchange *x, enum inbox_kind kind)
{
	struct json_value *v __attribute__((cleanup(json_value_freep))) = NULL;
	const char *why = "send a JSON object as application/json";

	if (str_starts(x->request.content_type, STR("application/json")) &&
		json_value_parse(x->request.body, BODY_MAX, &v) == RC_OK &&
		json_value_is_object(v) &&
		inbox_settings_merge(inbox_sandbox(x)->inbox, kind, v, &why) == RC_OK)
		return true;
	sandbox_json_error(x, 400, "invalid_request", str_c(why));
	return false;
}

static void settings(struct http_exchange *x, enum inbox_kind kind)
{
	if (x->request.method == HTTP_POST) {
		if (!merge(x, kind))
			return;
		delay_release(inbox_sandbox(x)->delay);
	}
	show_settings(x, kind);
}

static void mail_settings(struct http_exchange *x)
{
	settings(x, INBOX_MAIL);
}

static void sms_settings(struct http_exchange *x)
{
	settings(x, INBOX_SMS);
}

/* clang-format off */
#define ON_GET  HTTP_ON(HTTP_GET)
#define ON_BOTH (HTTP_ON(HTTP_GET) | HTTP_ON(HTTP_POST))
static const struct http_route routes[] = {
	{"/phone/messages", ON_GET, HTTP_PAGE, messages_page, .name = "phone_messages"},
	{"/api/mail", ON_GET, 0, mail_list, .name = "api_mail"},
	{"/api/sms", ON_GET, 0, sms_list, .name = "api_sms"},
	{"/api/mail/settings", ON_BOTH, 0, mail_settings, .name = "api_mail_settings"},
	{"/api/sms/settings", ON_BOTH, 0, sms_settings, .name = "api_sms_settings"},
};
/* clang-format on */
const struct sandbox_routes inbox_routes = {routes, ARRAY_LEN(routes)};
