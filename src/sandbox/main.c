/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pratu-sandbox --config FILE: builds the graph, serves until SIGTERM or SIGINT. */
#include <getopt.h>
#include <signal.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/program.h"
#include "obs/log.h"
#include "codec/uri.h"
#include "sandbox/portal/portal.h"
#include "sandbox/common/sandbox.h"
#include "sandbox/inbox/smtp.h"
#include "base/clock.h"
#include "base/random.h"
#include "sandbox/common/settings.h"
#include "sandbox/thaid/thaid.h"

#define ROUTES_MAX 80
#define HOSTS_MAX  3

static const char usage[] =
	"usage: pratu-sandbox --config FILE [--check]\n"
	"Simulated ThaID, a phone to press on, demo portals; see docs/sandbox.md.\n"
	"  --config FILE  configuration (YAML)\n"
	"  --check        read the configuration, say what is wrong with it, and end\n"
	"  --reference    print options and ThaID's settings as Markdown and end\n";

struct sandbox_arguments {
	const char *config;
	bool check;
	bool reference;
};

static bool parse_arguments(int argc, char **argv, struct sandbox_arguments *ret)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"check", no_argument, NULL, 'k'},
		{"reference", no_argument, NULL, 'r'},
		{0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "c:", options, NULL)) != -1)
		switch (c) {
		case 'c': ret->config = optarg; break;
		case 'k': ret->check = true; break;
		case 'r': ret->reference = true; break;
		default: return false;
		}
	return optind == argc && (ret->config != NULL || ret->reference);
}

static struct conf *config_file_load(const char *path)
{
	struct arena *a __attribute__((cleanup(arena_freep))) = arena_new(ARENA_MAX);
	struct conf *conf;
	struct buf errors;
	enum rc rc;

	buf_init(&errors, a, 65536);
	rc = conf_load(path, &sandbox_config_table, &errors, &conf);
	if (rc == RC_OK)
		return conf;
	fprintf(stderr, "%.*s", STR_FMT(buf_str(&errors)));
	if (buf_str(&errors).n == 0)
		fprintf(stderr, "%s: %s\n", path, rc_name(rc));
	return NULL;
}

static void print_reference(void)
{
	struct arena *a __attribute__((cleanup(arena_freep))) = arena_new(ARENA_MAX);
	struct buf b;

	buf_init(&b, a, 262144);
	conf_reference(&sandbox_config_table, &b);
	buf_add_byte(&b, '\n');
	settings_reference(&b);
	printf("%.*s", STR_FMT(buf_str(&b)));
}

static size_t gather_routes(struct http_route *out)
{
	const struct sandbox_routes *parts[] = {&thaid_routes, &phone_routes, &gateway_routes,
		&report_routes, &inbox_routes, &sandbox_admin_routes, &api_routes};
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		for (size_t k = 0; k < parts[i]->n && n < ROUTES_MAX; k++)
			out[n++] = parts[i]->v[k];
	return n;
}

/* The Host values that are ours, so that no other site's name can be pointed at us. */
static struct strlist own_hosts(struct arena *a, struct str url, int64_t port)
{
	static const char *const names[] = {"127.0.0.1", "localhost"};
	struct str *v = arena_array(a, HOSTS_MAX, struct str);
	struct uri uri;
	size_t n = 0;

	for (size_t i = 0; i < 2; i++) {
		struct buf b;

		buf_init(&b, a, 64);
		buf_addf(&b, "%s:%lld", names[i], (long long)port);
		v[n++] = buf_str(&b);
	}
	if (uri_parse(url, &uri) == RC_OK)
		v[n++] = uri.authority;
	return (struct strlist){v, n};
}

