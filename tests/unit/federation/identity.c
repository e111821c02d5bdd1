/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A person out of every form in which ThaID was seen to deliver one. */
#include "thaid_fixture.h"

static struct thaid_fixture *w;

static const struct thaid_claim_names *names(void)
{
	return &((const struct thaid_options *)conf_values(w->conf))->claims;
}

static enum rc read_identity(
	const char *id_token, const char *flat, struct auth_identity *ret, const char **ret_why)
{
	struct json_value *inside = NULL, *beside = NULL;
	enum rc rc;

	*ret_why = "";
	if (id_token)
		assert_int_equal(json_value_parse(str_c(id_token), 8192, &inside), RC_OK);
	if (flat)
		assert_int_equal(json_value_parse(str_c(flat), 8192, &beside), RC_OK);
	rc = thaid_read_identity(names(), w->a, inside, beside, ret, ret_why);
	json_value_free(inside);
	json_value_free(beside);
	return rc;
}

#define MEMBER(field) offsetof(struct auth_identity, field)

struct claim_case {
	const char *name, *id_token, *flat;
	size_t member;
	const char *want;
};

#define P "\"pid\":\"" PID "\","

static const struct claim_case claims[] = {
	{"pid inside", "{" P "\"a\":1}", NULL, MEMBER(identifiers[0].value), PID},
	{"pid beside", NULL, "{" P "\"a\":1}", MEMBER(identifiers[0].value), PID},
	{"pid beside an ID token", "{\"a\":1}", "{" P "\"a\":1}", MEMBER(identifiers[0].value),
		PID},
	{"inside goes first", "{" P "\"given_name\":\"ก\"}", "{\"given_name\":\"ข\"}",
		MEMBER(given_th), "ก"},
	{"empty inside, filled beside", "{" P "\"given_name\":\"\"}", "{\"given_name\":\"ข\"}",
		MEMBER(given_th), "ข"},
	{"title as the scope", "{" P "\"title\":\"นาย\"}", NULL, MEMBER(title_th), "นาย"},
	{"title renamed", "{" P "\"titleTh\":\"นาง\"}", NULL, MEMBER(title_th), "นาง"},
	{"title_en as the scope", NULL, "{" P "\"title_en\":\"Mr.\"}", MEMBER(title_en), "Mr."},
	{"title_en renamed", NULL, "{" P "\"titleEn\":\"Mrs.\"}", MEMBER(title_en), "Mrs."},
	{"given name", "{" P "\"given_name\":\"สมชาย\"}", NULL, MEMBER(given_th), "สมชาย"},
	{"family name", "{" P "\"family_name\":\"ใจดี\"}", NULL, MEMBER(family_th), "ใจดี"},
	{"middle name empty", "{" P "\"middle_name\":\"\"}", NULL, MEMBER(middle_th), ""},
	{"middle name", "{" P "\"middle_name\":\"ณ\"}", NULL, MEMBER(middle_th), "ณ"},
	{"given name en", "{" P "\"given_name_en\":\"Somchai\"}", NULL, MEMBER(given_en),
		"Somchai"},
	{"middle name en", "{" P "\"middle_name_en\":\"M\"}", NULL, MEMBER(middle_en), "M"},
	{"family name en", "{" P "\"family_name_en\":\"Jaidee\"}", NULL, MEMBER(family_en),
		"Jaidee"},
	{"spaces round a name", "{" P "\"given_name\":\" สม \"}", NULL, MEMBER(given_th), "สม"},
	{"only the whole name", "{" P "\"name\":\"สมชาย ใจดี\"}", NULL, MEMBER(given_th),
		"สมชาย ใจดี"},
	{"the whole name with its title", "{" P "\"title\":\"นาย\",\"name\":\"นายสมชาย ใจดี\"}",
		NULL, MEMBER(given_th), "สมชาย ใจดี"},
	{"whole name beside parts", "{" P "\"name\":\"x y\",\"family_name\":\"y\"}", NULL,
		MEMBER(given_th), ""},
	{"name_en with its title", "{" P "\"title_en\":\"Mr.\",\"name_en\":\"Mr. S Jaidee\"}", NULL,
		MEMBER(given_en), "S Jaidee"},
	{"birth date", "{" P "\"birthdate\":\"1980-02-29\"}", NULL, MEMBER(birthdate),
		"1980-02-29"},
	{"birth date without day", "{" P "\"birthdate\":\"1950-07-00\"}", NULL, MEMBER(birthdate),
		"1950-07-00"},
	{"birth date without month", "{" P "\"birthdate\":\"1950-00-00\"}", NULL, MEMBER(birthdate),
		"1950-00-00"},
	{"a day without a month", "{" P "\"birthdate\":\"1950-00-05\"}", NULL, MEMBER(birthdate),
		""},
	{"birth date of the Buddhist era", "{" P "\"birthdate\":\"2523-02-01\"}", NULL,
		MEMBER(birthdate), "1980-02-01"},
	{"month 13", "{" P "\"birthdate\":\"1980-13-01\"}", NULL, MEMBER(birthdate), ""},
	{"day 32", "{" P "\"birthdate\":\"1980-01-32\"}", NULL, MEMBER(birthdate), ""},
	{"slashes", "{" P "\"birthdate\":\"1980/01/31\"}", NULL, MEMBER(birthdate), ""},
	{"signs in a date", "{" P "\"birthdate\":\"1980-+1-31\"}", NULL, MEMBER(birthdate), ""},
	{"gender", "{" P "\"gender\":\"female\"}", NULL, MEMBER(gender), "female"},
	{"gender of another word", "{" P "\"gender\":\"F\"}", NULL, MEMBER(gender), ""},
	{"address as an object", "{" P "\"address\":{\"formatted\":\"1 ถนน\"}}", NULL,
		MEMBER(address), "1 ถนน"},
	{"address as a text", "{" P "\"address\":\"1 ถนน\"}", NULL, MEMBER(address), "1 ถนน"},
	{"address as a list", "{" P "\"address\":[1]}", NULL, MEMBER(address), ""},
	{"issued, as the scope", "{" P "\"date_of_issuance\":\"2020-01-02\"}", NULL,
		MEMBER(card_issued), "2020-01-02"},
	{"issued, renamed", "{" P "\"cardCreated\":\"2020-01-02\"}", NULL, MEMBER(card_issued),
		"2020-01-02"},
	{"expires, as the scope", "{" P "\"date_of_expiry\":\"2029-01-02\"}", NULL,
		MEMBER(card_expires), "2029-01-02"},
	{"expires, renamed", "{" P "\"cardExpired\":\"2029-01-02\"}", NULL, MEMBER(card_expires),
		"2029-01-02"},
	{"ial", "{" P "\"ial\":\"2.3\"}", NULL, MEMBER(ial), "2.3"},
	{"ial 3", "{" P "\"ial\":\"3\"}", NULL, MEMBER(ial), "3"},
	{"ial unknown", "{" P "\"ial\":\"9.9\"}", NULL, MEMBER(ial), ""},
	{"ial a number", "{" P "\"ial\":2.3}", NULL, MEMBER(ial), ""},
	{"a name that is a number", "{" P "\"given_name\":7}", NULL, MEMBER(given_th), ""},
	{"a name with a line feed", "{" P "\"given_name\":\"a\\nb\"}", NULL, MEMBER(given_th), ""},
};

