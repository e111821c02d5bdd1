/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Operations: what the runner checks, applies, refuses and reports. */
#include "core/operation.h"

#include "directory/directory_fixture.h"

#include <pthread.h>

struct count_args {
	struct str key;
	int64_t add;
};

struct count_result {
	int64_t prepared, total;
};

static const struct field count_fields[] = {
	{1, "key", FIELD_STR, FIELD_REQUIRED, offsetof(struct count_args, key), 20, NULL, "key"},
	{2, "add", FIELD_I64, 0, offsetof(struct count_args, add), 9, NULL, "how many"},
};
static const struct record_type count_type = {"count", sizeof(struct count_args), count_fields, 2};

static int prepared, applied; /* times since the test began */

static void count_defaults(void *args)
{
	((struct count_args *)args)->add = 1;
}

static void count_validate(const void *data, struct problems *ret)
{
	const struct count_args *args = data;

	if (!args->add)
		problem_add(ret, "add", "is zero; write 1");
	if (args->key.n > 3)
		problem_add(ret, "key", "is longer than 3 bytes");
}

static enum rc count_prepare(const struct app *app, struct arena *a, const void *args, void *result)
{
	(void)app, (void)a, (void)args;
	((struct count_result *)result)->prepared =
		__atomic_add_fetch(&prepared, 1, __ATOMIC_SEQ_CST);
	return RC_OK;
}

static enum rc count_check(struct tx *tx, const void *data, struct problems *ret)
{
	const struct count_args *args = data;

	(void)tx;
	if (!str_eq_c(args->key, "no"))
		return RC_OK;
	problem_add(ret, NULL, "not this one");
	return RC_DENIED;
}

/* Adds to a number kept under the key; only the version it read may be there at the commit. */
static enum rc count_apply(struct tx *tx, const void *data, void *data_result)
{
	const struct count_args *args = data;
	struct count_result *result = data_result;
	struct audit_entry e = tx_audit(tx, AUDIT_OFFICE_CHANGED);
	struct store_record record = {.version = STORE_ABSENT};
	uint64_t total = 0;
	struct buf out;
	enum rc rc = store_get(tx->snap, TABLE_META, args->key, &record);

	__atomic_add_fetch(&applied, 1, __ATOMIC_SEQ_CST);
	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	if (rc == RC_OK && !str_to_u64(record.value, 1000000, &total))
		return RC_CORRUPT;
	/* What an earlier attempt left here is gone. */
	if (result->total)
		return RC_INTERNAL;
	result->total = (int64_t)total + args->add;
	buf_init(&out, tx->a, 32);
	buf_add_i64(&out, result->total);
	store_put(tx->batch, TABLE_META, args->key, buf_str(&out),
		rc == RC_OK ? record.version : STORE_ABSENT);
	tx_audit_add(tx, &e);
	return RC_OK;
}

#define COUNT_ROW(row_name, how)                                                                   \
	{                                                                                          \
		.name = (row_name), .help = "Counts.", .args = &count_type, .approval = (how),     \
		.result_size = sizeof(struct count_result), .defaults = count_defaults,            \
		.validate = count_validate, .prepare = count_prepare, .check = count_check,        \
		.apply = count_apply                                                               \
	}

static const struct operation count = COUNT_ROW("test.count", APPROVAL_NONE),
			      count_step_up = COUNT_ROW("test.step-up", APPROVAL_STEP_UP),
			      count_second = COUNT_ROW("test.second", APPROVAL_SECOND_PERSON);

static enum rc run(struct rights_fixture *s, const struct actor *actor, const char *key,
	int64_t add, struct operation_call *call)
{
	struct count_args *args = arena_new_of(s->arena, struct count_args);

	args->key = str_c(key);
	args->add = add;
	call->args = args;
	return operation_run(&s->admin.app, actor, s->arena, call);
}

