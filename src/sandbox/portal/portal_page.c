/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "sandbox/portal/portal_page.h"

#include "base/array.h"
#include "codec/date.h"
#include "codec/json_value.h"
#include "codec/uri.h"
#include "sandbox/common/html.h"

#define CLAIMS_TEXT_MAX 262144u
#define WORDS_MAX       100

static void add_signed_in(struct buf *b, const struct portal_view *v)
{
	struct json_value *info __attribute__((cleanup(json_value_freep))) = NULL;
	struct str name = STR("ผู้ใช้งาน");

	if (json_value_parse(v->login->userinfo, CLAIMS_TEXT_MAX, &info) == RC_OK)
		(void)json_value_str(json_value_get(info, "name"), &name);
	HTML(b,
		"<form class=\"account\" method=\"post\" action=\"/logout\">"
		"<a href=\"/me\" id=\"who\">{}</a> "
		"<button class=\"small\" id=\"logout\">ออกจากระบบ</button></form>",
		name);
}

static void open_page(struct buf *b, const struct portal_view *v)
{
	HTML(b,
		"<div class=\"ribbon\">ระบบตัวอย่าง ไม่ใช่ระบบจริง · Demonstration</div>"
		"<header class=\"bar\"><a class=\"mark\" href=\"/\">{}</a>"
		"<span class=\"sub\">{}</span><nav>",
		str_c(v->look->mark), str_c(v->look->owner));
	if (v->login != NULL)
		add_signed_in(b, v);
	else
		buf_add_c(b, "<a class=\"button small invert\" href=\"/login\">เข้าสู่ระบบ</a>");
	buf_add_c(b, "</nav></header>");
}

static void send_page(struct http_exchange *x, const struct portal_view *v, int status,
	const char *title, struct buf *b)
{
	struct str *origin = arena_array(x->arena, 1, struct str);
	struct uri uri;
	size_t n = 0;

	if (uri_parse(v->issuer, &uri) == RC_OK)
		origin[n++] = uri_origin(&uri);
	HTML(b, "<footer class=\"foot\"><span>{}</span><span>{}</span></footer>",
		str_c(v->look->name_th), v->config->url);
	html_answer(x, status,
		&(struct html_page){
			.title = str_c(title),
			.look = v->look->css,
			.body = buf_str(b),
			.forms = {origin, n},
		});
}

static void add_news(struct buf *b, const struct portal_theme *look)
{
	buf_add_c(b, "<section class=\"news\"><h2>ข่าวประชาสัมพันธ์</h2><ul>");
	for (size_t i = 0; i < ARRAY_LEN(look->news); i++)
		HTML(b, "<li>{}</li>", str_c(look->news[i]));
	buf_add_c(b, "</ul></section>");
}

void portal_page_home(struct http_exchange *x, const struct portal_view *v)
{
	struct buf b;

	buf_init(&b, x->arena, HTML_PAGE_MAX);
	open_page(&b, v);
	HTML(&b, "<section class=\"hero\"><div><h1>{}</h1><p lang=\"en\">{}</p><p>{}</p>",
		str_c(v->look->name_th), str_c(v->look->name_en), str_c(v->look->about));
	if (v->login != NULL)
		buf_add_c(&b, "<p><a class=\"button big invert\" href=\"/me\">เข้าใช้งาน</a></p>");
	else
		buf_add_c(&b, "<p><a class=\"button big invert\" id=\"login\" href=\"/login\">"
			      "เข้าสู่ระบบ · Sign in</a></p><p class=\"tiny\">เข้าสู่ระบบครั้งเดียวผ่านประตู "
			      "(Pratu) "
			      "ด้วย ThaiID</p>");
	buf_add_c(&b, "</div></section><main class=\"wide\">");
	add_news(&b, v->look);
	buf_add_c(&b, "</main>");
	send_page(x, v, 200, v->look->mark, &b);
}

static bool is_time(struct str name)
{
	static const char *const names[] = {"exp", "iat", "nbf", "auth_time", "updated_at"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq_c(name, names[i]))
			return true;
	return false;
}

static struct str joined(struct http_exchange *x, struct strlist words)
{
	struct buf b;

