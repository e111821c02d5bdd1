/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A browser and a portal's back end, as flow tests need them. */
#include "flow/fixture.h"

#include "base/die.h"

static void keep_cookies(struct browser *b, const struct raw_answer *r)
{
	for (size_t k = 0; k < r->n_headers; k++) {
		struct str rest = r->headers[k].value, pair, name;
		size_t i = 0;

		if (!str_ieq(r->headers[k].name, STR("Set-Cookie")))
			continue;
		if (!str_cut(&rest, ';', &pair) || !str_cut(&pair, '=', &name))
			die("browser: cookie");
		while (i < b->n && !str_eq(b->names[i], name))
			i++;
		if (i == sizeof(b->names) / sizeof(b->names[0]))
			die("browser: too many cookies");
		b->names[i] = name;
		b->values[i] = pair.p ? pair : STR_NONE;
		b->n = i == b->n ? b->n + 1 : b->n;
	}
}

struct str cookie_of(const struct browser *b, const char *name)
{
	for (size_t i = 0; i < b->n; i++)
		if (str_eq_c(b->names[i], name))
			return b->values[i];
	return STR_NONE;
}

static char *cookie_header(struct browser *b)
{
	struct buf out;

	buf_init(&out, b->w->a, 8192);
	for (size_t i = 0; i < b->n; i++) {
		if (!b->values[i].n)
			continue;
		buf_add_c(&out, out.n ? "; " : "Cookie: ");
		buf_add(&out, b->names[i]);
		buf_add_byte(&out, '=');
		buf_add(&out, b->values[i]);
	}
	if (out.n)
		buf_add_c(&out, "\r\n");
	if (b->user_agent)
		buf_addf(&out, "User-Agent: %s\r\n", b->user_agent);
	return out.n ? out.p : NULL;
}

/* Undoes the escaping of attribute values, as far as our own tokens and paths need it. */
static struct str unescape(struct fixture *w, struct str s)
{
	struct buf out;

	buf_init(&out, w->a, s.n);
	while (s.n) {
		bool amp = str_starts(s, STR("&amp;"));

		buf_add_byte(&out, (unsigned char)s.p[0]);
		s = str_sub(s, amp ? 5 : 1, s.n);
	}
	return buf_str(&out);
}

struct str leaves_to(struct fixture *w, const struct raw_answer *r)
{
	return r->status == 200 ? unescape(w, value_after(r->body,
						      "http-equiv=\"refresh\" content=\"0; url="))
				: STR_NONE;
}

/* As browsers do: a page that leaves by itself is as good as a redirect. */
static struct raw_answer followed(struct browser *b, struct raw_answer r)
{
	struct str url = leaves_to(b->w, &r);

	if (!url.n || r.n_headers == RAW_HEADERS_MAX)
		return r;
	r.status = 303;
	r.headers[r.n_headers++] = (struct raw_header){STR("Location"), url};
	return r;
}

/* The text as it is read: the joiners that keep Thai compounds on one line are no letters. */
static struct str without_joiners(struct arena *a, struct str body)
{
	static const char joiner[] = "\xe2\x81\xa0"; /* U+2060 */
	struct buf out;
	const char *at;

	if (!body.n || !memmem(body.p, body.n, joiner, strlen(joiner)))
		return body;
	buf_init(&out, a, body.n + 1);
	while (body.n && (at = memmem(body.p, body.n, joiner, strlen(joiner)))) {
		buf_add(&out, (struct str){body.p, (size_t)(at - body.p)});
		body = str_sub(body, (size_t)(at - body.p) + strlen(joiner), body.n);
	}
	buf_add(&out, body);
	return buf_str(&out);
}

static struct raw_answer ask_from(const struct browser *b, struct str bytes)
{
	struct raw_answer r =
		raw_exchange_from(b->w->a, b->w->port, b->from ? b->from : "127.0.0.1", bytes);

	r.body = without_joiners(b->w->a, r.body);
	return r;
}

struct raw_answer browse_s(struct browser *b, struct str target)
{
	return browse(b, str_dup_c(b->w->a, target));
}

struct raw_answer browse(struct browser *b, const char *target)
{
	struct raw_answer r = ask_from(b, raw_get_bytes(b->w->a, target, cookie_header(b)));

	keep_cookies(b, &r);
	return followed(b, r);
}

/* Where a form of a portal's came without cookies: the same by GET (page_come_again). */
static bool came_again(const struct raw_answer *r, struct str target)
{
	struct str url = location(r);

	return str_starts(url, target) && url.n > target.n && url.p[target.n] == '?';
}

struct raw_answer submit(struct browser *b, struct str target, struct str form)
{
	struct raw_answer r = ask_from(
		b, raw_post_bytes(b->w->a, str_dup_c(b->w->a, target), cookie_header(b), form));

	keep_cookies(b, &r);
	if (r.status == 303 && came_again(&r, target))
		return browse_s(b, location(&r));
	return followed(b, r);
}