static void applies_once_with_its_name_in_the_trail(void **state)
{
	struct rights_fixture *s = *state;
	struct operation_call call = {.operation = &count};
	struct store_snapshot *snap;
	struct store_record record;

	prepared = applied = 0;
	assert_int_equal(run(s, &s->admin.actor, "a", 2, &call), RC_OK);
	assert_int_equal(((struct count_result *)call.result)->total, 2);
	assert_int_equal(prepared, 1);
	assert_int_equal(applied, 1);
	assert_int_equal(call.n_audited, 1);
	assert_int_equal(call.audited[0], AUDIT_OFFICE_CHANGED);
	assert_int_equal(store_snapshot_begin(s->admin.app.store, &snap), RC_OK);
	assert_int_equal(store_get(snap, TABLE_AUDIT, store_key_log(s->arena, 1), &record), RC_OK);
	assert_non_null(memmem(record.value.p, record.value.n, "\"operation\":\"test.count\"", 24));
	store_snapshot_end(snap);
	assert_int_equal(run(s, &s->admin.actor, "a", 3, &call), RC_OK);
	assert_int_equal(((struct count_result *)call.result)->total, 5);
}

static void all_problems_at_once_and_nothing_written(void **state)
{
	struct rights_fixture *s = *state;
	struct operation_call call = {.operation = &count};

	prepared = applied = 0;
	assert_int_equal(run(s, &s->admin.actor, "longer", 0, &call), RC_INVALID);
	assert_int_equal(call.problems.n, 2);
	assert_string_equal(call.problems.v[1].field, "key");
	assert_int_equal(prepared, 0);
	assert_int_equal(run(s, &s->admin.actor, "no", 1, &call), RC_DENIED);
	assert_int_equal(call.problems.n, 1);
	assert_int_equal(applied, 0);
	assert_int_equal(rights_fixture_count(s, TABLE_AUDIT), 0);
}

static void problems_have_a_maximum(void **state)
{
	struct problems problems = {.n = 0};

	(void)state;
	for (int i = 0; i < PROBLEMS_MAX + 5; i++)
		assert_int_equal(problem_add(&problems, NULL, "number %d", i), RC_INVALID);
	assert_int_equal(problems.n, PROBLEMS_MAX);
	assert_string_equal(problems.v[PROBLEMS_MAX - 1].why, "number 19");
}

static void approval_is_asked_for(void **state)
{
	struct rights_fixture *s = *state;
	const struct actor person = {ACTOR_PERSON, STR("p"), STR_NONE, STR_NONE};
	struct operation_call call = {.operation = &count_second};

	assert_int_equal(run(s, &s->admin.actor, "a", 1, &call), RC_DENIED);
	call.stepped_up = true;
	assert_int_equal(run(s, &person, "a", 1, &call), RC_DENIED);
	call = (struct operation_call){.operation = &count_step_up};
	assert_int_equal(run(s, &person, "a", 1, &call), RC_DENIED);
	call.stepped_up = true;
	assert_int_equal(run(s, &person, "a", 1, &call), RC_OK);
	call.stepped_up = false;
	assert_int_equal(run(s, &s->admin.actor, "a", 1, &call), RC_OK);
	assert_int_equal(rights_fixture_count(s, TABLE_AUDIT), 2);
}

static enum rc count_before(
	struct tx *tx, const void *args, void *ret_now, struct seen_records *ret_seen)
{
	return RC_OK;
}

/* The configuration names it, and only what was made for it can be asked for. */
static void approval_is_asked_for_by_the_configuration(void **state)
{
	static const struct str names[] = {STR_INIT("test.seen"), STR_INIT("test.count")};
	static const struct operation seen = {.name = "test.seen",
		.help = "Counts.",
		.args = &count_type,
		.result_size = sizeof(struct count_result),
		.validate = count_validate,
		.check = count_check,
		.before = count_before,
		.apply = count_apply};
	struct rights_fixture *s = *state;
	struct operation_call call = {.operation = &seen};

	assert_int_equal(run(s, &s->admin.actor, "a", 1, &call), RC_OK);
	s->settings.second_person = (struct strlist){names, 2};
	assert_int_equal(run(s, &s->admin.actor, "a", 1, &call), RC_DENIED);
	assert_int_equal(operation_approval(&s->settings, &seen), APPROVAL_SECOND_PERSON);
	assert_int_equal(operation_approval(&s->settings, &count), APPROVAL_NONE);
	assert_int_equal(rights_fixture_count(s, TABLE_AUDIT), 1);
}

