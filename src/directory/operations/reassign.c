/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/operations/reassign.h"

#include "directory/credential.h"
#include "directory/session.h"
#include "directory/operations/directory_operations.h"

/* Operations: the credential; the person, and its index; the audit event, and its copy. */
#define OPERATIONS 5

static enum rc stop_password(struct tx *tx, struct str account)
{
	struct credential c;
	uint64_t version;
	enum rc rc = credential_get(tx->snap, tx->a, account, &c, &version);

	if (rc != RC_OK)
		return rc == RC_NOT_FOUND ? RC_OK : rc;
	credential_set_hash(tx->a, &c, STR_NONE, tx->now);
	c.must_change = MUST_CHANGE_REASSIGNED;
	c.initial_until = 0;
	c.initial_by = STR_NONE;
	credential_put(tx->batch, tx->a, &c, version);
	return RC_OK;
}

/* Sessions begun by ThaID that last entered somewhere by this account. */
static enum rc end_account_sessions(struct tx *tx, const struct account *old, size_t *operations)
{
	struct session_list list;
	enum rc rc = sessions_of(tx->snap, tx->batch, tx->a, old->person, tx->now, &list);

	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < list.n; i++)
		if (str_eq(list.v[i].s.account, old->id))
			session_delete(tx->batch, tx->a, &list.v[i].s, list.v[i].key);
	*operations += 2 * list.n;
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
		rc = sessions_end_by_password(
			tx->snap, tx->batch, tx->a, tx->app->vault, old->person, tx->now_ms);
	if (rc == RC_OK)
		rc = end_account_sessions(tx, old, &operations);
	if (rc != RC_OK)
		return rc;
	audit_reassignment(tx, old, now);
	*ret_operations = operations;
	return RC_OK;
}
