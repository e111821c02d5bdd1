/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DELIVER_SMS_CREDIT_H
#define PRATU_DELIVER_SMS_CREDIT_H

/*
 * The remaining credit at SMS providers: read from responses to messages, and queried at intervals
 * if the provider supports it, since an alarm with the last message would be too late. It goes to
 * the metric pratu_sms_credit and, from credit_low downwards, to the log.
 */
#include "deliver/sms.h"

/* Looks for the credit at this path of an answer; nothing when it is not there. True: it was. */
bool sms_credit_read(const struct sms_transport *c, struct arena *a, const struct json_value *root,
	struct str path);

/* Queries each provider that supports it, one after the other, and logs sms_credit_unknown on
 * failure. Blocks, at most for their timeouts. */
void sms_credit_ask(const struct sms *s, struct arena *a);

/* Starts a thread that queries at once and then at this interval in seconds; NULL if no provider
 * supports it. s must outlive it. */
struct sms_watch;
struct sms_watch *sms_watch_start(const struct sms *s, int64_t every);
/* Finishes a running query. May be NULL. */
void sms_watch_stop(struct sms_watch *w);

#endif
