/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGIN_REAUTHENTICATE_H
#define PRATU_IDP_LOGIN_REAUTHENTICATE_H

/*
 * How other modules use the login. A page that requires a login, or a recent one, calls
 * reauthenticate and returns; the browser comes back to it when the requirement is met. The other
 * functions say whether a login is necessary, and what it could prove.
 *
 * All functions read op->tx.snap and write op->tx.batch.
 */
#include "core/op.h"
#include "directory/records.h"
#include "directory/session.h"
#include "idp/login/login_record.h"

struct login_requirement {
	struct str return_path;      /* page of ours to come back to, with its query */
	const struct session *again; /* its person must log in again, and no other may; NULL:
					anybody not logged in yet */
	struct str only;             /* method by which alone; empty: any of the policy */
	struct strlist confirm;      /* the only second factors; empty: all of the policy */
	struct str username;         /* shown on the login page; may be empty */
	enum login_flash notice;     /* what the login page says */
};

/* Begins a login for a page of ours; fills the answer. Where nothing is left to do the browser is
 * sent to return_path at once. */
void reauthenticate(struct op *op, const struct login_requirement *requirement);

/*
 * What a client asked for while the person was not in front of its browser (CIBA Core 7.3): a page
 * of ours asks whether the login at hand answers it, by the policy of the client's system.
 *
 * request: as the client made it, and own.return_path (with a query), hint_person and
 * own.same_person: the person asked. A login that comes to nothing leads to return_path and
 * LOGIN_CAME_TO_NOTHING. The page asks for consent itself.
 */
struct login_errand {
	const struct auth_request *request;
	const struct client *client;
	struct str account; /* to enter by, where it may; empty: the person chooses */
};
#define LOGIN_CAME_TO_NOTHING "&login=refused"

/* True: it does; *ret is what the client may learn, its parts in the arena and the snapshot. False,
 * and *ret_e NULL: a login can help, errand_log_in begins it; otherwise *ret_e says why none can.
 */
bool errand_answered(struct op *op, const struct login_errand *errand, struct auth_result *ret,
	const struct oauth_error **ret_e);
/* Begins the login, or shows why the person cannot enter; fills the answer. */
void errand_log_in(struct op *op, const struct login_errand *errand);

/* Does the policy of our own pages accept this session? False if its method was disabled since (for
 * the account or by its office), if it lacks a second factor that is required now, and if the store
 * cannot be read. */
bool session_satisfies(struct op *op, const struct session *session);

/* Does any of the policy's second factors reach this person? policy NULL: none does. */
bool second_factor_reaches(
	struct op *op, const struct login_policy *policy, const struct person *person);

#endif
