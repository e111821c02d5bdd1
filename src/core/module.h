/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CORE_MODULE_H
#define PRATU_CORE_MODULE_H

/*
 * A module: a folder below src/ and its line in src/modules.list. Its descriptor, `const struct
 * module module_<folder>`, names all that it adds to the program; nothing outside the folder knows
 * it. docs/extending.md has the recipes.
 *
 * Every array ends with a zeroed row; a NULL array is empty. Rows are static and const. What two
 * modules cannot both have (a path, a table's number, an option, a command ...) is found at the
 * start by modules_check and by a test.
 *
 * Events, metrics and errors are compile-time rows: audit_events.def, log_events.def, metrics.def,
 * errors.def in the folder of the module (src/modules.py).
 */
#include "core/route.h"
#include "web/page.h"

#define MODULES_ERRORS_BYTES 16384u

/* A link of the account pages. Its words are tab.<name> in the module's catalogues. */
struct nav_item {
	const char *name; /* also page_type.tab of the pages it stands for; unique */
	const char *path;
};

struct module {
	const char *name;                /* the last part of the folder; unique */
	const struct route *routes;      /* ended by a row without path */
	const struct guard_rule *guards; /* that this module provides; ended by GUARD_UNDECLARED */
	const struct page_type *const *pages; /* ended by NULL */
	const struct nav_item *nav;           /* in the order shown; ended by a row without name */
};

/* All of them, in the order of modules.list; ended by NULL. Made by src/modules.py. */
extern const struct module *const all_modules[];

/* The rule of a guard, from the module that provides it; NULL: none does. */
bool (*guard_enter(const struct module *const *modules, enum guard guard))(
	struct op *op, const struct route *route);

/* Pages and tabs of all modules, for web_new; the arrays go to the arena. */
void modules_web(const struct module *const *modules, struct arena *a, struct web_options *options);

/* Everything two modules clash in, one line each in errors: RC_INVALID. */
MUST_USE enum rc modules_check(const struct module *const *modules, struct buf *errors);

#endif
