/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_ACCESS_ACCESS_H
#define PRATU_ACCESS_ACCESS_H

/*
 * Entry: may this person enter this system now, as whom, with which roles? The one rule behind
 * every code and every token: no valid grant, no code, no token.
 *
 * A person enters by grants of his own, or through an account that has grants; with an account his
 * own grants for the system count too. Suspended people, accounts and systems do not enter.
 */
#include "core/op.h"
#include "directory/directory.h"

enum entry_outcome {
	ENTRY_OK,
	ENTRY_NO_GRANT,
	ENTRY_EXPIRED,  /* there were grants; `until` tells when the last one ended */
	ENTRY_DISABLED, /* the person, or every account that has grants, is suspended */
	ENTRY_CLOSED    /* the system is suspended */
};

#define ENTRY_RIGHTS_MAX 64

struct right {
	struct str role, office;
	int64_t until;
};

/* One way in: as an account, or (account.id empty) as the person. */
struct entry_way {
	struct account account;
	const struct right *rights;
	size_t n_rights;
};

struct entry {
	enum entry_outcome outcome;
	struct person person;
	struct system system;
	const struct entry_way *ways;
	size_t n_ways;
	int64_t until;
	struct str office; /* where to ask: office of a grant or account of the person, else the
			      system's */
};

/* RC_NOT_FOUND: no such person; RC_CORRUPT. */
MUST_USE enum rc entry_check(
	struct op *op, const struct system *system, struct str person, struct entry *ret);
/* The office a way in is for: the account's, else that of the first right. */
struct str entry_office(const struct entry_way *way);
/* The way of an account id (empty: the person's own); NULL when it is no way in. */
const struct entry_way *entry_way(const struct entry *e, struct str account);

#endif
