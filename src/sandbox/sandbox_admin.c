/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The tester's desk: the index of the sandbox, ThaID's settings as a form, the log of requests. */
#include "sandbox/common/html.h"
#include "base/array.h"
#include "sandbox/common/sandbox.h"
#include "sandbox/common/settings.h"
#include "sandbox/thaid/thaid.h"

#define REQUESTS_SHOWN 40

static struct sandbox *admin_sandbox(struct http_exchange *x)
{
	return x->app;
}

static void send_desk(struct http_exchange *x, int status, const char *title, struct str body)
{
	struct buf b;

	buf_init(&b, x->arena, HTML_PAGE_MAX);
	buf_add_c(&b, "<header class=\"bar\"><span class=\"mark\">Pratu sandbox</span><nav>"
		      "<a href=\"/\">หน้าแรก</a> <a href=\"/phone\">โทรศัพท์</a> "
		      "<a href=\"/settings\">ตั้งค่า ThaID</a> <a href=\"/requests\">บันทึกคำขอ</a>"
		      "</nav></header><main class=\"wide\">");
	buf_add(&b, body);
	buf_add_c(&b, "</main>");
	html_answer(x, status,
		&(struct html_page){.title = str_c(title), .look = "desk", .body = buf_str(&b)});
}

static const char *portal_name(int look)
{
	static const char *const names[] = {
		[PORTAL_EPLAN] = "e-Plan · กรมส่งเสริมการปกครองท้องถิ่น",
		[PORTAL_GFMIS] = "GFMIS Web Portal · กรมบัญชีกลาง",
		[PORTAL_KTB] = "KTB Corporate Online · ธนาคารกรุงไทย",
	};

	return names[look];
}

static void add_portals(struct buf *b, const struct conf_list *portals)
{
	const struct sandbox_portal *v = portals->v;

	buf_add_c(b, "<h2>ระบบตัวอย่าง · Demo portals</h2><ul class=\"links\">");
	for (size_t i = 0; i < portals->n; i++)
		HTML(b, "<li><a href=\"{}/\"><strong>{}</strong><small>{}</small></a></li>",
			v[i].url, str_c(portal_name(v[i].look)), v[i].url);
	buf_add_c(b, "</ul>");
}

static void sandbox_admin_index(struct http_exchange *x)
{
	const struct sandbox_config *c = admin_sandbox(x)->config;
	struct buf b;

	buf_init(&b, x->arena, HTML_PAGE_MAX);
	buf_add_c(&b,
		"<h1>สนามทดสอบของประตู (Pratu)</h1><p>ระบบปลายทางจำลอง โทรศัพท์จำลอง และระบบตัวอย่าง "
		"ใช้ข้อมูลสมมติทั้งหมด<br><span lang=\"en\">Simulated upstreams, a phone and demo "
		"portals. All people are made up.</span></p>");
	if (c->portals.n > 0)
		add_portals(&b, &c->portals);
	HTML(&b,
		"<h2>เครื่องมือ · Tools</h2><ul class=\"links\">"
		"<li><a href=\"/phone\"><strong>โทรศัพท์จำลอง</strong><small>สแกน ยินยอม "
		"หรือปฏิเสธคำขอเข้าสู่ระบบ</small></a></li>"
		"<li><a href=\"{}/\"><strong>ประตู (Pratu)</strong><small>{}</small></a></li>"
		"<li><a href=\"/settings\"><strong>ตั้งค่า ThaID "
		"จำลอง</strong><small>รูปแบบคำตอบและข้อขัดข้อง"
		"</small></a></li>"
		"<li><a href=\"/requests\"><strong>บันทึกคำขอที่ ThaID จำลองได้รับ</strong>"
		"<small>ปิดบังความลับแล้ว</small></a></li></ul>",
		c->pratu_issuer, c->pratu_issuer);
	send_desk(x, 200, "Pratu sandbox", buf_str(&b));
}

