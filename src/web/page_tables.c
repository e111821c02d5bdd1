/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "web/page_tables.h"

#include "base/arena.h"
#include "web/field_macros.h"
#include "web/qr.h"

#define QUIET_ZONE 4 /* modules on each side (ISO/IEC 18004 9.1) */
#define QR_BYTES   65536u

#define M struct web_layout
const struct tmpl_field web_layout_fields[] = {
	F(M, lang, TMPL_TEXT),
	F(M, other_lang, TMPL_TEXT),
	F(M, nonce, TMPL_TEXT),
	F(M, self, TMPL_TEXT),
	F(M, request_id, TMPL_TEXT),
	F(M, user_name, TMPL_TEXT),
	F(M, organisation, TMPL_TEXT),
	F(M, support_name, TMPL_TEXT),
	F(M, support_phone, TMPL_TEXT),
	F(M, support_email, TMPL_TEXT),
	F(M, support_hours, TMPL_TEXT),
	F(M, privacy_url, TMPL_URL),
	F(M, sandbox, TMPL_BOOL),
	F_LIST(M, tabs, web_tab_fields),
	F_END,
};
#undef M

const char *const web_login_message_words[] = {"none", "wrong", "limited", "code_over", "forbidden",
	"busy", "changed", "mismatch", "rules", NULL};
static const char *const method_words[] = {"thaid", "password", "other", NULL};

#define M struct web_method
static const struct tmpl_field method_fields[] = {
	F_WORD(M, kind, "login-method", method_words),
	F(M, label, TMPL_TEXT),
	F(M, action, TMPL_URL),
	F(M, step, TMPL_TEXT),
	F(M, folded, TMPL_BOOL),
	F(M, forgot_url, TMPL_URL),
	F_END,
};
#undef M

#define M struct web_login
static const struct tmpl_field login_fields[] = {
	F(M, portal, TMPL_TEXT),
	F(M, system, TMPL_TEXT),
	F(M, office, TMPL_TEXT),
	F(M, user, TMPL_TEXT),
	F_WORD(M, notice, "login-notice", web_login_message_words),
	F(M, wait, TMPL_DURATION),
	F(M, username, TMPL_TEXT),
	F_LIST(M, methods, method_fields),
	F(M, cancel_url, TMPL_URL),
	F_END,
};
#undef M

static const char *const restart_words[] = {
	"other_browser", "expired", "used", "wrong_codes", "returned", NULL};

#define M struct web_restart
static const struct tmpl_field restart_fields[] = {
	F_WORD(M, reason, "restart", restart_words),
	F(M, portal, TMPL_TEXT),
	F(M, start_url, TMPL_URL),
	F_END,
};
#undef M

static const char *const problem_words[] = {"internal", "bad_request", "stale_form", "not_found",
	"method", "too_large", "too_many", "busy", "login_cancelled", "upstream_unavailable",
	"upstream_invalid", "other_person", NULL};

#define M struct web_problem
static const struct tmpl_field problem_fields[] = {
	F_WORD(M, kind, "problem", problem_words),
	F(M, portal, TMPL_TEXT),
	F(M, retry_url, TMPL_URL),
	F(M, home_url, TMPL_URL),
	F(M, wait, TMPL_DURATION),
	F_END,
};
#undef M

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

#define M struct web_claim
static const struct tmpl_field claim_fields[] = {
	F_LABEL(M, name, "claim"),
	F(M, value, TMPL_TEXT),
	F_END,
};
#undef M

#define M struct web_scope
static const struct tmpl_field scope_fields[] = {
	F_LABEL(M, scope, "scope"),
	F(M, description, TMPL_TEXT),
	F_LIST(M, claims, claim_fields),
	F_END,
};
#undef M

#define M struct web_consent
static const struct tmpl_field consent_fields[] = {
	F(M, portal, TMPL_TEXT),
	F(M, office, TMPL_TEXT),
	F(M, portal_url, TMPL_URL),
	F(M, user, TMPL_TEXT),
	F_LIST(M, scopes, scope_fields),
	F(M, action, TMPL_URL),
	F(M, step, TMPL_TEXT),
	F_END,
};
#undef M

const struct tmpl_field web_label_fields[] = {
	F(struct web_label, text, TMPL_TEXT),
	F_END,
};

