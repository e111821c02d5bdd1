/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_ACCOUNT_HOURS_H
#define PRATU_IDP_ACCOUNT_HOURS_H

/* The recipes of docs/extending.md for a module that is there already: when an office is open, as
 * JSON for portals and as a page for people; tests/extend/recipes.py puts it in. */
#include "core/module.h"

#define HOURS_TEXT_MAX 60 /* bytes of an office's hours */

/* GET /hours?office=CODE */
void hours_run(struct op *op);
/* GET /hours/page?office=CODE */
void hours_page_run(struct op *op);

struct hours_settings {
	bool shown; /* to portals */
};
extern const struct conf_option hours_options[];
extern const struct module_table hours_tables[];
extern const struct operation operation_hours_set;
extern const struct page_type web_page_hours;

#endif
