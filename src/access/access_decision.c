/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "access/access_decision.h"

#include "directory/directory.h"

/* What a look at one subject's grants gave. */
struct grant_scan {
	struct access_role *roles;
	size_t n;
	int64_t ended; /* when the last one ended that is over */
	struct str office;
};

static enum rc scan_grants(struct op *op, enum role_grant_subject kind, struct str subject,
	struct str system, struct grant_scan *scan)
{
	struct role_grant_list grants;
	enum rc rc = role_grants_of(op->tx.snap, op->tx.a, kind, subject, system, &grants);

	if (rc != RC_OK)
		return rc;
	scan->roles = arena_array(op->tx.a, grants.n, struct access_role);
	for (size_t i = 0; i < grants.n; i++) {
		const struct role_grant *g = grants.v + i;

		scan->office = g->office;
		if (g->until && g->until <= op->tx.now && g->until > scan->ended)
			scan->ended = g->until;
		if (role_grant_valid(g, op->tx.now) && scan->n < ACCESS_ROLES_MAX)
			scan->roles[scan->n++] = (struct access_role){g->role, g->office, g->until};
	}
	return RC_OK;
}

static struct access_account account_access_of(struct op *op, const struct account *account,
	const struct grant_scan *own, const struct grant_scan *theirs)
{
	size_t n_theirs = theirs ? theirs->n : 0;
	struct access_role *roles = arena_array(op->tx.a, own->n + n_theirs, struct access_role);

	if (n_theirs)
		memcpy(roles, theirs->roles, n_theirs * sizeof(*roles));
	if (own->n)
		memcpy(roles + n_theirs, own->roles, own->n * sizeof(*roles));
	return (struct access_account){
		.account = account ? *account : (struct account){.id = STR_NONE},
		.roles = roles,
		.n_roles = own->n + n_theirs,
	};
}

/* Fills found from the person's accounts; *suspended: a suspended one would give access. */
static enum rc find_accounts(struct op *op, struct access_decision *e, const struct grant_scan *own,
	const struct account_list *accounts, struct access_account *found, bool *suspended)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < accounts->n; i++) {
		const struct account *account = accounts->v + i;
		struct grant_scan theirs = {.n = 0};

		rc = scan_grants(op, ROLE_GRANT_ACCOUNT, account->id, e->system.id, &theirs);
		if (rc != RC_OK)
			return rc;
		e->until = theirs.ended > e->until ? theirs.ended : e->until;
		e->office = e->office.n ? e->office : account->office;
		if (!theirs.n)
			continue;
		if (account->status == STATUS_ACTIVE)
			found[e->n_accounts++] = account_access_of(op, account, own, &theirs);
		else
			*suspended = true;
	}
	return rc;
}

static enum rc find_access(struct op *op, struct access_decision *e)
{
	struct account_list accounts;
	struct access_account *found;
	struct grant_scan own = {.n = 0};
	bool suspended = false;
	enum rc rc;

	rc = scan_grants(op, ROLE_GRANT_PERSON, e->person.id, e->system.id, &own);
	if (rc != RC_OK)
		return rc;
	e->until = own.ended;
	e->office = own.office;
	rc = accounts_of(op->tx.snap, op->tx.a, e->person.id, &accounts);
	if (rc != RC_OK)
		return rc;
	found = arena_array(op->tx.a, accounts.n + 1, struct access_account);
	rc = find_accounts(op, e, &own, &accounts, found, &suspended);
	if (rc != RC_OK)
		return rc;
	if (!e->n_accounts && own.n)
		found[e->n_accounts++] = account_access_of(op, NULL, &own, NULL);
	e->accounts = found;
	if (e->n_accounts)
		e->outcome = ACCESS_OK;
	else if (suspended)
		e->outcome = ACCESS_DISABLED;
	else
		e->outcome = e->until ? ACCESS_EXPIRED : ACCESS_NO_GRANT;
	return RC_OK;
}

enum rc access_decide(
	struct op *op, const struct system *system, struct str person, struct access_decision *ret)
{
	struct access_decision e = {.outcome = ACCESS_NO_GRANT, .system = *system};
	enum rc rc;

	rc = person_get(op->tx.snap, op->tx.a, person, &e.person, NULL);
	if (rc != RC_OK)
		return rc;
	if (e.person.status != STATUS_ACTIVE) {
		e.outcome = ACCESS_DISABLED;
	} else {
		rc = find_access(op, &e);
		if (rc == RC_OK && e.system.status != STATUS_ACTIVE)
			e.outcome = ACCESS_SYSTEM_SUSPENDED;
	}
	if (!e.office.n)
		e.office = e.system.office;
	if (rc == RC_OK)
		*ret = e;
	return rc;
}

const struct access_account *access_account_find(
	const struct access_decision *e, struct str account)
{
	if (e->outcome != ACCESS_OK)
		return NULL;
	for (size_t i = 0; i < e->n_accounts; i++)
		if (str_eq(e->accounts[i].account.id, account))
			return &e->accounts[i];
	return NULL;
}

struct str access_account_office(const struct access_account *access)
{
	if (access->account.office.n)
		return access->account.office;
	return access->n_roles ? access->roles[0].office : STR_NONE;
}
