/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_WEB_CSRF_H
#define PRATU_WEB_CSRF_H

/*
 * Tokens that bind a form to its recipient, without any state: HMAC-SHA-256 over the kind of token,
 * the name of the form or step, and the id of the session or interaction, each with its length.
 *
 * A form token proves that a form of ours was sent by the browser that holds the session. A step
 * token proves that the policy sent an interaction to just this step: names of the two kinds, and
 * of two steps, never coincide, whatever names an operator chooses.
 *
 * key: 32 bytes, the vault's form key. Pure functions; any thread.
 */
#include "base/str.h"

#define CSRF_KEY_SIZE 32

/* Token of form `form` for the holder of session `session_id`. */
struct str csrf_token(struct arena *a, const unsigned char key[static CSRF_KEY_SIZE],
	const char *form, struct str session_id);
bool csrf_check(const unsigned char key[static CSRF_KEY_SIZE], const char *form,
	struct str session_id, struct str presented);

/* Token of step `step` (a name that may come from configuration) of an interaction. */
struct str step_token(struct arena *a, const unsigned char key[static CSRF_KEY_SIZE],
	struct str step, struct str interaction_id);
bool step_check(const unsigned char key[static CSRF_KEY_SIZE], struct str step,
	struct str interaction_id, struct str presented);

#endif
