/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The models of the account pages, field by field. */
#include "web/field_macros.h"
#include "web/page_tables.h"

static const char *const not_me_words[] = {"ask", "done", "over", NULL};
static const char *const notice_kind_words[] = {"password_changed", "password_reset",
	"secret_issued", "email_changed", "mobile_changed", "thaid_only", "password_allowed", NULL};

#define M struct web_not_me
const struct tmpl_field web_not_me_fields[] = {
	F_WORD(M, state, "not-me", not_me_words),
	F_WORD(M, what, "notice-kind", notice_kind_words),
	F(M, when, TMPL_TIME),
	F(M, action, TMPL_URL),
	F(M, token, TMPL_TEXT),
	F(M, login_url, TMPL_URL),
	F_LIST(M, support_contacts, web_support_contact_fields),
	F_END,
};
#undef M

#define M struct web_recovery_request
const struct tmpl_field web_recovery_request_fields[] = {
	F(M, portal, TMPL_TEXT),
	F(M, asked, TMPL_BOOL),
	F(M, username, TMPL_TEXT),
	F(M, thaid_url, TMPL_URL),
	F(M, action, TMPL_URL),
	F(M, step, TMPL_TEXT),
	F(M, back_url, TMPL_URL),
	F_END,
};
#undef M

static const char *const reset_words[] = {"open", "prove", "done", "over", NULL};

#define M struct web_recovery
const struct tmpl_field web_recovery_fields[] = {
	F_WORD(M, state, "reset-state", reset_words),
	F(M, username, TMPL_TEXT),
	F(M, action, TMPL_URL),
	F(M, token, TMPL_TEXT),
	F_WORD(M, notice, "code-notice", web_login_message_words),
	F(M, wait, TMPL_DURATION),
	F_LIST(M, targets, web_target_fields),
	F(M, send_action, TMPL_URL),
	F(M, send_step, TMPL_TEXT),
	F(M, upstream_action, TMPL_URL),
	F(M, upstream_step, TMPL_TEXT),
	F(M, login_url, TMPL_URL),
	F_END,
};
#undef M

static const char *const way_words[] = {
	"open", "initial", "none", "office", "thaid_only", "not_me", "admin", "suspended", NULL};

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
const struct tmpl_field web_auth_methods_fields[] = {
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
const struct tmpl_field web_switch_fields[] = {
	F(M, proven, TMPL_BOOL),
	F_LIST(M, accounts, web_label_fields),
	F(M, action, TMPL_URL),
	F(M, csrf, TMPL_TEXT),
	F(M, back_url, TMPL_URL),
	F_END,
};
#undef M
