/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a review of the provider found by thinking as an intruder: one test a finding. */
#include "flow/helpers.h"

#include "directory/directory.h"

/* --- forms of the login --- */

/* A chosen account of any length is no way in; it must not be stored either (it was: the process
 * died of the oversized record). */
static void long_account_is_refused(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer page, r;
	char *longest = arena_alloc(w->a, 40001);

	memset(longest, 'a', 40000);
	longest[40000] = '\0';
	log_in(&b, SOMCHAI_PID);
	r = authorize(&b, ask(w, "prompt=select_account", NULL));
	check_login(&r);
	page = browse_s(&b, location(&r));
	check_page(&page, 200);
	r = submit(&b, attribute(w, page.body, "action=\""),
		form_of(w, "step",
			str_dup_c(w->a, attribute(w, page.body, "name=\"step\" value=\"")),
			"account", longest, NULL));
	check_login(&r);
	r = browse(&b, "/apps");
	check_page(&r, 200);
	fixture_free(w);
}

static void require_consent(struct client *c)
{
	c->consent_required = true;
}

/* Two tabs: what one person saw on the consent page is not what another agreed to. */
static void consent_belongs_to_who_saw_it(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer page, r;

	edit_client(w, "portal", require_consent);
	fixture_grant(w, ROLE_GRANT_PERSON, fixture_person(w, "malee", "1234567890139"), "eplan",
		"recorder");
	log_in(&b, SOMCHAI_PID);
	r = authorize(&b, ask(w, NULL));
	page = browse_s(&b, location(&r));
	check_has(page.body, "name=\"answer\" value=\"allow\"");
	r = browse(&b, "/apps");
	r = submit(&b, STR("/apps/logout"),
		form_of(w, "csrf", str_dup_c(w->a, attribute(w, r.body, "name=\"csrf\" value=\"")),
			NULL));
	check_page(&r, 200);
	log_in(&b, "1234567890139");
	r = submit(&b, attribute(w, page.body, "action=\""),
		form_of(w, "step",
			str_dup_c(w->a, attribute(w, page.body, "name=\"step\" value=\"")),
			"answer", "allow", NULL));
	check_page(&r, 400);
	assert_int_equal(audits(w, AUDIT_CONSENT_GRANTED), 0);
	fixture_free(w);
}

static void suspend_attacked_client(struct client *c)
{
	c->status = STATUS_SUSPENDED;
}

/* Switched off while somebody logs in: said so, not "something of ours failed". */
static void client_suspended_meanwhile(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r = authorize(&b, ask(w, NULL));

	edit_client(w, "portal", suspend_attacked_client);
	r = browse_s(&b, location(&r));
	check_page(&r, 400);
	fixture_free(w);
}

/* --- the upstream's return --- */

/* One round trip, one call: a return that failed is over, else any number of codes could be tried
 * upstream through us. */
static void failed_return_is_over(void **state)
{
	static const enum auth_reason outcomes[] = {
		AUTH_CANCELLED, AUTH_UNAVAILABLE, AUTH_UNTRUSTED, AUTH_REASON_NONE};

	for (size_t i = 0; i < COUNT(outcomes); i++) {
		struct fixture *w = fixture_standard(FIXTURE_MEM);
		struct browser b = {.w = w};
		struct raw_answer r = authorize(&b, ask(w, NULL));
		struct str back = return_of(&b, &r);

		w->script.outcome = outcomes[i];
		w->script.citizen_number = "1111111111119"; /* PROVEN, and unknown */
		r = browse_s(&b, back);
		assert_int_equal(w->script.completed, 1);
		r = browse_s(&b, back);
		check_login(&r);
		assert_int_equal(w->script.completed, 1);
		fixture_free(w);
	}
}

/* --- tokens --- */

static void sign_out_everywhere(struct browser *b)
{
	struct raw_answer r = browse(b, "/account/sessions");

	r = submit(b, STR("/account/sessions/everywhere"),
		form_of(b->w, "csrf",
			str_dup_c(b->w->a, attribute(b->w, r.body, "name=\"csrf\" value=\"")),
			NULL));
	check_page(&r, 200);
}

