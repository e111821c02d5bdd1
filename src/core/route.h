/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CORE_ROUTE_H
#define PRATU_CORE_ROUTE_H

/*
 * Routes: what a module answers, one row a path (struct module). The row says who may come in; the
 * function behind it begins where that question is settled.
 *
 * Guards. Each is entered on the snapshot of the request, before `run`, and again when `run` runs
 * again. The module that can decide it provides it (struct guard_rule).
 *
 *   GUARD_PUBLIC      everybody. Forms of such routes carry a proof of their own: the step token of
 *                     a login, the handle of a mailed link.
 *   GUARD_SELF        a signed-in, active person. op->visit is set.
 *   GUARD_PERMISSION  the same, and the person holds the permission of the row: the module that
 *                     has permitted (struct module) says so. Others get 403.
 *   GUARD_CLIENT      a client that authenticates itself (RFC 6749 2.3). op->caller is set.
 *
 * One rule against forged forms: a POST through GUARD_SELF or GUARD_PERMISSION must carry the form
 * token of the session in its field "csrf" (op_form_token); otherwise the page of a stale form is
 * answered. A public route that acts on a session checks op_form_token_valid itself.
 *
 * The table is made once, before threads start, and is read-only then: any thread.
 */
#include "http/server.h"
#include "base/rc.h"

struct admission;
struct admission_place;
struct op;
struct module;

enum guard {
	GUARD_UNDECLARED = 0, /* a row without a guard ends the start */
	GUARD_PUBLIC,
	GUARD_SELF,
	GUARD_PERMISSION,
	GUARD_CLIENT,
	GUARD_MAX
};

/* How far GUARD_SELF and GUARD_PERMISSION look. */
enum guard_login {
	LOGIN_ANY = 0, /* a session that serves the account pages, of an active person */
	LOGIN_FRESH,   /* at most reauthentication_max_age old, and by what every login policy would
			  accept; otherwise the person logs in again */
	LOGIN_ENDING   /* any session at all, also of a suspended person: for signing out */
};

/* Bytes of the form of a route whose requests wait for their turn, so that many hold little memory:
 * a secret of SECRET_TYPED_MAX twice, each byte escaped, and what is beside it. */
#define WAITING_BODY_MAX 8192u

struct route {
	const char *path;
	unsigned methods; /* HTTP_ON(HTTP_GET) ... */
	unsigned flags;   /* enum http_route_flags */
	enum guard guard;
	enum guard_login login;
	const char *permission; /* GUARD_PERMISSION */
	/* The page that a form was sent from: a login or a stale form leads back to it. NULL: path.
	 * page_of, if not NULL, chooses it by the form. */
	const char *page;
	const char *(*page_of)(struct op *op);
	/* For answers that send the browser to another site (page_leave): forms of other sites are
	 * posted here; forms of ours are redirected here. */
	bool foreign_forms, after_forms;
	void (*before)(struct op *op); /* what blocks, on a worker; NULL: nothing blocks */
	void (*run)(struct op *op);
	/* Does this request block? NULL: each does, where there is a before. What leads nowhere
	 * should not, so that junk takes no worker. May leave in op->before what before would.
	 * Event thread. */
	bool (*blocks)(struct op *op);
	/* Where one that blocks waits for its turn (core/admission.h); NULL: nowhere. Fills in the
	 * given members of its place. Event thread. */
	struct admission *(*admission)(struct op *op, struct admission_place *place);
	http_handler handle;  /* instead of both: an answer without a snapshot; GUARD_PUBLIC only */
	size_t body_max;      /* bytes; 0 = HTTP_BODY_MAX */
	const char *name;     /* in metrics, logs and the generated list; unique */
	const char *help;     /* for the generated list */
	const char *metadata; /* member of the discovery document that names this endpoint */
	unsigned refused;     /* enum metric: counts what GUARD_CLIENT refuses; 0: nothing */
};

/* How a guard lets in: false when the answer is given. */
struct guard_rule {
	enum guard guard;
	bool (*enter)(struct op *op, const struct route *route);
	/* What it must wait for before it can say so, as the members of struct route of these
	 * names, before those of the route itself; NULL: for nothing. op->guard is theirs. */
	bool (*blocks)(struct op *op);
	struct admission *(*admission)(struct op *op, struct admission_place *place);
	void (*before)(struct op *op);
};

/* What http_route.data of a route of a module points to. */
struct bound_route {
	const struct route *row;
	const struct guard_rule *guard; /* NULL: public */
};

struct route_table;

/*
 * All routes of the modules and the static files, in the order of the list. Wrong rows (a path or
 * name twice, no guard, a guard that no module provides) are lines in errors: RC_INVALID.
 */
MUST_USE enum rc route_table_new(
	const struct module *const *modules, struct buf *errors, struct route_table **ret);
void route_table_free(struct route_table *t); /* NULL is fine */
/* For http_server_start, discovery and the generated list; as long as the table lives. */
const struct http_route *route_table_rows(const struct route_table *t, size_t *ret_n);

#endif
