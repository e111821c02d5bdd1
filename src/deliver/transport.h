/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DELIVER_TRANSPORT_H
#define PRATU_DELIVER_TRANSPORT_H

/*
 * A transport delivers one message to a mail server (deliver/mail.h) or an SMS provider
 * (deliver/sms.h). The transports of a kind are tried in order within one attempt.
 *
 * send blocks, at most for the transport's own time-outs, and may be called by several threads.
 */
#include "base/arena.h"
#include "base/str.h"
#include "deliver/message.h"
#include "net/call_end.h"

enum transport_outcome {
	TRANSPORT_SENT,     /* it has been taken */
	TRANSPORT_RETRY,    /* not accepted, or unknown (timeout): send again, with the same text */
	TRANSPORT_REJECTED, /* not taken, nor will it ever be */
	TRANSPORT_OUTCOME_MAX
};

struct transport_message {
	struct str id; /* ours, the same over all attempts */
	struct message_content content;
	int64_t created;            /* seconds */
	const struct call_end *end; /* when calls end, because the process stops; may be NULL */
};

struct transport_result {
	enum transport_outcome outcome;
	struct str provider_id; /* the transport's own id of it; may be empty */
	struct str error;       /* a few words without personal data */
};

struct transport {
	const char *name;
	enum message_kind kind;
	void (*send)(const struct transport *c, struct arena *a,
		const struct transport_message *what, struct transport_result *ret);
	int64_t longest_ms; /* send returns within it */
};

#define TRANSPORTS_MAX 8

#endif