/* A code is as good as its session, also where the tokens outlive it. */
static void code_dies_with_the_session(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct str code = login_for_code(&b, "portal", "&scope=openid+offline_access");
	struct raw_answer r;

	fixture_advance_clock(w, 1);
	sign_out_everywhere(&b);
	fixture_advance_clock(w, 1);
	r = redeem(w, "portal", code, CODE_VERIFIER);
	check_json_error(w, &r, 400, "invalid_grant");
	fixture_free(w);
}

/* Who holds a token of another client learns no more than who made one up. */
static void foreign_tokens_look_unknown(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer tokens = tokens_for(&b, "portal", ""), theirs, unknown;
	char *made_up = str_dup_c(w->a, member(w, &tokens, "refresh_token"));

	fixture_client(w, "other", "eplan", NULL);
	theirs = refresh(w, "other", member(w, &tokens, "refresh_token"));
	made_up[30] = made_up[30] == 'A' ? 'B' : 'A';
	unknown = refresh(w, "other", str_c(made_up));
	check_json_error(w, &theirs, 400, "invalid_grant");
	check_str(theirs.body, unknown.body);
	theirs = redeem(w, "other", login_for_code(&b, "portal", ""), CODE_VERIFIER);
	unknown = redeem(w, "other", STR("pratu_ac_AAAA"), CODE_VERIFIER);
	check_str(theirs.body, unknown.body);
	fixture_free(w);
}

/* A used code in another client's hands is no replay of its owner's: it ends nothing. */
static void foreign_code_ends_nothing(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct str code = login_for_code(&b, "portal", "");
	struct raw_answer tokens = redeem(w, "portal", code, CODE_VERIFIER), r;

	fixture_client(w, "other", "eplan", NULL);
	r = redeem(w, "other", code, CODE_VERIFIER);
	check_json_error(w, &r, 400, "invalid_grant");
	r = introspect(w, "portal", member(w, &tokens, "access_token"));
	assert_true(is_active(&r));
	assert_int_equal(audits(w, AUDIT_AUTHORIZATION_CODE_REUSED), 0);
	fixture_free(w);
}

static void machine(struct client *c)
{
	static const struct str grants[] = {STR_INIT("client_credentials")};

	c->grant_types = (struct strlist){grants, 1};
	c->scope = STR("api.read");
	c->audience = STR("portal");
}

static void suspend_system(struct system *s)
{
	s->status = STATUS_SUSPENDED;
}

/* A system's own token ends with the client and with the system. */
static void machine_token_ends_with_its_owner(void **state)
{
	for (int of_system = 0; of_system < 2; of_system++) {
		struct fixture *w = fixture_standard(FIXTURE_MEM);
		struct raw_answer r;
		struct str token;

		fixture_system(w, "other");
		fixture_client(w, "machine", "other", machine);
		r = post_form(w, "/oauth2/token", "machine",
			STR("grant_type=client_credentials&scope=api.read"));
		token = member(w, &r, "access_token");
		r = introspect(w, "portal", token);
		assert_true(is_active(&r));
		if (of_system)
			edit_system(w, "other", suspend_system);
		else
			edit_client(w, "machine", suspend_attacked_client);
		r = introspect(w, "portal", token);
		assert_false(is_active(&r));
		fixture_free(w);
	}
}

static void grant_at(
	struct fixture *w, enum role_grant_subject kind, struct str subject, const char *office)
{
	struct store_batch *b = store_batch_new(w->a);
	const struct role_grant grant = {.subject_kind = kind,
		.subject = subject,
		.system = STR("eplan"),
		.role = STR("a-role-with-a-name-of-forty-characters-x"),
		.office = str_c(office)};

	role_grant_put(b, w->a, &grant, STORE_ANY);
	check_ok(store_commit(w->p.store, b));
}

