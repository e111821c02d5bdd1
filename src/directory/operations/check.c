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

bool email_plausible(struct str email)
{
	size_t at = str_find(email, '@');
	struct str domain = str_sub(email, at + 1, email.n);
	size_t dot = str_find(domain, '.');

	if (at == 0 || at >= email.n || str_find(domain, '@') < domain.n)
		return false;
	if (dot == 0 || dot + 1 >= domain.n || str_ends(domain, STR(".")))
		return false;
	return str_find(email, ' ') == email.n && !str_has_control(email);
}
