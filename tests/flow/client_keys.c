/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The keys of clients at their jwks_uri: fetched when they are needed, again when a portal has
 * changed its key (oidcc-registration-jwks-uri, oidcc-refresh-token-rp-key-rotation), not as often
 * as a stranger likes, and not by whoever answers other requests. Attack rows 15 and 20.
 */
#include "flow/assertion_fixture.h"

#include "base/clock.h"
#include "idp/client/client_keys.h"
#include "support/script_server.h"

#include <pthread.h>

#define KEYS "/keys"

struct keys_scene {
	struct fixture *w;
	struct script_server *portal;
	struct signer_key key, next;
};

static struct str portal_url(struct keys_scene *s, const char *path)
{
	return text(s->w, "http://127.0.0.1:%d%s", script_port(s->portal), path);
}

static struct keys_scene keys_scene_new(void)
{
	struct keys_scene s = {fixture_standard(FIXTURE_MEM), script_start(),
		signer_key_new(JOSE_ES256), signer_key_new(JOSE_ES256)};

	signer_client(s.w, SIGNER, &s.key, portal_url(&s, KEYS).p);
	return s;
}

static void keys_scene_free(struct keys_scene *s)
{
	fixture_free(s->w);
	script_stop(s->portal);
}

static void publish(struct keys_scene *s, const struct signer_key *keys, size_t n)
{
	script_clear(s->portal);
	script_body(s->portal, KEYS, signer_jwks(s->w, keys, n));
}

static void check_good(struct keys_scene *s, const struct signer_key *key)
{
	check_proven(s->w, assertion_of(s->w, key, SIGNER));
}

static void check_refused(struct keys_scene *s, const struct signer_key *key)
{
	check_unproven(s->w, assertion_of(s->w, key, SIGNER), "CLIENT_ASSERTION_KEY");
}

static void fetched_once(void **state)
{
	struct keys_scene s = keys_scene_new();

	publish(&s, &s.key, 1);
	for (int i = 0; i < 5; i++)
		check_good(&s, &s.key);
	assert_int_equal(script_count(s.portal, KEYS), 1);
	fixture_advance_clock(s.w, CLIENT_KEYS_KEEP - 1);
	check_good(&s, &s.key);
	assert_int_equal(script_count(s.portal, KEYS), 1);
	fixture_advance_clock(s.w, 1);
	check_good(&s, &s.key);
	assert_int_equal(script_count(s.portal, KEYS), 2);
	keys_scene_free(&s);
}

/* The key is another, and its kid: the next request works. */
static void a_portal_changes_its_key(void **state)
{
	struct keys_scene s = keys_scene_new();
	struct signer_key third = signer_key_new(JOSE_ES256);

	publish(&s, &s.key, 1);
	check_good(&s, &s.key);
	publish(&s, &s.next, 1);
	check_good(&s, &s.next);
	/* The one before is gone with the set. */
	check_refused(&s, &s.key);
	fixture_advance_clock(s.w, CLIENT_KEYS_GAP);
	publish(&s, &third, 1);
	check_good(&s, &third);
	keys_scene_free(&s);
}

/* oidcc-refresh-token-rp-key-rotation: the refresh token of before, with the key of after. */
static void refreshed_with_the_next_key(void **state)
{
	struct keys_scene s = keys_scene_new();
	struct browser b = {.w = s.w};
	struct str code, form;
	struct raw_answer r;

	publish(&s, &s.key, 1);
	code = login_for_code(&b, SIGNER, "&scope=openid+offline_access");
	form = text(s.w, "grant_type=authorization_code&code=%.*s&redirect_uri=%s&code_verifier=%s",
		STR_FMT(code), PORTAL_CB, CODE_VERIFIER);
	r = post_assertion(s.w, "/oauth2/token", form, assertion_of(s.w, &s.key, SIGNER));
	assert_int_equal(r.status, 200);
	publish(&s, &s.next, 1);
	form = text(s.w, "grant_type=refresh_token&refresh_token=%.*s",
		STR_FMT(member(s.w, &r, "refresh_token")));
	r = post_assertion(s.w, "/oauth2/token", form, assertion_of(s.w, &s.next, SIGNER));
	assert_int_equal(r.status, 200);
	keys_scene_free(&s);
}

