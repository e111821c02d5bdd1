/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_ACCOUNT_NOT_ME_H
#define PRATU_IDP_ACCOUNT_NOT_ME_H

/*
 * "This was not me": the link in a notice (deliver/security_notification.h). Looking at it changes
 * nothing, for mail programs open links by themselves; the button ends every session and token of
 * the person, closes the password way of all their accounts and takes back the proof of an address
 * that the notice told of. ThaID still enters; an administrator opens the password way again, with
 * an initial secret: the password that was closed is forgotten. The link itself is the right to do
 * so: no login is asked of who may have lost the account.
 */
#include "core/op.h"

void not_me_run(struct op *op);      /* GET /not-me?t= */
void not_me_sent_run(struct op *op); /* POST /not-me/close, form "t" */

#endif
