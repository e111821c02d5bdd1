/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "codec/uri.h"

#include <arpa/inet.h>

#define HOST_MAX  253u /* bytes (RFC 1035 2.3.4, without the root dot) */
#define LABEL_MAX 63u  /* bytes */

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
	return is_lower(c) || (c >= 'A' && c <= 'Z') || is_digit(c);
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Bytes a URI may hold at all (RFC 3986 section 2), and every '%' leads two hex digits. */
static bool clean_text(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (is_alnum(s.p[i]))
			continue;
		if (s.p[i] == '\0' || !strchr("-._~:/?#[]@!$&'()*+,;=%", s.p[i]))
			return false;
		if (s.p[i] == '%' && (s.n - i < 3 || !is_hex(s.p[i + 1]) || !is_hex(s.p[i + 2])))
			return false;
	}
	return true;
}

/* RFC 3986 section 3.1; lower case only, since nothing is normalised here. */
static bool good_scheme(struct str s)
{
	if (s.n == 0 || !is_lower(s.p[0]))
		return false;
	for (size_t i = 1; i < s.n; i++)
		if (!is_lower(s.p[i]) && !is_digit(s.p[i]) && !memchr("+-.", s.p[i], 3))
			return false;
	return true;
}

static bool good_label(struct str label)
{
	if (label.n == 0 || label.n > LABEL_MAX || label.p[0] == '-' || label.p[label.n - 1] == '-')
		return false;
	for (size_t i = 0; i < label.n; i++)
		if (!is_alnum(label.p[i]) && label.p[i] != '-' && label.p[i] != '_')
			return false;
	return true;
}

static bool to_c(struct str s, char *text, size_t size)
{
	if (s.n >= size)
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	return true;
}

/* The address in its one usual spelling: "127.1", "0177.0.0.1" and "[::0:1]" are not. */
static bool is_address(int family, struct str host)
{
	char text[INET6_ADDRSTRLEN], usual[INET6_ADDRSTRLEN];
	unsigned char bytes[16];

	if (!to_c(host, text, sizeof(text)) || inet_pton(family, text, bytes) != 1)
		return false;
	inet_ntop(family, bytes, usual, sizeof(usual));
	return str_ieq(host, str_c(usual));
}

/* Some readers take a host whose last label starts with a digit for an IPv4 number (WHATWG). */
static bool good_name(struct str host)
{
	struct str rest = host, label = STR_NONE;

	if (host.n == 0 || host.n > HOST_MAX)
		return false;
	while (str_cut(&rest, '.', &label))
		if (!good_label(label))
			return false;
	return !is_digit(label.p[0]) || is_address(AF_INET, host);
}

static bool good_port(struct str port)
{
	uint64_t number;

	return port.p[0] != '0' && str_to_u64(port, 65535, &number);
}

/* [userinfo@]host[:port], RFC 3986 section 3.2. */
static bool parse_authority(struct uri *uri)
{
	struct str rest = uri->authority, port;
	size_t at = str_find(rest, '@');

	if (at < rest.n) {
		uri->has_userinfo = true;
		rest = str_sub(rest, at + 1, rest.n);
	}
	if (str_starts(rest, STR("["))) {
		size_t end = str_find(rest, ']');

		uri->host = str_sub(rest, 1, end - 1);
		if (end == rest.n || !is_address(AF_INET6, uri->host))
			return false;
		port = str_sub(rest, end + 1, rest.n);
	} else {
		uri->host = str_sub(rest, 0, str_find(rest, ':'));
		if (!good_name(uri->host))
			return false;
		port = str_sub(rest, uri->host.n, rest.n);
	}
	if (port.n == 0)
		return true;
	uri->port = str_sub(port, 1, port.n);
	return port.p[0] == ':' && port.n > 1 && good_port(uri->port);
}

/* Brackets and further '#' are not allowed behind the authority (RFC 3986 3.3 to 3.5). */
static bool good_rest(struct str s)
{
	return !s.n || (!memchr(s.p, '[', s.n) && !memchr(s.p, ']', s.n) && !memchr(s.p, '#', s.n));
}

static bool split(struct str text, struct uri *ret, bool *ret_has_authority)
{
	struct str rest, fragment;
	size_t colon = str_find(text, ':');

	if (text.n > URI_MAX || !clean_text(text) || colon == text.n)
		return false;
	*ret = (struct uri){.text = text, .scheme = str_sub(text, 0, colon)};
	rest = str_sub(text, colon + 1, text.n);
	fragment = str_sub(rest, str_find(rest, '#'), rest.n);
	ret->has_fragment = fragment.n > 0;
	rest.n -= fragment.n;
	ret->query = str_sub(rest, str_find(rest, '?'), rest.n);
	ret->has_query = ret->query.n > 0;
	rest.n -= ret->query.n;
	ret->query = str_sub(ret->query, 1, ret->query.n);
	*ret_has_authority = str_starts(rest, STR("//"));
	if (*ret_has_authority) {
		rest = str_sub(rest, 2, rest.n);
		ret->authority = str_sub(rest, 0, str_find(rest, '/'));
		rest = str_sub(rest, ret->authority.n, rest.n);
	}
	ret->path = rest;
	return good_scheme(ret->scheme) && good_rest(rest) && good_rest(ret->query) &&
	       good_rest(str_sub(fragment, 1, fragment.n));
}

enum rc uri_parse(struct str text, struct uri *ret)
{
	struct uri uri;
	bool has_authority;

