/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Field tables towards people: JSON in and out, cells of CSV. */
#include "base/arena.h"
#include "codec/base64.h"
#include "codec/date.h"
#include "codec/email.h"
#include "base/die.h"
#include "codec/field.h"
#include "codec/thai.h"
#include "codec/typed.h"

#include <stdarg.h>

#define JSON_MAX 65536u /* bytes of a FIELD_JSON at most, whatever field.max says */

static const void *field_json_value(const struct field *f, const void *record)
{
	return (const char *)record + f->offset;
}

static void *member_of(const struct field *f, void *record)
{
	return (char *)record + f->offset;
}

static bool is_number(const struct field *f)
{
	return f->type == FIELD_I64 || f->type == FIELD_TIME || f->type == FIELD_DATE;
}

/* Zero, false or empty. */
static bool is_absent(const struct field *f, const void *record)
{
	const void *m = field_json_value(f, record);

	if (is_number(f))
		return *(const int64_t *)m == 0;
	if (f->type == FIELD_BOOL)
		return !*(const bool *)m;
	if (f->type == FIELD_ENUM)
		return *(const int *)m == 0;
	if (f->type == FIELD_STRLIST)
		return ((const struct strlist *)m)->n == 0;
	return ((const struct str *)m)->n == 0;
}

static void write_date(const struct field *f, int64_t seconds, struct json_writer *out)
{
	char text[32];
	struct buf date;

	buf_init_fixed(&date, text, sizeof(text));
	if (f->type == FIELD_DATE)
		date_add_day(&date, seconds);
	else
		date_add_rfc3339(&date, seconds);
	json_write_str(out, buf_str(&date));
}

static void write_value(const struct field *f, const void *m, struct json_writer *out)
{
	const struct strlist *list = m;

	switch (f->type) {
	case FIELD_STR:
	case FIELD_TEXT: json_write_str(out, *(const struct str *)m); return;
	case FIELD_BYTES:
		json_write_raw(out, STR("\""));
		base64url_add(out->out, *(const struct str *)m);
		buf_add_byte(out->out, '"');
		return;
	case FIELD_I64: json_write_i64(out, *(const int64_t *)m); return;
	case FIELD_TIME:
	case FIELD_DATE: write_date(f, *(const int64_t *)m, out); return;
	case FIELD_BOOL: json_write_bool(out, *(const bool *)m); return;
	case FIELD_ENUM: json_write_str(out, str_c(f->words[*(const int *)m])); return;
	case FIELD_STRLIST:
		json_write_array(out);
		for (size_t i = 0; i < list->n; i++)
			json_write_str(out, list->v[i]);
		json_write_array_end(out);
		return;
	case FIELD_JSON: json_write_raw(out, *(const struct str *)m); return;
	case FIELD_INVALID: break;
	}
	die("field: a table row has no type");
}

void field_to_json(const struct record_type *type, const void *record, struct json_writer *out)
{
	for (size_t i = 0; i < type->n_fields; i++) {
		const struct field *f = &type->fields[i];
		/* The first word of an enumeration says something, unless it is empty. */
		bool named = f->type == FIELD_ENUM && f->words[0][0];

		if (f->flags & FIELD_HIDDEN || (!named && is_absent(f, record)))
			continue;
		json_write_key(out, f->name);
		write_value(f, field_json_value(f, record), out);
	}
}

__attribute__((format(printf, 3, 4))) static enum rc field_json_refuse(
	struct field_error *ret_error, const struct field *f, const char *format, ...)
{
	va_list args;

	ret_error->field = f ? f->name : NULL;
	va_start(args, format);
	vsnprintf(ret_error->why, sizeof(ret_error->why), format, args);
	va_end(args);
	return RC_INVALID;
}

static size_t max_of(const struct field *f, size_t otherwise)
{
	return f->max ? f->max : otherwise;
}

/* A line feed or tab is text; a carriage return before a line feed came from a browser's form. */
static bool has_other_control(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		bool line_end = c == '\r' && i + 1 < s.n && s.p[i + 1] == '\n';

		if (c != '\n' && c != '\t' && !line_end && (c < 0x20 || c == 0x7f))
			return true;
	}
	return false;
}

static struct str dup_without_cr(struct arena *a, struct str s)
{
	char *copy = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '\r')
			copy[n++] = s.p[i];
	copy[n] = '\0';
	return (struct str){.p = copy, .n = n};
}

