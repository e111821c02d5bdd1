/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The pages and their models, field by field. */
#include "base/array.h"
#include "idp/ciba/pages_ciba.h"
#include "web/field_macros.h"
#include "web/page_tables.h"

static const char *const notice_words[] = {
	"none", "approved", "refused", "not_me", "code_set", "code_removed", "code_form", NULL};
_Static_assert(ARRAY_LEN(notice_words) == WEB_CIBA_NOTICE_MAX_ + 1, "a word for each value");
static const char *const state_words[] = {"ask", "unable", NULL};
_Static_assert(ARRAY_LEN(state_words) == WEB_CIBA_STATE_MAX_ + 1, "a word for each value");

#define M struct web_ciba_row
static const struct tmpl_field row_fields[] = {
	F(M, portal, TMPL_TEXT),
	F(M, message, TMPL_TEXT),
	F(M, url, TMPL_URL),
	F(M, created, TMPL_TIME),
	F(M, expires, TMPL_TIME),
	F_END,
};
#undef M

#define M struct web_ciba_list
static const struct tmpl_field list_fields[] = {
	F_WORD(M, notice, "requests-notice", notice_words),
	F(M, has_code, TMPL_BOOL),
	F(M, code_action, TMPL_URL),
	F(M, csrf, TMPL_TEXT),
	F_LIST(M, requests, row_fields),
	F_END,
};
#undef M

#define M struct web_ciba_scope
static const struct tmpl_field scope_fields[] = {
	F_LABEL(M, scope, "scope"),
	F_END,
};
#undef M

#define M struct web_ciba_request
static const struct tmpl_field request_fields[] = {
	F_WORD(M, state, NULL, state_words),
	F(M, portal, TMPL_TEXT),
	F(M, system, TMPL_TEXT),
	F(M, office, TMPL_TEXT),
	F(M, user, TMPL_TEXT),
	F(M, username, TMPL_TEXT),
	F(M, message, TMPL_TEXT),
	F_LIST(M, scopes, scope_fields),
	F_LIST(M, details, web_detail_fields),
	F(M, created, TMPL_TIME),
	F(M, expires, TMPL_TIME),
	F(M, action, TMPL_URL),
	F(M, csrf, TMPL_TEXT),
	F(M, id, TMPL_TEXT),
	F(M, again_url, TMPL_URL),
	F_END,
};
#undef M

const struct page_type web_page_ciba_list = {
	.source = "portal_requests.html",
	.fields = list_fields,
	.tab = "requests",
	.failures = WEB_NOTICE(WEB_CIBA_CODE_FORM),
	.wrong_input = WEB_NOTICE(WEB_CIBA_CODE_FORM),
};
const struct page_type web_page_ciba_request = {
	.source = "portal_request.html", .fields = request_fields, .tab = "requests"};
