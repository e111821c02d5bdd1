/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Emails and SMS on their way. */
#include "core/module.h"
#include "deliver/outbox_operations.h"
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

static const struct text_type *const texts[] = {
	&text_notification_mail, &text_notification_sms, NULL};

const struct module module_deliver = {
	.name = "deliver",
	.operations = deliver_operations,
	.routes = routes,
	.texts = texts,
};
