/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_CIBA_PAGES_CIBA_H
#define PRATU_IDP_CIBA_PAGES_CIBA_H

/* Models of the pages of what portals asked. See web/page.h for what holds of all models. */
#include "web/pages_common.h"

enum web_ciba_notice {
	WEB_CIBA_NOTHING,
	WEB_CIBA_APPROVED, /* just now */
	WEB_CIBA_REFUSED,
	WEB_CIBA_NOT_ME,
	WEB_CIBA_CODE_SET,
	WEB_CIBA_CODE_REMOVED,
	WEB_CIBA_CODE_FORM, /* what was typed cannot be a code */
	WEB_CIBA_NOTICE_MAX_
};

struct web_ciba_row {
	struct str portal, message, url;
	int64_t created, expires;
};

/* /account/requests. Posts "csrf" and "code"; an empty one removes it. */
struct web_ciba_list {
	enum web_ciba_notice notice;
	bool has_code;
	struct str code_action, csrf;
	struct {
		const struct web_ciba_row *v;
		size_t n;
	} requests;
};

enum web_ciba_state {
	WEB_CIBA_ASK,
	WEB_CIBA_UNABLE, /* the login does not answer it: log in again, or refuse */
	WEB_CIBA_STATE_MAX_
};

struct web_ciba_scope {
	struct str scope; /* its words: scope.<name> */
};

/* /account/requests/one. Posts "csrf", "r" and "answer": "approve", "refuse" or "not_me". */
struct web_ciba_request {
	enum web_ciba_state state;
	struct str portal, system, office;
	struct str user; /* whom it is for: name and, where one was named, username */
	struct str username;
	struct str message;
	struct {
		const struct web_ciba_scope *v;
		size_t n;
	} scopes;
	struct web_details details; /* authorization_details */
	int64_t created, expires;
	struct str action, csrf;
	struct str id;        /* empty: expired, replaced, answered, or of somebody else */
	struct str again_url; /* WEB_CIBA_UNABLE: log in again */
};

extern const struct page_type web_page_ciba_list;
extern const struct page_type web_page_ciba_request;

#endif
