/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/arena.h"
#include "base/array.h"
#include "crypto/pwhash.h"
#include "directory/credential.h"
#include "directory/import/import_row.h"
#include "directory/directory.h"

static const char *const left_out[] = {NULL};

static const struct import_extra extras[] = {
	{"username", true, "the account"},
	{"hash", true, "hash of the other system; the formats are in passwords.md"},
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
	/* There is a password: perhaps this one, hashed again at its first use, or a newer one. Or
	 * the account was reassigned since, and the former holder knows this password. Or there was
	 * one, and it was removed ("this was not me"). */
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
	.help = "Hashes of passwords from another system. Each is used until the first login and "
		"then replaced. An account that has a password keeps it; one that was reassigned "
		"to another holder has none until an initial secret is issued.",
	.record = &record_credential,
	.left_out = left_out,
	.extras = extras,
	.n_extras = ARRAY_LEN(extras),
	.row = take_credential,
};