/* Whoever has many rights gets whole answers. */
static void many_rights_fit(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct str account = fixture_account(w, "somchai", SOMCHAI);
	struct raw_answer tokens, r;
	struct json_value *json;

	for (int i = 0; i < 64; i++) {
		grant_at(w, ROLE_GRANT_PERSON, SOMCHAI, text(w, "%020d", i).p);
		grant_at(w, ROLE_GRANT_ACCOUNT, account, text(w, "%020d", i).p);
	}
	tokens = tokens_for(&b, "portal", "");
	r = introspect(w, "portal", member(w, &tokens, "access_token"));
	check_ok(json_value_parse(r.body, 65536, &json));
	assert_true(json_value_count(json_value_get(json, "rights")) >= 128);
	json_value_free(json);
	r = get_bearer(w, "/oauth2/userinfo", member(w, &tokens, "access_token"));
	check_ok(json_value_parse(r.body, 65536, &json));
	json_value_free(json);
	fixture_free(w);
}

/* --- claims --- */

/* OIDC Core 3.1.2.2: a sub asked for by value is the person, or there is no positive answer. */
static void sub_asked_for_by_value(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r;

	log_in(&b, SOMCHAI_PID);
	r = authorize(&b,
		ask(w, "prompt=none",
			"claims={\"id_token\":{\"sub\":{\"value\":\"somchai000000000000000\"}}}",
			NULL));
	check_code(w, &r);
	r = authorize(&b,
		ask(w, "prompt=none",
			"claims={\"id_token\":{\"sub\":{\"value\":\"malee00000000000000000\"}}}",
			NULL));
	check_error(w, &r, "login_required");
	r = authorize(&b,
		ask(w, "prompt=none",
			"claims={\"id_token\":{\"sub\":{\"value\":\"somchai0000000000000001\"}}}",
			NULL));
	check_error(w, &r, "login_required");
	fixture_free(w);
}

/* More values than are looked at are refused, not forgotten. */
static void too_many_essential_levels(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r = authorize(&b,
		ask(w,
			"claims={\"id_token\":{\"acr\":{\"essential\":true,\"values\":[\"a\",\"b\","
			"\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\"]}}}",
			NULL));

	check_error(w, &r, "invalid_request");
	r = authorize(
		&b, ask(w, "claims={\"id_token\":{\"acr\":{\"essential\":true,\"values\":[1]}}}",
			    NULL));
	check_error(w, &r, "invalid_request");
	fixture_free(w);
}

/* Where a person must agree, the claims parameter gives no more than he saw. */
static void claims_stay_within_consent(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r, info;

	edit_client(w, "portal", require_consent);
	log_in(&b, SOMCHAI_PID);
	r = authorize(
		&b, ask(w, "scope=openid profile",
			    "claims={\"userinfo\":{\"email\":null},\"id_token\":{\"email\":null}}",
			    NULL));
	r = go_and_press(&b, &r, "answer", "allow");
	r = redeem(w, "portal", check_code(w, &r), CODE_VERIFIER);
	assert_false(contains(jwt_payload(w, member(w, &r, "id_token")), "person@office.test"));
	info = get_bearer(w, "/oauth2/userinfo", member(w, &r, "access_token"));
	assert_int_equal(info.status, 200);
	assert_false(contains(info.body, "person@office.test"));
	fixture_free(w);
}

static void without_email(struct client *c)
{
	c->scope = STR("openid profile");
}

/* A scope taken from a client is gone from the tokens it has. */
static void scope_taken_away(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer tokens = tokens_for(&b, "portal", ""), r;
	struct str token = member(w, &tokens, "access_token");

	r = get_bearer(w, "/oauth2/userinfo", token);
	check_has(r.body, "person@office.test");
	edit_client(w, "portal", without_email);
	r = get_bearer(w, "/oauth2/userinfo", token);
	assert_int_equal(r.status, 200);
	assert_false(contains(r.body, "person@office.test"));
	r = refresh(w, "portal", member(w, &tokens, "refresh_token"));
	check_c(member(w, &r, "scope"), "openid profile");
	fixture_free(w);
}

/* --- logout, launcher, native applications --- */

