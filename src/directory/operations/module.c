/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* People, accounts, offices, systems, clients, role grants and their administration. */
#include "core/module.h"
#include "directory/operations/activation_slip.h"
#include "directory/operations/directory_operations.h"
#include "directory/operations/directory_tables.h"

static const struct text_type *const texts[] = {&text_activation_slip, NULL};

const struct module module_operations = {
	.name = "operations",
	.operations = directory_operations,
	.tables = directory_tables,
	.texts = texts,
};
