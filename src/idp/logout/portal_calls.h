/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGOUT_PORTAL_CALLS_H
#define PRATU_IDP_LOGOUT_PORTAL_CALLS_H

/*
 * How many senders may call one portal at once: a circuit for each (deliver/circuit.h), so that one
 * that hangs costs one sender and a probe from time to time; and portals that gave no answer last
 * time have no more than half of the senders together, however many they are.
 *
 * Circuits are of portals that something waited for lately: the one that was not called for longest
 * makes room when there are PORTAL_CIRCUITS_MAX. Any thread.
 */
#include "base/str.h"
#include "deliver/circuit.h"

#define PORTAL_CIRCUITS_MAX 1024
#define PORTAL_CALLS_USUAL  4 /* at once, to one that answers */
#define PORTAL_CALLS_SILENT 2 /* at once, to one that does not */

struct portal_calls;

/* senders: of all portals; probe_ms: a call's time-out. */
struct portal_calls *portal_calls_new(int senders, int64_t probe_ms);
void portal_calls_free(struct portal_calls *p); /* NULL is fine */

/* A call under way. */
struct portal_call {
	struct portal_circuit *circuit;
	int place;
	bool silent; /* counted among those to portals that gave no answer */
};

/* May this portal be called now? now: monotonic milliseconds, as below. */
bool portal_call_begin(
	struct portal_calls *p, struct str client, int64_t now, struct portal_call *ret);
void portal_call_end(
	struct portal_calls *p, const struct portal_call *call, bool answered, int64_t now);
/* There was no call after all. */
void portal_call_cancel(struct portal_calls *p, const struct portal_call *call);

#endif