static enum rc from_json(struct rights_fixture *s, const char *text, struct count_args *ret,
	struct problems *problems)
{
	struct json_value *json __attribute__((cleanup(json_value_freep))) = NULL;
	void *args = NULL;
	enum rc rc;

	problems->n = 0;
	assert_int_equal(json_value_parse(str_c(text), 1000, &json), RC_OK);
	rc = operation_args_json(&count, s->arena, json, &args, problems);
	if (rc == RC_OK)
		*ret = *(struct count_args *)args;
	return rc;
}

static void reads_json_over_the_defaults(void **state)
{
	struct rights_fixture *s = *state;
	struct problems problems;
	struct count_args args;

	assert_int_equal(from_json(s, "{\"key\":\"a\"}", &args, &problems), RC_OK);
	assert_int_equal(args.add, 1);
	assert_int_equal(from_json(s, "{\"key\":\"a\",\"add\":9}", &args, &problems), RC_OK);
	assert_int_equal(args.add, 9);
	assert_int_equal(from_json(s, "{\"key\":\"a\",\"add\":10}", &args, &problems), RC_INVALID);
	assert_string_equal(problems.v[0].field, "add");
	assert_int_equal(from_json(s, "{\"add\":1}", &args, &problems), RC_INVALID);
	assert_string_equal(problems.v[0].field, "key");
	assert_int_equal(from_json(s, "{\"key\":\"a\",\"x\":1}", &args, &problems), RC_INVALID);
	assert_int_equal(from_json(s, "[]", &args, &problems), RC_INVALID);
}

static void *count_in_thread(void *data)
{
	struct rights_fixture *s = data;
	struct arena *a = arena_new(ARENA_MAX);
	const struct count_args args = {STR("a"), 1};
	struct operation_call call = {.operation = &count, .args = &args};
	size_t good = 0;

	for (int i = 0; i < 5; i++)
		good += operation_run(&s->admin.app, &s->admin.actor, a, &call) == RC_OK;
	arena_free(a);
	return (void *)good;
}

/* Many at once: every one that is reported done is in the sum. */
static void loses_none_of_many(void **state)
{
	struct rights_fixture *s = *state;
	struct operation_call call = {.operation = &count};
	pthread_t threads[4];
	int64_t good = 0;
	void *ret;

	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count_in_thread, s), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], &ret), 0);
		good += (int64_t)(size_t)ret;
	}
	assert_true(good > 0);
	assert_int_equal(run(s, &s->admin.actor, "a", 1, &call), RC_OK);
	assert_int_equal(((struct count_result *)call.result)->total, good + 1);
	assert_int_equal(rights_fixture_count(s, TABLE_AUDIT), good + 1);
}

static void is_found_by_name(void **state)
{
	const struct operation *const list[] = {&count, &count_second, NULL};

	(void)state;
	assert_ptr_equal(operation_find(list, STR("test.second")), &count_second);
	assert_null(operation_find(list, STR("test")));
	assert_null(operation_find(NULL, STR("test.count")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DIRECTORY_TEST(applies_once_with_its_name_in_the_trail),
		DIRECTORY_TEST(all_problems_at_once_and_nothing_written),
		cmocka_unit_test(problems_have_a_maximum),
		DIRECTORY_TEST(approval_is_asked_for),
		DIRECTORY_TEST(approval_is_asked_for_by_the_configuration),
		DIRECTORY_TEST(reads_json_over_the_defaults),
		DIRECTORY_TEST(loses_none_of_many),
		cmocka_unit_test(is_found_by_name),
	};

	return cmocka_run_group_tests_name("core/operation", tests, NULL, NULL);
}
