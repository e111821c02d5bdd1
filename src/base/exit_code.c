/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/exit_code.h"

#include "base/array.h"

static const struct exit_code_row rows[] = {
#define EXIT_CODE(id, number, restart, help) {EXIT_##id, restart, help},
#include "base/exit_codes.def"
#undef EXIT_CODE
};

const struct exit_code_row *exit_code_row(size_t i)
{
	return i < ARRAY_LEN(rows) ? &rows[i] : NULL;
}
