/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_ACCOUNT_CONTACT_H
#define PRATU_IDP_ACCOUNT_CONTACT_H

/*
 * /account/contact: a person's email and mobile number. A new one is typed, a code goes to it, and
 * the right code makes it theirs; every step wants a fresh login. The change under way is one
 * record for each person and kind (directory/contact.h): a new one takes the place of the one
 * before, whose forms and codes then fit nothing. "This was not me" and a change of the address by
 * other hands end it.
 */
#include "core/op.h"

void contact_run(struct op *op);        /* GET /account/contact */
void contact_email_run(struct op *op);  /* GET /account/contact/email */
void contact_mobile_run(struct op *op); /* GET /account/contact/mobile */
void contact_begin_run(struct op *op);  /* POST /account/contact/begin: the new address */
void contact_send_run(struct op *op);   /* POST /account/contact/send: another code */
void contact_otp_before(struct op *op); /* POST /account/contact/code: the code typed */
void contact_otp_run(struct op *op);
/* The page a form was sent from: for its rows (core/route.h). */
const char *contact_form_page(struct op *op);
void contact_drop_run(struct op *op);   /* POST /account/contact/drop: no change after all */
void contact_remove_run(struct op *op); /* POST /account/contact/remove */

#endif
