/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CONF_CONF_H
#define PRATU_CONF_CONF_H

/*
 * Configuration: a YAML file read against a table of options.
 *
 * Every fault of the file is found in one pass and reported with file:line:column and the
 * correction: unknown key, key twice, wrong type, out of range, required one missing, missing or
 * readable-by-others secret file, weak or default secret. Anchors, aliases, tags and several
 * documents are refused.
 *
 * The result lives in an arena of its own until conf_free and is read-only: any thread.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"

enum conf_type {
	CONF_INVALID = 0,
	CONF_STR,     /* struct str */
	CONF_INT,     /* int64_t */
	CONF_BOOL,    /* bool */
	CONF_SECONDS, /* int64_t; "90", "90s", "15m", "12h", "30d" */
	CONF_BYTES,   /* int64_t; "65536", "64K", "1G" (powers of 1024) */
	CONF_ENUM,    /* int; option.words */
	CONF_URL,     /* struct str; absolute http(s) URL */
	CONF_PATH, /* struct str; relative to the configuration file's directory, made absolute */
	CONF_SECRET_FILE, /* struct secret *; the key names a file; systemd: "credential:NAME" */
	CONF_STRLIST,     /* struct strlist */
	CONF_DATE,        /* int64_t; YYYY-MM-DD, midnight Asia/Bangkok */
	CONF_LIST         /* struct conf_list; a sequence of mappings described by option.item */
};

enum conf_flags {
	CONF_REQUIRED = 1 << 0,
	CONF_RELOAD = 1 << 1 /* takes effect on SIGHUP */
};

struct conf_item;

struct conf_option {
	const char *path; /* "thaid.client_id": dots are nested mappings */
	enum conf_type type;
	unsigned flags;
	size_t offset;        /* of the member in the struct */
	const char *fallback; /* default as it would be written in the file; NULL: zero / empty */
	int64_t min, max; /* numbers: range; strings: bytes; lists: entries; both 0: the type's */
	const char *const *words;     /* CONF_ENUM: NULL-terminated, first = 0 */
	const struct conf_item *item; /* CONF_LIST */
	const char *help;             /* sentences for the generated reference and pratu.yaml */
};

struct conf_item {
	size_t size;
	const struct conf_option *options;
	size_t n_options;
};

struct conf_list {
	const void *v; /* array of structs of conf_item.size */
	size_t n;
};

#define CONF_FILE_MAX   1048576u
#define CONF_ERRORS_MAX 100

struct conf; /* a loaded file: the arena, the struct, the positions */

/*
 * Reads path into a struct of table->size. On RC_INVALID every error is appended to errors, one a
 * line: "file:line:column: option: what is wrong; what to write instead". RC_NOT_FOUND: no such
 * file.
 */
MUST_USE enum rc conf_load(
	const char *path, const struct conf_item *table, struct buf *errors, struct conf **ret);
void conf_free(struct conf *c);
/* The filled struct. */
const void *conf_values(const struct conf *c);

/* The values in force as YAML, secrets as "********". */
void conf_print(const struct conf *c, struct buf *out);
/* Adds the paths of options, ", " between them, whose values differ and which a SIGHUP does not put
 * into force. Secrets inside lists are not compared. */
void conf_differing(const struct conf *in_force, const struct conf *next, struct buf *out);
/* The Markdown reference and a commented example file, from the table alone. */
void conf_reference(const struct conf_item *table, struct buf *out);
void conf_example(const struct conf_item *table, struct buf *out);

/* The version of libyaml that runs. */
const char *conf_library_version(void);

#endif
