/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_CHALLENGE_CHALLENGE_TEXT_H
#define PRATU_IDP_CHALLENGE_CHALLENGE_TEXT_H

/* The words of messages with a one-time code. Pure functions; any thread. */
#include "idp/challenge/challenge.h"

/* Thai, and English below it in an email. A text to confirm stands in it word for word; in an SMS
 * the signs that make a link of it are spaces. */
struct str challenge_text(
	struct arena *a, const struct challenge *c, struct str code, struct str reference);
/* Of an email. */
struct str challenge_subject(struct arena *a, struct str reference);

#endif
