/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "access/access_decision.h"

#include "directory/directory.h"
#include "directory/standing.h"

/* What a look at one subject's grants gave. */
struct grant_scan {
	const struct tx *tx;
	struct access_role *roles;
	size_t n, cap;
	int64_t ended;  /* when the last one ended that is over */
	int64_t begins; /* when the first one begins that has not yet; 0: none */
	struct str office;
	bool suspended; /* one is for an office that is suspended */
	/* The office that was looked at last; grants of one office stand together. */
	struct str judged;
	enum rc judged_rc, rc;
};

/* 0 is no time. */
static int64_t earlier(int64_t a, int64_t b)
{
	return !a || (b && b < a) ? b : a;
}

/* Does the office of a grant stand? A fault of the store ends the scan. */
static bool office_stands(struct grant_scan *scan, struct str office)
{
	const struct tx *tx = scan->tx;

	if (!scan->judged.p || !str_eq(scan->judged, office)) {
		scan->judged = office;
		scan->judged_rc = office_standing(tx->snap, tx->a, office);
	}
	if (scan->judged_rc == RC_DENIED)
		scan->suspended = true;
	else if (scan->judged_rc != RC_OK)
		scan->rc = scan->judged_rc;
	return scan->judged_rc == RC_OK;
}

/* Those that are over cost nothing but the look. */
static bool scan_grant(void *data, const struct role_grant *g)
{
	struct grant_scan *scan = data;
	int64_t now = scan->tx->now;

	scan->office = g->office;
	if (g->until && g->until <= now && g->until > scan->ended)
		scan->ended = g->until;
	if (g->from > now && role_grant_valid(g, g->from) &&
		office_standing(scan->tx->snap, scan->tx->a, g->office) == RC_OK)
		scan->begins = earlier(scan->begins, g->from);
	if (!role_grant_valid(g, now))
		return true;
	if (!office_stands(scan, g->office))
		return scan->rc == RC_OK;
	scan->roles =
		arena_grow(scan->tx->a, scan->roles, scan->n, &scan->cap, 4, sizeof(*scan->roles));
	scan->roles[scan->n++] = (struct access_role){g->role, g->office, g->until};
	return true;
}

static enum rc scan_grants(struct tx *tx, enum role_grant_subject kind, struct str subject,
	struct str system, struct grant_scan *scan)
{
	enum rc rc;

	scan->tx = tx;
	scan->rc = RC_OK;
	rc = role_grants_each(tx->snap, tx->a, kind, subject, system, scan_grant, scan);
	return rc == RC_OK ? scan->rc : rc;
}

static struct access_account account_access_of(struct tx *tx, const struct account *account,
	const struct grant_scan *own, const struct grant_scan *theirs)
{
	size_t n_theirs = theirs ? theirs->n : 0;
	struct access_role *roles = arena_array(tx->a, own->n + n_theirs, struct access_role);

	if (n_theirs)
		memcpy(roles, theirs->roles, n_theirs * sizeof(*roles));
	if (own->n)
		memcpy(roles + n_theirs, own->roles, own->n * sizeof(*roles));
	return (struct access_account){
		.account = account ? *account : (struct account){.id = STR_NONE},
		.roles = roles,
		.n_roles = own->n + n_theirs,
		.n_own = own->n,
	};
}

/* Fills found from the person's accounts; *suspended: one that is suspended, or whose office is,
 * would give access. */
static enum rc find_accounts(struct tx *tx, struct access_decision *e, const struct grant_scan *own,
	const struct account_list *accounts, struct access_account *found, bool *suspended)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < accounts->n; i++) {
		const struct account *account = accounts->v + i;
		struct grant_scan theirs = {.n = 0};

		rc = scan_grants(tx, ROLE_GRANT_ACCOUNT, account->id, e->system.id, &theirs);
		if (rc != RC_OK)
			return rc;
		e->until = theirs.ended > e->until ? theirs.ended : e->until;
		if (account->status == STATUS_ACTIVE)
			e->begins = earlier(e->begins, theirs.begins);
		e->office = e->office.n ? e->office : account->office;
		*suspended |= theirs.suspended;
		if (!theirs.n)
			continue;
		rc = account_standing(tx->snap, tx->a, account);
		if (rc == RC_OK)
			found[e->n_accounts++] = account_access_of(tx, account, own, &theirs);
		if (rc != RC_DENIED)
			continue;
		*suspended = true;
		rc = RC_OK;
	}
	return rc;
}

/* own: what the person's own grants give. */
static enum rc find_access(struct tx *tx, const struct account_list *accounts,
	struct access_decision *e, struct grant_scan *own)
{
	struct access_account *found;
	bool suspended = false;
	enum rc rc;

