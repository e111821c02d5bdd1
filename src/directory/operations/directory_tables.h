/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_OPERATIONS_DIRECTORY_TABLES_H
#define PRATU_DIRECTORY_OPERATIONS_DIRECTORY_TABLES_H

/* The tables of people, accounts, offices, systems, clients, role grants, credentials and sessions,
 * with what of them is in the download of a person's data (docs/account.md). */
#include "core/table.h"

#define DATA_GRANTS_MAX 2000u /* grants in it; "grants_left_out" says how many more there are */

extern const struct module_table directory_tables[]; /* ended by a row without number */

#endif
