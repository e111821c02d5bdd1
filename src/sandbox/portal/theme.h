/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_SANDBOX_PORTAL_THEME_H
#define PRATU_SANDBOX_PORTAL_THEME_H

/*
 * How the three demo systems present themselves: names, colours, the made-up records their API
 * gives. Data only.
 */
#include "base/str.h"

struct portal_record {
	const char *title, *detail, *value;
};

struct portal_theme {
	const char *css;    /* class of the body */
	const char *cookie; /* browsers share cookies over ports: each portal has its own name */
	const char *mark, *name_th, *name_en, *owner, *about;
	const char *news[3];
	const char *api_title;
	struct portal_record records[3];
};

/* By enum portal_kind of config.h. */
extern const struct portal_theme portal_themes[];

/* The Thai words for a claim, or NULL. */
const char *portal_claim_label(struct str claim);

#endif
