/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_WEB_PAGES_PROBLEM_H
#define PRATU_WEB_PAGES_PROBLEM_H

/* Models of the pages that say no: see web/pages.h. */
#include "base/str.h"

/* Whom to ask: an office's SSO admin. */
struct web_support_contact {
	struct str name, office, phone, email;
};

/* What went wrong; each has a title, what happened and what to do in the catalogues. */
enum web_problem_kind {
	WEB_PROBLEM_INTERNAL,
	WEB_PROBLEM_BAD_REQUEST,
	WEB_PROBLEM_STALE_FORM, /* form or step token wrong: page kept open too long */
	WEB_PROBLEM_NOT_FOUND,
	WEB_PROBLEM_METHOD, /* 405 */
	WEB_PROBLEM_TOO_LARGE,
	WEB_PROBLEM_TOO_MANY, /* 429: wait says how long */
	WEB_PROBLEM_BUSY,     /* 503 */
	WEB_PROBLEM_LOGIN_CANCELLED,
	WEB_PROBLEM_UPSTREAM_UNAVAILABLE, /* ThaID does not answer */
	WEB_PROBLEM_UPSTREAM_INVALID,     /* ThaID's answer could not be trusted */
	WEB_PROBLEM_OTHER_PERSON,         /* ThaID proved somebody else than whose page it is */
	WEB_PROBLEM_KIND_MAX_
};

struct web_problem {
	enum web_problem_kind kind;
	struct str portal;
	struct str retry_url; /* link "try again" */
	struct str home_url;  /* link back to the portal, or "/" */
	int64_t wait;         /* seconds until trying again makes sense */
};
/* The kind that fits an HTTP status. */
enum web_problem_kind web_problem_of_status(int status);

/* The portal's request was wrong and no redirect may happen. */
struct web_oauth_error {
	struct str error;        /* code, e.g. "invalid_request" */
	struct str hint;         /* our own sentence for the portal's developer, English */
	struct str client_id;    /* as presented */
	struct str redirect_uri; /* as presented; shown as text only */
	struct str portal;       /* when the client is known */
};

/* Who the person is was proven; it does not open this door. */
struct web_refusal {
	struct str system, username, office;
	int64_t until; /* the day the grant ended */
	struct {
		const struct web_support_contact *v;
		size_t n;
	} support_contacts;
	struct str retry_url;  /* sign in as somebody else */
	struct str home_url;   /* /apps, where there is a session */
	struct str portal_url; /* back to the portal */
};

#endif
