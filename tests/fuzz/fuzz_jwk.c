/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A key set from outside, and the private key of a record; what came in must go out and in again.
 */
#include "base/arena.h"
#include "jose/jwk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void set_again(struct arena *a, struct str text)
{
	struct jwk_set *set, *again;
	struct buf out;
	struct json_writer w;

	if (jwk_set_parse(text, JOSE_ES256, &set) != RC_OK)
		return;
	buf_init(&out, a, 2 * JWKS_TEXT_MAX);
	json_writer_init(&w, &out);
	jwk_set_write(set, &w);
	if (out.n <= JWKS_TEXT_MAX &&
		jwk_set_parse(buf_str(&out), JOSE_ALG_INVALID, &again) != RC_OK)
		__builtin_trap();
	if (out.n <= JWKS_TEXT_MAX)
		jwk_set_unref(again);
	jwk_set_unref(set);
}

static void private_again(struct arena *a, struct str text)
{
	struct json_value *json;
	struct jwk *key;

	if (json_value_parse(text, JWK_TEXT_MAX, &json) != RC_OK)
		return;
	if (jwk_import(json, JOSE_ES256, true, &key) == RC_OK) {
		(void)jwk_thumbprint(key, a);
		if (jwk_is_private(key))
			(void)jwk_private_text(key, a);
		jwk_unref(key);
	}
	json_value_free(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = {.p = (const char *)data, .n = size};
	struct arena *a = arena_new(ARENA_MAX);

	set_again(a, text);
	private_again(a, text);
	arena_free(a);
	return 0;
}
