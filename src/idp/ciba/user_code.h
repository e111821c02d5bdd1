/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_CIBA_USER_CODE_H
#define PRATU_IDP_CIBA_USER_CODE_H

/*
 * The user code (CIBA Core 7.1, user_code): a word that a person chooses on the account page. Who
 * has one is asked by no portal that does not send it, so that nobody reaches them by their
 * username alone. The store has a keyed hash of it; a wrong one counts against the client as a
 * request that was refused (idp/ciba/bc_authorize.h). It proves nothing about the person.
 */
#include "core/table.h"
#include "core/tx.h"

#define USER_CODE_MIN 4u /* characters */
#define USER_CODE_MAX 16u

enum user_code_fit {
	USER_CODE_NONE, /* the person has none */
	USER_CODE_MISSING,
	USER_CODE_FITS,
	USER_CODE_WRONG
};

/* Does what the client sent (may be empty) fit? The store's codes, RC_CORRUPT. */
MUST_USE enum rc user_code_fit(
	struct tx *tx, struct str person, struct str sent, enum user_code_fit *ret);
/* Sets the person's code to what was typed; empty: removes it. RC_INVALID: not 4 to 16 letters,
 * digits or signs of ASCII (Thai digits are digits). RC_EXISTS: there is none to remove. */
MUST_USE enum rc user_code_set(struct tx *tx, struct str person, struct str typed);

/* Of the table. */
extern const struct record_type record_ciba_user_code;
MUST_USE enum rc user_code_export(struct tx *tx, struct str person, struct json_writer *out);

#endif
