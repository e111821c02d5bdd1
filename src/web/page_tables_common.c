/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The pages and their models, field by field. */
#include "web/field_macros.h"
#include "base/array.h"
#include "web/page_tables.h"
#include "web/pages_common.h"

#define M struct web_tab
static const struct tmpl_field tab_fields[] = {
	F(M, url, TMPL_URL),
	F_LABEL(M, name, "tab"),
	F(M, current, TMPL_BOOL),
	F_END,
};
#undef M

#define M struct web_layout
const struct tmpl_field web_layout_fields[] = {
	F(M, page, TMPL_TEXT),
	F(M, lang, TMPL_TEXT),
	F(M, other_lang, TMPL_TEXT),
	F(M, nonce, TMPL_TEXT),
	F(M, self, TMPL_TEXT),
	F(M, request_id, TMPL_TEXT),
	F(M, report_code, TMPL_TEXT),
	F(M, user_name, TMPL_TEXT),
	F(M, sign_out_csrf, TMPL_TEXT),
	F(M, home_url, TMPL_URL),
	F(M, back_portal, TMPL_TEXT),
	F(M, back_url, TMPL_URL),
	F(M, organisation, TMPL_TEXT),
	F(M, support_name, TMPL_TEXT),
	F(M, support_phone, TMPL_TEXT),
	F(M, support_email, TMPL_TEXT),
	F(M, support_hours, TMPL_TEXT),
	F(M, privacy_url, TMPL_URL),
	F(M, leave, TMPL_AWAY_URL),
	F(M, issuer, TMPL_URL),
	F(M, sandbox, TMPL_BOOL),
	F(M, session_left, TMPL_I64),
	F(M, login_left, TMPL_I64),
	{.name = "login_time", .type = TMPL_DURATION, .offset = offsetof(M, login_left)},
	F(M, start_url, TMPL_URL),
	{.name = "session_time", .type = TMPL_DURATION, .offset = offsetof(M, session_left)},
	F(M, failed, TMPL_BOOL),
	F(M, wrong_input, TMPL_BOOL),
	F_LIST(M, tabs, tab_fields),
	F_END,
};
#undef M

static const char *const problem_words[] = {"internal", "bad_request", "stale_form", "not_found",
	"method", "too_large", "too_many", "busy", "login_cancelled", "upstream_unavailable",
	"upstream_invalid", "forbidden", "cookies", "other_person", "waiting", "other_host",
	"no_way", NULL};
_Static_assert(ARRAY_LEN(problem_words) == WEB_PROBLEM_KIND_MAX_ + 1, "a word for each value");
#define M struct web_problem
static const struct tmpl_field problem_fields[] = {
	F_WORD(M, kind, "problem", problem_words),
	F(M, portal, TMPL_TEXT),
	F(M, retry_url, TMPL_URL),
	F(M, home_url, TMPL_URL),
	F(M, wait, TMPL_DURATION),
	{.name = "wait_left", .type = TMPL_I64, .offset = offsetof(M, wait)},
	F(M, address, TMPL_TEXT),
	F_END,
};
#undef M

const struct tmpl_field web_label_fields[] = {
	F(struct web_label, text, TMPL_TEXT),
	F_END,
};

#define M struct web_open_portal
const struct tmpl_field web_open_portal_fields[] = {
	F(M, name, TMPL_TEXT),
	F(M, url, TMPL_URL),
	F_END,
};
#undef M

#define M struct web_detail_row
static const struct tmpl_field detail_row_fields[] = {
	F(M, label, TMPL_TEXT),
	F(M, value, TMPL_TEXT),
	F(M, strong, TMPL_BOOL),
	F_END,
};
#undef M

#define M struct web_detail_group
static const struct tmpl_field detail_group_fields[] = {
	F(M, heading, TMPL_TEXT),
	F_LIST(M, rows, detail_row_fields),
	F_END,
};
#undef M

#define M struct web_detail
const struct tmpl_field web_detail_fields[] = {
	F(M, title, TMPL_TEXT),
	F(M, note, TMPL_TEXT),
	F_LIST(M, groups, detail_group_fields),
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

#define M struct web_leave
static const struct tmpl_field leave_fields[] = {
	F(M, site, TMPL_TEXT),
	F(M, url, TMPL_AWAY_URL),
	F_END,
};
#undef M

#define M struct web_hidden
static const struct tmpl_field hidden_fields[] = {
	F(M, name, TMPL_TEXT),
	F(M, value, TMPL_TEXT),
	F_END,
};
#undef M

#define M struct web_post_again
static const struct tmpl_field post_again_fields[] = {
	F(M, action, TMPL_URL),
	F_LIST(M, fields, hidden_fields),
	F_END,
};
#undef M

const struct page_type web_page_leave = {.source = "leave.html", .fields = leave_fields};
const struct page_type web_page_post_again = {
	.source = "post_again.html", .fields = post_again_fields, .posts_away = true};
const struct page_type web_page_problem = {.source = "problem.html", .fields = problem_fields};

enum web_problem_kind web_problem_of_status(int status)
{
	static const struct {
		int status;
		enum web_problem_kind kind;
	} kinds[] = {{400, WEB_PROBLEM_BAD_REQUEST}, {403, WEB_PROBLEM_STALE_FORM},
		{404, WEB_PROBLEM_NOT_FOUND}, {405, WEB_PROBLEM_METHOD},
		{408, WEB_PROBLEM_BAD_REQUEST}, {411, WEB_PROBLEM_BAD_REQUEST},
		{413, WEB_PROBLEM_TOO_LARGE}, {414, WEB_PROBLEM_TOO_LARGE},
		{415, WEB_PROBLEM_BAD_REQUEST}, {421, WEB_PROBLEM_OTHER_HOST},
		{429, WEB_PROBLEM_TOO_MANY}, {431, WEB_PROBLEM_TOO_LARGE},
		{502, WEB_PROBLEM_UPSTREAM_UNAVAILABLE}, {503, WEB_PROBLEM_BUSY},
		{504, WEB_PROBLEM_UPSTREAM_UNAVAILABLE}};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (kinds[i].status == status)
			return kinds[i].kind;
	}
	return WEB_PROBLEM_INTERNAL;
}
