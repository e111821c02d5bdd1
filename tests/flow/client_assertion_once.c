/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * An assertion is good once, for its whole life (RFC 7523 3, OIDC Core 9; CVE-2020-5300). Attack
 * row 6: replayed at once, late, at another endpoint, at the same moment, after a refusal.
 */
#include "flow/assertion_fixture.h"

#include "idp/client/client_assertion.h"

#include <pthread.h>
#include <stdatomic.h>

struct once {
	struct fixture *w;
	struct signer_key key;
};

static struct once once_new(enum fixture_store kind)
{
	struct once o = {fixture_standard(kind), signer_key_new(JOSE_ES256)};

	signer_client(o.w, SIGNER, &o.key, NULL);
	return o;
}

static struct str with_jti(struct once *o, const char *client, const char *change)
{
	return signed_by(
		o->w, &o->key, NULL, claims_of(o->w, client, "jti=\"the-one\"", change, NULL));
}

static void a_second_time_is_refused(void **state)
{
	struct once o = once_new(FIXTURE_MEM);
	struct str first = with_jti(&o, SIGNER, NULL);

	/* The request itself is refused: its code is none. */
	check_proven(o.w, first);
	assert_int_equal(records(o.w, (enum table)TABLE_CLIENT_ASSERTION), 1);
	check_unproven(o.w, first, "CLIENT_ASSERTION_USED");
	fixture_free(o.w);
}

/* The jti counts, whatever else the next assertion says; and it is this client's alone. */
static void its_jti_is_used_up(void **state)
{
	static const char *const others[] = {"exp@30", "exp@90", "exp@330", "iat@-10",
		"aud=\"" ISSUER "/oauth2/token\"", "more=1"};
	struct once o = once_new(FIXTURE_MEM);

	check_proven(o.w, with_jti(&o, SIGNER, NULL));
	for (size_t i = 0; i < COUNT(others); i++)
		check_unproven(o.w, with_jti(&o, SIGNER, others[i]), "CLIENT_ASSERTION_USED");
	signer_client(o.w, "another", &o.key, NULL);
	check_proven(o.w, with_jti(&o, "another", NULL));
	fixture_free(o.w);
}

/* What is refused proves nothing, and uses nothing up: a stranger cannot spend a client's jti. */
static void a_refused_assertion_uses_nothing_up(void **state)
{
	struct once o = once_new(FIXTURE_MEM);
	struct signer_key stranger = signer_key_new(JOSE_ES256);

	check_unproven(o.w,
		signed_by(o.w, &stranger, "{\"alg\":\"ES256\"}",
			claims_of(o.w, SIGNER, "jti=\"the-one\"", NULL)),
		"CLIENT_ASSERTION_SIGNATURE");
	check_unproven(o.w, with_jti(&o, SIGNER, "aud=\"https://x\""), "CLIENT_ASSERTION_AUDIENCE");
	assert_int_equal(records(o.w, (enum table)TABLE_CLIENT_ASSERTION), 0);
	check_proven(o.w, with_jti(&o, SIGNER, NULL));
	fixture_free(o.w);
}

/* Until the last second in which its exp and the skew would let it in, and no longer. */
static void to_the_end_of_its_life(void **state)
{
	static const int lives[] = {1, 29, 60, 300, 330};

	for (size_t i = 0; i < COUNT(lives); i++) {
		struct once o = once_new(FIXTURE_MEM);
		struct str a = with_jti(&o, SIGNER, text(o.w, "exp@%d", lives[i]).p);
		size_t swept;

		check_proven(o.w, a);
		fixture_advance_clock(o.w, lives[i] + CLIENT_ASSERTION_SKEW - 1);
		check_unproven(o.w, a, "CLIENT_ASSERTION_USED");
		fixture_advance_clock(o.w, 1);
		check_unproven(o.w, a, "CLIENT_ASSERTION_TIME");
		fixture_advance_clock(o.w, 120);
		check_ok(store_sweep(o.w->p.store, 1000, &swept));
		assert_int_equal(records(o.w, (enum table)TABLE_CLIENT_ASSERTION), 0);
		fixture_free(o.w);
	}
}