static void add_choice(struct buf *b, const struct setting *row, struct str value)
{
	static const char *const flags[] = {"true", "false", NULL};
	const char *const *words = row->words != NULL ? row->words : flags;

	if (row->kind == SETTING_NUMBER) {
		HTML(b, "<input id=\"{}\" name=\"{}\" inputmode=\"numeric\" value=\"{}\">",
			str_c(row->name), str_c(row->name), value);
		return;
	}
	HTML(b, "<select id=\"{}\" name=\"{}\">", str_c(row->name), str_c(row->name));
	for (int i = 0; words[i] != NULL; i++) {
		buf_add_c(b, str_eq_c(value, words[i]) ? "<option selected>" : "<option>");
		HTML(b, "{}</option>", str_c(words[i]));
	}
	buf_add_c(b, "</select>");
}

static void add_rows(struct http_exchange *x, struct buf *b, bool faults)
{
	struct thaid_settings s = thaid_settings(admin_sandbox(x)->thaid);

	buf_add_c(b, "<div class=\"settings\">");
	for (size_t i = 0; i < thaid_setting_count; i++) {
		const struct setting *row = &thaid_setting_table[i];

		if (row->fault != faults)
			continue;
		HTML(b, "<div><label for=\"{}\"><strong>{}</strong> <code>{}</code></label>",
			str_c(row->name), str_c(row->label_th), str_c(row->name));
		add_choice(b, row, settings_text(&s, row, x->arena));
		HTML(b, "<small lang=\"en\">{}</small></div>", str_c(row->help));
	}
	buf_add_c(b, "</div>");
}

static void settings_page(struct http_exchange *x, int status, struct str complaint)
{
	struct buf b;

	buf_init(&b, x->arena, HTML_PAGE_MAX);
	buf_add_c(&b, "<h1>ตั้งค่า ThaID จำลอง</h1>");
	if (complaint.n > 0)
		HTML(&b, "<p class=\"complaint\" role=\"alert\">{}</p>", complaint);
	buf_add_c(&b, "<form method=\"post\" action=\"/settings\"><h2>รูปแบบ · Variants</h2>");
	add_rows(x, &b, false);
	buf_add_c(&b, "<h2>ข้อขัดข้อง · Faults</h2>");
	add_rows(x, &b, true);
	buf_add_c(&b,
		"<p><button id=\"save\">บันทึก</button></p></form>"
		"<form method=\"post\" action=\"/settings/rotate\"><p><button class=\"ghost\">"
		"เปลี่ยนกุญแจลงนาม · Rotate keys</button></p></form>"
		"<form method=\"post\" action=\"/settings/reset\"><p><button class=\"ghost\">"
		"คืนค่าเริ่มต้น · Reset</button></p></form>");
	send_desk(x, status, "ThaID settings", buf_str(&b));
}

static void settings_save(struct http_exchange *x)
{
	struct form form;
	struct str why;
	const char *bad;

	if (http_body_form(x, &form, &bad) != RC_OK) {
		http_answer(x, 400, "text/plain", str_c(bad));
		return;
	}
	if (thaid_settings_form(admin_sandbox(x)->thaid, x->arena, &form, &why) != RC_OK) {
		settings_page(x, 400, why);
		return;
	}
	delay_release(admin_sandbox(x)->delay);
	http_redirect(x, STR("/settings"));
}

static void settings(struct http_exchange *x)
{
	if (x->request.method == HTTP_POST)
		settings_save(x);
	else
		settings_page(x, 200, STR_NONE);
}

static void settings_rotate(struct http_exchange *x)
{
	if (thaid_rotate(admin_sandbox(x)->thaid, true, false) != RC_OK) {
		http_answer(x, 500, "text/plain", STR("no key could be made\n"));
		return;
	}
	http_redirect(x, STR("/settings"));
}

static void settings_back(struct http_exchange *x)
{
	if (thaid_reset(admin_sandbox(x)->thaid) != RC_OK) {
		http_answer(x, 500, "text/plain", STR("no key could be made\n"));
		return;
	}
	requests_clear(admin_sandbox(x)->requests);
	delay_release(admin_sandbox(x)->delay);
	http_redirect(x, STR("/settings"));
}

