/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/challenge/challenge_text.h"

#include "base/die.h"
#include "deliver/text.h"

#define SITE_MAX 120   /* bytes of the site's name in a message */
#define TEXT_MAX 2000u /* bytes of a message */

/* At most SITE_MAX bytes, not cut inside a letter. */
static struct str short_site(struct str site)
{
	size_t n = 0;

	while (n < site.n) {
		size_t step = str_utf8_step(str_sub(site, n, site.n));

		if (!step || n + step > SITE_MAX)
			break;
		n += step;
	}
	return str_sub(site, 0, n);
}

/* No links in an SMS with a code (docs/mail-and-sms.md): a portal's name must not become one, nor
 * keep the message from being sent. */
static struct str plain(struct arena *a, const struct challenge *c, struct str text)
{
	return c->method->contact == AUTH_CONTACT_MOBILE ? text_without_links(a, text) : text;
}

/* What a message says of its code's purpose, and to somebody who asked for none. */
struct challenge_wording {
	const char *purpose;
	const char *th, *en;
	const char *otherwise;
};

static const char not_asked[] =
	"หากท่านไม่ได้ขอรหัสนี้ ไม่ต้องดำเนินการใด ๆ และอย่าบอกรหัสแก่ผู้ใด\n"
	"If you did not ask for this code, do nothing and do not share it.\n";

static const struct challenge_wording wordings[] = {
	{OTP_FOR_LOGIN, "เข้าสู่ระบบ", "to sign in",
		"หากท่านไม่ได้เข้าสู่ระบบ มีผู้รู้รหัสผ่านของท่าน กรุณาเปลี่ยนรหัสผ่านและแจ้งผู้ดูแล SSO ของหน่วยงาน\n"
		"If you are not signing in, somebody knows your password: change it and "
		"report it to your office's SSO admin.\n"},
	{OTP_FOR_EMAIL, "ยืนยันอีเมลนี้", "to confirm this email address", not_asked},
	{OTP_FOR_MOBILE, "ยืนยันหมายเลขโทรศัพท์นี้", "to confirm this mobile number", not_asked},
	{OTP_FOR_RECOVERY, "ตั้งรหัสผ่านใหม่", "to set a new password", not_asked},
	{CODE_FOR_TEXT, "ยืนยันรายการ", "to confirm a transaction", not_asked},
};

static const struct challenge_wording *wording_of(const char *purpose)
{
	for (size_t i = 0; i < sizeof(wordings) / sizeof(wordings[0]); i++)
		if (strcmp(wordings[i].purpose, purpose) == 0)
			return wordings + i;
	die("challenge: a code without a purpose");
}

static void add_named(struct buf *text, struct str code, struct str reference, const char *what)
{
	buf_addf(text, "รหัส OTP: %.*s (รหัสอ้างอิง %.*s) สำหรับ%s", STR_FMT(code), STR_FMT(reference),
		what);
}

struct str challenge_text(
	struct arena *a, const struct challenge *c, struct str code, struct str reference)
{
	const struct challenge_wording *w = wording_of(c->purpose);
	struct str site = plain(a, c, short_site(c->site)), confirm = plain(a, c, c->text);
	struct buf text;

	buf_init(&text, a, TEXT_MAX);
	add_named(&text, code, reference, w->th);
	if (site.n)
		buf_addf(&text, " %.*s", STR_FMT(site));
	if (confirm.n)
		buf_addf(&text, ": %.*s", STR_FMT(confirm));
	buf_addf(&text, " ใช้ได้ %d นาที ห้ามบอกผู้อื่น", CHALLENGE_LIFE / 60);
	if (c->method->contact != AUTH_CONTACT_EMAIL)
		return buf_str(&text);
	buf_addf(&text, "\n\nYour one-time code is %.*s (reference %.*s), %s", STR_FMT(code),
		STR_FMT(reference), w->en);
	if (site.n)
		buf_addf(&text, " (%.*s)", STR_FMT(site));
	if (confirm.n)
		buf_addf(&text, ": %.*s", STR_FMT(confirm));
	buf_addf(&text, ". It is good for %d minutes. Do not share it.\n\n", CHALLENGE_LIFE / 60);
	buf_add_c(&text, w->otherwise);
	return buf_str(&text);
}

struct str challenge_subject(struct arena *a, struct str reference)
{
	struct buf subject;

	buf_init(&subject, a, 200);
	buf_addf(&subject, "รหัส OTP (อ้างอิง %.*s)", STR_FMT(reference));
	return buf_str(&subject);
}
