/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* When a person is asked and when not: prompt, max_age, id_token_hint, accounts, languages
 * (OIDC Core 3.1.2.1). */
#include "flow/helpers.h"

#define MALEE_PID "1234567890139"
#define MALEE     STR("malee00000000000000000")

/* One more person with a right, a client that asks for consent, one with JWT access tokens. */
static void client_with_consent(struct client *c)
{
	c->consent_required = true;
}

static void with_jwt(struct client *c)
{
	c->access_format = TOKEN_JWT;
}

static struct fixture *prompts_fixture(void)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);

	fixture_grant(
		w, ROLE_GRANT_PERSON, fixture_person(w, "malee", MALEE_PID), "eplan", "recorder");
	fixture_client(w, "careful", "eplan", client_with_consent);
	fixture_client(w, "jwt", "eplan", with_jwt);
	return w;
}

static struct str id_token_of(struct browser *b)
{
	struct raw_answer r = tokens_for(b, "portal", "");

	return member(b->w, &r, "id_token");
}

/* --- prompt=none in every state --- */

static void none_without_a_page(void **state)
{
	struct fixture *w = prompts_fixture();
	struct browser b = {.w = w};
	struct str silent = ask(w, "prompt=none", NULL);
	struct raw_answer r = authorize(&b, silent);

	check_error(w, &r, "login_required");
	log_in(&b, SOMCHAI_PID);
	r = authorize(&b, silent);
	check_code(w, &r);
	r = authorize(&b, ask(w, "prompt=none", "client_id=careful", NULL));
	check_error(w, &r, "consent_required");
	r = authorize(&b, ask(w, "prompt=none", "max_age=0", NULL));
	check_error(w, &r, "login_required");
	r = authorize(&b, ask(w, "prompt=none", "acr_values=urn:pratu:acr:high", NULL));
	check_code(w, &r);
	fixture_end_grant(w, ROLE_GRANT_PERSON, SOMCHAI, "eplan", "recorder");
	r = authorize(&b, silent);
	check_error(w, &r, "access_denied");
	fixture_suspend_person(w, SOMCHAI);
	r = authorize(&b, silent);
	check_error(w, &r, "access_denied");
	/* Nothing was kept of requests that may show no page. */
	assert_int_equal(w->script.completed, 1);
	fixture_free(w);
}

static void none_with_two_accounts(void **state)
{
	struct fixture *w = prompts_fixture();
	struct browser b = {.w = w};
	struct raw_answer r;

	fixture_grant(
		w, ROLE_GRANT_ACCOUNT, fixture_account(w, "A1", SOMCHAI), "eplan", "recorder");
	fixture_grant(
		w, ROLE_GRANT_ACCOUNT, fixture_account(w, "A2", SOMCHAI), "eplan", "approver");
	log_in(&b, SOMCHAI_PID);
	r = authorize(&b, ask(w, "prompt=none", NULL));
	check_error(w, &r, "account_selection_required");
	fixture_free(w);
}

/* --- prompt=login, max_age --- */

static void login_again(void **state)
{
	struct fixture *w = prompts_fixture();
	struct browser b = {.w = w};
	struct str first = id_token_of(&b), second;
	struct raw_answer r;

	fixture_advance_clock(w, 30);
	r = authorize(&b, ask(w, "prompt=login", NULL));
	check_login(&r);
	r = pass_login(&b, &r);
	r = redeem(w, "portal", check_code(w, &r), CODE_VERIFIER);
	second = member(w, &r, "id_token");
	assert_int_equal(
		number_claim(w, second, "auth_time"), number_claim(w, first, "auth_time") + 30);
	/* The same person goes on in the same session (Front-Channel Logout 3). */
	check_str(text_claim(w, second, "sid"), text_claim(w, first, "sid"));
	assert_int_equal(w->script.completed, 2);
	fixture_free(w);
}

