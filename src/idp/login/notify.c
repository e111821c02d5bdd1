/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/login/notify.h"

#include "deliver/security_notification.h"
#include "web/device.h"

#define DEVICE_BYTES 128u

void notify_person(struct op *op, const struct person *after, enum security_notification_kind kind,
	struct str username, struct str old_email, struct str old_mobile)
{
	struct buf device;
	struct security_notification n = {
		.kind = kind,
		.person = after,
		.username = username,
		.old_email = old_email,
		.old_mobile = old_mobile,
		.address = op->x->request.peer,
	};

	buf_init(&device, op->tx.a, DEVICE_BYTES);
	web_device_add(&device, WEB_TH, op->x->request.user_agent);
	n.device = buf_str(&device);
	security_notification_add(&op->tx, &n);
}
