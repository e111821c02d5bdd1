/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the server does by itself from time to time, on the main thread. */
#include "base/arena.h"
#include "core/module.h"
#include "idp/oauth/discovery.h"
#include "main/serve.h"
#include "base/clock.h"

#define SWEEP_BATCH       10000u /* records of one commit: others wait no longer than that takes */
#define SWEEP_ROUNDS      20
#define KEYS_EVERY        10000 /* milliseconds: how soon a command's new key is seen */
#define CHECKPOINT_LOOK   10000 /* milliseconds */
#define CHECKPOINT_EVENTS 10000
#define JOBS_MAX          64 /* of all modules */

static const struct actor server_actor = {.kind = ACTOR_JOB, .id = STR_INIT("server")};

static uint64_t fingerprint(const struct keys *keys)
{
	uint64_t sum = keys->n;

	/* A version is never the same for two contents of a key. */
	for (size_t i = 0; i < keys->n; i++)
		sum = sum * 0x100000001b3u + keys->versions[i];
	return sum;
}

static enum rc read_keys(struct server *s, struct arena *a, struct keys *ret)
{
	struct store_snapshot *snap __attribute__((cleanup(store_snapshot_endp))) = NULL;
	enum rc rc = store_snapshot_begin(s->instance.store, &snap);

	return rc == RC_OK ? keys_read(snap, a, &s->instance.vault, &s->keys_known, ret) : rc;
}

/* Puts what is stored into the ring when it is not what the ring has. */
static enum rc load_keys(struct server *s, struct arena *a, bool *ret_changed)
{
	struct keys keys;
	enum rc rc = read_keys(s, a, &keys);

	if (rc != RC_OK)
		return rc;
	*ret_changed = fingerprint(&keys) != s->keys_seen;
	if (*ret_changed)
		rc = keyring_replace(s->keys, keys.v, keys.n);
	if (rc == RC_OK)
		s->keys_seen = fingerprint(&keys);
	keys_done(&keys);
	return rc;
}

enum rc server_keys(struct server *s)
{
	struct arena *a __attribute__((cleanup(arena_freep))) = arena_new(ARENA_MAX);
	struct keys_context context = instance_keys(&s->instance);
	struct keyring_rotation rule = instance_rotation(s->settings);
	bool changed;
	enum rc rc;

	context.actor = STR("server");
	context.known = &s->keys_known;
	rc = keys_tick(&context, a, &rule, INSTANCE_ALGS, &changed);
	if (rc == RC_OK)
		rc = load_keys(s, a, &changed);
	/* At the start nothing is published yet, and reading the keys is no rotation. */
	if (rc != RC_OK || !changed || !s->provider.jwks)
		return rc;
	log_emit(LOG_EVENT_KEY_ROTATED, LOG_I("algs", (int64_t)keyring_algs(s->keys)));
	return discovery_renew_jwks(&s->provider);
}

static void report(const char *task, enum rc rc)
{
	if (rc != RC_OK)
		log_emit(LOG_EVENT_JOB_FAILED, LOG_C("job", task), LOG_RC(rc));
}

static void sweep(struct server *s)
{
	size_t n = SWEEP_BATCH;
	enum rc rc = RC_OK;

	for (int i = 0; rc == RC_OK && n == SWEEP_BATCH && i < SWEEP_ROUNDS; i++)
		rc = store_sweep(s->instance.store, SWEEP_BATCH, &n);
	report("sweep", rc);
}

struct checkpoint_job {
	struct audit_checkpoint_request request;
	struct audit_checkpoint made;
};

static enum rc checkpoint_attempt(struct tx *tx, void *data)
{
	struct checkpoint_job *job = data;

	job->request.now_ms = tx->now_ms;
	return audit_checkpoint_add(tx->snap, tx->batch, tx->a, &job->request, &job->made);
}

static void checkpoint(struct server *s, struct audit_checkpoint_policy policy)
{
	struct arena *a __attribute__((cleanup(arena_freep))) = arena_new(ARENA_MAX);
	struct audit_key key = audit_key_make(s->instance.vault.audit);
	struct checkpoint_job job = {
		.request = {.place = {TABLE_AUDIT, TABLE_META}, .key = &key, .policy = policy}};
	enum rc rc = tx_run(&s->provider, &server_actor, a, checkpoint_attempt, &job);

	explicit_bzero(&key, sizeof(key));
	if (rc == RC_OK)
		audit_checkpoint_log(&job.made);
	else
		report("audit_checkpoint", rc);
}

static void sign_trail(struct server *s)
{
	checkpoint(s, (struct audit_checkpoint_policy){CHECKPOINT_EVENTS,
			      s->instance.config->v->checkpoint_interval * 1000});
}

static void rotate_keys(struct server *s)
{
	report("keys", server_keys(s));
}

void periodic_last(struct server *s)
{
	checkpoint(s, (struct audit_checkpoint_policy){1, 0});
}

struct task {
	void (*run)(struct server *s);
	int64_t every_ms, next_ms;
};

/* The jobs of the modules that are due; returns when the next one is. */
static int64_t run_jobs(struct server *s, int64_t now_ms, int64_t next)
{
	static int64_t due[JOBS_MAX];
	size_t n = 0;

	for (size_t m = 0; all_modules[m]; m++)
		for (const struct module_job *j = all_modules[m]->jobs;
			j && j->name && n < JOBS_MAX; j++, n++) {
			if (due[n] <= now_ms) {
				struct arena *a = arena_new(ARENA_MAX);

				report(j->name, j->run(&s->provider, a));
				arena_free(a);
				due[n] = now_ms + j->every * 1000;
			}
			if (due[n] < next)
				next = due[n];
		}
	return next;
}

int64_t periodic_run(struct server *s, int64_t now_ms)
{
	static struct task tasks[] = {
		{sweep, 0, 0},
		{sign_trail, CHECKPOINT_LOOK, 0},
		{rotate_keys, KEYS_EVERY, 0},
	};
	int64_t next = now_ms + 60000;

	tasks[0].every_ms = s->instance.config->v->sweep_interval * 1000;
	for (size_t i = 0; i < sizeof(tasks) / sizeof(tasks[0]); i++) {
		if (tasks[i].next_ms <= now_ms) {
			tasks[i].run(s);
			tasks[i].next_ms = now_ms + tasks[i].every_ms;
		}
		if (tasks[i].next_ms < next)
			next = tasks[i].next_ms;
	}
	return run_jobs(s, now_ms, next) - now_ms;
}
