/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "deliver_fixture.h"
#include "throttle/throttle.h"

#include "core/schema.h"
#include "base/clock.h"
#include "base/random.h"
#include "deliver/outbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int64_t world_now_ms(void *data)
{
	return ((struct outbox_fixture *)data)->now_ms;
}

static void scripted_send(const struct transport *c, struct arena *a,
	const struct transport_message *what, struct transport_result *ret)
{
	struct scripted_transport *s = (struct scripted_transport *)(uintptr_t)c;

	if (s->before)
		s->before();
	pthread_mutex_lock(&s->lock);
	assert_true(s->n < SEEN_MAX);
	snprintf(s->texts[s->n], sizeof(s->texts[0]), "%.*s", STR_FMT(what->content.text));
	snprintf(s->ids[s->n], sizeof(s->ids[0]), "%.*s", STR_FMT(what->id));
	s->n++;
	pthread_mutex_unlock(&s->lock);
	ret->outcome = s->answer;
	ret->error = s->error ? str_c(s->error) : STR("scripted");
	if (s->provider_id)
		ret->provider_id = str_c(s->provider_id);
}

static void script(struct scripted_transport *s, const char *name, enum message_kind kind)
{
	s->transport = (struct transport){name, kind, scripted_send, 1000};
	pthread_mutex_init(&s->lock, NULL);
}

void outbox_fixture_open_store(struct outbox_fixture *w)
{
	struct store_lmdb_options options = {.map_bytes = 64 << 20,
		.map_bytes_max = (int64_t)4 << 30,
		.create = true,
		.max_readers = 32,
		.directory = w->directory};

	check_ok(store_open_lmdb(app_schema(), &w->clock, &options, &w->store));
}

void outbox_fixture_new_outbox(struct outbox_fixture *w, int threads)
{
	struct outbox_options options = {.store = w->store,
		.vault = &w->vault,
		.clock = &w->clock,
		.rng = &rng_system,
		.transports = w->transports,
		.n_transports = 3,
		.threads = threads,
		.lease_ms = 60000,
		.scan_ms = OUTBOX_SCAN_MS,
		.retry_first_ms = 1000,
		.waiting_max = 1000};

	check_ok(outbox_new(&options, &w->outbox));
}

int outbox_fixture_setup(void **state)
{
	static const struct throttle_options limits = {.message_limit = 300, .target_period = 3600};
	struct outbox_fixture *w = calloc(1, sizeof(*w));
	struct secret *master = secret_new(STR("a master secret that only tests have"));

	snprintf(w->directory, sizeof(w->directory), "/tmp/deliver-test-XXXXXX");
	assert_non_null(mkdtemp(w->directory));
	w->arena = arena_new(ARENA_MAX_CLI);
	vault_open(master, &w->vault);
	secret_free(master);
	w->now_ms = NOW_MS;
	w->clock = (struct clock){world_now_ms, w};
	script(&w->mail, "mail", MESSAGE_EMAIL);
	script(&w->sms, "first", MESSAGE_SMS);
	script(&w->second, "second", MESSAGE_SMS);
	w->transports[0] = &w->mail.transport;
	w->transports[1] = &w->sms.transport;
	w->transports[2] = &w->second.transport;
	outbox_fixture_open_store(w);
	w->app = (struct app){.vault = &w->vault, .clock = &w->clock};
	w->throttle = throttle_new(&w->app, &limits);
	outbox_fixture_new_outbox(w, 4);
	*state = w;
	return 0;
}

int outbox_fixture_teardown(void **state)
{
	struct outbox_fixture *w = *state;
	char path[128];

	outbox_free(w->outbox);
	throttle_free(w->throttle);
	store_close(w->store);
	arena_free(w->arena);
	for (const char *const *name = (const char *const[]){"data.mdb", "lock.mdb", NULL}; *name;
		name++) {
		snprintf(path, sizeof(path), "%s/%s", w->directory, *name);
		unlink(path);
	}
	rmdir(w->directory);
	free(w);
	return 0;
}

struct outbox_message outbox_fixture_mail(const char *text)
{
	return (struct outbox_message){.kind = MESSAGE_EMAIL,
		.target = STR("somchai@dla.example"),
		.subject = STR("รหัส"),
		.text = str_c(text),
		.purpose = STR("login"),
		.code = true,
		.not_after = NOW_MS / 1000 + 300};
}

struct outbox_message outbox_fixture_sms(const char *text)
{
	struct outbox_message m = outbox_fixture_mail(text);

	m.kind = MESSAGE_SMS;
	m.target = STR("+66812345678");
	m.subject = STR_NONE;
	return m;
}

struct tx outbox_fixture_tx(struct outbox_fixture *w)
{
	static const struct actor actor = {.kind = ACTOR_JOB};
	struct tx tx;

	w->app = (struct app){.store = w->store,
		.vault = &w->vault,
		.clock = &w->clock,
		.rng = &rng_system,
		.outbox = w->outbox,
		.throttle = w->throttle};
	tx_init(&tx, &w->app, &actor, w->arena);
	check_ok(tx_begin(&tx));
	return tx;
}

enum rc outbox_fixture_put(
	struct outbox_fixture *w, const struct outbox_message *m, struct str *ret_id)
{
	struct tx tx = outbox_fixture_tx(w);
	const char *why = NULL;
	enum rc rc = outbox_put(&tx, m, ret_id, &why);

	tx_end(&tx);
	if (rc != RC_OK)
		assert_non_null(why);
	return rc == RC_OK ? store_commit(w->store, tx.batch) : rc;
}

struct message outbox_fixture_get(struct outbox_fixture *w, struct str id)
{
	struct store_snapshot *snap;
	struct message m;

	check_ok(store_snapshot_begin(w->store, &snap));
	check_ok(outbox_get(snap, w->arena, id, &m));
	m.error = str_dup(w->arena, m.error);
	m.provider = str_dup(w->arena, m.provider);
	m.provider_id = str_dup(w->arena, m.provider_id);
	m.masked = str_dup(w->arena, m.masked);
	m.sealed = str_dup(w->arena, m.sealed);
	store_snapshot_end(snap);
	return m;
}

size_t outbox_fixture_run(struct outbox_fixture *w)
{
	size_t n;

	check_ok(outbox_run(w->outbox, &n));
	return n;
}

uint64_t outbox_fixture_count(struct outbox_fixture *w, int table)
{
	struct store_snapshot *snap;
	uint64_t n;

	check_ok(store_snapshot_begin(w->store, &snap));
	check_ok(store_count(snap, table, &n));
	store_snapshot_end(snap);
	return n;
}
