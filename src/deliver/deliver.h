/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DELIVER_DELIVER_H
#define PRATU_DELIVER_DELIVER_H

/*
 * The outbox of an installation with the transports of its configuration: made by the server (as
 * the module's open), and by commands that send messages or notify people of changes.
 */
#include "core/module.h"
#include "deliver/mail.h"
#include "deliver/security_notification.h"
#include "deliver/sms.h"
#include "deliver/sms_credit.h"

/* The options of the module. */
struct deliver_options {
	struct mail_options mail;
	struct conf_list sms_providers; /* struct sms_provider */
	int64_t sms_credit_interval;    /* seconds */
};

extern const struct module module_deliver;
/* deliver_options.c: rows ended by one without path, and module.check. */
extern const struct conf_option deliver_conf_options[];
void deliver_options_check(
	const void *own, const struct settings *all, const struct option_check *k);

struct deliver {
	struct arena *arena;
	struct mail mail;
	struct sms sms;
	const struct transport *transports[TRANSPORTS_MAX];
	size_t n_transports;
	struct outbox *outbox; /* without transports where neither mail nor SMS is configured */
	struct security_notification_context notices;
	struct sms_watch *watch; /* NULL: not started, or no provider supports credit queries */
};

/* By the settings, store, vault and HTTP client of app, which must outlive it; app is not changed.
 * *ret may not be moved. */
void deliver_open(const struct app *app, struct deliver *ret);
void deliver_close(struct deliver *d); /* stopped, or never started */

#endif
