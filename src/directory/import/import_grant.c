/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/arena.h"
#include "base/array.h"
#include "directory/access_recheck.h"
#include "directory/import/import_row.h"
#include "directory/directory.h"

static const char *const left_out[] = {"subject_kind", "subject", NULL};

static const struct import_extra extras[] = {
	{"citizen_number", false, "13 digits: the person who gets the grant; or"},
	{"username", false,
		"the account that gets it. Each row has one of the two, and the file has at least "
		"one of the columns"},
};

static enum rc find_account(struct import *im, const struct csv_row *row, struct str username,
	struct role_grant *g, bool *ret)
{
	struct account account;
	enum rc rc = account_by_name(im->tx->snap, im->row, username, &account, NULL);

	*ret = rc == RC_OK;
	if (rc == RC_NOT_FOUND) {
		import_fault(im, row->line, "username", "\"%.*s\" is no account; import it first",
			STR_FMT(str_sub(username, 0, USERNAME_MAX)));
		return RC_OK;
	}
	if (rc != RC_OK)
		return rc;
	g->subject_kind = ROLE_GRANT_ACCOUNT;
	g->subject = account.id;
	return RC_OK;
}

/* Who gets the right. */
static enum rc find_subject(
	struct import *im, const struct csv_row *row, struct role_grant *g, bool *ret_good)
{
	struct str number = import_cell(im, row, "citizen_number", NULL);
	struct str username = import_cell(im, row, "username", NULL);
	struct person person;
	enum rc rc;

	*ret_good = false;
	if ((number.n > 0) == (username.n > 0)) {
		import_fault(im, row->line, NULL,
			"names %s; fill in either citizen_number or username",
			number.n ? "a person and an account" : "nobody");
		return RC_OK;
	}
	if (username.n)
		return find_account(im, row, username, g, ret_good);
	rc = import_person(im, row, number, &person, ret_good);
	if (rc != RC_OK || !*ret_good)
		return rc;
	g->subject_kind = ROLE_GRANT_PERSON;
	g->subject = person.id;
	return RC_OK;
}

static enum rc check_role(
	struct import *im, const struct csv_row *row, const struct role_grant *g, bool *ret_good)
{
	struct system system;
	enum rc rc = system_get(im->tx->snap, im->row, g->system, &system, NULL);

	*ret_good = false;
	if (rc == RC_NOT_FOUND) {
		import_fault(im, row->line, "system", "\"%.*s\" is no system; import it first",
			STR_FMT(g->system));
		return RC_OK;
	}
	if (rc != RC_OK)
		return rc;
	*ret_good = strlist_has(system.roles, g->role);
	if (!*ret_good)
		import_fault(im, row->line, "role",
			"\"%.*s\" is no role of system %.*s; mend it or add the role",
			STR_FMT(g->role), STR_FMT(g->system));
	return RC_OK;
}

static enum rc check_grant(
	struct import *im, const struct csv_row *row, const struct role_grant *g, bool *ret_good)
{
	bool role = false, office = false;
	enum rc rc = check_role(im, row, g, &role);

	if (rc == RC_OK)
		rc = import_office(im, row, "office", g->office, &office);
	*ret_good = role && office;
	return rc;
}

/* The natural key of the row in *ret, as far as its cells contain it. */
static enum rc key_of_row(
	struct import *im, const struct csv_row *row, struct role_grant *ret, bool *ret_good)
{
	struct role_grant g = {0};
	bool filled = import_fill(im, row, &g), subject;
	enum rc rc = find_subject(im, row, &g, &subject);

	*ret = g;
	*ret_good = filled && subject;
	return rc;
}

/* --- people with more rights in a system than a token holds --- */

struct right_holder {
	enum role_grant_subject kind;
	struct str subject, system;
	size_t line;
	int64_t rights; /* that this file adds, less those that it ends */
};

struct right_holders {
	struct strmap at; /* index in v */
	struct right_holder *v;
	size_t n, cap;
};

static bool lasts(const struct import *im, const struct role_grant *g)
{
	return g->status == STATUS_ACTIVE && (!g->until || g->until > im->tx->now);
}

static struct right_holder *holder_of(struct import *im, size_t line, const struct role_grant *g)
{
	struct right_holders *all = im->state;
	struct arena *a = im->tx->a;
	struct str key = key_join(im->row, key_join(im->row, g->subject, g->system),
		g->subject_kind == ROLE_GRANT_PERSON ? STR("p") : STR("a"));
	size_t *found = strmap_find(&all->at, key);

