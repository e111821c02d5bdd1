/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The phone: a page that plays a person's telephone with the ThaID app. Works without JavaScript.
 */
#include "sandbox/common/html.h"
#include "base/array.h"
#include "sandbox/common/sandbox.h"
#include "sandbox/thaid/thaid.h"

#define PENDING_SHOWN 20
#define NOBODY        SIZE_MAX

static struct sandbox *phone_sandbox(struct http_exchange *x)
{
	return x->app;
}

static const struct sandbox_person *people(struct http_exchange *x, size_t *ret_n)
{
	const struct conf_list *list = &phone_sandbox(x)->config->people;

	*ret_n = list->n;
	return list->v;
}

/* Persons stand in addresses by their place in the list: citizen numbers never do. */
static size_t person_index(struct http_exchange *x, struct str text)
{
	uint64_t i;
	size_t n;

	people(x, &n);
	return n > 0 && str_to_u64(text, n - 1, &i) ? (size_t)i : NOBODY;
}

static struct str number(struct http_exchange *x, int64_t value)
{
	struct buf b;

	buf_init(&b, x->arena, 32);
	buf_add_i64(&b, value);
	return buf_str(&b);
}

/* "1-2345-67890-12-1", as on the card. */
static struct str grouped_pid(struct http_exchange *x, struct str pid)
{
	static const size_t groups[] = {1, 4, 5, 2, 1};
	struct buf b;
	size_t at = 0;

	buf_init(&b, x->arena, 64);
	for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
		if (i > 0)
			buf_add_byte(&b, '-');
		buf_add(&b, str_sub(pid, at, groups[i]));
		at += groups[i];
	}
	return buf_str(&b);
}

static void open_phone(struct buf *b)
{
	buf_add_c(b, "<main class=\"phone\"><div class=\"screen\"><div class=\"status\">"
		     "<span>09:41</span><span class=\"notch\"></span><span>4G ▮▮▮</span></div>"
		     "<div class=\"app\">");
}

/* script: keeps the page's list fresh. No refresh by itself without it: what is being typed would
 * be lost. */
static void send_phone(struct http_exchange *x, int status, struct buf *b, const char *script)
{
	buf_add_c(b,
		"</div><div class=\"home\"></div></div>"
		"<p class=\"caption\">โทรศัพท์จำลองสำหรับทดสอบ · Simulated phone, for tests only</p>"
		"</main>");
	html_answer(x, status,
		&(struct html_page){
			.title = STR("โทรศัพท์จำลอง · ThaID"),
			.look = "phone-page",
			.script = script,
			.body = buf_str(b),
		});
}

static void add_avatar(struct buf *b, const struct sandbox_person *p)
{
	HTML(b,
		"<svg class=\"avatar {}\" viewBox=\"0 0 40 40\" aria-hidden=\"true\">"
		"<circle cx=\"20\" cy=\"15\" r=\"7\"/><path d=\"M6 36c0-9 6-13 14-13s14 4 14 "
		"13z\"/>"
		"</svg>",
		str_eq_c(p->gender, "female") ? STR("f") : STR("m"));
}

/* Whose phone is it? Keeps the QR handle that led here. */
static void people_screen(struct http_exchange *x, struct str qr)
{
	size_t n;
	const struct sandbox_person *v = people(x, &n);
	struct buf b;

	buf_init(&b, x->arena, HTML_PAGE_MAX);
	open_phone(&b);
	buf_add_c(&b, "<h1 class=\"apptitle\">ThaID</h1><p class=\"hint\">เลือกผู้ถือโทรศัพท์"
		      "<br><span lang=\"en\">Whose phone is this?</span></p><ul class=\"people\">");
	for (size_t i = 0; i < n; i++) {
		struct str index = number(x, (int64_t)i);

		HTML(&b, "<li><a href=\"/phone?person={}", index);
		if (qr.n > 0)
			HTML(&b, "&amp;qr={}", qr);
		buf_add_c(&b, "\">");
		add_avatar(&b, &v[i]);
		HTML(&b, "<span><strong>{}</strong><small>{}</small><em>{}</em></span></a></li>",
			sandbox_person_name(x->arena, &v[i]), grouped_pid(x, v[i].pid), v[i].note);
	}
	buf_add_c(&b, "</ul>");
	send_phone(x, 200, &b, NULL);
}

static void add_card(struct http_exchange *x, struct buf *b, const struct sandbox_person *p)
{
	buf_add_c(b, "<section class=\"idcard\">");
	add_avatar(b, p);
	HTML(b,
		"<span><small>บัตรประจำตัวประชาชนดิจิทัล</small><strong>{}</strong>"
		"<span class=\"en\" lang=\"en\">{}</span><span "
		"class=\"pid\">{}</span></span></section>",
		sandbox_person_name(x->arena, p), sandbox_person_name_en(x->arena, p),
		grouped_pid(x, p->pid));
}

