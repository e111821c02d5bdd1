/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_ACCESS_RECHECK_H
#define PRATU_DIRECTORY_ACCESS_RECHECK_H

/*
 * Whether somebody may still enter portals that they have entered: to be judged again, at once or
 * at a given second. Tokens ask at each use (docs/decisions/0009); this is for the portals, which
 * go on by a session of their own: idp/logout judges, and notifies those that lost the person.
 *
 * The notes are written in the batch of the change (a grant that ends, an account that is
 * suspended), and by a login through a grant that ends before the session does.
 */
#include "core/tx.h"
#include "directory/records.h"

#define ACCESS_RECHECK_OPERATIONS 1 /* of the batch, for one note */

enum access_recheck_kind {
	ACCESS_OF_PERSON,
	ACCESS_OF_ACCOUNT,
	ACCESS_OF_ALL, /* everybody with a session: a system, an office or a client is suspended */
	ACCESS_RECHECK_KIND_MAX
};

struct access_recheck {
	int64_t when; /* seconds */
	enum access_recheck_kind kind;
	/* Person id or account id; of ACCESS_OF_ALL the person judged last, empty at first. */
	struct str subject;
	struct str system; /* empty: all */
};

void access_recheck_put(struct tx *tx, const struct access_recheck *r);
/* After a grant was changed: when it ends, if sessions of today may see that. True: noted. */
bool access_recheck_grant(struct tx *tx, const struct role_grant *g);
/* Everybody in this system (empty: in all) is judged again, now. */
void access_recheck_all(struct tx *tx, struct str system);
/* From a key of TABLE_ACCESS_RECHECK; views into it. RC_CORRUPT. */
MUST_USE enum rc access_recheck_read(struct str key, struct access_recheck *ret);

#endif
