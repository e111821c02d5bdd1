/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The pages and their models, field by field. */
#include "deliver/message.h"
#include "base/array.h"
#include "idp/account/pages_apps.h"
#include "idp/account/pages_security.h"
#include "idp/login/page_tables.h"
#include "web/field_macros.h"
#include "web/page_tables.h"

#define M struct web_role_grant
static const struct tmpl_field grant_fields[] = {
	F(M, role, TMPL_TEXT),
	F(M, office, TMPL_TEXT),
	F(M, until, TMPL_DATE),
	F_END,
};
#undef M

#define M struct web_system
static const struct tmpl_field system_fields[] = {
	F(M, name, TMPL_TEXT),
	F(M, full, TMPL_TEXT),
	F(M, mark, TMPL_TEXT),
	F(M, last, TMPL_TIME),
	F(M, description, TMPL_TEXT),
	F(M, owner, TMPL_TEXT),
	F(M, open_url, TMPL_URL),
	F_LIST(M, grants, grant_fields),
	F(M, more, TMPL_I64),
	F_END,
};
#undef M

#define M struct web_apps
static const struct tmpl_field apps_fields[] = {
	F(M, name, TMPL_TEXT),
	F(M, username, TMPL_TEXT),
	F(M, office, TMPL_TEXT),
	F_LIST(M, systems, system_fields),
	F(M, search, TMPL_BOOL),
	F(M, asked, TMPL_TEXT),
	F(M, found, TMPL_I64),
	F(M, total, TMPL_I64),
	F(M, thaid_url, TMPL_URL),
	F(M, sessions, TMPL_I64),
	F_LIST(M, support_contacts, web_support_contact_fields),
	F(M, csrf, TMPL_TEXT),
	F(M, logout_action, TMPL_URL),
	F_END,
};
#undef M

const struct page_type web_page_apps = {.source = "apps.html", .fields = apps_fields};

static const char *const not_me_words[] = {"ask", "done", "over", NULL};
_Static_assert(ARRAY_LEN(not_me_words) == WEB_NOT_ME_STATE_MAX_ + 1, "a word for each value");
_Static_assert((int)WEB_NOTIFICATION_PASSWORD_ALLOWED + 1 == (int)SECURITY_NOTIFICATION_KIND_MAX,
	"the page names every kind of notification");
#define M struct web_not_me
static const struct tmpl_field web_not_me_fields[] = {
	F_WORD(M, state, "not-me", not_me_words),
	F_WORD(M, what, "notice-kind", security_notification_words),
	F(M, when, TMPL_TIME),
	F(M, action, TMPL_URL),
	F(M, token, TMPL_TEXT),
	F(M, login_url, TMPL_URL),
	F_PORTALS(M),
	F_LIST(M, support_contacts, web_support_contact_fields),
	F_END,
};
#undef M

static const char *const way_words[] = {
	"open", "initial", "none", "office", "thaid_only", "not_me", "admin", "suspended", NULL};
_Static_assert(ARRAY_LEN(way_words) == WEB_PASSWORD_LOGIN_STATE_MAX_ + 1, "a word for each value");
#define M struct web_account_password_login
static const struct tmpl_field account_way_fields[] = {
	F(M, username, TMPL_TEXT),
	F(M, office, TMPL_TEXT),
	F_WORD(M, state, "way", way_words),
	F(M, set, TMPL_DATE),
	F(M, expires, TMPL_DATE),
	F(M, closed_at, TMPL_TIME),
	F(M, code, TMPL_BOOL),
	F(M, code_from, TMPL_DATE),
	F_END,
};
#undef M

#define M struct web_auth_methods
static const struct tmpl_field web_auth_methods_fields[] = {
	F(M, closed, TMPL_BOOL),
	F(M, thaid, TMPL_BOOL),
	F_LIST(M, accounts, account_way_fields),
	F(M, codes, TMPL_BOOL),
	F_LIST(M, targets, web_target_fields),
	F(M, switch_url, TMPL_URL),
	F_END,
};
#undef M

#define M struct web_switch
static const struct tmpl_field web_switch_fields[] = {
	F(M, proven, TMPL_BOOL),
	F_LIST(M, accounts, web_label_fields),
	F(M, action, TMPL_URL),
	F(M, csrf, TMPL_TEXT),
	F(M, back_url, TMPL_URL),
	F_END,
};
#undef M

const struct page_type web_page_not_me = {.source = "not_me.html", .fields = web_not_me_fields};

const struct page_type web_page_auth_methods = {
	.source = "ways.html", .fields = web_auth_methods_fields, .tab = "ways"};

const struct page_type web_page_switch = {
	.source = "switch.html", .fields = web_switch_fields, .tab = "ways"};
