/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_WEB_PAGES_ACCOUNT_H
#define PRATU_WEB_PAGES_ACCOUNT_H

/* Models of the pages of a signed-in person, and of signing out: see web/pages.h. */
#include "base/str.h"
#include "web/pages_problem.h"

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

/* Posts "csrf", "request" and "answer" = "yes" | "no". */
struct web_logout_confirm {
	struct str portal, user;
	struct str action, csrf;
	struct str request; /* opaque: what the portal asked, kept over the question */
};

struct web_logout_frame {
	struct str url;
};

struct web_logged_out {
	struct str portal, portal_url; /* where the portal wants the person back */
	bool everywhere;
	struct {
		const struct web_logout_frame
			*v; /* front-channel logout (give view.frame_origins too) */
		size_t n;
	} logout_frames;
	struct str login_url;
};

#endif
