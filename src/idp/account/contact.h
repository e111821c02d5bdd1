/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_ACCOUNT_CONTACT_H
#define PRATU_IDP_ACCOUNT_CONTACT_H

/*
 * /account/contact: a person's email and mobile number. A new one is entered, a code is sent to it,
 * and the correct code verifies it; or it is removed. Every step requires reauthentication. The
 * change in progress is one record for each person and kind (directory/contact.h): a new one
 * replaces the previous one, whose forms and codes become invalid. "This was not me" and a change
 * of the contact by others end it.
 */
#include "core/op.h"
#include "directory/contact.h"

void contact_run(struct op *op);        /* GET /account/contact */
void contact_email_run(struct op *op);  /* GET /account/contact/email */
void contact_mobile_run(struct op *op); /* GET /account/contact/mobile */
void contact_begin_run(struct op *op);  /* POST /account/contact/begin: the new address */
void contact_send_run(struct op *op);   /* POST /account/contact/send: another code */
bool contact_otp_blocks(struct op *op);
void contact_otp_before(struct op *op); /* POST /account/contact/code: the code typed */
void contact_otp_run(struct op *op);
/* What a form is about: its field "kind". */
enum contact_kind contact_form_kind(struct op *op);
/* The page a form was sent from: for its rows (core/route.h). */
const char *contact_form_page(struct op *op);
void contact_drop_run(struct op *op); /* POST /account/contact/drop: no change after all */

/* Removing: a page asks, its form removes (contact_remove.c). */
extern const char *const contact_removal_pages[CONTACT_KIND_MAX];
void contact_email_removal_run(struct op *op);  /* GET /account/contact/email/remove */
void contact_mobile_removal_run(struct op *op); /* GET /account/contact/mobile/remove */
void contact_remove_run(struct op *op);         /* POST /account/contact/remove */
const char *contact_removal_page(struct op *op);

#endif
