/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The account pages as tabs, and the models of those about oneself, field by field. */
#include "web/field_macros.h"
#include "web/page_tables.h"

const struct web_tab web_tabs[] = {
	{.url = STR_INIT("/account"), .name = STR_INIT("profile")},
};
const size_t web_tabs_n = sizeof(web_tabs) / sizeof(web_tabs[0]);

#define M struct web_tab
const struct tmpl_field web_tab_fields[] = {
	F(M, url, TMPL_URL),
	F_LABEL(M, name, "tab"),
	F(M, current, TMPL_BOOL),
	F_END,
};
#undef M

#define M struct web_holding
static const struct tmpl_field holding_fields[] = {
	F(M, username, TMPL_TEXT),
	F(M, position, TMPL_TEXT),
	F(M, office, TMPL_TEXT),
	F(M, suspended, TMPL_BOOL),
	F_END,
};
#undef M

#define M struct web_way
static const struct tmpl_field way_fields[] = {
	F_LABEL(M, name, "method"),
	F(M, accounts, TMPL_I64),
	F_END,
};
#undef M

#define M struct web_profile
const struct tmpl_field web_profile_fields[] = {
	F(M, name_th, TMPL_TEXT),
	F(M, name_en, TMPL_TEXT),
	F(M, citizen, TMPL_TEXT),
	F(M, ial, TMPL_TEXT),
	F(M, ial_time, TMPL_DATE),
	F_LIST(M, accounts, holding_fields),
	F_LIST(M, contacts, web_contact_fields),
	F_LIST(M, ways, way_fields),
	F(M, email, TMPL_TEXT),
	F(M, mobile, TMPL_TEXT),
	F(M, email_verified, TMPL_BOOL),
	F(M, mobile_verified, TMPL_BOOL),
	F(M, login_time, TMPL_TIME),
	F_LABEL(M, login_method, "method"),
	F(M, login_device, TMPL_TEXT),
	F(M, login_address, TMPL_TEXT),
	F(M, aal, TMPL_TEXT),
	F_END,
};
#undef M
