/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_OPERATIONS_CHECK_H
#define PRATU_DIRECTORY_OPERATIONS_CHECK_H

/* Small rules that several inputs share, and how one is refused. Pure; any thread. */
#include "codec/field.h"

/* Fills the error and returns RC_INVALID. The text reads on from the field's name. */
enum rc fault(struct field_error *e, const char *field, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
