/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What clients that sign assertions may be registered with: method, algorithm, keys. */
#include "directory/operations/client_keys_rules.h"

#include "directory/operations/client_metadata.h"
#include "jose/jwk.h"
#include "unit/check.h"

#define BASE                                                                                       \
	"\"client_name\":\"P\",\"system\":\"plan\",\"redirect_uris\":[\"https://p.example/cb\"]"
#define SIGNS BASE ",\"token_endpoint_auth_method\":\"private_key_jwt\""
#define MACS  BASE ",\"token_endpoint_auth_method\":\"client_secret_jwt\""
#define URI   ",\"jwks_uri\":\"https://p.example/jwks\""
/* P-256 and 2048 bits; 1024 bits; another curve; the first with its private part. */
#define EC_XY                                                                                      \
	"\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","  \
	"\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""
#define EC_OTHER                                                                                   \
	"\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4\","  \
	"\"y\":\"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM\""
#define RSA_2048                                                                                   \
	"\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":"                                                    \
	"\"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhW"                                     \
	"x4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-"              \
	"5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_"                                       \
	"FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zg"                                                  \
	"dAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-"     \
	"G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw\""
#define RSA_1024                                                                                   \
	"\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":"                                                    \
	"\"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhW"                                     \
	"x4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-"              \
	"5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-0\""
#define PRIVATE "\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI\""
#define KEYS(k) ",\"jwks\":{\"keys\":[" k "]}"

static const char *const accepted[] = {
	"{" SIGNS URI "}",
	"{" SIGNS KEYS("{" EC_XY "}") "}",
	"{" SIGNS KEYS("{" EC_XY ",\"kid\":\"a\",\"alg\":\"ES256\",\"use\":\"sig\"}") "}",
	"{" SIGNS KEYS("{" RSA_2048 "}") "}",
	"{" SIGNS KEYS("{" RSA_2048 ",\"alg\":\"PS256\"}") "}",
	"{" SIGNS KEYS("{" EC_XY ",\"kid\":\"a\"},{" EC_OTHER ",\"kid\":\"b\"}") "}",
	"{" SIGNS KEYS("{" EC_XY "},{" RSA_2048 ",\"use\":\"enc\",\"alg\":\"RSA-OAEP\"}") "}",
	"{" SIGNS URI ",\"token_endpoint_auth_signing_alg\":\"ES256\"}",
	"{" SIGNS URI ",\"token_endpoint_auth_signing_alg\":\"RS256\"}",
	"{" SIGNS URI ",\"token_endpoint_auth_signing_alg\":\"PS256\"}",
	"{" SIGNS URI ",\"token_endpoint_auth_signing_alg\":null,\"jwks\":null}",
	"{" MACS "}",
	"{" MACS ",\"token_endpoint_auth_signing_alg\":\"HS256\"}",
	"{" BASE URI "}",
};

