/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_OAUTH_PAGES_OAUTH_H
#define PRATU_IDP_OAUTH_PAGES_OAUTH_H

/*
 * Models of the pages of the protocol endpoints. See web/page.h for what holds of all models.
 */
#include "idp/login/pages_outcome.h"
#include "web/pages_common.h"

/* Posts "csrf", "request" and "answer" = "yes" | "no". */
struct web_logout_confirm {
	struct str portal, user;
	/* Those that stay as they are; the others are for the page after it. */
	struct web_open_portals open_portals, portals_out, portals_notified, portals_late;
	struct str action, csrf;
	struct str request; /* opaque: what the portal asked, kept over the question */
};

struct web_form_field {
	struct str name, value;
};

/* Form Post Response Mode. */
struct web_form_post {
	struct str portal, action;
	struct {
		const struct web_form_field *v;
		size_t n;
	} fields;
};

/* The portal's request was wrong and no redirect may happen. */
struct web_oauth_error {
	struct str error;        /* code, e.g. "invalid_request" */
	struct str hint;         /* our own sentence for the portal's developer, English */
	struct str client_id;    /* as presented */
	struct str redirect_uri; /* as presented; shown as text only */
	struct str portal;       /* when the client is known */
};

extern const struct page_type web_page_oauth_error;
extern const struct page_type web_page_logout_confirm;
extern const struct page_type web_page_form_post;

#endif
