/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Signing keys over a year, seen from two processes that share a store (RFC 7517; reference on
 * rotation: publish, wait, sign, keep, drop). */
#include "unit/check.h"

#include "audit/audit.h"
#include "codec/json_value.h"
#include "idp/oauth/key_operations.h"
#include "idp/oauth/signing_keys.h"
#include "core/schema.h"
#include "base/clock.h"
#include "base/random.h"
#include "support/rounds.h"
#include "support/store/mem.h"

#include <pthread.h>

#define DAY 86400

static const struct keyring_rotation rule = {90 * DAY, 2 * DAY, 1 * DAY};
static int64_t now = 1800000000;

static int64_t keys_now_ms(void *data)
{
	(void)data;
	return __atomic_load_n(&now, __ATOMIC_RELAXED) * 1000;
}

static const struct clock still = {keys_now_ms, NULL};

/* A process: its own ring over the common store. */
struct process {
	struct store *store;
	struct vault *vault;
	struct keyring *ring;
};

static struct store *open_store(void)
{
	struct store *s;

	check_ok(store_open_mem(app_schema(), &still, &s));
	return s;
}

static struct vault open_vault(const char *text)
{
	struct secret *master = secret_new(str_c(text));
	struct vault v;

	vault_open(master, &v);
	secret_free(master);
	return v;
}

static struct keys_context context_of(const struct process *p)
{
	return (struct keys_context){p->store, p->vault, &rng_system, now * 1000, STR("test")};
}

static void tick(struct process *p, struct arena *a)
{
	const struct keys_context c = context_of(p);
	bool changed;

	check_ok(keys_tick(&c, a, &rule, JOSE_BIT(JOSE_ES256), &changed));
	check_ok(keys_load(p->store, a, p->vault, p->ring));
}

static struct str kid_of(struct arena *a, struct str token)
{
	struct str rest = token, part = STR_NONE, header, kid;
	struct json_value *json;

	assert_true(str_cut(&rest, '.', &part));
	check_ok(base64url_decode(a, part, &header));
	check_ok(json_value_parse(header, 1024, &json));
	assert_true(json_value_str(json_value_get(json, "kid"), &kid));
	kid = str_dup(a, kid);
	json_value_free(json);
	return kid;
}

static struct str sign(struct process *p, struct arena *a)
{
	struct str token;

	check_ok(keyring_sign(p->ring, JOSE_ES256, a, "JWT", STR("{}"), &token));
	return token;
}

static bool verifies(struct process *p, struct arena *a, struct str token)
{
	static const struct jws_use use = {.algs = JOSE_ASYMMETRIC, .typ = NULL};
	struct str payload;
	const char *why;

	return keyring_verify(p->ring, a, token, &use, &payload, &why) == RC_OK;
}

static void a_year(void **state)
{
	struct vault vault = open_vault("0123456789abcdef0123456789abcdef");
	struct process p[2] = {
		{open_store(), &vault, keyring_new()}, {NULL, &vault, keyring_new()}};
	struct str last = STR_NONE, token = STR_NONE;
	const int days = rounds(365, 100);
	size_t rotations = 0;

	p[1].store = p[0].store;
	tick(&p[0], *state);
	tick(&p[1], *state);
	for (int64_t hour = 0; hour < days * 24; hour += 12) {
		struct process *first = &p[(hour / 12) % 2], *second = &p[1 - (hour / 12) % 2];
		struct arena *a = arena_new(ARENA_MAX);
		struct str kid;

		now += 12 * 3600;
		tick(first, a);
		/* What one signs the other knows, before it has looked itself: it was published. */
		token = sign(first, a);
		assert_true(verifies(second, a, token));
		tick(second, a);
		kid = kid_of(a, sign(second, a));
		check_str(kid, kid_of(a, token));
		if (!str_eq(kid, last)) {
			rotations += last.n > 0;
			last = str_dup(*state, kid);
		}
		arena_free(a);
	}
	assert_int_equal(rotations, days / 90);
	for (int i = 0; i < 2; i++)
		keyring_free(p[i].ring);
	store_close(p[0].store);
}