/* A portal whose clock is behind: exp is over, and the skew lets it in once. */
static void within_the_skew_after_exp(void **state)
{
	struct once o = once_new(FIXTURE_MEM);
	struct str a = with_jti(&o, SIGNER, "exp@-20");

	check_proven(o.w, a);
	check_unproven(o.w, a, "CLIENT_ASSERTION_USED");
	fixture_advance_clock(o.w, 9);
	check_unproven(o.w, a, "CLIENT_ASSERTION_USED");
	fixture_free(o.w);
}

static void at_no_other_endpoint(void **state)
{
	struct once o = once_new(FIXTURE_MEM);
	struct str a = with_jti(&o, SIGNER, NULL);
	struct raw_answer r = post_assertion(o.w, "/oauth2/revoke", STR("token=x"), a);

	assert_int_equal(r.status, 200);
	r = post_assertion(o.w, "/oauth2/introspect", STR("token=x"), a);
	check_json_error(o.w, &r, 401, "invalid_client");
	assert_string_equal(refused_for(), "CLIENT_ASSERTION_USED");
	check_unproven(o.w, a, "CLIENT_ASSERTION_USED");
	fixture_free(o.w);
}

/* ---- many at the same moment ---- */

#define REPLAYS 64

struct replay {
	struct fixture *w;
	struct str request;
	pthread_barrier_t *start;
	atomic_int *tokens, *refused;
};

static void *replay_one(void *data)
{
	const struct replay *r = data;
	struct arena *a = arena_new(ARENA_MAX);
	struct raw_answer answer;

	pthread_barrier_wait(r->start);
	answer = raw_exchange(a, r->w->port, r->request);
	if (answer.status == 200)
		atomic_fetch_add(r->tokens, 1);
	else if (answer.status == 401)
		atomic_fetch_add(r->refused, 1);
	arena_free(a);
	return NULL;
}

static void replay_at_once(struct once *o, struct str const requests[REPLAYS])
{
	pthread_t threads[REPLAYS];
	struct replay replays[REPLAYS];
	pthread_barrier_t start;
	atomic_int tokens = 0, refused = 0;

	pthread_barrier_init(&start, NULL, REPLAYS);
	for (size_t i = 0; i < REPLAYS; i++) {
		replays[i] = (struct replay){o->w, requests[i], &start, &tokens, &refused};
		assert_int_equal(pthread_create(&threads[i], NULL, replay_one, &replays[i]), 0);
	}
	for (size_t i = 0; i < REPLAYS; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&start);
	assert_int_equal(tokens, 1);
	assert_int_equal(refused, REPLAYS - 1);
	assert_int_equal(records(o->w, (enum table)TABLE_CLIENT_ASSERTION), 1);
}

static struct str machine_request(struct once *o, struct str assertion)
{
	return raw_post_bytes(o->w->a, "/oauth2/token", NULL,
		text(o->w,
			"grant_type=client_credentials&client_assertion_type=urn:ietf:params:oauth:"
			"client-assertion-type:jwt-bearer&client_assertion=%.*s",
			STR_FMT(assertion)));
}

static void of_many_at_once_one(void **state)
{
	static const enum fixture_store kinds[] = {FIXTURE_MEM, FIXTURE_LMDB};
	struct str requests[REPLAYS];

	for (size_t k = 0; k < COUNT(kinds); k++) {
		struct once o = once_new(kinds[k]);
		struct str request = machine_request(&o, with_jti(&o, SIGNER, NULL));

		for (size_t i = 0; i < REPLAYS; i++)
			requests[i] = request;
		replay_at_once(&o, requests);
		fixture_free(o.w);
	}
}

/* One jti in assertions of 64 lives, so that their records would stand under different keys. On a
 * disk, where many are under way when the first is written. */
static void of_many_lives_one(void **state)
{
	struct once o = once_new(FIXTURE_LMDB);
	struct str requests[REPLAYS];

	for (size_t i = 0; i < REPLAYS; i++)
		requests[i] = machine_request(
			&o, with_jti(&o, SIGNER, text(o.w, "exp@%zu", 10 + 5 * i).p));
	replay_at_once(&o, requests);
	fixture_free(o.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_second_time_is_refused),
		cmocka_unit_test(its_jti_is_used_up),
		cmocka_unit_test(a_refused_assertion_uses_nothing_up),
		cmocka_unit_test(to_the_end_of_its_life),
		cmocka_unit_test(within_the_skew_after_exp),
		cmocka_unit_test(at_no_other_endpoint),
		cmocka_unit_test(of_many_at_once_one),
		cmocka_unit_test(of_many_lives_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
