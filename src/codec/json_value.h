/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CODEC_JSON_VALUE_H
#define PRATU_CODEC_JSON_VALUE_H

/*
 * Reading JSON from outside (RFC 8259). The wall round jansson: no other file includes jansson.h.
 *
 * Duplicate member names, depth over JV_MAX_DEPTH, size over the caller's maximum, ill-formed
 * UTF-8, NUL in a string or trailing bytes are refused. The tree lives until jv_free; views of
 * strings live as long. One tree is used by one thread.
 */
#include "base/rc.h"
#include "base/str.h"

struct jv; /* a value inside a tree */

#define JV_MAX_DEPTH 16

/* Parses text of at most max bytes. RC_LIMITED over max or depth, RC_INVALID otherwise. */
MUST_USE enum rc jv_parse(struct str text, size_t max, struct jv **ret_root);
void jv_free(struct jv *root);
void jv_freep(struct jv **root);

bool jv_is_object(const struct jv *v);
bool jv_is_array(const struct jv *v);
bool jv_is_string(const struct jv *v);
bool jv_is_null(const struct jv *v);

/* Member of an object, or NULL when v is NULL, no object, or has none of that name. */
const struct jv *jv_get(const struct jv *v, const char *name);
/* Number of array elements or object members, 0 for anything else. */
size_t jv_count(const struct jv *v);
/* Array element, or NULL. */
const struct jv *jv_at(const struct jv *v, size_t index);
/* Walks an object's members in text order; *iter starts as NULL. False at the end. */
bool jv_next(
	const struct jv *object, void **iter, struct str *ret_name, const struct jv **ret_value);

/* Typed reads: false when v is NULL or of another type. */
bool jv_str(const struct jv *v, struct str *ret);
bool jv_i64(const struct jv *v, int64_t *ret); /* whole numbers; also 123.0 */
bool jv_bool(const struct jv *v, bool *ret);
/* An array of strings (at most max) or, when single_ok, one string; copied to the arena. */
bool jv_strlist(
	struct arena *a, const struct jv *v, size_t max, bool single_ok, struct strlist *ret);
/* The value as compact JSON text, copied to the arena. */
struct str jv_dump(struct arena *a, const struct jv *v);

#endif
