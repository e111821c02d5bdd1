/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_MAIN_METHODS_H
#define PRATU_MAIN_METHODS_H

/*
 * The authentication methods that this program knows, as their descriptors: what a configuration
 * may name, before any of them is set up. Any thread.
 */
#include "core/auth_method.h"

/* Is there one of this name that can all of this (enum auth_capability bits)? */
bool method_known(struct str name, unsigned can);
#define METHOD_NAMES_MAX 200 /* bytes */
/* Their names for a sentence, "thaid or password", in ret; returns it. */
const char *method_names(unsigned can, char ret[static METHOD_NAMES_MAX]);

#endif
