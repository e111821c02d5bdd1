/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CODEC_FIELD_H
#define PRATU_CODEC_FIELD_H

/*
 * Field tables: one static table describes a record once; the store codec, JSON in and out, CSV
 * import and the generated documentation all read that table.
 *
 * A record is a plain struct. Stored form: one byte format version, then per present field
 * tag (1 byte), length (LEB128, at most 4 bytes), bytes; ascending tags. Absent means zero / empty
 * / false. Unknown tags are skipped (a newer version wrote them), a malformed record is RC_CORRUPT.
 *
 * Tags are forever: never reuse the tag of a removed field.
 * Functions are pure; any thread. Decoded strings are views into the bytes given.
 */
#include "base/buf.h"
#include "codec/json_value.h"
#include "codec/json_writer.h"
#include "base/rc.h"
#include "base/str.h"

enum field_type {
	FIELD_INVALID = 0,
	FIELD_STR,   /* struct str, UTF-8 text without control characters */
	FIELD_TEXT,  /* struct str, UTF-8 text, line feeds and tabs allowed */
	FIELD_BYTES, /* struct str, any bytes; base64url in JSON */
	FIELD_I64,   /* int64_t */
	FIELD_TIME, /* int64_t, seconds since 1970 UTC; RFC 3339 text or a number in JSON and CSV */
	FIELD_DATE, /* int64_t, as FIELD_TIME, written YYYY-MM-DD (Asia/Bangkok midnight); no number
		       in CSV. Years of the Buddhist Era are refused in both */
	FIELD_BOOL, /* bool */
	FIELD_ENUM, /* int; the words of field.words, first word = 0 */
	FIELD_STRLIST, /* struct strlist; in CSV parts are separated by ';' */
	FIELD_JSON     /* struct str, well-formed JSON text, passed through */
};

enum field_flags {
	FIELD_REQUIRED = 1 << 0, /* input without it is refused */
	FIELD_HIDDEN = 1 << 1,   /* never written to JSON: hashes, ciphertexts, keys */
	FIELD_READONLY = 1 << 2, /* refused in input: set by the program */
	FIELD_TYPED = 1 << 3,    /* FIELD_STR: an ASCII name that people type (username, code): read
				    by typed_username (codec/typed.h) */
	FIELD_EMAIL = 1 << 4,    /* FIELD_STR, FIELD_STRLIST: an address to which mail can be sent,
				    in the form of email_normalise (codec/email.h) */
	FIELD_MOBILE = 1 << 5,   /* FIELD_STR: a Thai mobile number, in the form of
				    thai_mobile_normalise (codec/thai.h) */
	FIELD_FILE = 1 << 6,     /* FIELD_STR: a secret. A command line names the file with it:
				    --NAME-file */
};

struct field {
	uint8_t tag;      /* 1..255, unique in the table, ascending */
	const char *name; /* in JSON, CSV and documentation */
	enum field_type type;
	unsigned flags; /* enum field_flags */
	size_t offset;  /* of the member in the record's struct */
	size_t max;     /* bytes of a string, parts of a list, greatest number; 0 = the type's */
	const char *const *words; /* FIELD_ENUM: NULL-terminated */
	const char *help;         /* one sentence for the generated documentation */
};

struct record_type {
	const char *name;
	size_t size; /* sizeof the struct */
	const struct field *fields;
	size_t n_fields;
};

#define FIELD_STR_MAX     1024u  /* bytes, when field.max is 0 */
#define FIELD_TEXT_MAX    4096u  /* bytes, when field.max is 0 */
#define FIELD_LIST_MAX    100u   /* parts, when field.max is 0 */
#define RECORD_STORED_MAX 32768u /* bytes of one stored record */

/* A fault in an input: the field, and what is wrong, in words for the person who typed it. */
struct field_error {
	const char *field; /* static; NULL when the whole record is meant */
	char why[160];
};

/* Appends the stored form of *record to out. */
void field_encode(const struct record_type *type, const void *record, struct buf *out);
/* Reads the stored form into *ret_record (zeroed first); arrays of lists go to the arena.
 * RC_CORRUPT; RC_LIMITED: the arena is exceeded, so whoever reads records one after another ends.
 */
MUST_USE enum rc field_decode(
	const struct record_type *type, struct arena *a, struct str stored, void *ret_record);

/* Writes the record's visible fields as members of the open JSON object; absent ones are left out.
 */
void field_to_json(const struct record_type *type, const void *record, struct json_writer *out);
/*
 * Reads known members of a JSON object into *record (fields not named keep their value; null clears
 * one). Unknown member, read-only field, wrong type, over the maximum, missing required one:
 * RC_INVALID with *ret_error filled. Strings are copied into the arena.
 */
MUST_USE enum rc field_from_json(const struct record_type *type, struct arena *a,
	const struct json_value *in, void *record, struct field_error *ret_error);
/* Sets one field from text (a CSV cell); the empty text leaves it unset. RC_INVALID as above. */
MUST_USE enum rc field_from_text(const struct record_type *type, struct arena *a,
	const struct field *field, struct str text, void *record, struct field_error *ret_error);
/* The table's row by name, or NULL. */
const struct field *field_find(const struct record_type *type, struct str name);

#endif
