/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_PASSWORD_LOGIN_H
#define PRATU_DIRECTORY_PASSWORD_LOGIN_H

/*
 * Password login of an account, disabled and enabled; and the end of everything a password opened.
 * Each effect has one function here, called by account pages, commands and the import alike.
 *
 * Functions read tx->snap and add to tx->batch (core/tx.h). Others are the store's codes.
 */
#include "directory/credential.h"
#include "directory/records.h"

/* How a session says that a password began it: struct session's method, and one of its amr. */
#define PASSWORD_METHOD "password"
#define PASSWORD_AMR    "pwd" /* RFC 8176 */

/* An account's credential as this attempt read it; an empty one when there is none yet. */
struct credential_ref {
	struct credential c;
	uint64_t version; /* STORE_ABSENT: none */
};
MUST_USE enum rc credential_load(struct tx *tx, struct str account, struct credential_ref *ret);

/* Is there a password that opens the account, or would after its change? */
bool password_login_open(const struct credential_ref *ref);

/*
 * Disables password login of the account, so that only ThaID remains, or enables it again. The
 * credential is stored with what the caller changed in it. by: an actor, or DISABLED_BY_HOLDER;
 * reason: the holder's DISABLED_..., or an administrator's sentence. entry: the audit event as the
 * caller began it; event, account, person and office are filled in here.
 *
 * A login that finishes at the same moment makes the batch RC_CONFLICT. Disabling does not end
 * sessions: password_sessions_end does, once for all accounts of the person.
 * RC_EXISTS: it is disabled (enabled) already; nothing was added.
 */
MUST_USE enum rc password_login_disable(struct tx *tx, const struct account *account,
	struct credential_ref *ref, struct str by, struct str reason, struct audit_entry entry);
MUST_USE enum rc password_login_enable(struct tx *tx, const struct account *account,
	struct credential_ref *ref, struct audit_entry entry);

/* Was a password among the proofs of an authorization? methods: their names; empty: of an older
 * program, whose amr says it. */
bool password_proven(struct strlist methods, struct strlist amr);

/*
 * Ends the password sessions of a person, whose password is no longer trusted, and their tokens
 * (also those of offline_access, which outlive a session); logins in progress lose the password
 * they have passed. For all accounts: a session may have changed to another account of the same
 * person. ThaID sessions remain.
 *
 * person empty or unknown: there is nothing to end. Writes the person's record.
 */
MUST_USE enum rc password_sessions_end(struct tx *tx, struct str person);

#endif
