/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/oauth/signing_keys.h"

#include "audit/audit.h"
#include "codec/json_value.h"
#include "directory/records.h"
#include "core/schema.h"
#include "crypto/seal.h"

/*
 * Names the key made last. Whoever makes one writes it and expects it as he read it, so of two
 * processes that find a key missing at the same moment one makes it and the other sees it.
 */
#define NEWEST_KEY STR("newest-signing-key")

struct reading {
	struct arena *arena;
	const struct vault *vault;
	const struct keys *known;
	struct keys *keys;
	enum rc rc;
};

/* A version never stands for two contents of a key. */
static struct jwk *known_jwk(const struct reading *r, struct str kid, uint64_t version)
{
	for (size_t i = 0; r->known && i < r->known->n; i++) {
		struct jwk *jwk = r->known->v[i].jwk;

		if (r->known->versions[i] == version && str_eq(jwk_kid(jwk), kid))
			return jwk_ref(jwk);
	}
	return NULL;
}

static enum rc unseal(struct reading *r, const struct signing_key *stored, struct jwk **ret)
{
	__attribute__((cleanup(json_value_freep))) struct json_value *json = NULL;
	struct str text;

	if (secret_open(r->arena, r->vault->key_seal, stored->kid, stored->sealed, &text) !=
			RC_OK ||
		json_value_parse(text, JWK_TEXT_MAX, &json) != RC_OK)
		return RC_CORRUPT;
	if (jwk_import(json, (enum jose_alg)stored->alg, true, ret) != RC_OK)
		return RC_CORRUPT;
	return RC_OK;
}

static bool read_one(void *data, const struct store_record *record)
{
	struct reading *r = data;
	struct signing_key stored;

	if (r->keys->n == KEYS_MAX) {
		r->rc = RC_LIMITED;
		return false;
	}
	r->rc = field_decode(&record_signing_key, r->arena, record->value, &stored);
	if (r->rc != RC_OK)
		return false;
	struct keyring_key key = {
		.jwk = known_jwk(r, stored.kid, record->version),
		.state = (enum key_state)stored.state,
		.created = stored.created,
		.active_from = stored.active_from,
		.publish_until = stored.publish_until,
	};
	if (!key.jwk)
		r->rc = unseal(r, &stored, &key.jwk);
	if (r->rc != RC_OK)
		return false;
	r->keys->v[r->keys->n] = key;
	r->keys->versions[r->keys->n++] = record->version;
	return true;
}

enum rc keys_read(struct store_snapshot *snap, struct arena *a, const struct vault *vault,
	const struct keys *known, struct keys *ret)
{
	struct reading r = {a, vault, known, ret, RC_OK};
	struct store_record newest;
	enum rc rc;

	ret->n = 0;
	rc = store_get(snap, TABLE_META, NEWEST_KEY, &newest);
	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	ret->newest = rc == RC_OK ? newest.version : STORE_ABSENT;
	rc = store_scan(snap, TABLE_KEY, STR_NONE, STR_NONE, false, read_one, &r);
	if (rc == RC_OK)
		rc = r.rc;
	if (rc != RC_OK)
		keys_done(ret);
	return rc;
}

void keys_done(struct keys *k)
{
	for (size_t i = 0; i < k->n; i++)
		jwk_unref(k->v[i].jwk);
	k->n = 0;
}

static enum rc keys_read_store(struct store *store, struct arena *a, const struct vault *vault,
	const struct keys *known, struct keys *ret)
{
	__attribute__((cleanup(store_snapshot_endp))) struct store_snapshot *snap = NULL;
	enum rc rc = store_snapshot_begin(store, &snap);

	return rc == RC_OK ? keys_read(snap, a, vault, known, ret) : rc;
}

enum rc keys_load(
	struct store *store, struct arena *a, const struct vault *vault, struct keyring *ring)
{
	struct keys keys;
	enum rc rc = keys_read_store(store, a, vault, NULL, &keys);

	if (rc != RC_OK)
		return rc;
	rc = keyring_replace(ring, keys.v, keys.n);
	keys_done(&keys);
	return rc;
}

static void put_key(struct tx *tx, const struct keyring_key *key, uint64_t expect)
{
	struct str kid = jwk_kid(key->jwk);
	struct signing_key stored = {
		.kid = kid,
		.alg = jwk_alg(key->jwk),
		.state = key->state,
		.created = key->created,
		.active_from = key->active_from,
		.publish_until = key->publish_until,
	};

	stored.sealed = secret_seal(tx->a, tx->app->rng, tx->app->vault->key_seal, kid,
		jwk_private_text(key->jwk, tx->a));
	record_put(tx->batch, TABLE_KEY, tx->a, kid, &stored, expect);
}

