/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_WEB_TEMPLATE_SOURCE_H
#define PRATU_WEB_TEMPLATE_SOURCE_H

/* What the compiler of templates (web/template.c) asks of their text. Pure functions. */
#include "web/template.h"

/* The template or style sheet of this name; NULL: there is none. */
const struct tmpl_source *tmpl_source_find(const struct tmpl_env *env, struct str name);
/* Is it plain text, not HTML? */
bool tmpl_is_plain(struct str name);
/* Where text ends that is the same wherever it stands: at the next '<', '{' or end of a line, at or
 * behind `at`; text.n: there is none. */
size_t tmpl_text_end(struct str text, size_t at);
/* Where "}}" stands at or behind `at`; text.n: nowhere. */
size_t tmpl_tag_end(struct str text, size_t at);
/* Is the tag from "{{" at `at` to "}}" at `end` one that writes nothing, alone on its line? */
bool tmpl_tag_stands_alone(struct str text, size_t at, size_t end);

#endif
