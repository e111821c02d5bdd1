/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The claims parameter, scopes and levels (OIDC Core 5.4, 5.5; upstreams' assurance). */
#include "flow/helpers.h"

#include "directory/directory.h"

static void with_pid(struct client *c)
{
	c->scope = STR("openid profile email phone pid");
}

struct received_claims {
	struct str id_token, userinfo;
};

static struct received_claims receive_claims(
	struct browser *b, const char *client, const char *scope, const char *claims)
{
	struct fixture *w = b->w;
	struct raw_answer r =
		authorize(b, ask(w, text(w, "client_id=%s", client).p, text(w, "scope=%s", scope).p,
				     text(w, "claims=%s", claims).p, NULL));
	struct received_claims t;

	r = redeem(w, client, check_code(w, &r), CODE_VERIFIER);
	t.id_token = jwt_payload(w, member(w, &r, "id_token"));
	r = get_bearer(w, "/oauth2/userinfo", member(w, &r, "access_token"));
	assert_int_equal(r.status, 200);
	t.userinfo = r.body;
	return t;
}

static void place_asked_for_only(void **state)
{
	static const struct {
		const char *scope, *claims;
		bool in_id_token, in_userinfo;
	} rows[] = {
		{"openid", "", false, false},
		{"openid email", "", false, true},
		{"openid", "{\"userinfo\":{\"email\":null}}", false, true},
		{"openid", "{\"id_token\":{\"email\":null}}", true, false},
		{"openid", "{\"id_token\":{\"email\":{\"essential\":true}},\"userinfo\":{}}", true,
			false},
		{"openid email", "{\"id_token\":{\"email\":null}}", true, true},
		{"openid", "{\"id_token\":{\"email\":{\"value\":\"person@office.test\"}}}", true,
			false},
		{"openid", "{\"id_token\":{\"email\":{\"value\":\"other@office.test\"}}}", false,
			false},
		{"openid", "{\"id_token\":{\"unknown\":null}}", false, false},
		{"openid", "{\"id_token\":{\"email\":{\"values\":[]}}}", false, false},
		{"openid",
			"{\"id_token\":{\"email\":{\"values\":[\"x\",1,\"person@office.test\"]}}}",
			true, false},
		{"openid", "{\"id_token\":{\"email\":{\"values\":[\"x\"],\"essential\":true}}}",
			false, false},
		{"openid", "{\"userinfo\":{\"email\":{\"value\":7}}}", false, false},
		{"openid", "{\"userinfo\":{\"email\":{\"purpose\":\"x\"}}}", false, true},
		/* A wish narrows nothing that the scope gives. */
		{"openid email", "{\"userinfo\":{\"email\":{\"value\":\"x\"}}}", false, true},
	};
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};

	log_in(&b, SOMCHAI_PID);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct received_claims t =
			receive_claims(&b, "portal", rows[i].scope, rows[i].claims);

		assert_int_equal(contains(t.id_token, "\"email\":\"person@office.test\""),
			rows[i].in_id_token);
		assert_int_equal(contains(t.userinfo, "\"email\":\"person@office.test\""),
			rows[i].in_userinfo);
		assert_false(contains(t.id_token, "unknown") || contains(t.userinfo, "null"));
	}
	fixture_free(w);
}

