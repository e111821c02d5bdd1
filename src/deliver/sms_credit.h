/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DELIVER_SMS_CREDIT_H
#define PRATU_DELIVER_SMS_CREDIT_H

/*
 * The credit left at SMS providers: as a provider's answer to a message tells it, and asked for at
 * intervals where the provider can be asked, since an alarm that comes with the last message comes
 * too late. It goes to the metric pratu_sms_credit and, from credit_low downwards, to the log.
 */
#include "deliver/sms.h"

/* Looks for the credit at this path of an answer; nothing when it is not there. True: it was. */
bool sms_credit_read(const struct sms_transport *c, struct arena *a, const struct json_value *root,
	struct str path);

/* Asks each provider that can be asked, one after the other, and logs sms_credit_unknown when one
 * does not tell. Blocks, at most for their time-outs. */
void sms_credit_ask(const struct sms *s, struct arena *a);

/* A thread that asks at once and then every so many seconds; NULL when there is nobody to ask.
 * s must outlive it. */
struct sms_watch;
struct sms_watch *sms_watch_start(const struct sms *s, int64_t every);
/* A question under way is finished. NULL is fine. */
void sms_watch_stop(struct sms_watch *w);

#endif
