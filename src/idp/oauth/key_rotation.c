/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/oauth/key_rotation.h"

#include "directory/directory.h"
#include "directory/records.h"
#include "idp/oauth/discovery.h"
#include "obs/log.h"

#define PERIOD_NONE (INT64_C(1000) * 365 * 86400) /* seconds: rotated by hand only */
#define CLIENT_LINGER                                                                              \
	86400 /* seconds; the longest lifetime that a client may have (record_client) */

struct keyring_rotation key_rotation_rule(const struct settings *s)
{
	int64_t linger = s->access_lifetime > s->id_token_lifetime ? s->access_lifetime
								   : s->id_token_lifetime;
	/* Portals send the ID token of the login as hint, however long ago that was. */
	int64_t keep = s->authorization_lifetime > s->session_lifetime ? s->authorization_lifetime
								       : s->session_lifetime;

	return (struct keyring_rotation){
		.keep = keep,
		.period = s->key_lifetime ? s->key_lifetime : PERIOD_NONE,
		.overlap = s->key_overlap,
		.linger = linger < CLIENT_LINGER ? CLIENT_LINGER : linger,
	};
}

/* What cannot be read may use anything. */
static bool add_used(void *data, const struct store_record *record)
{
	struct arena *a __attribute__((cleanup(arena_freep))) = arena_new(ARENA_MAX);
	unsigned *used = data;
	struct client c;

	if (field_decode(&record_client, a, record->value, &c) != RC_OK) {
		*used = SIGNING_ALGS;
		return false;
	}
	*used |= JOSE_BIT(client_id_token_alg(&c));
	if (c.access_format == TOKEN_JWT)
		*used |= JOSE_BIT(client_access_token_alg(&c));
	return *used != SIGNING_ALGS;
}

unsigned key_algs_unused(struct store_snapshot *snap, unsigned used_besides)
{
	unsigned used = used_besides;

	if (store_scan(snap, TABLE_CLIENT, STR_NONE, STR_NONE, false, add_used, &used) != RC_OK)
		return 0;
	if (!used)
		used = JOSE_BIT(KEY_ALG_ALONE);
	return SIGNING_ALGS & ~used;
}

static unsigned unused_now(const struct app *app)
{
	struct store_snapshot *snap __attribute__((cleanup(store_snapshot_endp))) = NULL;

	if (store_snapshot_begin(app->store, &snap) != RC_OK)
		return 0;
	return key_algs_unused(snap, keyring_woken(app->keys));
}

static uint64_t fingerprint(const struct keys *keys)
{
	uint64_t sum = keys->n;

	/* A version is never the same for two contents of a key. */
	for (size_t i = 0; i < keys->n; i++)
		sum = sum * 0x100000001b3u + keys->versions[i];
	return sum;
}

static enum rc read_keys(
	const struct app *app, struct running_keys *keys, struct arena *a, struct keys *ret)
{
	struct store_snapshot *snap __attribute__((cleanup(store_snapshot_endp))) = NULL;
	enum rc rc = store_snapshot_begin(app->store, &snap);

	return rc == RC_OK ? keys_read(snap, a, app->vault, &keys->known, ret) : rc;
}

/* Puts what is stored into the ring when it is not what the ring has. */
static enum rc load_keys(
	const struct app *app, struct running_keys *running, struct arena *a, bool *ret_changed)
{
	struct keys keys;
	enum rc rc = read_keys(app, running, a, &keys);

	if (rc != RC_OK)
		return rc;
	*ret_changed = fingerprint(&keys) != running->seen;
	if (*ret_changed)
		rc = keyring_replace(app->keys, keys.v, keys.n);
	if (rc == RC_OK)
		running->seen = fingerprint(&keys);
	keys_done(&keys);
	return rc;
}

enum rc key_rotation_run(struct running_keys *keys)
{
	struct app *app = keys->app;
	struct arena *a __attribute__((cleanup(arena_freep))) = arena_new(ARENA_MAX);
	struct keyring_rotation rule = key_rotation_rule(app->settings);
	const struct keys_context context = {
		.store = app->store,
		.vault = app->vault,
		.rng = app->rng,
		.now_ms = clock_now_ms(app->clock),
		.actor = STR("server"),
		.known = &keys->known,
	};
	bool changed;
	enum rc rc;

	rule.unused = unused_now(app);
	rc = keys_tick(&context, a, &rule, SIGNING_ALGS, &changed);

	if (rc == RC_OK)
		rc = load_keys(app, keys, a, &changed);
	/* At the start nothing is published yet, and reading the keys is no rotation. */
	if (rc != RC_OK || !changed || !app->jwks)
		return rc;
	log_emit(LOG_EVENT_KEY_ROTATED, LOG_I("algs", (int64_t)keyring_algs(app->keys)));
	return discovery_renew_jwks(app);
}

void key_rotation_publish(void *data)
{
	struct app *app = data;

	if (app->jwks && discovery_renew_jwks(app) != RC_OK)
		log_emit(LOG_EVENT_KEYS_NOT_PUBLISHED, LOG_C("why", "the set of keys is too long"));
}
