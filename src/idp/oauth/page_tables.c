/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The pages and their models, field by field. */
#include "idp/oauth/pages_oauth.h"
#include "web/field_macros.h"
#include "web/page_tables.h"

#define M struct web_oauth_error
static const struct tmpl_field oauth_error_fields[] = {
	F(M, error, TMPL_TEXT),
	F(M, hint, TMPL_TEXT),
	F(M, client_id, TMPL_TEXT),
	F(M, redirect_uri, TMPL_TEXT),
	F(M, portal, TMPL_TEXT),
	F_END,
};
#undef M

#define M struct web_logout_confirm
static const struct tmpl_field logout_confirm_fields[] = {
	F(M, portal, TMPL_TEXT),
	F(M, user, TMPL_TEXT),
	F_PORTALS(M),
	F(M, action, TMPL_URL),
	F(M, csrf, TMPL_TEXT),
	F(M, request, TMPL_TEXT),
	F_END,
};
#undef M

#define M struct web_form_field
static const struct tmpl_field form_field_fields[] = {
	F(M, name, TMPL_TEXT),
	F(M, value, TMPL_TEXT),
	F_END,
};
#undef M

#define M struct web_form_post
static const struct tmpl_field form_post_fields[] = {
	F(M, portal, TMPL_TEXT),
	F(M, action, TMPL_URL),
	F_LIST(M, fields, form_field_fields),
	F_END,
};
#undef M

const struct page_type web_page_oauth_error = {
	.source = "oauth_error.html", .fields = oauth_error_fields};

const struct page_type web_page_logout_confirm = {
	.source = "logout_confirm.html", .fields = logout_confirm_fields};

const struct page_type web_page_form_post = {.source = "form_post.html",
	.fields = form_post_fields,
	.referrer = "strict-origin",
	.posts_away = true};
