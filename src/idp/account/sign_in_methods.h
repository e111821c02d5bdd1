/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_ACCOUNT_SIGN_IN_METHODS_H
#define PRATU_IDP_ACCOUNT_SIGN_IN_METHODS_H

/*
 * /account/ways: the authentication methods of each account, and the permanent change from password
 * to ThaID (docs/account.md). A person logged in by password first confirms by ThaID, in a login
 * that only the same person can complete; a person with a recent ThaID login only confirms. Then
 * password login is disabled for all accounts of the person, by the holder; only an administrator
 * enables it again.
 */
#include "directory/browser_session.h"
#include "directory/session.h"

void account_sign_in_methods_run(struct op *op); /* GET /account/ways */
void account_switch_run(struct op *op);          /* GET /account/ways/thaid: explains the change */
void account_switch_prove_run(struct op *op);    /* POST /account/ways/prove: leaves for ThaID */
void account_switch_close_run(struct op *op);    /* POST /account/ways/close */

/* Was the session begun by a password where ThaID would have done? */
bool account_may_switch(const struct op *op, const struct session *s);

#endif
