/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGOUT_PAGES_LOGOUT_H
#define PRATU_IDP_LOGOUT_PAGES_LOGOUT_H

/* The model of the page after signing out. See web/page.h for what holds of all models. */
#include "web/page.h"
#include "web/pages_common.h"

struct web_logout_frame {
	struct str url;
};

struct web_logged_out {
	struct str portal, portal_url; /* where the portal wants the person back */
	struct str leave_url; /* the page goes on there by itself after the frames; registered */
	bool everywhere;
	/* Portals: confirmed that they signed out; being notified; notified without success so far,
	 * which goes on; those that nobody notifies, or that refused. */
	struct web_open_portals portals_out, portals_notified, portals_late, open_portals;
	struct str
		report_url; /* the same again, with what became of portals_notified; may be empty */
	bool nobody;        /* nobody was signed in in this browser: nothing was ended */
	struct {
		const struct web_logout_frame
			*v; /* front-channel logout (give view.frame_origins too) */
		size_t n;
	} logout_frames;
	struct str login_url;
	struct str login_portal; /* where login_url leads to; empty: our own pages */
};

extern const struct page_type web_page_logged_out;

#endif
