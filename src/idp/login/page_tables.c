/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The pages and their models, field by field. */
#include "base/arena.h"
#include "base/array.h"
#include "idp/login/page_tables.h"
#include "idp/login/pages_login.h"
#include "idp/login/pages_outcome.h"
#include "web/field_macros.h"
#include "web/page_tables.h"
#include "web/qr.h"

#define QUIET_ZONE 4 /* modules on each side (ISO/IEC 18004 9.1) */
#define QR_BYTES   65536u

const char *const web_login_message_words[] = {"none", "wrong", "limited", "code_over", "forbidden",
	"busy", "changed", "mismatch", "rules", "malformed", "replaced", "queue", "resend",
	"timed_out", "not_saved", NULL};
_Static_assert(
	ARRAY_LEN(web_login_message_words) == WEB_LOGIN_MESSAGE_MAX_ + 1, "a word for each value");
static const char *const method_words[] = {"thaid", "password", "other", NULL};
_Static_assert(ARRAY_LEN(method_words) == WEB_METHOD_KIND_MAX_ + 1, "a word for each value");
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
	F(M, thaid, TMPL_BOOL),
	F(M, at_field, TMPL_BOOL),
	F(M, first_help, TMPL_BOOL),
	F_WORD(M, notice, "login-notice", web_login_message_words),
	F(M, wait, TMPL_DURATION),
	{.name = "wait_left", .type = TMPL_I64, .offset = offsetof(M, wait)},
	F(M, left, TMPL_I64),
	F(M, username, TMPL_TEXT),
	F_LIST(M, methods, method_fields),
	F(M, cancel_url, TMPL_URL),
	F_END,
};
#undef M

static const char *const restart_words[] = {
	"other_browser", "expired", "used", "wrong_codes", "spent", "returned", NULL};
_Static_assert(ARRAY_LEN(restart_words) == WEB_RESTART_REASON_MAX_ + 1, "a word for each value");
#define M struct web_restart
static const struct tmpl_field restart_fields[] = {
	F_WORD(M, reason, "restart", restart_words),
	F(M, portal, TMPL_TEXT),
	F(M, start_url, TMPL_URL),
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

#define M struct web_approve
static const struct tmpl_field approve_fields[] = {
	F(M, portal, TMPL_TEXT),
	F(M, office, TMPL_TEXT),
	F(M, user, TMPL_TEXT),
	F_LIST(M, details, web_detail_fields),
	F(M, action, TMPL_URL),
	F(M, step, TMPL_TEXT),
	F_END,
};
#undef M

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
	F(M, several, TMPL_BOOL),
	F(M, allow_other, TMPL_BOOL),
	F(M, action, TMPL_URL),
	F(M, step, TMPL_TEXT),
	F(M, cancel_url, TMPL_URL),
	F_END,
};
#undef M

static const char *const wait_words[] = {"qr", "push", NULL};
_Static_assert(ARRAY_LEN(wait_words) == WEB_WAIT_KIND_MAX_ + 1, "a word for each value");
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

const struct page_type web_page_login = {.source = "login.html",
	.fields = login_fields,
	.failures = WEB_NOTICE(WEB_LOGIN_WRONG) | WEB_NOTICE(WEB_LOGIN_LIMITED) |
		    WEB_NOTICE(WEB_LOGIN_FORBIDDEN) | WEB_NOTICE(WEB_LOGIN_BUSY) |
		    WEB_NOTICE(WEB_LOGIN_QUEUE),
	.wrong_input = WEB_NOTICE(WEB_LOGIN_WRONG)};

const struct page_type web_page_restart = {.source = "restart.html", .fields = restart_fields};

const struct page_type web_page_consent = {.source = "consent.html", .fields = consent_fields};

const struct page_type web_page_approve = {.source = "approve.html", .fields = approve_fields};

const struct page_type web_page_select_account = {
	.source = "select_account.html", .fields = select_account_fields};

const struct page_type web_page_wait = {
	.source = "wait.html", .fields = wait_fields, .prepare = wait_prepare, .polls = true};

#define M struct web_refusal
static const struct tmpl_field refusal_fields[] = {
	F(M, system, TMPL_TEXT),
	F(M, username, TMPL_TEXT),
	F(M, office, TMPL_TEXT),
	F(M, user, TMPL_TEXT),
	F(M, until, TMPL_DATE),
	F(M, begins, TMPL_DATE),
	F_LIST(M, support_contacts, web_support_contact_fields),
	F(M, retry_url, TMPL_URL),
	F(M, home_url, TMPL_URL),
	F(M, portal, TMPL_TEXT),
	F(M, portal_url, TMPL_URL),
	F(M, sign_out_action, TMPL_URL),
	F(M, csrf, TMPL_TEXT),
	F_END,
};
#undef M

const struct page_type web_page_no_grant = {.source = "no_grant.html", .fields = refusal_fields};

const struct page_type web_page_grant_expired = {
	.source = "grant_expired.html", .fields = refusal_fields};

const struct page_type web_page_unknown_person = {
	.source = "unknown_person.html", .fields = refusal_fields};

const struct page_type web_page_account_disabled = {
	.source = "account_disabled.html", .fields = refusal_fields};
