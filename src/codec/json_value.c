/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "codec/json_value.h"

#include "base/arena.h"
#include "base/die.h"

#include <jansson.h>

/* A struct json_value is never defined: the pointer is jansson's own. */
static json_t *node(const struct json_value *v)
{
	return (json_t *)(uintptr_t)v;
}

static const struct json_value *view(const json_t *json)
{
	return (const struct json_value *)json;
}

/* Deepest nesting of brackets outside strings; jansson's own limit is far over ours. */
static unsigned depth_of(struct str text)
{
	unsigned depth = 0, deepest = 0;
	bool in_string = false;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (in_string) {
			i += c == '\\';
			in_string = c != '"';
			continue;
		}
		if (c == '[' || c == '{')
			deepest = ++depth > deepest ? depth : deepest;
		else if ((c == ']' || c == '}') && depth)
			depth--;
		in_string = c == '"';
	}
	return deepest;
}

enum rc json_value_parse(struct str text, size_t max, struct json_value **ret_root)
{
	json_error_t error;
	json_t *root;

	if (text.n > max || depth_of(text) > JSON_VALUE_MAX_DEPTH)
		return RC_LIMITED;
	root = json_loadb(
		text.p ? text.p : "", text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (!root)
		return RC_INVALID;
	*ret_root = (struct json_value *)root;
	return RC_OK;
}

void json_value_free(struct json_value *root)
{
	json_decref(node(root));
}

void json_value_freep(struct json_value **root)
{
	json_value_free(*root);
	*root = NULL;
}

bool json_value_is_object(const struct json_value *v)
{
	return json_is_object(node(v));
}

bool json_value_is_array(const struct json_value *v)
{
	return json_is_array(node(v));
}

bool json_value_is_string(const struct json_value *v)
{
	return json_is_string(node(v));
}

bool json_value_is_null(const struct json_value *v)
{
	return json_is_null(node(v));
}

const struct json_value *json_value_get(const struct json_value *v, const char *name)
{
	return view(json_object_get(node(v), name));
}

size_t json_value_count(const struct json_value *v)
{
	return json_value_is_object(v) ? json_object_size(node(v)) : json_array_size(node(v));
}

const struct json_value *json_value_at(const struct json_value *v, size_t index)
{
	return view(json_array_get(node(v), index));
}

bool json_value_next(const struct json_value *object, void **iter, struct str *ret_name,
	const struct json_value **ret_value)
{
	json_t *json = node(object);

	if (!json_value_is_object(object))
		return false;
	*iter = *iter ? json_object_iter_next(json, *iter) : json_object_iter(json);
	if (!*iter)
		return false;
	*ret_name = (struct str){
		.p = json_object_iter_key(*iter), .n = json_object_iter_key_len(*iter)};
	*ret_value = view(json_object_iter_value(*iter));
	return true;
}

bool json_value_str(const struct json_value *v, struct str *ret)
{
	if (!json_value_is_string(v))
		return false;
	*ret = (struct str){.p = json_string_value(node(v)), .n = json_string_length(node(v))};
	return true;
}

/* Whole numbers up to here are exact in a double. */
#define DOUBLE_EXACT 9007199254740992.0

bool json_value_i64(const struct json_value *v, int64_t *ret)
{
	double real;

	if (json_is_integer(node(v))) {
		*ret = json_integer_value(node(v));
		return true;
	}
	if (!json_is_real(node(v)))
		return false;
	real = json_real_value(node(v));
	if (!(real >= -DOUBLE_EXACT && real <= DOUBLE_EXACT) || real != (double)(int64_t)real)
		return false;
	*ret = (int64_t)real;
	return true;
}

bool json_value_bool(const struct json_value *v, bool *ret)
{
	if (!json_is_boolean(node(v)))
		return false;
	*ret = json_is_true(node(v));
	return true;
}

bool json_value_strlist(struct arena *a, const struct json_value *v, size_t max, bool single_ok,
	struct strlist *ret)
{
	bool single = single_ok && json_value_is_string(v);
	size_t n = single ? 1 : json_value_count(v);
	struct str *parts;

	if ((!single && !json_value_is_array(v)) || n > max)
		return false;
	parts = arena_array(a, n, struct str);
	for (size_t i = 0; i < n; i++) {
		if (!json_value_str(single ? v : json_value_at(v, i), &parts[i]))
			return false;
		parts[i] = str_dup(a, parts[i]);
	}
	*ret = (struct strlist){.v = parts, .n = n};
	return true;
}

struct str json_value_text(struct arena *a, const struct json_value *v)
{
	size_t flags = JSON_COMPACT | JSON_ENCODE_ANY;
	size_t n = json_dumpb(node(v), NULL, 0, flags);
	char *text = arena_alloc(a, n + 1);

	if (n == 0 || json_dumpb(node(v), text, n, flags) != n)
		arena_fail(a, "jansson cannot write what it has read");
	text[n] = '\0';
	return (struct str){.p = text, .n = n};
}

const char *json_library_version(void)
{
	return jansson_version_str();
}

void json_library_patient(void)
{
	json_set_alloc_funcs(patient_malloc, free);
}
