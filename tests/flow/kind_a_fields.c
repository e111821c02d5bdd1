/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Kind A: every bound of every field. All that comes in as a record (JSON of the API and of
 * metadata files, cells of an import, arguments of a command) is read by field tables; each field
 * of each record and of each operation's arguments is given as much as it takes, then one more.
 */
#include "flow/helpers.h"

#include "codec/base64.h"
#include "core/module.h"
#include "core/operation.h"

struct bounds {
	struct arena *a;
	size_t fields, refused;
};

static size_t limit_of(const struct field *f)
{
	switch (f->type) {
	case FIELD_TEXT:
	case FIELD_JSON: return f->max ? f->max : FIELD_TEXT_MAX;
	case FIELD_STRLIST: return f->max ? f->max : FIELD_LIST_MAX;
	case FIELD_STR:
	case FIELD_BYTES: return f->max ? f->max : FIELD_STR_MAX;
	case FIELD_I64: return f->max;
	default: return 0;
	}
}

/* Addresses and numbers have a form of their own; the program sets what is read-only. */
static bool is_bounded(const struct field *f)
{
	return limit_of(f) && !(f->flags & (FIELD_READONLY | FIELD_EMAIL | FIELD_MOBILE));
}

static void add_many(struct buf *out, const char *what, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_add_c(out, what);
}

/* The JSON value of this field at n. */
static void add_value(struct buf *out, const struct field *f, size_t n)
{
	switch (f->type) {
	case FIELD_STRLIST:
		buf_add_c(out, "[");
		add_many(out, "\"a\",", n - 1);
		buf_add_c(out, "\"a\"]");
		return;
	case FIELD_I64: buf_add_i64(out, (int64_t)n); return;
	case FIELD_BYTES:
		buf_addf(out, "\"%.*s\"",
			STR_FMT(base64url_encode(
				out->arena, (struct str){arena_zalloc(out->arena, n), n})));
		return;
	default: /* text of JSON: its quotes are bytes of it */
		n -= f->type == FIELD_JSON ? 2 : 0;
		buf_add_c(out, "\"");
		add_many(out, "a", n);
		buf_add_c(out, "\"");
	}
}

static bool is_of_the_bound(const struct field_error *e, const struct field *f)
{
	return e->field && strcmp(e->field, f->name) == 0 &&
	       (strstr(e->why, "longer than") || strstr(e->why, "more than") ||
		       strstr(e->why, "is not between"));
}

/* True: refused because of its size. */
static bool refused_in_json(
	struct bounds *b, const struct record_type *type, const struct field *f, size_t n)
{
	void *record = arena_zalloc(b->a, type->size);
	struct field_error error = {.field = NULL};
	struct json_value *json;
	struct buf text;

	buf_init(&text, b->a, 1 << 20);
	buf_addf(&text, "{\"%s\":", f->name);
	add_value(&text, f, n);
	buf_add_c(&text, "}");
	check_ok(json_value_parse(buf_str(&text), 1 << 20, &json));
	if (field_from_json(type, b->a, json, record, &error) == RC_OK)
		error.field = NULL;
	json_value_free(json);
	return is_of_the_bound(&error, f);
}

static bool refused_in_text(
	struct bounds *b, const struct record_type *type, const struct field *f, size_t n)
{
	void *record = arena_zalloc(b->a, type->size);
	struct field_error error = {.field = NULL};
	struct buf text;

	buf_init(&text, b->a, 1 << 20);
	if (f->type == FIELD_I64)
		buf_add_i64(&text, (int64_t)n);
	else
		add_many(&text, f->type == FIELD_STRLIST ? "a;" : "a", n);
	if (field_from_text(type, b->a, f, buf_str(&text), record, &error) == RC_OK)
		return false;
	return is_of_the_bound(&error, f);
}

static void check_field(struct bounds *b, const struct record_type *type, const struct field *f)
{
	size_t n = limit_of(f);
	bool in_text = f->type != FIELD_JSON && f->type != FIELD_BYTES;

	if (refused_in_json(b, type, f, n) || (in_text && refused_in_text(b, type, f, n)))
		fail_msg("%s.%s: %zu is refused", type->name, f->name, n);
	if (!refused_in_json(b, type, f, n + 1) || (in_text && !refused_in_text(b, type, f, n + 1)))
		fail_msg("%s.%s: %zu is accepted", type->name, f->name, n + 1);
	b->fields++;
	arena_reset(b->a);
}

static void check_type(struct bounds *b, const struct record_type *type)
{
	for (size_t i = 0; i < type->n_fields; i++)
		if (is_bounded(&type->fields[i]))
			check_field(b, type, &type->fields[i]);
}

static void every_field(void **state)
{
	struct bounds b = {.a = arena_new(ARENA_MAX_CLI)};

	(void)state;
	for (size_t m = 0; all_modules[m]; m++) {
		const struct module_table *t = all_modules[m]->tables;
		const struct operation *const *o = all_modules[m]->operations;

		for (; t && t->number; t++)
			if (t->record)
				check_type(&b, t->record);
		for (; o && *o; o++)
			check_type(&b, (*o)->args);
	}
	assert_true(b.fields > 200);
	arena_free(b.a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
