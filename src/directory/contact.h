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
 * Change. TABLE_ADDRESS has at most one for each person and kind: a new one takes the place of the
 * one before. Any thread.
 */
#include "directory/directory.h"

enum address_kind { ADDRESS_EMAIL, ADDRESS_MOBILE, ADDRESS_KIND_MAX };

extern const char *const address_kind_words[]; /* "email", "mobile" */

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

#define ADDRESS_CHANGE_LIFE      900 /* seconds from typing the address to its code */
#define ADDRESS_CHANGE_SENDS_MAX 5
#define ADDRESS_CHANGE_TRIES_MAX 5

struct address_change {
	struct str person;
	int kind;      /* enum address_kind */
	struct str id; /* of this change: its codes and forms fit no other one */
	struct str address;
	struct str replaces; /* what the person had when it began; may be empty */
	int64_t created, expires;
	int64_t sends, tries; /* codes sent, codes typed */
	int64_t notice;       /* enum contact_notice (idp): what the next page says */
	int64_t notice_until;
};

#define ADDRESS_PLACES 3
struct address_found {
	struct address_change change;
	struct str keys[ADDRESS_PLACES];
	uint64_t versions[ADDRESS_PLACES]; /* STORE_ABSENT: nothing there */
	size_t place;                      /* of the change */
};

/* The live one; RC_NOT_FOUND: none. *ret can be put to in both cases. */
MUST_USE enum rc address_change_get(struct store_snapshot *snap, struct arena *a, struct str person,
	enum address_kind kind, int64_t now, struct address_found *ret);
/* Puts *change in place of what was found; parallel ones make the batch RC_CONFLICT. */
void address_change_put(struct store_batch *b, struct arena *a, const struct address_found *found,
	const struct address_change *change);
/* Forgets it, whatever it is. */
void address_change_drop(struct store_batch *b, struct arena *a, struct str person,
	enum address_kind kind, int64_t now);

extern const struct record_type record_address_change;

#endif