static void logout_state_is_bounded(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer tokens = tokens_for(&b, "portal", ""), r;
	char *hint = str_dup_c(w->a, member(w, &tokens, "id_token"));
	char *longest = arena_alloc(w->a, 20001);

	memset(longest, '<', 20000);
	longest[20000] = '\0';
	r = submit(&b, STR("/oauth2/logout"),
		form_of(w, "id_token_hint", hint, "post_logout_redirect_uri",
			"https://portal.test/bye", "state", longest, NULL));
	check_page(&r, 400);
	longest[8193] = '\0';
	r = submit(&b, STR("/oauth2/logout"),
		form_of(w, "id_token_hint", hint, "post_logout_redirect_uri",
			"https://portal.test/bye", "state", longest, NULL));
	check_page(&r, 400);
	longest[8192] = '\0';
	r = submit(&b, STR("/oauth2/logout"),
		form_of(w, "id_token_hint", hint, "post_logout_redirect_uri",
			"https://portal.test/bye", "state", longest, NULL));
	assert_int_equal(r.status, 303);
	check_c(url_param(w, location(&r), "state"), longest);
	fixture_free(w);
}

/* Without a session there is nothing to confirm; the address is one that the portal registered. */
static void confirm_without_session(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct str packed = form_of(w, "client_id", "portal", "post_logout_redirect_uri",
		"https://portal.test/bye", NULL);
	struct raw_answer r = submit(&b, STR("/oauth2/logout/confirm"),
		text(w, "answer=yes&request=%.*s", STR_FMT(base64url_encode(w->a, packed))));

	assert_int_equal(r.status, 303);
	check_c(location(&r), "https://portal.test/bye");
	packed = form_of(w, "client_id", "portal", "post_logout_redirect_uri",
		"https://evil.test/bye", NULL);
	r = submit(&b, STR("/oauth2/logout/confirm"),
		text(w, "answer=yes&request=%.*s", STR_FMT(base64url_encode(w->a, packed))));
	check_page(&r, 200);
	fixture_free(w);
}

/* A session of a person who was switched off opens nothing. */
static void launcher_of_a_suspended_person(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r;

	log_in(&b, SOMCHAI_PID);
	fixture_suspend_person(w, SOMCHAI);
	r = browse(&b, "/apps");
	check_page(&r, 403);
	/* But the next person at this PC gets out of it. */
	check_has(r.body, "data-part=\"not-you\"");
	check_has(r.body, "/apps/logout");
	fixture_free(w);
}

static void native(struct client *c)
{
	static const struct str uris[] = {STR_INIT("th.go.dla.app:/cb")};

	c->redirect_uris = (struct strlist){uris, 1};
	c->application_type = APPLICATION_NATIVE;
	c->auth_method = CLIENT_AUTH_NONE;
}

/* A page cannot post to an application: said so by query, not by a failure of ours. */
static void form_post_to_an_application(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r;

	fixture_client(w, "app", "eplan", native);
	r = authorize(&b, ask(w, "client_id=app", "redirect_uri=th.go.dla.app:/cb",
				  "response_mode=form_post", NULL));
	assert_int_equal(r.status, 303);
	check_c(url_param(w, location(&r), "error"), "invalid_request");
	fixture_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(long_account_is_refused),

		cmocka_unit_test(consent_belongs_to_who_saw_it),
		cmocka_unit_test(client_suspended_meanwhile),
		cmocka_unit_test(failed_return_is_over),
		cmocka_unit_test(code_dies_with_the_session),
		cmocka_unit_test(foreign_tokens_look_unknown),
		cmocka_unit_test(foreign_code_ends_nothing),
		cmocka_unit_test(machine_token_ends_with_its_owner),
		cmocka_unit_test(many_rights_fit),
		cmocka_unit_test(sub_asked_for_by_value),
		cmocka_unit_test(too_many_essential_levels),
		cmocka_unit_test(claims_stay_within_consent),
		cmocka_unit_test(scope_taken_away),
		cmocka_unit_test(logout_state_is_bounded),
		cmocka_unit_test(confirm_without_session),
		cmocka_unit_test(launcher_of_a_suspended_person),
		cmocka_unit_test(form_post_to_an_application),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
