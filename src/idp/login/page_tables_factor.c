/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The pages and their models, field by field. */
#include "idp/login/page_tables.h"
#include "base/array.h"
#include "idp/login/pages_factor.h"
#include "idp/login/pages_recovery.h"
#include "web/field_macros.h"
#include "web/page_tables.h"

#define M struct web_target
const struct tmpl_field web_target_fields[] = {
	F_LABEL(M, factor, "factor"),
	F(M, id, TMPL_TEXT),
	F(M, masked, TMPL_TEXT),
	F_END,
};
#undef M

#define M struct web_second_factor
static const struct tmpl_field second_fields[] = {
	F(M, portal, TMPL_TEXT),
	F_WORD(M, notice, "code-notice", web_login_message_words),
	F(M, wait, TMPL_DURATION),
	F_LIST(M, targets, web_target_fields),
	F(M, enrol, TMPL_BOOL),
	F(M, send_action, TMPL_URL),
	F(M, send_step, TMPL_TEXT),
	F(M, skips, TMPL_I64),
	F(M, skip_action, TMPL_URL),
	F(M, skip_step, TMPL_TEXT),
	F(M, again_action, TMPL_URL),
	F(M, again_step, TMPL_TEXT),
	F(M, cancel_url, TMPL_URL),
	F_END,
};
#undef M

#define M struct web_otp
static const struct tmpl_field code_fields[] = {
	F(M, portal, TMPL_TEXT),
	F(M, confirm, TMPL_TEXT),
	F(M, reset, TMPL_BOOL),
	F_LABEL(M, factor, "factor"),
	F(M, masked, TMPL_TEXT),
	F(M, reference, TMPL_TEXT),
	F(M, seconds, TMPL_DURATION),
	{.name = "seconds_left", .type = TMPL_I64, .offset = offsetof(M, seconds)},
	F(M, resend, TMPL_DURATION),
	{.name = "resend_left", .type = TMPL_I64, .offset = offsetof(M, resend)},
	F(M, may_resend, TMPL_BOOL),
	F(M, stuck, TMPL_BOOL),
	F(M, tries, TMPL_I64),
	F_WORD(M, notice, "code-notice", web_login_message_words),
	F(M, wait, TMPL_DURATION),
	F(M, action, TMPL_URL),
	F(M, step, TMPL_TEXT),
	F(M, id, TMPL_TEXT),
	F_LIST(M, others, web_target_fields),
	F(M, send_action, TMPL_URL),
	F(M, send_step, TMPL_TEXT),
	F(M, other_action, TMPL_URL),
	F(M, other_step, TMPL_TEXT),
	F(M, again_action, TMPL_URL),
	F(M, again_step, TMPL_TEXT),
	F(M, cancel_url, TMPL_URL),
	F_END,
};
#undef M

static const char *const rule_words[] = {"too_short", "too_long", "no_lower", "no_upper",
	"no_digit", "no_special", "has_space", "bad_character", "common", "personal", "used_before",
	NULL};
_Static_assert(ARRAY_LEN(rule_words) == WEB_RULE_KIND_MAX_ + 1, "a word for each value");
bool web_rule_is_quiet(enum web_rule_kind kind)
{
	return kind == WEB_RULE_TOO_LONG || kind > WEB_RULE_NO_SPECIAL;
}

enum web_rule_kind web_rule_kind(struct str word)
{
	int kind = 0;

	while (rule_words[kind] && !str_eq_c(word, rule_words[kind]))
		kind++;
	return (enum web_rule_kind)kind;
}

#define M struct web_rule
const struct tmpl_field web_rule_fields[] = {
	F_WORD(M, kind, "rule", rule_words),
	{.name = "word", .type = TMPL_WORD, .offset = offsetof(M, kind), .words = rule_words},
	F(M, n, TMPL_I64),
	F(M, broken, TMPL_BOOL),
	F(M, quiet, TMPL_BOOL),
	F_END,
};
#undef M

static const char *const change_why_words[] = {"initial", "holder", "ordered", "expired", NULL};
_Static_assert(ARRAY_LEN(change_why_words) == WEB_CHANGE_WHY_MAX_ + 1, "a word for each value");
#define M struct web_change
static const struct tmpl_field change_fields[] = {
	F(M, portal, TMPL_TEXT),
	F(M, username, TMPL_TEXT),
	F_WORD(M, notice, "change-notice", web_login_message_words),
	F_WORD(M, why, "change-why", change_why_words),
	F(M, reset, TMPL_BOOL),
	F_LIST(M, rules, web_rule_fields),
	F(M, action, TMPL_URL),
	F(M, step, TMPL_TEXT),
	F(M, again_action, TMPL_URL),
	F(M, again_step, TMPL_TEXT),
	F(M, cancel_url, TMPL_URL),
	F_END,
};
#undef M

