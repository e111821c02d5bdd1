/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_ACCOUNT_CONTACT_SET_H
#define PRATU_IDP_ACCOUNT_CONTACT_SET_H

/*
 * An email or mobile number becomes a person's by a code that was sent to it: what the account page
 * (contact.h) and a login (interaction/give.c) share. They read op->tx.snap and write op->tx.batch.
 */
#include "core/op.h"
#include "directory/contact.h"
#include "directory/directory.h"

/* The factor that sends codes to addresses of this kind; NULL where nothing can be sent. */
struct factor *contact_factor(struct op *op, enum contact_kind kind);
/* What was typed in the form in which it is kept; false: it is no such address. */
bool contact_normalize(struct op *op, enum contact_kind kind, struct str typed, struct str *ret);
/* The person's present one, verified or not; may be empty. */
struct str contact_of(const struct person *p, enum contact_kind kind, bool *ret_verified);
/* The same email in whatever case; the same number. */
bool contact_equal(struct op *op, enum contact_kind kind, struct str a, struct str b);

struct contact_setting {
	struct str person;
	enum contact_kind kind;
	struct str address;  /* empty: removes the present one */
	struct str keep_sid; /* the session of who asks, which goes on; empty: none */
	const char *how; /* for the trail: "proven", "enrolled_at_login"; not where it is removed */
	struct str session; /* for the trail; may be empty */
};

/*
 * Makes the address the person's, verified from now on; or removes the present one. One that was
 * verified until now proves nothing any more: codes on their way to it die, and sessions that a
 * code opened end. Both are told (deliver/security_notification.h).
 *
 * RC_EXISTS: an email that somebody else has verified, where one belongs to one person only;
 * nothing was written. It is asked only of who has just proven that the mailbox is theirs, so it
 * tells nobody else who is here.
 */
MUST_USE enum rc contact_set(struct op *op, const struct contact_setting *t);

#endif
