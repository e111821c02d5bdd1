/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "core/route.h"

#include "base/arena.h"
#include "core/module.h"
#include "core/op.h"
#include "web/page.h"

struct route_table {
	struct arena *arena;
	struct http_route *rows;
	struct bound_route *bound;
	struct http_blob **blobs; /* of the static files */
	size_t n, n_blobs;
};

static void asset_handle(struct http_exchange *x)
{
	http_answer_blob(x, *(struct http_blob *const *)x->route->data);
}

static size_t count(const struct module *const *modules)
{
	size_t n = 0;

	for (size_t m = 0; modules[m]; m++)
		for (const struct route *r = modules[m]->routes; r && r->path; r++)
			n++;
	return n;
}

static void add_route(
	struct route_table *t, const struct module *const *modules, const struct route *r)
{
	struct bound_route *bound = t->bound + t->n;
	/* What anybody may open may be on a portal's way through a window that it opened (decision
	 * 0050); rows that only a mail leads to say HTTP_OWN_WINDOW themselves. */
	unsigned own = r->guard == GUARD_SELF || r->guard == GUARD_PERMISSION ? HTTP_OWN_WINDOW : 0;

	*bound = (struct bound_route){r, guard_rule_of(modules, r->guard)};
	t->rows[t->n++] = (struct http_route){
		.path = r->path,
		.methods = r->methods,
		.flags = r->flags | own,
		.handle = r->handle ? r->handle : op_handle,
		.body_max = r->body_max,
		.name = r->name,
		.help = r->help,
		.metadata = r->metadata,
		.data = bound,
	};
}

static void add_asset(struct route_table *t, const struct web_asset *a)
{
	struct http_blob *blob =
		http_blob_new(200, a->content_type, a->body, WEB_ASSET_CACHE, false);

	if (a->gzip.n)
		http_blob_set_gzip(blob, a->gzip);
	t->blobs[t->n_blobs] = blob;
	t->rows[t->n++] = (struct http_route){
		.path = a->path,
		.methods = HTTP_ON(HTTP_GET),
		.flags = HTTP_ANY_HOST,
		.handle = asset_handle,
		.name = "static",
		.help = "a file compiled in",
		.data = t->blobs + t->n_blobs++,
	};
}

enum rc route_table_new(
	const struct module *const *modules, struct buf *errors, struct route_table **ret)
{
	struct arena *a;
	struct route_table *t;
	size_t n = count(modules), n_assets;
	const struct web_asset *assets = web_assets(&n_assets);

	if (modules_check(modules, errors) != RC_OK)
		return RC_INVALID;
	a = arena_new(ARENA_MAX);
	t = arena_new_of(a, struct route_table);
	*t = (struct route_table){
		.arena = a,
		.rows = arena_array(a, n + n_assets, struct http_route),
		.bound = arena_array(a, n, struct bound_route),
		.blobs = arena_array(a, n_assets, struct http_blob *),
	};
	for (size_t m = 0; modules[m]; m++)
		for (const struct route *r = modules[m]->routes; r && r->path; r++)
			add_route(t, modules, r);
	for (size_t i = 0; i < n_assets; i++)
		add_asset(t, assets + i);
	*ret = t;
	return RC_OK;
}

void route_table_free(struct route_table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n_blobs; i++)
		http_blob_unref(t->blobs[i]);
	arena_free(t->arena);
}

const struct http_route *route_table_rows(const struct route_table *t, size_t *ret_n)
{
	*ret_n = t->n;
	return t->rows;
}
