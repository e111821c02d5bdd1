/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_CONTACT_H
#define PRATU_DIRECTORY_CONTACT_H

/*
 * Contacts of people: the owners of verified email addresses, and changes in progress.
 *
 * Index. TABLE_EMAIL has, by the keyed hash of an address in lower case, an entry for each person
 * who holds it verified, and one record for the address itself that every new owner writes.
 * person_put maintains both. email_claim, for an address that must belong to one person only,
 * requires that record unchanged, so that of two concurrent claims exactly one is stored. The
 * record remains after the last owner; it reveals nothing without the master key.
 *
 * Change. TABLE_CONTACT_CHANGE has at most one for each person and kind: a new one replaces the
 * previous one. Any thread.
 */
#include "core/tx.h"
#include "directory/directory.h"

enum contact_kind { CONTACT_EMAIL, CONTACT_MOBILE, CONTACT_KIND_MAX };

extern const char *const contact_kind_words[]; /* "email", "mobile" */

/* --- who holds an email --- */

/* Returns RC_EXISTS if another person holds it verified. RC_OK: no one does, and the batch
 * conflicts if that changes before it is stored. Otherwise the errors of the store. */
MUST_USE enum rc email_claim(struct store_snapshot *snap, struct store_batch *b, struct arena *a,
	const struct vault *v, struct str email, struct str person);
/* Inside src/directory: moves the entries of a person from what was to what is. */
void email_index_move(struct store_batch *b, struct arena *a, const struct vault *v,
	const struct person *old, const struct person *p);
/*
 * Builds the index in a store of an older version, EMAIL_INDEX_STEP people to a batch, concurrently
 * with other writers; once, or again from the beginning if it was interrupted. *ret: whether it was
 * built now. No snapshot may be open.
 */
#define EMAIL_INDEX_STEP 500
MUST_USE enum rc email_index_build(const struct app *app, bool *ret);

/* --- a change in progress --- */

#define CONTACT_CHANGE_LIFETIME  900 /* seconds from typing the address to its code */
#define CONTACT_CHANGE_SENDS_MAX 5
#define CONTACT_CHANGE_TRIES_MAX 5

struct contact_change {
	struct str person;
	int kind;      /* enum contact_kind */
	struct str id; /* of this change: its codes and forms fit no other one */
	struct str address;
	struct str replaces; /* what the person had when it began; may be empty */
	int64_t created, expires;
	int64_t sends, tries; /* codes sent, codes typed */
	struct str notice;    /* a word of the page that is shown next (src/idp/account) */
	int64_t notice_until;
	int64_t left; /* attempts until the account is locked; 0: many, or not known */
};

#define CONTACT_CHANGE_BUCKETS 3
struct contact_change_found {
	struct contact_change change;
	struct str keys[CONTACT_CHANGE_BUCKETS];
	uint64_t versions[CONTACT_CHANGE_BUCKETS]; /* STORE_ABSENT: nothing there */
	size_t place;                              /* of the change */
};

/* The live one; RC_NOT_FOUND: none. *ret can be put to in both cases. */
MUST_USE enum rc contact_change_get(struct store_snapshot *snap, struct arena *a, struct str person,
	enum contact_kind kind, int64_t now, struct contact_change_found *ret);
/* Puts *change in place of what was found; parallel ones make the batch RC_CONFLICT. */
void contact_change_put(struct store_batch *b, struct arena *a,
	const struct contact_change_found *found, const struct contact_change *change);
/* Deletes it in any state. */
void contact_change_delete(struct store_batch *b, struct arena *a, struct str person,
	enum contact_kind kind, int64_t now);

extern const struct record_type record_contact_change;

/* For store verify (core/table.h): the index of email addresses, of TABLE_PERSON and TABLE_EMAIL.
 * In a store of before the index, which no server has opened since, nothing is said. */
struct table_check;
const char *email_verify(
	const struct table_check *c, const struct store_record *stored, const void *record);
const char *email_entry_verify(
	const struct table_check *c, const struct store_record *stored, const void *record);

#endif
