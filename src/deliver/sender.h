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
	int64_t lease_ms; /* longer than all transports of a kind take together */
	int64_t scan_ms;  /* interval at which senders check for messages of other processes */
	int64_t retry_first_ms; /* pause after the first failed attempt; three times as long each */
	int64_t waiting_max;    /* messages waiting altogether */
};

#define OUTBOX_LEASE_MS       120000
#define OUTBOX_SCAN_MS        1000
#define OUTBOX_RETRY_FIRST_MS 5000
#define OUTBOX_RETRY_MAX_MS   (15 * 60 * 1000)

/* RC_LIMITED: too many transports. */
MUST_USE enum rc outbox_new(const struct outbox_options *options, struct outbox **ret);
void outbox_start(struct outbox *o);
/* Finishes messages being sent; queued ones remain queued. */
void outbox_stop(struct outbox *o);
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

/* Walks messages, the oldest first. */
typedef bool (*outbox_each_fn)(void *data, struct str id, const struct message *m);
MUST_USE enum rc outbox_each(
	struct store_snapshot *snap, struct arena *a, outbox_each_fn fn, void *data);

#endif
