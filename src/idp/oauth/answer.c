/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/oauth/answer.h"

#include "base/array.h"
#include "directory/names.h"
#include "core/page.h"
#include "idp/oauth/auth_request_rules.h"
#include "idp/oauth/pages_oauth.h"

#define ANSWER_FIELDS_MAX 6
#define URL_WITH_MAX      32768u
#define SHOWN_MAX         300u /* bytes of foreign text on a page */

/* "https://p.go.th/cb?" and "...?a=1&" are registered, too: no '&' is doubled. */
static bool needs_separator(struct str url)
{
	return url.n && url.p[url.n - 1] != '?' && url.p[url.n - 1] != '&';
}

struct str url_with(struct op *op, struct str url, const struct form_pair *pairs, size_t n)
{
	bool has_query = str_find(url, '?') < url.n;
	struct buf query, out;

	buf_init(&query, op->tx.a, URL_WITH_MAX);
	for (size_t i = 0; i < n; i++)
		if (pairs[i].value.n)
			form_add(&query, pairs[i].name, pairs[i].value);
	buf_init(&out, op->tx.a, URL_WITH_MAX);
	buf_add(&out, url);
	if (query.n && needs_separator(url))
		buf_add_byte(&out, has_query ? '&' : '?');
	buf_add(&out, buf_str(&query));
	return buf_str(&out);
}

/* The same behind '#'; a registered redirect URI has no fragment. */
static struct str url_with_fragment(
	struct op *op, struct str url, const struct form_pair *pairs, size_t n)
{
	struct buf out;

	buf_init(&out, op->tx.a, URL_WITH_MAX);
	buf_add(&out, url);
	buf_add_byte(&out, '#');
	buf_add(&out, url_with(op, STR_NONE, pairs, n));
	return buf_str(&out);
}

static void post_form(struct op *op, const struct auth_request *request, struct str portal,
	const struct form_pair *pairs, size_t n)
{
	struct web_form_field *fields = arena_array(op->tx.a, n, struct web_form_field);
	struct web_form_post model = {.portal = portal, .action = request->redirect_uri};
	const struct page_options options = {.ui_locales = request->lang};
	size_t kept = 0;

	for (size_t k = 0; k < n; k++)
		if (pairs[k].value.n)
			fields[kept++] = (struct web_form_field){pairs[k].name, pairs[k].value};
	model.fields.v = fields;
	model.fields.n = kept;
	page_send(op, 200, &web_page_form_post, &model, &options);
}

static void send_pairs(struct op *op, const struct auth_request *request, struct str portal,
	const struct form_pair *pairs, size_t n)
{
	struct str url;

	if (str_eq_c(request->response_mode, "form_post")) {
		post_form(op, request, portal, pairs, n);
		return;
	}
	url = str_eq_c(request->response_mode, RESPONSE_MODE_FRAGMENT)
		      ? url_with_fragment(op, request->redirect_uri, pairs, n)
		      : url_with(op, request->redirect_uri, pairs, n);
	page_leave(op, url, portal, request->lang);
}

void answer_code(
	struct op *op, const struct auth_request *request, struct str portal, struct str code)
{
	const struct form_pair pairs[] = {
		{STR("code"), code},
		{STR("state"), request->state},
		{STR("iss"), op->tx.settings->issuer},
	};

	send_pairs(op, request, portal, pairs, ARRAY_LEN(pairs));
}

void answer_error(struct op *op, const struct auth_request *request, struct str portal,
	const struct oauth_error *e)
{
	const struct form_pair pairs[] = {
		{STR("error"), str_c(e->code)},
		{STR("error_description"), str_c(e->text)},
		{STR("state"), request->state},
		{STR("iss"), op->tx.settings->issuer},
	};

	error_log(op, e, request->client);
	send_pairs(op, request, portal, pairs, ARRAY_LEN(pairs));
}

/* Foreign text on our page: bounded, and only when it is text. */
static struct str shown(struct str s)
{
	s = str_sub(s, 0, SHOWN_MAX);
	while (s.n && !str_is_utf8(s))
		s.n--;
	return s;
}

void answer_untrusted(struct op *op, const struct client *client, const struct oauth_error *e)
{
	struct web_oauth_error model = {
		.error = str_c(e->code),
		.hint = str_c(e->text),
		.client_id = shown(op_param(op, "client_id")),
		.redirect_uri = shown(op_param(op, "redirect_uri")),
	};

	op_refuse(op);
	error_log(op, e, model.client_id);
	if (client)
		model.portal = name_of_client(op, client);
	page_send(op, e->status, &web_page_oauth_error, &model, NULL);
}
