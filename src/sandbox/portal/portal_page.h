/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_SANDBOX_PORTAL_PORTAL_PAGE_H
#define PRATU_SANDBOX_PORTAL_PORTAL_PAGE_H

/*
 * The pages of a demo portal, in the colours of its look, Thai first. Each answers the exchange.
 */
#include "http/exchange.h"
#include "sandbox/common/config.h"
#include "sandbox/portal/theme.h"
#include "sandbox/portal/rp.h"

struct portal_view {
	const struct portal_theme *look;
	const struct sandbox_portal *config;
	struct str issuer;             /* of Pratu: the logout form leads there */
	const struct rp_result *login; /* NULL: nobody is signed in */
};

/* The public front page. */
void portal_page_home(struct http_exchange *x, const struct portal_view *v);
/* Who is signed in, and every claim received. */
void portal_page_me(struct http_exchange *x, const struct portal_view *v);
/* What the portal's own API answered to the access token. */
void portal_page_api(
	struct http_exchange *x, const struct portal_view *v, int status, struct str answer);
/* A payment (RFC 9396) that the portal asks the person to approve, and what came of it. */
extern const char portal_payment[];
void portal_page_pay(struct http_exchange *x, const struct portal_view *v);
/* One that was not approved; the code and its description are the provider's. */
void portal_page_not_paid(
	struct http_exchange *x, const struct portal_view *v, struct str code, struct str why);
void portal_page_logged_out(struct http_exchange *x, const struct portal_view *v);
/* A login or a call that failed; code: for the developer, may be empty. */
void portal_page_problem(struct http_exchange *x, const struct portal_view *v, int status,
	const char *title, struct str code, struct str why);

#endif
