/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "workflow/workflow.h"
#include "base/array.h"
#include "codec/hex.h"
#include "core/table.h"

#define SEEN_BYTES 4096u /* of all encoded versions */

const char *const request_state_words[] = {
	"draft", "submitted", "approved", "rejected", "expired", "withdrawn", "applied", NULL};
_Static_assert(ARRAY_LEN(request_state_words) == REQUEST_STATE_MAX + 1, "a word for each value");

static const enum audit_event events[REQUEST_STATE_MAX] = {
	[REQUEST_DRAFT] = AUDIT_REQUEST_DRAFTED,
	[REQUEST_SUBMITTED] = AUDIT_REQUEST_SUBMITTED,
	[REQUEST_APPROVED] = AUDIT_REQUEST_APPROVED,
	[REQUEST_REJECTED] = AUDIT_REQUEST_REJECTED,
	[REQUEST_EXPIRED] = AUDIT_REQUEST_EXPIRED,
	[REQUEST_WITHDRAWN] = AUDIT_REQUEST_WITHDRAWN,
	[REQUEST_APPLIED] = AUDIT_REQUEST_APPLIED,
};

#define AT(member) offsetof(struct change_request, member)
static const struct field fields[] = {
	{1, "id", FIELD_STR, 0, AT(id), 0, NULL, "id"},
	{2, "operation", FIELD_STR, 0, AT(operation), 0, NULL, "name of the operation"},
	{3, "args", FIELD_BYTES, FIELD_HIDDEN, AT(args), 16384, NULL, "its arguments"},
	{4, "before", FIELD_BYTES, FIELD_HIDDEN, AT(before), 8192, NULL, "the values before"},
	{5, "seen", FIELD_BYTES, FIELD_HIDDEN, AT(seen), SEEN_BYTES, NULL, "versions of records"},
	{6, "state", FIELD_ENUM, 0, AT(state), 0, request_state_words, "state as stored"},
	{7, "requester", FIELD_STR, 0, AT(requester), 0, NULL, "actor who asked"},
	{8, "approver", FIELD_STR, 0, AT(approver), 0, NULL, "actor who decided"},
	{9, "reason", FIELD_STR, 0, AT(reason), REQUEST_REASON_MAX, NULL, "the requester's reason"},
	{10, "created", FIELD_TIME, 0, AT(created), 0, NULL, "when it was made"},
	{11, "deadline", FIELD_TIME, 0, AT(deadline), 0, NULL, "when it expires"},
	{12, "history", FIELD_STRLIST, 0, AT(history), REQUEST_HISTORY_MAX, NULL,
		"time, state, actor and reason of each transition"},
};
const struct record_type record_change_request = {
	"change_request", sizeof(struct change_request), fields, ARRAY_LEN(fields)};

/* --- stored form of versions: table, version, key in hexadecimal, one a line --- */

static void encode_seen(struct arena *a, const struct seen_records *seen, struct str *ret)
{
	struct buf out;

	buf_init(&out, a, SEEN_BYTES);
	for (size_t i = 0; i < seen->n; i++) {
		buf_addf(&out, "%d %llu ", (int)seen->v[i].table,
			(unsigned long long)seen->v[i].version);
		buf_add(&out, hex_encode(a, seen->v[i].key));
		buf_add_byte(&out, '\n');
	}
	*ret = buf_str(&out);
}

static bool decode_line(struct arena *a, struct str line, struct seen_record *ret)
{
	struct str table, version;
	uint64_t number;

	if (!str_cut(&line, ' ', &table) || !str_cut(&line, ' ', &version) ||
		!str_to_u64(table, STORE_TABLES_MAX, &number) ||
		!str_to_u64(version, UINT64_MAX, &ret->version))
		return false;
	ret->table = (enum table)number;
	return hex_decode(a, line, &ret->key) == RC_OK;
}

/* RC_DENIED: a record has changed since. Also makes the batch fail when one changes now. */
static enum rc compare_seen(struct tx *tx, struct str stored, struct problems *ret)
{
	struct str line;

	while (str_cut(&stored, '\n', &line) && line.n) {
		struct seen_records now = {.n = 0};
		struct seen_record was;
		enum rc rc;

		if (!decode_line(tx->a, line, &was))
			return RC_CORRUPT;
		rc = seen_add(tx, &now, was.table, was.key);
		if (rc != RC_OK)
			return rc;
		if (now.v[0].version != was.version) {
			problem_add(ret, NULL,
				"what it changes has been changed since the request was made; "
				"nothing was applied; make a new request");
			return RC_DENIED;
		}
		store_expect(tx->batch, (int)was.table, was.key, was.version);
	}
	return RC_OK;
}

