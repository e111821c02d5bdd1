/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/arena.h"
#include "base/array.h"
#include "codec/typed.h"
#include "directory/access_recheck.h"
#include "directory/operations/reassign.h"
#include "directory/import/import_row.h"
#include "directory/directory.h"
#include "directory/session.h"

static const char *const left_out[] = {"person", NULL};

static const struct import_extra extras[] = {
	{"citizen_number", false, "13 digits: the account holder; empty: none"},
};

/* Points the account at the person whose citizen number the row has, when it has that column. */
static enum rc fill_holder(
	struct import *im, const struct csv_row *row, struct account *c, bool *ret_good)
{
	bool has;
	struct str number = import_cell(im, row, "citizen_number", &has);
	struct person holder;
	enum rc rc;

	*ret_good = true;
	if (!has)
		return RC_OK;
	c->person = STR_NONE;
	if (!number.n)
		return RC_OK;
	rc = import_person(im, row, number, &holder, ret_good);
	if (rc == RC_OK && *ret_good)
		c->person = holder.id;
	return rc;
}

static enum rc fill_account(
	struct import *im, const struct csv_row *row, struct account *c, bool *ret_good)
{
	bool office = false, holder;
	enum rc rc;

	*ret_good = import_fill(im, row, c);
	rc = fill_holder(im, row, c, &holder);
	if (rc == RC_OK && c->office.n)
		rc = import_office(im, row, "office", c->office, &office);
	*ret_good = *ret_good && holder && office;
	return rc;
}

static bool check_username(struct import *im, const struct csv_row *row, struct str username)
{
	if (!username_valid(username)) {
		import_fault(im, row->line, "username",
			"is not 1 to %d letters, digits, \".\", \"_\", \"-\" or \"@\"; mend it",
			USERNAME_MAX);
		return false;
	}
	return import_first(im, row, "username", username_fold(im->row, username));
}

/* Somebody held it, and does not hold it any more. */
static enum rc change_holder(struct import *im, const struct account *old, const struct account *c)
{
	size_t operations = 0;
	enum rc rc;

	if (!old->person.n || str_eq(old->person, c->person))
		return RC_OK;
	rc = account_reassign(im->tx, old, c, &operations);
	import_counts(im, operations);
	return rc;
}

/* What it began ends, as by `account suspend`. */
static enum rc suspend(struct import *im, const struct account *old, struct account *c)
{
	struct account holder = *old;
	size_t sessions;
	enum rc rc = account_sign_out(im->tx, &holder, &sessions);

	c->signed_out_ms = holder.signed_out_ms;
	import_counts(im, 1 + ACCESS_RECHECK_OPERATIONS + SESSION_END_OPERATIONS * sessions);
	return rc;
}

static enum rc take_account(struct import *im, const struct csv_row *row)
{
	struct str username = typed_username(im->row, import_cell(im, row, "username", NULL));
	struct account old, c = {0};
	uint64_t version = 0;
	bool known, good;
	enum rc rc;

	if (!check_username(im, row, username))
		return RC_OK;
	rc = account_by_name(im->tx->snap, im->row, username, &old, &version);
	known = rc == RC_OK;
	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	if (known)
		c = old;
	rc = fill_account(im, row, &c, &good);
	if (rc != RC_OK || !good)
		return rc;
	if (!import_differs(im, known ? &old : NULL, &c))
		return RC_OK;
	if (!known) {
		c.id = id_new(im->row, im->tx->app->rng);
		c.created = im->tx->now;
	}
	c.updated = im->tx->now;
	if (known && old.status == STATUS_ACTIVE && c.status == STATUS_SUSPENDED) {
		rc = suspend(im, &old, &c);
		if (rc != RC_OK)
			return rc;
	}
	import_counts(im, known ? 4 : 3);
	account_put(im->tx->batch, im->row, known ? &old : NULL, version, &c);
	return known ? change_holder(im, &old, &c) : RC_OK;
}

const struct import_type import_accounts = {
	.name = "accounts",
	.help = "The accounts: usernames, compared without regard to case. Import offices and "
		"people first.",
	.record = &record_account,
	.left_out = left_out,
	.extras = extras,
	.n_extras = ARRAY_LEN(extras),
	.row = take_account,
};
