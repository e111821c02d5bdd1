/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Keys of algorithms that no client uses are not published; the key of one is there before its
 * first token, and as long as its last. oidcc-config: RS256 is always among the algorithms.
 */
#include "flow/helpers.h"

#include "idp/oauth/key_rotation.h"
#include "jose/jwk.h"

#define DAY_SECONDS 86400

struct keys_run {
	struct fixture *w;
	struct running_keys running;
};

static struct keys_run keys_run_new(void)
{
	struct keys_run k = {.w = fixture_standard(FIXTURE_MEM)};

	k.w->settings.key_lifetime = 0;
	k.running.app = &k.w->p;
	check_ok(key_rotation_run(&k.running));
	return k;
}

static void keys_run_free(struct keys_run *k)
{
	keys_done(&k->running.known);
	fixture_free(k->w);
}

static struct str fetched_jwks(struct fixture *w)
{
	return raw_exchange(w->a, w->port, raw_get_bytes(w->a, "/oauth2/jwks", NULL)).body;
}

/* Bits of the algorithms that have a key in the set. */
static unsigned published(struct fixture *w)
{
	struct jwk_set *set;
	unsigned bits = 0;

	check_ok(jwk_set_parse(fetched_jwks(w), JOSE_ALG_INVALID, &set));
	for (size_t i = 0; i < jwk_set_count(set); i++)
		bits |= JOSE_BIT(jwk_alg(jwk_set_at(set, i)));
	jwk_set_unref(set);
	return bits;
}

#define ES (1u << JOSE_ES256)
#define RS (1u << JOSE_RS256)
#define PS (1u << JOSE_PS256)

static enum jose_alg wanted;

static void with_id_token_alg(struct client *c)
{
	c->id_token_alg = (int)wanted - 1;
}

static void with_jwt_access_by_ps256(struct client *c)
{
	c->access_format = TOKEN_JWT;
	c->access_token_alg = JOSE_PS256;
}

static void use_alg(struct fixture *w, const char *client, enum jose_alg alg)
{
	wanted = alg;
	edit_client(w, client, with_id_token_alg);
}

/* An ID token of the client, verified by what is published now. */
static enum jose_alg id_token_of(struct fixture *w, const char *client)
{
	const struct jws_use use = {.algs = JOSE_ASYMMETRIC};
	struct browser b = {.w = w};
	struct raw_answer r = tokens_for(&b, client, "");
	struct str token = member(w, &r, "id_token"), payload;
	struct jws_header header;
	struct jwk_set *set;
	const char *why;

	assert_int_equal(r.status, 200);
	check_ok(jwk_set_parse(fetched_jwks(w), JOSE_ALG_INVALID, &set));
	check_ok(jws_peek(w->a, token, &use, &header, &why));
	check_ok(jws_verify(w->a, token, &use, set, &payload, &why));
	jwk_set_unref(set);
	return header.alg;
}

static void only_what_clients_use(void **state)
{
	struct keys_run k = keys_run_new();
	struct raw_answer r;

	assert_int_equal(published(k.w), ES);
	r = raw_exchange(k.w->a, k.w->port,
		raw_get_bytes(k.w->a, "/.well-known/openid-configuration", NULL));
	check_has(r.body,
		"\"id_token_signing_alg_values_supported\":[\"ES256\",\"RS256\",\"PS256\"]");
	/* Access tokens have an algorithm of their own. */
	fixture_client(k.w, "api", "eplan", with_jwt_access_by_ps256);
	check_ok(key_rotation_run(&k.running));
	assert_int_equal(published(k.w), ES | PS);
	keys_run_free(&k);
}

/* A server without clients has one key all the same. */
static void before_the_first_client(void **state)
{
	struct fixture *w = fixture_new(FIXTURE_MEM);
	struct running_keys running = {.app = &w->p};

	check_ok(key_rotation_run(&running));
	assert_int_equal(published(w), ES);
	keys_done(&running.known);
	fixture_free(w);
}

/* Published as soon as the server has seen the client, long before anybody logs in there. */
static void published_when_a_client_is_registered(void **state)
{
	struct keys_run k = keys_run_new();

	wanted = JOSE_RS256;
	fixture_client(k.w, "second", "eplan", with_id_token_alg);
	check_ok(key_rotation_run(&k.running));
	assert_int_equal(published(k.w), ES | RS);
	assert_int_equal(id_token_of(k.w, "second"), JOSE_RS256);
	keys_run_free(&k);
}

/* Registered and used within seconds: the signature publishes the key first. */
static void published_before_its_first_token(void **state)
{
	struct keys_run k = keys_run_new();
	struct str before;

	wanted = JOSE_RS256;
	fixture_client(k.w, "second", "eplan", with_id_token_alg);
	assert_int_equal(published(k.w), ES);
	assert_int_equal(id_token_of(k.w, "second"), JOSE_RS256);
	before = fetched_jwks(k.w);
	/* The next look stores what is, and changes nothing of it; also for another process. */
	check_ok(key_rotation_run(&k.running));
	check_str(fetched_jwks(k.w), before);
	assert_int_equal(keyring_woken(k.w->p.keys), 0);
	check_ok(keys_load(k.w->p.store, k.w->a, &k.w->vault, k.w->p.keys));
	check_ok(discovery_renew_jwks(&k.w->p));
	check_str(fetched_jwks(k.w), before);
	keys_run_free(&k);
}

/* The last client of an algorithm leaves it: what was signed is verified to its end. */
static void published_to_its_last_token(void **state)
{
	struct keys_run k = keys_run_new();
	int64_t overlap = k.w->settings.key_overlap;

	use_alg(k.w, "portal", JOSE_RS256);
	check_ok(key_rotation_run(&k.running));
	assert_int_equal(published(k.w), ES | RS);
	use_alg(k.w, "portal", JOSE_ES256);
	check_ok(key_rotation_run(&k.running));
	assert_int_equal(published(k.w), ES | RS);
	/* It retires once it has signed for the overlap, and stays for the longest token. */
	fixture_advance_clock(k.w, overlap);
	check_ok(key_rotation_run(&k.running));
	assert_int_equal(published(k.w), ES | RS);
	fixture_advance_clock(k.w, DAY_SECONDS - 1);
	check_ok(key_rotation_run(&k.running));
	assert_int_equal(published(k.w), ES | RS);
	fixture_advance_clock(k.w, 1);
	check_ok(key_rotation_run(&k.running));
	assert_int_equal(published(k.w), ES);
	/* And back again, by another key. */
	use_alg(k.w, "portal", JOSE_RS256);
	assert_int_equal(id_token_of(k.w, "portal"), JOSE_RS256);
	keys_run_free(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_clients_use),
		cmocka_unit_test(before_the_first_client),
		cmocka_unit_test(published_when_a_client_is_registered),
		cmocka_unit_test(published_before_its_first_token),
		cmocka_unit_test(published_to_its_last_token),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
