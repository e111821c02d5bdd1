/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_WEB_PAGE_TABLES_H
#define PRATU_WEB_PAGE_TABLES_H

/* The pages as a table, and the field tables of their models. */
#include "web/page.h"
#include "web/template.h"

/* What the layout round every page shows. */
struct web_frame_model {
	struct str lang, other_lang, nonce, self, request_id, user_name;
	struct str organisation, support_name, support_phone, support_email, support_hours;
	struct str privacy_url;
	bool sandbox;
};

extern const struct tmpl_field web_frame_fields[], web_contact_fields[];
/* Of the account pages: page_tables_account.c. */
extern const struct tmpl_field web_not_me_fields[];

struct web_page_row {
	const char *source;
	const struct tmpl_field *fields;
	/* Fills what the caller leaves to us, in a copy; NULL = nothing. */
	const void *(*prepare)(struct arena *a, const void *model);
	bool polls;           /* its script asks our own origin: CSP connect-src */
	const char *referrer; /* Referrer-Policy, when it is not the usual one */
};

/* By enum web_page. */
extern const struct web_page_row web_page_rows[WEB_PAGE_MAX_];

#endif
