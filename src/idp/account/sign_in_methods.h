/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_ACCOUNT_SIGN_IN_METHODS_H
#define PRATU_IDP_ACCOUNT_SIGN_IN_METHODS_H

/*
 * /account/ways: how a person may log in, account by account, and the switch from the password to
 * ThaID for good (docs/account.md). Who is logged in by password first confirms by ThaID, where the
 * login lets nobody but the same person finish; who is logged in by ThaID afresh only confirms.
 * Then the password way of all the person's accounts is closed, by the holder; only an
 * administrator opens it again.
 */
#include "directory/browser_session.h"
#include "directory/session.h"

void account_sign_in_methods_run(struct op *op); /* GET /account/ways */
void account_switch_run(struct op *op);          /* GET /account/ways/thaid: what will happen */
void account_switch_prove_run(struct op *op);    /* POST /account/ways/prove: leaves for ThaID */
void account_switch_close_run(struct op *op);    /* POST /account/ways/close */

/* Was the session begun by a password where ThaID would have done? */
bool account_may_switch(const struct op *op, const struct session *s);

#endif
