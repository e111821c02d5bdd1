/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/challenge/challenge_text.h"

#include "base/die.h"
#include "deliver/text.h"
#include "directory/names.h"
#include "web/field_macros.h"

#define SITE_MAX 120u /* bytes of the site's name in a message */

const char *const challenge_purposes[] = {
	OTP_FOR_LOGIN, OTP_FOR_EMAIL, OTP_FOR_MOBILE, OTP_FOR_RECOVERY, CODE_FOR_TEXT, NULL};

#define M struct challenge_model
static const struct tmpl_field fields[] = {
	F_WORD(M, purpose, "otp-mail", challenge_purposes),
	F(M, name, TMPL_TEXT),
	F(M, code, TMPL_TEXT),
	F(M, reference, TMPL_TEXT),
	F(M, site, TMPL_TEXT),
	F(M, confirm, TMPL_TEXT),
	F(M, minutes, TMPL_I64),
	F_END,
};
#undef M
const struct text_type text_otp_mail = {"otp-mail.txt", fields};
const struct text_type text_otp_sms = {"otp-sms.txt", fields};

static int purpose_index(const char *purpose)
{
	for (int i = 0; challenge_purposes[i]; i++)
		if (strcmp(challenge_purposes[i], purpose) == 0)
			return i;
	die("challenge: a code without a purpose");
}

/* Vowels and tone marks above and below a consonant, which may not stand alone (U+0E31, U+0E34 to
 * U+0E3A, U+0E47 to U+0E4E). */
static bool is_thai_mark(struct str s)
{
	unsigned char second = s.n > 2 ? (unsigned char)s.p[1] : 0;
	unsigned char third = s.n > 2 ? (unsigned char)s.p[2] : 0;

	if (!s.n || (unsigned char)s.p[0] != 0xe0)
		return false;
	return (second == 0xb8 && (third == 0xb1 || (third >= 0xb4 && third <= 0xba))) ||
	       (second == 0xb9 && third >= 0x87 && third <= 0x8e);
}

/* At most n bytes of the text, cut between two letters, marks with their consonant. */
static struct str cut(struct str text, size_t n)
{
	size_t end = 0, at = 0;

	while (at < text.n && at <= n) {
		struct str rest = str_sub(text, at, text.n);
		size_t step = str_utf8_step(rest);

		if (!is_thai_mark(rest))
			end = at;
		at += step ? step : 1;
	}
	return str_trim(str_sub(text, 0, text.n <= n ? text.n : end));
}

/* No links in an SMS with a code (docs/mail-and-sms.md): a portal's name must not become one, nor
 * keep the message from being sent. */
static struct str plain(struct arena *a, const struct challenge *c, struct str text)
{
	return c->method->contact == AUTH_CONTACT_MOBILE ? text_without_links(a, text) : text;
}

static struct str with_mark(struct arena *a, struct str text, struct str mark)
{
	struct buf out;

	buf_init(&out, a, text.n + mark.n + 1);
	buf_add(&out, text);
	buf_add(&out, mark);
	return buf_str(&out);
}

static enum rc sms(
	struct op *op, enum web_lang lang, const struct challenge_model *model, struct str *ret)
{
	return web_text_render(op->tx.app->web, op->tx.a, &text_otp_sms, lang, model, ret);
}

/* One part of an SMS costs as much as the next: the site's name gives way until one is enough. */
static enum rc sms_text(
	struct op *op, enum web_lang lang, struct challenge_model *model, struct str *ret)
{
	struct str mark = web_text(lang, STR("otp-sms.cut")), site = model->site;
	enum rc rc;

	if (!site.n)
		model->site = site = web_text(lang, STR("otp-sms.nowhere"));
	rc = sms(op, lang, model, ret);
	while (rc == RC_OK && !model->confirm.n && outbox_sms_parts(*ret) > 1 && site.n) {
		site = cut(site, site.n - 1);
		model->site = with_mark(op->tx.a, site, mark);
		rc = sms(op, lang, model, ret);
	}
	return rc;
}

enum rc challenge_text(struct op *op, const struct challenge *c, struct str code,
	struct str reference, struct web_mail *ret)
{
	enum web_lang lang = op->lang;
	struct challenge_model model = {
		.purpose = purpose_index(c->purpose),
		.code = code,
		.reference = reference,
		.site = plain(op->tx.a, c, cut(c->site, SITE_MAX)),
		.confirm = plain(op->tx.a, c, c->text),
		.minutes = CHALLENGE_LIFE / 60,
	};

	(void)person_language(c->person, &lang);
	model.name = person_name(op->tx.a, c->person, lang);
	if (c->method->contact == AUTH_CONTACT_EMAIL)
		return web_mail_render(
			op->tx.app->web, op->tx.a, &text_otp_mail, lang, &model, ret);
	ret->subject = STR_NONE;
	return sms_text(op, lang, &model, &ret->text);
}
