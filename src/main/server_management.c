/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What operators ask the server, on a listener that is never public. */
#include "obs/metrics.h"
#include "base/array.h"
#include "main/serve.h"

#define METRICS_MAX (256u * 1024u) /* bytes */

/* The process answers. */
static void health(struct http_exchange *x)
{
	http_answer(x, 200, "text/plain; charset=utf-8", STR("ok\n"));
}

/* NULL when requests can be served, else why not. */
static const char *not_ready(struct server *s)
{
	struct store_snapshot *snap;
	uint64_t clients;
	enum rc rc;

	if (__atomic_load_n(&s->stopping, __ATOMIC_RELAXED))
		return "stopping\n";
	if (!__atomic_load_n(&s->serving, __ATOMIC_ACQUIRE))
		return "starting\n";
	rc = store_snapshot_begin(s->instance.store, &snap);
	if (rc == RC_OK) {
		rc = store_count(snap, TABLE_CLIENT, &clients);
		store_snapshot_end(snap);
	}
	if (rc != RC_OK)
		return "the database cannot be read\n";
	if ((keyring_ready(s->provider.keys) & SIGNING_ALGS) != SIGNING_ALGS)
		return "a signing key is missing\n";
	return NULL;
}

static void ready(struct http_exchange *x)
{
	const char *why = not_ready(x->app);

	http_answer(x, why ? 503 : 200, "text/plain; charset=utf-8", str_c(why ? why : "ready\n"));
}

static void metrics(struct http_exchange *x)
{
	struct buf out;

	buf_init(&out, x->arena, METRICS_MAX);
	metrics_write(&out);
	http_answer(x, 200, "text/plain; version=0.0.4; charset=utf-8", buf_str(&out));
}

static const struct http_route routes[] = {
	{.path = "/healthz",
		.methods = HTTP_ON(HTTP_GET),
		.handle = health,
		.name = "healthz",
		.help = "200 while the process answers."},
	{.path = "/readyz",
		.methods = HTTP_ON(HTTP_GET),
		.handle = ready,
		.name = "readyz",
		.help = "200 when requests can be served, else 503 and why."},
	{.path = "/metrics",
		.methods = HTTP_ON(HTTP_GET),
		.handle = metrics,
		.name = "metrics",
		.help = "Counters in the Prometheus text format."},
};

const struct http_route *management_routes(size_t *ret_n)
{
	*ret_n = ARRAY_LEN(routes);
	return routes;
}

enum rc management_start(struct server *s)
{
	const struct config_values *v = s->instance.config->v;
	struct http_server_options options = {
		.address = str_dup_c(s->arena, v->management_address),
		.port = (int)v->management_port,
		.listen_fd = s->management_fd,
		.event_threads = 1,
		.workers = 1,
		.worker_queue = 8,
		.connections_max = 256,
		.connections_per_address_max = 256,
		.idle_timeout = v->idle_timeout,
		.head_timeout = v->head_timeout,
		.stop_timeout = 2,
		.hosts = v->management_hosts,
		.hosts_by_address = true,
		.app = s,
	};

	return http_server_start(&options, routes, ARRAY_LEN(routes), &s->management);
}
