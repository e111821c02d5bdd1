/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_FACTORS_MOCK_MOCK_H
#define PRATU_FACTORS_MOCK_MOCK_H

/*
 * An authentication method that does what a test says: the second implementation of the contract
 * (core/auth_method.h), driven through everything that a method may answer. It is a module that
 * modules.list does not name, so no program has it; a fixture puts it into the registry. Whom it
 * knows is kept in memory.
 *
 * Its page asks for a word (field "code") and the word says what is next:
 *
 *     the word of the script   AUTH_PROVEN
 *     "phone"                  AUTH_WAIT, until the script says answered
 *     "away"                   AUTH_REDIRECT; the return's parameter "result" is "proven",
 *                              "cancelled", "unavailable" or anything else: untrusted
 *     "refuse"                 AUTH_FAILED
 *     "fault"                  a fault of ours
 *     another                  AUTH_SHOW, with AUTH_WRONG
 */
#include "core/module.h"

#define MOCK_KNOWN_MAX 8

/* The script. Members are read by the server's threads while a test writes them: one at a time. */
struct mock {
	const char *name; /* NULL: "mock" */
	unsigned can;     /* enum auth_capability; 0: identify, confirm, enrol, recover */
	enum auth_kind kind;
	bool elsewhere;       /* its return may come from another device */
	bool blocks;          /* what is typed goes through work */
	enum auth_next first; /* what begin answers */
	enum auth_reason reason;
	const char *word;           /* right */
	const char *username;       /* whom it identifies */
	const char *citizen_number; /* instead: proof of identity; NULL: none */
	bool answered, accepted;    /* AUTH_WAIT: the person acted; and how */
	bool changed, closed;       /* still_valid: RC_EXPIRED, RC_DENIED */
	bool everybody;             /* it reaches every person; else those who enrolled */
	/* What happened. */
	int begun, worked, stepped, polled, started;
	char known[MOCK_KNOWN_MAX][24]; /* ids of people who enrolled */
	size_t n_known;
};

/* Puts it into the registry. mock must outlive it. */
void mock_add(struct auth_methods *methods, struct mock *mock);

extern const struct module module_mock;

#endif
