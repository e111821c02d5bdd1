/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_WEB_I18N_H
#define PRATU_WEB_I18N_H

/*
 * The languages of the pages and their catalogues (pages/<language>.cat of each module, compiled
 * in).
 *
 * A catalogue is lines "key = text"; a text may hold {name} parameters and never markup. Every
 * language has the same keys with the same parameters: a difference fails the start.
 *
 * Pure functions over static data; any thread.
 */
#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"

enum web_lang { WEB_TH = 0, WEB_EN, WEB_LANG_MAX };

/* Cookie that keeps the choice made with the language switch; the value is the tag. */
#define WEB_LANG_COOKIE "pratu_lang"

/* "th", "en": for lang attributes, the cookie and the switch. */
const char *web_lang_tag(enum web_lang lang);
/* The language of a tag such as "th" or "en-GB" (its first part decides). RC_NOT_FOUND. */
MUST_USE enum rc web_lang_parse(struct str tag, enum web_lang *ret);

/*
 * The language of an answer: the first known one of ui_locales (OIDC Core 3.1.2.1, space
 * separated), else the cookie, else Accept-Language by its weights (RFC 9110 12.5.4), else Thai.
 * Any argument may be empty.
 */
enum web_lang web_lang_choose(struct str ui_locales, struct str cookie, struct str accept_language);

/*
 * The text of a key in one language; the empty string when there is no such key. For texts outside
 * pages (mail, the description of an error); pages name their texts in the templates.
 */
struct str web_text(enum web_lang lang, struct str key);

/* Times and dates as people read them, in Asia/Bangkok; Thai in the Buddhist Era. */
void web_date_add(struct buf *out, enum web_lang lang, int64_t seconds);
void web_time_add(struct buf *out, enum web_lang lang, int64_t seconds);
/* "5 minutes": the greatest unit that fits, rounded up. */
void web_duration_add(struct buf *out, enum web_lang lang, int64_t seconds);

#endif
