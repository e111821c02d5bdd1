/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGIN_PAGES_OUTCOME_H
#define PRATU_IDP_LOGIN_PAGES_OUTCOME_H

/*
 * Models of the pages a login ends on. See web/page.h for what holds of all models.
 */
#include "web/pages_common.h"

/* Who the person is was proven; it does not open this door. */
struct web_refusal {
	struct str system, username, office;
	struct str user; /* the person logged in; empty: nobody is */
	int64_t until;   /* the day the grant ended */
	int64_t begins;  /* the day on which one begins; 0: none is given */
	struct {
		const struct web_support_contact *v;
		size_t n;
	} support_contacts;
	struct str retry_url;          /* sign in as somebody else */
	struct str home_url;           /* /apps, where there is a session */
	struct str portal, portal_url; /* back to the portal */
	/* "Not you?": signs out; posts "csrf". Empty: nobody is logged in. */
	struct str sign_out_action, csrf;
};

extern const struct page_type web_page_no_grant;
extern const struct page_type web_page_grant_expired;
extern const struct page_type web_page_unknown_person;
extern const struct page_type web_page_account_disabled;

#endif