static void add_request(void *data, int64_t number, int64_t when, int status, struct str json)
{
	struct buf *b = data;

	(void)when;
	buf_addf(b, "<tr><td>%lld</td><td>%d</td>", (long long)number, status);
	HTML(b, "<td><code>{}</code></td></tr>", json);
}

static void requests_page(struct http_exchange *x)
{
	struct requests *r = admin_sandbox(x)->requests;
	struct buf b;

	buf_init(&b, x->arena, HTML_PAGE_MAX);
	buf_add_c(&b, "<h1>คำขอล่าสุดที่ ThaID จำลองได้รับ</h1>"
		      "<p>JSON: <a href=\"/api/requests\">/api/requests</a></p>"
		      "<table class=\"log\"><tr><th>#</th><th>status</th><th>request</th></tr>");
	requests_each(r, requests_last(r) - REQUESTS_SHOWN, add_request, &b);
	buf_add_c(&b, "</table>");
	send_desk(x, 200, "Requests", buf_str(&b));
}

/* The privacy notice of the demonstration: where branding.privacy_url leads. */
static void privacy_notice(struct http_exchange *x)
{
	struct buf b;

	buf_init(&b, x->arena, HTML_PAGE_MAX);
	buf_add_c(&b,
		"<h1>ประกาศการคุ้มครองข้อมูลส่วนบุคคล (ตัวอย่าง)</h1>"
		"<p>หน้านี้เป็นตัวอย่างของระบบสาธิต ข้อมูลทั้งหมดเป็นข้อมูลสมมติ "
		"หน่วยงานที่ใช้งานจริงต้องแสดงประกาศของตนเอง "
		"ตามมาตรา 23 แห่งพระราชบัญญัติคุ้มครองข้อมูลส่วนบุคคล พ.ศ. 2562</p><ul>"
		"<li>ข้อมูลที่เก็บ: ชื่อ เลขประจำตัวประชาชน หน่วยงาน อีเมล หมายเลขโทรศัพท์ "
		"และบันทึกการเข้าใช้งาน</li>"
		"<li>วัตถุประสงค์: ยืนยันตัวตนและตรวจสอบสิทธิ์การใช้งานระบบสารสนเทศ</li>"
		"<li>ผู้รับข้อมูล: ระบบสารสนเทศที่ท่านเข้าใช้งาน</li>"
		"<li>สิทธิ์ของท่าน: ขอดู ขอสำเนา ขอแก้ไข และถอนความยินยอมได้ที่หน้าบัญชีของท่าน</li></ul>"
		"<p lang=\"en\">An example: all data of this demonstration are made up. A real "
		"service shows its own notice here (PDPA section 23): what is kept, what for, who "
		"receives it, and your rights.</p>");
	send_desk(x, 200, "Privacy notice", buf_str(&b));
}

/* clang-format off */
#define ON_GET  HTTP_ON(HTTP_GET)
#define ON_POST HTTP_ON(HTTP_POST)
static const struct http_route routes[] = {
	{"/", ON_GET, HTTP_PAGE, sandbox_admin_index, .name = "index"},
	{"/settings", ON_GET | ON_POST, HTTP_PAGE, settings, .name = "settings"},
	{"/settings/rotate", ON_POST, HTTP_PAGE, settings_rotate, .name = "settings_rotate"},
	{"/settings/reset", ON_POST, HTTP_PAGE, settings_back, .name = "settings_reset"},
	{"/privacy", ON_GET, HTTP_PAGE, privacy_notice, .name = "privacy"},
	{"/requests", ON_GET, HTTP_PAGE, requests_page, .name = "requests"},
	{"/static/", ON_GET, HTTP_PREFIX, html_static, .name = "static"},
};
/* clang-format on */
const struct sandbox_routes sandbox_admin_routes = {routes, ARRAY_LEN(routes)};
