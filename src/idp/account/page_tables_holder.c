/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The pages and their models, field by field. */
#include "idp/account/pages_history.h"
#include "base/array.h"
#include "idp/account/pages_holder.h"
#include "idp/login/page_tables.h"
#include "web/field_macros.h"
#include "web/page_tables.h"

#define M struct web_holding
static const struct tmpl_field holding_fields[] = {
	F(M, username, TMPL_TEXT),
	F(M, position, TMPL_TEXT),
	F(M, office, TMPL_TEXT),
	F(M, suspended, TMPL_BOOL),
	F_END,
};
#undef M

#define M struct web_auth_method
static const struct tmpl_field way_fields[] = {
	F_LABEL(M, name, "method"),
	F(M, accounts, TMPL_I64),
	F_END,
};
#undef M

#define M struct web_profile
static const struct tmpl_field web_profile_fields[] = {
	F(M, name_th, TMPL_TEXT),
	F(M, name_en, TMPL_TEXT),
	F(M, citizen, TMPL_TEXT),
	F_LABEL(M, ial, "ial"),
	{.name = "ial_number", .type = TMPL_TEXT, .offset = offsetof(M, ial)},
	F(M, ial_time, TMPL_DATE),
	F(M, prover, TMPL_TEXT),
	F_LIST(M, accounts, holding_fields),
	F_LIST(M, support_contacts, web_support_contact_fields),
	F_LIST(M, ways, way_fields),
	F(M, email, TMPL_TEXT),
	F(M, mobile, TMPL_TEXT),
	F(M, email_verified, TMPL_BOOL),
	F(M, mobile_verified, TMPL_BOOL),
	F(M, login_time, TMPL_TIME),
	F_LABEL(M, login_method, "method"),
	F(M, login_device, TMPL_TEXT),
	F(M, login_address, TMPL_TEXT),
	F_LABEL(M, aal, "aal"),
	{.name = "aal_number", .type = TMPL_TEXT, .offset = offsetof(M, aal)},
	F(M, before_time, TMPL_TIME),
	F_LABEL(M, before_method, "method"),
	F(M, before_address, TMPL_TEXT),
	F(M, thai, TMPL_BOOL),
	F(M, lang_action, TMPL_URL),
	F(M, csrf, TMPL_TEXT),
	F_END,
};
#undef M

static const char *const session_notice_words[] = {"none", "session_ended", "others_ended", NULL};
_Static_assert(
	ARRAY_LEN(session_notice_words) == WEB_SESSIONS_MESSAGE_MAX_ + 1, "a word for each value");
#define M struct web_session
static const struct tmpl_field session_fields[] = {
	F(M, id, TMPL_TEXT),
	F(M, device, TMPL_TEXT),
	F(M, address, TMPL_TEXT),
	F_LABEL(M, method, "method"),
	F(M, since, TMPL_TIME),
	F(M, last_used, TMPL_TIME),
	F(M, current, TMPL_BOOL),
	F_LIST(M, portals, web_label_fields),
	F(M, portals_more, TMPL_I64),
	F_END,
};
#undef M

#define M struct web_sessions
static const struct tmpl_field web_sessions_fields[] = {
	F_WORD(M, notice, "notice", session_notice_words),
	F_LIST(M, sessions, session_fields),
	F(M, several, TMPL_BOOL),
	F(M, csrf, TMPL_TEXT),
	F(M, end_action, TMPL_URL),
	F(M, others_action, TMPL_URL),
	F(M, everywhere_action, TMPL_URL),
	F_END,
};
#undef M

static const char *const password_words[] = {"none", "closed", "open", NULL};
_Static_assert(ARRAY_LEN(password_words) == WEB_PASSWORD_STATE_MAX_ + 1, "a word for each value");
#define M struct web_password_account
static const struct tmpl_field password_account_fields[] = {
	F(M, id, TMPL_TEXT),
	F(M, username, TMPL_TEXT),
	F(M, office, TMPL_TEXT),
	F(M, choose_url, TMPL_URL),
	F_WORD(M, state, "password-state", password_words),
	F_END,
};
#undef M