/* --- records --- */

/* Time first, so that the queue is in order. */
static struct str queue_key(struct arena *a, const struct change_request *r)
{
	return store_key_expiring(a, r->created, r->id);
}

static bool is_open(int state)
{
	return state == REQUEST_DRAFT || state == REQUEST_SUBMITTED || state == REQUEST_APPROVED;
}

enum request_state request_state_at(const struct change_request *r, int64_t now)
{
	return is_open(r->state) && now >= r->deadline ? REQUEST_EXPIRED
						       : (enum request_state)r->state;
}

static enum rc load(struct tx *tx, struct str id, struct change_request *ret, uint64_t *ret_version)
{
	return record_get(tx->snap, TABLE_CHANGE_REQUEST, id, tx->a, ret, ret_version);
}

enum rc request_get(struct tx *tx, struct str id, struct change_request *ret)
{
	return load(tx, id, ret, NULL);
}

static void add_history(struct tx *tx, struct change_request *r, struct str reason)
{
	struct str *lines = arena_array(tx->a, r->history.n + 1, struct str);
	struct buf line;

	for (size_t i = 0; i < r->history.n; i++)
		lines[i] = r->history.v[i];
	buf_init(&line, tx->a, 1024);
	buf_add_i64(&line, tx->now);
	buf_addf(&line, " %s %.*s", request_state_words[r->state], STR_FMT(tx->actor->id));
	if (reason.n)
		buf_addf(&line, " %.*s", STR_FMT(reason));
	lines[r->history.n] = buf_str(&line);
	r->history = (struct strlist){lines, r->history.n + 1};
}

/* Stores the transition to a state: record, queue, history, audit. */
static void enter(struct tx *tx, struct change_request *r, uint64_t version,
	enum request_state state, struct str reason)
{
	struct audit_entry e = tx_audit(tx, events[state]);
	struct str key = queue_key(tx->a, r);

	r->state = (int)state;
	add_history(tx, r, reason);
	record_put(tx->batch, TABLE_CHANGE_REQUEST, tx->a, r->id, r, version);
	if (is_open(r->state))
		store_put(tx->batch, TABLE_CHANGE_REQUEST_QUEUE, key, r->id, STORE_ANY);
	else
		store_delete(tx->batch, TABLE_CHANGE_REQUEST_QUEUE, key, STORE_ANY);
	e.object = r->id;
	e.operation = r->operation;
	e.reason = reason;
	tx_audit_add(tx, &e);
}

static enum rc reason_problem(struct str reason, bool required, struct problems *ret)
{
	if ((required && !str_trim(reason).n) || reason.n > REQUEST_REASON_MAX ||
		str_has_control(reason))
		return problem_add(ret, "reason",
			"is missing, longer than %d bytes or holds control characters; write why",
			REQUEST_REASON_MAX);
	return RC_OK;
}

/* --- making one --- */

/* A request is read by whoever decides it: what was read from a file may be a secret, and then only
 * its hash may wait. */
static enum rc refuse_secrets(const struct request_new *what, struct problems *ret)
{
	const struct record_type *type = what->operation->args;

	for (size_t i = 0; i < type->n_fields; i++) {
		const struct field *f = &type->fields[i];
		const struct str *value =
			(const struct str *)(const void *)((const char *)what->args + f->offset);

		if ((f->flags & FIELD_FILE) && f->type == FIELD_STR && value->n &&
			!str_starts(*value, STR("sha256:")))
			return problem_add(ret, f->name,
				"would be stored until another person has approved; give "
				"sha256:HASH instead of the secret");
	}
	return RC_OK;
}

static enum rc record_args(struct tx *tx, const struct request_new *what, struct change_request *r)
{
	const struct operation *o = what->operation;
	void *now = arena_zalloc(tx->a, o->args->size);
	struct seen_records seen = {.n = 0};
	struct buf args, before;
	enum rc rc = o->before(tx, what->args, now, &seen);

	if (rc != RC_OK)
		return rc;
	buf_init(&args, tx->a, 16384);
	field_encode(o->args, what->args, &args);
	buf_init(&before, tx->a, 8192);
	field_encode(o->args, now, &before);
	if (buf_status(&args) != RC_OK || buf_status(&before) != RC_OK)
		return RC_LIMITED;
	r->args = buf_str(&args);
	r->before = buf_str(&before);
	encode_seen(tx->a, &seen, &r->seen);
	return RC_OK;
}

