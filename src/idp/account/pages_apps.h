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
	struct str name, description, owner;
	struct str open_url; /* starts the portal's login */
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
	} systems;
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
