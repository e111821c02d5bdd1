/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Which keys come in, and in which form they go out. */
#include "support.h"

#include "codec/base64.h"

static struct arena *a;

/* RFC 7515 appendix A.3. */
#define EC_X      "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define EC_Y      "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
#define EC_D      "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"
#define EC_PUBLIC "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\""
/* RFC 7638 section 3.1. */
#define RSA_N                                                                                      \
	"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_"  \
	"BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-"          \
	"65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyr"   \
	"dkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDK" \
	"gw"
#define RSA_PUBLIC "\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"AQAB\""

struct import_case {
	const char *name;
	const char *json;
	enum jose_alg fallback;
	enum rc want;
};

static const struct import_case imports[] = {
	{"EC, alg its own", "{" EC_PUBLIC ",\"alg\":\"ES256\"}", JOSE_ALG_INVALID, RC_OK},
	{"EC, alg of the caller", "{" EC_PUBLIC "}", JOSE_ES256, RC_OK},
	{"its own alg wins", "{" EC_PUBLIC ",\"alg\":\"ES256\"}", JOSE_RS256, RC_OK},
	{"no alg at all", "{" EC_PUBLIC "}", JOSE_ALG_INVALID, RC_INVALID},
	{"alg out of range", "{" EC_PUBLIC "}", JOSE_ALG_MAX, RC_INVALID},
	{"EC for RS256", "{" EC_PUBLIC "}", JOSE_RS256, RC_INVALID},
	{"RSA for ES256", "{" RSA_PUBLIC "}", JOSE_ES256, RC_INVALID},
	{"RSA for RS256", "{" RSA_PUBLIC "}", JOSE_RS256, RC_OK},
	{"RSA for PS256", "{" RSA_PUBLIC "}", JOSE_PS256, RC_OK},
	{"alg HS256 on an RSA key", "{" RSA_PUBLIC ",\"alg\":\"HS256\"}", JOSE_RS256, RC_INVALID},
	{"alg none", "{" EC_PUBLIC ",\"alg\":\"none\"}", JOSE_ES256, RC_INVALID},
	{"alg ES384", "{" EC_PUBLIC ",\"alg\":\"ES384\"}", JOSE_ES256, RC_INVALID},
	{"alg for encryption", "{" RSA_PUBLIC ",\"alg\":\"RSA-OAEP\"}", JOSE_RS256, RC_INVALID},
	{"alg a number", "{" EC_PUBLIC ",\"alg\":1}", JOSE_ES256, RC_INVALID},
	{"alg null", "{" EC_PUBLIC ",\"alg\":null}", JOSE_ES256, RC_INVALID},
	{"alg twice", "{" EC_PUBLIC ",\"alg\":\"ES256\",\"alg\":\"ES256\"}", JOSE_ES256,
		RC_INVALID},
	{"oct", "{\"kty\":\"oct\",\"k\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
		JOSE_ES256, RC_INVALID},
	{"oct that says RS256", "{\"kty\":\"oct\",\"k\":\"AAAA\",\"alg\":\"RS256\"}", JOSE_RS256,
		RC_INVALID},
	{"OKP", "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" EC_X "\"}", JOSE_ES256, RC_INVALID},
	{"kty in small letters",
		"{\"kty\":\"ec\",\"crv\":\"P-256\",\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\"}",
		JOSE_ES256, RC_INVALID},
	{"kty missing", "{\"crv\":\"P-256\",\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\"}", JOSE_ES256,
		RC_INVALID},
	{"P-384", "{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\"}",
		JOSE_ES256, RC_INVALID},
	{"secp256k1",
		"{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\"}",
		JOSE_ES256, RC_INVALID},
	{"not on the curve",
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_Y "\",\"y\":\"" EC_X "\"}",
		JOSE_ES256, RC_INVALID},
	{"x one byte short",
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":"
		"\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVA\","
		"\"y\":\"" EC_Y "\"}",
		JOSE_ES256, RC_INVALID},
	{"y missing", "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X "\"}", JOSE_ES256,
		RC_INVALID},
	{"x padded", "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" EC_X "=\",\"y\":\"" EC_Y "\"}",
		JOSE_ES256, RC_INVALID},
	{"use sig", "{" EC_PUBLIC ",\"use\":\"sig\"}", JOSE_ES256, RC_OK},
	{"use enc", "{" EC_PUBLIC ",\"use\":\"enc\"}", JOSE_ES256, RC_INVALID},
	{"use a number", "{" EC_PUBLIC ",\"use\":1}", JOSE_ES256, RC_INVALID},
	{"key_ops verify", "{" EC_PUBLIC ",\"key_ops\":[\"verify\"]}", JOSE_ES256, RC_OK},
	{"key_ops other", "{" EC_PUBLIC ",\"key_ops\":[\"deriveKey\"]}", JOSE_ES256, RC_INVALID},
	{"key_ops a string", "{" EC_PUBLIC ",\"key_ops\":\"verify\"}", JOSE_ES256, RC_INVALID},
	{"private", "{" EC_PUBLIC ",\"d\":\"" EC_D "\"}", JOSE_ES256, RC_INVALID},
	{"k beside", "{" EC_PUBLIC ",\"k\":\"AAAA\"}", JOSE_ES256, RC_INVALID},
	{"kid", "{" EC_PUBLIC ",\"kid\":\"a b/\\u0e01\"}", JOSE_ES256, RC_OK},
	{"kid empty", "{" EC_PUBLIC ",\"kid\":\"\"}", JOSE_ES256, RC_INVALID},
	{"kid a number", "{" EC_PUBLIC ",\"kid\":7}", JOSE_ES256, RC_INVALID},
	{"e 3", "{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"Aw\"}", JOSE_RS256, RC_INVALID},
	{"e even", "{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"AQAC\"}", JOSE_RS256, RC_INVALID},
	{"e of five bytes", "{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"AQAAAAE\"}", JOSE_RS256,
		RC_INVALID},
	{"e with leading zero", "{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"AAEAAQ\"}",
		JOSE_RS256, RC_INVALID},
	{"n with leading zero", "{\"kty\":\"RSA\",\"n\":\"AN" RSA_N "\",\"e\":\"AQAB\"}",
		JOSE_RS256, RC_INVALID},
	{"n missing", "{\"kty\":\"RSA\",\"e\":\"AQAB\"}", JOSE_RS256, RC_INVALID},
	{"a list", "[]", JOSE_ES256, RC_INVALID},
	{"a string", "\"EC\"", JOSE_ES256, RC_INVALID},
};

