/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "web/escape.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* Code point and length of the UTF-8 sequence at p; length 0 when it is ill-formed (RFC 3629). */
static size_t utf8_decode(const unsigned char *p, size_t n, uint32_t *ret)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t least;
	} forms[] = {
		{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
	uint32_t c;

	for (size_t form = 0; form < 4; form++) {
		if ((p[0] & forms[form].mask) != forms[form].lead)
			continue;
		if (form >= n)
			return 0;
		c = p[0] & (unsigned char)~forms[form].mask;
		for (size_t i = 1; i <= form; i++) {
			if ((p[i] & 0xc0) != 0x80)
				return 0;
			c = c << 6 | (p[i] & 0x3fu);
		}
		if (c < forms[form].least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
			return 0;
		*ret = c;
		return form + 1;
	}
	return 0;
}

static bool shown(uint32_t c)
{
	if (c < 0x20)
		return c == '\n' || c == '\t';
	if (c >= 0x7f && c < 0xa0)
		return false;
	/* Bidirectional embeddings, overrides and isolates (UAX #9). */
	return !((c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069));
}

static struct str html_entity(uint32_t c)
{
	switch (c) {
	case '&': return STR("&amp;");
	case '<': return STR("&lt;");
	case '>': return STR("&gt;");
	case '"': return STR("&quot;");
	case '\'': return STR("&#39;");
	default: return STR_NONE;
	}
}

static bool plain_ascii(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '&' && c != '<' && c != '>' && c != '"' && c != '\'';
}

static void html_add(struct buf *out, struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t start = 0, at = 0, len;
	struct str entity;
	uint32_t c;

	while (at < s.n) {
		if (plain_ascii(p[at])) {
			at++;
			continue;
		}
		len = utf8_decode(p + at, s.n - at, &c);
		entity = len ? html_entity(c) : STR_NONE;
		if (len && !entity.n && shown(c)) {
			at += len;
			continue;
		}
		buf_add(out, str_sub(s, start, at - start));
		buf_add(out, entity.n ? entity : STR(REPLACEMENT));
		at += len ? len : 1;
		start = at;
	}
	buf_add(out, str_sub(s, start, at - start));
}

/* A value ends no line, so that a name cannot begin one that looks like ours. */
static void plain_add(struct buf *out, struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t at = 0, len;
	uint32_t c;

	while (at < s.n) {
		len = utf8_decode(p + at, s.n - at, &c);
		if (!len || !shown(c))
			buf_add(out, STR(REPLACEMENT));
		else if (c == '\n' || c == '\t')
			buf_add_byte(out, ' ');
		else
			buf_add(out, str_sub(s, at, len));
		at += len ? len : 1;
	}
}

static bool unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

static void percent_add(struct buf *out, struct str s, const char *also)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (unreserved(c) || (c && strchr(also, c)))
			buf_add_byte(out, c);
		else
			buf_add(out, (struct str){(char[]){'%', hex[c >> 4], hex[c & 15]}, 3});
	}
}

/* "02 500-1234 ext. 12" as "025001234" (RFC 3966 5.1.1: visual separators mean nothing). */
static void phone_add(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if ((c >= '0' && c <= '9') || (c == '+' && i == 0))
			buf_add_byte(out, (unsigned char)c);
		else if (!c || !strchr(" -().", c))
			return;
	}
}

static bool url_byte(unsigned char c)
{
	return c > 0x20 && c != 0x7f && c != '\\' && c != '"' && c != '<' && c != '>' && c != '`';
}

static bool url_bytes(struct str url)
{
	for (size_t i = 0; i < url.n; i++)
		if (!url_byte((unsigned char)url.p[i]))
			return false;
	return true;
}

bool url_is_application(struct str url)
{
	struct str scheme = str_sub(url, 0, str_find(url, ':'));

	if (scheme.n == url.n || str_find(scheme, '.') == scheme.n)
		return false;
	for (size_t i = 0; i < scheme.n; i++) {
		char c = scheme.p[i];

		if (!(c >= 'a' && c <= 'z') &&
			(i == 0 || (!(c >= '0' && c <= '9') && !memchr("+-.", c, 3))))
			return false;
	}
	return url_bytes(url);
}

bool url_is_safe(struct str url)
{
	bool local = url.n >= 1 && url.p[0] == '/' && (url.n == 1 || url.p[1] != '/');
	bool http = (url.n > 7 && str_ieq(str_sub(url, 0, 7), STR("http://"))) ||
		    (url.n > 8 && str_ieq(str_sub(url, 0, 8), STR("https://")));

	return (local || http) && url_bytes(url);
}

void escape_add(struct buf *out, enum escape how, struct str s)
{
	switch (how) {
	case ESCAPE_HTML: html_add(out, s); break;
	case ESCAPE_URL: html_add(out, url_is_safe(s) ? s : STR("about:invalid")); break;
	case ESCAPE_AWAY_URL:
		html_add(out, url_is_safe(s) || url_is_application(s) ? s : STR("about:invalid"));
		break;
	case ESCAPE_QUERY: percent_add(out, s, ""); break;
	case ESCAPE_MAIL: percent_add(out, s, "@"); break;
	case ESCAPE_PHONE: phone_add(out, s); break;
	case ESCAPE_PLAIN: plain_add(out, s); break;
	case ESCAPE_LINK: plain_add(out, url_is_safe(s) ? s : STR("about:invalid")); break;
	}
}
