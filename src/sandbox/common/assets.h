/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_SANDBOX_COMMON_ASSETS_H
#define PRATU_SANDBOX_COMMON_ASSETS_H

/* The files under static/, compiled in by embed.py. */
#include <stddef.h>

struct sandbox_asset {
	const char *name;
	const char *content_type;
	const unsigned char *bytes;
	size_t n;
};

extern const struct sandbox_asset sandbox_assets[];
extern const size_t sandbox_asset_count;

#endif