/* What people type, in the form in which it is kept. */
static enum rc take_typed(
	const struct field *f, struct arena *a, struct str *s, struct field_error *ret_error)
{
	const char *why = "is no Thai mobile number; write 0812345678 or +66812345678";
	enum rc rc = RC_OK;

	if (f->flags & FIELD_TYPED)
		*s = typed_username(a, *s);
	if ((f->flags & FIELD_EMAIL) && s->n)
		rc = email_normalise(a, *s, s, &why);
	if ((f->flags & FIELD_MOBILE) && s->n)
		rc = thai_mobile_normalise(a, *s, s);
	return rc == RC_OK ? rc : field_json_refuse(ret_error, f, "%s", why);
}

static enum rc take_str(const struct field *f, struct arena *a, struct str s, struct str *ret,
	struct field_error *ret_error)
{
	size_t max = max_of(f, f->type == FIELD_TEXT ? FIELD_TEXT_MAX : FIELD_STR_MAX);

	if (take_typed(f, a, &s, ret_error) != RC_OK)
		return RC_INVALID;
	if (s.n > max)
		return field_json_refuse(ret_error, f, "is longer than %zu bytes", max);
	if (!str_is_utf8(s))
		return field_json_refuse(ret_error, f, "is not UTF-8 text");
	if (f->type == FIELD_TEXT ? has_other_control(s) : str_has_control(s))
		return field_json_refuse(ret_error, f, "holds a control character");
	*ret = f->type == FIELD_TEXT ? dup_without_cr(a, s) : str_dup(a, s);
	return RC_OK;
}

static enum rc take_bytes(const struct field *f, struct arena *a, struct str s, struct str *ret,
	struct field_error *ret_error)
{
	size_t max = max_of(f, FIELD_STR_MAX);
	struct str bytes;

	if (s.n > max * 2 || base64url_decode(a, s, &bytes) != RC_OK)
		return field_json_refuse(
			ret_error, f, "is not base64url text of at most %zu bytes", max);
	if (bytes.n > max)
		return field_json_refuse(ret_error, f, "is longer than %zu bytes", max);
	*ret = bytes;
	return RC_OK;
}

static enum rc take_i64(
	const struct field *f, int64_t value, int64_t *ret, struct field_error *ret_error)
{
	if (f->type != FIELD_I64 && (value < DATE_MIN || value > DATE_INPUT_MAX))
		return field_json_refuse(ret_error, f, "is not a date between the years 1 and %d",
			DATE_BUDDHIST_FROM - 1);
	if (f->max && (value < 0 || (uint64_t)value > f->max))
		return field_json_refuse(ret_error, f, "is not between 0 and %zu", f->max);
	*ret = value;
	return RC_OK;
}

static enum rc take_date(
	const struct field *f, struct str s, int64_t *ret, struct field_error *ret_error)
{
	bool day = f->type == FIELD_DATE;
	char text[sizeof(ret_error->why)];
	struct buf why;

	if ((day ? date_parse_day(s, ret) : date_parse_rfc3339(s, ret)) == RC_OK)
		return RC_OK;
	buf_init_fixed(&why, text, sizeof(text));
	date_add_fault(&why, s, day);
	return field_json_refuse(ret_error, f, "%s", text);
}

/* A word of the list; in a cell in any case ("Active"). */
static enum rc take_word(
	const struct field *f, struct str s, bool any_case, int *ret, struct field_error *ret_error)
{
	char text[sizeof(ret_error->why)];
	struct buf words;

	for (int i = 0; f->words[i]; i++) {
		struct str word = str_c(f->words[i]);

		if (any_case ? !str_ieq(s, word) : !str_eq(s, word))
			continue;
		*ret = i;
		return RC_OK;
	}
	buf_init_fixed(&words, text, sizeof(text));
	for (int i = 0; f->words[i]; i++)
		if (f->words[i][0])
			buf_addf(&words, "%s%s", words.n ? ", " : "", f->words[i]);
	return field_json_refuse(ret_error, f, "is not one of: %s", text);
}

static enum rc take_list(const struct field *f, struct arena *a, struct str *parts, size_t n,
	struct strlist *ret, struct field_error *ret_error)
{
	size_t max = max_of(f, FIELD_LIST_MAX);