static void keys_from_outside(void **state)
{
	for (size_t i = 0; i < COUNT(imports); i++) {
		const struct import_case *c = &imports[i];
		struct jwk *k = NULL;
		enum rc rc = test_import(str_c(c->json), c->fallback, false, &k);

		if (rc != c->want)
			fail_msg("%s: %s", c->name, rc_name(rc));
		assert_true(!k == (rc != RC_OK));
		jwk_unref(k);
	}
}

/* n: bits of 1 between 2047 and 4104; the size alone decides. */
static void rsa_sizes(void **state)
{
	static const struct {
		int bits;
		enum rc want;
	} cases[] = {{1024, RC_INVALID}, {2040, RC_INVALID}, {2047, RC_INVALID}, {2048, RC_OK},
		{3072, RC_OK}, {4096, RC_OK}, {4097, RC_INVALID}, {8192, RC_INVALID}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t n = (size_t)(cases[i].bits + 7) / 8;
		char *bytes = arena_alloc(a, n);
		struct jwk *k;
		struct str text;
		enum rc rc;

		memset(bytes, 0xff, n);
		if (cases[i].bits % 8)
			bytes[0] = (char)((1 << cases[i].bits % 8) - 1);
		text = base64url_encode(a, (struct str){.p = bytes, .n = n});
		text = test_format(
			a, "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"%.*s\"}", STR_FMT(text));
		rc = test_import(text, JOSE_RS256, false, &k);
		if (rc != cases[i].want)
			fail_msg("%d bits: %s", cases[i].bits, rc_name(rc));
		if (rc == RC_OK)
			jwk_unref(k);
	}
}

static void kids_at_their_maximum(void **state)
{
	struct jwk *k;

	for (unsigned n = JWK_KID_MAX; n <= JWK_KID_MAX + 1; n++) {
		struct str text = test_format(a, "{" EC_PUBLIC ",\"kid\":\"%0*d\"}", (int)n, 0);
		enum rc rc = test_import(text, JOSE_ES256, false, &k);

		assert_int_equal(rc, n > JWK_KID_MAX ? RC_INVALID : RC_OK);
		if (rc == RC_OK)
			jwk_unref(k);
	}
}

