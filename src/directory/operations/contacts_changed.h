/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_OPERATIONS_CONTACTS_CHANGED_H
#define PRATU_DIRECTORY_OPERATIONS_CONTACTS_CHANGED_H

/*
 * What follows when an email or mobile number of a person becomes another one, whoever changes it:
 * the account page, a login, an import, an administrator.
 */
#include "core/tx.h"
#include "directory/contact.h"
#include "directory/records.h"

struct contact_origin {
	struct str keep_sid;   /* the session of the request, which remains; empty: none */
	struct str user_agent; /* of the request; may be empty */
	/* The contact that was proven by a code, or removed, just now: it counts as changed even if
	 * it is the same, verified only now. NULL: none. */
	const enum contact_kind *proven;
};

/* The same email in whatever case; the same number. Empty ones are equal. */
bool contact_same_email(struct arena *a, struct str one, struct str other);

/*
 * For each contact in which the person as it was (old) and as it will be put (p) differ: notes the
 * time in *p; a verified contact that is replaced proves nothing any more (codes under way become
 * invalid, sessions that a message to a contact opened end); its owner and that of a new verified
 * one are notified (deliver/security_notification.h), where app->notices is set. Adds to the batch;
 * the caller puts *p. *ret_operations: how many, at most.
 */
MUST_USE enum rc contacts_changed(struct tx *tx, const struct person *old, struct person *p,
	const struct contact_origin *from, size_t *ret_operations);

#endif
