/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_CIBA_DECIDE_H
#define PRATU_IDP_CIBA_DECIDE_H

/*
 * The person's answer to a request: one, whoever sends how many at once, because it is written
 * under the version of the request that was read. Functions read op->tx.snap and write
 * op->tx.batch.
 */
#include "core/op.h"
#include "idp/ciba/ciba_records.h"
#include "idp/login/auth_request.h"

/* The person agrees; by: the login that answers the request (idp/login/reauthenticate.h). */
MUST_USE enum rc ciba_approve(struct op *op, struct ciba_ref *ref, const struct client *client,
	const struct auth_result *by);
/* The person does not: CIBA_REFUSED; or did not ask for it: CIBA_NOT_ME, which refuses further
 * requests of the client for CIBA_NOT_ME_BLOCK, and reports it. */
MUST_USE enum rc ciba_refuse(struct op *op, struct ciba_ref *ref, enum ciba_state state);

/* RC_DENIED: the account whose password proved it is locked for guesses now (throttle/throttle.h).
 */
MUST_USE enum rc ciba_check_lock(
	struct op *op, struct str proven_account, struct strlist methods, struct strlist amr);

#endif
