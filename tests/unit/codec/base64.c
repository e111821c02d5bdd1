/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "check.h"

#include "codec/base64.h"
#include "base/random.h"
#include "codec/hex.h"
#include "crypto/hash.h"

struct vector {
	const char *plain, *url, *std, *hex;
};

/* RFC 4648 section 10, and the bytes that tell the two alphabets apart. */
static const struct vector vectors[] = {
	{"", "", "", ""},
	{"f", "Zg", "Zg==", "66"},
	{"fo", "Zm8", "Zm8=", "666f"},
	{"foo", "Zm9v", "Zm9v", "666f6f"},
	{"foob", "Zm9vYg", "Zm9vYg==", "666f6f62"},
	{"fooba", "Zm9vYmE", "Zm9vYmE=", "666f6f6261"},
	{"foobar", "Zm9vYmFy", "Zm9vYmFy", "666f6f626172"},
	{"\xfb\xff\xfe", "-__-", "+//+", "fbfffe"},
};

static void hex_is_whole_bytes(void **state)
{
	static const char *const bad[] = {
		"0", "0g", "g0", "00 ", " 00", "0x00", "4:4A", "/0", "@0", "`0"};
	struct str out;

	check_ok(hex_decode(*state, STR("4Aff"), &out));
	assert_int_equal(out.n, 2);
	assert_memory_equal(out.p, "J\xff", 2);
	for (size_t i = 0; i < COUNT(bad); i++)
		check_rc(hex_decode(*state, str_c(bad[i]), &out), RC_INVALID);
}

static void vectors_both_ways(void **state)
{
	struct arena *a = *state;

	for (size_t i = 0; i < COUNT(vectors); i++) {
		const struct vector *v = &vectors[i];
		struct str out;
		struct buf b;

		check_c(base64url_encode(a, str_c(v->plain)), v->url);
		check_c(base64_encode(a, str_c(v->plain)), v->std);
		check_c(hex_encode(a, str_c(v->plain)), v->hex);
		buf_init(&b, a, 100);
		buf_add_c(&b, "x");
		base64url_add(&b, str_c(v->plain));
		check_c(str_sub(buf_str(&b), 1, 100), v->url);
		check_ok(base64url_decode(a, str_c(v->url), &out));
		check_c(out, v->plain);
		check_ok(base64_decode(a, str_c(v->std), &out));
		check_c(out, v->plain);
		check_ok(hex_decode(a, str_c(v->hex), &out));
		check_c(out, v->plain);
	}
}

static void only_canonical_text(void **state)
{
	static const char *const bad_url[] = {"Z", "Zg==", "Zm8=", "Zh", "Zm9", "Zm9vYh", "Zm9vZ",
		"Z+8v", "Z/8v", "Zm 9v", "Zm9v\n", " Zm9v", "Zm9*", "\xc3\xa9Zm"};
	static const char *const bad_std[] = {"Zg", "Zg=", "Zm8", "Zm8==", "Zh==", "Zm9=", "=",
		"==", "====", "Z===", "Zg=v", "Z-8v", "Z_8v", "Zm9v=", "Zm9vZg==Zg=="};
	struct str out = STR("untouched");

	for (size_t i = 0; i < COUNT(bad_url); i++)
		if (base64url_decode(*state, str_c(bad_url[i]), &out) != RC_INVALID)
			fail_msg("url: %s", bad_url[i]);
	for (size_t i = 0; i < COUNT(bad_std); i++)
		if (base64_decode(*state, str_c(bad_std[i]), &out) != RC_INVALID)
			fail_msg("std: %s", bad_std[i]);
	check_rc(base64url_decode(*state, STR("Zm\0v"), &out), RC_INVALID);
	check_c(out, "untouched");
}

static void every_length_and_byte(void **state)
{
	unsigned char bytes[256];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 37 + 11);
	for (size_t n = 0; n <= sizeof(bytes); n++) {
		struct str in = {.p = (const char *)bytes, .n = n}, out;

		check_ok(base64url_decode(*state, base64url_encode(*state, in), &out));
		check_str(out, in);
		check_ok(base64_decode(*state, base64_encode(*state, in), &out));
		check_str(out, in);
	}
}

static void full_buffer(void **state)
{
	struct buf b;

	buf_init(&b, *state, 3);
	base64url_add(&b, STR("foo"));
	check_rc(buf_status(&b), RC_LIMITED);
	assert_int_equal(b.n, 0);
}

static struct str hash_hex(struct arena *a, struct str s)
{
	unsigned char hash[SHA256_SIZE];

	sha256(s, hash);
	return hex_encode(a, (struct str){.p = (const char *)hash, .n = sizeof(hash)});
}

/* FIPS 180-2 appendix B, RFC 7636 appendix B, RFC 4231. */
static void hashes(void **state)
{
	check_c(hash_hex(*state, STR("abc")),
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	check_c(hash_hex(*state, STR("")),
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	check_c(hash_hex(*state, (struct str){0}),
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	check_c(hash_hex(*state, STR("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
		"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	check_c(sha256_base64url(*state, STR("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")),
		"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

static struct str mac_hex(struct arena *a, struct str key, struct str s)
{
	unsigned char mac[SHA256_SIZE];

	hmac_sha256(key, s, mac);
	return hex_encode(a, (struct str){.p = (const char *)mac, .n = sizeof(mac)});
}

static void macs(void **state)
{
	char key[131];

	memset(key, 0x0b, 20);
	check_c(mac_hex(*state, (struct str){.p = key, .n = 20}, STR("Hi There")),
		"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	check_c(mac_hex(*state, STR("Jefe"), STR("what do ya want for nothing?")),
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, 131);
	check_c(mac_hex(*state, (struct str){.p = key, .n = 131},
			STR("Test Using Larger Than Block-Size Key - Hash Key First")),
		"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	/* A key of exactly one block is used as it is. */
	memset(key, 'k', 64);
	check_c(mac_hex(*state, (struct str){.p = key, .n = 64}, STR("x")),
		"f91c4c403625fb06910ef93999265bbd2d62baeaec6ff36455498cc124fe3e66");
}

static void count_up(void *data, void *bytes, size_t n)
{
	unsigned char *next = data;

	for (size_t i = 0; i < n; i++)
		((unsigned char *)bytes)[i] = (*next)++;
}

static void random_text(void **state)
{
	unsigned char next = 0;
	struct rng rng = {.fill = count_up, .data = &next};

	check_c(random_base64url(*state, &rng, 4), "AAECAw");
	check_c(random_base64url(*state, &rng, 3), "BAUG");
	assert_int_equal(random_base64url(*state, &rng_system, 32).n, 43);
	assert_int_equal(random_base64url(*state, &rng_system, 64).n, 86);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		arena_test(vectors_both_ways),
		arena_test(hex_is_whole_bytes),
		arena_test(only_canonical_text),
		arena_test(every_length_and_byte),
		arena_test(full_buffer),
		arena_test(hashes),
		arena_test(macs),
		arena_test(random_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
