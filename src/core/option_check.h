/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CORE_OPTION_CHECK_H
#define PRATU_CORE_OPTION_CHECK_H

/*
 * What a rule over several options reports: an error ends the start, a warning is printed by
 * check-config and changes nothing. One line each, with the name of the file.
 */
#include "base/buf.h"

struct option_check {
	const char *path;
	struct buf *errors, *warnings;
};

/* The sentence says what to write instead. */
void option_refuse(const struct option_check *k, const char *option, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same for what runs and should yet be otherwise where people log in. */
void option_warn(const struct option_check *k, const char *option, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
