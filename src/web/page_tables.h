/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_WEB_PAGE_TABLES_H
#define PRATU_WEB_PAGE_TABLES_H

/* The pages as a table, and the field tables of their models. */
#include "web/page.h"
#include "web/template.h"

/* One of the account pages, as account-nav.html links it. */
struct web_tab {
	struct str url;
	struct str name; /* its words: tab.<name>; of the page's row */
	bool current;
};
/* In the order shown. */
extern const struct web_tab web_tabs[];
extern const size_t web_tabs_n;

/* What the layout round every page shows. */
struct web_layout {
	struct str lang, other_lang, nonce, self, request_id, user_name;
	struct str organisation, support_name, support_phone, support_email, support_hours;
	struct str privacy_url;
	bool sandbox;
	struct {
		const struct web_tab *v;
		size_t n;
	} tabs; /* of an account page */
};

extern const struct tmpl_field web_layout_fields[], web_support_contact_fields[],
	web_label_fields[], web_rule_fields[], web_target_fields[];
extern const char *const web_login_message_words[]; /* by enum web_login_message */
/* Of the account pages: page_tables_account.c. */
extern const struct tmpl_field web_not_me_fields[], web_recovery_request_fields[],
	web_recovery_fields[], web_auth_methods_fields[], web_switch_fields[];
/* page_tables_holder.c */
extern const struct tmpl_field web_tab_fields[], web_profile_fields[], web_sessions_fields[],
	web_set_password_fields[], web_activity_fields[], web_privacy_fields[];
/* page_tables_address.c */
extern const struct tmpl_field web_contacts_fields[], web_contact_new_fields[],
	web_contact_code_fields[], web_enrol_email_fields[];

struct web_page_row {
	const char *source;
	const struct tmpl_field *fields;
	/* Fills what the caller leaves to us, in a copy; NULL = nothing. */
	const void *(*prepare)(struct arena *a, const void *model);
	bool polls;           /* its script asks our own origin: CSP connect-src */
	const char *tab;      /* an account page: which of web_tabs it is */
	const char *referrer; /* Referrer-Policy, when it is not the usual one */
};

/* By enum web_page. */
extern const struct web_page_row web_page_rows[WEB_PAGE_MAX_];

#endif
