/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Verified claims (OpenID Connect for Identity Assurance 1.0) through the claims parameter, and the
 * modules of ekyc-test-plan-oidccore by name.
 */
#include "flow/helpers.h"

#define ID_TOKEN "\"id_token\":{\"verified_claims\":%s}"
#define USERINFO "\"userinfo\":{\"verified_claims\":%s}"
#define TF       "\"trust_framework\":\"urn:test:framework\""
#define ONLY_TF  "{\"verification\":{" TF "},"
#define GIVEN    "\"claims\":{\"given_name\":\"สมชาย\"}}"
#define ASK_TF   "{\"verification\":{\"trust_framework\":null},"
#define PROVEN   "2027-01-15T08:00:00Z" /* the clock of the fixture */

static void names_and_card(struct auth_identity *who)
{
	who->title_th = STR("นาย");
	who->given_th = STR("สมชาย");
	who->family_th = STR("ใจดี");
	who->given_en = STR("Somchai");
	who->family_en = STR("Jaidee");
	who->card_issued = STR("2024-01-02");
	who->card_expires = STR("2032-01-01");
	who->gender = STR("male");
	who->address = STR("99 หมู่ 1");
}

static struct fixture *fixture_proven(struct browser *b)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);

	*b = (struct browser){.w = w};
	w->script.told = names_and_card;
	log_in(b, SOMCHAI_PID);
	return w;
}

struct given {
	struct str id_token, userinfo; /* verified_claims as JSON; empty: not there */
	struct raw_answer tokens;
};

static struct str member_text(struct fixture *w, struct str document)
{
	__attribute__((cleanup(json_value_freep))) struct json_value *root = NULL;
	const struct json_value *member;

	check_ok(json_value_parse(document, 1 << 20, &root));
	member = json_value_get(root, "verified_claims");
	return member ? json_value_text(w->a, member) : STR_NONE;
}

static struct given receive(
	struct browser *b, const char *client, const char *scope, struct str claims)
{
	struct fixture *w = b->w;
	struct raw_answer r =
		authorize(b, ask(w, text(w, "client_id=%s", client).p, text(w, "scope=%s", scope).p,
				     text(w, "claims=%.*s", STR_FMT(claims)).p, NULL));
	struct given g;

	if (contains(location(&r), "/login?"))
		r = go_and_press(b, &r, "answer", "allow");
	g.tokens = redeem(w, client, check_code(w, &r), CODE_VERIFIER);
	g.id_token = member_text(w, jwt_payload(w, member(w, &g.tokens, "id_token")));
	r = get_bearer(w, "/oauth2/userinfo", member(w, &g.tokens, "access_token"));
	assert_int_equal(r.status, 200);
	g.userinfo = member_text(w, r.body);
	return g;
}

/* The same request at both places. */
static struct given ask_both(struct browser *b, const char *request)
{
	return receive(
		b, "portal", "openid", text(b->w, "{" ID_TOKEN "," USERINFO "}", request, request));
}

static void check_both(struct browser *b, const char *request, const char *answer)
{
	struct given g = ask_both(b, request);

	if (!str_eq_c(g.id_token, answer) || !str_eq_c(g.userinfo, answer))
		fail_msg("%s\nID token %.*s\nuserinfo %.*s\nnot %s", request, STR_FMT(g.id_token),
			STR_FMT(g.userinfo), answer);
}

/* --- the plan --- */

