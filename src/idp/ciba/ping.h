/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_CIBA_PING_H
#define PRATU_IDP_CIBA_PING_H

/*
 * Ping (CIBA Core 10.2): when a person has answered, the client is notified by a POST of
 * auth_req_id to its endpoint, with the bearer token that it gave; it then asks the token endpoint.
 * A client may poll all the same, so a notification that is lost loses nothing.
 *
 * The record (TABLE_CIBA_PING) is written in the batch of the answer and removed after the call: no
 * crash loses one, and one in between may repeat it. A sender leases it first. No redirect is
 * followed and the body of the answer is not read (net/outgoing.h). An answer ends it, 401 and 403
 * too; none, 5xx, 408 and 429 are tried again, CIBA_PING_ATTEMPTS_MAX times in all. One client is
 * called once at a time, so that one that hangs costs one sender; those that gave no answer last
 * time have half of the senders together.
 */
#include "core/app.h"
#include "core/tx.h"
#include "idp/ciba/ciba_records.h"

#define CIBA_PING_ATTEMPTS_MAX 4
#define CIBA_PING_SENDERS      6     /* threads */
#define CIBA_PING_SILENT_MAX   64    /* portals remembered that gave no answer */
#define CIBA_PING_LOOK         500   /* milliseconds between two looks of a sender */
#define CIBA_PING_LEASE        15000 /* milliseconds; a call ends before */

/* Adds the notification of a request that was just decided, where its client wants one. */
void ciba_ping_add(struct tx *tx, const struct ciba_ref *ref);

struct ciba_pinger;

/* app must outlive it. */
struct ciba_pinger *ciba_pinger_new(const struct app *app);
void ciba_pinger_free(struct ciba_pinger *p); /* stopped; NULL is fine */
void ciba_pinger_start(struct ciba_pinger *p);
/* Calls under way end soon; then the threads, for which stop waits. */
void ciba_pinger_stopping(struct ciba_pinger *p);
void ciba_pinger_stop(struct ciba_pinger *p);
/* Sends one that is due. False: there is none, or it cannot be read. Not on an event thread. */
bool ciba_ping_next(struct ciba_pinger *p);

#endif
