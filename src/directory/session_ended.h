/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_SESSION_ENDED_H
#define PRATU_DIRECTORY_SESSION_ENDED_H

/*
 * Sessions that ended, and portals that a session may no longer enter: written in the batch of the
 * end itself, so that a crash loses none. idp/logout reads them, and notifies the portals
 * (OpenID Connect Back-Channel Logout 1.0).
 *
 * A record is of a few bytes and the same for each number of portals: which ones a session entered
 * is looked up afterwards (session_clients), when no login can add one any more.
 */
#include "directory/session.h"

struct session_ended {
	struct str sid, person;
	struct str
		client;  /* only this one is to be notified; empty: all that the session entered */
	int64_t expires; /* of the session: its notes about clients stand under it */
	int64_t ended;   /* seconds */
};

extern const struct record_type record_session_ended;

/* client empty: all that it entered. */
void session_ended_put(struct tx *tx, const struct session *s, struct str client);
/* Has this session, as a whole, ended and the portals are not yet found? */
MUST_USE enum rc session_ended_waits(
	struct store_snapshot *snap, struct arena *a, struct str sid, bool *ret);

/* The session stays, but is of no use to this client any more: it is to be notified, and leaves the
 * session's list. */
void session_leave_client(struct tx *tx, const struct session *s, struct str client);
/* The same in all sessions of a person that entered it. */
MUST_USE enum rc session_leave_client_all(struct tx *tx, struct str person, struct str client);

#endif