	rc = scan_grants(tx, ROLE_GRANT_PERSON, e->person.id, e->system.id, own);
	if (rc != RC_OK)
		return rc;
	e->until = own->ended;
	e->begins = own->begins;
	e->office = own->office;
	suspended = own->suspended;
	found = arena_array(tx->a, accounts->n + 1, struct access_account);
	rc = find_accounts(tx, e, own, accounts, found, &suspended);
	if (rc != RC_OK)
		return rc;
	if (!e->n_accounts && own->n)
		found[e->n_accounts++] = account_access_of(tx, NULL, own, NULL);
	e->accounts = found;
	if (e->n_accounts)
		e->outcome = ACCESS_OK;
	else if (suspended)
		e->outcome = ACCESS_DISABLED;
	else
		e->outcome = e->until && !e->begins ? ACCESS_EXPIRED : ACCESS_NO_GRANT;
	return RC_OK;
}

/* system_standing(), without another look at an office that was looked at. */
static enum rc system_stands(
	struct tx *tx, const struct system *system, const struct grant_scan *seen)
{
	if (system->status == STATUS_ACTIVE && seen->judged.p &&
		str_eq(seen->judged, system->office))
		return seen->judged_rc;
	return system_standing(tx->snap, tx->a, system);
}

static enum rc access_judge_tx(struct tx *tx, const struct system *system,
	const struct person *person, const struct account_list *accounts,
	struct access_decision *ret)
{
	struct access_decision e = {
		.outcome = ACCESS_NO_GRANT,
		.system = *system,
		.person = *person,
		.person_accounts = *accounts,
	};
	struct grant_scan own = {.n = 0};
	enum rc rc = RC_OK;

	if (e.person.status != STATUS_ACTIVE) {
		e.outcome = ACCESS_DISABLED;
	} else {
		rc = find_access(tx, accounts, &e, &own);
		if (rc == RC_OK)
			rc = system_stands(tx, system, &own);
	}
	if (rc == RC_DENIED) {
		e.outcome = ACCESS_SYSTEM_SUSPENDED;
		rc = RC_OK;
	}
	if (!e.office.n)
		e.office = e.system.office;
	if (rc == RC_OK)
		*ret = e;
	return rc;
}

enum rc access_decide_tx(
	struct tx *tx, const struct system *system, struct str person, struct access_decision *ret)
{
	struct account_list accounts = {NULL, 0};
	struct person found;
	enum rc rc = person_get(tx->snap, tx->a, person, &found, NULL);

	if (rc == RC_OK)
		rc = accounts_of(tx->snap, tx->a, person, &accounts);
	return rc == RC_OK ? access_judge_tx(tx, system, &found, &accounts, ret) : rc;
}

/* --- all systems of a person --- */

struct systems {
	struct tx *tx;
	struct str *v;
	size_t n, cap;
};

/* Grants come in the order of their systems, so one subject names each once. */
static bool name_system(void *data, const struct role_grant *g)
{
	struct systems *s = data;

	if (s->n && str_eq(s->v[s->n - 1], g->system))
		return true;
	s->v = arena_grow(s->tx->a, s->v, s->n, &s->cap, 16, sizeof(*s->v));
	s->v[s->n++] = g->system;
	return true;
}

static int by_name(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static enum rc systems_of(
	struct tx *tx, struct str person, const struct account_list *accounts, struct strlist *ret)
{
	struct systems s = {.tx = tx};
	size_t n = 0;
	enum rc rc = role_grants_each(
		tx->snap, tx->a, ROLE_GRANT_PERSON, person, STR_NONE, name_system, &s);

	for (size_t i = 0; rc == RC_OK && i < accounts->n; i++)
		rc = role_grants_each(tx->snap, tx->a, ROLE_GRANT_ACCOUNT, accounts->v[i].id,
			STR_NONE, name_system, &s);
	if (rc != RC_OK)
		return rc;
	if (s.n)
		qsort(s.v, s.n, sizeof(*s.v), by_name);
	for (size_t i = 0; i < s.n; i++)
		if (!n || !str_eq(s.v[n - 1], s.v[i]))
			s.v[n++] = s.v[i];
	*ret = (struct strlist){s.v, n};
	return RC_OK;
}

enum rc access_judge(struct op *op, const struct system *system, const struct person *person,
	const struct account_list *accounts, struct access_decision *ret)
{
	return access_judge_tx(&op->tx, system, person, accounts, ret);
}

enum rc access_decide(
	struct op *op, const struct system *system, struct str person, struct access_decision *ret)
{
	return access_decide_tx(&op->tx, system, person, ret);
}

enum rc access_systems_of(
	struct op *op, struct str person, const struct account_list *accounts, struct strlist *ret)
{
	return systems_of(&op->tx, person, accounts, ret);
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

const struct account *access_named_account(
	const struct access_decision *e, const struct access_account *by, struct str proven)
{
	const struct account *only = NULL;
	size_t active = 0;

	if (by->account.id.n)
		return &by->account;
	for (size_t i = 0; i < e->person_accounts.n; i++) {
		const struct account *account = e->person_accounts.v + i;

		if (account->status != STATUS_ACTIVE)
			continue;
		if (proven.n && str_eq(account->id, proven))
			return account;
		only = account;
		active++;
	}
	return active == 1 ? only : &by->account;
}

struct str access_account_office(const struct access_account *access)
{
	if (access->account.office.n)
		return access->account.office;
	return access->n_roles ? access->roles[0].office : STR_NONE;
}
