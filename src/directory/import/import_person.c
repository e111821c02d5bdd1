/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/arena.h"
#include "base/array.h"
#include "codec/email.h"
#include "directory/contact.h"
#include "directory/import/import_row.h"
#include "directory/directory.h"
#include "directory/operations/contacts_changed.h"
#include "directory/session.h"

#define EMAIL_INDEX_OPERATIONS 3

static const char *const left_out[] = {NULL};

static const struct import_extra extras[] = {
	{"citizen_number", true,
		"13 digits with their check digit; identifies the person of the row"},
};

static bool has_column(const struct import *im, const struct csv_row *row, const char *name)
{
	bool has;

	import_cell(im, row, name, &has);
	return has;
}

/* In another spelling it is the same mailbox. */
static bool same_email(const struct import *im, const struct person *a, const struct person *b)
{
	return contact_same_email(im->row, a->email, b->email);
}

/* What was proven about an address is not proven about another one, unless the file says so, whose
 * word then counts: addresses that another system has verified. */
static void settle_proofs(
	struct import *im, const struct csv_row *row, const struct person *old, struct person *p)
{
	if (!has_column(im, row, "email_verified"))
		p->email_verified = p->email_verified && same_email(im, old, p);
	if (!has_column(im, row, "mobile_verified"))
		p->mobile_verified = p->mobile_verified && str_eq(old->mobile, p->mobile);
}

static bool check_proofs(struct import *im, const struct csv_row *row, const struct person *p)
{
	bool email = p->email_verified && !p->email.n, mobile = p->mobile_verified && !p->mobile.n;

	if (email)
		import_fault(im, row->line, "email_verified", "there is no email; fill it in");
	if (mobile)
		import_fault(
			im, row->line, "mobile_verified", "there is no mobile number; fill it in");
	return !email && !mobile;
}

/* Where an email is one person's only: nobody else has verified it, and no other row does. */
static enum rc claim_email(struct import *im, const struct csv_row *row, const struct person *old,
	const struct person *p, bool *ret_good)
{
	struct str folded = email_fold(im->row, p->email);
	enum rc rc;

	*ret_good = true;
	if (!im->request->email_unique || !p->email_verified)
		return RC_OK;
	if (!import_first(im, row, "email", key_join(im->row, STR("email"), folded))) {
		*ret_good = false;
		return RC_OK;
	}
	/* Shared before that was forbidden: no reason to refuse all else in the row. */
	if (old && old->email_verified && same_email(im, old, p))
		return RC_OK;
	rc = email_claim(im->tx->snap, im->tx->batch, im->row, im->tx->app->vault, p->email,
		old ? old->id : STR_NONE);
	if (rc == RC_OK)
		import_counts(im, 1);
	if (rc != RC_EXISTS)
		return rc;
	import_fault(im, row->line, "email",
		"somebody else has verified this email, and email_unique is set; mend it, or "
		"leave it unverified");
	*ret_good = false;
	return RC_OK;
}

/* What a changed contact brings with it. A dry run sends nothing. */
static enum rc follow_contacts(struct import *im, const struct person *old, struct person *p)
{
	static const struct contact_origin from = {.keep_sid = STR_INIT("")};
	struct app silent = *im->tx->app;
	struct tx row = *im->tx;
	size_t operations;
	enum rc rc;

	row.a = im->row; /* forgotten with the row */
	if (im->request->dry_run) {
		silent.notices = NULL;
		row.app = &silent;
	}
	rc = contacts_changed(&row, old, p, &from, &operations);
	import_counts(im, operations);
	return rc;
}

/* What was theirs ends, as by `person suspend`. */
static enum rc suspend_person(struct import *im, struct person *p)
{
	struct session_list sessions;
	struct tx row = *im->tx;
	enum rc rc;

	row.a = im->row; /* forgotten with the row */
	rc = session_list(&row, p->id, &sessions);
	if (rc != RC_OK)
		return rc;
	import_counts(im, SESSION_END_OPERATIONS * sessions.n);
	return session_sign_out(&row, p);
}

/* A new person: an id, and the citizen number hashed and sealed. */
static void name_person(struct import *im, struct str number, struct str hash, struct person *p)
{
	p->id = id_new(im->row, im->tx->app->rng);
	p->pid_hash = hash;
	p->pid_sealed =
		vault_pid_seal(im->tx->app->vault, im->row, im->tx->app->rng, p->id, number);
	p->created = im->tx->now;
}

static enum rc take_person(struct import *im, const struct csv_row *row)
{
	struct str number = import_cell(im, row, "citizen_number", NULL);
	struct person old, p = {0};
	uint64_t version = 0;
	struct str hash;
	bool known, good;
	enum rc rc;

	if (!import_citizen_number(im, row, number, &number))
		return RC_OK;
	hash = vault_pid_hash(im->tx->app->vault, im->row, number);
	if (!import_first(im, row, "citizen_number", hash))
		return RC_OK;
	rc = person_by_pid(im->tx->snap, im->row, hash, &old, &version);
	known = rc == RC_OK;
	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	if (known)
		p = old;
	if (!import_fill(im, row, &p))
		return RC_OK;
	if (known)
		settle_proofs(im, row, &old, &p);
	if (!check_proofs(im, row, &p))
		return RC_OK;
	rc = claim_email(im, row, known ? &old : NULL, &p, &good);
	if (rc != RC_OK || !good)
		return rc;
	if (known)
		rc = follow_contacts(im, &old, &p);
	if (rc != RC_OK)
		return rc;
	if (!import_differs(im, known ? &old : NULL, &p))
		return RC_OK;
	if (known && old.status == STATUS_ACTIVE && p.status == STATUS_SUSPENDED)
		rc = suspend_person(im, &p);
	if (rc != RC_OK)
		return rc;
	if (!known)
		name_person(im, number, hash, &p);
	p.updated = im->tx->now;
	import_counts(im, (known ? 1 : 2) + EMAIL_INDEX_OPERATIONS);
	person_put(im->tx->batch, im->row, im->tx->app->vault, known ? &old : NULL, version, &p);
	return RC_OK;
}

const struct import_type import_people = {
	.name = "people",
	.help = "The people. A person is identified by the citizen number, which is stored "
		"encrypted. A changed email address or mobile number counts as not verified, "
		"unless the file says that another system has verified it. A verified contact that "
		"is replaced is notified, and recovery.cooling_off applies to the new one.",
	.record = &record_person,
	.left_out = left_out,
	.extras = extras,
	.n_extras = ARRAY_LEN(extras),
	.row = take_person,
};
