/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_SANDBOX_INBOX_INBOX_H
#define PRATU_SANDBOX_INBOX_INBOX_H

/*
 * What the simulated mail server and SMS gateway have taken, and how they shall misbehave. In
 * memory: the last INBOX_MAX messages. Any thread.
 */
#include "base/arena.h"
#include "codec/json_value.h"
#include "codec/json_writer.h"
#include "base/rc.h"
#include "base/clock.h"

#define INBOX_MAX      200
#define INBOX_DATA_MAX 65536u /* bytes of one mail */

enum inbox_kind { INBOX_MAIL, INBOX_SMS };

enum mail_fault { MAIL_GOOD, MAIL_LATER, MAIL_REFUSE, MAIL_SLOW, MAIL_DROP, MAIL_FAULT_MAX };
enum sms_fault {
	SMS_GOOD,
	SMS_REJECT, /* inside a 200 */
	SMS_CREDIT,
	SMS_SLOW,
	SMS_DEAD, /* taken, but the answer never comes */
	SMS_BROKEN,
	SMS_FAULT_MAX
};

struct inbox_settings {
	int mail_fault; /* enum mail_fault */
	bool starttls;
	int sms_fault;  /* enum sms_fault */
	int64_t credit; /* at the SMS gateway; each message takes one a part */
};

/* One message; views live in the arena of the reader. */
struct inbox_message {
	int64_t number, time_ms;
	struct str from, to, subject, text;
	struct str via; /* "smtp", "thaibulksms" ... */
	struct str raw; /* mail: as it came */
};

struct inbox;

struct inbox *inbox_new(const struct clock *clock);
void inbox_free(struct inbox *i);
void inbox_clear(struct inbox *i); /* settings go to their start, too */
/* Copies; the number of the message. */
int64_t inbox_add(struct inbox *i, enum inbox_kind kind, const struct inbox_message *m);
/* A mail as it came over the wire, subject and text decoded out of it. */
void inbox_add_mail(struct inbox *i, struct str from, struct str to, struct str raw);

typedef void (*inbox_each_fn)(void *data, const struct inbox_message *m);
/* Those of a kind behind number `since`, the oldest first. */
void inbox_each(struct inbox *i, struct arena *a, enum inbox_kind kind, int64_t since,
	inbox_each_fn fn, void *data);

struct inbox_settings inbox_settings(struct inbox *i);
/* Takes credit for a message; what is left. */
int64_t inbox_spend(struct inbox *i, int64_t credit);
/* Sets the members given. RC_INVALID: a member or value unknown; nothing is changed. */
MUST_USE enum rc inbox_settings_merge(
	struct inbox *i, enum inbox_kind kind, const struct json_value *in, const char **ret_why);
void inbox_settings_write(struct inbox *i, enum inbox_kind kind, struct json_writer *w);

#endif
