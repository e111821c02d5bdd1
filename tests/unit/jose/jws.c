/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The front door: what it lets in, and each thing it refuses. */
#include "support.h"

#include "codec/base64.h"

static const struct jws_use any = {.algs = JOSE_ASYMMETRIC};

static struct arena *a;
static struct jwk_set *set; /* one key of each algorithm */

static enum rc jws_verify_token(
	struct str token, const struct jws_use *use, struct str *ret_payload)
{
	const char *why = NULL;
	enum rc rc = jws_verify(a, token, use, set, ret_payload, &why);

	if (rc != RC_OK)
		assert_non_null(why);
	return rc;
}

static void round_trip_of_each_algorithm(void **state)
{
	static const char *const typs[] = {NULL, "JWT", "at+jwt", "logout+jwt"};
	struct str token, payload;

	for (int alg = JOSE_ES256; alg < JOSE_ALG_MAX; alg++) {
		for (size_t i = 0; i < COUNT(typs); i++) {
			struct jws_use use = {.algs = JOSE_BIT(alg), .typ = typs[i]};
			struct jws_header h;
			const char *why;

			assert_int_equal(
				jws_sign(a, test_key(alg), typs[i], STR("{\"a\":1}"), &token),
				RC_OK);
			assert_int_equal(jws_verify_token(token, &use, &payload), RC_OK);
			assert_true(str_eq_c(payload, "{\"a\":1}"));
			assert_int_equal(jws_peek(a, token, &use, &h, &why), RC_OK);
			assert_int_equal(h.alg, alg);
			assert_true(str_eq(h.kid, jwk_kid(test_key(alg))));
			assert_true(str_eq(h.typ, str_c(typs[i])));
		}
	}
}

/* Each length modulo 3, so that every form of the last base64 group is seen. */
static void payloads_of_every_length(void **state)
{
	static const char bytes[] = "{\"nonce\":\"0123456789012345678901234567890123456789\"}";
	struct str token, payload, sent;

	for (size_t n = 1; n < sizeof(bytes); n++) {
		sent = (struct str){.p = bytes, .n = n};
		assert_int_equal(jws_sign(a, test_key(JOSE_ES256), "JWT", sent, &token), RC_OK);
		assert_int_equal(jws_verify_token(token, &any, &payload), RC_OK);
		assert_true(str_eq(payload, sent));
	}
}

struct header_case {
	const char *name;
	const char *header; /* %s: the kid of the ES256 key */
	enum rc want;
};