static const struct {
	const char *module, *request, *answer;
} plan[] = {
	{"ekyc-server-happypath", ASK_TF "\"claims\":{\"given_name\":null}}", ONLY_TF GIVEN},
	{"ekyc-server-happypath-emptyobject",
		"{\"verification\":{\"trust_framework\":{}},\"claims\":{\"given_name\":{}}}",
		ONLY_TF GIVEN},
	{"ekyc-server-happypath-essentialfalse",
		"{\"verification\":{\"trust_framework\":{\"essential\":false}},"
		"\"claims\":{\"given_name\":{\"essential\":false}}}",
		ONLY_TF GIVEN},
	{"ekyc-server-unknown-claim-omitted",
		ASK_TF "\"claims\":{\"given_name\":null,\"x7f3\":null}}", ONLY_TF GIVEN},
	{"ekyc-server-unknown-essential-claim-omitted",
		ASK_TF "\"claims\":{\"given_name\":null,\"x7f3\":{\"essential\":true}}}",
		ONLY_TF GIVEN},
	{"ekyc-server-unknown-claim-specialchars-omitted",
		ASK_TF "\"claims\":{\"given_name\":null,\"<a b='%\\u0e01\\\"&>/\":null}}",
		ONLY_TF GIVEN},
	{"ekyc-server-one-claim-with-random-value-omitted",
		ASK_TF "\"claims\":{\"given_name\":{\"value\":"
		       "\"1b4e28ba-2fa1-11d2-883f-0016d3cca427\"}}}",
		""},
	{"ekyc-server-testuserprovidedrequest",
		"{\"verification\":{\"trust_framework\":null,\"assurance_level\":{\"value\":"
		"\"2.3\"},\"time\":{\"max_age\":63113852},\"evidence\":[{\"type\":{\"value\":"
		"\"document\"},\"document_details\":{\"type\":{\"values\":[\"passport\","
		"\"idcard\"]},\"date_of_expiry\":null}}]},\"claims\":{\"given_name\":null}}",
		"{\"verification\":{" TF ",\"assurance_level\":\"2.3\",\"time\":\"" PROVEN
		"\",\"evidence\":[{\"type\":\"document\",\"document_details\":{\"type\":"
		"\"idcard\",\"date_of_expiry\":\"2032-01-01\"}}]}," GIVEN},
	/* Everything that is known of the person, each by its value. */
	{"ekyc-server-testbasedonuserinfo-defaults",
		"{\"verification\":{\"trust_framework\":{\"value\":\"urn:test:framework\"},"
		"\"assurance_level\":{\"value\":\"2.3\"},\"time\":null,\"evidence\":[{\"type\":"
		"{\"value\":\"document\"},\"document_details\":{\"type\":{\"value\":\"idcard\"},"
		"\"date_of_issuance\":null,\"date_of_expiry\":null,\"issuer\":{\"name\":null,"
		"\"country_code\":null}},\"check_details\":[{\"check_method\":{\"value\":\"auth\"},"
		"\"organization\":null,\"time\":null}]}]},\"claims\":{\"given_name\":null,"
		"\"family_name\":null,\"name\":null,\"name#en\":null}}",
		"{\"verification\":{" TF ",\"assurance_level\":\"2.3\",\"time\":\"" PROVEN
		"\",\"evidence\":[{\"type\":\"document\",\"document_details\":{\"type\":"
		"\"idcard\",\"date_of_issuance\":\"2024-01-02\",\"date_of_expiry\":\"2032-01-01\","
		"\"issuer\":{\"name\":\"กรมการปกครอง\",\"country_code\":\"THA\"}},\"check_"
		"details\":"
		"[{\"check_method\":\"auth\",\"organization\":\"กรมการปกครอง\",\"time\":\"" PROVEN
		"\"}]}]},\"claims\":{\"given_name\":\"สมชาย\",\"family_name\":\"ใจดี\","
		"\"name\":\"นายสมชาย ใจดี\",\"name#en\":\"Somchai Jaidee\"}}"},
	/* What discovery does not name: framework, evidence, claim. */
	{"ekyc-server-test-userinfo-notfoundinop",
		"{\"verification\":{\"trust_framework\":{\"value\":\"de_aml\"},\"evidence\":[{"
		"\"type\":{\"value\":\"vouch\"}}]},\"claims\":{\"given_name\":null}}",
		""},
	{"ekyc-server-test-userinfo-notfoundinop, a claim",
		ASK_TF "\"claims\":{\"place_of_birth\":null}}", ""},
};

