/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <pthread.h>

#include "support.h"

#include "jose/keyring.h"

static struct arena *a;

static struct keyring_key in_state(struct jwk *jwk, enum key_state state)
{
	return (struct keyring_key){.jwk = jwk, .state = state};
}

static struct str jwks_text(struct keyring *r)
{
	struct buf out;
	struct json_writer w;

	buf_init(&out, a, JWKS_TEXT_MAX);
	json_writer_init(&w, &out);
	keyring_write_jwks(r, &w);
	return buf_str(&out);
}

static size_t published(struct keyring *r)
{
	struct jwk_set *s;
	size_t n;

	if (str_eq_c(jwks_text(r), "{\"keys\":[]}"))
		return 0;
	assert_int_equal(jwk_set_parse(jwks_text(r), JOSE_ALG_INVALID, &s), RC_OK);
	n = jwk_set_count(s);
	jwk_set_unref(s);
	return n;
}

static void an_empty_ring(void **state)
{
	struct keyring *r = keyring_new();
	const struct jws_use use = {.algs = JOSE_ASYMMETRIC};
	struct str token, payload;
	const char *why;

	for (int alg = JOSE_ALG_INVALID; alg <= JOSE_ALG_MAX; alg++)
		assert_int_equal(keyring_sign(r, alg, a, NULL, STR("{}"), &token), RC_NOT_FOUND);
	assert_int_equal(jws_sign(a, test_key(JOSE_ES256), NULL, STR("{}"), &token), RC_OK);
	assert_int_equal(keyring_verify(r, a, token, &use, &payload, &why), RC_NOT_FOUND);
	assert_int_equal(keyring_algs(r), 0);
	assert_int_equal(published(r), 0);
	keyring_free(r);
	keyring_free(NULL);
}

/* Only active keys sign; pending and retired ones are published and verify; kept ones verify hints
 * only. */
static void what_each_state_does(void **state)
{
	const struct jws_use use = {.algs = JOSE_ASYMMETRIC, .typ = "at+jwt"};
	struct jwk *jwk = test_key(JOSE_ES256);
	struct keyring *r = keyring_new();
	struct str mine, token, payload;
	const char *why;

	assert_int_equal(jws_sign(a, jwk, "at+jwt", STR("{}"), &mine), RC_OK);
	for (int s = KEY_PENDING; s <= KEY_KEPT; s++) {
		struct keyring_key key = in_state(jwk, s);
		bool signs = s == KEY_ACTIVE, there = s != KEY_GONE && s != KEY_KEPT;

		assert_int_equal(keyring_replace(r, &key, 1), RC_OK);
		assert_int_equal(keyring_sign(r, JOSE_ES256, a, "at+jwt", STR("{}"), &token),
			signs ? RC_OK : RC_NOT_FOUND);
		assert_int_equal(keyring_algs(r), signs ? JOSE_BIT(JOSE_ES256) : 0);
		assert_int_equal(keyring_verify(r, a, mine, &use, &payload, &why),
			there ? RC_OK : RC_NOT_FOUND);
		assert_int_equal(keyring_verify_hint(r, a, mine, &use, &payload, &why),
			s == KEY_GONE ? RC_NOT_FOUND : RC_OK);
		assert_int_equal(published(r), there ? 1 : 0);
	}
	keyring_free(r);
}

static void each_algorithm_has_its_key(void **state)
{
	struct keyring_key keys[] = {in_state(test_key(JOSE_ES256), KEY_ACTIVE),
		in_state(test_key(JOSE_RS256), KEY_ACTIVE),
		in_state(test_key(JOSE_PS256), KEY_ACTIVE),
		in_state(test_other_key(), KEY_PENDING)};
	struct keyring *r = keyring_new();
	struct str token, payload;
	struct jws_header h;
	const char *why;

	assert_int_equal(keyring_replace(r, keys, COUNT(keys)), RC_OK);
	assert_int_equal(keyring_algs(r), JOSE_ASYMMETRIC);
	for (int alg = JOSE_ES256; alg < JOSE_ALG_MAX; alg++) {
		const struct jws_use use = {.algs = JOSE_BIT(alg)};

		assert_int_equal(keyring_sign(r, alg, a, NULL, STR("{}"), &token), RC_OK);
		assert_int_equal(jws_peek(a, token, &use, &h, &why), RC_OK);
		assert_true(str_eq(h.kid, jwk_kid(test_key(alg))));
		assert_int_equal(keyring_verify(r, a, token, &use, &payload, &why), RC_OK);
	}
	assert_null(strstr(jwks_text(r).p, "\"d\""));
	keyring_free(r);
}