static const struct header_case header_cases[] = {
	{"plain", "{\"alg\":\"ES256\",\"kid\":\"%s\"}", RC_OK},
	{"typ JWT", "{\"alg\":\"ES256\",\"kid\":\"%s\",\"typ\":\"JWT\"}", RC_OK},
	{"typ jwt", "{\"alg\":\"ES256\",\"kid\":\"%s\",\"typ\":\"jwt\"}", RC_OK},
	{"typ application/jwt", "{\"alg\":\"ES256\",\"kid\":\"%s\",\"typ\":\"Application/JWT\"}",
		RC_OK},
	{"unknown members", "{\"alg\":\"ES256\",\"kid\":\"%s\",\"cty\":\"x\",\"foo\":[1]}", RC_OK},
	{"no kid, one key of the algorithm", "{\"alg\":\"ES256\"}", RC_OK},
	{"none", "{\"alg\":\"none\",\"kid\":\"%s\"}", RC_INVALID},
	{"None", "{\"alg\":\"None\",\"kid\":\"%s\"}", RC_INVALID},
	{"HS256", "{\"alg\":\"HS256\",\"kid\":\"%s\"}", RC_INVALID},
	{"HS512", "{\"alg\":\"HS512\",\"kid\":\"%s\"}", RC_INVALID},
	{"ES384", "{\"alg\":\"ES384\",\"kid\":\"%s\"}", RC_INVALID},
	{"es256", "{\"alg\":\"es256\",\"kid\":\"%s\"}", RC_INVALID},
	{"EdDSA", "{\"alg\":\"EdDSA\",\"kid\":\"%s\"}", RC_INVALID},
	{"empty alg", "{\"alg\":\"\",\"kid\":\"%s\"}", RC_INVALID},
	{"alg a number", "{\"alg\":256,\"kid\":\"%s\"}", RC_INVALID},
	{"alg a list", "{\"alg\":[\"ES256\"],\"kid\":\"%s\"}", RC_INVALID},
	{"alg missing", "{\"kid\":\"%s\"}", RC_INVALID},
	{"alg twice", "{\"alg\":\"ES256\",\"alg\":\"ES256\",\"kid\":\"%s\"}", RC_INVALID},
	{"kid twice", "{\"alg\":\"ES256\",\"kid\":\"%s\",\"kid\":\"x\"}", RC_INVALID},
	{"alg twice by escape", "{\"alg\":\"ES256\",\"\\u0061lg\":\"none\",\"kid\":\"%s\"}",
		RC_INVALID},
	{"alg of another key", "{\"alg\":\"RS256\",\"kid\":\"%s\"}", RC_INVALID},
	{"kid unknown", "{\"alg\":\"ES256\",\"kid\":\"x%s\"}", RC_NOT_FOUND},
	{"kid empty", "{\"alg\":\"ES256\",\"kid\":\"\"}", RC_INVALID},
	{"kid a number", "{\"alg\":\"ES256\",\"kid\":1}", RC_INVALID},
	{"kid null", "{\"alg\":\"ES256\",\"kid\":null}", RC_INVALID},
	{"crit", "{\"alg\":\"ES256\",\"kid\":\"%s\",\"crit\":[\"exp\"],\"exp\":1}", RC_INVALID},
	{"crit empty", "{\"alg\":\"ES256\",\"kid\":\"%s\",\"crit\":[]}", RC_INVALID},
	{"crit null", "{\"alg\":\"ES256\",\"kid\":\"%s\",\"crit\":null}", RC_INVALID},
	{"b64", "{\"alg\":\"ES256\",\"kid\":\"%s\",\"b64\":true}", RC_INVALID},
	{"zip", "{\"alg\":\"ES256\",\"kid\":\"%s\",\"zip\":\"DEF\"}", RC_INVALID},
	{"jku", "{\"alg\":\"ES256\",\"kid\":\"%s\",\"jku\":\"https://evil.example/\"}", RC_INVALID},
	{"x5u", "{\"alg\":\"ES256\",\"kid\":\"%s\",\"x5u\":\"https://evil.example/\"}", RC_INVALID},
	{"x5c", "{\"alg\":\"ES256\",\"kid\":\"%s\",\"x5c\":[\"MII\"]}", RC_INVALID},
	{"jwk", "{\"alg\":\"ES256\",\"kid\":\"%s\",\"jwk\":{\"kty\":\"EC\"}}", RC_INVALID},
	{"enc", "{\"alg\":\"ES256\",\"kid\":\"%s\",\"enc\":\"A128GCM\"}", RC_INVALID},
	{"typ of another kind", "{\"alg\":\"ES256\",\"kid\":\"%s\",\"typ\":\"at+jwt\"}",
		RC_INVALID},
	{"typ a number", "{\"alg\":\"ES256\",\"kid\":\"%s\",\"typ\":1}", RC_INVALID},
	{"typ empty", "{\"alg\":\"ES256\",\"kid\":\"%s\",\"typ\":\"\"}", RC_INVALID},
	{"a list", "[\"alg\",\"ES256\",\"%s\"]", RC_INVALID},
	{"a string", "\"ES256 %s\"", RC_INVALID},
	{"cut off", "{\"alg\":\"ES256\",\"kid\":\"%s\"", RC_INVALID},
	{"bytes behind", "{\"alg\":\"ES256\",\"kid\":\"%s\"}{}", RC_INVALID},
	{"ill-formed UTF-8", "{\"alg\":\"ES256\",\"kid\":\"%s\",\"a\":\"\xff\"}", RC_INVALID},
	{"deep",
		"{\"alg\":\"ES256\",\"kid\":\"%s\",\"a\":[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]"
		"}",
		RC_INVALID},
};

/* Every header here is signed rightly: the header alone decides. */
static void headers(void **state)
{
	const char *kid = test_format(a, "%.*s", STR_FMT(jwk_kid(test_key(JOSE_ES256)))).p;
	struct str token, payload;

	for (size_t i = 0; i < COUNT(header_cases); i++) {
		const struct header_case *c = &header_cases[i];
		const char *at = strstr(c->header, "%s");
		size_t before = at ? (size_t)(at - c->header) : strlen(c->header);
		struct str header = test_format(
			a, "%.*s%s%s", (int)before, c->header, at ? kid : "", at ? at + 2 : "");
		enum rc rc;

		token = test_forge(a, test_key(JOSE_ES256), header.p, STR("{}"));
		rc = jws_verify_token(token, &any, &payload);
		if (rc != c->want)
			fail_msg("%s: %s, not %s", c->name, rc_name(rc), rc_name(c->want));
	}
}

