/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "support.h"

#include "jose/jwt.h"

#define NOW 1700000000

static const struct jwt_rules strict = {
	.issuer = STR_INIT("https://sso.example"), .audience = STR_INIT("client"), .now = NOW};
static const struct jwt_rules loose = {.now = NOW};
static const struct jwt_rules single = {
	.audience = STR_INIT("client"), .single_audience = true, .now = NOW};
static const struct jwt_rules lenient = {.now = NOW, .leeway = 60};
static const struct jwt_rules too_lenient = {.now = NOW, .leeway = 3600};
static const struct jwt_rules hint = {.now = NOW, .expired_ok = true};
static const struct jwt_rules young = {.now = NOW, .max_age = 300};

#define GOOD "\"iss\":\"https://sso.example\",\"aud\":\"client\""
#define LIFE "\"exp\":1700000100,\"iat\":1700000000"

struct claims_case {
	const char *name;
	const struct jwt_rules *rules;
	const char *payload;
	enum rc want;
};

static const struct claims_case cases[] = {
	{"all right", &strict, "{" GOOD "," LIFE "}", RC_OK},
	{"nothing but times asked for", &loose, "{" LIFE "}", RC_OK},
	{"iss missing", &strict, "{\"aud\":\"client\"," LIFE "}", RC_INVALID},
	{"iss with a slash", &strict,
		"{\"iss\":\"https://sso.example/\",\"aud\":\"client\"," LIFE "}", RC_INVALID},
	{"iss in other case", &strict,
		"{\"iss\":\"https://SSO.example\",\"aud\":\"client\"," LIFE "}", RC_INVALID},
	{"iss a list", &strict, "{\"iss\":[\"https://sso.example\"],\"aud\":\"client\"," LIFE "}",
		RC_INVALID},
	{"aud missing", &strict, "{\"iss\":\"https://sso.example\"," LIFE "}", RC_INVALID},
	{"aud another", &strict, "{\"iss\":\"https://sso.example\",\"aud\":\"clien\"," LIFE "}",
		RC_INVALID},
	{"aud among several", &strict,
		"{\"iss\":\"https://sso.example\",\"aud\":[\"x\",\"client\"]," LIFE "}", RC_OK},
	{"aud not among several", &strict,
		"{\"iss\":\"https://sso.example\",\"aud\":[\"x\",\"y\"]," LIFE "}", RC_INVALID},
	{"aud a number in the list", &strict,
		"{\"iss\":\"https://sso.example\",\"aud\":[\"client\",1]," LIFE "}", RC_INVALID},
	{"aud empty list", &strict, "{\"iss\":\"https://sso.example\",\"aud\":[]," LIFE "}",
		RC_INVALID},
	{"single: a string", &single, "{\"aud\":\"client\"," LIFE "}", RC_OK},
	{"single: a list of one", &single, "{\"aud\":[\"client\"]," LIFE "}", RC_OK},
	{"single: a list of two", &single, "{\"aud\":[\"client\",\"x\"]," LIFE "}", RC_INVALID},
	{"last second", &loose, "{\"exp\":1700000001,\"iat\":1}", RC_OK},
	{"expired this second", &loose, "{\"exp\":1700000000,\"iat\":1}", RC_EXPIRED},
	{"exp missing", &loose, "{\"iat\":1}", RC_INVALID},
	{"exp a string", &loose, "{\"exp\":\"1700000100\",\"iat\":1}", RC_INVALID},
	{"exp negative", &loose, "{\"exp\":-1,\"iat\":1}", RC_INVALID},
	{"exp enormous", &loose, "{\"exp\":9223372036854775807,\"iat\":1}", RC_INVALID},
	{"exp beyond 64 bits", &loose, "{\"exp\":1e300,\"iat\":1}", RC_INVALID},
	{"exp null", &loose, "{\"exp\":null,\"iat\":1}", RC_INVALID},
	{"exp 60 s ago, leeway 60", &lenient, "{\"exp\":1699999940,\"iat\":1}", RC_EXPIRED},
	{"exp 59 s ago, leeway 60", &lenient, "{\"exp\":1699999941,\"iat\":1}", RC_OK},
	{"leeway is bounded", &too_lenient, "{\"exp\":1699999940,\"iat\":1}", RC_EXPIRED},
	{"hint: long expired", &hint, "{\"exp\":2,\"iat\":1}", RC_OK},
	{"hint: exp missing", &hint, "{\"iat\":1}", RC_INVALID},
	{"hint: from the future", &hint, "{\"exp\":2,\"iat\":1700000001}", RC_INVALID},
	{"iat missing", &loose, "{\"exp\":1700000100}", RC_INVALID},
	{"iat in the future", &loose, "{\"exp\":1700000100,\"iat\":1700000001}", RC_INVALID},
	{"iat ahead within leeway", &lenient, "{\"exp\":1700000100,\"iat\":1700000060}", RC_OK},
	{"iat ahead beyond leeway", &lenient, "{\"exp\":1700000100,\"iat\":1700000061}",
		RC_INVALID},
	{"nbf now", &loose, "{" LIFE ",\"nbf\":1700000000}", RC_OK},
	{"nbf in the future", &loose, "{" LIFE ",\"nbf\":1700000001}", RC_INVALID},
	{"nbf a string", &loose, "{" LIFE ",\"nbf\":\"0\"}", RC_INVALID},
	{"age at its maximum", &young, "{\"exp\":1700000100,\"iat\":1699999700}", RC_OK},
	{"age over its maximum", &young, "{\"exp\":1700000100,\"iat\":1699999699}", RC_EXPIRED},
	{"times as 1e9 numbers", &loose, "{\"exp\":1700000100.0,\"iat\":1.7e9}", RC_OK},
	{"exp twice", &loose, "{" LIFE ",\"exp\":1800000000}", RC_INVALID},
	{"a list", &loose, "[]", RC_INVALID},
	{"a string", &loose, "\"x\"", RC_INVALID},
	{"no JSON", &loose, "exp=1", RC_INVALID},
	{"nothing", &loose, "", RC_INVALID},
};

static void claims(void **state)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct json_value *tree = NULL;
		const char *why = NULL;
		enum rc rc = jwt_check(str_c(cases[i].payload), cases[i].rules, &tree, &why);

		if (rc != cases[i].want)
			fail_msg("%s: %s (%s)", cases[i].name, rc_name(rc), why);
		assert_true(!tree == (rc != RC_OK));
		assert_non_null(why);
		json_value_free(tree);
	}
}

/* The value of OpenID Connect Core, appendix A.3: at_hash of its access token. */
static void half_hash(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);

	assert_true(str_eq_c(jwt_half_hash(a, STR("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y")),
		"77QmUPtjPfzWtF2AnpK9RQ"));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(claims),
		cmocka_unit_test(half_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
