/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_ACCOUNT_PAGES_SECURITY_H
#define PRATU_IDP_ACCOUNT_PAGES_SECURITY_H

/*
 * Models of the pages about sign-in methods, and of a security notification's link. See web/page.h
 * for what holds of all models.
 */
#include "idp/login/pages_factor.h"
#include "idp/login/pages_outcome.h"
#include "web/pages_common.h"

enum web_not_me_state { WEB_NOT_ME_ASK, WEB_NOT_ME_DONE, WEB_NOT_ME_OVER, WEB_NOT_ME_STATE_MAX_ };

/* The change that a security notification reported, in the order of enum
 * security_notification_kind. */
enum web_notification_kind {
	WEB_NOTIFICATION_PASSWORD_CHANGED,
	WEB_NOTIFICATION_PASSWORD_RESET,
	WEB_NOTIFICATION_SECRET_ISSUED,
	WEB_NOTIFICATION_EMAIL_CHANGED,
	WEB_NOTIFICATION_MOBILE_CHANGED,
	WEB_NOTIFICATION_THAID_ONLY,
	WEB_NOTIFICATION_PASSWORD_ALLOWED
};

/* "This was not me"; posts "t" to action. */
struct web_not_me {
	enum web_not_me_state state;
	enum web_notification_kind what;
	int64_t when;
	struct str action, token;
	struct str login_url;
	/* DONE: those that nobody notifies, and those that are notified; the others stay empty. */
	struct web_open_portals open_portals, portals_notified, portals_out, portals_late;
	struct {
		const struct web_support_contact *v;
		size_t n;
	} support_contacts; /* who enables password login again */
};

/* The state of password login of an account. */
enum web_password_login_state {
	WEB_PASSWORD_LOGIN_OPEN,
	WEB_PASSWORD_LOGIN_INITIAL,    /* an initial secret waits to be changed */
	WEB_PASSWORD_LOGIN_NONE,       /* there is no password */
	WEB_PASSWORD_LOGIN_OFFICE,     /* closed by the office */
	WEB_PASSWORD_LOGIN_THAID_ONLY, /* closed by the holder, for ThaID */
	WEB_PASSWORD_LOGIN_NOT_ME,     /* closed by the answer to a notice */
	WEB_PASSWORD_LOGIN_ADMIN,      /* closed by an administrator */
	WEB_PASSWORD_LOGIN_SUSPENDED,
	WEB_PASSWORD_LOGIN_STATE_MAX_
};

struct web_account_password_login {
	struct str username, office;
	enum web_password_login_state state;
	int64_t set, expires; /* the password */
	int64_t closed_at;
	bool code;         /* only with a code */
	int64_t code_from; /* only with a code from that day */
};

/* /account/ways */
struct web_auth_methods {
	bool closed; /* just now */
	bool thaid;
	struct {
		const struct web_account_password_login *v;
		size_t n;
	} accounts; /* empty: passwords are not offered */
	bool codes; /* the policy takes codes */
	struct web_targets targets;
	struct str switch_url; /* empty: there is nothing to switch */
};

/* /account/ways/thaid; posts "csrf" to action. */
struct web_switch {
	bool proven;                /* by ThaID; else it is to be proven first */
	struct web_labels accounts; /* usernames */
	struct str action, csrf, back_url;
};

extern const struct page_type web_page_not_me;
extern const struct page_type web_page_auth_methods;
extern const struct page_type web_page_switch;

#endif
