/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/arena.h"
#include "crypto/pwhash.h"
#include "directory/credential.h"
#include "directory/import/import_row.h"
#include "directory/directory.h"

static const char *const left_out[] = {NULL};

static const struct import_extra extras[] = {
	{"username", true, "the account"},
	{"hash", true, "what the other system kept; the forms are in passwords.md"},
};

static enum rc take_credential(struct import *im, const struct csv_row *row)
{
	struct str username = import_cell(im, row, "username", NULL);
	struct str hash = import_cell(im, row, "hash", NULL);
	struct credential c = {.updated = 0};
	struct account account;
	uint64_t version = STORE_ABSENT;
	const char *why;
	bool known;
	enum rc rc;

	if (!import_first(im, row, "username", username_fold(im->row, username)))
		return RC_OK;
	if (!pwhash_importable(hash, &why)) {
		import_fault(im, row->line, "hash", "%s", why);
		return RC_OK;
	}
	rc = account_by_name(im->tx->snap, im->row, username, &account, NULL);
	if (rc == RC_NOT_FOUND)
		import_fault(im, row->line, "username", "no account has it; import it first");
	if (rc != RC_OK)
		return rc == RC_NOT_FOUND ? RC_OK : rc;
	rc = credential_get(im->tx->snap, im->row, account.id, &c, &version);
	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	/* A password is there: perhaps this one, hashed anew at its first use, or a newer one. Or
	 * the account went to another holder since: the one before knows this password. Or there
	 * was one, and it was forgotten ("this was not me"). */
	known = c.hash.n || c.history.n || c.must_change == MUST_CHANGE_REASSIGNED;
	if (!import_differs(im, known ? &c : NULL, &c))
		return RC_OK;
	c.account = account.id;
	c.hash = hash;
	c.set = c.updated = im->tx->now;
	import_counts(im, 1);
	credential_put(im->tx->batch, im->row, &c, rc == RC_OK ? version : STORE_ABSENT);
	return RC_OK;
}

const struct import_type import_credentials = {
	.name = "credentials",
	.help = "Hashes of passwords from another system. Each is checked until its first use and "
		"then made anew. An account that has a password keeps it; one that went over to "
		"another holder stays without, until it gets an initial secret.",
	.record = &record_credential,
	.left_out = left_out,
	.extras = extras,
	.n_extras = sizeof(extras) / sizeof(extras[0]),
	.row = take_credential,
};
