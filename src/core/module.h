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
#include "conf/conf.h"
#include "core/operation.h"
#include "core/route.h"
#include "core/table.h"
#include "web/page.h"
#include "web/text.h"

#define MODULES_ERRORS_BYTES 16384u

/* A link of the account pages. Its words are tab.<name> in the module's catalogues. */
struct nav_item {
	const char *name; /* also page_type.tab of the pages it stands for; unique */
	const char *path;
};

/* A command that only reads: `pratu <name>`. What changes something is an operation. */
struct command {
	const char *name;      /* two words: "hello list"; unique */
	const char *arguments; /* what --help calls them; NULL: none */
	int arguments_min, arguments_max;
	const char *help; /* one sentence */
	/* Appends what is printed. The code is reported when it is not RC_OK. */
	enum rc (*run)(struct tx *tx, const char *const *arguments, int n, struct buf *out);
};

/* Something the server does by itself, on its main thread; a failure is logged. */
struct module_job {
	const char *name; /* in log lines; unique */
	int64_t every;    /* seconds from one run to the next */
	enum rc (*run)(const struct app *app, struct arena *a); /* short: others wait for it */
};

struct module {
	const char *name;                /* the last part of the folder; unique */
	const struct route *routes;      /* ended by a row without path */
	const struct guard_rule *guards; /* that this module provides; ended by GUARD_UNDECLARED */
	const struct page_type *const *pages; /* ended by NULL */
	const struct text_type *const *texts; /* mails, SMS, documents; ended by NULL */
	const struct nav_item *nav;           /* in the order shown; ended by a row without name */
	const struct module_table *tables;    /* ended by a row without number */
	const struct operation *const *operations; /* ended by NULL */
	const struct command *commands;            /* ended by a row without name */
	const struct module_job *jobs;             /* ended by a row without name */
	/* Options with offsets into a struct of settings_size bytes; module_settings gives it. */
	const struct conf_option *options; /* ended by a row without path */
	size_t settings_size;
};

/* All of them, in the order of modules.list; ended by NULL. Made by src/modules.py. */
extern const struct module *const all_modules[];

/* The rule of a guard, from the module that provides it; NULL: none does. */
bool (*guard_enter(const struct module *const *modules, enum guard guard))(
	struct op *op, const struct route *route);

/* Puts the tables of the modules into the schema. Once, before a store is opened; main/tables.c. */
void schema_add_modules(void);
/* The table of this number that a module brings; NULL: none does. */
const struct module_table *module_table_find(int number);
/* The module's options as they are in force for this unit of work: its struct of settings_size. */
const void *module_settings(const struct settings *settings, const struct module *m);

/* Pages, texts and tabs of all modules, for web_new; the arrays go to the arena. */
void modules_web(const struct module *const *modules, struct arena *a, struct web_options *options);

/* Everything two modules clash in, one line each in errors: RC_INVALID. */
MUST_USE enum rc modules_check(const struct module *const *modules, struct buf *errors);

#endif
