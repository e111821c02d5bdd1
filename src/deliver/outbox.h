/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DELIVER_OUTBOX_H
#define PRATU_DELIVER_OUTBOX_H

/*
 * The durable outbox: email and SMS. A message is added to the batch of the change it belongs to,
 * so that either both are stored or neither; separate threads send it afterwards.
 *
 * At least once: a sender leases a message, sends it and records the outcome. If it dies in
 * between, the lease expires and the same text is sent again. The text is fixed when the message is
 * queued, sealed until it is sent, then wiped; a message is never sent after its not_after. Its
 * state remains for KEEP seconds.
 *
 * Any thread, any number of processes on one store.
 */
#include "deliver/message.h"
#include "core/tx.h"

struct outbox;

#define OUTBOX_TEXT_MAX     6000u                /* bytes */
#define OUTBOX_SUBJECT_MAX  400u                 /* bytes */
#define OUTBOX_KEEP         (INT64_C(7) * 86400) /* seconds a message's state is kept */
#define OUTBOX_LIFETIME_MAX (INT64_C(3) * 86400) /* seconds a message may wait at most */

/* What is to be sent. */
struct outbox_message {
	enum message_kind kind;
	struct str target;  /* email address, or mobile number as thai_mobile_normalise gives it */
	struct str subject; /* email only */
	struct str text;    /* email: UTF-8 with line feeds; SMS: at most a few parts */
	struct str purpose; /* a closed word: "notice", or what a code is for: "login" */
	struct str person;  /* whom it concerns: an id; may be empty */
	bool code;          /* holds a one-time code: an SMS of this kind may hold no link */
	bool notice;        /* reports a completed change: not subject to the hourly limit */
	int64_t not_after; /* first second in which it is of no use any more; 0: OUTBOX_LIFETIME_MAX
			    */
};

/* Can messages of this kind be sent: is a mail server or an SMS provider configured? NULL: no. */
bool outbox_offers(const struct outbox *o, enum message_kind kind);
/*
 * Adds the message to the batch. RC_UNAVAILABLE: no transport for this kind; RC_LIMITED: too many
 * to this target lately (throttle.message_limit; concurrent messages to one target make the batch
 * RC_CONFLICT) or too many queued in total; RC_INVALID: target, subject or text break a rule.
 * *ret_why, then: a static sentence. ret_id (may be NULL): its id, in the arena.
 */
MUST_USE enum rc outbox_put(
	struct tx *tx, const struct outbox_message *m, struct str *ret_id, const char **ret_why);
/* Wakes the senders of this process; call it after the commit. May be NULL. */
void outbox_wake(struct outbox *o);
/* Cancels a queued message in the batch, because its content is obsolete. Not an error if there is
 * no such message. */
MUST_USE enum rc outbox_cancel(struct tx *tx, struct str id);
/* The message of an id that outbox_put gave. RC_NOT_FOUND. */
MUST_USE enum rc outbox_get(
	struct store_snapshot *snap, struct arena *a, struct str id, struct message *ret);

/* Number of SMS parts of a text: 160/153 GSM characters, or 70/67 UTF-16 units if it has any other
 * letter (Thai). */
size_t outbox_sms_parts(struct str text);

/* For struct app's committed: a message of the batch leaves at once, not at the senders' next look.
 * Any thread. */
void outbox_committed(const struct app *app, const struct store_batch *batch);

#endif
