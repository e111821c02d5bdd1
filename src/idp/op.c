/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/op.h"

#include "base/log.h"
#include "base/metrics.h"
#include "idp/error.h"
#include "idp/page.h"
#include "model/event.h"

static void run(struct http_exchange *x);

struct commit_state {
	struct op op; /* first: x->user points here */
	enum rc rc;
};

static const struct op_action *action_of(const struct http_exchange *x)
{
	return x->route->data;
}

static void on_commit(void *data, enum rc rc)
{
	struct commit_state *state = data;

	state->rc = rc;
	http_resume(state->op.x);
}

/* A message of the batch is on disk now: it leaves at once, not at the senders' next look. */
static void wake_senders(const struct op *op)
{
	if (store_batch_writes(op->batch, TABLE_MESSAGE_DUE))
		outbox_wake(op->p->outbox);
}

static void committed(struct http_exchange *x)
{
	struct commit_state *state = x->user;

	if (state->rc == RC_OK)
		wake_senders(&state->op);
	else if (state->rc == RC_CONFLICT && state->op.runs < OP_RUNS_MAX)
		run(x);
	else
		op_fail(&state->op, state->rc);
}

/* Reads and computes on one snapshot; true when there is something to commit. */
static bool compute(struct op *op)
{
	enum rc rc;

	op->runs++;
	op->commit_refusal = false;
	http_response_reset(op->x);
	op->batch = store_batch_new(op->a);
	rc = store_snapshot_begin(op->p->store, &op->snap);
	if (rc != RC_OK) {
		op_fail(op, rc);
		return false;
	}
	action_of(op->x)->run(op);
	store_snapshot_end(op->snap);
	op->snap = NULL;
	return !store_batch_empty(op->batch);
}

static void run(struct http_exchange *x)
{
	struct commit_state *state = x->user;

	if (!compute(&state->op))
		return;
	http_suspend(x, committed);
	store_commit_async(state->op.p->store, state->op.batch, on_commit, state);
}

static void run_before(struct http_exchange *x)
{
	struct commit_state *state = x->user;

	action_of(x)->before(&state->op);
}

void op_handle(struct http_exchange *x)
{
	struct commit_state *state = arena_new_of(x->arena, struct commit_state);
	struct op *op = &state->op;

	op->x = x;
	op->p = x->app;
	/* A reload may replace them; one request sees one set. */
	op->settings = __atomic_load_n(&op->p->settings, __ATOMIC_ACQUIRE);
	op->a = x->arena;
	op->now_ms = clock_now_ms(op->p->clock);
	op->now = op->now_ms / 1000;
	x->user = state;
	if (!action_of(x)->before)
		run(x);
	else
		http_offload(x, run_before, run);
}

enum rc op_read_begin(struct op *op)
{
	return store_snapshot_begin(op->p->store, &op->snap);
}

void op_read_end(struct op *op)
{
	store_snapshot_end(op->snap);
	op->snap = NULL;
}

enum rc op_form(struct op *op, const char **ret_why)
{
	if (op->x->request.method == HTTP_POST)
		return http_body_form(op->x, &op->form, ret_why);
	return http_query_form(op->x, &op->form, ret_why);
}

struct str op_param(const struct op *op, const char *name)
{
	return form_get(&op->form, name);
}

struct audit_entry op_audit(const struct op *op, enum audit_event event)
{
	return (struct audit_entry){
		.event = event,
		.now_ms = op->now_ms,
		.request = op->x->request.id,
		.address = op->x->request.peer,
	};
}

void op_audit_add(struct op *op, const struct audit_entry *entry)
{
	event_audit(op->batch, op->a, entry);
}

void op_refuse(struct op *op)
{
	if (!op->commit_refusal)
		op->batch = store_batch_new(op->a);
	http_response_reset(op->x);
}

void op_fail(struct op *op, enum rc rc)
{
	bool busy = rc == RC_LIMITED || rc == RC_CONFLICT || rc == RC_UNAVAILABLE;

	op->commit_refusal = false;
	log_emit(LOG_EVENT_REQUEST_FAILED, LOG_S("request", op->x->request.id),
		LOG_C("endpoint", op->x->route->name), LOG_RC(rc));
	if (op->x->route->flags & HTTP_PAGE)
		page_problem_status(op, busy ? 503 : 500);
	else
		error_json(op, busy ? OAUTH(BUSY) : OAUTH(INTERNAL));
}

struct str op_keep(struct op *op, struct str s)
{
	return str_dup(op->a, s);
}

struct str op_url(struct op *op, const char *path)
{
	struct buf url;

	buf_init(&url, op->a, URI_MAX);
	buf_add(&url, op->settings->issuer);
	buf_add_c(&url, path);
	return buf_str(&url);
}