static void max_age_boundaries(void **state)
{
	static const struct {
		const char *asked;
		int passed;
		bool silent;
	} rows[] = {
		{"max_age=0", 0, false},
		{"max_age=1", 1, true},
		{"max_age=1", 2, false},
		{"max_age=3000", 3000, true},
		{"max_age=3000", 3001, false},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture *w = prompts_fixture();
		struct browser b = {.w = w};
		struct raw_answer r;

		log_in(&b, SOMCHAI_PID);
		fixture_advance_clock(w, rows[i].passed);
		r = authorize(&b, ask(w, rows[i].asked, NULL));
		if (rows[i].silent)
			check_code(w, &r);
		else
			check_login(&r);
		fixture_free(w);
	}
}

static void with_default_max_age(struct client *c)
{
	c->default_max_age = 60 + 1;
}

static void default_max_age(void **state)
{
	struct fixture *w = prompts_fixture();
	struct browser b = {.w = w};
	struct raw_answer r;

	edit_client(w, "portal", with_default_max_age);
	log_in(&b, SOMCHAI_PID);
	fixture_advance_clock(w, 60);
	r = authorize(&b, ask(w, NULL));
	check_code(w, &r);
	fixture_advance_clock(w, 1);
	r = authorize(&b, ask(w, "max_age=100", NULL));
	check_code(w, &r);
	r = authorize(&b, ask(w, NULL));
	check_login(&r);
	fixture_free(w);
}

/* The upstream's own login may be older: its time is told, never a later one than now. */
static void auth_time_of_the_upstream(void **state)
{
	struct fixture *w = prompts_fixture();
	struct browser b = {.w = w}, c = {.w = w};
	int64_t now = w->now_ms / 1000;

	w->script.auth_time = now - 100;
	assert_int_equal(number_claim(w, id_token_of(&b), "auth_time"), now - 100);
	w->script.auth_time = now + 100;
	assert_int_equal(number_claim(w, id_token_of(&c), "auth_time"), now);
	fixture_free(w);
}

/* --- id_token_hint --- */

static void hint_of_the_same_person(void **state)
{
	struct fixture *w = prompts_fixture();
	struct browser b = {.w = w};
	struct str hint = id_token_of(&b);
	struct str form =
		ask(w, "prompt=none", text(w, "id_token_hint=%.*s", STR_FMT(hint)).p, NULL);
	struct raw_answer r = authorize(&b, form);

	check_code(w, &r);
	/* Its own expiry does not matter (OIDC Core 3.1.2.1). */
	fixture_advance_clock(w, 1200);
	r = authorize(&b, form);
	check_code(w, &r);
	fixture_free(w);
}

static void hint_of_another_person(void **state)
{
	struct fixture *w = prompts_fixture();
	struct browser b = {.w = w}, other = {.w = w};
	struct str hint;
	const char *as_hint;
	struct raw_answer r;

	w->script.citizen_number = MALEE_PID;
	hint = id_token_of(&other);
	as_hint = text(w, "id_token_hint=%.*s", STR_FMT(hint)).p;
	log_in(&b, SOMCHAI_PID);
	r = authorize(&b, ask(w, "prompt=none", as_hint, NULL));
	check_error(w, &r, "login_required");
	/* She may log in here; when it is he again, the portal is told. */
	r = authorize(&b, ask(w, as_hint, NULL));
	check_login(&r);
	r = pass_login(&b, &r);
	check_code(w, &r);
	w->script.citizen_number = SOMCHAI_PID;
	r = authorize(&b, ask(w, as_hint, "prompt=login", NULL));
	r = pass_login(&b, &r);
	check_error(w, &r, "login_required");
	fixture_free(w);
}

static struct str unsigned_copy(struct fixture *w, struct str token)
{
	return text(w, "%.*s.%.*s.",
		STR_FMT(base64url_encode(w->a, STR("{\"alg\":\"none\",\"typ\":\"JWT\"}"))),
		STR_FMT(base64url_encode(w->a, jwt_payload(w, token))));
}

