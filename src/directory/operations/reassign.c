/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/operations/reassign.h"

#include "directory/access_recheck.h"
#include "directory/password_login.h"
#include "directory/session.h"
#include "directory/operations/directory_operations.h"

/* Operations: the credential; the person, and its index; the audit event, and its copy; the note.
 */
#define OPERATIONS (5 + ACCESS_RECHECK_OPERATIONS)

static enum rc stop_password(struct tx *tx, struct str account)
{
	struct credential_ref ref;
	enum rc rc = credential_load(tx, account, &ref);

	if (rc != RC_OK || ref.version == STORE_ABSENT)
		return rc;
	credential_forget_password(tx->a, &ref.c, tx->now);
	ref.c.must_change = MUST_CHANGE_REASSIGNED;
	credential_put(tx->batch, tx->a, &ref.c, ref.version);
	return RC_OK;
}

/* Sessions that this account began, or that last entered somewhere by it. */
static enum rc end_account_sessions(struct tx *tx, const struct account *old, size_t *operations)
{
	struct session_list list;
	enum rc rc = session_list(tx, old->person, &list);

	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < list.n; i++)
		if (str_eq(list.v[i].s.account, old->id) ||
			str_eq(session_proven_account(&list.v[i].s), old->id))
			session_end(tx, list.v + i);
	*operations += SESSION_END_OPERATIONS * list.n;
	return RC_OK;
}

static void audit_reassignment(struct tx *tx, const struct account *old, const struct account *now)
{
	struct audit_entry e = operation_entry(tx, AUDIT_ACCOUNT_REASSIGNED, old->person, STR_NONE);

	e.account = old->id;
	e.person = now->person;
	e.office = now->office;
	tx_audit_add(tx, &e);
}

enum rc account_reassign(
	struct tx *tx, const struct account *old, const struct account *now, size_t *ret_operations)
{
	size_t operations = OPERATIONS;
	enum rc rc = stop_password(tx, old->id);

	if (rc == RC_OK)
		rc = password_sessions_end(tx, old->person);
	if (rc == RC_OK)
		rc = end_account_sessions(tx, old, &operations);
	if (rc != RC_OK)
		return rc;
	/* Portals that other sessions of theirs entered as this account. */
	access_recheck_put(
		tx, &(const struct access_recheck){
			    .when = tx->now, .kind = ACCESS_OF_PERSON, .subject = old->person});
	audit_reassignment(tx, old, now);
	*ret_operations = operations;
	return RC_OK;
}