/* RFC 8725 3.11: no kind of token passes for another. */
static void kinds_of_tokens(void **state)
{
	static const char *const kinds[] = {NULL, "JWT", "at+jwt", "logout+jwt", "dpop+jwt",
		"oauth-authz-req+jwt", "token-introspection+jwt"};
	struct str token, payload;

	for (size_t i = 0; i < COUNT(kinds); i++) {
		for (size_t j = 0; j < COUNT(kinds); j++) {
			struct jws_use use = {.algs = JOSE_ASYMMETRIC, .typ = kinds[j]};
			bool plain = i < 2 && (j == 0 || (i == 1 && j == 1));
			enum rc rc;

			assert_int_equal(
				jws_sign(a, test_key(JOSE_ES256), kinds[i], STR("{}"), &token),
				RC_OK);
			rc = jws_verify_token(token, &use, &payload);
			if (rc != (i == j || plain ? RC_OK : RC_INVALID))
				fail_msg("%s as %s: %s", kinds[i], kinds[j], rc_name(rc));
		}
	}
}

static void only_algorithms_of_the_use(void **state)
{
	struct str token, payload;

	for (int alg = JOSE_ES256; alg < JOSE_ALG_MAX; alg++) {
		struct jws_use use = {.algs = JOSE_ASYMMETRIC & ~JOSE_BIT(alg)};

		assert_int_equal(jws_sign(a, test_key(alg), NULL, STR("{}"), &token), RC_OK);
		assert_int_equal(jws_verify_token(token, &use, &payload), RC_INVALID);
	}
}

/* RFC 8725 3.1: the numbers of an RS256 key would do for PS256; the key is refused there. */
static void an_rsa_key_is_for_one_algorithm(void **state)
{
	struct jwk *rs256 = test_key(JOSE_RS256);
	struct str header =
		test_format(a, "{\"alg\":\"PS256\",\"kid\":\"%.*s\"}", STR_FMT(jwk_kid(rs256)));
	struct str payload;

	assert_int_equal(
		jws_verify_token(test_forge(a, rs256, header.p, STR("{}")), &any, &payload),
		RC_INVALID);
}

struct shape_case {
	const char *name;
	const char *token;
	enum rc want;
};

static const struct shape_case shapes[] = {
	{"empty", "", RC_INVALID},
	{"one part", "abc", RC_INVALID},
	{"two parts", "e30.e30", RC_INVALID},
	{"four parts", "e30.e30.e30.e30", RC_INVALID},
	{"five parts (JWE)", "e30.e30.e30.e30.e30", RC_INVALID},
	{"six parts", "e30.e30.e30.e30.e30.e30", RC_INVALID},
	{"only dots", "..", RC_INVALID},
	{"no header", ".e30.e30", RC_INVALID},
	{"no payload", "e30..e30", RC_INVALID},
	{"no signature", "e30.e30.", RC_INVALID},
	{"a dot in front", ".e30.e30.e30", RC_INVALID},
	{"padding", "e30=.e30.e30", RC_INVALID},
	{"standard base64", "e3+/.e30.e30", RC_INVALID},
	{"space", "e30 .e30.e30", RC_INVALID},
	{"line feed", "e30\n.e30.e30", RC_INVALID},
	{"one base64 character", "e.e30.e30", RC_INVALID},
};

static void shapes_of_tokens(void **state)
{
	struct str payload;

	for (size_t i = 0; i < COUNT(shapes); i++) {
		enum rc rc = jws_verify_token(str_c(shapes[i].token), &any, &payload);

		if (rc != shapes[i].want)
			fail_msg("%s: %s", shapes[i].name, rc_name(rc));
	}
	assert_int_equal(
		jws_verify_token((struct str){.p = "e30.e30\0.e30", .n = 12}, &any, &payload),
		RC_INVALID);
}

/* Where the last character of a part holds spare bits, another spelling of it is refused. */
static void spare_bits(void **state)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	struct str token, payload;
	char *copy, *end;
	size_t index;

	/* payload of 2 bytes: 3 characters with 2 spare bits; signature of 64: 2 with 4 */
	assert_int_equal(jws_sign(a, test_key(JOSE_ES256), NULL, STR("{}"), &token), RC_OK);
	copy = str_dup_c(a, token);
	end = strrchr(copy, '.') - 1;
	for (int part = 0; part < 2; part++) {
		index = (size_t)(strchr(alphabet, *end) - alphabet);
		*end = alphabet[index | 1];
		assert_int_equal(jws_verify_token(str_c(copy), &any, &payload), RC_INVALID);
		*end = alphabet[index];
		assert_int_equal(jws_verify_token(str_c(copy), &any, &payload), RC_OK);
		end = copy + token.n - 1;
	}
}

