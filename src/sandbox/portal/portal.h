/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_SANDBOX_PORTAL_PORTAL_H
#define PRATU_SANDBOX_PORTAL_PORTAL_H

/*
 * The demo portals: three systems of different owners that log people in at Pratu, as real relying
 * parties and resource servers on liboauth2. Each has a listener of its own.
 */
#include "http/server.h"
#include "sandbox/common/config.h"

struct portals;

/* Starts a listener for each configured portal. config must outlive them. */
MUST_USE enum rc portals_start(
	struct arena *a, const struct sandbox_config *config, struct portals **ret);
void portals_stop(struct portals *portals);

/* What every listener of the sandbox has in common; app is to be set. (main.c) */
struct http_server_options sandbox_server_options(
	struct arena *a, const struct sandbox_config *config, struct str url, int64_t port);

#endif
