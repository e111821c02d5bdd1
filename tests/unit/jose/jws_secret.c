/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Tokens by a shared secret, and what may be read before anything is verified. Attack row 7: HMAC
 * and public keys never meet. */
#include "support.h"

#include "codec/base64.h"
#include "crypto/hash.h"

#define SECRET "0123456789abcdef0123456789abcdef"
#define OTHER  "fedcba9876543210fedcba9876543210"

static const struct jws_use by_secret = {.secret = true};
static struct arena *a;

static struct str mac_token(const char *header, struct str payload, struct str secret)
{
	unsigned char mac[SHA256_SIZE];
	struct buf out;

	buf_init(&out, a, JWS_MAX);
	base64url_add(&out, str_c(header));
	buf_add_byte(&out, '.');
	base64url_add(&out, payload);
	hmac_sha256(secret, buf_str(&out), mac);
	buf_add_byte(&out, '.');
	base64url_add(&out, (struct str){(const char *)mac, SHA256_SIZE});
	return buf_str(&out);
}

static enum rc verify(struct str token, const struct jws_use *use, struct str secret)
{
	struct str payload;
	const char *why = NULL;
	enum rc rc = jws_verify_secret(a, token, use, (struct strlist){&secret, 1}, &payload, &why);

	if (rc != RC_OK)
		assert_non_null(why);
	return rc;
}

static void hs256_and_nothing_else(void **state)
{
	static const struct {
		const char *header;
		enum rc want;
	} rows[] = {{"{\"alg\":\"HS256\"}", RC_OK}, {"{\"alg\":\"HS256\",\"typ\":\"JWT\"}", RC_OK},
		{"{\"alg\":\"HS512\"}", RC_INVALID}, {"{\"alg\":\"none\"}", RC_INVALID},
		{"{\"alg\":\"ES256\"}", RC_INVALID}, {"{\"alg\":\"hs256\"}", RC_INVALID},
		{"{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}", RC_INVALID},
		{"{\"alg\":\"HS256\",\"crit\":[\"x\"]}", RC_INVALID},
		{"{\"alg\":\"HS256\",\"zip\":\"DEF\"}", RC_INVALID},
		{"{\"alg\":\"none\",\"alg\":\"HS256\"}", RC_INVALID}};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str token = mac_token(rows[i].header, STR("{}"), STR(SECRET));

		assert_int_equal(verify(token, &by_secret, STR(SECRET)), rows[i].want);
	}
}

static void each_of_the_secrets_in_force(void **state)
{
	const struct str both[] = {STR(OTHER), STR(SECRET)};
	struct str token = mac_token("{\"alg\":\"HS256\"}", STR("{\"a\":1}"), STR(SECRET)), payload;
	const char *why;

	assert_int_equal(
		jws_verify_secret(a, token, &by_secret, (struct strlist){both, 2}, &payload, &why),
		RC_OK);
	assert_true(str_eq_c(payload, "{\"a\":1}"));
	assert_int_equal(verify(token, &by_secret, STR(OTHER)), RC_DENIED);
	assert_int_equal(
		jws_verify_secret(a, token, &by_secret, (struct strlist){both, 0}, &payload, &why),
		RC_DENIED);
	/* Shorter than the hash, and none at all. */
	token = mac_token("{\"alg\":\"HS256\"}", STR("{}"), STR("0123456789abcdef0123456789abcde"));
	assert_int_equal(
		verify(token, &by_secret, STR("0123456789abcdef0123456789abcde")), RC_DENIED);
	token = mac_token("{\"alg\":\"HS256\"}", STR("{}"), STR(""));
	assert_int_equal(verify(token, &by_secret, STR("")), RC_DENIED);
}

