/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/arena.h"
#include "http/server_priv.h"

/* FNV-1a. Paths are the program's own, so nobody can aim at collisions of stored ones. */
static uint32_t hash(struct str path)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < path.n; i++)
		h = (h ^ (unsigned char)path.p[i]) * 16777619u;
	return h;
}

static enum rc add_exact(struct routes *r, const struct http_route *route)
{
	size_t i = hash(str_c(route->path)) & r->mask;

	while (r->slots[i]) {
		if (str_eq_c(str_c(route->path), r->slots[i]->path))
			return RC_INVALID;
		i = (i + 1) & r->mask;
	}
	r->slots[i] = route;
	return RC_OK;
}

static enum rc add_prefix(struct routes *r, const struct http_route *route)
{
	struct str path = str_c(route->path);
	size_t i = r->n_prefixes;

	if (!str_ends(path, STR("/")))
		return RC_INVALID;
	for (size_t k = 0; k < r->n_prefixes; k++) {
		if (str_eq_c(path, r->prefixes[k]->path))
			return RC_INVALID;
	}
	for (; i > 0 && strlen(r->prefixes[i - 1]->path) < path.n; i--)
		r->prefixes[i] = r->prefixes[i - 1];
	r->prefixes[i] = route;
	r->n_prefixes++;
	return RC_OK;
}

enum rc routes_build(struct routes *r, struct arena *a, const struct http_route *v, size_t n)
{
	size_t size = 16;

	while (size < 4 * n)
		size *= 2;
	*r = (struct routes){.mask = size - 1};
	r->slots = arena_array(a, size, const struct http_route *);
	r->prefixes = arena_array(a, n, const struct http_route *);
	for (size_t i = 0; i < n; i++) {
		bool prefix = v[i].flags & HTTP_PREFIX;

		if (v[i].path[0] != '/' || !v[i].handle)
			return RC_INVALID;
		if ((prefix ? add_prefix : add_exact)(r, &v[i]) != RC_OK)
			return RC_INVALID;
	}
	return RC_OK;
}

const struct http_route *routes_find(const struct routes *r, struct str path, struct str *ret_tail)
{
	for (size_t i = hash(path) & r->mask; r->slots[i]; i = (i + 1) & r->mask) {
		if (str_eq_c(path, r->slots[i]->path))
			return r->slots[i];
	}
	for (size_t i = 0; i < r->n_prefixes; i++) {
		struct str prefix = str_c(r->prefixes[i]->path);

		if (!str_starts(path, prefix))
			continue;
		*ret_tail = str_sub(path, prefix.n, path.n);
		return r->prefixes[i];
	}
	return NULL;
}