enum rc request_create(
	struct tx *tx, const struct request_new *what, struct str *ret_id, struct problems *ret)
{
	struct change_request r = {.id = id_new(tx->a, tx->app->rng),
		.operation = str_c(what->operation->name),
		.requester = tx->actor->id,
		.reason = what->reason,
		.created = tx->now,
		.deadline = tx->now + (what->lifetime ? what->lifetime : REQUEST_LIFETIME)};
	enum rc rc = operation_check(tx, what->operation, what->args, ret);

	if (what->lifetime < 0 || what->lifetime > REQUEST_LIFETIME_MAX)
		return problem_add(ret, NULL, "the deadline is not within 30 days");
	if (rc == RC_OK)
		rc = reason_problem(what->reason, true, ret);
	if (rc == RC_OK)
		rc = refuse_secrets(what, ret);
	if (rc == RC_OK && !tx->actor->id.n)
		rc = RC_DENIED;
	if (rc == RC_OK)
		rc = record_args(tx, what, &r);
	if (rc != RC_OK)
		return rc;
	enter(tx, &r, STORE_ABSENT, what->draft ? REQUEST_DRAFT : REQUEST_SUBMITTED, what->reason);
	*ret_id = r.id;
	return RC_OK;
}

/* --- transitions --- */

/* The request, if it is in the state and its deadline has not come. */
static enum rc expect_state(struct tx *tx, struct str id, enum request_state wanted,
	struct change_request *ret, uint64_t *ret_version, struct problems *problems)
{
	enum request_state now;
	enum rc rc = load(tx, id, ret, ret_version);

	if (rc != RC_OK)
		return rc;
	now = request_state_at(ret, tx->now);
	if (now == wanted)
		return RC_OK;
	problem_add(problems, NULL, "the request is %s, not %s; see request show",
		request_state_words[now], request_state_words[wanted]);
	return now == REQUEST_EXPIRED ? RC_EXPIRED : RC_DENIED;
}

static bool is_requester(const struct tx *tx, const struct change_request *r)
{
	return str_eq(tx->actor->id, r->requester);
}

enum rc request_submit(struct tx *tx, struct str id, struct problems *ret)
{
	struct change_request r;
	uint64_t version;
	enum rc rc = expect_state(tx, id, REQUEST_DRAFT, &r, &version, ret);

	if (rc != RC_OK)
		return rc;
	if (!is_requester(tx, &r)) {
		problem_add(ret, NULL, "only %.*s may submit it", STR_FMT(r.requester));
		return RC_DENIED;
	}
	enter(tx, &r, version, REQUEST_SUBMITTED, STR_NONE);
	return RC_OK;
}

enum rc request_withdraw(struct tx *tx, struct str id, struct str reason, struct problems *ret)
{
	struct change_request r;
	uint64_t version;
	enum rc rc = load(tx, id, &r, &version);

	if (rc == RC_OK)
		rc = reason_problem(reason, false, ret);
	if (rc == RC_OK && !is_open((int)request_state_at(&r, tx->now)))
		rc = expect_state(tx, id, REQUEST_SUBMITTED, &r, &version, ret);
	if (rc != RC_OK)
		return rc;
	if (!is_requester(tx, &r)) {
		problem_add(ret, NULL, "only %.*s may withdraw it", STR_FMT(r.requester));
		return RC_DENIED;
	}
	enter(tx, &r, version, REQUEST_WITHDRAWN, reason);
	return RC_OK;
}

/* What approving and rejecting have in common. */
static enum rc decide_begin(struct tx *tx, struct str id, struct change_request *ret,
	uint64_t *ret_version, struct problems *problems)
{
	enum rc rc = expect_state(tx, id, REQUEST_SUBMITTED, ret, ret_version, problems);

	if (rc != RC_OK)
		return rc;
	if (is_requester(tx, ret) || !tx->actor->id.n) {
		problem_add(problems, NULL, "the requester cannot decide; another person has to");
		return RC_DENIED;
	}
	return RC_OK;
}

enum rc request_approve(struct tx *tx, struct str id, struct str reason, struct problems *ret)
{
	struct change_request r;
	uint64_t version;
	enum rc rc = decide_begin(tx, id, &r, &version, ret);

	if (rc == RC_OK)
		rc = reason_problem(reason, false, ret);
	if (rc == RC_OK)
		rc = compare_seen(tx, r.seen, ret);
	if (rc != RC_OK)
		return rc;
	r.approver = tx->actor->id;
	enter(tx, &r, version, REQUEST_APPROVED, reason);
	return RC_OK;
}

