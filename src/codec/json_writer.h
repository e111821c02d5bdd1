/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CODEC_JSON_WRITER_H
#define PRATU_CODEC_JSON_WRITER_H

/*
 * Writing JSON as a stream into a buffer: no tree, commas by itself, strings escaped
 * (RFC 8259 section 7; also "<", ">", "&" and U+2028/2029, so the text may stand in a page).
 * Ill-formed UTF-8 is replaced by U+FFFD. Nesting at most JW_MAX_DEPTH, else die().
 */
#include "base/buf.h"

#define JW_MAX_DEPTH 16

struct jw {
	struct buf *out;
	unsigned depth;
	bool comma[JW_MAX_DEPTH + 1];
};

void jw_init(struct jw *w, struct buf *out);

void jw_object(struct jw *w); /* { */
void jw_object_end(struct jw *w);
void jw_array(struct jw *w); /* [ */
void jw_array_end(struct jw *w);
void jw_key(struct jw *w, const char *name);
void jw_key_s(struct jw *w, struct str name);

void jw_str(struct jw *w, struct str s);
void jw_i64(struct jw *w, int64_t value);
void jw_bool(struct jw *w, bool value);
void jw_null(struct jw *w);
/* Text that is well-formed JSON already. */
void jw_raw(struct jw *w, struct str json);

/* Key and value in one; the _opt form writes nothing for an empty string. */
void jw_kv_str(struct jw *w, const char *name, struct str value);
void jw_kv_str_opt(struct jw *w, const char *name, struct str value);
void jw_kv_i64(struct jw *w, const char *name, int64_t value);
void jw_kv_bool(struct jw *w, const char *name, bool value);
void jw_kv_strlist(struct jw *w, const char *name, struct strlist list);
void jw_kv_raw(struct jw *w, const char *name, struct str json);

#endif