struct str authorize_target(struct fixture *w, const char *client, const char *extra)
{
	struct buf out;

	buf_init(&out, w->a, 8192);
	buf_addf(&out,
		"/oauth2/authorize?client_id=%s&redirect_uri=https%%3A%%2F%%2Fportal.test%%2Fcb"
		"&response_type=code&state=st-1&nonce=no-1&code_challenge_method=S256"
		"&code_challenge=" CODE_CHALLENGE "%s%s",
		client, strstr(extra, "&scope=") ? "" : "&scope=openid+profile+email", extra);
	return buf_str(&out);
}

struct str value_after(struct str body, const char *marker)
{
	const char *at = body.n ? memmem(body.p, body.n, marker, strlen(marker)) : NULL;
	struct str rest;

	if (!at)
		return STR_NONE;
	rest = str_sub(body, (size_t)(at - body.p) + strlen(marker), body.n);
	return str_sub(rest, 0, str_find(rest, '"'));
}

struct str url_param(struct fixture *w, struct str url, const char *name)
{
	size_t at = str_find(url, '?');
	struct form form;
	const char *why;

	if (form_parse(w->a, str_sub(url, at + 1, url.n), (struct strlist){NULL, 0}, &form, &why) !=
		RC_OK)
		return STR_NONE;
	return form_get(&form, name);
}

struct str location(const struct raw_answer *r)
{
	struct str url = raw_header(r, "Location");

	return str_starts(url, STR(ISSUER)) ? str_sub(url, strlen(ISSUER), url.n) : url;
}

struct raw_answer pass_login(struct browser *b, const struct raw_answer *to_login)
{
	struct raw_answer page = browse_s(b, location(to_login)), away;
	struct buf form, back;

	if (page.status != 200)
		die("pass_login: no login page");
	buf_init(&form, b->w->a, 1024);
	form_add(&form, STR("step"), value_after(page.body, "name=\"step\" value=\""));
	away = submit(b, unescape(b->w, value_after(page.body, "action=\"")), buf_str(&form));
	if (away.status != 303)
		die("pass_login: the button leads nowhere");
	buf_init(&back, b->w->a, 2048);
	buf_add_c(&back, "/upstream/thaid/callback?code=up-1&");
	buf_add_c(&back, "state=");
	percent_encode(&back, url_param(b->w, location(&away), "state"));
	return browse_s(b, buf_str(&back));
}

struct str login_for_code(struct browser *b, const char *client, const char *extra)
{
	struct raw_answer r = browse_s(b, authorize_target(b->w, client, extra));

	if (str_starts(location(&r), STR("/login")))
		r = pass_login(b, &r);
	return url_param(b->w, location(&r), "code");
}

/* Basic credentials of a client whose secret is the standard one; NULL: no header. */
static char *basic(struct fixture *w, const char *client)
{
	struct buf pair, out;

	if (!client)
		return NULL;
	buf_init(&pair, w->a, 256);
	buf_addf(&pair, "%s:" PORTAL_SECRET, client);
	buf_init(&out, w->a, 512);
	buf_add_c(&out, "Authorization: Basic ");
	buf_add(&out, base64_encode(w->a, buf_str(&pair)));
	buf_add_c(&out, "\r\n");
	return out.p;
}

struct raw_answer post_form(
	struct fixture *w, const char *path, const char *client, struct str form)
{
	return raw_post(w->a, w->port, path, basic(w, client), form);
}

struct raw_answer redeem(
	struct fixture *w, const char *client, struct str code, const char *verifier)
{
	struct buf form;

	buf_init(&form, w->a, 2048);
	form_add(&form, STR("grant_type"), STR("authorization_code"));
	form_add(&form, STR("code"), code);
	form_add(&form, STR("redirect_uri"), STR(PORTAL_CB));
	if (verifier)
		form_add(&form, STR("code_verifier"), str_c(verifier));
	return post_form(w, "/oauth2/token", client, buf_str(&form));
}

struct raw_answer refresh(struct fixture *w, const char *client, struct str token)
{
	struct buf form;

	buf_init(&form, w->a, 2048);
	form_add(&form, STR("grant_type"), STR("refresh_token"));
	form_add(&form, STR("refresh_token"), token);
	return post_form(w, "/oauth2/token", client, buf_str(&form));
}

struct str member(struct fixture *w, const struct raw_answer *r, const char *name)
{
	struct json_value *root;
	struct str value = STR_NONE;

	if (json_value_parse(r->body, 65536, &root) != RC_OK)
		return STR_NONE;
	if (json_value_str(json_value_get(root, name), &value))
		value = str_dup(w->a, value);
	json_value_free(root);
	return value;
}

struct str jwt_payload(struct fixture *w, struct str token)
{
	struct str rest = token, part = STR_NONE, payload;

	if (!str_cut(&rest, '.', &part) || !str_cut(&rest, '.', &part) ||
		base64url_decode(w->a, part, &payload) != RC_OK)
		return STR_NONE;
	return payload;
}
