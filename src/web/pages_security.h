/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_WEB_PAGES_SECURITY_H
#define PRATU_WEB_PAGES_SECURITY_H

/* Models of the pages about the safety of an account: see web/pages.h. */
#include "web/pages_login.h"

enum web_not_me_state { WEB_NOT_ME_ASK, WEB_NOT_ME_DONE, WEB_NOT_ME_OVER };

/* What a notice told of: in the order of enum security_notification_kind. */
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
	struct {
		const struct web_support_contact *v;
		size_t n;
	} support_contacts; /* who opens the password way again */
};

/* A password was forgotten; posts "step" and "username" to action. */
struct web_recovery_request {
	struct str portal;
	bool asked;           /* the same answer for every name */
	struct str username;  /* as typed before */
	struct str thaid_url; /* log in by ThaID and set a new one; empty: no such way */
	struct str action, step;
	struct str back_url; /* to the login */
};

enum web_recovery_state {
	WEB_RECOVERY_OPEN,
	WEB_RECOVERY_PROVE,
	WEB_RECOVERY_DONE,
	WEB_RECOVERY_OVER
};

/* The link in a mail to who forgot a password. OPEN posts "t" to action; PROVE posts
 * "step" and "factor" to send_action, or upstream_step as "step" to upstream_action. */
struct web_recovery {
	enum web_recovery_state state;
	struct str username;
	struct str action, token;
	enum web_login_message notice;
	int64_t wait;
	struct web_targets targets;
	struct str send_action, send_step;
	struct str upstream_action, upstream_step;
	struct str login_url;
};

/* Where an account stands with the password way in. */
enum web_password_login_state {
	WEB_PASSWORD_LOGIN_OPEN,
	WEB_PASSWORD_LOGIN_INITIAL,    /* an initial secret waits to be changed */
	WEB_PASSWORD_LOGIN_NONE,       /* there is no password */
	WEB_PASSWORD_LOGIN_OFFICE,     /* closed by the office */
	WEB_PASSWORD_LOGIN_THAID_ONLY, /* closed by the holder, for ThaID */
	WEB_PASSWORD_LOGIN_NOT_ME,     /* closed by the answer to a notice */
	WEB_PASSWORD_LOGIN_ADMIN,      /* closed by an administrator */
	WEB_PASSWORD_LOGIN_SUSPENDED
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

#endif