struct http_server_options sandbox_server_options(
	struct arena *a, const struct sandbox_config *config, struct str url, int64_t port)
{
	return (struct http_server_options){
		.address = str_dup_c(a, config->address),
		.port = (int)port,
		.event_threads = 1,
		.workers = 8,
		.worker_queue = 256,
		.connections_max = 2000,
		.connections_per_address_max = 2000,
		.idle_timeout = 60,
		.stop_timeout = 5,
		.hosts = own_hosts(a, url, port),
	};
}

static void wait_for_signal(void)
{
	sigset_t set;
	int number;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigwait(&set, &number);
}

/* Threads inherit the mask: only wait_for_signal sees the signals. */
static void block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int sandbox_serve(
	struct arena *a, struct sandbox *s, const struct http_route *routes, size_t n)
{
	const struct sandbox_config *config = s->config;
	struct http_server_options options =
		sandbox_server_options(a, config, config->url, config->port);
	struct http_server *server;
	struct portals *portals;

	options.app = s;
	if (http_server_start(&options, routes, n, &server) != RC_OK)
		return 1;
	if (portals_start(a, config, &portals) != RC_OK) {
		http_server_stop(server);
		return 1;
	}
	log_emit(LOG_EVENT_STARTED, LOG_I("port", config->port));
	wait_for_signal();
	log_emit(LOG_EVENT_STOPPING);
	portals_stop(portals);
	delay_close(s->delay);
	if (!http_server_stop(server)) {
		log_stop();
		_exit(1); /* threads still use the graph: nothing may be freed */
	}
	log_emit(LOG_EVENT_STOPPED);
	return 0;
}

/* The mail server is there as long as all else. */
static int with_mail(struct arena *a, struct sandbox *s, struct http_route *routes)
{
	const struct sandbox_config *c = s->config;
	const char *certificate = c->mail_certificate.n ? str_dup_c(a, c->mail_certificate) : NULL;
	struct smtp *mail = NULL;
	int status;

	if (c->mail_port && smtp_start(str_dup_c(a, c->address), (int)c->mail_port, certificate,
				    s->inbox, &mail) != RC_OK) {
		fprintf(stderr, "pratu-sandbox: mail.port or mail.certificate cannot be used\n");
		return 1;
	}
	status = sandbox_serve(a, s, routes, gather_routes(routes));
	smtp_stop(mail);
	return status;
}

static int sandbox_run(const struct sandbox_config *config)
{
	struct arena *a __attribute__((cleanup(arena_freep))) = arena_new(ARENA_MAX);
	struct http_route *routes = arena_array(a, ROUTES_MAX, struct http_route);
	struct sandbox s = {.config = config};
	struct sandbox_thaid_options thaid = {
		.issuer = config->url,
		.clients = &config->clients,
		.people = &config->people,
		.clock = &clock_system,
		.rng = &rng_system,
	};
	int status;

	if (thaid_new(&thaid, &s.thaid) != RC_OK)
		return 1;
	s.requests = requests_new(&clock_system);
	s.delay = delay_start();
	s.inbox = inbox_new(&clock_system);
	if (http_client_new(
		    &(struct http_client_options){.user_agent = "pratu-sandbox"}, &s.http) != RC_OK)
		return 1;
	status = with_mail(a, &s, routes);
	inbox_free(s.inbox);
	http_client_free(s.http);
	delay_free(s.delay);
	requests_free(s.requests);
	thaid_free(s.thaid);
	return status;
}

int main(int argc, char **argv)
{
	struct sandbox_arguments sandbox_arguments = {0};
	struct conf *conf;
	int status = 0;

	program_begin();
	if (!parse_arguments(argc, argv, &sandbox_arguments)) {
		fputs(usage, stderr);
		return 2;
	}
	if (sandbox_arguments.reference) {
		print_reference();
		return 0;
	}
	conf = config_file_load(sandbox_arguments.config);
	if (conf == NULL)
		return 1;
	block_signals();
	log_start();
	if (!sandbox_arguments.check)
		status = sandbox_run(conf_values(conf));
	conf_free(conf);
	log_stop();
	return status;
}