/* RFC 7638 section 3.1 gives the value for RSA; the EC one was computed by jwcrypto 1.1. */
static void thumbprints(void **state)
{
	static const struct {
		const char *json, *want;
		enum jose_alg alg;
	} cases[] = {
		{"{" RSA_PUBLIC ",\"kid\":\"2011-04-29\"}",
			"NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", JOSE_RS256},
		{"{" EC_PUBLIC "}", "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U", JOSE_ES256},
	};
	struct jwk *k;

	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(test_import(str_c(cases[i].json), cases[i].alg, false, &k), RC_OK);
		assert_true(str_eq_c(jwk_thumbprint(k, a), cases[i].want));
		jwk_unref(k);
	}
	assert_int_equal(test_import(STR("{" EC_PUBLIC "}"), JOSE_ES256, false, &k), RC_OK);
	assert_true(str_eq_c(jwk_kid(k), cases[1].want)); /* a key without kid */
	jwk_unref(k);
}

static void what_is_published(void **state)
{
	struct jwk *k;

	assert_int_equal(test_import(STR("{" EC_PUBLIC ",\"d\":\"" EC_D "\",\"kid\":\"k\\\"1\"}"),
				 JOSE_ES256, true, &k),
		RC_OK);
	assert_true(
		str_eq_c(test_public_text(a, k), "{\"kty\":\"EC\",\"use\":\"sig\",\"alg\":"
						 "\"ES256\",\"kid\":\"k\\\"1\",\"crv\":\"P-256\","
						 "\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\"}"));
	assert_true(str_eq_c(jwk_private_text(k, a),
		"{\"kty\":\"EC\",\"use\":\"sig\",\"alg\":\"ES256\",\"kid\":\"k\\\"1\",\"crv\":\"P-"
		"256\","
		"\"x\":\"" EC_X "\",\"y\":\"" EC_Y "\",\"d\":\"" EC_D "\"}"));
	jwk_unref(k);
}

/* Out, in again, and the same key signs what the first verifies. */
static void private_keys_come_back(void **state)
{
	const struct jws_use use = {.algs = JOSE_ASYMMETRIC};
	struct str token, payload;
	struct jwk_set *set;
	struct jwk *k, *back;
	const char *why;

	for (int alg = JOSE_ES256; alg < JOSE_ALG_MAX; alg++) {
		/* Those of PS256 are made as those of RS256. */
		if (alg == JOSE_PS256)
			k = jwk_ref(test_key(alg));
		else
			assert_int_equal(jwk_generate(alg, &k), RC_OK);
		assert_true(jwk_is_private(k));
		assert_true(str_eq(jwk_kid(k), jwk_thumbprint(k, a)));
		assert_int_equal(
			test_import(jwk_private_text(k, a), JOSE_ALG_INVALID, true, &back), RC_OK);
		assert_int_equal(jwk_alg(back), alg);
		assert_int_equal(jws_sign(a, back, NULL, STR("{}"), &token), RC_OK);
		assert_int_equal(jwk_set_new(&k, 1, &set), RC_OK);
		assert_int_equal(jws_verify(a, token, &use, set, &payload, &why), RC_OK);
		jwk_set_unref(set);
		jwk_unref(back);
		/* and the public text holds nothing of the private part */
		assert_null(
			strstr(test_format(a, "%.*s", STR_FMT(test_public_text(a, k))).p, "\"d\""));
		jwk_unref(k);
	}
}

static struct str without_member(struct str json, const char *name)
{
	char *copy = str_dup_c(a, json);
	char *at = strstr(copy, test_format(a, ",\"%s\":\"", name).p), *end;

	assert_non_null(at);
	end = strchr(at + strlen(name) + 5, '"') + 1;
	memmove(at, end, strlen(end) + 1);
	return str_c(copy);
}