static void modules_of_the_plan(void **state)
{
	struct browser b;
	struct fixture *w = fixture_proven(&b);

	(void)state;
	for (size_t i = 0; i < COUNT(plan); i++) {
		print_message("# %s\n", plan[i].module);
		check_both(&b, plan[i].request, plan[i].answer);
	}
	fixture_free(w);
}

/* ekyc-server-request-only-in-idtoken, ekyc-server-request-only-in-userinfo; a scope gives none. */
static void nothing_leaks_into_the_other_place(void **state)
{
	struct browser b;
	struct fixture *w = fixture_proven(&b);
	const char *request = ASK_TF "\"claims\":{\"given_name\":null}}";
	struct given g;

	(void)state;
	g = receive(&b, "portal", "openid profile", text(w, "{" ID_TOKEN "}", request));
	check_c(g.id_token, ONLY_TF GIVEN);
	check_c(g.userinfo, "");
	g = receive(&b, "portal", "openid profile", text(w, "{" USERINFO "}", request));
	check_c(g.id_token, "");
	check_c(g.userinfo, ONLY_TF GIVEN);
	g = receive(&b, "portal", "openid profile",
		text(w, "{" ID_TOKEN "," USERINFO "}", ASK_TF "\"claims\":{\"title\":null}}",
			request));
	check_c(g.id_token, ONLY_TF "\"claims\":{\"title\":\"นาย\"}}");
	check_c(g.userinfo, ONLY_TF GIVEN);
	g = receive(&b, "portal", "openid profile email", STR("{\"userinfo\":{\"name\":null}}"));
	check_c(g.id_token, "");
	check_c(g.userinfo, "");
	fixture_free(w);
}

/* --- conditions --- */

/* Behind "verification": whether given_name is given. */
static const struct {
	const char *verification;
	bool met;
} conditions[] = {
	{"{\"trust_framework\":{\"value\":\"urn:test:framework\"}}", true},
	{"{\"trust_framework\":{\"value\":\"urn:test:other\"}}", false},
	{"{\"trust_framework\":{\"values\":[\"eidas\",\"urn:test:framework\"]}}", true},
	{"{\"trust_framework\":{\"values\":[\"eidas\",\"de_aml\"]}}", false},
	{"{\"trust_framework\":{\"value\":\"urn:test:other\",\"essential\":true}}", false},
	/* What cannot be read is not met. */
	{"{\"trust_framework\":{\"value\":1}}", false},
	{"{\"trust_framework\":{\"values\":\"urn:test:framework\"}}", false},
	{"{\"trust_framework\":{\"values\":[]}}", false},
	{"{\"trust_framework\":\"eidas\"}", false},
	{"{\"assurance_level\":{\"value\":\"2.3\"}}", true},
	{"{\"assurance_level\":{\"value\":\"3\"}}", false},
	/* The proof is 0 seconds old, as the clock stands. */
	{"{\"time\":{\"max_age\":0}}", true},
	{"{\"time\":{\"max_age\":-1}}", false},
	{"{\"time\":{\"max_age\":\"60\"}}", false},
	{"{\"time\":{\"value\":\"" PROVEN "\"}}", true},
	{"{\"evidence\":[{\"type\":{\"value\":\"document\"}}]}", true},
	{"{\"evidence\":[{\"type\":{\"value\":\"vouch\"}}]}", false},
	{"{\"evidence\":[{\"type\":{\"value\":\"vouch\"}},{\"type\":{\"value\":\"document\"}}]}",
		true},
	{"{\"evidence\":[{\"type\":{\"value\":\"document\"},\"document_details\":{\"type\":"
	 "{\"value\":\"passport\"}}}]}",
		false},
	/* Until the last second of the day of issue, 95,785,201 s ago; the day of expiry is to
	   come. */
	{"{\"evidence\":[{\"document_details\":{\"date_of_issuance\":{\"max_age\":95785201}}}]}",
		true},
	{"{\"evidence\":[{\"document_details\":{\"date_of_issuance\":{\"max_age\":95785200}}}]}",
		false},
	{"{\"evidence\":[{\"document_details\":{\"date_of_expiry\":{\"max_age\":0}}}]}", true},
	{"{\"evidence\":[{\"document_details\":{\"document_number\":{\"value\":\"1\"}}}]}", false},
	{"{\"evidence\":[{\"check_details\":[{\"check_method\":{\"value\":\"pvp\"}},"
	 "{\"check_method\":{\"value\":\"auth\"}}]}]}",
		true},
	{"{\"evidence\":[{\"check_details\":[{\"check_method\":{\"value\":\"pvp\"}}]}]}", false},
	{"{\"evidence\":{\"value\":\"document\"}}", false},
	{"{\"verification_process\":{\"value\":\"x\"}}", false},
	{"{\"verification_process\":{\"essential\":true}}", true},
	{"{\"value\":\"x\"}", false},
	{"{}", true},
	{"null", true},
};

