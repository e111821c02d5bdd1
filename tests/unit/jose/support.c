/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "support.h"

#include "codec/base64.h"

static struct jwk *keys[JOSE_ALG_MAX], *other;

static struct jwk *made(struct jwk **slot, enum jose_alg alg)
{
	if (!*slot)
		assert_int_equal(jwk_generate(alg, slot), RC_OK);
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
