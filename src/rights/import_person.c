/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/arena.h"
#include "base/thai.h"
#include "rights/check.h"
#include "rights/import_row.h"

static const char *const left_out[] = {NULL};

static const struct import_extra extras[] = {
	{"citizen_number", true,
		"13 digits with their check digit; tells which person the row is about"},
};

/* Checks the addresses; a mobile number is brought into the one form in which it is kept. */
static bool check_person(struct import *im, const struct csv_row *row, struct person *p)
{
	if (p->email.n && !email_plausible(p->email)) {
		import_fault(im, row->line, "email", "is no email address; mend it");
		return false;
	}
	if (p->mobile.n && thai_mobile_normalise(im->row, p->mobile, &p->mobile) != RC_OK) {
		import_fault(im, row->line, "mobile",
			"is no Thai mobile number; write 0812345678 or +66812345678");
		return false;
	}
	return true;
}

/* What was proven about an address is not proven about another one. */
static void forget_proofs(const struct person *old, struct person *p)
{
	p->email_verified = p->email_verified && str_eq(old->email, p->email);
	p->mobile_verified = p->mobile_verified && str_eq(old->mobile, p->mobile);
}

/* A new person: an id, and the citizen number hashed and sealed. */
static void name_person(struct import *im, struct str number, struct str hash, struct person *p)
{
	p->id = id_new(im->row, im->r->rng);
	p->pid_hash = hash;
	p->pid_sealed = vault_pid_seal(im->r->vault, im->row, im->r->rng, p->id, number);
	p->created = im->now;
}

static enum rc take_person(struct import *im, const struct csv_row *row)
{
	struct str number = import_cell(im, row, "citizen_number", NULL);
	struct person old, p = {0};
	uint64_t version = 0;
	struct str hash;
	bool known;
	enum rc rc;

	if (!thai_citizen_number_ok(number)) {
		import_fault(im, row->line, "citizen_number",
			"is not 13 digits with the right check digit; mend the number");
		return RC_OK;
	}
	hash = vault_pid_hash(im->r->vault, im->row, number);
	if (!import_first(im, row, "citizen_number", hash))
		return RC_OK;
	rc = person_by_pid(im->snap, im->row, hash, &old, &version);
	known = rc == RC_OK;
	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	if (known)
		p = old;
	if (!import_fill(im, row, &p) || !check_person(im, row, &p))
		return RC_OK;
	if (known)
		forget_proofs(&old, &p);
	if (!import_differs(im, known ? &old : NULL, &p))
		return RC_OK;
	if (!known)
		name_person(im, number, hash, &p);
	p.updated = im->now;
	import_counts(im, known ? 1 : 2);
	person_put(im->batch, im->row, known ? &old : NULL, version, &p);
	return RC_OK;
}

const struct import_type import_people = {
	.name = "people",
	.help = "The people. A person is found again by the citizen number, which is kept "
		"encrypted. "
		"A changed email or mobile number counts as not verified.",
	.record = &record_person,
	.left_out = left_out,
	.extras = extras,
	.n_extras = sizeof(extras) / sizeof(extras[0]),
	.row = take_person,
};
