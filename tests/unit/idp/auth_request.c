/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The claims parameter of an authorization request: its form, and what the login reads of it. */
#include "unit/check.h"

#include "idp/login/auth_request.h"

static struct claims_parameter parsed(struct arena *a, const char *text)
{
	struct claims_parameter claims;

	check_ok(claims_parameter_parse(a, str_c(text), &claims));
	assert_true(claims.parsed);
	check_c(claims.text, text);
	return claims;
}

static void form_of_the_claims_parameter(void **state)
{
	static const struct {
		const char *text;
		bool valid;
	} rows[] = {
		{"{}", true},
		{"{\"id_token\":{}}", true},
		{"{\"id_token\":null,\"userinfo\":null}", true},
		{"{\"id_token\":{\"acr\":null}}", true},
		{"{\"id_token\":{\"acr\":{\"value\":\"x\"}}}", true},
		{"{\"id_token\":{\"acr\":{\"value\":1}}}", false},
		{"{\"id_token\":{\"acr\":{\"values\":[]}}}", true},
		{"{\"id_token\":{\"acr\":{\"values\":\"x\"}}}", false},
		{"{\"id_token\":{\"acr\":{\"values\":[1]}}}", false},
		{"{\"id_token\":{\"acr\":{\"values\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\","
		 "\"8\"]}}}",
			true},
		{"{\"id_token\":{\"acr\":{\"values\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\","
		 "\"8\",\"9\"]}}}",
			false},
		{"{\"id_token\":[]}", false},
		{"{\"id_token\":\"x\"}", false},
		{"{\"userinfo\":{\"name\":1}}", false},
		{"{\"userinfo\":{\"name\":{}}}", true},
		{"{\"userinfo\":{\"name\":{\"essential\":true,\"other\":1}}}", true},
		{"{\"userinfo\":{\"name\":{\"essential\":\"true\"}}}", false},
		{"{\"userinfo\":{\"name\":{\"values\":\"x\"}}}", false},
		{"{\"userinfo\":{\"name\":{\"values\":[1,\"x\",null]}}}", true},
		{"{\"unknown\":{\"name\":1}}", true},
		{"", true},
		{" ", false},
		{"null", false},
		{"{", false},
		{"{}x", false},
	};
	struct claims_parameter claims;

	for (size_t i = 0; i < COUNT(rows); i++)
		if ((claims_parameter_parse(*state, str_c(rows[i].text), &claims) == RC_OK) !=
			rows[i].valid)
			fail_msg("%s", rows[i].text);
}

static void essential_levels(void **state)
{
	static const struct {
		const char *text, *joined;
	} rows[] = {
		{"", ""},
		{"{}", ""},
		{"{\"id_token\":{\"acr\":{\"essential\":true,\"value\":\"a\"}}}", "a"},
		{"{\"id_token\":{\"acr\":{\"essential\":true,\"values\":[\"a\",\"b\"]}}}", "a b"},
		{"{\"id_token\":{\"acr\":{\"essential\":false,\"values\":[\"a\"]}}}", ""},
		{"{\"id_token\":{\"acr\":{\"values\":[\"a\"]}}}", ""},
		{"{\"id_token\":{\"acr\":{\"essential\":true}}}", ""},
		{"{\"userinfo\":{\"acr\":{\"essential\":true,\"value\":\"a\"}}}", ""},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct strlist list = parsed(*state, rows[i].text).essential_acr;
		struct buf joined;

		buf_init(&joined, *state, 64);
		for (size_t k = 0; k < list.n; k++) {
			buf_add_c(&joined, k ? " " : "");
			buf_add(&joined, list.v[k]);
		}
		check_c(buf_str(&joined), rows[i].joined);
	}
}

static void subject_asked_for_by_value(void **state)
{
	static const struct {
		const char *text, *subject;
	} rows[] = {
		{"", ""},
		{"{}", ""},
		{"{\"id_token\":{\"sub\":{\"value\":\"x\"}}}", "x"},
		{"{\"id_token\":{\"sub\":{\"value\":1}}}", ""},
		{"{\"id_token\":{\"sub\":null}}", ""},
		{"{\"userinfo\":{\"sub\":{\"value\":\"x\"}}}", ""},
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		check_c(parsed(*state, rows[i].text).subject, rows[i].subject);
}

/* The stored form holds the text alone. */
static void a_stored_request_is_parsed_once(void **state)
{
	struct auth_request request = {
		.claims.text =
			STR("{\"id_token\":{\"acr\":{\"essential\":true,\"value\":\"a\"}}}")};
	struct auth_request spoiled = {.claims.text = STR("{")};

	check_ok(auth_request_complete(*state, &request));
	assert_true(request.claims.parsed);
	assert_int_equal(request.claims.essential_acr.n, 1);
	check_c(request.claims.essential_acr.v[0], "a");
	/* What is parsed is not read again. */
	request.claims.text = STR("{");
	check_ok(auth_request_complete(*state, &request));
	check_rc(auth_request_complete(*state, &spoiled), RC_CORRUPT);
	request = (struct auth_request){.client = STR("portal")};
	check_ok(auth_request_complete(*state, &request));
	assert_int_equal(request.claims.essential_acr.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		arena_test(form_of_the_claims_parameter),
		arena_test(essential_levels),
		arena_test(subject_asked_for_by_value),
		arena_test(a_stored_request_is_parsed_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