static void add_pending(struct http_exchange *x, struct buf *b, struct str person)
{
	struct thaid_login_view *v = arena_array(x->arena, PENDING_SHOWN, struct thaid_login_view);
	size_t n = thaid_pending(phone_sandbox(x)->thaid, x->arena, v, PENDING_SHOWN);

	buf_add_c(b, "<h2>คำขอเข้าสู่ระบบที่รออยู่</h2>");
	if (n == 0)
		buf_add_c(b,
			"<p class=\"none\">ยังไม่มีคำขอ<br><span lang=\"en\">Nothing waits. Start a "
			"login in another window.</span></p>");
	buf_add_c(b, "<ul class=\"pending\">");
	for (size_t i = 0; i < n; i++)
		HTML(b,
			"<li><a href=\"/phone?person={}&amp;qr={}\"><span><strong>{}</strong>"
			"<small>รหัสอ้างอิง <b class=\"reference\">{}</b></small></span>"
			"<span class=\"go\">สแกน ›</span></a></li>",
			person, v[i].qr, v[i].client_name, v[i].reference);
	buf_add_c(b, "</ul>");
}

static struct str home_url(struct http_exchange *x, struct str person)
{
	struct buf b;

	buf_init(&b, x->arena, 64);
	buf_add_c(&b, "/phone?person=");
	buf_add(&b, person);
	return buf_str(&b);
}

static void home_screen(struct http_exchange *x, size_t index, const char *complaint)
{
	struct str person = number(x, (int64_t)index), self = home_url(x, person);
	size_t n;
	struct buf b;

	buf_init(&b, x->arena, HTML_PAGE_MAX);
	open_phone(&b);
	buf_add_c(&b, "<h1 class=\"apptitle\">ThaID</h1>");
	add_card(x, &b, people(x, &n) + index);
	if (complaint != NULL)
		HTML(&b, "<p class=\"complaint\" role=\"alert\">{}</p>", str_c(complaint));
	HTML(&b,
		"<form class=\"scan\" method=\"post\" action=\"/phone/scan\">"
		"<input type=\"hidden\" name=\"person\" value=\"{}\">"
		"<label for=\"handle\">สแกน QR Code หรือพิมพ์รหัสอ้างอิง</label>"
		"<input id=\"handle\" name=\"handle\" autocomplete=\"off\" required>"
		"<button id=\"scan\">สแกน</button></form><div id=\"live\">",
		person);
	add_pending(x, &b, person);
	HTML(&b,
		"</div><p class=\"switch\"><a href=\"{}\">ดูคำขอใหม่</a> · "
		"<a href=\"/phone\">เปลี่ยนผู้ถือโทรศัพท์</a> · "
		"<a href=\"/phone/messages\">ข้อความและอีเมล</a></p>",
		self);
	send_phone(x, 200, &b, "/static/phone.js");
}