#define M struct web_account
static const struct tmpl_field account_fields[] = {
	F(M, id, TMPL_TEXT),
	F(M, username, TMPL_TEXT),
	F(M, name, TMPL_TEXT),
	F(M, office, TMPL_TEXT),
	F_LIST(M, roles, web_label_fields),
	F(M, current, TMPL_BOOL),
	F_END,
};
#undef M

#define M struct web_select_account
static const struct tmpl_field select_account_fields[] = {
	F(M, portal, TMPL_TEXT),
	F_LIST(M, accounts, account_fields),
	F(M, allow_other, TMPL_BOOL),
	F(M, action, TMPL_URL),
	F(M, step, TMPL_TEXT),
	F_END,
};
#undef M

#define M struct web_support_contact
const struct tmpl_field web_support_contact_fields[] = {
	F(M, name, TMPL_TEXT),
	F(M, office, TMPL_TEXT),
	F(M, phone, TMPL_TEXT),
	F(M, email, TMPL_TEXT),
	F_END,
};
#undef M

#define M struct web_refusal
static const struct tmpl_field refusal_fields[] = {
	F(M, system, TMPL_TEXT),
	F(M, username, TMPL_TEXT),
	F(M, office, TMPL_TEXT),
	F(M, until, TMPL_DATE),
	F_LIST(M, support_contacts, web_support_contact_fields),
	F(M, retry_url, TMPL_URL),
	F(M, home_url, TMPL_URL),
	F(M, portal_url, TMPL_URL),
	F_END,
};
#undef M

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
	F(M, description, TMPL_TEXT),
	F(M, owner, TMPL_TEXT),
	F(M, open_url, TMPL_URL),
	F_LIST(M, grants, grant_fields),
	F_END,
};
#undef M

#define M struct web_apps
static const struct tmpl_field apps_fields[] = {
	F(M, name, TMPL_TEXT),
	F(M, username, TMPL_TEXT),
	F(M, office, TMPL_TEXT),
	F_LIST(M, systems, system_fields),
	F(M, thaid_url, TMPL_URL),
	F(M, sessions, TMPL_I64),
	F_LIST(M, support_contacts, web_support_contact_fields),
	F(M, csrf, TMPL_TEXT),
	F(M, logout_action, TMPL_URL),
	F_END,
};
#undef M

#define M struct web_logout_confirm
static const struct tmpl_field logout_confirm_fields[] = {
	F(M, portal, TMPL_TEXT),
	F(M, user, TMPL_TEXT),
	F(M, action, TMPL_URL),
	F(M, csrf, TMPL_TEXT),
	F(M, request, TMPL_TEXT),
	F_END,
};
#undef M

static const struct tmpl_field logout_frame_fields[] = {
	F(struct web_logout_frame, url, TMPL_URL),
	F_END,
};

#define M struct web_logged_out
static const struct tmpl_field logged_out_fields[] = {
	F(M, portal, TMPL_TEXT),
	F(M, portal_url, TMPL_URL),
	F(M, everywhere, TMPL_BOOL),
	F_LIST(M, logout_frames, logout_frame_fields),
	F(M, login_url, TMPL_URL),
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

static const char *const wait_words[] = {"qr", "push", NULL};

#define M struct web_wait
static const struct tmpl_field wait_fields[] = {
	F_WORD(M, kind, "wait", wait_words),
	F(M, app, TMPL_TEXT),
	F(M, code, TMPL_TEXT),
	F(M, seconds, TMPL_DURATION),
	{.name = "seconds_left", .type = TMPL_I64, .offset = offsetof(M, seconds)},
	F(M, checked, TMPL_BOOL),
	F(M, action, TMPL_URL),
	F(M, step, TMPL_TEXT),
	F(M, poll_url, TMPL_URL),
	F(M, cancel_url, TMPL_URL),
	F(M, qr_path, TMPL_TEXT),
	F(M, qr_view, TMPL_I64),
	F_END,
};
#undef M

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
	F(M, send_action, TMPL_URL),
	F(M, send_step, TMPL_TEXT),
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
	F_END,
};
#undef M

static const char *const change_why_words[] = {"initial", "holder", "ordered", "expired", NULL};

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

/* Draws the QR code; one too long for a phone to read leaves the picture out. */
static const void *wait_prepare(struct arena *a, const void *model)
{
	struct web_wait *wait = arena_new_of(a, struct web_wait);
	struct buf path;
	int64_t size;

	*wait = *(const struct web_wait *)model;
	wait->qr_path = STR_NONE;
	buf_init(&path, a, QR_BYTES);
	if (qr_path(wait->qr, &path, &size) || buf_status(&path))
		return wait;
	wait->qr_path = buf_str(&path);
	wait->qr_view = size + 2 * QUIET_ZONE;
	return wait;
}

