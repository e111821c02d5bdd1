/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Building the server, part by part, and taking it down in reverse. */
#include "base/arena.h"
#include "base/array.h"
#include "codec/uri.h"
#include "idp/oauth/authorize.h"
#include "core/module.h"
#include "idp/oauth/discovery.h"
#include "core/page.h"
#include "main/branding.h"
#include "main/serve.h"
#include "directory/contact.h"
#include "net/outgoing.h"
#include "base/clock.h"
#include "base/random.h"

#define CALLS_END_MS (CALL_LOOK_MS + 500) /* before the time for a stop is up */

static enum cli_exit build_end(struct server *s, enum cli_exit code, const char *why)
{
	log_emit(LOG_EVENT_START_FAILED, LOG_C("why", why));
	return cli_end(s->cli, code, "%s", why);
}

static enum cli_exit build_fail(struct server *s, const char *why)
{
	return build_end(s, CLI_FAILED, why);
}

static enum cli_exit build_routes(struct server *s)
{
	struct buf errors;

	buf_init(&errors, s->arena, MODULES_ERRORS_BYTES);
	if (route_table_new(all_modules, &errors, &s->routes) == RC_OK)
		return CLI_OK;
	return build_fail(s, errors.p);
}

static enum cli_exit build_web(struct server *s)
{
	struct buf errors;

	buf_init(&errors, s->arena, WEB_ERRORS_BYTES);
	if (branding_web(s->instance.config->v, s->arena, &errors, &s->web) == RC_OK)
		return CLI_OK;
	return build_fail(s, errors.p);
}

static enum cli_exit build_http_client(struct server *s)
{
	if (deliver_http(s->instance.config, s->arena, &s->http) != RC_OK)
		return build_fail(s, "http_client.ca_file cannot be read; name a PEM bundle");
	if (outgoing_new(s->http, s->instance.config->v->outgoing_networks, &s->outgoing) != RC_OK)
		return build_fail(s, "outgoing.private_networks cannot be used");
	return CLI_OK;
}

static enum cli_exit build_provider(struct server *s)
{
	const char *why;
	enum rc rc;

	s->settings = &s->instance.config->settings;
	s->provider = (struct app){
		.settings = s->settings,
		.store = s->instance.store,
		.web = s->web,
		.vault = &s->instance.vault,
		.http = s->http,
		.outgoing = s->outgoing,
		.responder = &authorize_responder,
		.clock = &clock_system,
		.rng = &rng_system,
	};
	s->provider.routes = route_table_rows(s->routes, &s->provider.n_routes);
	rc = modules_open(all_modules, &s->provider, &why);
	if (rc != RC_OK)
		return build_end(s, rc == RC_CORRUPT ? CLI_FOREIGN : CLI_FAILED, why);
	if (modules_start(&s->provider, &why) != RC_OK)
		return build_fail(s, why);
	return CLI_OK;
}

/* The issuer's host, and what the configuration adds. */
static struct strlist accepted_hosts(struct server *s)
{
	const struct config_values *v = s->instance.config->v;
	struct str *hosts = arena_array(s->arena, v->hosts.n + 1, struct str);
	struct uri issuer;

	if (uri_parse(v->issuer, &issuer) == RC_OK)
		hosts[0] = issuer.authority;
	for (size_t i = 0; i < v->hosts.n; i++)
		hosts[i + 1] = v->hosts.v[i];
	return (struct strlist){hosts, v->hosts.n + 1};
}

/* An event thread handles all that has arrived in one iteration: what it queues in that time is one
 * group. */
static void on_loop_iteration(void *app, bool idle)
{
	const struct app *p = app;

	store_on_loop_iteration(p->store, idle);
}

static void on_store_cork(bool begin)
{
	if (begin)
		http_resume_cork();
	else
		http_resume_uncork();
}

