/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Step-up authentication (RFC 9470): what an API needs of a token to ask for another login, and
 * that the request it leads to gives one. The API itself: the demo portal, tests/sandbox/portal.py.
 */
#include "flow/helpers.h"

#define THAID "urn:pratu:acr:thaid"

static void with_jwt_tokens(struct client *c)
{
	c->access_format = TOKEN_JWT;
}

static int64_t number_member(const struct raw_answer *r, const char *name)
{
	struct json_value *root;
	int64_t number = -1;

	check_ok(json_value_parse(r->body, 65536, &root));
	json_value_i64(json_value_get(root, name), &number);
	json_value_free(root);
	return number;
}

/* Both kinds of token say how the login behind them was, and a refresh makes it no younger. */
static void tokens_say_level_and_age(void **state)
{
	static const char *const clients[] = {"portal", "jwt"};
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	int64_t login;

	(void)state;
	fixture_client(w, "jwt", "eplan", with_jwt_tokens);
	log_in(&b, SOMCHAI_PID);
	login = w->now_ms / 1000;
	fixture_advance_clock(w, 10);
	for (size_t i = 0; i < COUNT(clients); i++) {
		struct raw_answer r = tokens_for(&b, clients[i], ""), told;

		for (int turn = 0; turn < 2; turn++) {
			struct str access = member(w, &r, "access_token");

			told = introspect(w, clients[i], access);
			assert_int_equal(number_member(&told, "auth_time"), login);
			check_c(member(w, &told, "acr"), THAID);
			if (i == 1) {
				assert_int_equal(number_claim(w, access, "auth_time"), login);
				check_c(text_claim(w, access, "acr"), THAID);
			}
			fixture_advance_clock(w, 100);
			r = refresh(w, clients[i], member(w, &r, "refresh_token"));
		}
	}
	fixture_free(w);
}

/* What the portal asks for after the challenge: at the age, and one second over. */
static void the_login_that_was_asked_for(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct str request = ask(w, "acr_values=" THAID, "max_age=120", NULL);
	struct raw_answer r;
	int64_t login;

	(void)state;
	log_in(&b, SOMCHAI_PID);
	fixture_advance_clock(w, 120);
	r = authorize(&b, request);
	check_code(w, &r);
	fixture_advance_clock(w, 1);
	r = authorize(&b, ask(w, "acr_values=" THAID, "max_age=120", "prompt=none", NULL));
	check_error(w, &r, "login_required");
	r = authorize(&b, request);
	check_login(&r);
	login = w->now_ms / 1000;
	r = pass_login(&b, &r);
	r = redeem(w, "portal", check_code(w, &r), CODE_VERIFIER);
	assert_int_equal(number_claim(w, member(w, &r, "id_token"), "auth_time"), login);
	check_c(text_claim(w, member(w, &r, "id_token"), "acr"), THAID);
	r = introspect(w, "portal", member(w, &r, "access_token"));
	assert_int_equal(number_member(&r, "auth_time"), login);
	fixture_free(w);
}

/* The same where the portal pushes it: the age is judged when it is opened, not when it is pushed.
 */
static void pushed_and_opened_later(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r;
	struct buf target;

	(void)state;
	log_in(&b, SOMCHAI_PID);
	fixture_advance_clock(w, 60);
	r = post_form(w, "/oauth2/par", "portal", ask(w, "max_age=100", NULL));
	assert_int_equal(r.status, 201);
	buf_init(&target, w->a, 1024);
	buf_add_c(&target, "/oauth2/authorize?client_id=portal&request_uri=");
	percent_encode(&target, member(w, &r, "request_uri"));
	fixture_advance_clock(w, 60);
	r = browse_s(&b, buf_str(&target));
	check_login(&r);
	fixture_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_say_level_and_age),
		cmocka_unit_test(the_login_that_was_asked_for),
		cmocka_unit_test(pushed_and_opened_later),
	};

	return cmocka_run_group_tests_name("step-up", tests, NULL, NULL);
}