static void key_audit(struct tx *tx, enum audit_event event, struct str kid)
{
	struct audit_entry entry = tx_audit(tx, event);

	entry.object = kid;
	tx_audit_add(tx, &entry);
}

static enum rc key_add(struct tx *tx, enum jose_alg alg, enum key_state state, int64_t active_from,
	struct str *ret_kid)
{
	struct keyring_key key = {.state = state, .created = tx->now, .active_from = active_from};
	enum rc rc = jwk_generate(alg, &key.jwk);

	if (rc != RC_OK)
		return rc;
	put_key(tx, &key, STORE_ABSENT);
	*ret_kid = str_dup(tx->a, jwk_kid(key.jwk));
	key_audit(tx, AUDIT_KEY_CREATED, *ret_kid);
	jwk_unref(key.jwk);
	return RC_OK;
}

/* Writes what the step changed; a key that is gone is deleted. */
static void put_changes(struct tx *tx, const struct keys *keys, const enum key_state before[])
{
	static const enum audit_event events[KEY_STATE_MAX] = {
		[KEY_ACTIVE] = AUDIT_KEY_ACTIVATED,
		[KEY_RETIRED] = AUDIT_KEY_RETIRED,
		[KEY_KEPT] = AUDIT_KEY_REMOVED,
		[KEY_GONE] = AUDIT_KEY_DELETED,
	};

	for (size_t i = 0; i < keys->n; i++) {
		const struct keyring_key *key = keys->v + i;
		struct str kid = jwk_kid(key->jwk);

		if (key->state == before[i])
			continue;
		if (key->state == KEY_GONE)
			store_delete(tx->batch, TABLE_KEY, kid, keys->versions[i]);
		else
			put_key(tx, key, keys->versions[i]);
		if (key->state == KEY_GONE && before[i] == KEY_RETIRED)
			key_audit(tx, AUDIT_KEY_REMOVED, kid);
		else
			key_audit(tx, events[key->state], kid);
	}
}

/* The life of all keys, the new one too, goes on at once: it may sign and others retire. */
static void move_on(struct tx *tx, struct keys *keys, struct keyring_key *key,
	const struct keyring_rotation *rule)
{
	enum key_state before[KEYS_MAX];

	for (size_t i = 0; i < keys->n; i++)
		before[i] = keys->v[i].state;
	keys->v[keys->n] = *key;
	keyring_step(keys->v, keys->n + 1, rule, tx->now);
	put_changes(tx, keys, before);
	*key = keys->v[keys->n];
}

enum rc signing_key_add(struct tx *tx, enum jose_alg alg, int64_t active_from,
	const struct keyring_rotation *rule, struct str *ret_kid)
{
	struct keyring_key key = {
		.state = KEY_PENDING, .created = tx->now, .active_from = active_from};
	struct keys keys;
	enum rc rc = keys_read(tx->snap, tx->a, tx->app->vault, NULL, &keys);

	if (rc != RC_OK)
		return rc;
	rc = keys.n < KEYS_MAX ? jwk_generate(alg, &key.jwk) : RC_LIMITED;
	if (rc == RC_OK && rule)
		move_on(tx, &keys, &key, rule);
	keys_done(&keys);
	if (rc != RC_OK)
		return rc;
	put_key(tx, &key, STORE_ABSENT);
	*ret_kid = str_dup(tx->a, jwk_kid(key.jwk));
	key_audit(tx, AUDIT_KEY_CREATED, *ret_kid);
	if (key.state == KEY_ACTIVE)
		key_audit(tx, AUDIT_KEY_ACTIVATED, *ret_kid);
	store_put(tx->batch, TABLE_META, NEWEST_KEY, *ret_kid, keys.newest);
	jwk_unref(key.jwk);
	return RC_OK;
}

enum rc signing_key_drop(struct tx *tx, struct str kid)
{
	struct keys keys;
	enum rc rc = keys_read(tx->snap, tx->a, tx->app->vault, NULL, &keys);
	size_t i = 0;