/* --- two processes at the same moment --- */

static void *run_tick(void *data)
{
	struct process *p = data;
	const struct keys_context c = context_of(p);
	struct arena *a = arena_new(ARENA_MAX);
	bool changed;

	check_ok(keys_tick(&c, a, &rule, JOSE_BIT(JOSE_ES256), &changed));
	arena_free(a);
	return NULL;
}

#define PROCESSES 4

/* Nobody has a key yet and all make one: one is kept, and every ring loads. */
static void first_key_in_a_race(void **state)
{
	struct vault vault = open_vault("0123456789abcdef0123456789abcdef");

	for (int round = rounds(60, 10); round > 0; round--) {
		struct store *store = open_store();
		struct process p = {store, &vault, keyring_new()};
		struct store_snapshot *snap;
		pthread_t threads[PROCESSES];
		struct keys keys;

		for (int i = 0; i < PROCESSES; i++)
			assert_int_equal(pthread_create(&threads[i], NULL, run_tick, &p), 0);
		for (int i = 0; i < PROCESSES; i++)
			assert_int_equal(pthread_join(threads[i], NULL), 0);
		check_ok(store_snapshot_begin(store, &snap));
		check_ok(keys_read(snap, *state, &vault, NULL, &keys));
		store_snapshot_end(snap);
		assert_int_equal(keys.n, 1);
		keys_done(&keys);
		check_ok(keys_load(store, *state, &vault, p.ring));
		keyring_free(p.ring);
		store_close(store);
	}
}

/* A command's key is published at the next look, signs from its moment, and the old one stays. */
static void key_by_command(void **state)
{
	struct vault vault = open_vault("0123456789abcdef0123456789abcdef");
	struct process p = {open_store(), &vault, keyring_new()};
	const struct keys_context c = {p.store, &vault, &rng_system, now * 1000, STR("cli:x")};
	struct str kid, old, token;
	struct buf out;
	struct json_writer w;

	tick(&p, *state);
	token = sign(&p, *state);
	old = kid_of(*state, token);
	check_ok(keys_add(&c, *state, JOSE_ES256, now + 2 * DAY, &kid));
	tick(&p, *state);
	buf_init(&out, *state, 65536);
	json_writer_init(&w, &out);
	keyring_write_jwks(p.ring, &w);
	check_has(buf_str(&out), str_dup_c(*state, kid));
	check_str(kid_of(*state, sign(&p, *state)), old);
	now += 2 * DAY;
	tick(&p, *state);
	check_str(kid_of(*state, sign(&p, *state)), kid);
	assert_true(verifies(&p, *state, token));
	now += DAY;
	tick(&p, *state);
	assert_false(verifies(&p, *state, token));
	keyring_free(p.ring);
	store_close(p.store);
}

static enum rc read_with(struct process *p, struct arena *a, const struct vault *vault,
	const struct keys *known, struct keys *ret)
{
	struct store_snapshot *snap;
	enum rc rc;

	check_ok(store_snapshot_begin(p->store, &snap));
	rc = keys_read(snap, a, vault, known, ret);
	store_snapshot_end(snap);
	return rc;
}

static const struct operation *rotate(void)
{
	return operation_find(key_operations, STR("keys.rotate"));
}

