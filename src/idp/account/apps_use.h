/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_ACCOUNT_APPS_USE_H
#define PRATU_IDP_ACCOUNT_APPS_USE_H

/*
 * Which systems a person entered last, as their sessions know it: what is entered is noted by
 * session and client and dies with the session (directory/session.h). So it is a help for the order
 * of the launcher, and no history. Reads op->tx.snap; results live in the operation's arena.
 */
#include "core/op.h"
#include "directory/session.h"

struct system_use {
	struct str system;
	int64_t last; /* seconds */
};

struct system_uses {
	const struct system_use *v;
	size_t n;
};

/* Each system once, with the last time that a portal of it was entered by one of these sessions. */
MUST_USE enum rc system_uses_of(
	struct op *op, const struct session_list *sessions, struct system_uses *ret);
/* 0: not by these sessions. */
int64_t system_last_used(const struct system_uses *uses, struct str system);
/* A letter or two that stand for a name: "eP" for e-Plan; of a Thai name the first consonant. */
struct str system_mark(struct op *op, struct str name);
/* Does any of the texts hold what was typed, in whatever case? */
bool system_matches(struct op *op, const struct str *texts, size_t n, struct str asked);

#endif
