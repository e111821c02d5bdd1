/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a person sees of authorization details, in words of the type's module. */
#include "base/arena.h"
#include "codec/date.h"
#include "core/details.h"

#define ROWS_MAX    24u   /* of one group */
#define KEY_BYTES   160u  /* of a message's key */
#define VALUE_BYTES 1024u /* of a value that is put together here */

struct details_page {
	struct arena *a;
	enum web_lang lang;
	const struct details_type *type;
	const char *list; /* the field whose objects are shown; NULL: the object itself */
	struct web_detail_group groups[DETAILS_GROUPS_MAX];
	size_t n_groups;
	bool full; /* more than fits: a part of it must never pass for the whole */
};

struct arena *details_arena(struct details_page *page)
{
	return page->a;
}

enum web_lang details_lang(const struct details_page *page)
{
	return page->lang;
}

static struct str message(struct details_page *page, const char *list, const char *key)
{
	struct buf name;

	buf_init(&name, page->a, KEY_BYTES);
	buf_addf(&name, "detail.%s", page->type->name);
	if (list)
		buf_addf(&name, ".%s", list);
	if (key)
		buf_addf(&name, ".%s", key);
	return web_text(page->lang, buf_str(&name));
}

struct str details_word(struct details_page *page, const char *key)
{
	return message(page, NULL, key);
}

void details_group(struct details_page *page, struct str heading)
{
	struct web_detail_group *group;

	if (page->n_groups == DETAILS_GROUPS_MAX) {
		page->full = true;
		return;
	}
	group = &page->groups[page->n_groups++];
	group->heading = heading;
	group->rows.v = arena_array(page->a, ROWS_MAX, struct web_detail_row);
	group->rows.n = 0;
}

static void add_row(struct details_page *page, const char *key, struct str value, bool strong)
{
	struct web_detail_group *group;
	struct web_detail_row *rows;

	if (!value.n)
		return;
	if (!page->n_groups)
		details_group(page, STR_NONE);
	group = &page->groups[page->n_groups - 1];
	if (group->rows.n == ROWS_MAX) {
		page->full = true;
		return;
	}
	rows = (struct web_detail_row *)(uintptr_t)group->rows.v;
	rows[group->rows.n++] = (struct web_detail_row){
		.label = message(page, page->list, key), .value = value, .strong = strong};
}

void details_row(struct details_page *page, const char *key, struct str value)
{
	add_row(page, key, value, false);
}

void details_row_strong(struct details_page *page, const char *key, struct str value)
{
	add_row(page, key, value, true);
}

/* "1,234,567.50" */
static struct str amount_text(struct arena *a, struct str amount)
{
	size_t whole = str_find(amount, '.');
	struct buf out;

	buf_init(&out, a, VALUE_BYTES);
	for (size_t i = 0; i < amount.n; i++) {
		if (i && i < whole && (whole - i) % 3 == 0)
			buf_add_byte(&out, ',');
		buf_add_byte(&out, (unsigned char)amount.p[i]);
	}
	return buf_str(&out);
}

static struct str date_text(struct arena *a, enum web_lang lang, struct str day)
{
	struct buf out;
	int64_t seconds;

	buf_init(&out, a, VALUE_BYTES);
	if (date_parse_day(day, &seconds) == RC_OK)
		web_date_add(&out, lang, seconds);
	return buf_str(&out);
}

static struct str number_text(struct arena *a, const struct json_value *value)
{
	struct buf out;
	int64_t number;

	buf_init(&out, a, VALUE_BYTES);
	if (json_value_i64(value, &number))
		buf_add_i64(&out, number);
	return buf_str(&out);
}

static struct str word_text(struct details_page *page, const char *field, struct str word)
{
	struct buf key;
	struct str text;

	buf_init(&key, page->a, KEY_BYTES);
	buf_addf(&key, "%s.", field);
	buf_add(&key, word);
	text = message(page, page->list, str_dup_c(page->a, buf_str(&key)));
	return text.n ? text : word;
}

