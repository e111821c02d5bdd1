/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DELIVER_TRANSPORT_H
#define PRATU_DELIVER_TRANSPORT_H

/*
 * A carrier takes one message to the outside: a mail server (deliver/mail.h) or an SMS provider
 * (deliver/sms.h). Carriers of a kind are tried in their order within one attempt.
 *
 * send blocks, at most for the carrier's own time-outs, and may be called by several threads.
 */
#include "base/arena.h"
#include "base/str.h"
#include "deliver/message.h"

enum carried {
	CARRIED_OK,      /* it has been taken */
	CARRIED_LATER,   /* not taken, or nobody knows (a time-out): again, with the same text */
	CARRIED_REFUSED, /* not taken, nor will it ever be */
	CARRIED_MAX
};

struct carriage {
	struct str id; /* ours, the same over all attempts */
	struct message_content content;
	int64_t created; /* seconds */
};

struct carried_result {
	enum carried carried;
	struct str provider_id; /* the carrier's own id of it; may be empty */
	struct str error;       /* a few words without personal data */
};

struct carrier {
	const char *name;
	enum message_kind kind;
	void (*send)(const struct carrier *c, struct arena *a, const struct carriage *what,
		struct carried_result *ret);
};

#define CARRIERS_MAX 8

#endif
