/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_WEB_EMBEDDED_H
#define PRATU_WEB_EMBEDDED_H

/* The tables that src/web/embed.py writes from pages, i18n and static at build time. */
#include "web/page.h"
#include "web/template.h"

struct web_message {
	struct str key;
	struct str text[WEB_LANG_MAX]; /* for mail, SMS, JSON */
	struct str page[WEB_LANG_MAX]; /* the same for pages: Thai compounds are not broken */
};

extern const struct web_message web_messages[]; /* in byte order of their keys */
extern const size_t web_messages_n;

extern const struct tmpl_source web_sources[];
extern const size_t web_sources_n;

extern const struct web_asset web_asset_table[];
extern const size_t web_asset_table_n;

/* Message of a key, as text and as pages show it; false when there is none. */
bool web_message_find(enum web_lang lang, struct str key, struct str *ret);
bool web_page_message_find(enum web_lang lang, struct str key, struct str *ret);

#endif