/* Assertions with made-up kids cost the portal one request every CLIENT_KEYS_GAP. */
static void a_stranger_causes_few_fetches(void **state)
{
	struct keys_scene s = keys_scene_new();

	publish(&s, &s.key, 1);
	check_good(&s, &s.key);
	for (int i = 0; i < 20; i++)
		check_unproven(s.w,
			signed_by(s.w, &s.next,
				text(s.w, "{\"alg\":\"ES256\",\"kid\":\"made-up-%d\"}", i).p,
				claims_of(s.w, SIGNER, NULL)),
			"CLIENT_ASSERTION_KEY");
	assert_int_equal(script_count(s.portal, KEYS), 2);
	check_good(&s, &s.key);
	fixture_advance_clock(s.w, CLIENT_KEYS_GAP);
	check_refused(&s, &s.next);
	assert_int_equal(script_count(s.portal, KEYS), 3);
	keys_scene_free(&s);
}

/* An unknown client, another method, a bad header: nobody is called for them. */
static void nothing_is_fetched_in_vain(void **state)
{
	struct keys_scene s = keys_scene_new();

	publish(&s, &s.key, 1);
	check_unproven(s.w,
		signed_by(s.w, &s.key, "{\"alg\":\"none\"}", claims_of(s.w, SIGNER, NULL)),
		"CLIENT_ASSERTION_HEADER");
	check_unproven(s.w, assertion_of(s.w, &s.key, "nobody"), "CLIENT_AUTH_UNKNOWN");
	check_unproven(s.w, assertion_of(s.w, &s.key, "portal"), "CLIENT_AUTH_METHOD");
	assert_int_equal(script_count(s.portal, KEYS), 0);
	keys_scene_free(&s);
}

static const struct script_answer broken = {.status = 500, .body = STR_INIT("broken")};

static void an_address_that_fails(void **state)
{
	struct keys_scene s = keys_scene_new();

	script_answer(s.portal, KEYS, &broken);
	check_refused(&s, &s.key);
	check_refused(&s, &s.key);
	assert_int_equal(script_count(s.portal, KEYS), 1);
	/* It is asked again after a while, and works then. */
	fixture_advance_clock(s.w, CLIENT_KEYS_RETRY);
	publish(&s, &s.key, 1);
	check_good(&s, &s.key);
	keys_scene_free(&s);
}

/* While it is down the keys before are used, for CLIENT_KEYS_STALE. */
static void stale_keys_for_a_time(void **state)
{
	struct keys_scene s = keys_scene_new();
	int64_t age = 0;

	publish(&s, &s.key, 1);
	check_good(&s, &s.key);
	script_clear(s.portal);
	script_answer(s.portal, KEYS, &broken);
	while (age + CLIENT_KEYS_KEEP < CLIENT_KEYS_STALE) {
		fixture_advance_clock(s.w, CLIENT_KEYS_KEEP);
		age += CLIENT_KEYS_KEEP;
		check_good(&s, &s.key);
	}
	assert_true(script_count(s.portal, KEYS) > 1);
	fixture_advance_clock(s.w, CLIENT_KEYS_STALE - age);
	check_refused(&s, &s.key);
	keys_scene_free(&s);
}

/* What is no set of public keys for signatures. */
static void answers_that_are_no_keys(void **state)
{
	struct keys_scene s = keys_scene_new();
	struct str private_key =
		text(s.w, "{\"keys\":[%.*s]}", STR_FMT(jwk_private_text(s.key.jwk, s.w->a)));
	struct str good = signer_jwks(s.w, &s.key, 1);
	const struct script_answer answers[] = {
		{.status = 302, .headers = "Location: /elsewhere\r\n", .body = STR("")},
		{.status = 200, .body = STR("")},
		{.status = 200, .body = STR("<html>")},
		{.status = 200, .body = STR("{\"keys\":[]}")},
		{.status = 200, .body = STR("{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}")},
		{.status = 200, .body = private_key},
		{.status = 200, .body = text(s.w, "%.*s%*s", STR_FMT(good), 65536, " ")},
		{.status = 204, .body = STR("")},
		{.fault = SCRIPT_CLOSE},
		{.fault = SCRIPT_TRUNCATE, .body = good},
	};

	for (size_t i = 0; i < COUNT(answers); i++) {
		print_message("# answer %zu\n", i);
		script_clear(s.portal);
		script_answer(s.portal, KEYS, &answers[i]);
		script_body(s.portal, "/elsewhere", good);
		check_refused(&s, &s.key);
		assert_int_equal(script_count(s.portal, KEYS), 1);
		assert_int_equal(script_count(s.portal, "/elsewhere"), 0);
		fixture_advance_clock(s.w, CLIENT_KEYS_RETRY);
	}
	keys_scene_free(&s);
}