/* The citizen number goes to clients registered for it, and nowhere unasked. */
static void citizen_number_is_registered_for(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct received_claims t;
	const char *both = "{\"id_token\":{\"pid\":null},\"userinfo\":{\"pid\":null}}";

	fixture_client(w, "tax", "eplan", with_pid);
	log_in(&b, SOMCHAI_PID);
	t = receive_claims(&b, "portal", "openid profile email phone pid", both);
	assert_false(contains(t.id_token, SOMCHAI_PID) || contains(t.userinfo, SOMCHAI_PID));
	t = receive_claims(&b, "tax", "openid profile", "");
	assert_false(contains(t.id_token, SOMCHAI_PID) || contains(t.userinfo, SOMCHAI_PID));
	t = receive_claims(&b, "tax", "openid pid", "");
	assert_false(contains(t.id_token, SOMCHAI_PID));
	check_has(t.userinfo, "\"pid\":\"" SOMCHAI_PID "\"");
	/* An ID token comes back in the address of a logout: at userinfo only. */
	t = receive_claims(&b, "tax", "openid", both);
	assert_false(contains(t.id_token, SOMCHAI_PID));
	check_has(t.userinfo, "\"pid\":\"" SOMCHAI_PID "\"");
	t = receive_claims(&b, "tax", "openid",
		"{\"id_token\":{\"pid\":{\"essential\":true,\"value\":\"" SOMCHAI_PID "\"}}}");
	assert_false(contains(t.id_token, SOMCHAI_PID) || contains(t.userinfo, SOMCHAI_PID));
	t = receive_claims(&b, "tax", "openid",
		"{\"id_token\":{\"verified_claims\":{\"verification\":{\"trust_framework\":"
		"null},\"claims\":{\"pid\":null}}}}");
	assert_false(contains(t.id_token, SOMCHAI_PID) || contains(t.userinfo, SOMCHAI_PID));
	fixture_free(w);
}

static void full_name(struct person *p)
{
	p->title_th = STR("นาย");
	p->given_th = STR("สมชาย");
	p->family_th = STR("ใจดี");
	p->given_en = STR("Somchai");
	p->family_en = STR("Jaidee");
	p->email_verified = false;
	p->mobile_verified = true;
}

static void what_each_scope_gives(void **state)
{
	static const struct {
		const char *scope, *has[6], *lacks[6];
	} rows[] = {
		{"openid",
			{"\"sub\":\"somchai000000000000000\"", "\"roles\":", "\"office\":\"100\""},
			{"name", "email", "phone", "pid"}},
		{"openid profile",
			{"\"name\":\"นายสมชาย ใจดี\"", "\"name#en\":\"Somchai Jaidee\"",
				"\"given_name\":\"สมชาย\"", "\"family_name#en\":\"Jaidee\"",
				"\"locale\":\"th\"", "\"updated_at\":1"},
			{"email", "phone", "preferred_username"}},
		{"openid email", {"\"email\":\"person@office.test\"", "\"email_verified\":false"},
			{"phone", "name"}},
		{"openid phone",
			{"\"phone_number\":\"+66812345678\"", "\"phone_number_verified\":true"},
			{"email", "name"}},
	};
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};

	edit_person(w, SOMCHAI, full_name);
	log_in(&b, SOMCHAI_PID);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct received_claims t = receive_claims(&b, "portal", rows[i].scope, "");

		for (size_t k = 0; k < 6; k++) {
			if (rows[i].has[k])
				check_has(t.userinfo, rows[i].has[k]);
			if (rows[i].lacks[k])
				assert_false(contains(t.userinfo, rows[i].lacks[k]));
		}
	}
	fixture_free(w);
}

static void no_email(struct person *p)
{
	p->email = p->mobile = STR_NONE;
}

/* By value, also where a claim is put together or is no text (OIDC Core 5.5.1). */
static void value_of_any_claim(void **state)
{
	static const struct {
		const char *request, *has; /* NULL: left out */
	} rows[] = {
		{"\"name\":{\"value\":\"นายสมชาย ใจดี\"}", "\"name\":\"นายสมชาย ใจดี\""},
		{"\"name\":{\"value\":\"นายสมชาย\"}", NULL},
		{"\"email_verified\":{\"value\":false}", "\"email_verified\":false"},
		{"\"email_verified\":{\"value\":true}", NULL},
		{"\"email_verified\":{\"value\":\"false\"}", NULL},
		{"\"locale\":{\"values\":[\"en\",\"th\"]}", "\"locale\":\"th\""},
	};
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};

	(void)state;
	edit_person(w, SOMCHAI, full_name);
	log_in(&b, SOMCHAI_PID);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *claims = text(w, "{\"id_token\":{%s}}", rows[i].request).p;
		struct received_claims t = receive_claims(&b, "portal", "openid", claims);

		if (rows[i].has)
			check_has(t.id_token, rows[i].has);
		else
			assert_false(contains(t.id_token, "name") || contains(t.id_token, "email"));
		assert_false(contains(t.userinfo, "name") || contains(t.userinfo, "email"));
	}
	fixture_free(w);
}

