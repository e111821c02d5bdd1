/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_CONTACT_H
#define PRATU_DIRECTORY_CONTACT_H

/*
 * Addresses of people: who has proven an email to be theirs, and a change of an address under way.
 *
 * Index. TABLE_EMAIL has, by the keyed hash of an address in lower case, an entry for each person
 * who holds it verified, and one record for the address itself that every new holder writes.
 * person_put keeps both; whoever wants an address for one person alone expects that record as it
 * was read (email_claim), so that of two claims at once exactly one is stored. The record stays
 * when the last holder is gone; it tells nothing without the master key.
 *
 * Change. TABLE_CONTACT_CHANGE has at most one for each person and kind: a new one takes the place
 * of the one before. Any thread.
 */
#include "directory/directory.h"

enum contact_kind { CONTACT_EMAIL, CONTACT_MOBILE, CONTACT_KIND_MAX };

extern const char *const contact_kind_words[]; /* "email", "mobile" */

/* --- who holds an email --- */

/* Does somebody else hold it verified? RC_EXISTS then; RC_OK: nobody, and the batch conflicts when
 * that changes before it is stored. Others are the store's. */
MUST_USE enum rc email_claim(struct store_snapshot *snap, struct store_batch *b, struct arena *a,
	const struct vault *v, struct str email, struct str person);
/* Inside src/model: moves the entries of a person from what was to what is. */
void email_index_move(struct store_batch *b, struct arena *a, const struct vault *v,
	const struct person *old, const struct person *p);
/*
 * Makes the index of a store from before there was one, EMAIL_INDEX_STEP people to a batch, beside
 * other writers; once, and at its next call again from the beginning when it was cut off. *ret is
 * whether it was made now. No snapshot may be open.
 */
#define EMAIL_INDEX_STEP 500
MUST_USE enum rc email_index_build(struct store *store, const struct vault *v, bool *ret);

/* --- a change under way --- */

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
	int64_t notice;       /* enum contact_notice (idp): what the next page says */
	int64_t notice_until;
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
/* Forgets it, whatever it is. */
void contact_change_delete(struct store_batch *b, struct arena *a, struct str person,
	enum contact_kind kind, int64_t now);

extern const struct record_type record_contact_change;

#endif
