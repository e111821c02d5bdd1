/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "core/details.h"

#include "base/arena.h"
#include "base/array.h"
#include "codec/date.h"
#include "codec/plain_text.h"
#include "core/module.h"

#define AMOUNT_DIGITS 13u  /* before the point */
#define DECIMALS      2u   /* behind it */
#define ACCOUNT_MIN   6u   /* characters */
#define ACCOUNT_MAX   34u  /* ISO 13616: the longest */
#define PATH_PARTS    3u   /* type, list, field */
#define PATH_BYTES    256u /* of a field's name in the log, and what is wrong with it */

/* --- the types there are --- */

static const struct details_type *details_type_at(size_t *module, size_t *n)
{
	for (; all_modules[*module]; (*module)++, *n = 0) {
		const struct details_type *const *own = all_modules[*module]->details;

		if (own && own[*n])
			return own[(*n)++];
	}
	return NULL;
}

const struct details_type *details_type_find(struct str name)
{
	const struct details_type *type;
	size_t module = 0, n = 0;

	while ((type = details_type_at(&module, &n)) != NULL)
		if (str_eq_c(name, type->name))
			return type;
	return NULL;
}

void details_write_types(struct json_writer *w)
{
	const struct details_type *type;
	size_t module = 0, n = 0;

	json_write_array(w);
	while ((type = details_type_at(&module, &n)) != NULL)
		json_write_str(w, str_c(type->name));
	json_write_array_end(w);
}

static bool has_fields(enum details_kind kind)
{
	return kind == DETAILS_OBJECT || kind == DETAILS_LIST;
}

static const char *field_fault(const struct details_field *f, bool inside)
{
	if (has_fields(f->kind) != (f->fields != NULL))
		return "has a field whose kind does not fit its fields";
	if (inside && has_fields(f->kind))
		return "has an object inside an object";
	if ((f->kind == DETAILS_WORD) != (f->words != NULL))
		return "has a field whose kind does not fit its words";
	if (!f->max && (f->kind == DETAILS_TEXT || f->kind == DETAILS_CODE ||
			       f->kind == DETAILS_LIST || f->kind == DETAILS_NUMBER))
		return "has a field without a maximum";
	if (f->kind == DETAILS_LIST && f->max >= DETAILS_GROUPS_MAX)
		return "has a list that is too long to be shown";
	for (const struct details_field *own = f->fields; own && own->kind; own++)
		if (field_fault(own, true))
			return field_fault(own, true);
	return NULL;
}

const char *details_type_fault(const struct details_type *type)
{
	if (strlen(type->name) > DETAILS_TYPE_NAME)
		return "has too long a name";
	for (const char *p = type->name; *p; p++)
		if (!(*p >= 'a' && *p <= 'z') && !(*p >= '0' && *p <= '9') && *p != '_')
			return "has a name of other than a-z, 0-9 and _";
	for (const struct details_field *f = type->fields; f->kind; f++)
		if (field_fault(f, false))
			return field_fault(f, false);
	return NULL;
}

/* --- values --- */

static bool is_digits(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0;
}

bool details_amount(struct str text, int64_t *ret_hundredths)
{
	struct str rest = text, whole;
	uint64_t units, hundredths;

	if (!str_cut(&rest, '.', &whole) || !is_digits(whole) || whole.n > AMOUNT_DIGITS ||
		(whole.n > 1 && whole.p[0] == '0'))
		return false;
	if (rest.n != DECIMALS || !is_digits(rest) || !str_to_u64(whole, UINT64_MAX, &units) ||
		!str_to_u64(rest, UINT64_MAX, &hundredths))
		return false;
	*ret_hundredths = (int64_t)(units * 100 + hundredths);
	return true;
}

static bool is_text(const struct details_field *f, struct str s)
{
	return plain_text_valid(s, f->max);
}

static bool is_of(struct str s, bool small, const char *others)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
			!(small && c >= 'a' && c <= 'z') && !(c && strchr(others, c)))
			return false;
	}
	return s.n > 0;
}

static bool is_code(const struct details_field *f, struct str s)
{
	return s.n <= f->max && is_of(s, true, "-._/:");
}

static bool is_account(const struct details_field *f, struct str s)
{
	(void)f;
	return s.n >= ACCOUNT_MIN && s.n <= ACCOUNT_MAX && is_of(s, false, "");
}

static bool is_word(const struct details_field *f, struct str s)
{
	for (size_t i = 0; f->words[i]; i++)
		if (str_eq_c(s, f->words[i]))
			return true;
	return false;
}

static bool is_amount(const struct details_field *f, struct str s)
{
	int64_t hundredths;

	(void)f;
	return details_amount(s, &hundredths) && hundredths > 0;
}

static bool is_date(const struct details_field *f, struct str s)
{
	int64_t day;

	(void)f;
	return date_parse_day(s, &day) == RC_OK;
}

