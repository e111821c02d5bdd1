/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "core/op.h"

#include "core/admission.h"
#include "core/audit_fold.h"
#include "obs/log.h"
#include "obs/metrics.h"
#include "core/error.h"
#include "core/page.h"
#include "core/event.h"
#include "base/clock.h"
#include "codec/uri.h"
#include "crypto/hash.h"
#include "web/csrf.h"

#include <stdatomic.h>

#define FORM_TOKEN_NAME "form"
#define FOLD_MS         1000 /* between two log lines of an endpoint about failed writes */
#define FOLDS_MAX       256  /* endpoints counted apart */

static void op_run(struct http_exchange *x);

struct commit_state {
	struct op op; /* first: x->user points here */
	enum rc rc;
	struct admission_place place; /* where `before` waits for its turn */
};

static const struct bound_route *route_of(const struct http_exchange *x)
{
	return x->route->data;
}

const struct route *op_route(const struct op *op)
{
	return route_of(op->x)->row;
}

static void on_commit(void *data, enum rc rc)
{
	struct commit_state *state = data;

	state->rc = rc;
	http_resume(state->op.x);
}

static void committed(struct http_exchange *x)
{
	struct commit_state *state = x->user;

	if (tx_committed(&state->op.tx, state->rc))
		op_run(x);
	else if (state->rc != RC_OK)
		op_fail(&state->op, state->rc);
}

/* The boundary of one request: nothing of what an exceeded arena holds is stored or sent. */
static void refuse_excess(struct op *op)
{
	int status = http_excess(op->x);

	op->commit_refusal = false;
	if (op->x->route->flags & HTTP_PAGE)
		page_problem_status(op, status);
	else
		error_json(op, status == 503 ? OAUTH(BUSY) : OAUTH(INTERNAL));
}

/* Reads and computes on one snapshot; true when there is something to commit. */
static bool compute(struct op *op)
{
	const struct bound_route *route = route_of(op->x);
	const struct guard_rule *guard = route->guard;
	enum rc rc;

	op->commit_refusal = false;
	op->visit = NULL;
	op->caller = NULL;
	op->used_up = NULL;
	http_response_reset(op->x);
	rc = tx_begin(&op->tx);
	if (rc != RC_OK) {
		op_fail(op, rc);
		return false;
	}
	if (!guard || guard->enter(op, route->row))
		route->row->run(op);
	tx_end(&op->tx);
	if (arena_exceeded(op->tx.a)) {
		refuse_excess(op);
		return false;
	}
	return !store_batch_empty(op->tx.batch);
}

static void op_run(struct http_exchange *x)
{
	struct commit_state *state = x->user;

	if (!compute(&state->op))
		return;
	http_suspend(x, committed);
	store_commit_async(state->op.tx.app->store, state->op.tx.batch, on_commit, state);
}

static void run_before(struct http_exchange *x)
{
	struct commit_state *state = x->user;

	route_of(x)->row->before(&state->op);
}

/* On a worker, in its turn. */
static void run_admitted(struct http_exchange *x)
{
	struct commit_state *state = x->user;

	run_before(x);
	admission_leave(&state->place);
}

static void run_after_admission(struct http_exchange *x)
{
	struct commit_state *state = x->user;

	state->op.turned_away = state->place.seconds;
	op_run(x);
}

/* Where `before` waits for its turn, or NULL. */
static struct admission *admission_of(struct op *op, struct admission_place *place)
{
	const struct route *row = route_of(op->x)->row;

	return row->admission ? row->admission(op, place) : NULL;
}

static void start_before(struct commit_state *state)
{
	struct admission *a = admission_of(&state->op, &state->place);

	if (a)
		admission_enter(a, &state->place, state->op.x, run_admitted, run_after_admission);
	else
		http_offload(state->op.x, run_before, op_run);
}

/* The route itself, once its guard waits for nothing. */
static void start_route(struct http_exchange *x)
{
	struct commit_state *state = x->user;
	const struct route *row = route_of(x)->row;

	if (state->op.guard_turned_away || !row->before ||
		(row->blocks && !row->blocks(&state->op)))
		op_run(x);
	else
		start_before(state);
}

static void run_guard(struct http_exchange *x)
{
	struct commit_state *state = x->user;

	route_of(x)->guard->before(&state->op);
}

/* On a worker, in its turn. */
static void run_guard_admitted(struct http_exchange *x)
{
	struct commit_state *state = x->user;

	run_guard(x);
	admission_leave(&state->place);
}

static void run_after_guard(struct http_exchange *x)
{
	struct commit_state *state = x->user;

	state->op.guard_turned_away = state->place.seconds;
	state->place = (struct admission_place){.seconds = 0};
	start_route(x);
}

static void start_guard(struct commit_state *state)
{
	const struct guard_rule *guard = route_of(state->op.x)->guard;
	struct admission *a = guard->admission ? guard->admission(&state->op, &state->place) : NULL;

	if (a)
		admission_enter(a, &state->place, state->op.x, run_guard_admitted, run_after_guard);
	else
		http_offload(state->op.x, run_guard, start_route);
}