/* A leaked key: the new one signs and the old one retires in one unit of work, or nothing does. */
static void a_leaked_key_is_replaced_at_once(void **state)
{
	const struct keys_rotate_args args = {.now = true};
	const struct settings settings = {
		.key_overlap = 2 * DAY, .key_lifetime = 90 * DAY, .access_lifetime = DAY};
	struct vault vault = open_vault("0123456789abcdef0123456789abcdef");
	struct process p = {open_store(), &vault, keyring_new()};
	const struct app app = {.store = p.store,
		.vault = &vault,
		.clock = &still,
		.rng = &rng_system,
		.settings = &settings};
	const struct actor actor = {.kind = ACTOR_COMMAND, .id = STR("cli:x")};
	struct operation_call call = {.operation = rotate(), .args = &args};
	size_t active = 0, retired = 0;
	struct keys keys;
	struct str old;

	tick(&p, *state);
	old = kid_of(*state, sign(&p, *state));
	check_ok(operation_run(&app, &actor, *state, &call));
	/* No other step was made since. */
	check_ok(read_with(&p, *state, &vault, NULL, &keys));
	for (size_t i = 0; i < keys.n; i++) {
		active += keys.v[i].state == KEY_ACTIVE && !str_eq(jwk_kid(keys.v[i].jwk), old);
		retired += keys.v[i].state == KEY_RETIRED && str_eq(jwk_kid(keys.v[i].jwk), old);
	}
	assert_int_equal(keys.n, 2);
	assert_int_equal(active, 1);
	assert_int_equal(retired, 1);
	keys_done(&keys);
	keyring_free(p.ring);
	store_close(p.store);
}

static enum rc drop(const struct app *app, struct arena *a, struct str kid)
{
	static const struct actor actor = {.kind = ACTOR_COMMAND, .id = STR_INIT("cli:x")};
	const struct keys_drop_args args = {.kid = kid};
	struct operation_call call = {
		.operation = operation_find(key_operations, STR("keys.drop")), .args = &args};

	return operation_run(app, &actor, a, &call);
}

static enum rc hint_of(struct process *p, struct arena *a, struct str token)
{
	static const struct jws_use use = {.algs = JOSE_BIT(JOSE_ES256)};
	struct str payload;
	const char *why;

	check_ok(keys_load(p->store, a, p->vault, p->ring));
	return keyring_verify_hint(p->ring, a, token, &use, &payload, &why);
}

/* And dropped: in no state but the one that signs, and what it signed verifies no more. */
static void a_leaked_key_is_dropped_at_once(void **state)
{
	static const struct keyring_rotation keeping = {90 * DAY, 2 * DAY, DAY, 30 * DAY};
	struct vault vault = open_vault("0123456789abcdef0123456789abcdef");
	struct process p = {open_store(), &vault, keyring_new()};
	const struct app app = {
		.store = p.store, .vault = &vault, .clock = &still, .rng = &rng_system};
	const struct keys_context c = context_of(&p);
	struct str token, next, kid;
	struct keys keys;
	bool changed;

	tick(&p, *state);
	for (int kept = 0; kept < 2; kept++) {
		struct keys_context later;

		token = sign(&p, *state);
		check_rc(drop(&app, *state, kid_of(*state, token)), RC_INVALID);
		check_ok(keys_add(&c, *state, JOSE_ES256, now, &next));
		later = context_of(&p);
		later.now_ms += kept;
		check_ok(keys_tick(&later, *state, &keeping, JOSE_BIT(JOSE_ES256), &changed));
		if (kept) {
			later.now_ms += 2 * DAY * 1000;
			check_ok(keys_tick(
				&later, *state, &keeping, JOSE_BIT(JOSE_ES256), &changed));
		}
		check_ok(hint_of(&p, *state, token));
		check_ok(drop(&app, *state, kid_of(*state, token)));
		check_rc(drop(&app, *state, kid_of(*state, token)), RC_NOT_FOUND);
		assert_int_not_equal(hint_of(&p, *state, token), RC_OK);
	}
	/* One that only waits may have leaked as well. */
	check_ok(keys_add(&c, *state, JOSE_ES256, now + 9 * DAY, &kid));
	check_ok(drop(&app, *state, kid));
	check_rc(drop(&app, *state, STR("unknown")), RC_NOT_FOUND);
	check_ok(read_with(&p, *state, &vault, NULL, &keys));
	assert_int_equal(keys.n, 1);
	assert_int_equal(keys.v[0].state, KEY_ACTIVE);
	keys_done(&keys);
	keyring_free(p.ring);
	store_close(p.store);
}

