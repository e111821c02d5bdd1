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

#define MODULES_ERRORS_BYTES 16384u

struct module {
	const char *name;                /* the last part of the folder; unique */
	const struct route *routes;      /* ended by a row without path */
	const struct guard_rule *guards; /* that this module provides; ended by GUARD_UNDECLARED */
};

/* All of them, in the order of modules.list; ended by NULL. Made by src/modules.py. */
extern const struct module *const all_modules[];

/* The rule of a guard, from the module that provides it; NULL: none does. */
bool (*guard_enter(const struct module *const *modules, enum guard guard))(
	struct op *op, const struct route *route);

/* Everything two modules clash in, one line each in errors: RC_INVALID. */
MUST_USE enum rc modules_check(const struct module *const *modules, struct buf *errors);

#endif
