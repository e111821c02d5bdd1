/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DELIVER_SENDER_H
#define PRATU_DELIVER_SENDER_H

/*
 * The outbox as its owner sees it: made with its transports, started, stopped; and what an
 * administrator does with messages.
 */
#include "deliver/transport.h"
#include "deliver/outbox.h"
#include "base/clock.h"
#include "base/random.h"

struct outbox_options {
	struct store *store;
	const struct vault *vault;
	const struct clock *clock;
	const struct rng *rng;
	const struct transport *const *transports; /* must outlive the outbox */
	size_t n_transports;
	int threads;      /* senders of each kind, 1 to 8: a slow one does not stop the other */
	int64_t lease_ms; /* of a message, at least; as long as all transports of its kind may take,
			     and OUTBOX_LEASE_MARGIN_MS, when that is more */
	int64_t scan_ms;  /* interval at which senders check for messages of other processes */
	int64_t retry_first_ms; /* pause after the first failed attempt; three times as long each */
	int64_t waiting_max;    /* messages waiting altogether */
};

#define OUTBOX_LEASE_MS        30000
#define OUTBOX_LEASE_MARGIN_MS 15000  /* for what is written before and after the calls */
#define OUTBOX_CALL_MAX_MS     300000 /* a transport may take for one message */
#define OUTBOX_STOP_MS         3000   /* that a stop waits for answers to messages handed over */
#define OUTBOX_SCAN_MS         1000
#define OUTBOX_RETRY_FIRST_MS  5000
#define OUTBOX_RETRY_MAX_MS    (15 * 60 * 1000)

/* RC_LIMITED: too many transports. RC_INVALID: one that does not say how long it takes. */
MUST_USE enum rc outbox_new(const struct outbox_options *options, struct outbox **ret);
void outbox_start(struct outbox *o);
/* Begins a stop: no further message is sent; one being sent is given up, unless it was handed over
 * already: its answer is awaited for OUTBOX_STOP_MS. Does not wait. */
void outbox_stopping(struct outbox *o);
/* Waits for the senders, until by_ms (monotonic). Queued messages remain queued. False: one did not
 * end; then the outbox must stay, to the end of the process. */
bool outbox_stop(struct outbox *o, int64_t by_ms);
void outbox_free(struct outbox *o); /* stopped; NULL is fine */

/* Sends what is due now, in the calling thread; the number of messages that were tried. */
MUST_USE enum rc outbox_run(struct outbox *o, size_t *ret_tried);

/* A provider's report about a message it took under its id. Repeating it changes nothing.
 * RC_NOT_FOUND: no such message, or one of more than three days ago. */
MUST_USE enum rc outbox_report(struct outbox *o, struct arena *a, struct str provider,
	struct str provider_id, bool delivered);

/* Retries a queued message now, or cancels it, with the audit event. RC_NOT_FOUND; RC_EXPIRED: it
 * is not queued any more. reason: at most AUDIT_REASON_MAX bytes without control characters. */
MUST_USE enum rc outbox_order_retry(struct tx *tx, struct str id, struct str reason);
MUST_USE enum rc outbox_order_cancel(struct tx *tx, struct str id, struct str reason);

/* Walks messages, the oldest first, behind the one of the id (empty: from the start). RC_INVALID:
 * no id. */
typedef bool (*outbox_each_fn)(void *data, struct str id, const struct message *m);
MUST_USE enum rc outbox_each(struct store_snapshot *snap, struct arena *a, struct str after,
	outbox_each_fn fn, void *data);

#endif