/* By kind, of those that are JSON strings. */
static bool (*const is_good[])(const struct details_field *f, struct str s) = {
	[DETAILS_TEXT] = is_text,
	[DETAILS_CODE] = is_code,
	[DETAILS_ACCOUNT] = is_account,
	[DETAILS_WORD] = is_word,
	[DETAILS_AMOUNT] = is_amount,
	[DETAILS_DATE] = is_date,
	[DETAILS_LIST] = NULL,
};

/* --- reading --- */

struct details_reading {
	struct arena *a;
	struct json_writer *w;
	const char *path[PATH_PARTS]; /* to the field that is read */
	size_t depth;
	const char *why; /* of DETAILS_RULE */
};

static void enter_field(struct details_reading *r, const char *name)
{
	if (r->depth < PATH_PARTS)
		r->path[r->depth++] = name;
}

/* "payment_approval.items.amount"; nothing that the client wrote. */
static struct str field_path(const struct details_reading *r)
{
	struct buf place;

	buf_init(&place, r->a, PATH_BYTES);
	for (size_t i = 0; i < r->depth; i++)
		buf_addf(&place, "%s%s", i ? "." : "", r->path[i]);
	if (r->why)
		buf_addf(&place, ": %s", r->why);
	return buf_str(&place);
}

/* Writes the object with its fields in the order of the table; type may be NULL. */
static const struct oauth_error *read_object(struct details_reading *r, const char *type,
	const struct details_field *fields, const struct json_value *object);

static const struct oauth_error *read_list(
	struct details_reading *r, const struct details_field *f, const struct json_value *list)
{
	const struct oauth_error *e = NULL;
	size_t n = json_value_count(list);

	if (!json_value_is_array(list) || !n || n > f->max)
		return OAUTH(DETAILS_VALUE);
	json_write_array(r->w);
	for (size_t i = 0; i < n && !e; i++)
		e = read_object(r, NULL, f->fields, json_value_at(list, i));
	json_write_array_end(r->w);
	return e;
}

static const struct oauth_error *read_value(
	struct details_reading *r, const struct details_field *f, const struct json_value *value)
{
	int64_t number;
	struct str s;

	if (f->kind == DETAILS_LIST)
		return read_list(r, f, value);
	if (f->kind == DETAILS_OBJECT)
		return read_object(r, NULL, f->fields, value);
	if (f->kind == DETAILS_NUMBER) {
		if (!json_value_i64(value, &number) || number < 0 || (uint64_t)number > f->max)
			return OAUTH(DETAILS_VALUE);
		json_write_i64(r->w, number);
		return NULL;
	}
	if (!json_value_str(value, &s) || !is_good[f->kind](f, s))
		return OAUTH(DETAILS_VALUE);
	json_write_str(r->w, s);
	return NULL;
}

static const struct oauth_error *none_unknown(
	const char *type, const struct details_field *fields, const struct json_value *object)
{
	const struct json_value *value;
	void *iter = NULL;
	struct str name;

	while (json_value_next(object, &iter, &name, &value)) {
		const struct details_field *f = fields;

		while (f->kind && !str_eq_c(name, f->name))
			f++;
		if (!f->kind && !(type && str_eq_c(name, "type")))
			return OAUTH(DETAILS_FIELD);
	}
	return NULL;
}

static const struct oauth_error *read_object(struct details_reading *r, const char *type,
	const struct details_field *fields, const struct json_value *object)
{
	const struct oauth_error *e;
	size_t outside = r->depth;

	if (!json_value_is_object(object))
		return OAUTH(DETAILS_VALUE);
	e = none_unknown(type, fields, object);
	json_write_object(r->w);
	if (type)
		json_add_str(r->w, "type", str_c(type));
	for (const struct details_field *f = fields; f->kind && !e; f++) {
		const struct json_value *value = json_value_get(object, f->name);

		if (!value && f->optional)
			continue;
		enter_field(r, f->name);
		json_write_key(r->w, f->name);
		e = value ? read_value(r, f, value) : OAUTH(DETAILS_MISSING);
		if (!e)
			r->depth = outside;
	}
	json_write_object_end(r->w);
	return e;
}

static const struct oauth_error *read_one(
	struct details_reading *r, const struct details_question *q, const struct json_value *one)
{
	const struct details_type *type;
	const struct oauth_error *e;
	struct str name;

	if (!json_value_str(json_value_get(one, "type"), &name))
		return OAUTH(DETAILS_FORM);
	type = details_type_find(name);
	if (!type || !strlist_has(q->types, name))
		return OAUTH(DETAILS_TYPE);
	if (q->by_browser && !type->by_browser)
		return OAUTH(DETAILS_BROWSER);
	enter_field(r, type->name);
	e = read_object(r, type->name, type->fields, one);
	if (!e && type->check && !type->check(one, &r->why))
		e = OAUTH(DETAILS_RULE);
	if (!e)
		r->depth = 0;
	return e;
}

