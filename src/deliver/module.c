/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Emails and SMS on their way. */
#include "base/die.h"
#include "deliver/deliver.h"
#include "deliver/outbox.h"
#include "deliver/outbox_operations.h"
#include "deliver/outbox_priv.h"
#include "deliver/security_notification.h"
#include "deliver/sms_report.h"

#define GET_POST (HTTP_ON(HTTP_GET) | HTTP_ON(HTTP_POST))

static const struct route routes[] = {
	{
		.path = "/upstream/sms/",
		.methods = GET_POST,
		.flags = HTTP_PREFIX | HTTP_BLOCKING | HTTP_LOW_PRIORITY,
		.guard = GUARD_PUBLIC,
		.handle = sms_report_handle,
		.name = "upstream_sms",
		.help = "delivery reports of SMS providers, at NAME/TOKEN below it",
	},
	{.path = NULL},
};

static const struct module_table tables[] = {
	{.number = TABLE_MESSAGE,
		.name = "message",
		.record = &record_message,
		.key = "expiry, id",
		.flags = STORE_EXPIRING,
		.verify = outbox_verify},
	{.number = TABLE_MESSAGE_DUE,
		.name = "message_due",
		.key = "moment it is due, message",
		.verify = outbox_due_verify},
	{.number = TABLE_MESSAGE_TARGET,
		.name = "message_target",
		.key = "expiry, keyed hash of the target",
		.flags = STORE_EXPIRING},
	{.number = TABLE_MESSAGE_REPORT,
		.name = "message_report",
		.record = &record_message_report,
		.key = "expiry, provider, id at the provider",
		.flags = STORE_EXPIRING},
	{.number = TABLE_SECURITY_NOTIFICATION,
		.name = "notice",
		.record = &record_security_notification,
		.key = "expiry, handle",
		.flags = STORE_EXPIRING},
	{.number = 0},
};

static const struct text_type *const texts[] = {
	&text_notification_mail, &text_notification_sms, NULL};

static enum rc deliver_module_open(struct app *app, void **own, const char **ret_why)
{
	struct deliver *d = *own = xcalloc(1, sizeof(*d));

	(void)ret_why;
	deliver_open(app, d);
	app->outbox = d->outbox;
	app->sms = &d->sms;
	app->notices = &d->notices;
	app_committed_add(app, outbox_committed);
	return RC_OK;
}

static enum rc deliver_module_start(struct app *app, void *own, const char **ret_why)
{
	const struct deliver_options *o = module_settings(app->settings, &module_deliver);
	struct deliver *d = own;

	(void)ret_why;
	if (d->n_transports)
		outbox_start(d->outbox);
	d->watch = sms_watch_start(&d->sms, o->sms_credit_interval);
	return RC_OK;
}

static void deliver_module_stopping(struct app *app, void *own)
{
	struct deliver *d = own;

	(void)app;
	outbox_stopping(d->outbox);
}

static void deliver_module_stop(struct app *app, void *own)
{
	struct deliver *d = own;

	sms_watch_stop(d->watch);
	d->watch = NULL;
	if (!outbox_stop(d->outbox, app->stop_by))
		app->left_behind = true;
}

static void deliver_module_close(struct app *app, void *own)
{
	app->outbox = NULL;
	app->sms = NULL;
	app->notices = NULL;
	app_committed_remove(app, outbox_committed);
	deliver_close(own);
	free(own);
}

const struct module module_deliver = {
	.name = "deliver",
	.operations = deliver_operations,
	.routes = routes,
	.tables = tables,
	.texts = texts,
	.options = deliver_conf_options,
	.settings_size = sizeof(struct deliver_options),
	.check = deliver_options_check,
	.open = deliver_module_open,
	.start = deliver_module_start,
	.stopping = deliver_module_stopping,
	.stop = deliver_module_stop,
	.close = deliver_module_close,
};
