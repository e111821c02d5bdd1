/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DELIVER_SECURITY_NOTIFICATION_H
#define PRATU_DELIVER_SECURITY_NOTIFICATION_H

/*
 * Notices: what a person is told, in the batch of the change itself, when a change touches how they
 * log in. By email where the person has a proven address, else by SMS; also to an address or number
 * that was replaced, and by SMS beside an email that is younger than
 * SECURITY_NOTIFICATION_LIFETIME: whoever holds an account against its owner changes these first.
 *
 * An email holds a link under which the person can say "this was not me" within
 * SECURITY_NOTIFICATION_LIFETIME seconds: idp/not_me.h. The store knows only a hash of it. An SMS
 * holds no link, and says whom to call. Texts are in Thai and English: the reader's language is not
 * known here.
 *
 * A notice that cannot be put (no address, no way to send, a full queue) never hinders the change;
 * it is written in the log. Any thread.
 */
#include "deliver/outbox.h"
#include "directory/records.h"
#include "base/random.h"
#include "directory/directory.h"

#define SECURITY_NOTIFICATION_LIFETIME (INT64_C(7) * 86400) /* seconds its link is good */

/* What notices need to know of this place. Read-only while used. */
struct security_notification_context {
	struct outbox *outbox; /* NULL: nothing is sent */
	const struct rng *rng;
	struct str issuer;        /* the link begins with it */
	struct str support_phone; /* may be empty */
};

struct security_notification {
	enum security_notification_kind kind;
	const struct person *person;      /* as it is after the change */
	struct str username;              /* the account concerned; may be empty */
	struct str old_email, old_mobile; /* proven until now, and replaced; may be empty */
	struct str device;                /* "Chrome on Windows"; may be empty */
	struct str address;               /* where the change came from; may be empty */
};

/* Adds the notice's messages and record to the batch. */
void security_notification_put(const struct security_notification_context *way,
	struct store_snapshot *snap, struct store_batch *b, struct arena *a, int64_t now_ms,
	const struct security_notification *n);

#endif
