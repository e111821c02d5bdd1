/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/operations/check.h"

#include <stdarg.h>

enum rc fault(struct field_error *e, const char *field, const char *format, ...)
{
	va_list args;

	e->field = field;
	va_start(args, format);
	vsnprintf(e->why, sizeof(e->why), format, args);
	va_end(args);
	return RC_INVALID;
}
