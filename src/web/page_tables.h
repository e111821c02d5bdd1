/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_WEB_PAGE_TABLES_H
#define PRATU_WEB_PAGE_TABLES_H

/* The model of the layout, and field tables that pages of several modules share. */
#include "web/page.h"
#include "web/template.h"

/* What the layout round every page shows. */
struct web_layout {
	struct str page; /* its name, for tests and scripts: the template's without ".html" */
	struct str lang, other_lang, nonce, self, request_id, report_code, user_name;
	struct str sign_out_csrf, home_url, back_portal, back_url;
	struct str organisation, support_name, support_phone, support_email, support_hours;
	struct str privacy_url, leave;
	struct str issuer; /* our address */
	bool sandbox;
	int64_t session_left, login_left;
	struct str start_url;
	bool failed, wrong_input; /* page_type.failures, .wrong_input */
	struct {
		const struct web_tab *v;
		size_t n;
	} tabs; /* of an account page */
};

extern const struct tmpl_field web_layout_fields[], web_support_contact_fields[],
	web_label_fields[], web_open_portal_fields[], web_detail_fields[];

/* The lists of {{>open-portals.html}}. */
#define F_PORTALS(model)                                                                           \
	F_LIST(model, portals_out, web_open_portal_fields),                                        \
		F_LIST(model, portals_notified, web_open_portal_fields),                           \
		F_LIST(model, portals_late, web_open_portal_fields),                               \
		F_LIST(model, open_portals, web_open_portal_fields)

#endif
