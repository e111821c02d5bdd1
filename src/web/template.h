/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_WEB_TEMPLATE_H
#define PRATU_WEB_TEMPLATE_H

/*
 * Typed templates: HTML, and plain text where the name ends in ".txt" (mails, SMS). A model is a
 * plain struct described by a table of fields; a template is
 * compiled against that table, once for each language, before anything is served. An unknown name,
 * an unbalanced section or element, a missing message or a value where no escaping makes it safe
 * fails the compilation with file:line. How a value is escaped follows from its type and its place;
 * there is no way to write it raw.
 *
 *   {{name}}             a value             {{! a remark }}
 *   {{word:part a=x}}    the text of a word (TMPL_WORD, TMPL_LABEL): message <prefix>.<word>.part;
 *                        of a TMPL_WORD without a prefix the word itself, for scripts
 *   {{t:key a=x b=y}}    a message of the catalogue; its parameters {a} and {b} are fields
 *   {{asset:file}}       the address of a static file
 *   {{style:file.css}}   a style sheet, written into a document that stands alone
 *   {{>file}}            another template, compiled in place
 *   {{?name}}...{{/name}}       when it is not empty, zero or false
 *   {{?name=word}}...{{/name}}  when a TMPL_WORD is that word
 *   {{^name}}...{{/name}}       when it is empty, zero or false
 *   {{#name}}...{{/name}}       once for each item of a list; names then belong to the item
 *   ../name  a field outside the list       @name  a field of the layout round every page
 *
 * HTML loses the indentation of its lines. Plain text keeps every blank, but for lines that hold
 * nothing but a section's tag, a remark or an inclusion; a value in it stays on its line.
 *
 * A compiled template never changes; any thread may render it.
 */
#include "base/buf.h"
#include "base/rc.h"
#include "web/i18n.h"

#define TMPL_OPS_MAX    8192u
#define TMPL_DEPTH_MAX  6u  /* layout, model and lists inside lists */
#define TMPL_NEST_MAX   16u /* open sections */
#define TMPL_PARAMS_MAX 4u  /* of one message */

enum tmpl_type {
	TMPL_END = 0,
	TMPL_TEXT,     /* struct str */
	TMPL_URL,      /* struct str: http, https or a path of ours; anything else is not shown */
	TMPL_AWAY_URL, /* the same, or an address with an application's own scheme (RFC 8252 7.1) */
	TMPL_BOOL,     /* bool: sections only */
	TMPL_I64,      /* int64_t */
	TMPL_DATE,     /* int64_t seconds since 1970 UTC: a day in Bangkok */
	TMPL_TIME,     /* the same with hour and minute */
	TMPL_DURATION, /* int64_t seconds */
	TMPL_WORD,     /* enum: message <prefix>.<words[value]> */
	TMPL_LABEL,    /* struct str: message <prefix>.<value>, else the value itself */
	TMPL_LIST      /* struct { const T *v; size_t n; } */
};

struct tmpl_field {
	const char *name;
	enum tmpl_type type;
	size_t offset;
	const char *prefix;             /* TMPL_WORD, TMPL_LABEL */
	const char *const *words;       /* TMPL_WORD: by value, NULL at the end */
	const struct tmpl_field *items; /* TMPL_LIST: of one item */
	size_t n_offset;                /* TMPL_LIST: of n */
	size_t size;                    /* TMPL_LIST: of an item */
};

struct tmpl_source {
	const char *name; /* "login.html" */
	struct str text;
};

/* What the compiler may look up. */
struct tmpl_env {
	const struct tmpl_source *sources;
	size_t n_sources;
	enum web_lang lang;
	/* Message of a key; false when there is none. */
	bool (*message)(enum web_lang lang, struct str key, struct str *ret);
	/* Address of a static file; false when there is none. */
	bool (*asset)(struct str name, struct str *ret);
};

struct tmpl;

/*
 * Compiles source `name` for a layout and a model. The result lives in the arena and points into
 * the sources and tables. RC_INVALID: a "file:line: what is wrong" line was added to errors.
 */
MUST_USE enum rc tmpl_compile(struct arena *a, const struct tmpl_env *env, const char *name,
	const struct tmpl_field *layout, const struct tmpl_field *model, struct buf *errors,
	const struct tmpl **ret);

/* Appends the page; what passes out's maximum marks it overflowed. */
void tmpl_render(const struct tmpl *t, const void *layout, const void *model, struct buf *out);

#endif
