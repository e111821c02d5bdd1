/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "deliver/text.h"

#include "base/array.h"
#include "base/buf.h"
#include "codec/email.h"
#include "deliver/outbox.h"

#include <ctype.h>
#include <string.h>

#define MOBILE_LEN 12u /* +66 and nine digits */

/* ---- addresses ---- */

static bool mobile_ok(struct str target)
{
	if (target.n != MOBILE_LEN || !str_starts(target, STR("+66")))
		return false;
	for (size_t i = 3; i < target.n; i++)
		if (!isdigit((unsigned char)target.p[i]))
			return false;
	return strchr("689", target.p[3]) != NULL;
}

/* ---- texts ---- */

static bool starts_link(struct str s)
{
	static const struct str beginnings[] = {
		STR_INIT("http:"), STR_INIT("https:"), STR_INIT("www."), STR_INIT("://")};

	for (size_t i = 0; i < ARRAY_LEN(beginnings); i++)
		if (str_ieq(str_sub(s, 0, beginnings[i].n), beginnings[i]))
			return true;
	return false;
}

/*
 * ".th" in "dla.go.th", ".com" in "กขค.com": something before the dot that may end a label, behind
 * it two letters or more. Telephones know the list of domains by heart and link fewer; a list here
 * would be older than theirs.
 */
static bool dot_of_domain(struct str s, size_t dot)
{
	struct str behind = str_sub(s, dot + 1, s.n);
	unsigned char before = dot ? (unsigned char)s.p[dot - 1] : ' ';

	if (!isalnum(before) && before < 0x80)
		return false;
	if (str_starts(behind, STR("ไทย")))
		return true;
	return behind.n >= 2 && isalpha((unsigned char)behind.p[0]) &&
	       isalpha((unsigned char)behind.p[1]);
}

bool text_has_link(struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (starts_link(str_sub(text, i, text.n)))
			return true;
		if (text.p[i] == '.' && dot_of_domain(text, i))
			return true;
	}
	return false;
}

struct str text_without_links(struct arena *a, struct str text)
{
	struct buf out;

	if (!text_has_link(text))
		return text;
	buf_init(&out, a, text.n);
	for (size_t i = 0; i < text.n; i++)
		buf_add_byte(&out, strchr(".:/", text.p[i]) ? ' ' : (unsigned char)text.p[i]);
	return buf_str(&out);
}

/* Septets of a character in GSM 03.38's default alphabet, 0 when it is not there. Of the letters
 * beyond ASCII none is of use here, so they count as not there. */
static size_t gsm_septets(unsigned char c)
{
	if (c == '\n' || c == '\r')
		return 1;
	if (c < 0x20 || c > 0x7e || c == '`')
		return 0;
	return strchr("^{}\\[~]|", c) ? 2 : 1;
}

static size_t septets(struct str text)
{
	size_t sum = 0;

	for (size_t i = 0; i < text.n; i++) {
		size_t n = gsm_septets((unsigned char)text.p[i]);

		if (!n)
			return 0;
		sum += n;
	}
	return sum;
}

/* UTF-16 code units: a sequence of four bytes takes two. */
static size_t utf16_units(struct str text)
{
	size_t sum = 0;

	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		sum += (c & 0xc0u) != 0x80u;
		sum += c >= 0xf0u;
	}
	return sum;
}

static size_t parts(size_t units, size_t alone, size_t joined)
{
	return units <= alone ? 1 : (units + joined - 1) / joined;
}

size_t outbox_sms_parts(struct str text)
{
	size_t n = septets(text);

	if (!text.n)
		return 0;
	return n ? parts(n, 160, 153) : parts(utf16_units(text), 70, 67);
}

/* Line feeds and tabs are all that a text may hold below the space. */
static bool has_bad_control(struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
			return true;
	}
	return false;
}

static const char *email_fault(const struct outbox_message *m)
{
	if (!email_ok(m->target))
		return "this is no email address that mail is sent to";
	if (!m->subject.n || m->subject.n > OUTBOX_SUBJECT_MAX)
		return "the subject is empty or too long";
	if (str_has_control(m->subject) || !str_is_utf8(m->subject))
		return "the subject holds a control character or is not UTF-8";
	return NULL;
}

static const char *sms_fault(const struct outbox_message *m)
{
	if (!mobile_ok(m->target))
		return "this is no Thai mobile number in the form +66812345678";
	if (m->subject.n)
		return "an SMS has no subject";
	if (m->code && text_has_link(m->text))
		return "an SMS with a code may hold no link (rule of the regulator)";
	if (outbox_sms_parts(m->text) > SMS_PARTS_MAX)
		return "the text takes too many SMS parts";
	return NULL;
}

const char *text_fault(const struct outbox_message *m)
{
	if (!m->text.n || m->text.n > OUTBOX_TEXT_MAX)
		return "the text is empty or too long";
	if (has_bad_control(m->text) || !str_is_utf8(m->text))
		return "the text holds a control character or is not UTF-8";
	return m->kind == MESSAGE_SMS ? sms_fault(m) : email_fault(m);
}