	buf_init(&b, x->arena, CLAIMS_TEXT_MAX);
	for (size_t i = 0; i < words.n; i++) {
		buf_add_c(&b, i > 0 ? ", " : "");
		buf_add(&b, words.v[i]);
	}
	return buf_str(&b);
}

static struct str claim_text(
	struct http_exchange *x, struct str name, const struct json_value *value)
{
	struct strlist words;
	struct str text;
	int64_t number;
	struct buf b;

	if (json_value_str(value, &text))
		return text;
	if (json_value_strlist(x->arena, value, WORDS_MAX, false, &words))
		return joined(x, words);
	if (!is_time(name) || !json_value_i64(value, &number))
		return json_value_text(x->arena, value);
	buf_init(&b, x->arena, 64);
	date_add_rfc3339(&b, number);
	return buf_str(&b);
}

/* One row a claim; those of `but` are left out: they stand above already. */
static void add_claims(struct http_exchange *x, struct buf *b, const struct json_value *claims,
	const struct json_value *but)
{
	const struct json_value *value;
	struct str name;
	void *iter = NULL;

	while (json_value_next(claims, &iter, &name, &value)) {
		const char *label = portal_claim_label(name);

		if (but != NULL && json_value_get(but, str_dup_c(x->arena, name)) != NULL)
			continue;
		HTML(b,
			"<tr><th scope=\"row\">{}<code>{}</code></th><td "
			"data-claim=\"{}\">{}</td></tr>",
			label != NULL ? str_c(label) : name, name, name,
			claim_text(x, name, value));
	}
}

static void add_claim_tables(struct http_exchange *x, struct buf *b, const struct rp_result *r)
{
	struct json_value *info __attribute__((cleanup(json_value_freep))) = NULL;
	struct json_value *id __attribute__((cleanup(json_value_freep))) = NULL;

	if (json_value_parse(r->userinfo, CLAIMS_TEXT_MAX, &info) == RC_OK) {
		buf_add_c(b, "<h2>ข้อมูลบุคคล <small lang=\"en\">userinfo</small></h2>"
			     "<table class=\"claims\">");
		add_claims(x, b, info, NULL);
		buf_add_c(b, "</table>");
	}
	if (json_value_parse(r->id_claims, CLAIMS_TEXT_MAX, &id) == RC_OK) {
		buf_add_c(b, "<h2>สิทธิ์และการยืนยันตัวตน <small lang=\"en\">ID token</small></h2>"
			     "<table class=\"claims\">");
		add_claims(x, b, id, info);
		buf_add_c(b, "</table>");
	}
}

void portal_page_me(struct http_exchange *x, const struct portal_view *v)
{
	struct buf b;

	buf_init(&b, x->arena, HTML_PAGE_MAX);
	open_page(&b, v);
	HTML(&b,
		"<main class=\"wide\" id=\"inside\"><h1>ยินดีต้อนรับสู่ {}</h1>"
		"<p>ท่านเข้าสู่ระบบแล้ว ข้อมูลที่ระบบได้รับจากประตู (Pratu) มีดังนี้</p>"
		"<p class=\"buttons left\"><a class=\"button\" id=\"call-api\" "
		"href=\"/me/api\">{}</a> "
		"<a class=\"button\" id=\"call-sensitive\" href=\"/me/sensitive\">ข้อมูลสำคัญ "
		"(ต้องยืนยันตัวตนล่าสุด)</a> "
		"<a class=\"button ghost\" href=\"{}/apps\">ระบบทั้งหมดของฉัน</a></p>",
		str_c(v->look->mark), str_c(v->look->api_title), v->issuer);
	if (v->config->look == PORTAL_KTB)
		buf_add_c(&b, "<p><a class=\"button\" id=\"to-pay\" "
			      "href=\"/pay\">อนุมัติรายการจ่ายเงิน</a></p>");
	add_claim_tables(x, &b, v->login);
	buf_add_c(&b, "</main>");
	send_page(x, v, 200, v->look->mark, &b);
}

