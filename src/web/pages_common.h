/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_WEB_PAGES_COMMON_H
#define PRATU_WEB_PAGES_COMMON_H

/*
 * Models of what pages of several modules show, and of the page that says no. See web/page.h for
 * what holds of all models.
 */
#include "web/page.h"

struct web_label {
	struct str text;
};

struct web_labels {
	const struct web_label *v;
	size_t n;
};

/* Which part of a long list a page shows, and the ways to the others. total 0: it shows all. */
struct web_paging {
	int64_t from, to, total;
	struct str newer_url, older_url; /* may be empty */
};

/* Whom to ask: an office's SSO admin. */
struct web_support_contact {
	struct str name, office, phone, email;
};

/* A portal that was entered through the session, and where it can be left. */
struct web_open_portal {
	struct str name, url; /* url: its own site; may be empty */
};

struct web_open_portals {
	const struct web_open_portal *v;
	size_t n;
};

/* What a client asks a person to agree to (core/details.h), for {{>details.html}}. */
struct web_detail_row {
	struct str label, value;
	bool strong; /* the amount */
};
struct web_detail_group {
	struct str heading; /* may be empty */
	struct {
		const struct web_detail_row *v;
		size_t n;
	} rows;
};
struct web_detail {
	struct str title, note; /* note may be empty */
	struct {
		const struct web_detail_group *v;
		size_t n;
	} groups;
};
struct web_details {
	const struct web_detail *v;
	size_t n;
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
	WEB_PROBLEM_FORBIDDEN,            /* the person does not hold the permission */
	WEB_PROBLEM_COOKIES,              /* 431: the cookies of the whole domain are too long */
	WEB_PROBLEM_OTHER_PERSON, /* ThaID identified another person than the owner of the page */
	WEB_PROBLEM_WAITING,      /* back from another provider; the page comes again by itself */
	WEB_PROBLEM_OTHER_HOST,   /* 421: address says where we are */
	WEB_PROBLEM_NO_WAY,       /* no login that is offered is enough for this page */
	WEB_PROBLEM_KIND_MAX_
};

struct web_problem {
	enum web_problem_kind kind;
	struct str portal;
	struct str retry_url; /* link "try again" */
	struct str home_url;  /* link back to the portal, or "/" */
	int64_t wait;         /* seconds until trying again makes sense */
	struct str address;   /* WEB_PROBLEM_OTHER_HOST: home_url as text */
};

/* The kind that fits an HTTP status. */
enum web_problem_kind web_problem_of_status(int status);

/* On the way to another site: the page leaves by itself, and has a link. */
struct web_leave {
	struct str site; /* name; may be empty */
	struct str url;
};

/* A form that came from another site, posted once more from here: then it brings our cookies. */
struct web_hidden {
	struct str name, value;
};
struct web_post_again {
	struct str action;
	struct {
		const struct web_hidden *v;
		size_t n;
	} fields;
};

extern const struct page_type web_page_problem;
extern const struct page_type web_page_leave;
extern const struct page_type web_page_post_again;

#endif