#define M struct web_second_factor_unavailable
static const struct tmpl_field unable_fields[] = {
	F(M, portal, TMPL_TEXT),
	F(M, username, TMPL_TEXT),
	F(M, office, TMPL_TEXT),
	F_LIST(M, support_contacts, web_support_contact_fields),
	F(M, again_action, TMPL_URL),
	F(M, again_step, TMPL_TEXT),
	F(M, cancel_url, TMPL_URL),
	F_END,
};
#undef M

const struct page_type web_page_second_factor = {.source = "second.html",
	.fields = second_fields,
	.failures = WEB_NOTICE(WEB_LOGIN_LIMITED) | WEB_NOTICE(WEB_LOGIN_BUSY)};

const struct page_type web_page_otp = {.source = "code.html",
	.fields = code_fields,
	.failures = WEB_NOTICE(WEB_LOGIN_WRONG) | WEB_NOTICE(WEB_LOGIN_CODE_OVER) |
		    WEB_NOTICE(WEB_LOGIN_MALFORMED) | WEB_NOTICE(WEB_LOGIN_REPLACED) |
		    WEB_NOTICE(WEB_LOGIN_LIMITED) | WEB_NOTICE(WEB_LOGIN_BUSY),
	.wrong_input = WEB_NOTICE(WEB_LOGIN_WRONG) | WEB_NOTICE(WEB_LOGIN_CODE_OVER) |
		       WEB_NOTICE(WEB_LOGIN_MALFORMED) | WEB_NOTICE(WEB_LOGIN_REPLACED)};

const struct page_type web_page_second_factor_unavailable = {
	.source = "unable.html", .fields = unable_fields};

const struct page_type web_page_change = {.source = "change.html",
	.fields = change_fields,
	.failures = WEB_NOTICE(WEB_LOGIN_MISMATCH) | WEB_NOTICE(WEB_LOGIN_RULES) |
		    WEB_NOTICE(WEB_LOGIN_BUSY),
	.wrong_input = WEB_NOTICE(WEB_LOGIN_MISMATCH) | WEB_NOTICE(WEB_LOGIN_RULES)};

const char *const web_contact_message_words[] = {"none", "bad", "same", "wrong", "over", "limited",
	"busy", "spent", "taken", "meanwhile", "saved", "removed", "needed", "malformed",
	"replaced", "unavailable", NULL};
_Static_assert(ARRAY_LEN(web_contact_message_words) == WEB_CONTACT_MESSAGE_MAX_ + 1,
	"a word for each value");

#define M struct web_recovery_request
static const struct tmpl_field web_recovery_request_fields[] = {
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
_Static_assert(ARRAY_LEN(reset_words) == WEB_RECOVERY_STATE_MAX_ + 1, "a word for each value");
#define M struct web_recovery
static const struct tmpl_field web_recovery_fields[] = {
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

#define M struct web_enrol_email
static const struct tmpl_field web_enrol_email_fields[] = {
	F(M, portal, TMPL_TEXT),
	F_WORD(M, notice, "address-notice", web_contact_message_words),
	F(M, wait, TMPL_DURATION),
	F(M, typed, TMPL_TEXT),
	F(M, from, TMPL_DATE),
	F(M, skips, TMPL_I64),
	F(M, action, TMPL_URL),
	F(M, step, TMPL_TEXT),
	F(M, skip_action, TMPL_URL),
	F(M, skip_step, TMPL_TEXT),
	F_LIST(M, support_contacts, web_support_contact_fields),
	F(M, again_action, TMPL_URL),
	F(M, again_step, TMPL_TEXT),
	F(M, cancel_url, TMPL_URL),
	F_END,
};
#undef M

const struct page_type web_page_enrol_email = {.source = "give_email.html",
	.fields = web_enrol_email_fields,
	.failures = WEB_CONTACT_FAILURES,
	.wrong_input = WEB_CONTACT_WRONG_INPUT};

const struct page_type web_page_recovery_request = {
	.source = "forgot.html", .fields = web_recovery_request_fields};

const struct page_type web_page_recovery = {.source = "reset.html",
	.fields = web_recovery_fields,
	.failures = WEB_NOTICE(WEB_LOGIN_LIMITED) | WEB_NOTICE(WEB_LOGIN_BUSY)};