static void every_claim(void **state)
{
	for (size_t i = 0; i < COUNT(claims); i++) {
		const struct claim_case *c = &claims[i];
		struct auth_identity who;
		const char *why;
		const struct str *got;

		if (read_identity(c->id_token, c->flat, &who, &why) != RC_OK)
			fail_msg("%s: %s", c->name, why);
		got = (const struct str *)((const char *)&who + c->member);
		if (!str_eq_c(*got, c->want))
			fail_msg("%s: \"%.*s\"", c->name, STR_FMT(*got));
	}
}

static void a_text_over_its_maximum(void **state)
{
	struct auth_identity who;
	const char *why;

	for (int n = 512; n <= 513; n++) {
		struct str json = thaid_fixture_format(w, "{" P "\"given_name\":\"%0*d\"}", n, 0);

		assert_int_equal(read_identity(json.p, NULL, &who, &why), RC_OK);
		assert_int_equal(who.given_th.n, n == 512 ? 512 : 0);
	}
}

struct pid_case {
	const char *id_token, *flat, *why;
};

static const struct pid_case pids[] = {
	{"{}", "{}", "pid_missing"},
	{NULL, "{}", "pid_missing"},
	{"{\"sub\":\"" PID "\"}", NULL, "pid_missing"}, /* sub is not promised to be it */
	{"{\"pid\":\"\"}", NULL, "pid_missing"},
	{"{\"pid\":1234567890121}", NULL, "pid_missing"},
	{"{\"pid\":\"1234567890123\"}", NULL, "pid_invalid"},
	{"{\"pid\":\"123456789012\"}", NULL, "pid_invalid"},
	{"{\"pid\":\"12345678901210\"}", NULL, "pid_invalid"},
	{"{\"pid\":\"1-2345-67890-12-1\"}", NULL, "pid_invalid"},
	{"{\"pid\":\"12345678901x1\"}", NULL, "pid_invalid"},
	{"{\"pid\":\"" PID "\"}", "{\"pid\":\"" PID2 "\"}", "pid_conflict"},
};