static void refused_sets_leave_the_old_one(void **state)
{
	struct keyring_key good[] = {in_state(test_key(JOSE_ES256), KEY_ACTIVE)};
	struct keyring_key two_active[] = {
		in_state(test_key(JOSE_ES256), KEY_ACTIVE), in_state(test_other_key(), KEY_ACTIVE)};
	struct keyring_key twice[] = {in_state(test_key(JOSE_ES256), KEY_ACTIVE),
		in_state(test_key(JOSE_ES256), KEY_RETIRED)};
	struct keyring_key many[KEYRING_KEYS_MAX + 1], public[1];
	struct keyring *r = keyring_new();
	struct str token;
	struct jwk *k;

	for (size_t i = 0; i < COUNT(many); i++)
		many[i] = in_state(test_key(JOSE_ES256), KEY_RETIRED);
	assert_int_equal(
		test_import(test_public_text(a, test_key(JOSE_ES256)), JOSE_ALG_INVALID, false, &k),
		RC_OK);
	public[0] = in_state(k, KEY_RETIRED);

	assert_int_equal(keyring_replace(r, good, 1), RC_OK);
	assert_int_equal(keyring_replace(r, two_active, 2), RC_INVALID);
	assert_int_equal(keyring_replace(r, twice, 2), RC_EXISTS);
	assert_int_equal(keyring_replace(r, many, COUNT(many)), RC_LIMITED);
	assert_int_equal(keyring_replace(r, public, 1), RC_INVALID);
	assert_int_equal(published(r), 1);
	assert_int_equal(keyring_sign(r, JOSE_ES256, a, NULL, STR("{}"), &token), RC_OK);
	assert_int_equal(keyring_replace(r, NULL, 0), RC_OK);
	assert_int_equal(published(r), 0);
	jwk_unref(k);
	keyring_free(r);
}

static void names_of_states(void **state)
{
	assert_string_equal(key_state_name(KEY_PENDING), "pending");
	assert_string_equal(key_state_name(KEY_GONE), "gone");
	assert_string_equal(key_state_name(KEY_STATE_MAX), "invalid");
}

#define THREADS 8
#define ROUNDS  60

struct keyring_worker {
	struct keyring *ring;
	pthread_t thread;
	int failures;
};

static void *sign_and_verify(void *data)
{
	const struct jws_use use = {.algs = JOSE_ASYMMETRIC};
	struct keyring_worker *w = data;
	struct arena *mine = arena_new(ARENA_MAX);
	struct str token, payload;
	const char *why;

	for (int i = 0; i < ROUNDS; i++) {
		if (keyring_sign(w->ring, JOSE_ES256, mine, "JWT", STR("{\"a\":1}"), &token) !=
				RC_OK ||
			keyring_verify(w->ring, mine, token, &use, &payload, &why) != RC_OK ||
			!str_eq_c(payload, "{\"a\":1}"))
			w->failures++;
		arena_reset(mine);
	}
	arena_free(mine);
	return NULL;
}

/* Both keys stay published, so what one generation signed the next verifies. */
static void eight_threads_while_the_ring_turns(void **state)
{
	struct keyring_worker workers[THREADS];
	struct keyring *r = keyring_new();
	struct jwk *jwks[2] = {test_key(JOSE_ES256), test_other_key()};
	struct keyring_key keys[2];

	for (int i = 0; i < ROUNDS; i++) {
		for (int k = 0; k < 2; k++)
			keys[k] = in_state(jwks[k], (i + k) % 2 ? KEY_ACTIVE : KEY_RETIRED);
		assert_int_equal(keyring_replace(r, keys, 2), RC_OK);
		if (i)
			continue;
		for (int t = 0; t < THREADS; t++) {
			workers[t] = (struct keyring_worker){.ring = r};
			assert_int_equal(pthread_create(&workers[t].thread, NULL, sign_and_verify,
						 &workers[t]),
				0);
		}
	}
	for (int t = 0; t < THREADS; t++) {
		pthread_join(workers[t].thread, NULL);
		assert_int_equal(workers[t].failures, 0);
	}
	keyring_free(r);
}

/* A key outlives the ring and the set that held it, and is freed once (the sanitizer counts). */
static void keys_are_counted(void **state)
{
	struct keyring *r = keyring_new();
	struct keyring_key key;
	struct jwk *k;

	assert_int_equal(jwk_generate(JOSE_ES256, &k), RC_OK);
	key = in_state(k, KEY_ACTIVE);
	assert_int_equal(keyring_replace(r, &key, 1), RC_OK);
	jwk_unref(k);
	assert_int_equal(published(r), 1);
	assert_int_equal(keyring_replace(r, NULL, 0), RC_OK);
	keyring_free(r);
}

static int keyring_set_up(void **state)
{
	a = arena_new(ARENA_MAX_CLI);
	return 0;
}

static int keyring_tear_down(void **state)
{
	arena_free(a);
	test_keys_free();
	return 0;
}

struct publishing {
	struct keyring *ring;
	int times;
	size_t keys;
	unsigned algs;
};

/* The key is in the set, and does not sign yet. */
static void note_publishing(void *data)
{
	struct publishing *p = data;

	p->times++;
	p->keys = published(p->ring);
	p->algs = keyring_algs(p->ring);
}

