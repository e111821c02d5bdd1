/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_WEB_ESCAPE_H
#define PRATU_WEB_ESCAPE_H

/*
 * Putting a value where it cannot leave: element text and double-quoted attributes, addresses,
 * the query part of an address, a line of plain text. Ill-formed UTF-8, control characters and
 * invisible direction overrides (which let a name rewrite the words round it) become U+FFFD.
 *
 * Pure functions; any thread.
 */
#include "base/buf.h"
#include "base/str.h"

enum escape {
	ESCAPE_HTML,     /* element text, or a double-quoted attribute that is no address */
	ESCAPE_URL,      /* a whole address in an attribute: url_is_safe or "about:invalid" */
	ESCAPE_AWAY_URL, /* the same, or url_is_application */
	ESCAPE_QUERY,    /* part of an address behind '?': all but unreserved characters encoded */
	ESCAPE_MAIL,     /* the same behind "mailto:"; '@' stays */
	ESCAPE_PHONE,    /* behind "tel:": the number, without spaces or what is said after it */
	ESCAPE_PLAIN,    /* a value in plain text: one line, whatever was in it */
	ESCAPE_LINK      /* a whole address in plain text: url_is_safe or "about:invalid" */
};

void escape_add(struct buf *out, enum escape how, struct str s);

/* http:// or https:// with something behind it, or a path of ours: '/' not followed by '/' or '\'.
 * No control character, space, backslash, or quote. */
bool url_is_safe(struct str url);
/* An address with an application's own scheme: a reversed domain name (RFC 8252 7.1), so never
 * "javascript" or "data", which hold no dot. */
bool url_is_application(struct str url);

#endif
