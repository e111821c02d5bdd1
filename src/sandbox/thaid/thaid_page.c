/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "sandbox/thaid/thaid_page.h"

#include "codec/uri.h"
#include "sandbox/common/html.h"
#include "sandbox/common/sandbox.h"
#include "web/qr.h"

#define REFRESH_SECONDS 3

static struct sandbox_thaid *thaid(struct http_exchange *x)
{
	return ((struct sandbox *)x->app)->thaid;
}

static struct str login_id(struct http_exchange *x)
{
	struct form query;
	const char *why;

	if (http_query_form(x, &query, &why) != RC_OK)
		return STR_NONE;
	return form_get(&query, "id");
}

static void add_header(struct buf *b)
{
	buf_add_c(b,
		"<header class=\"bar\"><span class=\"mark\">ThaID</span>"
		"<span class=\"sub\">ระบบจำลอง · Simulator, not the real ThaID</span></header>");
}

static void send_page(
	struct http_exchange *x, int status, const char *title, struct str body, struct str refresh)
{
	html_answer(x, status,
		&(struct html_page){
			.title = str_c(title),
			.look = "thaid",
			.script = refresh.n > 0 ? "/static/thaid.js" : NULL,
			.refresh = refresh,
			.refresh_seconds = REFRESH_SECONDS,
			.body = body,
		});
}

void thaid_page_fault(struct http_exchange *x, const struct thaid_error *error)
{
	struct buf b;

	buf_init(&b, x->arena, HTML_PAGE_MAX);
	add_header(&b);
	HTML(&b,
		"<main class=\"card\"><h1>ไม่สามารถดำเนินการได้</h1>"
		"<p>คำขอของระบบต้นทางไม่ถูกต้อง กรุณาติดต่อผู้ดูแลระบบนั้น</p>"
		"<p lang=\"en\">The request of the calling system is not valid.</p>"
		"<dl class=\"facts\"><dt>error</dt><dd><code id=\"error\">{}</code></dd>"
		"<dt>error_description</dt><dd>{}</dd></dl></main>",
		str_c(error->code), str_c(error->why));
	send_page(x, error->status, "ThaID: คำขอไม่ถูกต้อง", buf_str(&b), STR_NONE);
}

static struct str qr_text(struct http_exchange *x, const struct thaid_login_view *v)
{
	struct buf b;

	buf_init(&b, x->arena, 2048);
	buf_add(&b, thaid_issuer(thaid(x)));
	buf_add_c(&b, "/phone?qr=");
	buf_add(&b, v->qr);
	return buf_str(&b);
}

static struct str own_url(struct http_exchange *x, const struct thaid_login_view *v)
{
	struct buf b;

	buf_init(&b, x->arena, 256);
	buf_add_c(&b, "/thaid/login?id=");
	buf_add(&b, v->id);
	return buf_str(&b);
}

/* The code with its quiet zone of four modules (ISO/IEC 18004 6.3.8). */
static void add_qr(struct buf *b, struct str text)
{
	struct buf path;
	int64_t side;

	buf_init(&path, b->arena, 65536);
	if (qr_path(text, &path, &side) != RC_OK)
		return;
	buf_addf(b,
		"<svg class=\"qr\" role=\"img\" aria-label=\"QR code\" viewBox=\"-4 -4 %d %d\" "
		"shape-rendering=\"crispEdges\"><path class=\"paper\" d=\"M-4-4h%dv%dh-%dz\"/>"
		"<path class=\"ink\" d=\"",
		(int)side + 8, (int)side + 8, (int)side + 8, (int)side + 8, (int)side + 8);
	buf_add(b, buf_str(&path));
	buf_add_c(b, "\"/></svg>");
}

static void waiting_page(struct http_exchange *x, const struct thaid_login_view *v)
{
	struct str text = qr_text(x, v), self = own_url(x, v);
	struct buf b;

	buf_init(&b, x->arena, HTML_PAGE_MAX);
	add_header(&b);
	HTML(&b,
		"<main class=\"card\" id=\"waiting\" data-status=\"/thaid/status?id={}\">"
		"<h1>สแกน QR Code ด้วยแอป ThaID</h1>"
		"<p>เพื่อเข้าสู่ระบบ <strong>{}</strong></p>",
		v->id, v->client_name);
	add_qr(&b, text);
	HTML(&b,
		"<p class=\"ref\">รหัสอ้างอิง <strong id=\"reference\">{}</strong></p>"
		"<p class=\"note\">เปิดแอป ThaID บนโทรศัพท์ กด “สแกน” แล้วตรวจว่ารหัสอ้างอิงตรงกัน<br>"
		"<span lang=\"en\">Scan with ThaID; the reference code must be the same.</span></p>"
		"<p class=\"buttons\"><a class=\"button\" id=\"check\" "
		"href=\"{}\">ตรวจสอบสถานะ</a> "
		"<a class=\"button ghost\" id=\"phone\" href=\"{}\" target=\"phone\">"
		"เปิดโทรศัพท์จำลอง</a></p>"
		"<details><summary>ข้อความใน QR Code</summary><code "
		"id=\"qr-text\">{}</code></details>"
		"</main>",
		v->reference, self, text, text);
	send_page(x, 200, "ThaID: สแกน QR Code", buf_str(&b), self);
}

static void gone_page(struct http_exchange *x, int status)
{
	struct buf b;

	buf_init(&b, x->arena, HTML_PAGE_MAX);
	add_header(&b);
	buf_add_c(&b,
		"<main class=\"card\"><h1>QR Code หมดอายุแล้ว</h1>"
		"<p>กรุณากลับไปที่ระบบที่ท่านต้องการเข้าใช้งาน แล้วเริ่มเข้าสู่ระบบใหม่อีกครั้ง</p>"
		"<p lang=\"en\">This QR code is no longer valid. Go back to the system you came "
		"from and start again.</p></main>");
	send_page(x, status, "ThaID: หมดอายุ", buf_str(&b), STR_NONE);
}

void thaid_page_login(struct http_exchange *x)
{
	struct str id = login_id(x), url;
	struct thaid_login_view v;

	switch (thaid_return(thaid(x), x->arena, id, &url)) {
	case RC_OK: http_redirect(x, url); return;
	case RC_EXPIRED: gone_page(x, 410); return;
	case RC_CONFLICT: break;
	default: gone_page(x, 404); return;
	}
	if (thaid_login_get(thaid(x), x->arena, id, &v) != RC_OK) {
		gone_page(x, 404);
		return;
	}
	waiting_page(x, &v);
}

void thaid_page_status(struct http_exchange *x)
{
	struct thaid_login_view v;
	struct buf b;
	struct json_writer w;

	if (thaid_login_get(thaid(x), x->arena, login_id(x), &v) != RC_OK) {
		sandbox_json(x, 404, STR("{\"state\":\"none\"}"));
		return;
	}
	buf_init(&b, x->arena, 1024);
	json_writer_init(&w, &b);
	json_write_object(&w);
	json_add_str(&w, "state", str_c(thaid_state_name(v.state)));
	json_add_str(&w, "location", own_url(x, &v));
	json_write_object_end(&w);
	sandbox_json(x, 200, buf_str(&b));
}