	if (n > max)
		return field_json_refuse(
			ret_error, f, "has more than %zu part%s", max, max == 1 ? "" : "s");
	for (size_t i = 0; i < n; i++) {
		if (parts[i].n == 0 || parts[i].n > FIELD_STR_MAX)
			return field_json_refuse(ret_error, f,
				"has a part that is empty or over %u bytes", FIELD_STR_MAX);
		if (take_typed(f, a, &parts[i], ret_error) != RC_OK)
			return RC_INVALID;
		if (!str_is_utf8(parts[i]) || str_has_control(parts[i]))
			return field_json_refuse(
				ret_error, f, "has a part with a control character");
		parts[i] = str_dup(a, parts[i]);
	}
	*ret = (struct strlist){.v = parts, .n = n};
	return RC_OK;
}

static enum rc take_json(const struct field *f, struct arena *a, const struct json_value *in,
	struct str *ret, struct field_error *ret_error)
{
	size_t max = max_of(f, FIELD_TEXT_MAX);
	struct str json = json_value_text(a, in);

	if (json.n > max)
		return field_json_refuse(ret_error, f, "is longer than %zu bytes of JSON", max);
	*ret = json;
	return RC_OK;
}

static enum rc list_from_json(const struct field *f, struct arena *a, const struct json_value *in,
	struct strlist *ret, struct field_error *ret_error)
{
	size_t n = json_value_count(in), max = max_of(f, FIELD_LIST_MAX);
	struct str *parts;

	if (!json_value_is_array(in))
		return field_json_refuse(ret_error, f, "must be an array of strings");
	if (n > max)
		return field_json_refuse(
			ret_error, f, "has more than %zu part%s", max, max == 1 ? "" : "s");
	parts = arena_array(a, n, struct str);
	for (size_t i = 0; i < n; i++)
		if (!json_value_str(json_value_at(in, i), &parts[i]))
			return field_json_refuse(ret_error, f, "must be an array of strings");
	return take_list(f, a, parts, n, ret, ret_error);
}

static enum rc scalar_from_json(const struct field *f, struct arena *a, const struct json_value *in,
	void *m, struct field_error *ret_error)
{
	struct str s;
	int64_t number;

	if (f->type == FIELD_BOOL)
		return json_value_bool(in, m)
			       ? RC_OK
			       : field_json_refuse(ret_error, f, "must be true or false");
	if (is_number(f) && json_value_i64(in, &number))
		return take_i64(f, number, m, ret_error);
	if (f->type == FIELD_I64)
		return field_json_refuse(ret_error, f, "must be a whole number");
	if (!json_value_str(in, &s))
		return field_json_refuse(ret_error, f, "must be a string");
	if (f->type == FIELD_ENUM)
		return take_word(f, s, false, m, ret_error);
	if (f->type == FIELD_BYTES)
		return take_bytes(f, a, s, m, ret_error);
	if (is_number(f))
		return take_date(f, s, m, ret_error);
	return take_str(f, a, s, m, ret_error);
}

static size_t member_size(const struct field *f)
{
	if (is_number(f))
		return sizeof(int64_t);
	if (f->type == FIELD_BOOL)
		return sizeof(bool);
	if (f->type == FIELD_ENUM)
		return sizeof(int);
	return f->type == FIELD_STRLIST ? sizeof(struct strlist) : sizeof(struct str);
}

static enum rc member_from_json(const struct field *f, struct arena *a, const struct json_value *in,
	void *record, struct field_error *ret_error)
{
	void *m = member_of(f, record);

	if (f->flags & FIELD_READONLY)
		return field_json_refuse(ret_error, f, "cannot be set");
	if (json_value_is_null(in)) {
		memset(m, 0, member_size(f));
		return RC_OK;
	}
	if (f->type == FIELD_STRLIST)
		return list_from_json(f, a, in, m, ret_error);
	if (f->type == FIELD_JSON)
		return take_json(f, a, in, m, ret_error);
	return scalar_from_json(f, a, in, m, ret_error);
}

/* A zero or false that was written down counts as given. */
static enum rc check_required(const struct record_type *type, const struct json_value *in,
	const void *record, struct field_error *ret_error)
{
	for (size_t i = 0; i < type->n_fields; i++) {
		const struct field *f = &type->fields[i];
		const struct json_value *given = json_value_get(in, f->name);
		bool scalar = is_number(f) || f->type == FIELD_BOOL || f->type == FIELD_ENUM;

		if (!(f->flags & FIELD_REQUIRED) || !is_absent(f, record))
			continue;
		if (!scalar || !given || json_value_is_null(given))
			return field_json_refuse(ret_error, f, "is required");
	}
	return RC_OK;
}

