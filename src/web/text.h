/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_WEB_TEXT_H
#define PRATU_WEB_TEXT_H

/*
 * Texts that are no pages: mails, SMS, printed documents. Like a page, a text has a typed model and
 * a template in the folder pages/ of its module, is compiled at the start in every language, and
 * takes its words from the catalogues. A name that ends in ".txt" is plain text, ".html" a document
 * that stands alone.
 *
 * The layout names (@organisation, @support_phone, @issuer ...) are those of the pages, but for
 * what belongs to a request.
 */
#include "web/page.h"

/* A text that a module has. Static and const; it is known by its address. */
struct text_type {
	const char *source;              /* template, unique among pages and texts of all modules */
	const struct tmpl_field *fields; /* of the model */
};

#define WEB_TEXT_MAX 65536u /* bytes of a rendered text */

/* Renders one of options.texts into the arena, without line feeds at its ends. RC_LIMITED: it would
 * pass WEB_TEXT_MAX. */
MUST_USE enum rc web_text_render(const struct web *web, struct arena *a,
	const struct text_type *type, enum web_lang lang, const void *model, struct str *ret);

/* A mail as its template writes it: the subject in the first line, an empty line, the text. */
struct web_mail {
	struct str subject, text;
};
MUST_USE enum rc web_mail_render(const struct web *web, struct arena *a,
	const struct text_type *type, enum web_lang lang, const void *model, struct web_mail *ret);

#endif
