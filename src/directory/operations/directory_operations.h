/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_OPERATIONS_DIRECTORY_OPERATIONS_H
#define PRATU_DIRECTORY_OPERATIONS_DIRECTORY_OPERATIONS_H

/*
 * Operations on people, accounts, offices, grants and clients (core/operation.h): the list, and
 * what their implementations share. Argument structs stand in changes.h, credentials.h and
 * clients.h.
 *
 * What a change takes away is gone at the next use of a session or token, because every use asks
 * again who may enter.
 */
#include "core/operation.h"

#define REASON_MAX 500 /* bytes of an administrator's reason */

extern const struct operation *const directory_operations[]; /* ended by NULL */

/* An audit entry of now with an administrator's reason. */
struct audit_entry operation_entry(
	const struct tx *tx, enum audit_event event, struct str object, struct str reason);
/* Where a reason must be given: adds a problem unless it has text, at most REASON_MAX bytes, no
 * control characters. */
void reason_check(struct str reason, struct problems *ret);
/* The result of a check: RC_INVALID when there are problems, else rc. */
enum rc checked(const struct problems *problems, enum rc rc);

#endif
