/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_ACCESS_ACCESS_DECISION_H
#define PRATU_ACCESS_ACCESS_DECISION_H

/*
 * Access decision: may this person enter this system now, as whom, with which roles? The one rule
 * behind every code and every token: no valid grant, no code, no token.
 *
 * A person enters by grants of his own, or through an account that has grants; with an account his
 * own grants for the system count too. Suspended people, accounts and systems do not enter; nor do
 * accounts of a suspended office, by grants for one, or to a system that one owns
 * (directory/standing.h).
 */
#include "core/op.h"
#include "directory/directory.h"

enum access_outcome {
	ACCESS_OK,
	ACCESS_NO_GRANT,        /* `begins`: not yet */
	ACCESS_EXPIRED,         /* there were role grants; `until` is the end of the last one */
	ACCESS_DISABLED,        /* the person, every account that has grants, or its office, is
				   suspended */
	ACCESS_SYSTEM_SUSPENDED /* the system is suspended, or the office that owns it */
};

struct access_role {
	struct str role, office;
	int64_t until;
};

/* One way in: as an account, or (account.id empty) as the person. */
struct access_account {
	struct account account;
	const struct access_role *roles; /* the account's, then the person's own */
	size_t n_roles, n_own;
};

struct access_decision {
	enum access_outcome outcome;
	struct person person;
	struct system system;
	const struct access_account *accounts;
	size_t n_accounts;
	struct account_list person_accounts; /* all of the person's, with grants or without */
	int64_t until;
	int64_t begins; /* no access yet, but a grant begins at this time: the first one; 0: none */
	struct str office; /* where to ask: office of a grant or account of the person, else the
			      system's */
};

/* RC_NOT_FOUND: no such person; RC_CORRUPT. */
MUST_USE enum rc access_decide(
	struct op *op, const struct system *system, struct str person, struct access_decision *ret);
/* The same outside a request. */
MUST_USE enum rc access_decide_tx(
	struct tx *tx, const struct system *system, struct str person, struct access_decision *ret);
/* The same for callers that have read the person and his accounts already. */
MUST_USE enum rc access_judge(struct op *op, const struct system *system,
	const struct person *person, const struct account_list *accounts,
	struct access_decision *ret);
/* The systems named by any grant of the person and of these accounts, each once, in the order of
 * their ids: access_judge says which of them may be entered. */
MUST_USE enum rc access_systems_of(
	struct op *op, struct str person, const struct account_list *accounts, struct strlist *ret);
/*
 * The account that names the person to a client: the one entered by; of a person who enters by
 * grants of his own, the account whose proof began the login (proven, may be empty), else the only
 * active one he has. Never NULL; without an id when there is none.
 */
const struct account *access_named_account(
	const struct access_decision *e, const struct access_account *by, struct str proven);
/* The office a way in is for: the account's, else that of the first right. */
struct str access_account_office(const struct access_account *account);
/* The way of an account id (empty: the person's own); NULL when it is no way in. */
const struct access_account *access_account_find(
	const struct access_decision *e, struct str account);

#endif
