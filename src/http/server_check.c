/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The rules on a request's head. What could be read in two ways is refused, not repaired. */
#include "base/arena.h"
#include "base/array.h"
#include "base/clock.h"
#include "base/die.h"
#include "http/server_priv.h"
#include "obs/log.h"
#include "obs/metrics.h"

#include <stddef.h>

/* ---- target (RFC 9112 3.2) ---- */

/* pchar of RFC 3986 3.3 without escapes: no path of ours needs one, so none can be misread. */
static const char path_extra[] = "/-._~!$&'()*+,;=:@";

static bool alnum(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool path_ok(struct str path)
{
	for (size_t i = 0; i < path.n; i++) {
		unsigned char c = (unsigned char)path.p[i];

		if (!alnum(c) && (c == 0 || !strchr(path_extra, c)))
			return false;
	}
	return path.n > 0 && path.p[0] == '/';
}

/* A client resolves "." and ".." before it sends (RFC 3986 5.2.4); on the wire they are an attack.
 */
static bool has_dot_segment(struct str path)
{
	struct str rest = path, segment;

	while (str_cut(&rest, '/', &segment)) {
		if (str_eq(segment, STR(".")) || str_eq(segment, STR("..")))
			return true;
	}
	return false;
}

/* The escapes in it are the form parser's business. */
static bool query_ok(struct str query)
{
	for (size_t i = 0; i < query.n; i++) {
		unsigned char c = (unsigned char)query.p[i];

		if (c <= 0x20 || c >= 0x7f || c == '#')
			return false;
	}
	return true;
}

/* Takes "http://authority" off an absolute-form target (RFC 9112 3.2.2). */
static struct str origin_form(struct http_private *p, struct str target)
{
	static const struct str schemes[] = {STR_INIT("http://"), STR_INIT("https://")};
	struct str rest;
	size_t slash;

	for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
		if (!str_starts(target, schemes[i]))
			continue;
		rest = str_sub(target, schemes[i].n, target.n);
		slash = str_find(rest, '/');
		p->authority = str_sub(rest, 0, slash);
		return str_sub(rest, slash, rest.n);
	}
	return target;
}

void check_target(struct http_private *p, struct str raw)
{
	struct http_request *r = &p->x.request;
	struct str target;
	size_t question;

	p->target_n = raw.n;
	r->path = r->query = r->tail = r->body = STR_NONE;
	if (raw.n > HTTP_TARGET_MAX) {
		request_refuse(p, 414, "the request target is too long");
		return;
	}
	/* A copy, because MHD splits its own in place. */
	target = origin_form(p, str_dup(p->x.arena, raw));
	question = str_find(target, '?');
	r->path = str_sub(target, 0, question);
	r->query = str_sub(target, question + 1, target.n);
	if (!path_ok(r->path) || has_dot_segment(r->path) || !query_ok(r->query))
		request_refuse(p, 400, "the request target is ill-formed");
}

/* ---- header fields ---- */

#define REQUEST(field) offsetof(struct http_private, x.request.field)
#define PRIVATE(field) offsetof(struct http_private, field)

static const struct {
	struct str name;
	size_t offset;
} fields[] = {
	{STR_INIT("host"), REQUEST(host)},
	{STR_INIT("accept"), REQUEST(accept)},
	{STR_INIT("cookie"), REQUEST(cookie)},
	{STR_INIT("expect"), PRIVATE(expect)},
	{STR_INIT("origin"), REQUEST(origin)},
	{STR_INIT("referer"), REQUEST(referer)},
	{STR_INIT("user-agent"), REQUEST(user_agent)},
	{STR_INIT("content-type"), REQUEST(content_type)},
	{STR_INIT("x-request-id"), REQUEST(x_request_id)},
	{STR_INIT("authorization"), REQUEST(authorization)},
	{STR_INIT("if-none-match"), REQUEST(if_none_match)},
	{STR_INIT("content-length"), PRIVATE(content_length)},
	{STR_INIT("sec-fetch-site"), REQUEST(sec_fetch_site)},
	{STR_INIT("accept-encoding"), PRIVATE(accept_encoding)},
	{STR_INIT("accept-language"), REQUEST(accept_language)},
	{STR_INIT("transfer-encoding"), PRIVATE(transfer_encoding)},
};