static void halves_of_private_keys(void **state)
{
	static const char *const names[] = {"d", "p", "q", "dp", "dq", "qi", "n", "e"};
	struct str text = jwk_private_text(test_key(JOSE_RS256), a);
	struct jwk *k;

	for (size_t i = 0; i < COUNT(names); i++)
		assert_int_equal(test_import(without_member(text, names[i]), JOSE_RS256, true, &k),
			RC_INVALID);
	text = jwk_private_text(test_key(JOSE_ES256), a);
	assert_int_equal(test_import(without_member(text, "x"), JOSE_ES256, true, &k), RC_INVALID);
	/* a third prime; a symmetric member; the private number of another key */
	text = test_format(a, "{" EC_PUBLIC ",\"d\":\"" EC_D "\",\"oth\":[]}");
	assert_int_equal(test_import(text, JOSE_ES256, true, &k), RC_INVALID);
	text = test_format(a, "{" EC_PUBLIC ",\"d\":\"" EC_D "\",\"k\":\"AAAA\"}");
	assert_int_equal(test_import(text, JOSE_ES256, true, &k), RC_INVALID);
	text = test_format(a, "{" EC_PUBLIC ",\"d\":\"" EC_X "\"}");
	assert_int_equal(test_import(text, JOSE_ES256, true, &k), RC_INVALID);
	text = test_format(a, "{" EC_PUBLIC ",\"d\":\"\"}");
	assert_int_equal(test_import(text, JOSE_ES256, true, &k), RC_INVALID);
}

struct set_case {
	const char *name;
	const char *json;
	enum rc want;
	size_t count;
};

static const struct set_case sets[] = {
	{"one", "{\"keys\":[{" EC_PUBLIC ",\"kid\":\"a\"}]}", RC_OK, 1},
	{"two", "{\"keys\":[{" EC_PUBLIC ",\"kid\":\"a\"},{" EC_PUBLIC ",\"kid\":\"b\"}]}", RC_OK,
		2},
	{"others are skipped",
		"{\"keys\":[{\"kty\":\"OKP\"},{" EC_PUBLIC ",\"use\":\"enc\",\"kid\":\"a\"},7,"
		"{\"kty\":\"oct\",\"k\":\"AAAA\"},{" RSA_PUBLIC ",\"kid\":\"a\"},{" EC_PUBLIC
		",\"kid\":\"a\"}],\"other\":1}",
		RC_OK, 1},
	{"RSA by its own alg",
		"{\"keys\":[{" RSA_PUBLIC ",\"kid\":\"r\",\"alg\":\"RS256\"},{" EC_PUBLIC "}]}",
		RC_OK, 2},
	{"private keys are skipped",
		"{\"keys\":[{" EC_PUBLIC ",\"d\":\"" EC_D "\",\"kid\":\"p\"},{" EC_PUBLIC "}]}",
		RC_OK, 1},
	{"a kid twice", "{\"keys\":[{" EC_PUBLIC ",\"kid\":\"a\"},{" EC_PUBLIC ",\"kid\":\"a\"}]}",
		RC_INVALID, 0},
	{"the same key twice, no kid", "{\"keys\":[{" EC_PUBLIC "},{" EC_PUBLIC "}]}", RC_INVALID,
		0},
	{"none usable", "{\"keys\":[{\"kty\":\"OKP\"}]}", RC_INVALID, 0},
	{"empty", "{\"keys\":[]}", RC_INVALID, 0},
	{"keys no list", "{\"keys\":{}}", RC_INVALID, 0},
	{"keys missing", "{}", RC_INVALID, 0},
	{"a list", "[{" EC_PUBLIC "}]", RC_INVALID, 0},
	{"keys twice", "{\"keys\":[{" EC_PUBLIC "}],\"keys\":[]}", RC_INVALID, 0},
	{"cut off", "{\"keys\":[{" EC_PUBLIC "}", RC_INVALID, 0},
	{"HTML", "<html>maintenance</html>", RC_INVALID, 0},
	{"nothing", "", RC_INVALID, 0},
};

static void documents(void **state)
{
	for (size_t i = 0; i < COUNT(sets); i++) {
		struct jwk_set *s;
		enum rc rc = jwk_set_parse(str_c(sets[i].json), JOSE_ES256, &s);

		if (rc != sets[i].want)
			fail_msg("%s: %s", sets[i].name, rc_name(rc));
		if (rc != RC_OK)
			continue;
		assert_int_equal(jwk_set_count(s), sets[i].count);
		assert_null(jwk_set_at(s, sets[i].count));
		jwk_set_unref(s);
	}
}

