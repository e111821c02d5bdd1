/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CONF_CONF_LOAD_H
#define PRATU_CONF_CONF_LOAD_H

/* Internal to conf: a loaded file, for conf_load.c and conf_print.c. */
#include "conf/conf.h"

struct conf_secret;

struct conf {
	struct arena *arena; /* holds this struct too */
	const struct conf_item *table;
	const char *dir;
	void *values;
	struct conf_secret *secrets;
};

#endif