struct str details_value(struct details_page *page, const struct details_field *field,
	const struct json_value *object)
{
	const struct json_value *value = json_value_get(object, field->name);
	struct str s;

	if (field->kind == DETAILS_NUMBER)
		return value ? number_text(page->a, value) : STR_NONE;
	if (!json_value_str(value, &s))
		return STR_NONE;
	switch (field->kind) {
	case DETAILS_AMOUNT: return amount_text(page->a, s);
	case DETAILS_DATE: return date_text(page->a, page->lang, s);
	case DETAILS_WORD: return word_text(page, field->name, s);
	default: return str_dup(page->a, s);
	}
}

/* --- each field that is there --- */

static void show_fields(struct details_page *page, const struct details_field *fields,
	const struct json_value *object)
{
	for (const struct details_field *f = fields; f->kind; f++)
		if (!f->fields)
			add_row(page, f->name, details_value(page, f, object),
				f->kind == DETAILS_AMOUNT);
}

/* "Item 2" */
static struct str heading_of(struct details_page *page, const char *list, size_t n)
{
	struct buf out;

	buf_init(&out, page->a, VALUE_BYTES);
	buf_add(&out, message(page, NULL, list));
	if (n)
		buf_addf(&out, " %zu", n);
	return buf_str(&out);
}

static void show_inside(
	struct details_page *page, const struct details_field *f, const struct json_value *value)
{
	bool many = json_value_is_array(value);
	size_t n = many ? json_value_count(value) : 1;

	page->list = f->name;
	for (size_t i = 0; i < n; i++) {
		details_group(page, heading_of(page, f->name, many ? i + 1 : 0));
		show_fields(page, f->fields, many ? json_value_at(value, i) : value);
	}
	page->list = NULL;
}

void details_show_fields(struct details_page *page, const struct json_value *one)
{
	const struct json_value *value;

	show_fields(page, page->type->fields, one);
	for (const struct details_field *f = page->type->fields; f->kind; f++) {
		value = f->fields ? json_value_get(one, f->name) : NULL;
		if (value)
			show_inside(page, f, value);
	}
}

static enum rc show_one(
	struct details_page *page, const struct json_value *one, struct web_detail *ret)
{
	struct web_detail_group *groups;
	struct str name;

	if (!json_value_str(json_value_get(one, "type"), &name))
		return RC_CORRUPT;
	page->type = details_type_find(name);
	if (!page->type)
		return RC_CORRUPT;
	page->n_groups = 0;
	if (page->type->show)
		page->type->show(page, one);
	else
		details_show_fields(page, one);
	groups = arena_array(page->a, page->n_groups, struct web_detail_group);
	for (size_t i = 0; i < page->n_groups; i++)
		groups[i] = page->groups[i];
	ret->title = message(page, NULL, NULL);
	ret->note = message(page, NULL, "note");
	ret->groups.v = groups;
	ret->groups.n = page->n_groups;
	return page->full ? RC_LIMITED : RC_OK;
}

enum rc details_show(struct arena *a, enum web_lang lang, struct str text, struct web_details *ret)
{
	__attribute__((cleanup(json_value_freep))) struct json_value *root = NULL;
	struct details_page *page = arena_new_of(a, struct details_page);
	struct web_detail *all;
	enum rc rc = RC_OK;

	*ret = (struct web_details){NULL, 0};
	if (!text.n)
		return RC_OK;
	if (json_value_parse(text, DETAILS_MAX, &root) != RC_OK || !json_value_is_array(root))
		return RC_CORRUPT;
	page->a = a;
	page->lang = lang;
	all = arena_array(a, DETAILS_COUNT_MAX, struct web_detail);
	for (size_t i = 0; i < json_value_count(root) && rc == RC_OK; i++)
		rc = i < DETAILS_COUNT_MAX ? show_one(page, json_value_at(root, i), all + i)
					   : RC_CORRUPT;
	if (rc == RC_OK)
		*ret = (struct web_details){all, json_value_count(root)};
	return rc;
}