	if (found)
		return all->v + *found;
	all->v = arena_grow(a, all->v, all->n, &all->cap, 64, sizeof(*all->v));
	strmap_add(&all->at, key, all->n);
	all->v[all->n] = (struct right_holder){.kind = (enum role_grant_subject)g->subject_kind,
		.subject = str_dup(a, g->subject),
		.system = str_dup(a, g->system),
		.line = line};
	return all->v + all->n++;
}

/* old: NULL for a new one. */
static void count_right(
	struct import *im, size_t line, const struct role_grant *old, const struct role_grant *g)
{
	int64_t more = (int64_t)lasts(im, g) - (old && lasts(im, old));

	if (!im->state) {
		struct right_holders *all = arena_new_of(im->tx->a, struct right_holders);

		strmap_init(&all->at, im->tx->a);
		im->state = all;
	}
	if (more)
		holder_of(im, line, g)->rights += more;
}

struct stored {
	const struct import *im;
	int64_t n;
};

static bool count_stored(void *data, const struct role_grant *g)
{
	struct stored *s = data;

	s->n += lasts(s->im, g);
	return true;
}

/* Portals that look at the token alone would miss some of theirs. */
static enum rc warn_of_many(struct import *im)
{
	const struct right_holders *all = im->state;
	enum rc rc = RC_OK;

	for (size_t i = 0; all && !im->result.faults && rc == RC_OK && i < all->n; i++) {
		const struct right_holder *h = all->v + i;
		struct stored stored = {im, 0};

		arena_reset(im->row);
		rc = role_grants_each(im->tx->snap, im->row, h->kind, h->subject, h->system,
			count_stored, &stored);
		if (rc == RC_OK && stored.n + h->rights > TOKEN_RIGHTS_MAX)
			import_warning(im, h->line,
				"this %s then has %lld rights in system %.*s, a token holds %d; "
				"portals find all of them at userinfo",
				h->kind == ROLE_GRANT_PERSON ? "person" : "account",
				(long long)(stored.n + h->rights), STR_FMT(h->system),
				TOKEN_RIGHTS_MAX);
	}
	return rc;
}

/* Portals that were entered by it are notified when it ends. */
static void recheck(struct import *im, const struct role_grant *g)
{
	struct tx row = *im->tx;

	row.a = im->row; /* forgotten with the row */
	if (access_recheck_grant(&row, g))
		import_counts(im, ACCESS_RECHECK_OPERATIONS);
}

/* Puts the grant unless it is stored as it stands. key: its own, which the row's cells gave. */
static enum rc put_grant(struct import *im, const struct csv_row *row,
	const struct role_grant *of_row, struct str key)
{
	struct role_grant old, g = *of_row;
	uint64_t version = STORE_ABSENT;
	enum rc rc = record_get(im->tx->snap, TABLE_ROLE_GRANT, key, im->row, &old, &version);
	bool known = rc == RC_OK;

	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	if (known)
		g = old;
	if (known && !import_fill(im, row, &g))
		return RC_OK;
	if (g.until && g.from >= g.until) {
		import_fault(im, row->line, "until",
			"is not after from; write the first day without the right");
		return RC_OK;
	}
	if (!import_differs(im, known ? &old : NULL, &g))
		return RC_OK;
	g.updated = im->tx->now;
	g.created = known ? old.created : im->tx->now;
	import_counts(im, 1);
	count_right(im, row->line, known ? &old : NULL, &g);
	role_grant_put(im->tx->batch, im->row, &g, version);
	if (known)
		recheck(im, &g);
	return RC_OK;
}

static enum rc take_grant(struct import *im, const struct csv_row *row)
{
	struct role_grant g;
	struct str key;
	bool good;
	enum rc rc = key_of_row(im, row, &g, &good);

	if (rc != RC_OK || !good)
		return rc;
	rc = check_grant(im, row, &g, &good);
	if (rc != RC_OK || !good)
		return rc;
	key = role_grant_key(im->row, &g);
	if (!import_first(im, row, NULL, key))
		return RC_OK;
	return put_grant(im, row, &g, key);
}

const struct import_type import_role_grants = {
	.name = "grants",
	.help = "The role grants: a person or an account, a system, one of its roles, an office, "
		"and a period. Days are written `YYYY-MM-DD` in the Common Era; both begin at "
		"midnight in Thailand.",
	.record = &record_role_grant,
	.left_out = left_out,
	.extras = extras,
	.n_extras = ARRAY_LEN(extras),
	.row = take_grant,
	.finish = warn_of_many,
};
