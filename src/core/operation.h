/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CORE_OPERATION_H
#define PRATU_CORE_OPERATION_H

/*
 * Operations: administration as data. One row describes a change once; the command line, JSON,
 * forms, approvals and the documentation read that row (docs/extending.md, "An operation").
 *
 * The name is dotted, "person.suspend": the command is `pratu person suspend`, the path
 * /person/suspend, and the audit trail has it as "operation" in every entry the operation adds.
 *
 * An operation never commits. operation_run does, for callers that may block: commands, jobs,
 * worker threads. src/workflow applies those that need a second person. A request handler calls
 * operation_check and operation_apply within its own unit of work.
 *
 * Rows are static and read-only; functions may be called from any thread.
 */
#include "codec/field.h"
#include "core/schema.h"
#include "core/tx.h"

#define PROBLEMS_MAX   20 /* of one operation that are reported */
#define OPERATION_SEEN 8  /* records that one operation depends on, at most */

/* What is wrong with arguments. The text continues the field's name ("is missing; fill it in") and
 * says what to write instead; field NULL: the text stands alone. */
struct problems {
	struct field_error v[PROBLEMS_MAX];
	size_t n; /* further ones are dropped */
};

/* Returns RC_INVALID. field: a static string. */
enum rc problem_add(struct problems *ret, const char *field, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same for a fault another parser found. */
enum rc problem_copy(struct problems *ret, const struct field_error *error);

/* Which one is needed is operation_approval's answer: the configuration may ask for a second person
 * where the row does not. */
enum approval {
	APPROVAL_NONE,
	APPROVAL_SECOND_PERSON, /* applied by src/workflow only, when another person approved */
	APPROVAL_STEP_UP        /* a person has just logged in again for it */
};

/* The records an operation depends on, with their versions: an approval is void when one of them
 * has changed since the request. */
struct seen_record {
	enum table table;
	struct str key;
	uint64_t version; /* STORE_ABSENT: there is none */
};

struct seen_records {
	struct seen_record v[OPERATION_SEEN];
	size_t n;
};

/* Reads the record's version and appends it. */
MUST_USE enum rc seen_add(
	struct tx *tx, struct seen_records *ret, enum table table, struct str key);

enum operation_flags {
	OPERATION_NOTIFIES = 1 << 0 /* sends messages: app->notices and app->outbox are used */
};

struct operation {
	const char *name;
	const char *help;               /* one sentence */
	const struct record_type *args; /* a "file" field of type FIELD_JSON: read from a file */
	const char *const *positional;  /* fields a command takes without an option; ends by NULL */
	const char *permission;         /* of a person who calls it; all of it at a shell */
	enum approval approval;
	unsigned flags;     /* enum operation_flags */
	size_t result_size; /* bytes of what apply fills; 0: no result */

	/* Fills what is not zero when not given; may be NULL. */
	void (*defaults)(void *args);
	/* Rules of the arguments alone, without the store; may be NULL. */
	void (*validate)(const void *args, struct problems *ret);
	/* Slow work before the unit of work, on a zeroed result: hashing; may be NULL. */
	enum rc (*prepare)(const struct app *app, struct arena *a, const void *args, void *result);
	/*
	 * Would it be accepted now? Reads only; collects all problems. RC_OK; RC_EXISTS: it is so
	 * already, nothing to do; RC_NOT_FOUND: no such record; RC_INVALID, RC_DENIED with
	 * problems.
	 */
	enum rc (*check)(struct tx *tx, const void *args, struct problems *ret);
	/* The change and its audit entry into the batch, after check on the same snapshot. result
	 * is what prepare left, or zeroed; what is put there lives in tx->a. */
	enum rc (*apply)(struct tx *tx, const void *args, void *result);
	/* For APPROVAL_SECOND_PERSON, and where the configuration may ask for it: the records it
	 * depends on, and in *ret_now (args, zeroed) the values in force, for the approver to
	 * compare. NULL: nobody is asked. Excludes prepare. */
	enum rc (*before)(
		struct tx *tx, const void *args, void *ret_now, struct seen_records *ret_seen);
	/* The result as members of the open JSON object; NULL: it has none. */
	void (*write)(const void *result, struct json_writer *out);
};

/* The row of a list ended by NULL, or NULL. */
const struct operation *operation_find(const struct operation *const *list, struct str name);

/* What the row says, or APPROVAL_SECOND_PERSON where approvals.operations names it. */
enum approval operation_approval(const struct settings *settings, const struct operation *o);

/* Arguments: zeroed, with the defaults, in the arena. */
void *operation_args(const struct operation *o, struct arena *a);
/* From a JSON object over the defaults. RC_INVALID with problems. */
MUST_USE enum rc operation_args_json(const struct operation *o, struct arena *a,
	const struct json_value *in, void **ret, struct problems *ret_problems);

/* In a unit of work: validate and check. */
MUST_USE enum rc operation_check(
	struct tx *tx, const struct operation *o, const void *args, struct problems *ret);
/* Check, then apply. Says nothing about permission and approval: those are the caller's. */
MUST_USE enum rc operation_apply(struct tx *tx, const struct operation *o, const void *args,
	void *result, struct problems *ret);

struct operation_call {
	const struct operation *operation;
	const void *args;
	bool stepped_up; /* the actor logged in again just now */
	/* Filled by the run: */
	void *result; /* in the arena; NULL without one */
	struct problems problems;
	enum audit_event audited[TX_AUDITED_MAX]; /* entries of the committed attempt */
	size_t n_audited;
};

/*
 * Prepares, checks, applies, commits and waits until it is on disk; runs again when somebody else
 * changed a record at the same moment (core/tx.h). Must not be called on an event thread. RC_DENIED
 * without problems: the row asks for a second person, or for a login that was not made. Others:
 * check's, and tx_run's.
 */
MUST_USE enum rc operation_run(const struct app *app, const struct actor *actor, struct arena *a,
	struct operation_call *call);

#endif
