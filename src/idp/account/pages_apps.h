/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_ACCOUNT_PAGES_APPS_H
#define PRATU_IDP_ACCOUNT_PAGES_APPS_H

/*
 * Models of the launcher. See web/page.h for what holds of all models.
 */
#include "web/pages_common.h"

struct web_role_grant {
	struct str role, office;
	int64_t until;
};

struct web_system {
	struct str name; /* as people say it */
	struct str full; /* in full; empty: the same */
	struct str mark; /* a letter or two in place of a picture */
	struct str description, owner;
	struct str open_url; /* starts the portal's login; empty: it cannot be opened from here */
	int64_t last;        /* entered last by a session that still lives; 0: not known */
	struct {
		const struct web_role_grant *v;
		size_t n;
	} grants;
	int64_t more; /* rights that are not shown */
};

/* The launcher. Its form posts "csrf". */
struct web_apps {
	struct str name, username, office;
	struct {
		const struct web_system *v;
		size_t n;
	} systems;            /* those entered last first */
	bool search;          /* there are many: a field to find one */
	struct str asked;     /* what is looked for; empty: all are shown */
	int64_t found, total; /* systems */
	struct str thaid_url; /* logged in by password: ThaID would do without one */
	int64_t sessions;     /* logged in now */
	struct {
		const struct web_support_contact *v;
		size_t n;
	} support_contacts; /* whom to ask for more rights */
	struct str csrf, logout_action;
};

extern const struct page_type web_page_apps;

#endif
