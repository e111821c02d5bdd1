/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_WEB_PAGES_SECURITY_H
#define PRATU_WEB_PAGES_SECURITY_H

/* Models of the pages about the safety of an account: see web/pages.h. */
#include "web/pages_problem.h"

enum web_not_me_state { WEB_NOT_ME_ASK, WEB_NOT_ME_DONE, WEB_NOT_ME_OVER };

/* What a notice told of: in the order of enum notice_kind. */
enum web_notice_kind {
	WEB_NOTICE_PASSWORD_CHANGED,
	WEB_NOTICE_PASSWORD_RESET,
	WEB_NOTICE_SECRET_ISSUED,
	WEB_NOTICE_EMAIL_CHANGED,
	WEB_NOTICE_MOBILE_CHANGED,
	WEB_NOTICE_THAID_ONLY,
	WEB_NOTICE_PASSWORD_ALLOWED
};

/* "This was not me"; posts "t" to action. */
struct web_not_me {
	enum web_not_me_state state;
	enum web_notice_kind what;
	int64_t when;
	struct str action, token;
	struct str login_url;
	struct {
		const struct web_contact *v;
		size_t n;
	} contacts; /* who opens the password way again */
};

#endif