	if (rc != RC_OK)
		return rc;
	while (i < keys.n && !str_eq(jwk_kid(keys.v[i].jwk), kid))
		i++;
	if (i == keys.n) {
		rc = RC_NOT_FOUND;
	} else if (keys.v[i].state == KEY_ACTIVE) {
		rc = RC_INVALID;
	} else {
		store_delete(tx->batch, TABLE_KEY, kid, keys.versions[i]);
		if (keys.v[i].state != KEY_KEPT && keys.v[i].state != KEY_SPARE)
			key_audit(tx, AUDIT_KEY_REMOVED, kid);
		key_audit(tx, AUDIT_KEY_DELETED, kid);
	}
	keys_done(&keys);
	return rc;
}

static enum key_state state_of_new(
	const struct keyring_rotation *rule, enum jose_alg alg, int64_t from, int64_t now)
{
	if (rule->unused & JOSE_BIT(alg))
		return KEY_SPARE;
	return from <= now ? KEY_ACTIVE : KEY_PENDING;
}

static enum rc add_due(
	struct tx *tx, const struct keys *keys, const struct keyring_rotation *rule, unsigned algs)
{
	struct str kid = STR_NONE;
	enum rc rc = RC_OK;
	int64_t from;

	for (int i = JOSE_ALG_INVALID + 1; rc == RC_OK && i < JOSE_ALG_MAX; i++) {
		enum jose_alg alg = (enum jose_alg)i;

		if ((algs & JOSE_BIT(i)) &&
			keyring_due(keys->v, keys->n, alg, rule, tx->now, &from))
			rc = key_add(tx, alg, state_of_new(rule, alg, from, tx->now), from, &kid);
	}
	if (kid.n)
		store_put(tx->batch, TABLE_META, NEWEST_KEY, kid, keys->newest);
	return rc;
}

static void keys_remember(struct keys *known, struct keys *keys)
{
	if (!known) {
		keys_done(keys);
		return;
	}
	keys_done(known);
	*known = *keys;
}

enum rc signing_keys_step(struct tx *tx, const struct keyring_rotation *rule, unsigned algs,
	struct keys *known, bool *ret_changed)
{
	enum key_state before[KEYS_MAX];
	struct keys keys;
	enum rc rc = keys_read(tx->snap, tx->a, tx->app->vault, known, &keys);

	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < keys.n; i++)
		before[i] = keys.v[i].state;
	keyring_step(keys.v, keys.n, rule, tx->now);
	put_changes(tx, &keys, before);
	rc = add_due(tx, &keys, rule, algs);
	keys_remember(known, &keys);
	/* Run again: another process was faster, and its changes are to be loaded. */
	*ret_changed = !store_batch_empty(tx->batch) || tx->attempts > 1;
	return rc;
}

/* --- as units of work of their own --- */

static int64_t context_now_ms(void *data)
{
	return ((const struct keys_context *)data)->now_ms;
}

static enum rc context_run(const struct keys_context *c, struct arena *a, tx_fn fn, void *data)
{
	struct keys_context copy = *c;
	const struct clock clock = {context_now_ms, &copy};
	const struct app app = {
		.store = c->store, .vault = c->vault, .clock = &clock, .rng = c->rng};
	const struct actor actor = {.kind = ACTOR_COMMAND, .id = c->actor};

	return tx_run(&app, &actor, a, fn, data);
}

struct key_addition {
	enum jose_alg alg;
	int64_t active_from;
	struct str kid;
};

static enum rc add_attempt(struct tx *tx, void *data)
{
	struct key_addition *addition = data;

	if (tx->attempts > 1) /* another process made one at this moment */
		return RC_EXISTS;
	return signing_key_add(tx, addition->alg, addition->active_from, NULL, &addition->kid);
}

enum rc keys_add(const struct keys_context *c, struct arena *a, enum jose_alg alg,
	int64_t active_from, struct str *ret_kid)
{
	struct key_addition addition = {alg, active_from, STR_NONE};
	enum rc rc = context_run(c, a, add_attempt, &addition);

	if (rc == RC_OK)
		*ret_kid = addition.kid;
	return rc;
}

struct keys_step {
	const struct keyring_rotation *rule;
	unsigned algs;
	struct keys *known;
	bool changed;
};

static enum rc step_attempt(struct tx *tx, void *data)
{
	struct keys_step *step = data;

	return signing_keys_step(tx, step->rule, step->algs, step->known, &step->changed);
}

enum rc keys_tick(const struct keys_context *c, struct arena *a,
	const struct keyring_rotation *rule, unsigned algs, bool *ret_changed)
{
	struct keys_step step = {rule, algs, c->known, false};
	enum rc rc = context_run(c, a, step_attempt, &step);

	*ret_changed = step.changed;
	return rc;
}
