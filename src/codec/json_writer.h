/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CODEC_JSON_WRITER_H
#define PRATU_CODEC_JSON_WRITER_H

/*
 * Writing JSON as a stream into a buffer: no tree, commas by itself, strings escaped
 * (RFC 8259 section 7; also "<", ">", "&" and U+2028/2029, so the text may stand in a page).
 * Ill-formed UTF-8 is replaced by U+FFFD. Nesting at most JSON_WRITER_MAX_DEPTH, else die().
 */
#include "base/buf.h"

#define JSON_WRITER_MAX_DEPTH 16

struct json_writer {
	struct buf *out;
	unsigned depth;
	bool comma[JSON_WRITER_MAX_DEPTH + 1];
};

void json_writer_init(struct json_writer *w, struct buf *out);

void json_write_object(struct json_writer *w); /* { */
void json_write_object_end(struct json_writer *w);
void json_write_array(struct json_writer *w); /* [ */
void json_write_array_end(struct json_writer *w);
void json_write_key(struct json_writer *w, const char *name);
void json_write_key_s(struct json_writer *w, struct str name);

void json_write_str(struct json_writer *w, struct str s);
void json_write_i64(struct json_writer *w, int64_t value);
void json_write_bool(struct json_writer *w, bool value);
/* Text that is well-formed JSON already. */
void json_write_raw(struct json_writer *w, struct str json);

/* Key and value in one; the _opt form writes nothing for an empty string. */
void json_add_str(struct json_writer *w, const char *name, struct str value);
void json_add_str_opt(struct json_writer *w, const char *name, struct str value);
void json_add_i64(struct json_writer *w, const char *name, int64_t value);
void json_add_bool(struct json_writer *w, const char *name, bool value);
void json_add_strlist(struct json_writer *w, const char *name, struct strlist list);
void json_add_raw(struct json_writer *w, const char *name, struct str json);

#endif
