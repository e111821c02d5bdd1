/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGOUT_SIGNING_OUT_H
#define PRATU_IDP_LOGOUT_SIGNING_OUT_H

/*
 * The portals that a browser signs out of. Ending the session here does not by itself end what a
 * portal has begun on its own: portals with a back-channel address are notified by us (queue.h),
 * those with a front-channel address by frames of the page after signing out (OpenID Connect
 * Front-Channel Logout 1.0), and all others may still be open, which the page says.
 *
 * Asked before the sessions end, on op->tx.snap; op->lang is set. Each portal stands once; those
 * without a record any more are left out.
 */
#include "core/op.h"
#include "directory/session.h"
#include "web/pages_common.h"

#define LOGOUT_FRAMES_MAX WEB_ORIGINS_MAX /* of one page; further portals count as open */

struct portal_left {
	struct str client; /* id */
	struct web_open_portal shown;
	bool notified;     /* it has a back-channel address */
	struct str frame;  /* of this browser's session; empty: none */
	struct str origin; /* of the frame */
};

struct signing_out {
	struct strlist sids; /* of the sessions that end */
	const struct portal_left *v;
	size_t n;
};

/* Of one session, which is this browser's or another. */
MUST_USE enum rc signing_out_of_session(
	struct op *op, const struct session *s, bool here, struct signing_out *ret);
/* Of all sessions of a person. here: this browser's; NULL: none of them is. */
MUST_USE enum rc signing_out_of_person(
	struct op *op, struct str person, const struct session *here, struct signing_out *ret);

/* Portals that nothing notifies: may still be open. */
struct web_open_portals signing_out_open(struct op *op, const struct signing_out *s);
/* Portals that are notified by the back channel. */
struct web_open_portals signing_out_notified(struct op *op, const struct signing_out *s);
/* Is there a portal with a frame? */
bool signing_out_has_frames(const struct signing_out *s);

#endif