static void citizen_numbers_that_are_none(void **state)
{
	struct auth_identity who;
	const char *why;

	for (size_t i = 0; i < COUNT(pids); i++) {
		enum rc rc = read_identity(pids[i].id_token, pids[i].flat, &who, &why);

		if (rc != RC_INVALID || strcmp(why, pids[i].why))
			fail_msg("%zu: %s %s", i, rc_name(rc), why);
	}
	assert_int_equal(read_identity("{" P "\"a\":1}", "{" P "\"a\":1}", &who, &why), RC_OK);
}

static void times_of_authentication(void **state)
{
	struct auth_identity who;
	const char *why;

	assert_int_equal(read_identity("{" P "\"auth_time\":17}", NULL, &who, &why), RC_OK);
	assert_int_equal(who.auth_time, 17);
	assert_int_equal(read_identity("{" P "\"auth_time\":-1}", NULL, &who, &why), RC_OK);
	assert_int_equal(who.auth_time, 0);
	assert_int_equal(read_identity(NULL, "{" P "\"auth_time\":17}", &who, &why), RC_OK);
	assert_int_equal(who.auth_time, 0); /* only what was signed says when */
}

struct expiry_case {
	const char *answer;
	int64_t want;
};

static const struct expiry_case expiries[] = {
	{"{\"expires_in\":900}", NOW + 900},
	{"{\"expire_in\":900}", NOW + 900},
	{"{\"expires_in\":1700000900}", 1700000900},
	{"{\"expire_in\":1700000900}", 1700000900},
	{"{\"expires_in\":1000000000}", NOW + 1000000000}, /* the boundary: still seconds */
	{"{\"expires_in\":1000000001}", 1000000001},
	{"{\"expires_in\":\"900\"}", NOW + 900},
	{"{\"expire_in\":\"1700000900\"}", 1700000900},
	{"{\"expires_in\":10,\"expire_in\":20}", NOW + 10},
	{"{\"expires_in\":null,\"expire_in\":20}", NOW + 20},
	{"{\"expires_in\":0}", 0},
	{"{\"expires_in\":-5}", 0},
	{"{\"expires_in\":\"soon\"}", 0},
	{"{}", 0},
};

static void both_spellings_of_the_expiry(void **state)
{
	for (size_t i = 0; i < COUNT(expiries); i++) {
		struct json_value *json;

		assert_int_equal(json_value_parse(str_c(expiries[i].answer), 1000, &json), RC_OK);
		if (thaid_expiry(json, NOW) != expiries[i].want)
			fail_msg("%s", expiries[i].answer);
		json_value_free(json);
	}
}

static int identity_setup(void **state)
{
	w = thaid_fixture_open("");
	return 0;
}

static int identity_teardown(void **state)
{
	thaid_fixture_close(w);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_claim),
		cmocka_unit_test(a_text_over_its_maximum),
		cmocka_unit_test(citizen_numbers_that_are_none),
		cmocka_unit_test(times_of_authentication),
		cmocka_unit_test(both_spellings_of_the_expiry),
	};

	return cmocka_run_group_tests(tests, identity_setup, identity_teardown);
}
