/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_ACCOUNT_CONTACT_H
#define PRATU_IDP_ACCOUNT_CONTACT_H

/*
 * /account/contact: a person's email and mobile number. A new one is entered, a code is sent to it,
 * and the correct code verifies it; every step requires reauthentication. The change in progress is
 * one record for each person and kind (directory/contact.h): a new one replaces the previous one,
 * whose forms and codes become invalid. "This was not me" and a change of the contact by others end
 * it.
 */
#include "core/op.h"

void contact_run(struct op *op);        /* GET /account/contact */
void contact_email_run(struct op *op);  /* GET /account/contact/email */
void contact_mobile_run(struct op *op); /* GET /account/contact/mobile */
void contact_begin_run(struct op *op);  /* POST /account/contact/begin: the new address */
void contact_send_run(struct op *op);   /* POST /account/contact/send: another code */
bool contact_otp_blocks(struct op *op);
void contact_otp_before(struct op *op); /* POST /account/contact/code: the code typed */
void contact_otp_run(struct op *op);
/* The page a form was sent from: for its rows (core/route.h). */
const char *contact_form_page(struct op *op);
void contact_drop_run(struct op *op);   /* POST /account/contact/drop: no change after all */
void contact_remove_run(struct op *op); /* POST /account/contact/remove */

#endif
