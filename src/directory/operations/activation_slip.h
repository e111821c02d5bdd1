/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_OPERATIONS_ACTIVATION_SLIP_H
#define PRATU_DIRECTORY_OPERATIONS_ACTIVATION_SLIP_H

/*
 * The activation slip that brings an initial secret to the account holder: one self-contained HTML
 * file, for A4 paper folded in three at the marks so that the secret is inside. Pure.
 */
#include "base/buf.h"
#include "directory/operations/credentials.h"

#define ACTIVATION_SLIP_MAX 32768u /* bytes */

struct activation_slip {
	const struct issued_secret *issued;
	struct str organisation_th; /* the sender; may be empty */
	struct str address;         /* where to log in: the issuer */
	struct str support_phone;   /* may be empty */
	int64_t now;
};

void activation_slip_write(struct buf *out, const struct activation_slip *letter);

#endif
