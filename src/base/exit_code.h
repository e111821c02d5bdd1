/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_BASE_EXIT_CODE_H
#define PRATU_BASE_EXIT_CODE_H

/*
 * The codes with which the programs end, from the closed list exit_codes.def (generated into
 * docs/exit-codes.md). The simulators use the first three only.
 */
#include <stdbool.h>
#include <stddef.h>

enum exit_code {
#define EXIT_CODE(id, number, restart, help) EXIT_##id = (number),
#include "base/exit_codes.def"
#undef EXIT_CODE
};

struct exit_code_row {
	enum exit_code code;
	bool restart; /* the service manager may start the program again */
	const char *help;
};

/* The rows in their order, for the generated documentation; NULL past the end. */
const struct exit_code_row *exit_code_row(size_t i);

#endif