/* What a scope releases, in the words of the app. */
static const char *scope_words(struct str scope)
{
	static const struct {
		const char *scope, *words;
	} table[] = {
		{"pid", "เลขประจำตัวประชาชน"},
		{"name", "ชื่อ-นามสกุล"},
		{"name_en", "ชื่อ-นามสกุล (ภาษาอังกฤษ)"},
		{"given_name", "ชื่อ"},
		{"family_name", "นามสกุล"},
		{"middle_name", "ชื่อกลาง"},
		{"title", "คำนำหน้าชื่อ"},
		{"birthdate", "วันเดือนปีเกิด"},
		{"address", "ที่อยู่ตามทะเบียนบ้าน"},
		{"gender", "เพศ"},
		{"ial", "ระดับการพิสูจน์ตัวตน"},
		{"smartcard_code", "รหัสหลังบัตร"},
		{"date_of_issuance", "วันออกบัตร"},
		{"date_of_expiry", "วันบัตรหมดอายุ"},
		{"th_fullname", "ชื่อ-นามสกุล"},
		{"th_fname", "ชื่อ"},
		{"th_lname", "นามสกุล"},
		{"dob", "วันเดือนปีเกิด"},
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (str_eq_c(scope, table[i].scope))
			return table[i].words;
	return NULL;
}

static void add_scopes(struct http_exchange *x, struct buf *b, struct str scope)
{
	struct strlist scopes = {0};

	if (!strlist_split(x->arena, scope, 50, &scopes))
		return;
	buf_add_c(b, "<ul class=\"scopes\">");
	for (size_t i = 0; i < scopes.n; i++)
		if (scope_words(scopes.v[i]) != NULL)
			HTML(b, "<li>{}</li>", str_c(scope_words(scopes.v[i])));
	buf_add_c(b, "</ul>");
}

static void confirm_screen(struct http_exchange *x, size_t index, const struct thaid_login_view *v)
{
	struct str person = number(x, (int64_t)index);
	size_t n;
	struct buf b;

	buf_init(&b, x->arena, HTML_PAGE_MAX);
	open_phone(&b);
	buf_add_c(&b, "<h1 class=\"apptitle\">ยืนยันการเข้าสู่ระบบ</h1>");
	add_card(x, &b, people(x, &n) + index);
	HTML(&b,
		"<p class=\"who\"><strong>{}</strong> ขอยืนยันตัวตนของท่าน</p>"
		"<p class=\"ref\">รหัสอ้างอิง <strong>{}</strong></p><p>ข้อมูลที่จะเปิดเผย</p>",
		v->client_name, v->reference);
	add_scopes(x, &b, v->scope);
	HTML(&b,
		"<form class=\"decide\" method=\"post\" action=\"/phone/decide\">"
		"<input type=\"hidden\" name=\"person\" value=\"{}\">"
		"<input type=\"hidden\" name=\"qr\" value=\"{}\">"
		"<button class=\"yes\" id=\"approve\" name=\"decision\" "
		"value=\"approve\">ยินยอม</button>"
		"<button class=\"no\" id=\"refuse\" name=\"decision\" "
		"value=\"refuse\">ปฏิเสธ</button>"
		"</form>",
		person, v->qr);
	send_phone(x, 200, &b, NULL);
}

static bool find_pending(struct http_exchange *x, struct str handle, struct thaid_login_view *ret)
{
	return thaid_scan(phone_sandbox(x)->thaid, x->arena, handle, ret) == RC_OK &&
	       ret->state == LOGIN_WAITING;
}

static void phone(struct http_exchange *x)
{
	struct thaid_login_view v;
	struct form query;
	const char *why;
	struct str qr;
	size_t index;

	if (http_query_form(x, &query, &why) != RC_OK) {
		http_answer(x, 400, "text/plain", str_c(why));
		return;
	}
	qr = form_get(&query, "qr");
	index = person_index(x, form_get(&query, "person"));
	if (index == NOBODY)
		people_screen(x, qr);
	else if (qr.n == 0)
		home_screen(x, index, NULL);
	else if (find_pending(x, qr, &v))
		confirm_screen(x, index, &v);
	else
		home_screen(x, index, "QR Code นี้หมดอายุหรือถูกใช้ไปแล้ว");
}

/* Reads a phone form; false after an error was answered. */
static bool phone_form(struct http_exchange *x, struct form *ret, size_t *ret_index)
{
	const char *why;

	if (http_body_form(x, ret, &why) != RC_OK) {
		http_answer(x, 400, "text/plain", str_c(why));
		return false;
	}
	*ret_index = person_index(x, form_get(ret, "person"));
	if (*ret_index == NOBODY) {
		http_answer(x, 400, "text/plain", STR("no such person\n"));
		return false;
	}
	return true;
}

static void phone_scan(struct http_exchange *x)
{
	struct thaid_login_view v;
	struct form form;
	size_t index;

	if (!phone_form(x, &form, &index))
		return;
	if (find_pending(x, form_get(&form, "handle"), &v))
		confirm_screen(x, index, &v);
	else
		home_screen(x, index, "ไม่พบคำขอนี้ หรือหมดอายุแล้ว กรุณาตรวจสอบรหัสอ้างอิง");
}

static void result_screen(struct http_exchange *x, size_t index, bool approved, enum rc rc)
{
	struct str person = number(x, (int64_t)index);
	struct buf b;

	if (rc != RC_OK) {
		home_screen(x, index, "คำขอนี้หมดอายุหรือถูกใช้ไปแล้ว");
		return;
	}
	buf_init(&b, x->arena, HTML_PAGE_MAX);
	open_phone(&b);
	HTML(&b,
		"<div class=\"result {}\" id=\"result\"><span class=\"sign\">{}</span><h1>{}</h1>"
		"<p>{}</p></div><p class=\"switch\"><a href=\"{}\">กลับหน้าหลัก</a></p>",
		approved ? STR("ok") : STR("refused"), approved ? STR("✓") : STR("✕"),
		approved ? STR("ยืนยันตัวตนสำเร็จ") : STR("ปฏิเสธแล้ว"),
		approved ? STR("กรุณากลับไปที่หน้าจอคอมพิวเตอร์ของท่าน") : STR("ระบบจะไม่ได้รับข้อมูลของท่าน"),
		home_url(x, person));
	send_phone(x, 200, &b, NULL);
}

static void phone_decide(struct http_exchange *x)
{
	const struct sandbox_person *v;
	struct form form;
	bool approved;
	size_t index, n;
	enum rc rc;

	if (!phone_form(x, &form, &index))
		return;
	v = people(x, &n);
	approved = str_eq_c(form_get(&form, "decision"), "approve");
	if (approved)
		rc = thaid_approve(phone_sandbox(x)->thaid, form_get(&form, "qr"), v[index].pid);
	else
		rc = thaid_refuse(phone_sandbox(x)->thaid, form_get(&form, "qr"));
	result_screen(x, index, approved, rc);
}

/* clang-format off */
static const struct http_route routes[] = {
	{"/phone", HTTP_ON(HTTP_GET), HTTP_PAGE, phone, .name = "phone"},
	{"/phone/scan", HTTP_ON(HTTP_POST), HTTP_PAGE, phone_scan, .name = "phone_scan"},
	{"/phone/decide", HTTP_ON(HTTP_POST), HTTP_PAGE, phone_decide, .name = "phone_decide"},
};
/* clang-format on */
const struct sandbox_routes phone_routes = {routes, ARRAY_LEN(routes)};
