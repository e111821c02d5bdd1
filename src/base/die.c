/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/die.h"

#include <stdio.h>
#include <stdlib.h>

void die(const char *why)
{
	fprintf(stderr, "pratu: fatal: %s\n", why);
	abort();
}
