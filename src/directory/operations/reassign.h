/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_OPERATIONS_REASSIGN_H
#define PRATU_DIRECTORY_OPERATIONS_REASSIGN_H

/* An account leaves its holder (docs/passwords.md). */
#include "core/tx.h"
#include "directory/directory.h"

/*
 * Adds to the batch what follows when account old, which has a holder, becomes now (another holder,
 * or none): the password stops, because the former holder knows it, and stays in the history, so
 * that the new one cannot choose it either; none can be chosen before an administrator issues an
 * initial secret. The former holder's sessions that were begun by password or that use this account
 * end. With its own audit entry. *ret_operations: of the batch.
 */
MUST_USE enum rc account_reassign(struct tx *tx, const struct account *old,
	const struct account *now, size_t *ret_operations);

#endif