#define N_FIELDS (ARRAY_LEN(fields))

/* tchar of RFC 9110 5.6.2; MHD lets other bytes pass, also a space before the colon. */
static bool name_ok(struct str name)
{
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];

		if (!alnum(c) && (c == 0 || !strchr("!#$%&'*+-.^_`|~", c)))
			return false;
	}
	return name.n > 0;
}

static void ill_formed(struct http_private *p, const char *why)
{
	p->doubtful = true;
	request_refuse(p, 400, why);
}

/* Every proxy may add a line of its own instead of lengthening the last one. */
static void collect_forwarded(struct http_private *p, struct str value)
{
	if (p->n_forwarded == FORWARDED_MAX)
		ill_formed(p, "too many X-Forwarded-For lines");
	else
		p->forwarded[p->n_forwarded++] = value;
}

void collect_header(struct http_private *p, struct str name, struct str value)
{
	struct str *slot;

	if (!name_ok(name)) {
		ill_formed(p, "a header line is ill-formed");
		return;
	}
	value = str_trim(value);
	if (str_ieq(name, STR("x-forwarded-for"))) {
		collect_forwarded(p, value);
		return;
	}
	for (size_t i = 0; i < N_FIELDS; i++) {
		if (fields[i].name.n != name.n || !str_ieq(fields[i].name, name))
			continue;
		slot = (struct str *)((char *)p + fields[i].offset);
		if (slot->p)
			ill_formed(p, "a header that may stand once stands twice");
		if (str_has_control(value))
			ill_formed(p, "a header value holds a control character");
		*slot = value;
		return;
	}
}

/* ---- where the request ends (RFC 9112 6) ---- */

static void check_framing(struct http_private *p, bool http_1_0)
{
	struct str encoding = p->transfer_encoding;

	if (!encoding.p)
		return;
	if (p->content_length.p)
		ill_formed(p, "Content-Length and Transfer-Encoding exclude each other");
	if (http_1_0)
		ill_formed(p, "Transfer-Encoding does not exist in HTTP/1.0");
	if (str_ieq(encoding, STR("chunked")))
		return;
	p->doubtful = true;
	request_refuse(p, 501, "only the chunked transfer coding is known here");
}

/* ---- the host addressed, and the client ---- */

static bool host_known(const struct strlist *hosts, struct str host)
{
	for (size_t i = 0; i < hosts->n; i++) {
		if (str_ieq(hosts->v[i], host))
			return true;
	}
	return false;
}

/* The host without its port and brackets: "[::1]:8081", "127.0.0.1:8081". */
static struct str without_port(struct str host)
{
	size_t end = str_find(host, ']'), colon = str_find(host, ':');
	struct str behind = str_sub(host, colon + 1, host.n);

	if (host.n && host.p[0] == '[')
		return str_sub(host, 1, end - 1);
	/* Two colons: an address of version 6 without brackets. */
	return str_find(behind, ':') < behind.n ? host : str_sub(host, 0, colon);
}

/* http_server_options.hosts_by_address. */
static bool host_by_address(const struct strlist *hosts, struct str host)
{
	struct str name = without_port(host);
	struct ip_address address;

	return !host.n || str_ieq(name, STR("localhost")) || host_known(hosts, host) ||
	       host_known(hosts, name) || ip_address_parse(name, &address) == RC_OK;
}

static bool for_any_host(struct http_private *p)
{
	struct str tail;
	const struct http_route *route =
		routes_find(&p->loop->server->routes, p->x.request.path, &tail);

	return route && (route->flags & HTTP_ANY_HOST);
}

/* Nothing is ever built from Host; refusing foreign ones also ends DNS rebinding. X-Forwarded-Host
 * and its like have no meaning here at all. */