	if (!split(text, &uri, &has_authority) || !has_authority || !parse_authority(&uri))
		return RC_INVALID;
	*ret = uri;
	return RC_OK;
}

/* Replaces a "%2e" at the start of *s by what it means and steps over one byte. */
static char next_byte(struct str *s)
{
	bool dot = s->n >= 3 && s->p[0] == '%' && s->p[1] == '2' && (s->p[2] | 0x20) == 'e';
	char byte = dot ? '.' : s->p[0];

	*s = str_sub(*s, dot ? 3 : 1, s->n);
	return byte;
}

/* "." or ".." as some server may read it: dots escaped, or followed by ";anything". */
static bool is_dot_segment(struct str segment)
{
	struct str rest = str_sub(segment, 0, str_find(segment, ';'));
	size_t dots = 0;

	while (rest.n) {
		if (next_byte(&rest) != '.')
			return false;
		dots++;
	}
	return dots == 1 || dots == 2;
}

static bool has_dot_segment(struct str path)
{
	struct str rest = path, segment;

	while (str_cut(&rest, '/', &segment))
		if (is_dot_segment(segment))
			return true;
	return false;
}

/* Escapes that a second decoder would read as structure: control bytes, '/', '\', '%'. */
static bool has_ambiguous_escape(struct str s, bool in_path)
{
	for (size_t i = 0; i + 2 < s.n; i++) {
		char high = s.p[i + 1], low = (char)(s.p[i + 2] | 0x20);

		if (s.p[i] != '%')
			continue;
		if (high == '0' || high == '1' || (high == '7' && low == 'f'))
			return true;
		if (in_path && ((high == '2' && (low == 'f' || s.p[i + 2] == '5')) ||
				       (high == '5' && low == 'c')))
			return true;
	}
	return false;
}

static bool has_upper(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] >= 'A' && s.p[i] <= 'Z')
			return true;
	return false;
}

/* RFC 8252 section 7.3: the address literals, in their one usual spelling. */
static bool is_loopback(const struct uri *uri)
{
	return str_eq_c(uri->host, "127.0.0.1") || str_eq_c(uri->host, "::1");
}

/* RFC 8252 section 7.1: reverse domain name as scheme, which "javascript" and "data" are not. */
static bool is_private_use(struct str scheme)
{
	return memchr(scheme.p, '.', scheme.n) != NULL;
}

static const char *check_web(const struct uri *uri)
{
	if (uri->has_userinfo)
		return "a redirect URI must not carry user information";
	if (has_upper(uri->host))
		return "the host must be written in lower case";
	if (str_eq_c(uri->scheme, "https"))
		return NULL;
	if (is_loopback(uri) || str_eq_c(uri->host, "localhost"))
		return NULL;
	return "http is allowed to 127.0.0.1, [::1] and localhost only; use https";
}

static const char *redirect_fault(struct str text, bool native)
{
	struct uri uri;
	bool has_authority, web;

	if (!split(text, &uri, &has_authority))
		return "this is not an absolute URI in its strict form (RFC 3986)";
	web = str_eq_c(uri.scheme, "https") || str_eq_c(uri.scheme, "http");
	if (!web && !native)
		return "only https is allowed (http to this machine itself)";
	if (!web && !is_private_use(uri.scheme))
		return "the scheme of a native application is a reversed domain name";
	if (web && (!has_authority || !parse_authority(&uri)))
		return "the host or the port is not well-formed";
	if (uri.has_fragment)
		return "a redirect URI must not have a fragment (RFC 6749 3.1.2)";
	if (str_find(text, '*') < text.n)
		return "there are no wildcards; register each redirect URI in full";
	if (has_dot_segment(uri.path))
		return "the path must not hold dot segments";
	if (has_ambiguous_escape(uri.path, true) || has_ambiguous_escape(uri.query, false))
		return "an escaped control byte, slash, backslash or percent sign is not allowed";
	if (web)
		return check_web(&uri);
	if (str_find(uri.authority, '@') < uri.authority.n)
		return "a redirect URI must not carry user information";
	return NULL;
}

enum rc uri_check_redirect(struct str text, bool native, const char **ret_why)
{
	const char *why = redirect_fault(text, native);

	if (!why)
		return RC_OK;
	*ret_why = why;
	return RC_INVALID;
}

/* What stands behind the authority. */
static struct str after_authority(const struct uri *uri)
{
	const char *end = uri->authority.p + uri->authority.n;

	return (struct str){.p = end, .n = (size_t)(uri->text.p + uri->text.n - end)};
}

bool uri_redirect_matches(struct str registered, struct str presented, bool native)
{
	struct uri r, p;

	if (str_eq(registered, presented))
		return true;
	if (uri_parse(registered, &r) != RC_OK || uri_parse(presented, &p) != RC_OK)
		return false;
	if (!str_eq_c(r.scheme, "http") || r.has_userinfo)
		return false;
	/* RFC 8252 8.3: native libraries use the name, too, with the port they could get. */
	if (!is_loopback(&r) && !(native && str_eq_c(r.host, "localhost")))
		return false;
	return str_eq(r.scheme, p.scheme) && str_eq(r.host, p.host) && !p.has_userinfo &&
	       str_eq(after_authority(&r), after_authority(&p));
}

struct str uri_origin(const struct uri *uri)
{
	if (uri->has_userinfo)
		return STR_NONE;
	return str_sub(uri->text, 0, (size_t)(uri->authority.p + uri->authority.n - uri->text.p));
}