static void every_part_counts(void **state)
{
	struct str token = mac_token("{\"alg\":\"HS256\"}", STR("{}"), STR(SECRET));

	for (size_t i = 0; i < token.n; i++) {
		char *bad = str_dup_c(a, token);

		bad[i] = bad[i] == 'A' ? 'B' : 'A';
		assert_int_not_equal(verify(str_c(bad), &by_secret, STR(SECRET)), RC_OK);
	}
	assert_int_not_equal(
		verify(str_sub(token, 0, token.n - 1), &by_secret, STR(SECRET)), RC_OK);
}

/* A use for keys takes no secret, a use for secrets no key; a public key is no secret. */
static void keys_and_secrets_never_meet(void **state)
{
	const struct jws_use by_keys = {.algs = JOSE_ASYMMETRIC};
	struct jwk *key = test_key(JOSE_ES256);
	struct jwk_set *set;
	struct str token, payload;
	struct buf public;
	struct json_writer w;
	const char *why;

	assert_int_equal(jwk_set_new(&key, 1, &set), RC_OK);
	buf_init(&public, a, 4096);
	json_writer_init(&w, &public);
	jwk_write_public(key, &w);
	token = mac_token("{\"alg\":\"HS256\"}", STR("{}"), buf_str(&public));
	assert_int_equal(verify(token, &by_keys, buf_str(&public)), RC_INVALID);
	assert_int_equal(jws_verify(a, token, &by_keys, set, &payload, &why), RC_INVALID);
	assert_int_equal(jws_verify(a, token, &by_secret, set, &payload, &why), RC_INVALID);
	assert_int_equal(jws_sign(a, key, NULL, STR("{}"), &token), RC_OK);
	assert_int_equal(verify(token, &by_secret, STR(SECRET)), RC_INVALID);
	jwk_set_unref(set);
}

static void a_payload_is_read_whatever_signed_it(void **state)
{
	struct str token = mac_token("x", STR("{\"sub\":\"me\"}"), STR(SECRET)), payload;
	const char *why;

	assert_int_equal(jws_peek_payload(a, token, token.n, &payload, &why), RC_OK);
	assert_true(str_eq_c(payload, "{\"sub\":\"me\"}"));
	assert_int_equal(jws_peek_payload(a, token, token.n - 1, &payload, &why), RC_LIMITED);
	assert_int_equal(jws_peek_payload(a, STR("a.b"), 100, &payload, &why), RC_INVALID);
	assert_int_equal(jws_peek_payload(a, STR("a.b.c.d"), 100, &payload, &why), RC_INVALID);
	assert_int_equal(jws_peek_payload(a, STR("a.=.c"), 100, &payload, &why), RC_INVALID);
	assert_int_equal(jws_peek_payload(a, STR(""), 100, &payload, &why), RC_INVALID);
}

/* Keys that name no algorithm, where nothing else says it: what their type is used for most. */
static void keys_by_their_type(void **state)
{
	static const char text[] = "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"e\","
				   "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
				   "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"},"
				   "{\"kty\":\"oct\",\"k\":\"AAAA\"},{\"kty\":7}]}";
	struct jwk_set *set;

	assert_int_equal(jwk_set_parse(str_c(text), JOSE_ALG_INVALID, &set), RC_OK);
	assert_int_equal(jwk_set_count(set), 1);
	assert_int_equal(jwk_alg(jwk_set_at(set, 0)), JOSE_ES256);
	jwk_set_unref(set);
	assert_int_equal(jwk_set_parse(str_c(text), JOSE_RS256, &set), RC_INVALID);
}

static int secret_set_up(void **state)
{
	a = arena_new(ARENA_MAX_CLI);
	return 0;
}

static int secret_tear_down(void **state)
{
	arena_free(a);
	test_keys_free();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hs256_and_nothing_else),
		cmocka_unit_test(each_of_the_secrets_in_force),
		cmocka_unit_test(every_part_counts),
		cmocka_unit_test(keys_and_secrets_never_meet),
		cmocka_unit_test(a_payload_is_read_whatever_signed_it),
		cmocka_unit_test(keys_by_their_type),
	};

	return cmocka_run_group_tests(tests, secret_set_up, secret_tear_down);
}