static void every_bit_of_a_token_counts(void **state)
{
	struct str token, payload;
	char *copy;

	assert_int_equal(
		jws_sign(a, test_key(JOSE_ES256), "JWT", STR("{\"sub\":\"x\"}"), &token), RC_OK);
	copy = str_dup_c(a, token);
	for (size_t i = 0; i < token.n; i++) {
		copy[i] ^= 1;
		if (jws_verify_token(str_c(copy), &any, &payload) == RC_OK)
			fail_msg("byte %zu may change", i);
		copy[i] ^= 1;
	}
	assert_int_equal(jws_verify_token(str_c(copy), &any, &payload), RC_OK);
}

static void signature_lengths(void **state)
{
	struct str token, payload, signature, changed;
	size_t head;

	for (int alg = JOSE_ES256; alg < JOSE_ALG_MAX; alg++) {
		assert_int_equal(jws_sign(a, test_key(alg), NULL, STR("{}"), &token), RC_OK);
		for (head = token.n; token.p[head - 1] != '.'; head--)
			;
		assert_int_equal(
			base64url_decode(a, str_sub(token, head, token.n), &signature), RC_OK);
		for (int d = -2; d <= 2; d++) {
			struct buf out;
			char *bytes = arena_zalloc(a, signature.n + 2);
			size_t n = signature.n + (size_t)(ssize_t)d;

			memcpy(bytes, signature.p, d < 0 ? n : signature.n);
			changed = (struct str){.p = bytes, .n = n};
			buf_init(&out, a, JWS_MAX);
			buf_add(&out, str_sub(token, 0, head));
			base64url_add(&out, changed);
			assert_int_equal(jws_verify_token(buf_str(&out), &any, &payload),
				d ? RC_INVALID : RC_OK);
		}
	}
}