static void add_records(struct buf *b, const struct json_value *answer)
{
	const struct json_value *items = json_value_get(answer, "items");

	buf_add_c(b, "<table class=\"claims\">");
	for (size_t i = 0; i < json_value_count(items); i++) {
		struct str title = STR_NONE, detail = STR_NONE, value = STR_NONE;

		(void)json_value_str(json_value_get(json_value_at(items, i), "title"), &title);
		(void)json_value_str(json_value_get(json_value_at(items, i), "detail"), &detail);
		(void)json_value_str(json_value_get(json_value_at(items, i), "value"), &value);
		HTML(b, "<tr><th scope=\"row\">{}<small>{}</small></th><td>{}</td></tr>", title,
			detail, value);
	}
	buf_add_c(b, "</table>");
}

void portal_page_api(
	struct http_exchange *x, const struct portal_view *v, int status, struct str answer)
{
	struct json_value *json __attribute__((cleanup(json_value_freep))) = NULL;
	struct buf b, number;

	buf_init(&number, x->arena, 32);
	buf_add_i64(&number, status);
	buf_init(&b, x->arena, HTML_PAGE_MAX);
	open_page(&b, v);
	HTML(&b,
		"<main class=\"wide\" id=\"api\"><h1>{}</h1>"
		"<p>ข้อมูลจาก API ของระบบ เรียกด้วย access token ของท่าน ตรวจสอบโดย {} · HTTP "
		"<strong id=\"api-status\">{}</strong></p>",
		str_c(v->look->api_title),
		v->config->check == PORTAL_CHECK_JWT ? STR("ลายเซ็นของ JWT (JWKS)")
						     : STR("introspection"),
		buf_str(&number));
	if (status == 200 && json_value_parse(answer, CLAIMS_TEXT_MAX, &json) == RC_OK)
		add_records(&b, json);
	HTML(&b,
		"<details><summary>คำตอบของ API</summary><pre class=\"log\" "
		"id=\"api-answer\">{}</pre>"
		"</details><p><a href=\"/me\">กลับ</a></p></main>",
		answer);
	send_page(x, v, status == 200 ? 200 : 502, v->look->mark, &b);
}

const char portal_payment[] =
	"[{\"type\":\"payment_approval\",\"transaction_id\":\"KTB-2569-0042\","
	"\"amount\":\"1234567.50\",\"currency\":\"THB\",\"debtor_name\":\"อบต. ตัวอย่าง\","
	"\"debtor_account\":\"1234567890\",\"execution_date\":\"2026-12-31\","
	"\"purpose\":\"ค่าก่อสร้างถนน งวดที่ 2\",\"items\":["
	"{\"creditor_name\":\"หจก. ก่อสร้างตัวอย่าง\",\"creditor_account\":\"9876543210\","
	"\"amount\":\"1234000.00\"},"
	"{\"creditor_name\":\"ร้านวัสดุตัวอย่าง\",\"creditor_account\":\"1112223334\","
	"\"amount\":\"567.50\"}]}]";

static struct str member(const struct json_value *object, const char *name)
{
	struct str text = STR_NONE;

	(void)json_value_str(json_value_get(object, name), &text);
	return text;
}

/* The payments of the text, for people; and the text. */
static void add_payments(struct buf *b, struct str text, const char *id)
{
	static const struct {
		const char *member, *label;
	} shown[] = {
		{"transaction_id", "เลขที่อ้างอิงรายการ"},
		{"amount", "จำนวนเงินรวม (บาท)"},
		{"debtor_name", "ชื่อบัญชีที่หักเงิน"},
		{"debtor_account", "เลขที่บัญชีที่หักเงิน"},
		{"execution_date", "วันที่จ่าย"},
		{"purpose", "รายละเอียดการจ่าย"},
	};
	struct json_value *json __attribute__((cleanup(json_value_freep))) = NULL;
	size_t n = json_value_parse(text, CLAIMS_TEXT_MAX, &json) == RC_OK ? json_value_count(json)
									   : 0;

	for (size_t i = 0; i < n; i++) {
		const struct json_value *payment = json_value_at(json, i);
		const struct json_value *items = json_value_get(payment, "items");

		buf_add_c(b, "<table class=\"claims\">");
		for (size_t k = 0; k < sizeof(shown) / sizeof(shown[0]); k++)
			HTML(b, "<tr><th scope=\"row\">{}</th><td>{}</td></tr>",
				str_c(shown[k].label), member(payment, shown[k].member));
		for (size_t k = 0; k < json_value_count(items); k++)
			HTML(b,
				"<tr><th scope=\"row\">จ่ายให้ {}<small>บัญชี "
				"{}</small></th><td>{}</td></tr>",
				member(json_value_at(items, k), "creditor_name"),
				member(json_value_at(items, k), "creditor_account"),
				member(json_value_at(items, k), "amount"));
		buf_add_c(b, "</table>");
	}
	HTML(b,
		"<details><summary>ข้อมูลที่รับส่งกับประตู (Pratu)</summary>"
		"<pre class=\"log\" id=\"{}\">{}</pre></details>",
		str_c(id), text);
}

