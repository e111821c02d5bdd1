/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGIN_VISIT_H
#define PRATU_IDP_LOGIN_VISIT_H

/*
 * A visit: one request of a signed-in person to a page of Pratu itself. The guards GUARD_SELF and
 * GUARD_PERMISSION (core/route.h) make it before the route's function runs; op->visit is it.
 *
 * What follows works on the visit's person alone, so an id in a form never reaches another person's
 * record. Everything lives as long as the run: views into op->tx.snap and op->tx.a.
 */
#include "core/route.h"
#include "directory/browser_session.h"
#include "directory/directory.h"

struct visit {
	struct session_ref here;
	struct str csrf; /* form token of every form of this session's pages */
	/* LOGIN_ENDING leaves the rest empty: */
	struct person person;
	uint64_t person_version;
	struct account_list accounts; /* of the person */
	struct str name;              /* as pages show it */
};

/* The guards that the login provides: for struct module. */
extern const struct guard_rule login_guards[];

/*
 * In a `before` function, which has no visit yet: makes one as the guard of the route will, without
 * an answer; false: the guard will give one. Reads op->tx.snap; call op_read_begin before it.
 */
bool visit_look(struct op *op, struct visit *ret);

#endif
