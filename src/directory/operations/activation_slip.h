/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_OPERATIONS_ACTIVATION_SLIP_H
#define PRATU_DIRECTORY_OPERATIONS_ACTIVATION_SLIP_H

/*
 * The activation slip that brings an initial secret to the account holder: one self-contained HTML
 * file (pages/activation_slip.html), for A4 paper folded in three at the marks so that the secret
 * is inside. Pure.
 */
#include "directory/operations/credentials.h"
#include "web/text.h"

/* The model of the text. */
struct activation_slip {
	struct str username, secret;
	struct str holder, office, office_code; /* may be empty */
	int64_t issued, until;
};
extern const struct text_type text_activation_slip;

/* now: the day on the slip. RC_LIMITED: the names are too long for any paper. */
MUST_USE enum rc activation_slip_write(const struct web *web, struct arena *a, enum web_lang lang,
	const struct issued_secret *issued, int64_t now, struct str *ret);

#endif
