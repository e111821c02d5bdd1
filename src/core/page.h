/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CORE_PAGE_H
#define PRATU_CORE_PAGE_H

/*
 * Answers with a page: the place where http and web meet. The language is the person's own choice
 * (cookie of the language switch), else ui_locales of the portal, else Thai: many Thai offices run
 * their browsers in English, so that Accept-Language is not used.
 */
#include "core/op.h"
#include "web/pages_common.h"

struct page_options {
	/* Path and query that show this page again, for the language switch. Empty: the path of a
	 * GET without a query, else the start page. */
	struct str self;
	struct str user_name; /* name of the person logged in */
	/* That person's form token: the header then has a menu with signing out. */
	struct str sign_out_csrf;
	int64_t session_left; /* seconds until that session ends unused: the page warns */
	int64_t login_left;   /* the same of a login that is under way, which begins again there: */
	struct str start_url;
	struct str home_url;              /* logo and header lead there; empty: no link */
	struct str back_portal, back_url; /* the portal the person came from; may be empty */
	struct str ui_locales;
	struct str leave; /* struct web_view */
	struct strlist frame_origins;
};

enum web_lang page_language(struct http_exchange *x, struct str ui_locales);
/* Keeps the choice in this browser. */
void page_set_language(struct http_exchange *x, enum web_lang lang);
/* Takes the language of the person who logs in ("th", "en"; empty: none), unless this browser has
 * chosen one. */
void page_adopt_language(struct http_exchange *x, struct str lang);
/* Renders and answers; options may be NULL. */
void page_send(struct op *op, int status, const struct page_type *page, const void *model,
	const struct page_options *options);
/*
 * Sends the browser to another site: a redirect where it came by a link or by a form of another
 * site, a page that leaves by itself where it came by a form of ours. A redirect would be held
 * against the policy of the page the form stood on (CSP 3, form-action), and not only its target
 * but whatever that redirects to: the deed is done, and the page does not move (decision 0037).
 * url: registered, or of another provider. site: its name, may be empty.
 */
void page_leave(struct op *op, struct str url, struct str site, struct str ui_locales);
/*
 * A form that another site posted comes without our cookies (SameSite=Lax), so nothing is known of
 * the browser. True when there is no session cookie and the answer is given: the same request by
 * GET, which brings them; one that is too long for an address is posted again by a page of ours.
 * op->form has been read. Of a route with foreign_forms.
 */
bool page_come_again(struct op *op, const char *session_cookie);
/* A problem page with retry and home links (both may be empty); drops the batch. */
void page_problem(struct op *op, int status, enum web_problem_kind kind, struct str retry_url,
	struct str home_url);
/* The same, with the name of the portal that home_url leads to. */
void page_problem_at(struct op *op, int status, enum web_problem_kind kind, struct str retry_url,
	struct str portal, struct str home_url);
/*
 * 429: says for how many seconds, and that others at the same network were many; drops the batch.
 * retry_url may be empty: the request itself again, if it was a GET. portal, home_url: the way
 * back; may be empty.
 */
void page_too_many(
	struct op *op, int64_t wait, struct str retry_url, struct str portal, struct str home_url);
/* The same for who shall try again in a while: 429 or 503 with Retry-After. come_again: the page
 * asks for retry_url by itself then, without script; for what a GET repeats without harm. */
void page_wait(struct op *op, int status, enum web_problem_kind kind, struct str retry_url,
	struct str home_url, int64_t seconds, bool come_again);
/* The page that was sent goes on to url by itself, without script: a path of ours, or registered.
 */
void page_go_on(struct op *op, int64_t seconds, struct str url);
/* Adds Retry-After. */
void page_retry_after(struct op *op, int64_t seconds);
/* The problem page that fits a status. */
void page_problem_status(struct op *op, int status);

/* http_server_options.error_page: the server's own refusals as pages. */
void page_server_error(struct http_exchange *x, int status);

/* GET /language?lang=en&return=/path: sets the cookie, goes back (web_return_path). */
void language_run(struct op *op);

#endif