static void conditions_on_the_verification(void **state)
{
	struct browser b;
	struct fixture *w = fixture_proven(&b);

	(void)state;
	for (size_t i = 0; i < COUNT(conditions); i++) {
		struct given g = ask_both(
			&b, text(w, "{\"verification\":%s,\"claims\":{\"given_name\":null}}",
				    conditions[i].verification)
				    .p);

		if (contains(g.userinfo, "\"given_name\"") != conditions[i].met ||
			!str_eq(g.userinfo, g.id_token))
			fail_msg("%s: %.*s", conditions[i].verification, STR_FMT(g.userinfo));
	}
	fixture_free(w);
}

/* 6.3.2: a second more than it may be. */
static void age_of_the_proof(void **state)
{
	struct browser b;
	struct fixture *w = fixture_proven(&b);
	const char *request = "{\"verification\":{\"trust_framework\":null,\"time\":{\"max_age\":"
			      "600}},\"claims\":{\"given_name\":null}}";

	(void)state;
	fixture_advance_clock(w, 600);
	check_has(ask_both(&b, request).userinfo, PROVEN);
	fixture_advance_clock(w, 1);
	check_c(ask_both(&b, request).userinfo, "");
	fixture_free(w);
}

/* A condition on one claim costs that claim only; with none left, the whole. */
static void conditions_on_a_claim(void **state)
{
	struct browser b;
	struct fixture *w = fixture_proven(&b);

	(void)state;
	check_both(&b,
		ASK_TF "\"claims\":{\"given_name\":{\"value\":\"สมชาย\"},"
		       "\"family_name\":{\"values\":[\"ใจร้าย\"]},\"title\":\"นาย\"}}",
		ONLY_TF GIVEN);
	check_both(&b, ASK_TF "\"claims\":{\"family_name\":{\"value\":\"ใจร้าย\"}}}", "");
	check_both(&b, ASK_TF "\"claims\":{}}", "");
	check_both(&b, ASK_TF "\"claims\":null}", "");
	check_both(&b, "{\"verification\":{\"trust_framework\":null}}", "");
	/* Without a verification: the part without which no answer is valid. */
	check_both(&b, "{\"claims\":{\"given_name\":null}}", ONLY_TF GIVEN);
	/* Known to the provider, told by nobody. */
	check_both(&b, ASK_TF "\"claims\":{\"birthdate\":null,\"middle_name\":null}}", "");
	check_both(&b, ASK_TF "\"claims\":{\"gender\":null,\"address\":null}}", "");
	fixture_free(w);
}

/* --- several --- */

static void array_form(void **state)
{
	struct browser b;
	struct fixture *w = fixture_proven(&b);
	const char *one = ASK_TF "\"claims\":{\"given_name\":null}}",
		   *other = "{\"verification\":{\"trust_framework\":{\"value\":\"eidas\"}},"
			    "\"claims\":{\"given_name\":null}}";

	(void)state;
	check_both(&b, text(w, "[%s]", one).p, "[" ONLY_TF GIVEN "]");
	check_both(&b, text(w, "[%s,%s]", other, one).p, "[" ONLY_TF GIVEN "]");
	check_both(&b, text(w, "[%s,%s]", one, one).p, "[" ONLY_TF GIVEN "," ONLY_TF GIVEN "]");
	check_both(&b, text(w, "[%s]", other).p, "");
	check_both(&b, "[]", "");
	check_both(&b, "null", "");
	check_both(&b, "{}", "");
	fixture_free(w);
}

