/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "support.h"

#include "codec/base64.h"
#include "support/rsa_keys.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

static struct jwk *keys[JOSE_ALG_MAX], *other;

static void add_number(struct json_writer *w, struct arena *a, const EVP_PKEY *key,
	const char *member, const char *number)
{
	unsigned char bytes[256];
	BIGNUM *n = NULL;
	struct buf text;

	assert_int_equal(EVP_PKEY_get_bn_param(key, number, &n), 1);
	buf_init(&text, a, 512);
	base64url_add(&text, (struct str){(const char *)bytes, (size_t)BN_bn2bin(n, bytes)});
	json_add_str(w, member, buf_str(&text));
	BN_free(n);
}

/* One of tests/support/rsa_keys.h as a private JWK. */
static enum rc known_rsa(enum jose_alg alg, struct jwk **ret)
{
	static const char *const members[][2] = {{"n", OSSL_PKEY_PARAM_RSA_N},
		{"e", OSSL_PKEY_PARAM_RSA_E}, {"d", OSSL_PKEY_PARAM_RSA_D},
		{"p", OSSL_PKEY_PARAM_RSA_FACTOR1}, {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},
		{"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1}, {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2},
		{"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1}};
	BIO *pem = BIO_new_mem_buf(rsa_keys_pem[alg == JOSE_PS256], -1);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(pem, NULL, NULL, NULL);
	struct arena *a = arena_new(ARENA_MAX);
	struct json_writer w;
	struct buf text;
	enum rc rc;

	assert_non_null(key);
	buf_init(&text, a, JWK_TEXT_MAX);
	json_writer_init(&w, &text);
	json_write_object(&w);
	json_add_str(&w, "kty", STR("RSA"));
	for (size_t i = 0; i < COUNT(members); i++)
		add_number(&w, a, key, members[i][0], members[i][1]);
	json_write_object_end(&w);
	rc = test_import(buf_str(&text), alg, true, ret);
	arena_free(a);
	EVP_PKEY_free(key);
	BIO_free(pem);
	return rc;
}

static struct jwk *made(struct jwk **slot, enum jose_alg alg)
{
	if (!*slot)
		assert_int_equal(
			alg == JOSE_ES256 ? jwk_generate(alg, slot) : known_rsa(alg, slot), RC_OK);
	return *slot;
}

struct jwk *test_key(enum jose_alg alg)
{
	return made(&keys[alg], alg);
}

struct jwk *test_other_key(void)
{
	return made(&other, JOSE_ES256);
}

void test_keys_free(void)
{
	for (size_t i = 0; i < JOSE_ALG_MAX; i++)
		jwk_unref(keys[i]);
	jwk_unref(other);
}

struct str test_forge(
	struct arena *a, const struct jwk *key, const char *header, struct str payload)
{
	struct str signature;
	struct buf out;

	buf_init(&out, a, 4 * JWS_MAX);
	base64url_add(&out, str_c(header));
	buf_add_byte(&out, '.');
	base64url_add(&out, payload);
	assert_int_equal(signer_sign(a, key, buf_str(&out), &signature), RC_OK);
	buf_add_byte(&out, '.');
	base64url_add(&out, signature);
	assert_int_equal(buf_status(&out), RC_OK);
	return buf_str(&out);
}

struct str test_format(struct arena *a, const char *format, ...)
{
	char *text = arena_alloc(a, 65536);
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, 65536, format, args);
	va_end(args);
	assert_in_range(n, 0, 65535);
	return (struct str){.p = text, .n = (size_t)n};
}

struct str test_public_text(struct arena *a, const struct jwk *key)
{
	struct buf out;
	struct json_writer w;

	buf_init(&out, a, JWK_TEXT_MAX);
	json_writer_init(&w, &out);
	jwk_write_public(key, &w);
	return buf_str(&out);
}

enum rc test_import(struct str text, enum jose_alg fallback, bool private_ok, struct jwk **ret)
{
	struct json_value *json;
	enum rc rc = json_value_parse(text, JWK_TEXT_MAX, &json);

	if (rc != RC_OK)
		return rc;
	rc = jwk_import(json, fallback, private_ok, ret);
	json_value_free(json);
	return rc;
}
