/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGIN_CONTACT_SET_H
#define PRATU_IDP_LOGIN_CONTACT_SET_H

/*
 * An email or mobile number becomes a person's by a code that was sent to it: what the account page
 * (idp/account/contact.h) and a login (enrol_email.c) share. They read op->tx.snap and write
 * op->tx.batch.
 */
#include "core/op.h"
#include "directory/contact.h"
#include "directory/directory.h"

/* The method that sends codes to contacts of this kind; NULL where nothing can be sent. */
const struct auth_method *contact_method(struct op *op, enum contact_kind kind);
/* Normalises what was typed; false: it is not such a contact. */
bool contact_normalize(struct op *op, enum contact_kind kind, struct str typed, struct str *ret);
/* The person's present one, verified or not; may be empty. */
struct str contact_of(const struct person *p, enum contact_kind kind, bool *ret_verified);
/* The same email in whatever case; the same number. */
bool contact_equal(struct op *op, enum contact_kind kind, struct str a, struct str b);

struct contact_setting {
	struct str person;
	enum contact_kind kind;
	struct str address;  /* empty: removes the present one */
	struct str keep_sid; /* the session of the request, which remains; empty: none */
	const char *how; /* for the trail: "proven", "enrolled_at_login"; not where it is removed */
	struct str session; /* for the trail; may be empty */
};

/*
 * Sets the contact of the person as verified, or removes the present one. A previously verified
 * contact proves nothing any more: codes sent to it become invalid, and sessions that began with
 * such a code end. Both are notified (deliver/security_notification.h).
 *
 * RC_EXISTS: another person has verified the email address, where one belongs to one person only;
 * nothing was written. This is checked only after the mailbox was proven, so that it reveals
 * nothing to others.
 */
MUST_USE enum rc contact_set(struct op *op, const struct contact_setting *t);

#endif
