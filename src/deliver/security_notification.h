/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DELIVER_SECURITY_NOTIFICATION_H
#define PRATU_DELIVER_SECURITY_NOTIFICATION_H

/*
 * Security notifications: messages to a person, in the batch of the change itself, about changes to
 * how they log in. By email to a verified address, otherwise by SMS; also to a contact that was
 * replaced, and by SMS in addition to an email address younger than SECURITY_NOTIFICATION_LIFETIME,
 * since an intruder changes these first.
 *
 * An email holds a link under which the person can say "this was not me" within
 * SECURITY_NOTIFICATION_LIFETIME seconds: idp/account/not_me.h. The store has only a hash of it. An
 * SMS has no link and names the number to call. The words are in pages/notification-*.txt, in the
 * language that the person chose; a mail to a person who chose none is in Thai and English.
 *
 * A notification that cannot be queued (no contact, no transport, a full queue) never prevents the
 * change; it is logged. Any thread.
 */
#include "deliver/outbox.h"
#include "directory/records.h"
#include "directory/directory.h"
#include "web/text.h"

#define SECURITY_NOTIFICATION_LIFETIME (INT64_C(7) * 86400) /* seconds its link is good */

/* What notifications need to know of the installation. Read-only while used. */
struct security_notification_context {
	struct str issuer; /* the link begins with it */
};

struct security_notification {
	enum security_notification_kind kind;
	const struct person *person;      /* as it is after the change */
	struct str username;              /* of the account concerned; may be empty */
	struct str office;                /* its office; may be empty */
	struct str old_email, old_mobile; /* proven until now, and replaced; may be empty */
	struct str user_agent;            /* of the browser; may be empty */
	struct str address;               /* where the change came from; may be empty */
};

/* The models of the texts. */
struct notification_model {
	enum security_notification_kind kind;
	struct str name, username, office, device, address;
	struct str admin_name, admin_phone; /* of the office */
	struct str link;                    /* "this was not me" */
	int64_t when, days;                 /* how long the link is good */
};
extern const struct text_type text_notification_mail, text_notification_sms;

/* Adds the messages and the record of the notification to the batch, by tx->app's notices and
 * outbox. Without notices nothing is sent, and nothing is missed. */
void security_notification_add(struct tx *tx, const struct security_notification *n);

#endif