const struct web_page_row web_page_rows[WEB_PAGE_MAX_] = {
	[WEB_PAGE_LOGIN] = {.source = "login.html", .fields = login_fields},
	[WEB_PAGE_RESTART] = {.source = "restart.html", .fields = restart_fields},
	[WEB_PAGE_PROBLEM] = {.source = "problem.html", .fields = problem_fields},
	[WEB_PAGE_OAUTH_ERROR] = {.source = "oauth_error.html", .fields = oauth_error_fields},
	[WEB_PAGE_CONSENT] = {.source = "consent.html", .fields = consent_fields},
	[WEB_PAGE_SELECT_ACCOUNT] = {.source = "select_account.html",
		.fields = select_account_fields},
	[WEB_PAGE_NO_GRANT] = {.source = "no_grant.html", .fields = refusal_fields},
	[WEB_PAGE_GRANT_EXPIRED] = {.source = "grant_expired.html", .fields = refusal_fields},
	[WEB_PAGE_UNKNOWN_PERSON] = {.source = "unknown_person.html", .fields = refusal_fields},
	[WEB_PAGE_ACCOUNT_DISABLED] = {.source = "account_disabled.html", .fields = refusal_fields},
	[WEB_PAGE_APPS] = {.source = "apps.html", .fields = apps_fields},
	[WEB_PAGE_LOGOUT_CONFIRM] = {.source = "logout_confirm.html",
		.fields = logout_confirm_fields},
	[WEB_PAGE_LOGGED_OUT] = {.source = "logged_out.html", .fields = logged_out_fields},
	[WEB_PAGE_FORM_POST] = {.source = "form_post.html",
		.fields = form_post_fields,
		.referrer = "strict-origin"},
	[WEB_PAGE_SECOND_FACTOR] = {.source = "second.html", .fields = second_fields},
	[WEB_PAGE_OTP] = {.source = "code.html", .fields = code_fields},
	[WEB_PAGE_SECOND_FACTOR_UNAVAILABLE] = {.source = "unable.html", .fields = unable_fields},
	[WEB_PAGE_CHANGE] = {.source = "change.html", .fields = change_fields},
	[WEB_PAGE_SESSIONS] = {.source = "sessions.html",
		.fields = web_sessions_fields,
		.tab = "sessions"},
	[WEB_PAGE_ACTIVITY] = {.source = "activity.html",
		.fields = web_activity_fields,
		.tab = "activity"},
	[WEB_PAGE_PRIVACY] = {.source = "privacy.html",
		.fields = web_privacy_fields,
		.tab = "privacy"},
	[WEB_PAGE_SET_PASSWORD] = {.source = "set_password.html",
		.fields = web_set_password_fields,
		.tab = "password"},
	[WEB_PAGE_PROFILE] = {.source = "profile.html",
		.fields = web_profile_fields,
		.tab = "profile"},
	[WEB_PAGE_CONTACTS] = {.source = "addresses.html",
		.fields = web_contacts_fields,
		.tab = "contact"},
	[WEB_PAGE_CONTACT_NEW] = {.source = "address_new.html",
		.fields = web_contact_new_fields,
		.tab = "contact"},
	[WEB_PAGE_CONTACT_CODE] = {.source = "address_code.html",
		.fields = web_contact_code_fields,
		.tab = "contact"},
	[WEB_PAGE_ENROL_EMAIL] = {.source = "give_email.html", .fields = web_enrol_email_fields},
	[WEB_PAGE_NOT_ME] = {.source = "not_me.html", .fields = web_not_me_fields},
	[WEB_PAGE_RECOVERY_REQUEST] = {.source = "forgot.html",
		.fields = web_recovery_request_fields},
	[WEB_PAGE_RECOVERY] = {.source = "reset.html", .fields = web_recovery_fields},
	[WEB_PAGE_AUTH_METHODS] = {.source = "ways.html",
		.fields = web_auth_methods_fields,
		.tab = "ways"},
	[WEB_PAGE_SWITCH] = {.source = "switch.html", .fields = web_switch_fields, .tab = "ways"},
	[WEB_PAGE_WAIT] = {.source = "wait.html",
		.fields = wait_fields,
		.prepare = wait_prepare,
		.polls = true},
};
