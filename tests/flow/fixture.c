/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "flow/fixture.h"

#include "base/die.h"
#include "idp/client/client_keys.h"
#include "idp/login/method_frame.h"
#include "idp/oauth/authorize.h"
#include "idp/oauth/key_rotation.h"
#include "core/page.h"
#include "idp/oauth/signing_keys.h"
#include "base/clock.h"
#include "base/random.h"
#include "throttle/throttle.h"
#include "support/store/mem.h"
#include "core/schema.h"
#include "core/module.h"
#include "deliver/outbox.h"
#include "net/outgoing.h"

#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

#define MUST(call)                                                                                 \
	do {                                                                                       \
		if ((call) != RC_OK)                                                               \
			die("world: " #call);                                                      \
	} while (0)

static const struct level levels[] = {
	{STR_INIT("urn:pratu:acr:high"), STR_INIT("2.3"), STR_INIT("3")},
	{STR_INIT("urn:pratu:acr:thaid"), STR_INIT("2.3"), STR_INIT("2.2")},
	{STR_INIT("urn:pratu:acr:basic"), STR_INIT("1.1"), STR_INIT("1")},
};
static const struct str ways[] = {STR_INIT("thaid")};
static const struct login_policy policies[] = {{.name = STR_INIT("dla"), .primary = {ways, 1}}};

static int64_t fixture_now(void *data)
{
	return __atomic_load_n(&((struct fixture *)data)->now_ms, __ATOMIC_RELAXED);
}

/* --- the scripted upstream --- */

struct scripted_state {
	struct str nonce;
};

static const struct field scripted_fields[] = {
	{1, "nonce", FIELD_STR, 0, offsetof(struct scripted_state, nonce), 64, NULL, ""},
};
static const struct record_type record_scripted = {
	"scripted", sizeof(struct scripted_state), scripted_fields, 1};

static enum auth_next scripted_begin(struct auth_call *call)
{
	struct fixture *w = call->method->self;
	struct scripted_state *state = call->state;
	struct buf url;

	if (w->script.begin_rc != RC_OK) {
		call->reason = AUTH_UNAVAILABLE;
		return AUTH_FAILED;
	}
	buf_init(&url, call->op->tx.a, 2048);
	buf_add_c(&url, "https://upstream.test/auth?");
	form_add(&url, STR("state"), call->return_state);
	form_add(&url, STR("redirect_uri"), call->return_url);
	call->url = buf_str(&url);
	state->nonce = STR("upstream-nonce");
	return AUTH_REDIRECT;
}

static void scripted_work(struct auth_call *call)
{
	struct fixture *w = call->method->self;
	struct scripted_state *state = call->state;
	struct auth_identity *who = arena_new_of(call->op->tx.a, struct auth_identity);

	if (!str_eq_c(state->nonce, "upstream-nonce"))
		die("world: the nonce was lost");
	__atomic_add_fetch(&w->script.completed, 1, __ATOMIC_RELAXED);
	auth_identity_add(
		who, AUTH_CITIZEN_NUMBER, str_dup(call->op->tx.a, str_c(w->script.citizen_number)));
	who->ial = w->script.ial ? str_c(w->script.ial) : STR("2.3");
	who->auth_time = w->script.auth_time;
	if (w->script.told)
		w->script.told(who);
	call->work = who;
}

static enum auth_next scripted_step(struct auth_call *call)
{
	struct fixture *w = call->method->self;

	call->reason = w->script.outcome;
	call->why = w->script.why;
	if (call->reason != AUTH_REASON_NONE)
		return AUTH_FAILED;
	call->proof = auth_method_proof(call->method, call->op->tx.a);
	call->proof.identity = call->work;
	return AUTH_PROVEN;
}

static const struct auth_source scripted_source = {
	.trust_framework = STR_INIT("urn:test:framework"),
	.organization = "กรมการปกครอง",
	.document = "idcard",
	.document_issuer = "กรมการปกครอง",
	.document_country = "THA",
	.check_method = "auth",
};

static void add_scripted(struct fixture *w)
{
	const struct auth_method m = {
		.name = "thaid",
		.can = AUTH_IDENTIFY | AUTH_PROOF | AUTH_RECOVER,
		.kind = AUTH_FEDERATED,
		.amr = "thaid",
		.aal = "2.2",
		.source = &scripted_source,
		.shown = WEB_METHOD_THAID,
		.begin_path = "/login/upstream",
		.state = &record_scripted,
		.begin = scripted_begin,
		.work = scripted_work,
		.step = scripted_step,
		.self = w,
	};

	auth_methods_add(&w->p.methods, &m);
}

/* --- the provider --- */

static struct settings fixture_settings(void)
{
	return (struct settings){
		.issuer = STR(ISSUER),
		.session_lifetime = 12 * 3600,
		.session_idle = 3600,
		.reauthentication_max_age = 600,
		.cooling_off = 86400,
		.sessions_per_person = 5,
		.logins_per_minute = 1000000,
		.recovery_requests_per_minute = 1000000,
		.refused_returns_per_minute = 1000000,
		.codes_per_session_and_minute = 1000000,
		.login_lifetime = 900,
		.pushed_lifetime = 90,
		.pushed_per_client_and_minute = 1000000,
		.authorization_code_lifetime = 60,
		.access_lifetime = 600,
		.refresh_lifetime = 14 * 86400,
		.authorization_lifetime = 90 * 86400,
		.refresh_grace = 10,
		.id_token_lifetime = 600,
		.key_overlap = 86400,
		.key_lifetime = 90 * 86400,
		.ciba = {.lifetime = 300,
			.interval = 5,
			.requests_per_minute = 1000000,
			.unanswered = 5,
			.block = 3600},
		.levels = levels,
		.n_levels = 3,
		.policies = policies,
		.n_policies = 1,
	};
}

static void open_store(struct fixture *w, enum fixture_store kind)
{
	const struct store_lmdb_options options = {.directory = w->directory,
		.map_bytes = 1 << 26,
		.map_bytes_max = 1 << 28,
		.create = true,
		.max_readers = 64};

	if (kind == FIXTURE_MEM) {
		MUST(store_open_mem(app_schema(), w->p.clock, &w->p.store));
		return;
	}
	snprintf(w->directory, sizeof(w->directory), "/tmp/pratu-flow-XXXXXX");
	if (!mkdtemp(w->directory))
		die("world: mkdtemp");
	MUST(store_open_lmdb(app_schema(), w->p.clock, &options, &w->p.store));
}

static void make_keys(struct fixture *w, unsigned algs)
{
	const struct keys_context context = {
		w->p.store, &w->vault, &w->random->rng, w->now_ms, STR("test")};
	const struct keyring_rotation rule = {90 * 86400, 86400, 86400};
	bool changed;

	MUST(keys_tick(&context, w->a, &rule, algs, &changed));
	MUST(keys_load(w->p.store, w->a, &w->vault, w->p.keys));
}

static void start_server(struct fixture *w)
{
	static const struct str hosts[] = {STR_INIT("localhost:9999"), STR_INIT("localhost")};
	const struct http_server_options options = {
		.address = "127.0.0.1",
		.event_threads = 2,
		.workers = 4,
		.worker_queue = 64,
		.connections_max = 512,
		.connections_per_address_max = 512,
		.idle_timeout = 30,
		.stop_timeout = 10,
		.hosts = {hosts, 2},
		.app = &w->p,
		.error_page = page_server_error,
	};

	MUST(http_server_start(&options, w->p.routes, w->p.n_routes, &w->server));
	w->port = http_server_port(w->server);
}

/* Portals of tests are on this machine. */
static void open_outgoing(struct fixture *w)
{
	static const struct str networks[] = {STR_INIT("127.0.0.0/8")};
	const struct http_client_options options = {.user_agent = "pratu-flow"};

	w->settings.outgoing_networks = (struct strlist){networks, 1};
	MUST(http_client_new(&options, &w->http));
	MUST(outgoing_new(w->http, w->settings.outgoing_networks, &w->p.outgoing));
	w->p.http = w->http;
	w->p.client_keys = client_keys_new(&w->p);
}

static const struct throttle_options no_options = {
	.target_limit = 10, .message_limit = 300, .target_period = 3600};

/* Refusals are what most tests are about: their log lines are noise. */
static void swallow(void *data, struct str line)
{
	(void)data;
	(void)line;
}

/*
 * Compiling all pages is most of what a fixture costs, and what is compiled never changes: one for
 * all fixtures of the program, which ends with it. Its randomness is for nonces and its own.
 */
static struct {
	pthread_once_t once;
	struct arena *a;
	struct counting_rng *random;
	struct web *web;
} shared = {.once = PTHREAD_ONCE_INIT};

static void web_make(void)
{
	struct web_options pages = {.issuer = STR(ISSUER), .support_phone = STR("02 241 9000")};
	struct buf errors;

	shared.a = arena_new(ARENA_MAX_CLI);
	shared.random = counting_rng_new();
	pages.rng = &shared.random->rng;
	buf_init(&errors, shared.a, WEB_ERRORS_BYTES);
	modules_web(all_modules, shared.a, &pages);
	MUST(web_new(&pages, &errors, &shared.web));
}

static struct web *web_of_all(void)
{
	pthread_once(&shared.once, web_make);
	return shared.web;
}

struct fixture *fixture_new(enum fixture_store kind)
{
	struct fixture *w = calloc(1, sizeof(*w));
	struct clock *clock;
	struct buf errors;
	struct secret *master = secret_new(STR("0123456789abcdef0123456789abcdef"));

	if (!w)
		die("out of memory");
	log_set_sink(swallow, NULL);
	w->random = counting_rng_new();
	w->a = arena_new(ARENA_MAX_CLI);
	w->now_ms = 1800000000000;
	w->script = (struct script){.outcome = AUTH_REASON_NONE, .citizen_number = SOMCHAI_PID};
	clock = arena_new_of(w->a, struct clock);
	*clock = (struct clock){fixture_now, w};
	w->settings = fixture_settings();
	vault_open(master, &w->vault);
	secret_free(master);
	w->notices.issuer = STR(ISSUER);
	w->p = (struct app){
		.settings = &w->settings,
		.notices = &w->notices,
		.committed = {outbox_committed},
		.vault = &w->vault,
		.clock = clock,
		.rng = &w->random->rng,
		.responder = &authorize_responder,
	};
	open_outgoing(w);
	add_scripted(w);
	/* Only its limits in memory: fixtures with passwords have one with options. */
	w->p.throttle = throttle_new(&w->p, &no_options);
	buf_init(&errors, w->a, WEB_ERRORS_BYTES);
	MUST(route_table_new(all_modules, &errors, &w->routes));
	w->p.routes = route_table_rows(w->routes, &w->p.n_routes);
	open_store(w, kind);
	w->p.keys = keyring_new();
	keyring_on_publish(w->p.keys, key_rotation_publish, &w->p);
	make_keys(w, JOSE_BIT(JOSE_ES256));
	w->p.web = web_of_all();
	MUST(discovery_prepare(&w->p));
	start_server(w);
	return w;
}

void fixture_all_keys(struct fixture *w)
{
	make_keys(w, JOSE_ASYMMETRIC);
	MUST(discovery_renew_jwks(&w->p));
	MUST(discovery_prepare(&w->p));
}

void fixture_free(struct fixture *w)
{
	char command[128];

	if (!http_server_stop(w->server))
		die("world: the server did not stop");
	store_close(w->p.store);
	route_table_free(w->routes);
	keyring_free(w->p.keys);
	throttle_free(w->p.throttle);
	client_keys_free(w->p.client_keys);
	outgoing_free(w->p.outgoing);
	http_client_free(w->http);
	http_slot_free(w->p.discovery);
	http_slot_free(w->p.oauth_metadata);
	http_slot_free(w->p.jwks);
	if (w->directory[0]) {
		snprintf(command, sizeof(command), "rm -rf '%s'", w->directory);
		if (system(command) != 0)
			die("world: rm");
	}
	counting_rng_free(w->random);
	arena_free(w->a);
	free(w);
}

void fixture_advance_clock(struct fixture *w, int64_t seconds)
{
	__atomic_add_fetch(&w->now_ms, seconds * 1000, __ATOMIC_RELAXED);
}