static void sets_at_their_maximum(void **state)
{
	for (int n = JWKS_KEYS_MAX; n <= JWKS_KEYS_MAX + 1; n++) {
		struct jwk_set *s;
		struct buf text;
		enum rc rc;

		buf_init(&text, a, JWKS_TEXT_MAX);
		buf_add_c(&text, "{\"keys\":[");
		for (int i = 0; i < n; i++)
			buf_addf(&text, "%s{" EC_PUBLIC ",\"kid\":\"k%d\"}", i ? "," : "", i);
		buf_add_c(&text, "]}");
		rc = jwk_set_parse(buf_str(&text), JOSE_ES256, &s);
		assert_int_equal(rc, n > JWKS_KEYS_MAX ? RC_LIMITED : RC_OK);
		if (rc == RC_OK)
			jwk_set_unref(s);
	}
	assert_int_equal(jwk_set_parse((struct str){.p = arena_zalloc(a, JWKS_TEXT_MAX + 1),
					       .n = JWKS_TEXT_MAX + 1},
				 JOSE_ES256, &(struct jwk_set *){NULL}),
		RC_LIMITED);
}

static void find_in_a_set(void **state)
{
	struct jwk *keys[] = {test_key(JOSE_ES256), test_other_key(), test_key(JOSE_RS256)};
	struct jwk *twice[] = {keys[0], keys[0]};
	struct jwk_set *s;
	struct buf out;
	struct json_writer w;

	assert_int_equal(jwk_set_new(twice, 2, &s), RC_EXISTS);
	assert_int_equal(jwk_set_new(keys, 3, &s), RC_OK);
	for (size_t i = 0; i < 3; i++)
		assert_ptr_equal(jwk_set_find(s, jwk_kid(keys[i])), keys[i]);
	assert_null(jwk_set_find(s, STR("x")));
	assert_null(jwk_set_find(s, STR_NONE));
	buf_init(&out, a, JWKS_TEXT_MAX);
	json_writer_init(&w, &out);
	jwk_set_write(s, &w);
	jwk_set_unref(s);
	/* what is written is a document again, without a private member */
	assert_null(strstr(out.p, "\"d\""));
	assert_int_equal(jwk_set_parse(buf_str(&out), JOSE_ALG_INVALID, &s), RC_OK);
	assert_int_equal(jwk_set_count(s), 3);
	jwk_set_unref(s);
}

static void names_of_algorithms(void **state)
{
	for (int alg = JOSE_ES256; alg < JOSE_ALG_MAX; alg++)
		assert_int_equal(jose_alg_parse(str_c(jose_alg_name(alg))), alg);
	assert_int_equal(jose_alg_parse(STR("invalid")), JOSE_ALG_INVALID);
	assert_int_equal(jose_alg_parse(STR_NONE), JOSE_ALG_INVALID);
	assert_string_equal(jose_alg_name(JOSE_ALG_INVALID), "invalid");
	assert_string_equal(jose_alg_name(JOSE_ALG_MAX), "invalid");
	assert_int_equal(jwk_generate(JOSE_ALG_INVALID, &(struct jwk *){NULL}), RC_INVALID);
	assert_int_equal(jwk_generate(JOSE_ALG_MAX, &(struct jwk *){NULL}), RC_INVALID);
}

static int jwk_set_up(void **state)
{
	a = arena_new(ARENA_MAX_CLI);
	return 0;
}

static int jwk_tear_down(void **state)
{
	arena_free(a);
	test_keys_free();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_from_outside),
		cmocka_unit_test(rsa_sizes),
		cmocka_unit_test(kids_at_their_maximum),
		cmocka_unit_test(thumbprints),
		cmocka_unit_test(what_is_published),
		cmocka_unit_test(private_keys_come_back),
		cmocka_unit_test(halves_of_private_keys),
		cmocka_unit_test(documents),
		cmocka_unit_test(sets_at_their_maximum),
		cmocka_unit_test(find_in_a_set),
		cmocka_unit_test(names_of_algorithms),
	};

	return cmocka_run_group_tests(tests, jwk_set_up, jwk_tear_down);
}
