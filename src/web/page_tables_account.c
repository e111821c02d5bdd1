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
	F_LIST(M, contacts, web_contact_fields),
	F_END,
};
#undef M