const struct oauth_error *details_read(struct arena *a, const struct details_question *question,
	struct str *ret_text, struct str *ret_why)
{
	__attribute__((cleanup(json_value_freep))) struct json_value *root = NULL;
	struct details_reading r = {.a = a};
	const struct oauth_error *e = NULL;
	struct json_writer w;
	struct buf out;
	size_t n;

	*ret_why = STR_NONE;
	if (json_value_parse(question->text, DETAILS_MAX, &root) != RC_OK)
		return OAUTH(DETAILS_FORM);
	n = json_value_count(root);
	if (!json_value_is_array(root) || !n || n > DETAILS_COUNT_MAX)
		return OAUTH(DETAILS_FORM);
	buf_init(&out, a, DETAILS_MAX);
	json_writer_init(&w, &out);
	r.w = &w;
	json_write_array(&w);
	for (size_t i = 0; i < n && !e; i++)
		e = read_one(&r, question, json_value_at(root, i));
	json_write_array_end(&w);
	if (!e && buf_status(&out) != RC_OK)
		e = OAUTH(DETAILS_FORM);
	if (e)
		*ret_why = field_path(&r);
	else
		*ret_text = buf_str(&out);
	return e;
}

/* --- narrowing --- */

/* The types that were granted, so that asked is read by the same rules. */
static struct strlist types_of(struct arena *a, const struct json_value *granted)
{
	struct str *v = arena_array(a, DETAILS_COUNT_MAX, struct str);
	size_t n = 0;

	while (n < json_value_count(granted) && n < DETAILS_COUNT_MAX) {
		json_value_str(json_value_get(json_value_at(granted, n), "type"), &v[n]);
		n++;
	}
	return (struct strlist){v, n};
}

/* Each granted object serves one of those asked for. */
static bool is_granted(struct arena *a, const struct json_value *granted, struct str one,
	bool used[static DETAILS_COUNT_MAX])
{
	for (size_t i = 0; i < json_value_count(granted) && i < DETAILS_COUNT_MAX; i++) {
		if (used[i] || !str_eq(one, json_value_text(a, json_value_at(granted, i))))
			continue;
		used[i] = true;
		return true;
	}
	return false;
}

const struct oauth_error *details_narrow(
	struct arena *a, struct str granted, struct str asked, struct str *ret_text)
{
	__attribute__((cleanup(json_value_freep))) struct json_value *have = NULL, *want = NULL;
	struct details_question question = {.text = asked};
	bool used[DETAILS_COUNT_MAX] = {false};
	const struct oauth_error *e;
	struct str text, why;

	*ret_text = granted;
	if (!asked.n)
		return NULL;
	if (!granted.n)
		return OAUTH(DETAILS_WIDER);
	if (json_value_parse(granted, DETAILS_MAX, &have) != RC_OK)
		return OAUTH(INTERNAL);
	question.types = types_of(a, have);
	e = details_read(a, &question, &text, &why);
	if (e)
		return e == OAUTH(DETAILS_TYPE) ? OAUTH(DETAILS_WIDER) : e;
	if (json_value_parse(text, DETAILS_MAX, &want) != RC_OK)
		return OAUTH(INTERNAL);
	for (size_t i = 0; i < json_value_count(want); i++)
		if (!is_granted(a, have, json_value_text(a, json_value_at(want, i)), used))
			return OAUTH(DETAILS_WIDER);
	*ret_text = text;
	return NULL;
}

enum rc details_of_types(
	struct arena *a, struct str text, struct strlist types, struct str *ret_text)
{
	__attribute__((cleanup(json_value_freep))) struct json_value *root = NULL;
	struct json_writer w;
	struct buf out;
	struct str type, why;
	size_t kept = 0;

	*ret_text = STR_NONE;
	if (!text.n)
		return RC_OK;
	if (json_value_parse(text, DETAILS_MAX, &root) != RC_OK)
		return RC_CORRUPT;
	buf_init(&out, a, DETAILS_MAX);
	json_writer_init(&w, &out);
	json_write_array(&w);
	for (size_t i = 0; i < json_value_count(root); i++) {
		const struct json_value *one = json_value_at(root, i);

		if (!json_value_str(json_value_get(one, "type"), &type) ||
			!strlist_has(types, type))
			continue;
		json_write_raw(&w, json_value_text(a, one));
		kept++;
	}
	json_write_array_end(&w);
	if (kept == json_value_count(root))
		*ret_text = text;
	if (!kept || kept == json_value_count(root))
		return RC_OK;
	/* Read again, for its one form. */
	return details_read(
		       a, &(struct details_question){buf_str(&out), types, false}, ret_text, &why)
		       ? RC_CORRUPT
		       : RC_OK;
}