/* CVE-2022-21449's family: R and S of zero, or as great as the group's order. */
static void degenerate_signatures(void **state)
{
	static const unsigned char order[32] = {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
		0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
	unsigned char raw[64];
	struct str token, payload;
	struct buf out;
	size_t head;

	assert_int_equal(jws_sign(a, test_key(JOSE_ES256), NULL, STR("{}"), &token), RC_OK);
	for (head = token.n; token.p[head - 1] != '.'; head--)
		;
	for (int i = 0; i < 3; i++) {
		memset(raw, i == 1 ? 0xff : 0, sizeof(raw));
		if (i == 2) {
			memcpy(raw, order, 32);
			memcpy(raw + 32, order, 32);
		}
		buf_init(&out, a, JWS_MAX);
		buf_add(&out, str_sub(token, 0, head));
		base64url_add(&out, (struct str){.p = (char *)raw, .n = sizeof(raw)});
		assert_int_equal(jws_verify_token(buf_str(&out), &any, &payload), RC_DENIED);
	}
}

static void a_foreign_key_of_the_same_kid(void **state)
{
	struct str header = test_format(
		a, "{\"alg\":\"ES256\",\"kid\":\"%.*s\"}", STR_FMT(jwk_kid(test_key(JOSE_ES256))));
	struct str token = test_forge(a, test_other_key(), header.p, STR("{}")), payload;

	assert_int_equal(jws_verify_token(token, &any, &payload), RC_DENIED);
}

static void without_kid_two_keys_are_one_too_many(void **state)
{
	struct jwk *two[] = {test_key(JOSE_ES256), test_other_key()};
	struct jwk *rsa[] = {test_key(JOSE_RS256)};
	struct jwk_set *both, *none;
	struct str token = test_forge(a, two[0], "{\"alg\":\"ES256\"}", STR("{}")), payload;
	const char *why;

	assert_int_equal(jwk_set_new(two, 2, &both), RC_OK);
	assert_int_equal(jwk_set_new(rsa, 1, &none), RC_OK);
	assert_int_equal(jws_verify(a, token, &any, both, &payload, &why), RC_INVALID);
	assert_int_equal(jws_verify(a, token, &any, none, &payload, &why), RC_NOT_FOUND);
	jwk_set_unref(both);
	jwk_set_unref(none);
}

static void sizes(void **state)
{
	char *bytes = arena_alloc(a, JWS_MAX + 1);
	struct str token, payload;
	struct jws_use use = any;

	memset(bytes, 'a', JWS_MAX + 1);
	/* the greatest payload whose token fits, and one more */
	for (size_t n = JWS_MAX / 4 * 3 - 400; n < JWS_MAX; n++) {
		enum rc rc = jws_sign(
			a, test_key(JOSE_ES256), NULL, (struct str){.p = bytes, .n = n}, &token);

		if (rc == RC_OK)
			continue;
		assert_int_equal(rc, RC_LIMITED);
		assert_in_range(token.n, JWS_MAX - 2, JWS_MAX);
		break;
	}
	assert_int_equal(jws_verify_token(token, &any, &payload), RC_OK);
	use.max = token.n;
	assert_int_equal(jws_verify_token(token, &use, &payload), RC_OK);
	use.max = token.n - 1;
	assert_int_equal(jws_verify_token(token, &use, &payload), RC_LIMITED);
	assert_int_equal(
		jws_verify_token((struct str){.p = bytes, .n = JWS_MAX + 1}, &any, &payload),
		RC_LIMITED);
	assert_int_equal(jws_sign(a, test_key(JOSE_ES256), NULL,
				 (struct str){.p = bytes, .n = JWS_MAX + 1}, &token),
		RC_LIMITED);
}

static void headers_over_their_maximum(void **state)
{
	struct str payload, header;

	for (int n = 0; n < 2; n++) {
		header = test_format(
			a, "{\"alg\":\"ES256\",\"a\":\"%0*d\"}", (int)JWS_HEADER_MAX - 22 + n, 0);
		assert_int_equal(header.n, JWS_HEADER_MAX + (size_t)n);
		assert_int_equal(
			jws_verify_token(test_forge(a, test_key(JOSE_ES256), header.p, STR("{}")),
				&any, &payload),
			n ? RC_INVALID : RC_OK);
	}
}

static void a_public_key_signs_nothing(void **state)
{
	struct jwk *public;
	struct str token;

	assert_int_equal(test_import(test_public_text(a, test_key(JOSE_ES256)), JOSE_ALG_INVALID,
				 false, &public),
		RC_OK);
	assert_false(jwk_is_private(public));
	assert_int_equal(jws_sign(a, public, NULL, STR("{}"), &token), RC_INVALID);
	jwk_unref(public);
}

/* RFC 7515 appendix A.3: the specification's own token and key. */
static void example_of_the_specification(void **state)
{
	static const char key[] = "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\","
				  "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
				  "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}";
	static const char token[] =
		"eyJhbGciOiJFUzI1NiJ9."
		"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
		"cGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-"
		"F4GawxaepmXFCgfTjDxw5djxL"
		"a8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
	struct jwk_set *keys;
	struct str payload;
	const char *why;

	assert_int_equal(jwk_set_parse(str_c(key), JOSE_ES256, &keys), RC_OK);
	assert_int_equal(jws_verify(a, str_c(token), &any, keys, &payload, &why), RC_OK);
	assert_true(str_starts(payload, STR("{\"iss\":\"joe\"")));
	jwk_set_unref(keys);
}

static int jws_set_up(void **state)
{
	struct jwk *keys[] = {test_key(JOSE_ES256), test_key(JOSE_RS256), test_key(JOSE_PS256)};

	a = arena_new(ARENA_MAX_CLI);
	return jwk_set_new(keys, 3, &set);
}

static int jws_tear_down(void **state)
{
	jwk_set_unref(set);
	arena_free(a);
	test_keys_free();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip_of_each_algorithm),
		cmocka_unit_test(payloads_of_every_length),
		cmocka_unit_test(headers),
		cmocka_unit_test(kinds_of_tokens),
		cmocka_unit_test(only_algorithms_of_the_use),
		cmocka_unit_test(an_rsa_key_is_for_one_algorithm),
		cmocka_unit_test(shapes_of_tokens),
		cmocka_unit_test(spare_bits),
		cmocka_unit_test(every_bit_of_a_token_counts),
		cmocka_unit_test(signature_lengths),
		cmocka_unit_test(degenerate_signatures),
		cmocka_unit_test(a_foreign_key_of_the_same_kid),
		cmocka_unit_test(without_kid_two_keys_are_one_too_many),
		cmocka_unit_test(sizes),
		cmocka_unit_test(headers_over_their_maximum),
		cmocka_unit_test(a_public_key_signs_nothing),
		cmocka_unit_test(example_of_the_specification),
	};

	return cmocka_run_group_tests(tests, jws_set_up, jws_tear_down);
}