void portal_page_pay(struct http_exchange *x, const struct portal_view *v)
{
	bool approved = v->login->details.n > 0;
	struct buf b;

	buf_init(&b, x->arena, HTML_PAGE_MAX);
	open_page(&b, v);
	HTML(&b, "<main class=\"wide\" id=\"pay\"><h1>{}</h1>",
		approved ? STR("อนุมัติรายการจ่ายเงินแล้ว") : STR("รายการจ่ายเงินรออนุมัติ"));
	if (approved) {
		buf_add_c(&b, "<p>รายการที่ท่านอนุมัติ ตามที่ระบบได้รับจากประตู (Pratu)</p>");
		add_payments(&b, v->login->details, "approved");
	} else {
		buf_add_c(&b, "<p>ระบบจะส่งรายการนี้ให้ประตู (Pratu) แสดงต่อท่านเพื่อตรวจสอบและอนุมัติ</p>");
		add_payments(&b, str_c(portal_payment), "payment");
		buf_add_c(&b, "<form method=\"post\" action=\"/pay\"><button class=\"button\" "
			      "id=\"approve\">ส่งรายการเพื่ออนุมัติ</button></form>");
	}
	buf_add_c(&b, "<p><a href=\"/me\">กลับ</a></p></main>");
	send_page(x, v, 200, v->look->mark, &b);
}

void portal_page_not_paid(
	struct http_exchange *x, const struct portal_view *v, struct str code, struct str why)
{
	struct buf b;

	buf_init(&b, x->arena, HTML_PAGE_MAX);
	open_page(&b, v);
	HTML(&b,
		"<main class=\"card\" id=\"not-paid\"><h1>ยังไม่ได้อนุมัติรายการจ่ายเงิน</h1>"
		"<p>ระบบไม่ได้จ่ายเงินตามรายการนี้</p><dl class=\"facts\">"
		"<dt>รหัส</dt><dd><code "
		"id=\"error\">{}</code></dd><dt>รายละเอียด</dt><dd>{}</dd></dl>"
		"<p><a class=\"button\" href=\"/pay\">กลับไปที่รายการ</a></p></main>",
		code, why);
	send_page(x, v, 403, v->look->mark, &b);
}

void portal_page_logged_out(struct http_exchange *x, const struct portal_view *v)
{
	struct buf b;

	buf_init(&b, x->arena, HTML_PAGE_MAX);
	open_page(&b, v);
	buf_add_c(&b, "<main class=\"card\" id=\"logged-out\"><h1>ท่านออกจากระบบแล้ว</h1>"
		      "<p lang=\"en\">You have signed out.</p>"
		      "<p><a class=\"button\" href=\"/login\">เข้าสู่ระบบอีกครั้ง</a></p></main>");
	send_page(x, v, 200, v->look->mark, &b);
}

void portal_page_problem(struct http_exchange *x, const struct portal_view *v, int status,
	const char *title, struct str code, struct str why)
{
	struct buf b;

	buf_init(&b, x->arena, HTML_PAGE_MAX);
	open_page(&b, v);
	HTML(&b,
		"<main class=\"card\" id=\"problem\"><h1>{}</h1><dl class=\"facts\">"
		"<dt>รหัส</dt><dd><code "
		"id=\"error\">{}</code></dd><dt>รายละเอียด</dt><dd>{}</dd></dl>"
		"<p><a class=\"button\" href=\"/login\">เริ่มเข้าสู่ระบบใหม่</a></p></main>",
		str_c(title), code, why);
	send_page(x, v, status, v->look->mark, &b);
}
