/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_WEB_HTML_CONTEXT_H
#define PRATU_WEB_HTML_CONTEXT_H

/*
 * Where in the HTML a template stands: follows the literal text byte by byte, so that every value
 * is escaped for its place and a place no escaping makes safe is refused.
 *
 * It accepts a strict subset: elements balanced, attribute values in double quotes, no inline
 * script or style, no comments, no event attributes. Pure functions over the struct.
 */
#include "base/str.h"
#include "web/escape.h"

#define HTML_DEPTH_MAX 48 /* open elements */
#define HTML_NAME_MAX  24 /* bytes of an element's or attribute's name */

enum html_state {
	HTML_TEXT,
	HTML_OPENED, /* behind '<' */
	HTML_ELEMENT,
	HTML_CLOSING, /* in the name behind "</" */
	HTML_TAG,     /* between attributes */
	HTML_ATTRIBUTE,
	HTML_EQUALS, /* behind '=': a double quote must follow */
	HTML_VALUE,
	HTML_SLASH,  /* behind '/' in a tag: '>' must follow */
	HTML_DOCTYPE /* "<!doctype html>" */
};

struct html_context {
	enum html_state state;
	char element[HTML_NAME_MAX];
	char attribute[HTML_NAME_MAX];
	size_t name_n;
	char value[16]; /* how the value begins */
	size_t value_n;
	bool value_url;   /* a whole address was put into this value: nothing may follow */
	bool value_query; /* a '?' was seen in this value */
	char open[HTML_DEPTH_MAX][HTML_NAME_MAX];
	size_t depth;
	bool in_script; /* the innermost open element is one */
};

/* Follows one byte of literal text; NULL, or what is wrong in a static sentence. */
const char *html_step(struct html_context *h, char c);

/* How a value (is_url: of the type URL) must be escaped here. NULL, or why it may not stand here.
 */
const char *html_place(struct html_context *h, bool is_url, enum escape *ret);

/* May a section begin or end here, and do both ends meet in the same place? */
bool html_same_place(const struct html_context *a, const struct html_context *b);

#endif
