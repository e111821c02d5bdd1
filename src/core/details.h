/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CORE_DETAILS_H
#define PRATU_CORE_DETAILS_H

/*
 * Authorization details (RFC 9396): what exactly a client asks a person to agree to, as JSON
 * objects with a "type". A module brings types (struct module, details): a name, a table of fields
 * and words for the person. Everything follows from that table: what is refused, the JSON Schema
 * (details_schema_write), the one form that is stored and given to clients, and what is shown.
 *
 * An endpoint reads the parameter once, details_read, and keeps the text it returns: with the
 * login, the code, the tokens. That text is frozen; details_show makes what the person sees of it.
 * Nothing that is shown comes from anywhere else.
 *
 * Words in the catalogues of the module, in both languages: detail.<type>, its title; if wanted
 * detail.<type>.note, what to look at; detail.<type>.<field>, each field's label; of DETAILS_WORD
 * also detail.<type>.<field>.<word>. A field inside a list or object is named by the path of names:
 * detail.<type>.items.amount.
 *
 * Tables are static and const. Functions are pure; any thread.
 */
#include "codec/json_value.h"
#include "codec/json_writer.h"
#include "core/error.h"
#include "web/i18n.h"
#include "web/pages_common.h"

#define DETAILS_MAX        6144u /* bytes of the parameter, and of what is stored of it */
#define DETAILS_COUNT_MAX  8u    /* objects of one request */
#define DETAILS_TYPES_MAX  16    /* that one client is registered for */
#define DETAILS_TYPE_NAME  64u   /* bytes of a type's name */
#define DETAILS_GROUPS_MAX 64u   /* of rows, that one object may show */

enum details_kind {
	DETAILS_END = 0,
	DETAILS_TEXT,    /* one line of at most max characters (codec/plain_text.h) */
	DETAILS_CODE,    /* at most max of A-Z a-z 0-9 - . _ / : and nothing else: a reference */
	DETAILS_ACCOUNT, /* number of an account: 6 to 34 of A-Z, 0-9 */
	DETAILS_WORD,    /* one of words */
	DETAILS_AMOUNT,  /* "1234.50": over zero, two decimals, at most 13 digits before them */
	DETAILS_DATE,    /* "2026-12-01" */
	DETAILS_NUMBER,  /* a whole number from 0 to max */
	DETAILS_OBJECT,  /* an object of fields */
	DETAILS_LIST     /* 1 to max objects of fields */
};

struct details_field {
	const char *name;
	enum details_kind kind;
	bool optional;
	size_t max;
	const char *const *words; /* DETAILS_WORD; ended by NULL */
	const struct details_field
		*fields; /* DETAILS_OBJECT, DETAILS_LIST: one is no list itself */
};

struct details_page;

struct details_type {
	const char *name;                   /* "payment_approval"; a-z 0-9 _; forever */
	const struct details_field *fields; /* besides type; ended by DETAILS_END */
	/* May it come by the address of a browser, where the person, or a script on the portal's
	 * page, can change it? Otherwise by PAR, CIBA and what else a client signs or sends itself,
	 * and proves that it did: not of clients without a secret. */
	bool by_browser;
	/* Rules over several fields of one object whose fields are good; NULL: none. *ret_why: a
	 * static sentence for the log. */
	bool (*check)(const struct json_value *one, const char **ret_why);
	/* What the person sees of one object, by details_group and details_row; NULL: each field
	 * that is there, in the order of the table. */
	void (*show)(struct details_page *page, const struct json_value *one);
};

/* The type as a module brings it, or NULL. */
const struct details_type *details_type_find(struct str name);
/* What is wrong with a type as it is described, for modules_check; NULL: nothing. */
const char *details_type_fault(const struct details_type *type);
/* The array of all names: authorization_details_types_supported (RFC 9396 10). */
void details_write_types(struct json_writer *w);
/* The type's JSON Schema (draft 2020-12), as one object. */
void details_schema_write(struct json_writer *w, const struct details_type *type);

struct details_question {
	struct str text;      /* the parameter, not empty */
	struct strlist types; /* that the client is registered for */
	bool by_browser;      /* it came by the address of a browser */
};

/*
 * Reads the parameter: an array of 1 to DETAILS_COUNT_MAX objects, each of a type that exists and
 * that the client is registered for, with all fields that are required and none that the type does
 * not have. *ret_text: the same in one form, fields in the order of the table, in the arena.
 * NULL, or the error (invalid_authorization_details, RFC 9396 5) and in *ret_why which field, for
 * the log, in the arena.
 */
const struct oauth_error *details_read(struct arena *a, const struct details_question *question,
	struct str *ret_text, struct str *ret_why);
/*
 * Narrows what was granted to what this request asks for (RFC 9396 6): each object of asked must be
 * one that was granted, whole. asked empty: all of it. NULL or the error; nothing is ever added.
 */
const struct oauth_error *details_narrow(
	struct arena *a, struct str granted, struct str asked, struct str *ret_text);
/* The objects of a text whose types are among these, in the same form; empty: none. RC_CORRUPT. */
MUST_USE enum rc details_of_types(
	struct arena *a, struct str text, struct strlist types, struct str *ret_text);

/* What of a text that details_read returned the person is shown, for {{>details.html}}. RC_CORRUPT:
 * a type is not there any more, or the text was not made here. */
MUST_USE enum rc details_show(
	struct arena *a, enum web_lang lang, struct str text, struct web_details *ret);

/* The hundredths of a DETAILS_AMOUNT; false: it is none. */
bool details_amount(struct str text, int64_t *ret_hundredths);

/* --- for show: what is added appears in this order --- */

/* What NULL shows: each field, objects and lists in groups of their own. */
void details_show_fields(struct details_page *page, const struct json_value *one);

/* Begins a group of rows under a heading (may be empty); further rows belong to it. */
void details_group(struct details_page *page, struct str heading);
/* A row: label by its key below detail.<type>, "amount"; nothing where value is empty. */
void details_row(struct details_page *page, const char *key, struct str value);
/* The most important row of the page: shown larger. */
void details_row_strong(struct details_page *page, const char *key, struct str value);
/* A field's value as people read it: amounts with commas, dates in words. Empty: it is not there.
 */
struct str details_value(struct details_page *page, const struct details_field *field,
	const struct json_value *object);
/* The word below detail.<type>, in the page's language. */
struct str details_word(struct details_page *page, const char *key);
struct arena *details_arena(struct details_page *page);
enum web_lang details_lang(const struct details_page *page);

#endif
