/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGIN_NOTIFY_H
#define PRATU_IDP_LOGIN_NOTIFY_H

/*
 * Security notifications of what a request changed: deliver/security_notification.h with the device
 * and the IP address of the request. Writes op->tx.batch, so a notification leaves with its change
 * or not at all.
 */
#include "core/op.h"
#include "deliver/message.h"
#include "directory/records.h"

/* Notifies the person, and the owner of a contact that was replaced (old_email, old_mobile; empty:
 * none was). after: the person as changed. account: the one
 * concerned; NULL: none in particular. */
void notify_person(struct op *op, const struct person *after, enum security_notification_kind kind,
	const struct account *account, struct str old_email, struct str old_mobile);

#endif