static void wrong_master_key(void **state)
{
	struct vault vault = open_vault("0123456789abcdef0123456789abcdef");
	struct vault other = open_vault("another master key, just as long");
	struct process p = {open_store(), &vault, keyring_new()};
	const struct keys_context c = {p.store, &other, &rng_system, now * 1000, STR("test")};
	bool changed;

	tick(&p, *state);
	check_rc(keys_load(p.store, *state, &other, p.ring), RC_CORRUPT);
	check_rc(keys_tick(&c, *state, &rule, JOSE_BIT(JOSE_ES256), &changed), RC_CORRUPT);
	/* The ring keeps what it had. */
	sign(&p, *state);
	keyring_free(p.ring);
	store_close(p.store);
}

/* A quiet tick changes nothing, neither in the store nor in the trail. */
static void nothing_to_do(void **state)
{
	struct vault vault = open_vault("0123456789abcdef0123456789abcdef");
	struct process p = {open_store(), &vault, keyring_new()};
	const struct keys_context c = {p.store, &vault, &rng_system, now * 1000, STR("test")};
	struct store_snapshot *snap;
	uint64_t before, after;
	bool changed;

	tick(&p, *state);
	check_ok(store_snapshot_begin(p.store, &snap));
	check_ok(store_count(snap, TABLE_AUDIT, &before));
	store_snapshot_end(snap);
	check_ok(keys_tick(&c, *state, &rule, JOSE_BIT(JOSE_ES256), &changed));
	assert_false(changed);
	check_ok(store_snapshot_begin(p.store, &snap));
	check_ok(store_count(snap, TABLE_AUDIT, &after));
	store_snapshot_end(snap);
	assert_int_equal(before, after);
	keyring_free(p.ring);
	store_close(p.store);
}

/* Under a master key that opens none of them: only what is known already can be read. */
static void known_keys_are_not_unsealed_again(void **state)
{
	struct vault vault = open_vault("0123456789abcdef0123456789abcdef");
	struct vault other = open_vault("fedcba9876543210fedcba9876543210");
	struct process p = {open_store(), &vault, keyring_new()};
	struct keys_context c = context_of(&p);
	struct keys first, again, known = {.n = 0};
	struct str kid;
	bool changed;

	tick(&p, *state);
	check_ok(read_with(&p, *state, &vault, NULL, &first));
	check_rc(read_with(&p, *state, &other, NULL, &again), RC_CORRUPT);
	check_ok(read_with(&p, *state, &other, &first, &again));
	assert_int_equal(again.n, first.n);
	assert_ptr_equal(again.v[0].jwk, first.v[0].jwk);
	assert_int_equal(again.v[0].state, first.v[0].state);
	keys_done(&again);

	check_ok(keys_add(&c, *state, JOSE_ES256, now + 60, &kid));
	check_rc(read_with(&p, *state, &other, &first, &again), RC_CORRUPT);
	check_ok(read_with(&p, *state, &vault, &first, &again));
	assert_int_equal(again.n, first.n + 1);
	keys_done(&again);
	keys_done(&first);

	c.known = &known;
	check_ok(keys_tick(&c, *state, &rule, JOSE_BIT(JOSE_ES256), &changed));
	assert_int_equal(known.n, 2);
	check_ok(read_with(&p, *state, &other, &known, &again));
	keys_done(&again);
	keys_done(&known);
	keyring_free(p.ring);
	store_close(p.store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		arena_test(a_year),
		arena_test(first_key_in_a_race),
		arena_test(key_by_command),
		arena_test(a_leaked_key_is_replaced_at_once),
		arena_test(a_leaked_key_is_dropped_at_once),
		arena_test(wrong_master_key),
		arena_test(nothing_to_do),
		arena_test(known_keys_are_not_unsealed_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
