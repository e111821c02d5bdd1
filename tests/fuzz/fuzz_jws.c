/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The front door and the claims behind it, with two keys that everybody may know. */
#include "base/arena.h"
#include "jose/jwt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* RFC 7515 appendix A.3 and RFC 7517 appendix A.1. */
static const char keys_text[] =
	"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"e\","
	"\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
	"\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"},"
	"{\"kty\":\"RSA\",\"alg\":\"RS256\",\"kid\":\"r\",\"e\":\"AQAB\","
	"\"n\":"
	"\"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tS"
	"oc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-"
	"65YGjQR0_F"
	"DW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-"
	"bFTWhAI4vMQF"
	"h6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw\"}]}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct jws_use use = {.algs = JOSE_ASYMMETRIC};
	static const struct jwt_rules rules = {.now = 1300819300};
	static struct jwk_set *keys;
	struct str token = {.p = (const char *)data, .n = size}, payload;
	struct arena *a = arena_new(ARENA_MAX);
	struct jws_header header;
	struct json_value *claims;
	const char *why;

	if (!keys && jwk_set_parse(str_c(keys_text), JOSE_ES256, &keys) != RC_OK)
		__builtin_trap();
	if (jws_peek(a, token, &use, &header, &why) == RC_OK &&
		jws_verify(a, token, &use, keys, &payload, &why) == RC_OK &&
		jwt_check(payload, &rules, &claims, &why) == RC_OK)
		json_value_free(claims);
	if (jwt_check(token, &rules, &claims, &why) == RC_OK) /* as if it had been signed */
		json_value_free(claims);
	arena_free(a);
	return 0;
}
