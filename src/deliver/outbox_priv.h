/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DELIVER_OUTBOX_PRIV_H
#define PRATU_DELIVER_OUTBOX_PRIV_H

/* What the files of the outbox share: its struct, the keys of its tables. Inside src/deliver. */
#include <pthread.h>

#include "deliver/circuit.h"
#include "deliver/sender.h"
#include "directory/records.h"
#include "core/schema.h"
#include "deliver/outbox.h"

#define OUTBOX_THREADS_MAX 16
#define DUE_KEY_MIN        9 /* kind and time */

struct outbox {
	struct outbox_options options;
	struct app app; /* for the units of work of senders: what the options hold */
	const struct transport *transports[TRANSPORTS_MAX];
	struct circuit circuits[TRANSPORTS_MAX];
	int64_t lease_ms[MESSAGE_KIND_MAX]; /* longer than all transports of a kind take together */
	struct call_end end;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool stopping;  /* lock */
	uint64_t wakes; /* lock: number of wake-ups */
	struct sender {
		struct outbox *o;
		enum message_kind kind;
		pthread_t thread;
	} senders[OUTBOX_THREADS_MAX];
	int n_senders, running; /* running: lock */
};

/* The text with "?" for what is no printable ASCII, cut; and without addresses and numbers that
 * could be a target or a code. */
struct str outbox_printable(struct arena *a, struct str error);
struct str outbox_scrubbed(struct arena *a, struct str error);

/* "When" of a message in the table of due times. */
struct str outbox_due_key(struct arena *a, int kind, int64_t due_ms, struct str key);
/* A message's key out of its id. RC_NOT_FOUND. */
MUST_USE enum rc outbox_key(struct arena *a, struct str id, struct str *ret);
/* Where a report under a provider's id is looked for; day: 0 for today, 1 for yesterday ... */
struct str outbox_report_key(
	struct arena *a, struct str provider, struct str provider_id, int64_t now, int day);
#define REPORT_DAYS 4

/* Puts the message into its end: the content forgotten, out of the queue. */
void outbox_finish(struct store_batch *b, struct arena *a, struct str key, struct message *m,
	uint64_t version, enum message_state state, int64_t now);
/* Moves its next attempt (or the end of a lease). */
void outbox_move(struct store_batch *b, struct arena *a, struct str key, struct message *m,
	uint64_t version, int64_t due_ms);

/* For store verify (core/table.h): TABLE_MESSAGE and TABLE_MESSAGE_DUE. */
struct table_check;
const char *outbox_verify(
	const struct table_check *c, const struct store_record *stored, const void *record);
const char *outbox_due_verify(
	const struct table_check *c, const struct store_record *stored, const void *record);

#endif