static enum rc public_start(struct server *s)
{
	const struct config_values *v = s->instance.config->v;
	struct http_server_options options = {
		.address = str_dup_c(s->arena, v->server_address),
		.port = (int)v->server_port,
		.listen_fd = s->public_fd,
		.event_threads = (int)v->event_threads,
		.workers = (int)v->workers,
		.worker_queue = (int)v->worker_queue,
		.connections_max = (int)v->connections,
		.connections_per_address_max = (int)v->connections_per_ip,
		.bodies_max = (size_t)v->bodies,
		.idle_timeout = v->idle_timeout,
		.head_timeout = v->head_timeout,
		.stop_timeout = v->stop_timeout,
		.linger_ms = HTTP_LINGER_MS,
		.hosts = accepted_hosts(s),
		.trusted_proxies = v->trusted_proxies,
		.secure_cookies = s->settings->secure,
		.tls = v->tls_cert_file.n > 0,
		.tls_cert_file = str_dup_c(s->arena, v->tls_cert_file),
		.tls_key_file = str_dup_c(s->arena, v->tls_key_file),
		.app = &s->provider,
		.on_loop_iteration = on_loop_iteration,
		.error_page = page_server_error,
	};

	store_set_cork(s->instance.store, on_store_cork);
	return http_server_start(&options, s->provider.routes, s->provider.n_routes, &s->public);
}

static enum cli_exit build_listeners(struct server *s)
{
	if (management_start(s) != RC_OK)
		return build_fail(s,
			"management.address and management.port cannot be listened on; is "
			"another program there?");
	if (public_start(s) != RC_OK)
		return build_fail(s,
			"server.address and server.port cannot be listened on; is another "
			"program there, are the TLS files readable?");
	return CLI_OK;
}

/* A store from before there was an index of emails gets it now, before anybody claims one. */
static enum cli_exit build_index(struct server *s)
{
	const struct app app = {.store = s->instance.store,
		.vault = &s->instance.vault,
		.clock = &clock_system,
		.rng = &rng_system};
	bool made;
	enum rc rc = email_index_build(&app, &made);

	if (rc != RC_OK)
		return build_fail(s, "the index of email addresses cannot be built; is there space "
				     "on the disk?");
	if (made)
		log_emit(LOG_EVENT_INDEX_BUILT, LOG_C("index", "email"));
	return CLI_OK;
}

/* The sockets first: connections wait in them while the server before ends, and while the store is
 * brought to this version. */
static enum cli_exit open_instance(struct server *s)
{
	struct config *config = NULL;
	enum cli_exit exit = sockets_inherit(s);

	if (exit == CLI_OK)
		exit = instance_config(s->cli, &config);
	if (exit != CLI_OK)
		return exit;
	exit = succession_begin(s, config);
	if (exit == CLI_OK)
		return instance_open_with(s->cli, INSTANCE_WRITE, config, &s->instance);
	config_free(config);
	return exit;
}

enum cli_exit server_build(struct server *s)
{
	static enum cli_exit (*const parts[])(struct server *) = {build_index, build_routes,
		build_web, build_http_client, build_provider, build_listeners};
	enum cli_exit exit = open_instance(s);

	if (exit != CLI_OK)
		return exit;
	log_set_level((enum log_level)s->instance.config->v->log_level);
	server_limits_check(s->instance.config->v);
	s->arena = arena_new(ARENA_MAX);
	for (size_t i = 0; exit == CLI_OK && i < ARRAY_LEN(parts); i++)
		exit = parts[i](s);
	return exit;
}

bool server_stop(struct server *s)
{
	const struct config *c = s->instance.config;
	int64_t by = monotonic_ms() + (c ? c->v->stop_timeout * 1000 : 0);
	bool ended = true;

	s->provider.stop_by = by;
	/* Time enough for the answers of requests that wait for another system. */
	if (s->http)
		http_client_end(s->http, by - CALLS_END_MS);
	modules_stopping(&s->provider);
	if (s->public)
		ended = http_server_stop(s->public);
	if (s->management)
		ended = http_server_stop(s->management) && ended;
	modules_stop(&s->provider);
	return ended && !s->provider.left_behind;
}

void server_free(struct server *s)
{
	modules_close(&s->provider);
	for (struct config *c = s->reloaded, *older; c; c = older) {
		older = c->older;
		config_free(c);
	}
	outgoing_free(s->outgoing);
	http_client_free(s->http);
	route_table_free(s->routes);
	web_free(s->web);
	instance_close(&s->instance);
	arena_free(s->arena);
}