enum rc request_reject(struct tx *tx, struct str id, struct str reason, struct problems *ret)
{
	struct change_request r;
	uint64_t version;
	enum rc rc = decide_begin(tx, id, &r, &version, ret);

	if (rc == RC_OK)
		rc = reason_problem(reason, true, ret);
	if (rc != RC_OK)
		return rc;
	r.approver = tx->actor->id;
	enter(tx, &r, version, REQUEST_REJECTED, reason);
	return RC_OK;
}

enum rc request_apply(struct tx *tx, struct str id, void **ret_result, struct problems *ret)
{
	const struct operation *o;
	struct change_request r;
	uint64_t version;
	void *args;
	enum rc rc = expect_state(tx, id, REQUEST_APPROVED, &r, &version, ret);

	if (rc == RC_OK)
		rc = compare_seen(tx, r.seen, ret);
	if (rc != RC_OK)
		return rc;
	o = operation_find(tx->app->operations, r.operation);
	if (!o) {
		problem_add(ret, NULL, "this version has no operation %.*s", STR_FMT(r.operation));
		return RC_DENIED;
	}
	args = arena_zalloc(tx->a, o->args->size);
	rc = field_decode(o->args, tx->a, r.args, args);
	if (rc != RC_OK)
		return rc;
	*ret_result = o->result_size ? arena_zalloc(tx->a, o->result_size) : NULL;
	rc = operation_apply(tx, o, args, *ret_result, ret);
	if (rc == RC_OK)
		enter(tx, &r, version, REQUEST_APPLIED, STR_NONE);
	return rc;
}

/* --- all of them --- */

struct request_walk {
	struct tx *tx;
	request_fn fn;
	void *data;
	enum rc rc;
};

static bool walk_record(void *data, const struct store_record *record)
{
	struct request_walk *w = data;
	struct change_request r;

	w->rc = field_decode(&record_change_request, w->tx->a, record->value, &r);
	return w->rc == RC_OK && w->fn(w->data, &r);
}

static bool walk_queue(void *data, const struct store_record *record)
{
	struct request_walk *w = data;
	struct change_request r;

	w->rc = load(w->tx, record->value, &r, NULL);
	return w->rc == RC_OK && w->fn(w->data, &r);
}

enum rc requests_each(struct tx *tx, bool all, request_fn fn, void *data)
{
	struct request_walk w = {tx, fn, data, RC_OK};
	enum rc rc = store_scan(tx->snap, all ? TABLE_CHANGE_REQUEST : TABLE_CHANGE_REQUEST_QUEUE,
		STR_NONE, STR_NONE, false, all ? walk_record : walk_queue, &w);

	return rc != RC_OK ? rc : w.rc;
}

struct expiring {
	struct tx *tx;
	size_t n, max;
	enum rc rc;
};

static bool expire_one(void *data, const struct change_request *found)
{
	struct expiring *x = data;
	struct change_request r;
	uint64_t version;

	if (request_state_at(found, x->tx->now) != REQUEST_EXPIRED)
		return true;
	x->rc = load(x->tx, found->id, &r, &version);
	if (x->rc != RC_OK)
		return false;
	enter(x->tx, &r, version, REQUEST_EXPIRED, STR_NONE);
	return ++x->n < x->max;
}

enum rc requests_expire(struct tx *tx, size_t max, size_t *ret_n)
{
	struct expiring x = {tx, 0, max, RC_OK};
	enum rc rc = requests_each(tx, false, expire_one, &x);

	*ret_n = x.n;
	return rc != RC_OK ? rc : x.rc;
}

/* --- the queue, for store verify --- */

const char *request_verify(
	const struct table_check *c, const struct store_record *stored, const void *record)
{
	const struct change_request *r = record;
	struct store_record entry;

	(void)stored;
	if (!is_open(r->state))
		return NULL;
	return store_get(c->snap, TABLE_CHANGE_REQUEST_QUEUE, queue_key(c->a, r), &entry) ==
			       RC_NOT_FOUND
		       ? "it is open, and the queue has no entry for it"
		       : NULL;
}

const char *request_entry_verify(
	const struct table_check *c, const struct store_record *stored, const void *record)
{
	struct change_request r;
	enum rc rc = record_get(c->snap, TABLE_CHANGE_REQUEST, stored->value, c->a, &r, NULL);

	(void)record;
	if (rc == RC_NOT_FOUND)
		return "an entry of the queue without its request";
	if (rc == RC_OK && (!is_open(r.state) || !str_eq(queue_key(c->a, &r), stored->key)))
		return "an entry of the queue that its request does not have";
	return NULL;
}
