/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_ACCOUNT_NOT_ME_H
#define PRATU_IDP_ACCOUNT_NOT_ME_H

/*
 * "This was not me": the link in a security notification (deliver/security_notification.h). Opening
 * it changes nothing, because mail programs open links by themselves; the button ends every session
 * and token of the person, disables password login for all their accounts and revokes the
 * verification of a contact that the notification was about. ThaID login remains; an administrator
 * enables password login again, with an initial secret: the old password was removed. The link
 * itself authorises this: no login is required of a person who may have lost the account.
 */
#include "core/op.h"

void not_me_run(struct op *op);      /* GET /not-me?t= */
void not_me_sent_run(struct op *op); /* POST /not-me/close, form "t" */

#endif