static void check_host(struct http_private *p)
{
	const struct http_server_options *o = &p->loop->server->options;
	const struct strlist *hosts = &o->hosts;
	struct str host = p->x.request.host;

	if (p->authority.n && !str_ieq(p->authority, host)) {
		request_refuse(p, 400, "the target's authority and Host differ");
		return;
	}
	if (o->hosts_by_address ? !host_by_address(hosts, host)
				: hosts->n && !host_known(hosts, host) && !for_any_host(p))
		request_refuse(p, 421, "this server does not answer for that Host");
}

/* Takes the text behind the last comma off *list. */
static bool last_hop(struct str *list, struct str *ret_hop)
{
	size_t i = list->n;

	if (!list->p)
		return false;
	while (i > 0 && list->p[i - 1] != ',')
		i--;
	*ret_hop = str_trim(str_sub(*list, i, list->n));
	*list = i ? str_sub(*list, 0, i - 1) : (struct str){.p = NULL};
	return true;
}

/* Digits of a port behind the colon at the start of s, or nothing at all. */
static bool is_port_or_none(struct str s)
{
	uint64_t port;

	return !s.n || (s.p[0] == ':' && s.n > 1 && str_to_u64(str_sub(s, 1, s.n), 65535, &port));
}

/* A hop as proxies write it: an address, also with a port ("192.0.2.1:4711") and in brackets
 * ("[2001:db8::1]", "[2001:db8::1]:4711"). */
static enum rc parse_hop(struct str hop, struct ip_address *ret)
{
	size_t end = str_find(hop, ']'), colon = str_find(hop, ':');

	if (ip_address_parse(hop, ret) == RC_OK)
		return RC_OK;
	if (str_starts(hop, STR("[")) && end < hop.n &&
		is_port_or_none(str_sub(hop, end + 1, hop.n)))
		return ip_address_parse(str_sub(hop, 1, end - 1), ret);
	if (colon < hop.n && is_port_or_none(str_sub(hop, colon, hop.n)))
		return ip_address_parse(str_sub(hop, 0, colon), ret);
	return RC_INVALID;
}

/* A proxy that names no address makes all its clients one: its operator learns of it, once an
 * interval. */
static void log_unreadable(struct http_private *p, struct str hop)
{
	struct http_server *s = p->loop->server;
	int64_t now = monotonic_ms(), due = atomic_load(&s->forwarded_log_at);

	if (now < due ||
		!atomic_compare_exchange_strong(&s->forwarded_log_at, &due, now + FORWARDED_LOG_MS))
		return;
	log_emit(LOG_EVENT_FORWARDED_UNREADABLE, LOG_S("peer", str_c(p->link->peer)),
		LOG_S("value", str_is_utf8(hop) ? str_sub(hop, 0, FORWARDED_SHOWN) : STR("?")));
}

/* The right-most address that is not a proxy of ours: what stands left of it, the client wrote. */
static void find_peer(struct http_private *p)
{
	struct http_server *s = p->loop->server;
	struct ip_address a = p->link->address;
	size_t line = p->n_forwarded, hops = 0;
	struct str list = {.p = NULL}, hop;
	char text[IP_ADDRESS_TEXT_MAX];

	while (ip_address_is_trusted_proxy(s, &a) && hops++ < FORWARDED_MAX) {
		if (!list.p && line > 0)
			list = p->forwarded[--line];
		if (!last_hop(&list, &hop))
			break;
		if (parse_hop(hop, &a) != RC_OK) {
			log_unreadable(p, hop);
			break;
		}
	}
	if (hops == 0)
		return;
	p->client = a;
	ip_address_text(&a, text);
	p->x.request.peer = str_dup(p->x.arena, str_c(text));
}

/* ---- where a form was sent from ---- */

/* The origin of this site, as the request's own Host (checked before) and the scheme say it. */
static bool is_own_origin(const struct http_private *p, struct str origin)
{
	struct str rest = STR_NONE;

	if (str_starts(origin, STR("https://")))
		rest = str_sub(origin, 8, origin.n);
	else if (str_starts(origin, STR("http://")) && !p->loop->server->options.secure_cookies)
		rest = str_sub(origin, 7, origin.n);
	return rest.n && str_ieq(rest, p->x.request.host);
}

