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
#include "core/auth_method.h"
#include "core/details.h"
#include "core/grant.h"
#include "core/option_check.h"
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
	const char *permission; /* shown to people who hold it; NULL: to everybody */
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
	int64_t every;    /* seconds from one run to the next; the first is at the start */
	int64_t (*interval)(const struct app *app);             /* instead of every; NULL: every */
	enum rc (*run)(const struct app *app, struct arena *a); /* short: others wait for it */
};

struct module {
	const char *name;               /* the last part of the folder; unique */
	const struct route *routes;     /* ended by a row without path */
	const struct grant_row *grants; /* of the token endpoint; ended by a row without type */
	/* Members of both discovery documents that no route names; may be NULL. */
	void (*metadata)(const struct app *app, struct json_writer *out);
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
	/* What of them other parts read from struct settings; before check. May be NULL. */
	void (*fill)(const void *own, struct settings *ret);
	/* Rules over several options, also of others; may be NULL. */
	void (*check)(const void *own, const struct settings *all, const struct option_check *k);
	/*
	 * Who may what, of one module for all: RC_OK: the person holds the permission of a route
	 * (GUARD_PERMISSION), operation or tab; RC_DENIED: not; others: a fault. In tx. A route
	 * or tab that names a permission needs a module that has this. NULL in all others.
	 */
	enum rc (*permitted)(struct op *op, struct str person, const char *permission);
	/* The ways of proving oneself that it brings; ended by NULL. Policies may name them; at the
	 * start of the server auth_method.open sets each up. */
	const struct auth_method *const *methods;
	/* Types of authorization details (RFC 9396), core/details.h; ended by NULL. */
	const struct details_type *const *details;
	/*
	 * The running server: open makes what others use (also their open, further down in the
	 * list), start begins threads; stopping asks them to end and waits for none; stop ends them
	 * by app->stop_by, or sets app->left_behind; close frees. Each may be NULL. *own: the
	 * module's, zeroed before open; module_own finds it. open and start may write to app;
	 * RC_OK, or another code with a sentence for the operator in *ret_why, and then nothing is
	 * left behind. A request may still run at stop, none at close.
	 */
	enum rc (*open)(struct app *app, void **own, const char **ret_why);
	enum rc (*start)(struct app *app, void *own, const char **ret_why);
	void (*stopping)(struct app *app, void *own);
	void (*stop)(struct app *app, void *own);
	void (*close)(struct app *app, void *own);
};

/* All of them, in the order of modules.list; ended by NULL. Made by src/modules.py. */
extern const struct module *const all_modules[];

/* The rule of a guard, from the module that provides it; NULL: none does. */
const struct guard_rule *guard_rule_of(const struct module *const *modules, enum guard guard);

/* The module's options in force for this unit of work: its struct of settings_size. */
const void *module_settings(const struct settings *settings, const struct module *m);

/* Does the person hold the permission? By the module that says so (permitted); RC_DENIED. */
MUST_USE enum rc permission_held(struct op *op, struct str person, const char *permission);
/* Tabs that the person is not shown for want of a permission; in the arena. */
MUST_USE enum rc tabs_hidden(struct op *op, struct str person, struct strlist *ret);

/* The option's rules of every module, in the order of the list: fill, then check. */
void modules_settings_fill(const struct module *const *modules, struct settings *ret);
void modules_settings_check(const struct module *const *modules, const struct settings *s,
	const struct option_check *k);

/* A method of this name that can all of this (enum auth_capability bits), as its module describes
 * it; NULL: no module brings one. */
const struct auth_method *modules_method(
	const struct module *const *modules, struct str name, unsigned can);
#define METHOD_NAMES_MAX 400 /* bytes */
/* The names of those that can, for a sentence, "thaid or password", in ret; returns it. */
const char *modules_method_names(
	const struct module *const *modules, unsigned can, char ret[static METHOD_NAMES_MAX]);

/*
 * core/module_run.c. open: every module's, then all authentication methods; start: every module's;
 * in order. The others: in reverse, those started and opened. Not RC_OK: close is still owed.
 */
MUST_USE enum rc modules_open(
	const struct module *const *modules, struct app *app, const char **ret_why);
MUST_USE enum rc modules_start(struct app *app, const char **ret_why);
void modules_stopping(struct app *app);
void modules_stop(struct app *app);
void modules_close(struct app *app);
/* What the module's open left; NULL: it is not open, or left nothing. */
void *module_own(const struct app *app, const struct module *m);
/* Pages, texts and tabs of all modules, for web_new; the arrays go to the arena. */
void modules_web(const struct module *const *modules, struct arena *a, struct web_options *options);
/* Everything two modules clash in, one line each in errors: RC_INVALID. */
MUST_USE enum rc modules_check(const struct module *const *modules, struct buf *errors);

#endif