enum rc field_from_json(const struct record_type *type, struct arena *a,
	const struct json_value *in, void *record, struct field_error *ret_error)
{
	const struct json_value *value;
	void *iter = NULL;
	struct str name;

	if (!json_value_is_object(in))
		return field_json_refuse(ret_error, NULL, "a JSON object is expected");
	while (json_value_next(in, &iter, &name, &value)) {
		const struct field *f = field_find(type, name);
		enum rc rc;

		if (!f)
			return field_json_refuse(ret_error, NULL, "there is no field \"%.*s\"",
				STR_FMT(str_sub(name, 0, 64)));
		rc = member_from_json(f, a, value, record, ret_error);
		if (rc != RC_OK)
			return rc;
	}
	return check_required(type, in, record, ret_error);
}

/* Spreadsheets write TRUE, people True. */
static bool is_word(struct str text, const struct str words[static 3])
{
	return str_ieq(text, words[0]) || str_ieq(text, words[1]) || str_ieq(text, words[2]);
}

static enum rc bool_from_text(
	const struct field *f, struct str text, bool *ret, struct field_error *ret_error)
{
	static const struct str yes_words[] = {STR_INIT("true"), STR_INIT("yes"), STR_INIT("1")};
	static const struct str no_words[] = {STR_INIT("false"), STR_INIT("no"), STR_INIT("0")};
	bool yes = is_word(text, yes_words), no = is_word(text, no_words);

	if (!yes && !no)
		return field_json_refuse(ret_error, f, "must be true or false (or yes, no, 1, 0)");
	*ret = yes;
	return RC_OK;
}

/* Digits with an optional minus sign; false when text is no number. */
static bool number_from_text(struct str text, int64_t *ret)
{
	bool minus = str_starts(text, STR("-"));
	uint64_t value;

	if (!str_to_u64(str_sub(text, minus, text.n), INT64_MAX, &value))
		return false;
	*ret = minus ? -(int64_t)value : (int64_t)value;
	return true;
}

static enum rc list_from_text(const struct field *f, struct arena *a, struct str text,
	struct strlist *ret, struct field_error *ret_error)
{
	struct str rest = text, part, *parts;
	size_t n = 0, max = max_of(f, FIELD_LIST_MAX);

	while (str_cut(&rest, ';', &part))
		n += typed_trim(part).n > 0;
	if (n > max)
		return field_json_refuse(
			ret_error, f, "has more than %zu part%s", max, max == 1 ? "" : "s");
	parts = arena_array(a, n, struct str);
	n = 0;
	rest = text;
	while (str_cut(&rest, ';', &part))
		if (typed_trim(part).n)
			parts[n++] = typed_trim(part);
	return take_list(f, a, parts, n, ret, ret_error);
}

static enum rc json_from_text(const struct field *f, struct arena *a, struct str text,
	struct str *ret, struct field_error *ret_error)
{
	struct json_value *root;
	enum rc rc;

	if (json_value_parse(text, JSON_MAX, &root) != RC_OK)
		return field_json_refuse(ret_error, f, "is not well-formed JSON");
	rc = take_json(f, a, root, ret, ret_error);
	json_value_free(root);
	return rc;
}

enum rc field_from_text(const struct record_type *type, struct arena *a, const struct field *f,
	struct str text, void *record, struct field_error *ret_error)
{
	void *m = member_of(f, record);
	int64_t number;

	(void)type;
	if (text.n == 0)
		return RC_OK;
	if (f->flags & FIELD_READONLY)
		return field_json_refuse(ret_error, f, "cannot be set");
	/* In a column of days a number is what a spreadsheet keeps for one, not seconds. */
	if (is_number(f) && f->type != FIELD_DATE && number_from_text(text, &number))
		return take_i64(f, number, m, ret_error);
	switch (f->type) {
	case FIELD_STR:
	case FIELD_TEXT: return take_str(f, a, text, m, ret_error);
	case FIELD_BYTES: return take_bytes(f, a, text, m, ret_error);
	case FIELD_I64: return field_json_refuse(ret_error, f, "must be a whole number");
	case FIELD_TIME:
	case FIELD_DATE: return take_date(f, text, m, ret_error);
	case FIELD_BOOL: return bool_from_text(f, text, m, ret_error);
	case FIELD_ENUM: return take_word(f, text, true, m, ret_error);
	case FIELD_STRLIST: return list_from_text(f, a, text, m, ret_error);
	case FIELD_JSON: return json_from_text(f, a, text, m, ret_error);
	case FIELD_INVALID: break;
	}
	die("field: a table row has no type");
}
