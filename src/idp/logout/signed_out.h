/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGOUT_SIGNED_OUT_H
#define PRATU_IDP_LOGOUT_SIGNED_OUT_H

/*
 * The page after signing out, which says for each portal what became of it. The first answer knows
 * only who will be notified; where somebody is, it leads, by itself and by a link, to /signed-out,
 * which looks again every SIGNED_OUT_LOOK seconds for at most SIGNED_OUT_WAIT, and then says which
 * portals have not confirmed yet. Nobody waits for a portal, and no script is needed.
 *
 * The address of /signed-out holds a random handle, good for SIGNED_OUT_LIFETIME; the page names
 * portals, and nobody.
 */
#include "idp/logout/pages_logout.h"
#include "idp/logout/signing_out.h"

#define TABLE_SIGNED_OUT 74 /* expiring: handle */

#define SIGNED_OUT_LOOK     2   /* seconds between two looks of the page */
#define SIGNED_OUT_WAIT     10  /* seconds in which it looks again by itself */
#define SIGNED_OUT_FRAMES   3   /* seconds that frames of portals have to load */
#define SIGNED_OUT_LIFETIME 900 /* seconds in which its address is good */
#define SIGNED_OUT_PORTALS  100 /* that it reports on; all others are in the first answer only */

/* What the page needs later. */
struct signed_out {
	struct strlist sids, portals; /* portals: ids of clients that are notified */
	struct strlist open;          /* ids of those that are not */
	int64_t ended;
	bool everywhere;
};
extern const struct record_type record_signed_out;

/*
 * Answers with the page. model: portal, portal_url, leave_url, everywhere, login_url, login_portal
 * are the caller's. stay: the page does not go on by itself.
 */
void signed_out_send(
	struct op *op, const struct signing_out *out, struct web_logged_out *model, bool stay);
void signed_out_run(struct op *op); /* GET /signed-out */

#endif
