/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_HTTP_SERVER_ROUTE_H
#define PRATU_HTTP_SERVER_ROUTE_H

/* The route table, built once at start and read-only afterwards. */
#include "http/server.h"

struct routes {
	const struct http_route **slots; /* open addressing */
	size_t mask;
	const struct http_route **prefixes; /* longest first */
	size_t n_prefixes;
};

MUST_USE enum rc routes_build(
	struct routes *r, struct arena *a, const struct http_route *v, size_t n);
const struct http_route *routes_find(const struct routes *r, struct str path, struct str *ret_tail);

#endif