/* Of an algorithm that no client uses nothing is published, until it signs: first the set, then
 * the signature. */
static void a_spare_key_is_published_before_it_signs(void **state)
{
	const struct jws_use use = {.algs = JOSE_ASYMMETRIC};
	struct keyring_key keys[] = {in_state(test_key(JOSE_ES256), KEY_ACTIVE),
		in_state(test_key(JOSE_RS256), KEY_SPARE)};
	struct publishing p = {.ring = keyring_new()};
	struct str token, payload;
	const char *why;

	keyring_on_publish(p.ring, note_publishing, &p);
	assert_int_equal(keyring_replace(p.ring, keys, 2), RC_OK);
	assert_int_equal(published(p.ring), 1);
	assert_int_equal(keyring_algs(p.ring), JOSE_BIT(JOSE_ES256));
	assert_int_equal(keyring_ready(p.ring), JOSE_BIT(JOSE_ES256) | JOSE_BIT(JOSE_RS256));
	assert_int_equal(
		keyring_sign(p.ring, JOSE_PS256, a, NULL, STR("{}"), &token), RC_NOT_FOUND);
	assert_int_equal(p.times, 0);
	assert_int_equal(keyring_sign(p.ring, JOSE_RS256, a, NULL, STR("{}"), &token), RC_OK);
	assert_int_equal(p.times, 1);
	assert_int_equal(p.keys, 2);
	assert_int_equal(p.algs, JOSE_BIT(JOSE_ES256));
	assert_int_equal(keyring_verify(p.ring, a, token, &use, &payload, &why), RC_OK);
	assert_int_equal(keyring_woken(p.ring), JOSE_BIT(JOSE_RS256));
	/* The store does not say so yet: it stays published all the same. */
	assert_int_equal(keyring_replace(p.ring, keys, 2), RC_OK);
	assert_int_equal(published(p.ring), 2);
	assert_int_equal(keyring_sign(p.ring, JOSE_RS256, a, NULL, STR("{}"), &token), RC_OK);
	assert_int_equal(p.times, 1);
	/* Once it does, the store has the word. */
	keys[1].state = KEY_ACTIVE;
	assert_int_equal(keyring_replace(p.ring, keys, 2), RC_OK);
	assert_int_equal(keyring_woken(p.ring), 0);
	keys[1].state = KEY_SPARE;
	assert_int_equal(keyring_replace(p.ring, keys, 2), RC_OK);
	assert_int_equal(published(p.ring), 1);
	keyring_free(p.ring);
}

struct first_signer {
	struct keyring *ring;
	pthread_barrier_t *start;
	bool verified;
};

static void *sign_first(void *data)
{
	const struct jws_use use = {.algs = JOSE_ASYMMETRIC};
	struct first_signer *f = data;
	struct arena *mine = arena_new(ARENA_MAX);
	struct str token, payload;
	const char *why;

	pthread_barrier_wait(f->start);
	f->verified = keyring_sign(f->ring, JOSE_RS256, mine, NULL, STR("{}"), &token) == RC_OK &&
		      keyring_verify(f->ring, mine, token, &use, &payload, &why) == RC_OK;
	arena_free(mine);
	return NULL;
}

#define FIRST_SIGNERS 8

static void of_many_first_signatures_one_publishes(void **state)
{
	struct keyring_key key = in_state(test_key(JOSE_RS256), KEY_SPARE);
	struct publishing p = {.ring = keyring_new()};
	struct first_signer signers[FIRST_SIGNERS];
	pthread_t threads[FIRST_SIGNERS];
	pthread_barrier_t start;

	keyring_on_publish(p.ring, note_publishing, &p);
	assert_int_equal(keyring_replace(p.ring, &key, 1), RC_OK);
	pthread_barrier_init(&start, NULL, FIRST_SIGNERS);
	for (size_t i = 0; i < FIRST_SIGNERS; i++) {
		signers[i] = (struct first_signer){p.ring, &start, false};
		assert_int_equal(pthread_create(&threads[i], NULL, sign_first, &signers[i]), 0);
	}
	for (size_t i = 0; i < FIRST_SIGNERS; i++) {
		pthread_join(threads[i], NULL);
		assert_true(signers[i].verified);
	}
	pthread_barrier_destroy(&start);
	assert_int_equal(p.times, 1);
	keyring_free(p.ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_ring),
		cmocka_unit_test(what_each_state_does),
		cmocka_unit_test(each_algorithm_has_its_key),
		cmocka_unit_test(refused_sets_leave_the_old_one),
		cmocka_unit_test(names_of_states),
		cmocka_unit_test(eight_threads_while_the_ring_turns),
		cmocka_unit_test(keys_are_counted),
		cmocka_unit_test(a_spare_key_is_published_before_it_signs),
		cmocka_unit_test(of_many_first_signatures_one_publishes),
	};

	return cmocka_run_group_tests(tests, keyring_set_up, keyring_tear_down);
}