void op_handle(struct http_exchange *x)
{
	struct commit_state *state = arena_new_of(x->arena, struct commit_state);
	struct op *op = &state->op;
	const struct guard_rule *guard;

	op->x = x;
	op->actor = (struct actor){
		.kind = ACTOR_PERSON,
		.address = x->request.peer,
		.request = x->request.id,
		.user_agent = x->request.user_agent,
	};
	tx_init(&op->tx, x->app, &op->actor, x->arena);
	x->user = state;
	guard = route_of(x)->guard;
	if (guard && guard->blocks && guard->blocks(op))
		start_guard(state);
	else
		start_route(x);
}

enum rc op_read_begin(struct op *op)
{
	return store_snapshot_begin(op->tx.app->store, &op->tx.snap);
}

void op_read_end(struct op *op)
{
	tx_end(&op->tx);
}

bool op_prepare(struct op *op, bool (*find)(struct op *op, void *ctx), void *ctx)
{
	bool found;

	op->tx.batch = store_batch_new(op->tx.a);
	if (op_read_begin(op) != RC_OK)
		return false;
	found = find(op, ctx);
	op_read_end(op);
	http_response_reset(op->x);
	return found;
}

enum rc op_form(struct op *op, const char **ret_why)
{
	if (op->x->request.method == HTTP_POST)
		return http_body_form(op->x, &op->form, ret_why);
	return http_query_form(op->x, &op->form, ret_why);
}

enum rc op_form_with_repeats(struct op *op, const char **ret_why)
{
	const struct http_request *r = &op->x->request;

	if (r->method != HTTP_POST)
		return form_parse_repeats(op->tx.a, r->query, &op->form, ret_why);
	if (!http_has_form(op->x)) {
		*ret_why = "the body is no form";
		return RC_INVALID;
	}
	return form_parse_repeats(op->tx.a, r->body, &op->form, ret_why);
}

struct str op_param(const struct op *op, const char *name)
{
	return form_get(&op->form, name);
}

struct audit_entry op_audit(const struct op *op, enum audit_event event)
{
	return tx_audit(&op->tx, event);
}

void op_audit_add(struct op *op, const struct audit_entry *entry)
{
	tx_audit_add(&op->tx, entry);
}

void op_audit_fold(struct op *op, const struct audit_entry *entry)
{
	tx_audit_fold(&op->tx, entry);
}

void op_refuse(struct op *op)
{
	if (!op->commit_refusal)
		op->tx.batch = store_batch_new(op->tx.a);
	if (!op->commit_refusal && op->used_up)
		op->used_up(op);
	http_response_reset(op->x);
}

/*
 * On a full disk every request that writes fails, hundreds a second, for one reason that the store
 * has logged: one line a second of each endpoint names a request, the others are counted in it.
 * Routes stand one behind the other in memory, so that up to FOLDS_MAX of them share no place.
 */
static bool failure_is_folded(const struct http_route *route, enum rc rc, int64_t *ret_others)
{
	static struct {
		_Atomic int64_t due, others;
	} folds[FOLDS_MAX], *fold;
	int64_t now = monotonic_ms(), at;

	*ret_others = 0;
	if (rc != RC_UNAVAILABLE)
		return false;
	fold = &folds[(uintptr_t)route / sizeof(*route) % FOLDS_MAX];
	at = atomic_load(&fold->due);
	if (now < at || !atomic_compare_exchange_strong(&fold->due, &at, now + FOLD_MS)) {
		atomic_fetch_add(&fold->others, 1);
		return true;
	}
	*ret_others = atomic_exchange(&fold->others, 0);
	return false;
}

void op_fail(struct op *op, enum rc rc)
{
	bool busy = rc == RC_LIMITED || rc == RC_CONFLICT || rc == RC_UNAVAILABLE;
	int64_t others;

	op->commit_refusal = false;
	if (!failure_is_folded(op->x->route, rc, &others))
		log_emit(LOG_EVENT_REQUEST_FAILED, LOG_S("request", op->x->request.id),
			LOG_C("endpoint", op->x->route->name), LOG_RC(rc), LOG_I("others", others));
	if (op->x->route->flags & HTTP_PAGE)
		page_problem_status(op, busy ? 503 : 500);
	else
		error_json(op, busy ? OAUTH(BUSY) : OAUTH(INTERNAL));
}

uint64_t op_place_subject(const struct op *op, struct str who)
{
	const struct str key = {
		(const char *)op->tx.app->vault->attempts, sizeof(op->tx.app->vault->attempts)};
	unsigned char mac[SHA256_SIZE];
	uint64_t subject;

	hmac_sha256(key, who, mac);
	memcpy(&subject, mac, sizeof(subject));
	return subject;
}

bool op_is_window(const struct op *op)
{
	struct str dest = http_request_header(op->x, "Sec-Fetch-Dest");

	return !dest.n || str_eq_c(dest, "document");
}

struct str op_keep(struct op *op, struct str s)
{
	return str_dup(op->tx.a, s);
}

struct str op_form_token(struct op *op, struct str sid)
{
	return csrf_token(op->tx.a, op->tx.app->vault->form, FORM_TOKEN_NAME, sid);
}

bool op_form_token_valid(const struct op *op, struct str sid, struct str presented)
{
	return csrf_check(op->tx.app->vault->form, FORM_TOKEN_NAME, sid, presented);
}

struct str op_url(struct op *op, const char *path)
{
	struct buf url;

	buf_init(&url, op->tx.a, URI_MAX);
	buf_add(&url, op->tx.settings->issuer);
	buf_add_c(&url, path);
	return buf_str(&url);
}