/* OIDC Core 3.1.2.6: what is no request of this form. */
static void malformed_requests(void **state)
{
	static const char *const requests[] = {"true", "\"given_name\"", "[null]", "[[]]", "[1]",
		"{\"claims\":[]}", "{\"claims\":\"given_name\"}", "{\"verification\":[]}",
		"{\"verification\":\"eidas\",\"claims\":{}}", "[{},{},{},{},{},{},{},{},{}]"};
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r;

	(void)state;
	for (size_t i = 0; i < COUNT(requests); i++) {
		r = authorize(&b, ask(w, text(w, "claims={" USERINFO "}", requests[i]).p, NULL));
		check_error(w, &r, "invalid_request");
	}
	r = authorize(
		&b, ask(w, text(w, "claims={" USERINFO "}", "[{},{},{},{},{},{},{},{}]").p, NULL));
	check_login(&r);
	fixture_free(w);
}

/* Many elements: the answer stays an answer, what is too much is left out. */
static void answer_is_bounded(void **state)
{
	struct browser b;
	struct fixture *w = fixture_proven(&b);
	const char *all =
		"{\"verification\":{\"trust_framework\":null,\"evidence\":[{\"type\":null,"
		"\"document_details\":{\"type\":null,\"issuer\":{\"name\":null}},"
		"\"check_details\":[{\"check_method\":null,\"organization\":null}]}]},"
		"\"claims\":{\"name\":null,\"given_name\":null,\"family_name\":null}}";
	struct given g = receive(&b, "portal", "openid",
		text(w, "{" ID_TOKEN "}",
			text(w, "[%s,%s,%s,%s,%s,%s,%s,%s]", all, all, all, all, all, all, all, all)
				.p));

	(void)state;
	assert_int_equal(occurrences(g.id_token, "\"verification\""), 8);
	fixture_free(w);
}

/* --- who may --- */

static void only_openid(struct client *c)
{
	c->scope = STR("openid email");
}

static void with_pid(struct client *c)
{
	c->scope = STR("openid profile pid");
}

static void with_consent(struct client *c)
{
	c->scope = STR("openid profile email");
	c->consent_required = true;
}

/* A claim within is under the same scope as the claim without. */
static void registered_scopes_bound_it(void **state)
{
	struct browser b;
	struct fixture *w = fixture_proven(&b);
	struct str claims = text(w, "{" ID_TOKEN "," USERINFO "}",
		ASK_TF "\"claims\":{\"given_name\":null,\"pid\":null}}",
		ASK_TF "\"claims\":{\"given_name\":null,\"pid\":null}}");
	struct given g;

	(void)state;
	fixture_client(w, "poor", "eplan", only_openid);
	fixture_client(w, "tax", "eplan", with_pid);
	g = receive(&b, "poor", "openid profile", claims);
	check_c(g.id_token, "");
	check_c(g.userinfo, "");
	g = receive(&b, "portal", "openid", claims);
	check_c(g.userinfo, ONLY_TF GIVEN);
	g = receive(&b, "tax", "openid", claims);
	check_c(g.userinfo,
		ONLY_TF "\"claims\":{\"given_name\":\"สมชาย\",\"pid\":\"" SOMCHAI_PID "\"}}");
	fixture_free(w);
}

static void born_1980(struct auth_identity *who)
{
	names_and_card(who);
	who->birthdate = STR("1980-02-29");
}

static void born_some_day(struct auth_identity *who)
{
	names_and_card(who);
	who->birthdate = STR("1947-00-00");
}

