/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "access/access.h"

#include "directory/directory.h"

/* What a look at one subject's grants gave. */
struct look {
	struct right *rights;
	size_t n;
	int64_t ended; /* when the last one ended that is over */
	struct str office;
};

static enum rc look_at(struct op *op, enum role_grant_subject kind, struct str subject,
	struct str system, struct look *look)
{
	struct role_grant_list grants;
	enum rc rc = role_grants_of(op->tx.snap, op->tx.a, kind, subject, system, &grants);

	if (rc != RC_OK)
		return rc;
	look->rights = arena_array(op->tx.a, grants.n, struct right);
	for (size_t i = 0; i < grants.n; i++) {
		const struct role_grant *g = grants.v + i;

		look->office = g->office;
		if (g->until && g->until <= op->tx.now && g->until > look->ended)
			look->ended = g->until;
		if (role_grant_valid(g, op->tx.now) && look->n < ENTRY_RIGHTS_MAX)
			look->rights[look->n++] = (struct right){g->role, g->office, g->until};
	}
	return RC_OK;
}

static struct entry_way way_of(struct op *op, const struct account *account, const struct look *own,
	const struct look *theirs)
{
	size_t n_theirs = theirs ? theirs->n : 0;
	struct right *rights = arena_array(op->tx.a, own->n + n_theirs, struct right);

	if (n_theirs)
		memcpy(rights, theirs->rights, n_theirs * sizeof(*rights));
	if (own->n)
		memcpy(rights + n_theirs, own->rights, own->n * sizeof(*rights));
	return (struct entry_way){
		.account = account ? *account : (struct account){.id = STR_NONE},
		.rights = rights,
		.n_rights = own->n + n_theirs,
	};
}

/* Fills ways from the person's accounts; *suspended: a suspended one would have been a way. */
static enum rc account_ways(struct op *op, struct entry *e, const struct look *own,
	const struct account_list *accounts, struct entry_way *ways, bool *suspended)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < accounts->n; i++) {
		const struct account *account = accounts->v + i;
		struct look theirs = {.n = 0};

		rc = look_at(op, ROLE_GRANT_ACCOUNT, account->id, e->system.id, &theirs);
		if (rc != RC_OK)
			return rc;
		e->until = theirs.ended > e->until ? theirs.ended : e->until;
		e->office = e->office.n ? e->office : account->office;
		if (!theirs.n)
			continue;
		if (account->status == STATUS_ACTIVE)
			ways[e->n_ways++] = way_of(op, account, own, &theirs);
		else
			*suspended = true;
	}
	return rc;
}

static enum rc find_ways(struct op *op, struct entry *e)
{
	struct account_list accounts;
	struct entry_way *ways;
	struct look own = {.n = 0};
	bool suspended = false;
	enum rc rc;

	rc = look_at(op, ROLE_GRANT_PERSON, e->person.id, e->system.id, &own);
	if (rc != RC_OK)
		return rc;
	e->until = own.ended;
	e->office = own.office;
	rc = accounts_of(op->tx.snap, op->tx.a, e->person.id, &accounts);
	if (rc != RC_OK)
		return rc;
	ways = arena_array(op->tx.a, accounts.n + 1, struct entry_way);
	rc = account_ways(op, e, &own, &accounts, ways, &suspended);
	if (rc != RC_OK)
		return rc;
	if (!e->n_ways && own.n)
		ways[e->n_ways++] = way_of(op, NULL, &own, NULL);
	e->ways = ways;
	if (e->n_ways)
		e->outcome = ENTRY_OK;
	else if (suspended)
		e->outcome = ENTRY_DISABLED;
	else
		e->outcome = e->until ? ENTRY_EXPIRED : ENTRY_NO_GRANT;
	return RC_OK;
}

enum rc entry_check(
	struct op *op, const struct system *system, struct str person, struct entry *ret)
{
	struct entry e = {.outcome = ENTRY_NO_GRANT, .system = *system};
	enum rc rc;

	rc = person_get(op->tx.snap, op->tx.a, person, &e.person, NULL);
	if (rc != RC_OK)
		return rc;
	if (e.person.status != STATUS_ACTIVE) {
		e.outcome = ENTRY_DISABLED;
	} else {
		rc = find_ways(op, &e);
		if (rc == RC_OK && e.system.status != STATUS_ACTIVE)
			e.outcome = ENTRY_CLOSED;
	}
	if (!e.office.n)
		e.office = e.system.office;
	if (rc == RC_OK)
		*ret = e;
	return rc;
}

const struct entry_way *entry_way(const struct entry *e, struct str account)
{
	if (e->outcome != ENTRY_OK)
		return NULL;
	for (size_t i = 0; i < e->n_ways; i++)
		if (str_eq(e->ways[i].account.id, account))
			return &e->ways[i];
	return NULL;
}

struct str entry_office(const struct entry_way *way)
{
	if (way->account.office.n)
		return way->account.office;
	return way->n_rights ? way->rights[0].office : STR_NONE;
}