static const struct {
	const char *json, *field, *says;
} refused[] = {
	{"{" SIGNS "}", "jwks_uri", "missing"},
	{"{" SIGNS URI KEYS("{" EC_XY "}") "}", "jwks_uri", "one of both"},
	{"{" SIGNS ",\"jwks\":[]}", "jwks", "1 to 8"},
	{"{" SIGNS ",\"jwks\":{}}", "jwks", "1 to 8"},
	{"{" SIGNS ",\"jwks\":\"https://p.example/jwks\"}", "jwks", ""},
	{"{" SIGNS KEYS("") "}", "jwks", "1 to 8"},
	{"{" SIGNS KEYS("{" EC_XY "," PRIVATE "}") "}", "jwks", "private"},
	{"{" SIGNS KEYS("{" EC_XY ",\"use\":\"enc\"," PRIVATE "}") "}", "jwks", "private"},
	{"{" SIGNS KEYS("{\"kty\":\"oct\",\"k\":\"AAAA\"}") "}", "jwks", "private or symmetric"},
	{"{" SIGNS KEYS("{" RSA_1024 "}") "}", "jwks", "key 1"},
	{"{" SIGNS KEYS("{" EC_XY "},{" RSA_1024 "}") "}", "jwks", "key 2"},
	{"{" SIGNS KEYS("{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"AA\",\"y\":\"AA\"}") "}", "jwks",
		"key 1"},
	{"{" SIGNS KEYS("{" EC_XY ",\"alg\":\"HS256\"}") "}", "jwks", "key 1"},
	{"{" SIGNS KEYS("{" EC_XY ",\"alg\":\"RS256\"}") "}", "jwks", "key 1"},
	{"{" SIGNS KEYS("{" EC_XY ",\"kid\":\"a\"},{" EC_OTHER ",\"kid\":\"a\"}") "}", "jwks",
		"kid"},
	{"{" SIGNS KEYS("{" EC_XY ",\"use\":\"enc\"}") "}", "jwks", "no key for signatures"},
	{"{" SIGNS KEYS("7") "}", "jwks", "key 1"},
	{"{" SIGNS URI ",\"token_endpoint_auth_signing_alg\":\"none\"}",
		"token_endpoint_auth_signing_alg", "one of"},
	{"{" SIGNS URI ",\"token_endpoint_auth_signing_alg\":\"HS256\"}",
		"token_endpoint_auth_signing_alg", "client_secret_jwt"},
	{"{" SIGNS URI ",\"token_endpoint_auth_signing_alg\":\"RS256\","
	 "\"require_pushed_authorization_requests\":true}",
		"token_endpoint_auth_signing_alg", "FAPI"},
	{"{" MACS ",\"token_endpoint_auth_signing_alg\":\"RS256\"}",
		"token_endpoint_auth_signing_alg", "HS256"},
	{"{" BASE ",\"token_endpoint_auth_signing_alg\":\"ES256\"}",
		"token_endpoint_auth_signing_alg", "no use"},
	{"{\"client_name\":\"P\",\"system\":\"plan\",\"redirect_uris\":[\"th.go.p:/cb\"],"
	 "\"application_type\":\"native\",\"token_endpoint_auth_method\":\"private_key_jwt\"" URI
	 "}",
		"token_endpoint_auth_method", "none"},
	{"{" SIGNS URI ",\"secret_sealed\":\"AAAA\"}", "secret_sealed", "cannot be set"},
};

static enum rc read(struct arena *a, const char *json, struct field_error *ret)
{
	struct json_value *v __attribute__((cleanup(json_value_freep))) = NULL;
	struct client c;

	if (json_value_parse(str_c(json), CLIENT_METADATA_MAX, &v) != RC_OK)
		fail_msg("%s: no JSON", json);
	client_defaults(&c);
	c.id = STR("made-id");
	return client_from_metadata(a, v, &c, ret);
}

static void metadata(void **state)
{
	struct field_error error;

	for (size_t i = 0; i < COUNT(accepted); i++)
		if (read(*state, accepted[i], &error) != RC_OK)
			fail_msg("%s: refused: %s %s", accepted[i], error.field, error.why);
	for (size_t i = 0; i < COUNT(refused); i++) {
		error = (struct field_error){.field = NULL};
		if (read(*state, refused[i].json, &error) != RC_INVALID)
			fail_msg("%s: accepted", refused[i].json);
		if (!str_eq_c(str_c(error.field), refused[i].field) ||
			!strstr(error.why, refused[i].says))
			fail_msg("%s: blames %s: %s", refused[i].json, error.field, error.why);
	}
}

static void at_most_eight_keys(void **state)
{
	struct field_error error;
	struct buf json;

	for (int n = CLIENT_JWKS_KEYS_MAX; n <= CLIENT_JWKS_KEYS_MAX + 1; n++) {
		buf_init(&json, *state, 65536);
		buf_add_c(&json, "{" SIGNS ",\"jwks\":{\"keys\":[");
		for (int i = 0; i < n; i++)
			buf_addf(&json, "%s{" EC_XY ",\"kid\":\"%d\"}", i ? "," : "", i);
		buf_add_c(&json, "]}}");
		check_rc(read(*state, json.p, &error),
			n > CLIENT_JWKS_KEYS_MAX ? RC_INVALID : RC_OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		arena_test(metadata),
		arena_test(at_most_eight_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
