/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGIN_PAGES_LOGIN_H
#define PRATU_IDP_LOGIN_PAGES_LOGIN_H

/*
 * Models of the pages a person passes on the way in. See web/page.h for what holds of all models.
 */
#include "web/pages_common.h"
#include "idp/login/pages_factor.h"

enum web_method_kind {
	WEB_METHOD_THAID,
	WEB_METHOD_PASSWORD,
	WEB_METHOD_OTHER,
	WEB_METHOD_KIND_MAX_
};

/* One way to sign in: a button that posts field "step" to action; the password's is a form that
 * posts "username" and "password" too. */
struct web_method {
	enum web_method_kind kind;
	struct str label; /* of WEB_METHOD_OTHER; the other kinds have their words */
	struct str action;
	struct str step;       /* step_token for this button */
	bool folded;           /* WEB_METHOD_PASSWORD: the form is behind its button */
	struct str forgot_url; /* WEB_METHOD_PASSWORD: where a forgotten one is replaced */
};

struct web_login {
	struct str portal; /* whose login this is; empty = Pratu's own pages */
	struct str system; /* the information system, when it is called differently */
	struct str office; /* the portal's owner, or the office hinted at */
	struct str user;   /* username or name when the person must sign in again */
	bool thaid;        /* it is offered: its steps and its help are shown */
	bool at_field;     /* a password form is on the page: what was wrong stands there */
	bool first_help; /* for people without a phone or application, or here for the first time */
	/* Of the password's form: */
	enum web_login_message notice;
	int64_t wait;
	int64_t left;        /* notice WRONG: attempts until a lock; 0: not shown */
	struct str username; /* as typed before */
	struct {
		const struct web_method *v;
		size_t n;
	} methods;
	struct str cancel_url; /* back to the portal without signing in */
};

enum web_restart_reason {
	WEB_RESTART_OTHER_BROWSER, /* came back in a browser without our cookie */
	WEB_RESTART_EXPIRED,       /* the login lived too long */
	WEB_RESTART_USED,          /* finished already: back button, second tab */
	WEB_RESTART_WRONG_CODES,   /* so many that the login is over */
	WEB_RESTART_SPENT,         /* too many round trips to another provider */
	WEB_RESTART_RETURNED,      /* done on this device; the login goes on where it began */
	WEB_RESTART_REASON_MAX_
};

struct web_restart {
	enum web_restart_reason reason;
	struct str portal;
	struct str start_url; /* the portal's start page, or /apps */
};

/* A fact of the person to be shared: claim name and value. */
struct web_claim {
	struct str name; /* "given_name": shown in words where the catalogue has claim.<name> */
	struct str value;
};

struct web_scope {
	struct str scope;       /* shown in words where the catalogue has scope.<scope> */
	struct str description; /* of a scope the catalogue does not know */
	struct {
		const struct web_claim *v;
		size_t n;
	} claims;
};

/* Posts "step" and "answer" = "allow" | "deny". */
struct web_consent {
	struct str portal, office, portal_url;
	struct str user;
	struct {
		const struct web_scope *v;
		size_t n;
	} scopes;
	struct str action, step;
};

/* Posts "step" and "answer" = "approve" | "refuse". */
struct web_approve {
	struct str portal, office, user;
	struct web_details details;
	struct str action, step;
};

struct web_account {
	struct str id; /* posted as "account" */
	struct str username, name, office;
	struct web_labels roles;
	bool current; /* signed in already */
};

/* Posts "step" and "account" = an id, or "other" for another person's account. */
struct web_select_account {
	struct str portal;
	struct {
		const struct web_account *v;
		size_t n;
	} accounts;
	bool several, allow_other;
	struct str action, step;
	struct str cancel_url; /* back to the portal */
};

enum web_wait_kind { WEB_WAIT_QR, WEB_WAIT_PUSH, WEB_WAIT_KIND_MAX_ };

/* Posts "step" to action when the person presses "check status"; the script polls poll_url, which
 * answers {"done":true} when action is to be posted. */
struct web_wait {
	enum web_wait_kind kind;
	struct str app;  /* name of the application on the phone */
	struct str code; /* reference code shown here and there */
	struct str qr;   /* text of the QR code */
	int64_t seconds; /* left */
	bool checked;    /* the person pressed, and it is not done yet */
	struct str action, step, poll_url, cancel_url;
	/* Filled by web_render from qr: an SVG path and the side of its square. */
	struct str qr_path;
	int64_t qr_view;
};

extern const struct page_type web_page_login;
extern const struct page_type web_page_restart;
extern const struct page_type web_page_consent;
extern const struct page_type web_page_approve;
extern const struct page_type web_page_select_account;
extern const struct page_type web_page_wait;

#endif