static struct str tampered(struct fixture *w, struct str token)
{
	char *copy = str_dup_c(w->a, token);

	copy[token.n - 10] = copy[token.n - 10] == 'A' ? 'B' : 'A';
	return (struct str){copy, token.n};
}

static void hints_that_are_none(void **state)
{
	struct fixture *w = prompts_fixture(), *stranger = prompts_fixture();
	struct browser b = {.w = w}, s = {.w = stranger};
	struct str good = id_token_of(&b);
	struct raw_answer access = tokens_for(&b, "jwt", "");
	const struct str hints[] = {STR("garbage"), STR("a.b.c"), unsigned_copy(w, good),
		tampered(w, good), id_token_of(&s), member(w, &access, "access_token"),
		str_sub(good, 0, good.n - 1), text(w, "%.*s.x", STR_FMT(good))};

	for (size_t i = 0; i < COUNT(hints); i++) {
		struct raw_answer r = authorize(
			&b, ask(w, "prompt=none",
				    text(w, "id_token_hint=%.*s", STR_FMT(hints[i])).p, NULL));

		check_error(w, &r, "login_required");
		/* It says nothing about anybody, and costs nothing. */
		r = authorize(&b, ask(w, text(w, "id_token_hint=%.*s", STR_FMT(hints[i])).p, NULL));
		check_code(w, &r);
	}
	fixture_free(stranger);
	fixture_free(w);
}

/* --- accounts --- */

static struct str username(struct browser *b, const struct raw_answer *r)
{
	struct fixture *w = b->w;
	struct raw_answer tokens = redeem(w, "portal", check_code(w, r), CODE_VERIFIER), info;

	info = get_bearer(w, "/oauth2/userinfo", member(w, &tokens, "access_token"));
	return member(w, &info, "preferred_username");
}

static void choosing_an_account(void **state)
{
	struct fixture *w = prompts_fixture();
	struct browser b = {.w = w};
	struct str a1 = fixture_account(w, "somchai.one", SOMCHAI),
		   a2 = fixture_account(w, "somchai.two", SOMCHAI);
	struct str hers = fixture_account(w, "malee.one", MALEE),
		   useless = fixture_account(w, "somchai.three", SOMCHAI);
	struct raw_answer r, page;

	fixture_grant(w, ROLE_GRANT_ACCOUNT, a1, "eplan", "recorder");
	fixture_grant(w, ROLE_GRANT_ACCOUNT, a2, "eplan", "approver");
	fixture_grant(w, ROLE_GRANT_ACCOUNT, hers, "eplan", "approver");
	log_in(&b, SOMCHAI_PID);
	r = authorize(&b, ask(w, NULL));
	page = browse_s(&b, location(&r));
	check_has(page.body, "somchai.one");
	check_has(page.body, "somchai.two");
	assert_false(contains(page.body, "malee.one") || contains(page.body, "somchai.three"));
	/* Another's account, one without a right, none, nonsense: asked again. */
	const char *const wrong[] = {
		str_dup_c(w->a, hers), str_dup_c(w->a, useless), "", "self", "nonsense", "../../x"};
	for (size_t i = 0; i < COUNT(wrong); i++) {
		r = press(&b, &page, "account", wrong[i]);
		check_login(&r);
	}
	/* The launcher names the account of the session, and none while none was chosen. */
	r = browse(&b, "/apps");
	check_page(&r, 200);
	assert_false(contains(r.body, "somchai.one") || contains(r.body, "somchai.two"));
	r = press(&b, &page, "account", str_dup_c(w->a, a2));
	check_c(username(&b, &r), "somchai.two");
	r = browse(&b, "/apps");
	assert_true(contains(r.body, "somchai.two") && !contains(r.body, "somchai.one"));
	/* Chosen once in this session: not asked again, unless the portal wishes it. */
	r = authorize(&b, ask(w, NULL));
	check_c(username(&b, &r), "somchai.two");
	r = authorize(&b, ask(w, "prompt=select_account", NULL));
	r = go_and_press(&b, &r, "account", str_dup_c(w->a, a1));
	check_c(username(&b, &r), "somchai.one");
	fixture_free(w);
}

