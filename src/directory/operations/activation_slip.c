/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/operations/activation_slip.h"

#include "codec/thai.h"
#include "web/escape.h"

/* A third of an A4 page is 99 mm: the window fold of a DL envelope. */
static const char head[] =
	"<!DOCTYPE html>\n<html lang=\"th\">\n<head>\n<meta charset=\"utf-8\">\n"
	"<title>รหัสผ่านเริ่มต้น</title>\n<style>\n"
	"@page { size: A4; margin: 0 }\n"
	"* { box-sizing: border-box }\n"
	"body { margin: 0; color: #000; background: #fff;\n"
	" font: 15pt/1.45 \"TH Sarabun New\", \"Sarabun\", \"Noto Sans Thai\", sans-serif }\n"
	".page { position: relative; width: 210mm; height: 296mm; overflow: hidden }\n"
	".third { position: absolute; left: 22mm; right: 22mm; height: 85mm }\n"
	".first { top: 12mm } .second { top: 106mm } .last { top: 205mm }\n"
	".fold { position: absolute; width: 7mm; border-top: .3mm dashed #555 }\n"
	".fold.left { left: 0 } .fold.right { right: 0 }\n"
	".one { top: 99mm } .two { top: 198mm }\n"
	"h1 { font-size: 19pt; margin: 0 0 3mm }\n"
	"table { border-collapse: collapse; width: 100% } td { padding: 1.2mm 2mm; "
	"vertical-align: top }\n"
	"td:first-child { width: 45mm }\n"
	".secret { font: bold 21pt/1.3 \"DejaVu Sans Mono\", monospace; letter-spacing: .08em;\n"
	" border: .4mm solid #000; padding: 2mm 4mm; display: inline-block }\n"
	".name { font-family: \"DejaVu Sans Mono\", monospace }\n"
	"ol { margin: 0; padding-left: 7mm } .to { font-size: 16pt }\n"
	"</style>\n</head>\n<body>\n<div class=\"page\">\n"
	"<div class=\"fold left one\"></div><div class=\"fold right one\"></div>\n"
	"<div class=\"fold left two\"></div><div class=\"fold right two\"></div>\n";

static void slip_add(struct buf *out, struct str value)
{
	escape_add(out, ESCAPE_HTML, value);
}

/* "word value", a line of its own, when there is a value. */
static void slip_add_line(struct buf *out, const char *word, struct str value)
{
	if (!value.n)
		return;
	buf_addf(out, "<p style=\"margin:0\">%s", word);
	slip_add(out, value);
	buf_add_c(out, "</p>\n");
}

static void write_outside(struct buf *out, const struct activation_slip *l)
{
	buf_add_c(out, "<div class=\"third first\">\n");
	slip_add_line(out, "", l->organisation_th);
	buf_add_c(out, "<p style=\"margin:0\">");
	thai_add_day(out, l->now, true);
	buf_add_c(out, "</p>\n<div class=\"to\" style=\"margin-top:14mm\">\n");
	slip_add_line(out, "เรียน ", l->issued->holder_th);
	slip_add_line(out, "", l->issued->office_th);
	slip_add_line(out, "รหัสหน่วยงาน ", l->issued->account_office);
	buf_add_c(out, "</div>\n<p><strong>ลับเฉพาะผู้รับ</strong> — ให้ผู้รับเปิดด้วยตนเอง</p>\n</div>\n");
}

static void write_inside(struct buf *out, const struct activation_slip *l)
{
	buf_add_c(out, "<div class=\"third second\">\n<h1>รหัสผ่านเริ่มต้น</h1>\n<table>\n"
		       "<tr><td>ชื่อผู้ใช้</td><td class=\"name\">");
	slip_add(out, l->issued->username);
	buf_add_c(out, "</td></tr>\n<tr><td>รหัสผ่านเริ่มต้น</td><td><span class=\"secret\">");
	slip_add(out, l->issued->secret);
	buf_add_c(out, "</span></td></tr>\n<tr><td>ใช้ได้ถึง</td><td>");
	thai_add_moment(out, l->issued->until, true);
	buf_add_c(out, "</td></tr>\n<tr><td>เข้าสู่ระบบที่</td><td class=\"name\">");
	slip_add(out, l->address);
	buf_add_c(out, "</td></tr>\n</table>\n<p>เครื่องหมายขีด (-) เป็นส่วนหนึ่งของรหัสผ่าน "
		       "ไม่มีตัวอักษร i l o และตัวเลข 0 1</p>\n</div>\n");
}

static void write_instructions(struct buf *out, const struct activation_slip *l)
{
	buf_add_c(out, "<div class=\"third last\">\n<ol>\n"
		       "<li>เข้าสู่ระบบด้วยชื่อผู้ใช้และรหัสผ่านเริ่มต้นนี้</li>\n"
		       "<li>ตั้งรหัสผ่านใหม่ของท่านทันที รหัสผ่านเริ่มต้นจะใช้ไม่ได้อีก</li>\n"
		       "<li>เข้าสู่ระบบอีกครั้งด้วยรหัสผ่านใหม่</li>\n"
		       "<li>ทำลายเอกสารนี้ อย่าบอกรหัสผ่านแก่ผู้ใด เจ้าหน้าที่จะไม่ถามรหัสผ่านของท่าน</li>\n"
		       "</ol>\n<p>หากซองมีรอยเปิดก่อนถึงท่าน โปรดแจ้งผู้ดูแล SSO ของหน่วยงาน");
	if (l->support_phone.n) {
		buf_add_c(out, " หรือโทร. ");
		slip_add(out, l->support_phone);
	}
	buf_add_c(out, "</p>\n</div>\n</div>\n</body>\n</html>\n");
}

void activation_slip_write(struct buf *out, const struct activation_slip *letter)
{
	buf_add_c(out, head);
	write_outside(out, letter);
	write_inside(out, letter);
	write_instructions(out, letter);
}