/* No scope but this gives it: who is asked to agree sees it (PDPA section 19). */
static void date_of_birth_is_shown_first(void **state)
{
	static const struct {
		void (*told)(struct auth_identity *who);
		const char *shown, *given;
	} rows[] = {
		{born_1980, "29 กุมภาพันธ์ 2523", "1980-02-29"},
		{born_some_day, "1947-00-00", "1947-00-00"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture *w = fixture_standard(FIXTURE_MEM);
		struct browser b = {.w = w};
		struct str claims =
			text(w, "{" USERINFO "}", ASK_TF "\"claims\":{\"birthdate\":null}}");
		struct raw_answer r;

		w->script.told = rows[i].told;
		log_in(&b, SOMCHAI_PID);
		fixture_client(w, "asks", "eplan", with_consent);
		r = authorize(&b, ask(w, "client_id=asks", "scope=openid profile", NULL));
		r = browse_s(&b, location(&r));
		check_has(r.body, "วันเกิด");
		check_has(r.body, rows[i].shown);
		check_c(receive(&b, "asks", "openid profile", claims).userinfo,
			text(w, ONLY_TF "\"claims\":{\"birthdate\":\"%s\"}}", rows[i].given).p);
		fixture_free(w);
	}
}

/* Where the person must agree, what he saw and no more: and he sees who proved him. */
static void person_agrees_first(void **state)
{
	struct browser b;
	struct fixture *w = fixture_proven(&b);
	struct str claims = text(w, "{" USERINFO "}", ASK_TF "\"claims\":{\"given_name\":null}}");
	struct raw_answer r;

	(void)state;
	fixture_client(w, "asks", "eplan", with_consent);
	check_c(receive(&b, "asks", "openid email", claims).userinfo, "");
	r = authorize(&b, ask(w, "client_id=asks", "scope=openid profile",
				  text(w, "claims=%.*s", STR_FMT(claims)).p, NULL));
	r = browse_s(&b, location(&r));
	check_has(r.body, "กรมการปกครอง · 15 มกราคม 2570 · IAL 2.3");
	r = authorize(&b, ask(w, "client_id=asks", "scope=openid profile", "ui_locales=en", NULL));
	r = browse_s(&b, location(&r));
	check_has(r.body, "ThaiD · 15 January 2027 · IAL 2.3");
	check_c(receive(&b, "asks", "openid profile", claims).userinfo, ONLY_TF GIVEN);
	fixture_free(w);
}

/* --- discovery (8) --- */

static void discovery_says_what_is_supported(void **state)
{
	static const char *const members[] = {"\"claims_parameter_supported\":true",
		"\"verified_claims_supported\":true",
		"\"trust_frameworks_supported\":[\"urn:test:framework\"]",
		"\"evidence_supported\":[\"document\"]", "\"documents_supported\":[\"idcard\"]",
		"\"documents_check_methods_supported\":[\"auth\"]",
		"\"claims_in_verified_claims_supported\":[\"given_name\",\"family_name\","};
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct raw_answer r = raw_get(w->a, w->port, "/.well-known/openid-configuration", "");

	(void)state;
	for (size_t i = 0; i < COUNT(members); i++)
		check_has(r.body, members[i]);
	w->p.methods.v[0].source = NULL;
	check_ok(discovery_prepare(&w->p));
	r = raw_get(w->a, w->port, "/.well-known/openid-configuration", "");
	check_has(r.body, "\"verified_claims_supported\":false");
	assert_false(contains(r.body, "trust_frameworks") || contains(r.body, "evidence"));
	fixture_free(w);
}

#define T(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(modules_of_the_plan),
		T(nothing_leaks_into_the_other_place),
		T(conditions_on_the_verification),
		T(age_of_the_proof),
		T(conditions_on_a_claim),
		T(array_form),
		T(malformed_requests),
		T(answer_is_bounded),
		T(registered_scopes_bound_it),
		T(date_of_birth_is_shown_first),
		T(person_agrees_first),
		T(discovery_says_what_is_supported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
