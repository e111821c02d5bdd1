/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_ACCOUNT_PAGES_HISTORY_H
#define PRATU_IDP_ACCOUNT_PAGES_HISTORY_H

/*
 * Models of the pages of what happened and what was agreed to. See web/page.h for what holds of all
 * models.
 */
#include "web/pages_common.h"

struct web_event {
	struct str name; /* audit event; its words: event.<name> */
	int64_t time;
	struct str why; /* method or reason, in words */
	struct str username, portal, address, device;
	bool here;  /* the address is the one of this very request */
	bool other; /* an administrator did it */
};

/* /account/activity. */
struct web_activity {
	int64_t days; /* how far it goes back */
	struct {
		const struct web_event *v;
		size_t n;
	} events;
	struct web_paging paging;
	struct str sessions_url;
};

struct web_agreed_scope {
	struct str scope; /* its words: scope.<name> */
};

/* A consent that was given. */
struct web_agreed {
	struct str client, portal;
	struct str scope; /* as it is stored */
	struct {
		const struct web_agreed_scope *v;
		size_t n;
	} scopes;
	int64_t given, withdrawn;
	bool stands, replaced; /* by a later one */
	struct str text_version, text_hash;
};

/* /account/privacy. A form posts "csrf" and "client". */
struct web_privacy {
	bool withdrawn; /* just now */
	struct {
		const struct web_agreed *v;
		size_t n;
	} agreed;
	struct web_paging paging;
	struct str action, csrf, data_url;
};

extern const struct page_type web_page_activity;
extern const struct page_type web_page_privacy;

#endif