/*
 * oidcc-claims-essential, fapi2-security-profile-final-test-claims-parameter-identity-claims: what
 * is essential and known is there; what is essential and not known is left out and no error.
 */
static void essential_identity_claims(void **state)
{
	const char *claims =
		"{\"id_token\":{\"name\":{\"essential\":true},\"given_name\":{\"essential\":true},"
		"\"auth_time\":{\"essential\":true},\"birthdate\":{\"essential\":true},"
		"\"preferred_username\":{\"essential\":true}},"
		"\"userinfo\":{\"family_name\":{\"essential\":true},\"address\":null}}";
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct received_claims t;

	(void)state;
	edit_person(w, SOMCHAI, full_name);
	log_in(&b, SOMCHAI_PID);
	t = receive_claims(&b, "portal", "openid", claims);
	check_has(t.id_token, "\"name\":\"นายสมชาย ใจดี\"");
	check_has(t.id_token, "\"given_name\":\"สมชาย\"");
	check_has(t.id_token, "\"auth_time\":");
	assert_false(contains(t.id_token, "birthdate") || contains(t.id_token, "family_name"));
	assert_false(contains(t.id_token, "preferred_username"));
	check_has(t.userinfo, "\"family_name\":\"ใจดี\"");
	assert_false(contains(t.userinfo, "given_name") || contains(t.userinfo, "address"));
	fixture_free(w);
}

/* OIDC Core 5.3.2: what is not known is left out. */
static void absent_is_left_out(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct received_claims t;

	edit_person(w, SOMCHAI, no_email);
	log_in(&b, SOMCHAI_PID);
	t = receive_claims(&b, "portal", "openid email phone", "{\"id_token\":{\"email\":null}}");
	assert_false(contains(t.userinfo, "email") || contains(t.userinfo, "phone"));
	assert_false(contains(t.id_token, "email"));
	fixture_free(w);
}

/* --- in the ID token by registration --- */

static void with_id_token_claims(struct client *c)
{
	static const struct str names[] = {
		STR_INIT("name"), STR_INIT("email"), STR_INIT("phone_number")};

	c->id_token_claims = (struct strlist){names, 3};
	c->scope = STR("openid profile email offline_access");
}

/* Of a scope that was granted, and no other claim of it; userinfo has all of them. */
static void id_token_claims_of_the_client(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct received_claims t;

	(void)state;
	edit_person(w, SOMCHAI, full_name);
	fixture_client(w, "wants", "eplan", with_id_token_claims);
	log_in(&b, SOMCHAI_PID);
	t = receive_claims(&b, "wants", "openid profile", "");
	check_has(t.id_token, "\"name\":\"นายสมชาย ใจดี\"");
	assert_false(contains(t.id_token, "email") || contains(t.id_token, "given_name"));
	check_has(t.userinfo, "\"given_name\":");
	t = receive_claims(&b, "wants", "openid email phone", "");
	check_has(t.id_token, "\"email\":\"person@office.test\"");
	assert_false(contains(t.id_token, "\"name\"") || contains(t.id_token, "phone"));
	t = receive_claims(&b, "portal", "openid profile email", "");
	assert_false(contains(t.id_token, "name") || contains(t.id_token, "email"));
	fixture_free(w);
}

/* --- the account that names a person with grants of his own --- */

