/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The page after signing out, field by field. */
#include "idp/logout/pages_logout.h"
#include "web/field_macros.h"
#include "web/page_tables.h"

static const struct tmpl_field logout_frame_fields[] = {
	F(struct web_logout_frame, url, TMPL_URL),
	F_END,
};

#define M struct web_logged_out
static const struct tmpl_field logged_out_fields[] = {
	F(M, portal, TMPL_TEXT),
	F(M, portal_url, TMPL_URL),
	F(M, leave_url, TMPL_AWAY_URL),
	F(M, everywhere, TMPL_BOOL),
	F_PORTALS(M),
	F(M, report_url, TMPL_URL),
	F(M, nobody, TMPL_BOOL),
	F_LIST(M, logout_frames, logout_frame_fields),
	F(M, login_url, TMPL_URL),
	F(M, login_portal, TMPL_TEXT),
	F_END,
};
#undef M

const struct page_type web_page_logged_out = {
	.source = "logged_out.html", .fields = logged_out_fields};
