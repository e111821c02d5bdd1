/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CORE_OP_H
#define PRATU_CORE_OP_H

/*
 * Operation: one HTTP request as a unit of work (core/tx.h).
 *
 * A run function is pure except for its output: it reads op->tx.snap, adds the changes to
 * op->tx.batch and fills the answer. Then the batch is committed, and only when it is on disk is
 * the answer sent. If a record that it read was changed concurrently (RC_CONFLICT), it runs again
 * on a new snapshot, at most TX_ATTEMPTS_MAX times. So run must have no other effect. Messages that
 * the batch puts into the outbox are sent as soon as it is on disk.
 *
 * A run that wanted more memory than one request may have is refused alone, whatever it answered,
 * and its batch dropped (base/arena.h).
 *
 * The guard of the route (core/route.h) is entered first, on the same snapshot; run is called only
 * if the guard accepts the request.
 *
 * Blocking work (another system, a password hash) belongs to the route's `before`, which runs once,
 * on a worker, and leaves its result in op->before. It must not hold a snapshot while it waits.
 * Where the work needs something scarce, the request waits for its turn first (core/admission.h),
 * on no thread; op->turned_away says that it was not given one, and `before` did not run.
 */
#include "codec/form.h"
#include "core/route.h"
#include "core/tx.h"

struct op {
	struct tx tx; /* the attempt under way; its arena is the request's */
	struct actor actor;
	struct http_exchange *x;
	bool commit_refusal; /* the batch belongs to a refusal (a replay's revocation): keep it */
	void *before;        /* result of route.before (or blocks), in the arena */
	void *guard;         /* the guard's own, in the arena (struct guard_rule) */
	/* Puts into the batch what a guard used up (a proof that is good once): into that of a
	 * refusal as well. Set by the guard when it lets in; NULL: nothing. */
	void (*used_up)(struct op *op);
	/* Not 0: too many wait, and `before` did not run; seconds until trying again makes sense.
	 */
	int64_t turned_away;
	int64_t guard_turned_away; /* the same of the guard's */
	enum web_lang lang;
	struct form form; /* op_form: query of a GET, body of a POST */
	struct str
		client; /* id of a client that is known, though perhaps not proven: for the log */
	/* What the guard of the route found, good for this run: */
	const struct visit *visit;   /* GUARD_SELF, GUARD_PERMISSION: idp/login/visit.h */
	struct strlist hidden_tabs;  /* of account pages, for want of a permission */
	const struct client *caller; /* GUARD_CLIENT: proven */
};

/* The one http_handler of all routes of modules that have a run function. */
void op_handle(struct http_exchange *x);
/* The row of the route being answered. */
const struct route *op_route(const struct op *op);

/*
 * The reading half of a `before` function: opens a snapshot, calls find, ends the snapshot and
 * takes back whatever find answered, since run answers. False: nothing was found, or it cannot be
 * read; the function must not wait for anything then. What find leaves in ctx must outlast the
 * snapshot (op_keep).
 */
bool op_prepare(struct op *op, bool (*find)(struct op *op, void *ctx), void *ctx);
/* Opens a snapshot for a `before` function's reads; op_read_end before it waits for anything. */
MUST_USE enum rc op_read_begin(struct op *op);
void op_read_end(struct op *op);

/* Parses query or body into op->form. RC_INVALID / RC_LIMITED with a sentence for the client. */
MUST_USE enum rc op_form(struct op *op, const char **ret_why);
/* The same where names may stand more than once; the reader looks at form_count. */
MUST_USE enum rc op_form_with_repeats(struct op *op, const char **ret_why);
/* A parameter's value; STR_NONE when absent. */
struct str op_param(const struct op *op, const char *name);

/* Starts an audit entry with the members of every entry: time, request, IP address. */
struct audit_entry op_audit(const struct op *op, enum audit_event event);
/* Appends it to the batch. */
void op_audit_add(struct op *op, const struct audit_entry *entry);
/* The same for what somebody can cause again and again (core/audit_fold.h). */
void op_audit_fold(struct op *op, const struct audit_entry *entry);

/* Something of ours failed: 500 page or JSON, logged with rc. The batch is dropped. */
void op_fail(struct op *op, enum rc rc);
/* Begins a refusal: drops the answer and, unless commit_refusal is set, what the batch holds; what
 * the guard used up stays used up. */
void op_refuse(struct op *op);

/* A keyed hash of whose place a request takes where it waits for its turn (route.admission). */
uint64_t op_place_subject(const struct op *op, struct str who);

/*
 * Does the answer go into a window, or a tab? Not when a frame or picture of another site asked for
 * it (Fetch Metadata, Sec-Fetch-Dest): no cookie of ours comes with those (Lax), so that there is
 * no session in them says nothing. Browsers that say nothing are taken for a window.
 */
bool op_is_window(const struct op *op);

/* A copy that lives as long as the request, for what outlasts the snapshot (answers). */
struct str op_keep(struct op *op, struct str s);

/*
 * The form token of a session: what a form of its pages carries in the field "csrf" (core/route.h).
 * Valid for as long as the session.
 */
struct str op_form_token(struct op *op, struct str sid);
bool op_form_token_valid(const struct op *op, struct str sid, struct str presented);

/* issuer + path. */
struct str op_url(struct op *op, const char *path);

#endif