static struct str userinfo_of(struct browser *b)
{
	return receive_claims(b, "portal", "openid profile", "").userinfo;
}

static void switch_off_account(struct account *c)
{
	c->status = STATUS_SUSPENDED;
}

static void with_position(struct account *c)
{
	c->position = STR("นักวิชาการคลัง");
}

/* The standard person has a grant of his own: the only active account names him, none of two. */
static void the_only_account_names_the_person(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer tokens;
	struct str first, second;

	(void)state;
	log_in(&b, SOMCHAI_PID);
	assert_false(contains(userinfo_of(&b), "preferred_username"));
	first = fixture_account(w, "somchai.j", SOMCHAI);
	edit_account(w, first, with_position);
	check_has(userinfo_of(&b), "\"preferred_username\":\"somchai.j\"");
	check_has(userinfo_of(&b), "\"position\":\"นักวิชาการคลัง\"");
	tokens = tokens_for(&b, "portal", "");
	tokens = introspect(w, "portal", member(w, &tokens, "access_token"));
	check_has(tokens.body, "\"username\":\"somchai.j\"");
	second = fixture_account(w, "somchai.two", SOMCHAI);
	assert_false(contains(userinfo_of(&b), "preferred_username"));
	edit_account(w, first, switch_off_account);
	check_has(userinfo_of(&b), "\"preferred_username\":\"somchai.two\"");
	edit_account(w, second, switch_off_account);
	assert_false(contains(userinfo_of(&b), "preferred_username"));
	fixture_free(w);
}

/* --- levels --- */

#define HIGH  "urn:pratu:acr:high"
#define THAID "urn:pratu:acr:thaid"
#define BASIC "urn:pratu:acr:basic"

static void speaks_english(struct person *p)
{
	p->lang = STR("en");
}

/* OIDC Core 5.1: the language that the person chose; Thai until then. */
static void locale_is_the_persons(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct received_claims t;

	log_in(&b, SOMCHAI_PID);
	t = receive_claims(&b, "portal", "openid profile", "");
	check_has(t.userinfo, "\"locale\":\"th\"");
	edit_person(w, SOMCHAI, speaks_english);
	t = receive_claims(&b, "portal", "openid profile", "");
	check_has(t.userinfo, "\"locale\":\"en\"");
	fixture_free(w);
}

static void level_asked_for(void **state)
{
	static const struct {
		const char *asked, *told;
	} rows[] = {
		{"", THAID},
		{"acr_values=" THAID, THAID},
		{"acr_values=" BASIC, BASIC},
		{"acr_values=" BASIC " " THAID, BASIC},
		{"acr_values=unknown " THAID, THAID},
		{"acr_values=unknown", THAID},
		{"claims={\"id_token\":{\"acr\":{\"values\":[\"" HIGH "\"]}}}", THAID},
		{"claims={\"id_token\":{\"acr\":{\"values\":[\"" BASIC "\"]}}}", BASIC},
		{"claims={\"id_token\":{\"acr\":{\"value\":\"" BASIC "\"}}}", BASIC},
		{"claims={\"id_token\":{\"acr\":null}}", THAID},
		/* fapi2-security-profile-final-test-essential-acr-sca-claim */
		{"claims={\"id_token\":{\"acr\":{\"essential\":true}}}", THAID},
		{"claims={\"id_token\":{\"acr\":{\"essential\":true,\"values\":[\"" HIGH
		 "\",\"" BASIC "\"]}}}",
			BASIC},
		{"claims={\"id_token\":{\"acr\":{\"essential\":true,\"value\":\"" THAID "\"}}}",
			THAID},
	};
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};

	log_in(&b, SOMCHAI_PID);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct raw_answer r = authorize(&b, ask(w, rows[i].asked, NULL));

		r = redeem(w, "portal", check_code(w, &r), CODE_VERIFIER);
		check_c(text_claim(w, member(w, &r, "id_token"), "acr"), rows[i].told);
	}
	fixture_free(w);
}

