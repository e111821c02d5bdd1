/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CODEC_JSON_VALUE_H
#define PRATU_CODEC_JSON_VALUE_H

/*
 * Reading JSON from outside (RFC 8259). The wall round jansson: no other file includes jansson.h.
 *
 * Duplicate member names, depth over JSON_VALUE_MAX_DEPTH, size over the caller's maximum,
 * ill-formed UTF-8, NUL in a string or trailing bytes are refused. The tree lives until
 * json_value_free; views of strings live as long. One tree is used by one thread.
 */
#include "base/rc.h"
#include "base/str.h"

struct json_value; /* a value inside a tree */

#define JSON_VALUE_MAX_DEPTH 16

/* Parses text of at most max bytes. RC_LIMITED over max or depth, RC_INVALID otherwise. */
MUST_USE enum rc json_value_parse(struct str text, size_t max, struct json_value **ret_root);
void json_value_free(struct json_value *root);
void json_value_freep(struct json_value **root);

bool json_value_is_object(const struct json_value *v);
bool json_value_is_array(const struct json_value *v);
bool json_value_is_string(const struct json_value *v);
bool json_value_is_null(const struct json_value *v);

/* Member of an object, or NULL when v is NULL, no object, or has none of that name. */
const struct json_value *json_value_get(const struct json_value *v, const char *name);
/* Number of array elements or object members, 0 for anything else. */
size_t json_value_count(const struct json_value *v);
/* Array element, or NULL. */
const struct json_value *json_value_at(const struct json_value *v, size_t index);
/* Walks an object's members in text order; *iter starts as NULL. False at the end. */
bool json_value_next(const struct json_value *object, void **iter, struct str *ret_name,
	const struct json_value **ret_value);

/* Typed reads: false when v is NULL or of another type. */
bool json_value_str(const struct json_value *v, struct str *ret);
bool json_value_i64(const struct json_value *v, int64_t *ret); /* whole numbers; also 123.0 */
bool json_value_bool(const struct json_value *v, bool *ret);
/* An array of strings (at most max) or, when single_ok, one string; copied to the arena. */
bool json_value_strlist(struct arena *a, const struct json_value *v, size_t max, bool single_ok,
	struct strlist *ret);
/* The value as compact JSON text, copied to the arena. */
struct str json_value_text(struct arena *a, const struct json_value *v);

/* The version of jansson that runs. */
const char *json_library_version(void);
/* From now on it waits for memory (base/die.h). Before its first use. */
void json_library_patient(void);

#endif