static const char *const set_words[] = {
	"none", "done", "mismatch", "rules", "busy", "elsewhere", NULL};
_Static_assert(ARRAY_LEN(set_words) == WEB_SET_PASSWORD_MESSAGE_MAX_ + 1, "a word for each value");
#define M struct web_set_password
static const struct tmpl_field web_set_password_fields[] = {
	F_WORD(M, notice, "set-notice", set_words),
	F(M, by_password, TMPL_BOOL),
	F(M, account, TMPL_TEXT),
	F(M, username, TMPL_TEXT),
	F_LIST(M, rules, web_rule_fields),
	F_LIST(M, accounts, password_account_fields),
	F_LIST(M, support_contacts, web_support_contact_fields),
	F(M, action, TMPL_URL),
	F(M, csrf, TMPL_TEXT),
	F(M, onward_url, TMPL_URL),
	F_END,
};
#undef M

const struct page_type web_page_sessions = {
	.source = "sessions.html", .fields = web_sessions_fields, .tab = "sessions"};

const struct page_type web_page_set_password = {.source = "set_password.html",
	.fields = web_set_password_fields,
	.tab = "password",
	.failures = WEB_NOTICE(WEB_SET_MISMATCH) | WEB_NOTICE(WEB_SET_RULES) |
		    WEB_NOTICE(WEB_SET_BUSY) | WEB_NOTICE(WEB_SET_ELSEWHERE),
	.wrong_input = WEB_NOTICE(WEB_SET_MISMATCH) | WEB_NOTICE(WEB_SET_RULES)};

const struct page_type web_page_profile = {
	.source = "profile.html", .fields = web_profile_fields, .tab = "profile"};

#define M struct web_event
static const struct tmpl_field event_fields[] = {
	F_LABEL(M, name, "event"),
	F(M, time, TMPL_TIME),
	F(M, why, TMPL_TEXT),
	F(M, username, TMPL_TEXT),
	F(M, portal, TMPL_TEXT),
	F(M, address, TMPL_TEXT),
	F(M, device, TMPL_TEXT),
	F(M, here, TMPL_BOOL),
	F(M, other, TMPL_BOOL),
	F_END,
};
#undef M

#define M struct web_activity
static const struct tmpl_field web_activity_fields[] = {
	F(M, days, TMPL_I64),
	F_LIST(M, events, event_fields),
	F_PAGING(M, paging),
	F(M, sessions_url, TMPL_URL),
	F_END,
};
#undef M

static const struct tmpl_field agreed_scope_fields[] = {
	F_LABEL(struct web_agreed_scope, scope, "scope"),
	F_END,
};

#define M struct web_agreed
static const struct tmpl_field agreed_fields[] = {
	F(M, client, TMPL_TEXT),
	F(M, portal, TMPL_TEXT),
	F_LIST(M, scopes, agreed_scope_fields),
	F(M, given, TMPL_TIME),
	F(M, withdrawn, TMPL_TIME),
	F(M, stands, TMPL_BOOL),
	F(M, replaced, TMPL_BOOL),
	F(M, text_version, TMPL_TEXT),
	F(M, text_hash, TMPL_TEXT),
	F_END,
};
#undef M

#define M struct web_privacy
static const struct tmpl_field web_privacy_fields[] = {
	F(M, withdrawn, TMPL_BOOL),
	F_LIST(M, agreed, agreed_fields),
	F_PAGING(M, paging),
	F(M, action, TMPL_URL),
	F(M, csrf, TMPL_TEXT),
	F(M, data_url, TMPL_URL),
	F_END,
};
#undef M

const struct page_type web_page_activity = {
	.source = "activity.html", .fields = web_activity_fields, .tab = "activity"};

const struct page_type web_page_privacy = {
	.source = "privacy.html", .fields = web_privacy_fields, .tab = "privacy"};