/*
 * Fetch Metadata: same-origin, or none (typed, a bookmark). Another site below the same domain is
 * not this one. Without that header Origin decides, which all browsers send with POST; "null" is
 * what sandboxes and pages of files send, and our pages do not ("Referrer-Policy" in web/page.c).
 */
static bool is_own_form(const struct http_private *p)
{
	struct str site = p->x.request.sec_fetch_site, origin = p->x.request.origin;

	if (site.p && !str_eq_c(site, "same-origin") && !str_eq_c(site, "none"))
		return false;
	if (!origin.p || (site.p && str_eq_c(origin, "null")))
		return true;
	return is_own_origin(p, origin);
}

static void check_site(struct http_private *p)
{
	const struct http_route *route = p->x.route;

	if (p->x.request.method != HTTP_POST || !(route->flags & HTTP_PAGE) ||
		route->flags & HTTP_CROSS_SITE || is_own_form(p))
		return;
	metric_add(METRIC_CROSS_SITE_FORMS, 1);
	request_refuse(p, 403, "this form was sent by another site");
}

/* ---- the request ---- */

static const struct {
	char name[8];
	enum http_method method;
} methods[] = {
	{"GET", HTTP_GET},
	{"POST", HTTP_POST},
	{"HEAD", HTTP_HEAD},
	{"DELETE", HTTP_DELETE},
	{"OPTIONS", HTTP_OPTIONS},
};

#define N_METHODS (ARRAY_LEN(methods))

enum http_method method_parse(const char *name)
{
	for (size_t i = 0; i < N_METHODS; i++) {
		if (strcmp(name, methods[i].name) == 0)
			return methods[i].method;
	}
	return HTTP_OTHER;
}

static unsigned methods_of(const struct http_route *route)
{
	unsigned bits = route->methods;

	if (bits & HTTP_ON(HTTP_GET))
		bits |= HTTP_ON(HTTP_HEAD);
	if (route->flags & HTTP_CORS)
		bits |= HTTP_ON(HTTP_OPTIONS);
	return bits;
}

static void refuse_method(struct http_private *p, unsigned allowed)
{
	struct buf b;

	buf_init(&b, p->x.arena, 64);
	for (size_t i = 0; i < N_METHODS; i++) {
		if (!(allowed & HTTP_ON(methods[i].method)))
			continue;
		if (b.n)
			buf_add_c(&b, ", ");
		buf_add_c(&b, methods[i].name);
	}
	http_header_add(&p->x, "Allow", buf_str(&b));
	request_refuse(p, 405, "this endpoint does not know that method");
}

static void find_route(struct http_private *p)
{
	struct http_request *r = &p->x.request;
	const struct http_route *route;
	unsigned allowed;

	route = routes_find(&p->loop->server->routes, r->path, &r->tail);
	if (!route) {
		request_refuse(p, 404, "there is nothing here");
		return;
	}
	p->x.route = route;
	if (route->body_max)
		p->body_max = route->body_max;
	allowed = methods_of(route);
	if (!(allowed & HTTP_ON(r->method)) || r->method == HTTP_OTHER)
		refuse_method(p, allowed);
}

static void check_length(struct http_private *p)
{
	uint64_t length;

	if (!p->content_length.p)
		return;
	if (!str_to_u64(p->content_length, p->body_max, &length))
		request_refuse(p, 413, "the request body is over this endpoint's maximum");
}

void check_head(struct http_private *p, size_t header_bytes, bool http_1_0)
{
	check_framing(p, http_1_0);
	if (!http_1_0 && !p->x.request.host.p)
		ill_formed(p, "HTTP/1.1 requires a Host"); /* RFC 9112 3.2 */
	if (p->n_forwarded)
		find_peer(p);
	if (p->refused)
		return;
	if (p->x.request.cookie.n > HTTP_COOKIES_MAX)
		request_refuse(p, 431, "the cookies of this domain are too long; delete them");
	else if (header_bytes - p->x.request.cookie.n > HTTP_HEADER_MAX)
		request_refuse(p, 431, "the request headers are too long");
	check_host(p);
	if (p->refused)
		return;
	find_route(p);
	if (!p->refused)
		check_site(p);
	if (!p->refused)
		check_length(p);
}
