/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/operations/reassign.h"

#include "base/arena.h"
#include "directory/credential.h"
#include "core/event.h"
#include "directory/session.h"
#include "directory/operations/change.h"
#include "base/clock.h"

/* Operations: the credential; the person, and its index; the audit event, and its copy. */
#define OPERATIONS 5

static enum rc kill_password(const struct rights *r, struct arena *a, struct store_snapshot *snap,
	struct store_batch *b, struct str account)
{
	struct credential c;
	uint64_t version;
	enum rc rc = credential_get(snap, a, account, &c, &version);

	if (rc != RC_OK)
		return rc == RC_NOT_FOUND ? RC_OK : rc;
	credential_set_hash(a, &c, STR_NONE, clock_now(r->clock));
	c.must_change = MUST_CHANGE_REASSIGNED;
	c.initial_until = 0;
	c.initial_by = STR_NONE;
	credential_put(b, a, &c, version);
	return RC_OK;
}

/* Sessions begun by ThaID that last entered somewhere by this account. */
static enum rc end_sessions(struct arena *a, struct store_snapshot *snap, struct store_batch *b,
	const struct account *old, int64_t now, size_t *operations)
{
	struct session_list list;
	enum rc rc = sessions_of(snap, b, a, old->person, now, &list);

	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < list.n; i++)
		if (str_eq(list.v[i].s.account, old->id))
			session_delete(b, a, &list.v[i].s, list.v[i].key);
	*operations += 2 * list.n;
	return RC_OK;
}

static void audit_reassignment(const struct rights *r, struct arena *a, struct store_batch *b,
	const struct account *old, const struct account *now)
{
	struct audit_entry e = rights_entry(r, AUDIT_ACCOUNT_REASSIGNED, old->person, STR_NONE);

	e.account = old->id;
	e.person = now->person;
	e.office = now->office;
	event_audit(b, a, &e);
}

enum rc account_reassign(const struct rights *r, struct arena *a, struct store_snapshot *snap,
	struct store_batch *b, const struct account *old, const struct account *now,
	size_t *ret_operations)
{
	int64_t now_ms = clock_now_ms(r->clock);
	size_t operations = OPERATIONS;
	enum rc rc = kill_password(r, a, snap, b, old->id);

	if (rc == RC_OK)
		rc = sessions_end_by_password(snap, b, a, r->vault, old->person, now_ms);
	if (rc == RC_OK)
		rc = end_sessions(a, snap, b, old, now_ms / 1000, &operations);
	if (rc != RC_OK)
		return rc;
	audit_reassignment(r, a, b, old, now);
	*ret_operations = operations;
	return RC_OK;
}
