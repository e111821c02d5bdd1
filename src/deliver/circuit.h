/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DELIVER_CIRCUIT_H
#define PRATU_DELIVER_CIRCUIT_H

/*
 * How many senders may call one mail server or provider at once, so that one that hangs costs one
 * sender, and never all.
 *
 * While it answers: as many as `usual`. When nothing was heard of it lately, or a call has been
 * under way for CIRCUIT_HANG_MS: one, which probes, and one more each probe_ms, in case only that
 * connection hangs. Never more than `most`. Any thread; times are monotonic milliseconds.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define CIRCUIT_CALLS_MAX 16
#define CIRCUIT_HANG_MS   3000 /* without an answer: it may hang */
#define CIRCUIT_TRUST_MS  5000 /* since an answer: it may be called by several */

struct circuit {
	pthread_mutex_t lock;
	int usual, most;
	int64_t probe_ms;
	int64_t begun[CIRCUIT_CALLS_MAX]; /* lock: of calls under way; 0: a free place */
	int n;                            /* lock: calls under way */
	int64_t last_begun, answered;     /* lock: 0: never */
	bool hung;                        /* lock: the last call that ended had no answer */
};

void circuit_init(struct circuit *c, int usual, int most, int64_t probe_ms);
void circuit_destroy(struct circuit *c);
/* Begins a call: its place, or -1: not now. now is over 0. */
int circuit_enter(struct circuit *c, int64_t now);
/* It ended. answered: whatever the other side said, it said something, or refused at once. */
void circuit_leave(struct circuit *c, int place, bool answered, int64_t now);
/* There was no call after all. */
void circuit_cancel(struct circuit *c, int place);

#endif
