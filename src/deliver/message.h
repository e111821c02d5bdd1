/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DELIVER_MESSAGE_H
#define PRATU_DELIVER_MESSAGE_H

/*
 * The stored forms of the outbox (deliver/outbox.h): messages, and how many went to a target. All
 * but the table of due times expire.
 *
 *     TABLE_MESSAGE         second it is forgotten, 12 random bytes -> struct message
 *     TABLE_MESSAGE_DUE     kind (1 byte), millisecond of the next attempt (8), message key
 *     TABLE_MESSAGE_TARGET  no longer written: the throttle counts (throttle/throttle.h)
 *     TABLE_MESSAGE_REPORT  a day, 16 bytes of hash of provider and its id -> message key
 *     TABLE_SECURITY_NOTIFICATION          handle in its link (core/handle.h) -> struct
 * security_notification_record
 */
#include "codec/field.h"

enum message_kind { MESSAGE_EMAIL, MESSAGE_SMS, MESSAGE_KIND_MAX };

/*
 * queued: waits for a sender. sent: the mail server or provider took it. delivered: the provider
 * says the telephone has it. failed: refused for good. expired: its time came before it could be
 * sent. cancelled: an administrator took it back, or the code in it was used or replaced.
 */
enum message_state {
	MESSAGE_QUEUED,
	MESSAGE_SENT,
	MESSAGE_DELIVERED,
	MESSAGE_FAILED,
	MESSAGE_EXPIRED,
	MESSAGE_CANCELLED,
	MESSAGE_STATE_MAX
};

struct message {
	int kind;           /* enum message_kind */
	int state;          /* enum message_state */
	struct str purpose; /* closed word */
	struct str person;
	struct str masked; /* the target as an administrator may see it */
	struct str sealed; /* target, subject and text; empty once they are of no more use */
	int64_t created, not_after, finished; /* seconds */
	int64_t due_ms;                       /* next attempt, or end of a sender's lease */
	int64_t attempts;
	struct str provider, provider_id;
	struct str error; /* of the last attempt: a word or two, never the text */
};

/* What is sealed. */
struct message_content {
	struct str target, subject, text;
};

struct message_report {
	struct str message; /* key */
};

/* The subject of a security notification, for the answer "this was not me".
 */
enum security_notification_kind {
	SECURITY_NOTIFICATION_PASSWORD_CHANGED,
	SECURITY_NOTIFICATION_PASSWORD_RECOVERED, /* after it was forgotten */
	SECURITY_NOTIFICATION_SECRET_ISSUED,      /* by an administrator */
	SECURITY_NOTIFICATION_EMAIL_CHANGED,      /* also the first one */
	SECURITY_NOTIFICATION_MOBILE_CHANGED,     /* also the first one */
	SECURITY_NOTIFICATION_THAID_ONLY,         /* password login was disabled */
	SECURITY_NOTIFICATION_PASSWORD_ENABLED,   /* opened again by an administrator */
	SECURITY_NOTIFICATION_KIND_MAX
};

struct security_notification_record {
	int kind; /* enum security_notification_kind */
	struct str person;
	int64_t made, answered; /* seconds; answered 0: not yet */
};

extern const struct record_type record_message, record_message_content, record_message_report,
	record_security_notification;
extern const char *const message_kind_words[], *const message_state_words[],
						       *const security_notification_words[];

#endif
