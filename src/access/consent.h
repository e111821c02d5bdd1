/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_ACCESS_CONSENT_H
#define PRATU_ACCESS_CONSENT_H

/*
 * Consents of people to clients that ask for one (PDPA section 19): given, standing, withdrawn.
 *
 * One record holds the present state. It records the text that was shown, by version and by a hash
 * of the text in its language. After withdrawal it remains as evidence, and its tokens are invalid
 * at once: authorization_check asks consent_check at every use of a token. When consent is given
 * again, the previous record is kept as well, one per day.
 *
 * All functions read op->tx.snap and write op->tx.batch.
 */
#include "core/op.h"
#include "directory/records.h"

/* To be raised when a text of the consent page changes its meaning. */
#define CONSENT_TEXT_VERSION "2"

/* What stands; RC_NOT_FOUND: nothing. Consent given before the client was registered was for
 * another one of its id, which was removed. */
MUST_USE enum rc consent_standing(
	struct op *op, struct str person, const struct client *client, struct consent *ret);
/* Something that was authorized: for whom, what for, and when (milliseconds). */
struct consent_use {
	struct str person, scope;
	int64_t created_ms;
};
/* RC_DENIED: consent was withdrawn after the authorization was made, or the client asks for one and
 * none stands. */
MUST_USE enum rc consent_check(
	struct op *op, const struct client *client, const struct consent_use *use);

/* The person agreed just now, in op->lang. */
MUST_USE enum rc consent_give(
	struct op *op, struct str person, struct str client, struct str scope);
/* Takes it back and kills its tokens; RC_NOT_FOUND: none stands. */
MUST_USE enum rc consent_withdraw(
	struct op *op, struct str person, struct str client, struct consent *ret);

struct consent_list {
	const struct consent *v;
	size_t n;
};
/* All that were ever given, as many as the arena holds, by client; of each the one that is now
 * before those that were. */
MUST_USE enum rc consents_of(struct tx *tx, struct str person, struct consent_list *ret);

#endif
