/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGOUT_PORTAL_POST_H
#define PRATU_IDP_LOGOUT_PORTAL_POST_H

/*
 * One logout token posted to one portal (OpenID Connect Back-Channel Logout 1.0, 2.5), and what its
 * answer means (2.8). The only place of this module that calls out, by net/outgoing.h: no redirect
 * is followed, time and answer are bounded, and only permitted addresses are called.
 *
 * Blocking; any thread.
 */
#include "net/outgoing.h"

struct portal_post {
	struct str url, token;
	int64_t timeout_ms;         /* of the whole call */
	const struct call_end *end; /* the process stops */
};

struct portal_answer {
	int status;      /* 0: there was none */
	const char *why; /* of none: a static sentence */
};

/* How a portal is called; data: its struct outgoing. Tests have their own. */
typedef void (*portal_post_fn)(
	void *data, struct arena *a, const struct portal_post *post, struct portal_answer *ret);
void portal_post(
	void *data, struct arena *a, const struct portal_post *post, struct portal_answer *ret);

enum portal_verdict {
	PORTAL_CONFIRMED, /* 200, or 204 as frameworks have it */
	PORTAL_RETRY,     /* no answer, or one that says "later" */
	PORTAL_REFUSED    /* it will not become better by itself */
};
enum portal_verdict portal_verdict(int status);

#endif