/* A wish that no login can meet asks for none; the portal sees what was reached. */
static void wished_level_is_voluntary(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r;

	log_in(&b, SOMCHAI_PID);
	r = authorize(&b, ask(w, "acr_values=" HIGH, NULL));
	r = redeem(w, "portal", check_code(w, &r), CODE_VERIFIER);
	check_c(text_claim(w, member(w, &r, "id_token"), "acr"), THAID);
	fixture_free(w);
}

static void essential_level_is_not(void **state)
{
	const char *essential =
		"claims={\"id_token\":{\"acr\":{\"essential\":true,\"value\":\"" HIGH "\"}}}";
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r;

	log_in(&b, SOMCHAI_PID);
	r = authorize(&b, ask(w, essential, "prompt=none", NULL));
	check_error(w, &r, "login_required");
	r = authorize(&b, ask(w, essential, NULL));
	check_login(&r);
	r = pass_login(&b, &r);
	check_error(w, &r, "unmet_authentication_requirements");
	assert_int_equal(records(w, TABLE_AUTHORIZATION_CODE), 0);
	fixture_free(w);
}

static void default_level(struct client *c)
{
	static const struct str values[] = {STR_INIT("unknown"), STR_INIT(BASIC)};

	c->default_acr_values = (struct strlist){values, 2};
}

static void default_level_of_a_client(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r;

	edit_client(w, "portal", default_level);
	log_in(&b, SOMCHAI_PID);
	r = authorize(&b, ask(w, NULL));
	r = redeem(w, "portal", check_code(w, &r), CODE_VERIFIER);
	check_c(text_claim(w, member(w, &r, "id_token"), "acr"), BASIC);
	fixture_free(w);
}

static void strict_policy(struct system *s)
{
	s->policy = STR("strict");
}

static void odd_policy(struct system *s)
{
	s->policy = STR("nowhere");
}

/* The system's own policy holds whatever the portal asks. */
static void level_of_the_policy(void **state)
{
	static const struct str ways[] = {STR_INIT("thaid")}, none[] = {STR_INIT("password")};
	struct login_policy policies[] = {
		{STR("dla"), {ways, 1}, STR_NONE}, {STR("strict"), {ways, 1}, STR(HIGH)}};
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r;

	w->settings.policies = policies;
	w->settings.n_policies = 2;
	edit_system(w, "eplan", strict_policy);
	log_in(&b, SOMCHAI_PID);
	r = authorize(&b, ask(w, "acr_values=" BASIC, NULL));
	check_login(&r);
	r = pass_login(&b, &r);
	check_error(w, &r, "unmet_authentication_requirements");
	/* A session begun by a way the policy does not know is none there. */
	policies[1] = (struct login_policy){STR("strict"), {none, 1}, STR_NONE};
	r = authorize(&b, ask(w, "prompt=none", NULL));
	check_error(w, &r, "login_required");
	edit_system(w, "eplan", odd_policy);
	r = authorize(&b, ask(w, NULL));
	check_error(w, &r, "server_error");
	fixture_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(place_asked_for_only),
		cmocka_unit_test(citizen_number_is_registered_for),
		cmocka_unit_test(what_each_scope_gives),
		cmocka_unit_test(value_of_any_claim),
		cmocka_unit_test(essential_identity_claims),
		cmocka_unit_test(absent_is_left_out),
		cmocka_unit_test(locale_is_the_persons),
		cmocka_unit_test(id_token_claims_of_the_client),
		cmocka_unit_test(the_only_account_names_the_person),
		cmocka_unit_test(level_asked_for),
		cmocka_unit_test(wished_level_is_voluntary),
		cmocka_unit_test(essential_level_is_not),
		cmocka_unit_test(default_level_of_a_client),
		cmocka_unit_test(level_of_the_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
