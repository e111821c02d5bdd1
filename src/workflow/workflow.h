/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_WORKFLOW_WORKFLOW_H
#define PRATU_WORKFLOW_WORKFLOW_H

/*
 * Changes that need a second person. A request stores an operation (core/operation.h), its encoded
 * arguments, and the version of every record it depends on. Another person approves or rejects it
 * before its deadline; then it is applied once.
 *
 *     draft -> submitted -> approved -> applied
 *       |          |------> rejected
 *       |          |           |
 *       '----------'-----------'------> withdrawn, expired (also of approved ones)
 *
 * Applying checks again: the operation's rules, the deadline, and that no record has changed since
 * the request was made. Requester and approver are different actors. Every transition is a line of
 * the request's history and an audit entry, written in the same batch.
 *
 * Functions run in a unit of work and never commit; two actors at one request meet as RC_CONFLICT,
 * and the later one then sees what the earlier did. Refusals are RC_DENIED, RC_EXPIRED or
 * RC_INVALID with a problem; RC_NOT_FOUND: no such request. Any thread.
 */
#include "core/operation.h"

#define REQUEST_LIFETIME     (7 * 86400)  /* seconds until the deadline, unless given */
#define REQUEST_LIFETIME_MAX (30 * 86400) /* seconds */
#define REQUEST_HISTORY_MAX  8            /* transitions of one request */
#define REQUEST_REASON_MAX   500          /* bytes */

enum request_state {
	REQUEST_DRAFT,
	REQUEST_SUBMITTED,
	REQUEST_APPROVED,
	REQUEST_REJECTED,
	REQUEST_EXPIRED,
	REQUEST_WITHDRAWN,
	REQUEST_APPLIED,
	REQUEST_STATE_MAX
};

struct change_request {
	struct str id;
	struct str operation;           /* its name */
	struct str args;                /* encoded by the operation's record type */
	struct str before;              /* the values in force when it was made, encoded alike */
	struct str seen;                /* records and versions, encoded */
	int state;                      /* enum request_state, as stored; see request_state_at */
	struct str requester, approver; /* actor ids */
	struct str reason;              /* the requester's */
	int64_t created, deadline;      /* seconds; from the deadline on nothing goes on */
	struct strlist history;         /* "1800000000 submitted cli:somchai the reason" */
};

struct request_new {
	const struct operation *operation;
	const void *args;
	struct str reason; /* required */
	int64_t lifetime;  /* seconds; 0: REQUEST_LIFETIME */
	bool draft;        /* kept with the requester until request_submit */
};

/* Checks the operation and stores the request. RC_EXISTS: it is so already; check's others. */
MUST_USE enum rc request_create(
	struct tx *tx, const struct request_new *what, struct str *ret_id, struct problems *ret);
/* By its requester. */
MUST_USE enum rc request_submit(struct tx *tx, struct str id, struct problems *ret);
MUST_USE enum rc request_withdraw(
	struct tx *tx, struct str id, struct str reason, struct problems *ret);
/* By anybody else. Rejecting needs a reason. */
MUST_USE enum rc request_approve(
	struct tx *tx, struct str id, struct str reason, struct problems *ret);
MUST_USE enum rc request_reject(
	struct tx *tx, struct str id, struct str reason, struct problems *ret);
/* Applies an approved one. *ret_result: the operation's, in tx->a, or NULL. */
MUST_USE enum rc request_apply(
	struct tx *tx, struct str id, void **ret_result, struct problems *ret);
/* Marks those whose deadline has come, at most max of them; *ret_n: how many. */
MUST_USE enum rc requests_expire(struct tx *tx, size_t max, size_t *ret_n);

/* Views into the snapshot. RC_NOT_FOUND. */
MUST_USE enum rc request_get(struct tx *tx, struct str id, struct change_request *ret);
/* What the state is now: an open request past its deadline is expired, marked or not. */
enum request_state request_state_at(const struct change_request *r, int64_t now);
/* Requests that wait, the oldest first; with all also those that have ended. Stops when fn returns
 * false. */
typedef bool (*request_fn)(void *data, const struct change_request *r);
MUST_USE enum rc requests_each(struct tx *tx, bool all, request_fn fn, void *data);

extern const struct record_type record_change_request;
extern const char *const request_state_words[];

/* For store verify (core/table.h): TABLE_CHANGE_REQUEST and TABLE_CHANGE_REQUEST_QUEUE. */
struct table_check;
const char *request_verify(
	const struct table_check *c, const struct store_record *stored, const void *record);
const char *request_entry_verify(
	const struct table_check *c, const struct store_record *stored, const void *record);

#endif