static struct str other_uri;

static void at_another_address(struct client *c)
{
	c->jwks_uri = other_uri;
}

static void another_address_counts_at_once(void **state)
{
	struct keys_scene s = keys_scene_new();

	publish(&s, &s.key, 1);
	script_body(s.portal, "/new", signer_jwks(s.w, &s.next, 1));
	check_good(&s, &s.key);
	other_uri = portal_url(&s, "/new");
	edit_client(s.w, SIGNER, at_another_address);
	check_good(&s, &s.next);
	check_refused(&s, &s.key);
	keys_scene_free(&s);
}

/* Only what outgoing.private_networks lists: the address is judged again at each fetch. */
static void an_address_that_is_not_permitted(void **state)
{
	struct keys_scene s = keys_scene_new();

	publish(&s, &s.key, 1);
	other_uri = text(s.w, "https://169.254.169.254/latest/meta-data");
	edit_client(s.w, SIGNER, at_another_address);
	check_refused(&s, &s.key);
	keys_scene_free(&s);
}

/* ---- a portal that hangs ---- */

struct asker {
	struct fixture *w;
	struct str request;
	int status;
	pthread_t thread;
};

static void *asker_main(void *data)
{
	struct asker *k = data;
	struct arena *a = arena_new(ARENA_MAX);

	k->status = raw_exchange(a, k->w->port, k->request).status;
	arena_free(a);
	return NULL;
}

#define ASKERS 12 /* more than there are workers and event threads */

static void a_portal_that_hangs_delays_nobody_else(void **state)
{
	struct keys_scene s = keys_scene_new();
	const struct script_answer held = {
		.fault = SCRIPT_HOLD, .body = signer_jwks(s.w, &s.key, 1)};
	struct asker askers[ASKERS];
	int64_t began;
	struct raw_answer r;

	signer_client(s.w, "well", &s.next, NULL);
	script_answer(s.portal, KEYS, &held);
	for (size_t i = 0; i < ASKERS; i++) {
		struct str form = text(s.w,
			"grant_type=client_credentials&client_assertion_type=urn:ietf:params:oauth:"
			"client-assertion-type:jwt-bearer&client_assertion=%.*s",
			STR_FMT(assertion_of(s.w, &s.key, SIGNER)));

		askers[i] = (struct asker){
			.w = s.w, .request = raw_post_bytes(s.w->a, "/oauth2/token", NULL, form)};
		assert_int_equal(
			pthread_create(&askers[i].thread, NULL, asker_main, &askers[i]), 0);
	}
	script_await(s.portal, KEYS, 1);
	began = monotonic_ms();
	r = raw_exchange(s.w->a, s.w->port,
		raw_get_bytes(s.w->a, "/.well-known/openid-configuration", NULL));
	assert_int_equal(r.status, 200);
	check_proven(s.w, assertion_of(s.w, &s.next, "well"));
	assert_true(monotonic_ms() - began < 2000);
	script_let_go(s.portal);
	for (size_t i = 0; i < ASKERS; i++) {
		pthread_join(askers[i].thread, NULL);
		assert_int_equal(askers[i].status, 200);
	}
	/* They waited for one request, not one each. */
	assert_int_equal(script_count(s.portal, KEYS), 1);
	keys_scene_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fetched_once),
		cmocka_unit_test(a_portal_changes_its_key),
		cmocka_unit_test(refreshed_with_the_next_key),
		cmocka_unit_test(a_stranger_causes_few_fetches),
		cmocka_unit_test(nothing_is_fetched_in_vain),
		cmocka_unit_test(an_address_that_fails),
		cmocka_unit_test(stale_keys_for_a_time),
		cmocka_unit_test(answers_that_are_no_keys),
		cmocka_unit_test(another_address_counts_at_once),
		cmocka_unit_test(an_address_that_is_not_permitted),
		cmocka_unit_test(a_portal_that_hangs_delays_nobody_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
