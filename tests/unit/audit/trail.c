/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "trail.h"

#include "audit/record.h"
#include "base/clock.h"
#include "support/store/mem.h"

static int64_t now(void *data)
{
	(void)data;
	return T0;
}

static const struct clock stopped = {.now_ms = now};

const struct audit_place place = {.log = TRAIL, .head = HEADS};

static const struct store_table genuine[] = {
	{.id = TRAIL, .name = "trail", .flags = STORE_LOG, .seal = audit_seal},
	{.id = HEADS, .name = "heads"},
};

static const struct store_table forged[] = {
	{.id = TRAIL, .name = "trail"},
	{.id = HEADS, .name = "heads"},
};

static struct store *open_mem(const struct store_table *tables)
{
	const struct store_schema schema = {.tables = tables, .n_tables = 2};
	struct store *s;

	assert_rc(RC_OK, store_open_mem(&schema, &stopped, &s));
	return s;
}

struct trail *trail_new(void)
{
	static const unsigned char key[32] = "a key for tests, 32 bytes long..";
	struct trail *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	t->a = arena_new(ARENA_MAX_CLI);
	t->s = open_mem(genuine);
	t->key = audit_key_make(key);
	return t;
}

void trail_free(struct trail *t)
{
	store_close(t->s);
	arena_free(t->a);
	free(t);
}

void trail_add(struct trail *t, const char *person, const char *detail)
{
	struct store_batch *b = store_batch_new(t->a);
	struct audit_entry e = {.event = AUDIT_LOGIN, .now_ms = T0 + (int64_t)t->n++ * 1000};

	e.person = str_c(person);
	e.detail = str_c(detail);
	audit_append(b, TRAIL, t->a, &e);
	assert_rc(RC_OK, store_commit(t->s, b));
}

enum rc trail_checkpoint(struct trail *t, struct audit_checkpoint_policy policy, int64_t now_ms,
	uint64_t *ret_number)
{
	const struct audit_checkpoint_request request = {place, &t->key, policy, now_ms};
	struct store_batch *b = store_batch_new(t->a);
	struct audit_checkpoint made;
	struct store_snapshot *snap;
	enum rc rc;

	assert_rc(RC_OK, store_snapshot_begin(t->s, &snap));
	rc = audit_checkpoint_add(snap, b, t->a, &request, &made);
	store_snapshot_end(snap);
	if (rc != RC_OK)
		return rc;
	if (!store_batch_empty(b))
		rc = store_commit(t->s, b);
	if (rc != RC_OK)
		return rc;
	audit_checkpoint_log(&made);
	*ret_number = made.number;
	return RC_OK;
}

uint64_t trail_sign(struct trail *t)
{
	const struct audit_checkpoint_policy policy = {.every_events = 1};
	uint64_t number = 0;

	assert_rc(RC_OK, trail_checkpoint(t, policy, T0 + (int64_t)t->n * 1000, &number));
	t->n += number > 0;
	return number;
}

static bool trail_keep_record(void *data, const struct store_record *record)
{
	struct trail *t = data;

	assert_true(t->n < sizeof(t->records) / sizeof(t->records[0]));
	t->records[t->n++] = str_dup(t->a, record->value);
	return true;
}

void trail_read(struct trail *t)
{
	struct store_snapshot *snap = NULL;
	struct store_record head;

	assert_rc(RC_OK, store_snapshot_begin(t->s, &snap));
	t->n = 0;
	assert_rc(RC_OK, store_scan(snap, TRAIL, STR_NONE, STR_NONE, false, trail_keep_record, t));
	t->head = STR_NONE;
	if (store_get(snap, HEADS, STR(AUDIT_HEAD_KEY), &head) == RC_OK)
		t->head = str_dup(t->a, head.value);
	store_snapshot_end(snap);
}

struct store *trail_forged(const struct trail *t)
{
	struct arena *a = arena_new(ARENA_MAX_CLI);
	struct store_batch *b = store_batch_new(a);
	struct store *s = open_mem(forged);

	for (size_t i = 0; i < t->n; i++)
		if (t->records[i].n)
			store_put(b, TRAIL, store_key_log(a, i + 1), t->records[i], STORE_ABSENT);
	if (t->head.n)
		store_put(b, HEADS, STR(AUDIT_HEAD_KEY), t->head, STORE_ABSENT);
	assert_rc(RC_OK, store_commit(s, b));
	arena_free(a);
	return s;
}

void trail_reseal(struct trail *t, size_t index)
{
	for (size_t i = index; i < t->n; i++) {
		struct audit_line line;
		struct buf out;

		assert_true(audit_line_parse(t->records[i], &line));
		buf_init(&out, t->a, STORE_VALUE_MAX);
		audit_seal(NULL, i ? t->records[i - 1] : STR_NONE, i + 1,
			str_sub(line.body, str_find(line.body, ',') + 1, line.body.n), &out);
		t->records[i] = buf_str(&out);
	}
}

static bool audit_fault_note(void *data, const struct audit_fault *fault)
{
	struct trail_report *found = data;

	assert_true(fault->text && fault->text[0]);
	assert_string_not_equal(audit_fault_name(fault->kind), "unknown");
	found->faults[found->n++] = *fault;
	return found->n < sizeof(found->faults) / sizeof(found->faults[0]);
}

struct trail_report trail_verify(const struct trail *t, const struct audit_anchor *anchor)
{
	struct store *s = trail_forged(t);
	struct trail_report found = {.n = 0};
	const struct audit_verify_options options = {
		.keys = &t->key,
		.n_keys = 1,
		.anchors = anchor,
		.n_anchors = anchor ? 1 : 0,
		.fault = audit_fault_note,
		.data = &found,
	};
	enum rc rc = audit_verify(s, place, &options, &found.report);

	assert_rc(found.n ? RC_CORRUPT : RC_OK, rc);
	assert_int_equal(found.report.faults, found.n);
	store_close(s);
	return found;
}
