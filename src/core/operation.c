/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "core/operation.h"

#include <stdarg.h>

enum rc problem_add(struct problems *ret, const char *field, const char *format, ...)
{
	va_list args;

	if (ret->n == PROBLEMS_MAX)
		return RC_INVALID;
	ret->v[ret->n].field = field;
	va_start(args, format);
	vsnprintf(ret->v[ret->n].why, sizeof(ret->v[0].why), format, args);
	va_end(args);
	ret->n++;
	return RC_INVALID;
}

enum rc problem_copy(struct problems *ret, const struct field_error *error)
{
	return problem_add(ret, error->field, "%s", error->why);
}

enum rc seen_add(struct tx *tx, struct seen_records *ret, enum table table, struct str key)
{
	struct store_record record;
	enum rc rc = store_get(tx->snap, (int)table, key, &record);

	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	if (ret->n == OPERATION_SEEN)
		return RC_LIMITED;
	ret->v[ret->n++] = (struct seen_record){
		table, str_dup(tx->a, key), rc == RC_OK ? record.version : STORE_ABSENT};
	return RC_OK;
}

const struct operation *operation_find(const struct operation *const *list, struct str name)
{
	for (; list && *list; list++)
		if (str_eq_c(name, (*list)->name))
			return *list;
	return NULL;
}

enum approval operation_approval(const struct settings *settings, const struct operation *o)
{
	return o->before && strlist_has(settings->second_person, str_c(o->name))
		       ? APPROVAL_SECOND_PERSON
		       : o->approval;
}

void *operation_args(const struct operation *o, struct arena *a)
{
	void *args = arena_zalloc(a, o->args->size);

	if (o->defaults)
		o->defaults(args);
	return args;
}

enum rc operation_args_json(const struct operation *o, struct arena *a, const struct json_value *in,
	void **ret, struct problems *ret_problems)
{
	void *args = operation_args(o, a);
	struct field_error error;
	enum rc rc = field_from_json(o->args, a, in, args, &error);

	if (rc != RC_OK)
		return problem_copy(ret_problems, &error);
	*ret = args;
	return RC_OK;
}

enum rc operation_check(
	struct tx *tx, const struct operation *o, const void *args, struct problems *ret)
{
	ret->n = 0;
	if (o->validate)
		o->validate(args, ret);
	return ret->n ? RC_INVALID : o->check(tx, args, ret);
}

enum rc operation_apply(struct tx *tx, const struct operation *o, const void *args, void *result,
	struct problems *ret)
{
	struct str outer = tx->operation;
	enum rc rc = operation_check(tx, o, args, ret);

	if (rc != RC_OK)
		return rc;
	tx->operation = str_c(o->name);
	rc = o->apply(tx, args, result);
	tx->operation = outer;
	return rc;
}

struct operation_attempt {
	struct operation_call *call;
	const void *prepared;
};

static enum rc operation_attempt(struct tx *tx, void *data)
{
	const struct operation_attempt *attempt = data;
	struct operation_call *call = attempt->call;
	size_t size = call->operation->result_size;
	enum rc rc;

	if (size)
		memcpy(call->result, attempt->prepared, size);
	rc = operation_apply(tx, call->operation, call->args, call->result, &call->problems);
	call->n_audited = tx->n_audited;
	memcpy(call->audited, tx->audited, sizeof(call->audited));
	return rc;
}

/* May the call be made without anybody else? */
static bool operation_allowed(
	const struct app *app, const struct operation_call *call, const struct actor *actor)
{
	/* Nobody has permissions yet but whoever may run commands, and the server itself. */
	if (call->operation->permission && actor->kind != ACTOR_COMMAND && actor->kind != ACTOR_JOB)
		return false;
	switch (operation_approval(app->settings, call->operation)) {
	case APPROVAL_NONE: return true;
	case APPROVAL_SECOND_PERSON: return false;
	case APPROVAL_STEP_UP: return actor->kind == ACTOR_COMMAND || call->stepped_up;
	}
	return false;
}

enum rc operation_run(const struct app *app, const struct actor *actor, struct arena *a,
	struct operation_call *call)
{
	const struct operation *o = call->operation;
	size_t size = o->result_size;
	void *prepared = size ? arena_zalloc(a, size) : NULL;
	struct operation_attempt attempt = {call, prepared};
	enum rc rc = RC_OK;

	call->problems.n = 0;
	call->n_audited = 0;
	call->result = size ? arena_zalloc(a, size) : NULL;
	if (!operation_allowed(app, call, actor))
		return RC_DENIED;
	if (o->validate)
		o->validate(call->args, &call->problems);
	if (call->problems.n)
		return RC_INVALID;
	if (o->prepare)
		rc = o->prepare(app, a, call->args, prepared);
	return rc == RC_OK ? tx_run(app, actor, a, operation_attempt, &attempt) : rc;
}