static void choosing_somebody_else(void **state)
{
	struct fixture *w = prompts_fixture();
	struct browser b = {.w = w};
	struct raw_answer r;
	struct str tokens;

	log_in(&b, SOMCHAI_PID);
	r = authorize(&b, ask(w, "prompt=select_account", NULL));
	r = go_and_press(&b, &r, "account", "other");
	check_login(&r);
	w->script.citizen_number = MALEE_PID;
	r = pass_login(&b, &r);
	r = redeem(w, "portal", check_code(w, &r), CODE_VERIFIER);
	tokens = member(w, &r, "id_token");
	check_str(text_claim(w, tokens, "sub"), MALEE);
	fixture_free(w);
}

/* --- consent --- */

static void consent_once(void **state)
{
	struct fixture *w = prompts_fixture();
	struct browser b = {.w = w};
	struct raw_answer r;

	log_in(&b, SOMCHAI_PID);
	r = authorize(&b, ask(w, "client_id=careful", NULL));
	r = go_and_press(&b, &r, "answer", "deny");
	check_error(w, &r, "access_denied");
	assert_int_equal(audits(w, AUDIT_CONSENT_REFUSED), 1);
	r = authorize(&b, ask(w, "client_id=careful", NULL));
	r = go_and_press(&b, &r, "answer", "");
	check_error(w, &r, "access_denied");
	r = authorize(&b, ask(w, "client_id=careful", NULL));
	r = go_and_press(&b, &r, "answer", "allow");
	check_code(w, &r);
	r = authorize(&b, ask(w, "client_id=careful", "prompt=none", NULL));
	check_code(w, &r);
	r = authorize(&b, ask(w, "client_id=careful", "prompt=none", "scope=openid phone", NULL));
	check_error(w, &r, "consent_required");
	r = authorize(&b, ask(w, "client_id=careful", "prompt=consent", NULL));
	check_login(&r);
	assert_int_equal(audits(w, AUDIT_CONSENT_GRANTED), 1);
	fixture_free(w);
}

/* --- languages --- */

static void language_switch_keeps_the_transaction(void **state)
{
	struct fixture *w = prompts_fixture();
	struct browser b = {.w = w};
	struct raw_answer to_login = authorize(&b, ask(w, NULL)), r;
	struct buf target;

	buf_init(&target, w->a, 2048);
	buf_add_c(&target, "/language?lang=en&");
	form_add(&target, STR("return"), location(&to_login));
	r = browse_s(&b, buf_str(&target));
	assert_int_equal(r.status, 303);
	check_str(location(&r), location(&to_login));
	r = browse_s(&b, location(&to_login));
	check_has(r.body, "<html lang=\"en\"");
	r = pass_login(&b, &to_login);
	check_code(w, &r);
	/* The choice is kept, and beats the portal's wish. */
	r = authorize(&b, ask(w, "ui_locales=th", "prompt=login", NULL));
	r = browse_s(&b, location(&r));
	check_has(r.body, "<html lang=\"en\"");
	r = browse(&b, "/language?lang=xx&return=/apps");
	check_c(cookie_of(&b, "pratu_lang"), "en");
	fixture_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(none_without_a_page),
		cmocka_unit_test(none_with_two_accounts),
		cmocka_unit_test(login_again),
		cmocka_unit_test(max_age_boundaries),
		cmocka_unit_test(default_max_age),
		cmocka_unit_test(auth_time_of_the_upstream),
		cmocka_unit_test(hint_of_the_same_person),
		cmocka_unit_test(hint_of_another_person),
		cmocka_unit_test(hints_that_are_none),
		cmocka_unit_test(choosing_an_account),
		cmocka_unit_test(choosing_somebody_else),
		cmocka_unit_test(consent_once),
		cmocka_unit_test(language_switch_keeps_the_transaction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
