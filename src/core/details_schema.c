/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The JSON Schema (draft 2020-12) of a type of authorization details, from its table. */
#include "core/details.h"

#define SCHEMA_DIALECT "https://json-schema.org/draft/2020-12/schema"

static void write_fields(
	struct json_writer *w, const char *type, const struct details_field *fields);

static void write_object(struct json_writer *w, const struct details_field *f)
{
	json_write_object(w);
	write_fields(w, NULL, f->fields);
	json_write_object_end(w);
}

static void write_words(struct json_writer *w, const char *const *words)
{
	json_write_key(w, "enum");
	json_write_array(w);
	for (size_t i = 0; words[i]; i++)
		json_write_str(w, str_c(words[i]));
	json_write_array_end(w);
}

/* What a JSON Schema can say of a value. Beyond it: a date must be one, an amount over zero, a text
 * plain (codec/plain_text.h). */
static void write_value(struct json_writer *w, const struct details_field *f)
{
	json_write_object(w);
	switch (f->kind) {
	case DETAILS_NUMBER:
		json_add_str(w, "type", STR("integer"));
		json_add_i64(w, "minimum", 0);
		json_add_i64(w, "maximum", (int64_t)f->max);
		break;
	case DETAILS_LIST:
		json_add_str(w, "type", STR("array"));
		json_add_i64(w, "minItems", 1);
		json_add_i64(w, "maxItems", (int64_t)f->max);
		json_write_key(w, "items");
		write_object(w, f);
		break;
	case DETAILS_OBJECT: write_fields(w, NULL, f->fields); break;
	default: json_add_str(w, "type", STR("string"));
	}
	switch (f->kind) {
	case DETAILS_TEXT:
		json_add_i64(w, "minLength", 1);
		json_add_i64(w, "maxLength", (int64_t)f->max);
		break;
	case DETAILS_CODE:
		json_add_str(w, "pattern", STR("^[A-Za-z0-9._/:-]+$"));
		json_add_i64(w, "maxLength", (int64_t)f->max);
		break;
	case DETAILS_ACCOUNT: json_add_str(w, "pattern", STR("^[A-Z0-9]{6,34}$")); break;
	case DETAILS_WORD: write_words(w, f->words); break;
	case DETAILS_AMOUNT:
		json_add_str(w, "pattern", STR("^(0|[1-9][0-9]{0,12})\\.[0-9]{2}$"));
		break;
	case DETAILS_DATE: json_add_str(w, "format", STR("date")); break;
	default: break;
	}
	json_write_object_end(w);
}

static void write_required(
	struct json_writer *w, const char *type, const struct details_field *fields)
{
	json_write_key(w, "required");
	json_write_array(w);
	if (type)
		json_write_str(w, STR("type"));
	for (const struct details_field *f = fields; f->kind; f++)
		if (!f->optional)
			json_write_str(w, str_c(f->name));
	json_write_array_end(w);
}

static void write_fields(
	struct json_writer *w, const char *type, const struct details_field *fields)
{
	json_add_str(w, "type", STR("object"));
	json_write_key(w, "properties");
	json_write_object(w);
	if (type) {
		json_write_key(w, "type");
		json_write_object(w);
		json_add_str(w, "const", str_c(type));
		json_write_object_end(w);
	}
	for (const struct details_field *f = fields; f->kind; f++) {
		json_write_key(w, f->name);
		write_value(w, f);
	}
	json_write_object_end(w);
	write_required(w, type, fields);
	json_add_bool(w, "additionalProperties", false);
}

void details_schema_write(struct json_writer *w, const struct details_type *type)
{
	json_write_object(w);
	json_add_str(w, "$schema", STR(SCHEMA_DIALECT));
	json_add_str(w, "title", str_c(type->name));
	write_fields(w, type->name, type->fields);
	json_write_object_end(w);
}
