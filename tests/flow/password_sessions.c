/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Sessions begun by password beside other sessions and other demands (attack rows 9 and 12):
 * another person's session in the browser, prompt, max_age, levels, two tabs with two people,
 * transactions that are over, a policy that changes. */
#include "flow/otp_fixture.h"

#include "directory/directory.h"

static struct str session_of(const struct browser *b)
{
	return cookie_of(b, "pratu_session");
}

static const char *right_code(struct otp_fixture *c)
{
	return str_dup_c(c->w->a, text(c->w, "code=%.*s", STR_FMT(code_posted(c))));
}

static void own_mail(struct person *p)
{
	p->email = STR("malee@office.test");
}

/* Malee has an account with a password, too. */
static struct str add_malee(struct otp_fixture *c)
{
	struct str malee = fixture_person(c->w, "malee", "1111111111119");

	edit_person(c->w, malee, own_mail);
	otp_fixture_password(c, fixture_account(c->w, "malee.k", malee), "Malee-Rak9!", NULL);
	fixture_grant(c->w, ROLE_GRANT_PERSON, malee, "eplan", "recorder");
	return malee;
}

static struct raw_answer log_in_by_password(
	struct otp_fixture *c, struct browser *b, const char *extra)
{
	struct raw_answer page = login_page(b, extra);

	page = type_password(b, &page, USERNAME, PASSWORD);
	return send_form(b, &page, "/login/code", right_code(c));
}

static struct str subject_of(struct fixture *w, const struct raw_answer *answer)
{
	struct raw_answer r = redeem(w, "portal", check_code(w, answer), CODE_VERIFIER);

	return text_claim(w, member(w, &r, "id_token"), "sub");
}

/* Somchai's session is in the browser; malee logs in by password: his is left behind. */
static void another_person_logs_in(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w}, old;
	struct str malee = add_malee(c);
	struct raw_answer page, r;

	r = log_in_by_password(c, &b, "");
	check_str(subject_of(c->w, &r), SOMCHAI);
	old = b;
	page = login_page(&b, "&prompt=login");
	page = type_password(&b, &page, "malee.k", "Malee-Rak9!");
	/* Not yet: the session is somchai's until her code is right. */
	r = browse_s(&b, authorize_target(c->w, "portal", "&prompt=none"));
	check_str(subject_of(c->w, &r), SOMCHAI);
	r = send_form(&b, &page, "/login/code", right_code(c));
	check_str(subject_of(c->w, &r), malee);
	assert_false(str_eq(session_of(&b), session_of(&old)));
	/* The old handle is dead. */
	r = browse_s(&old, authorize_target(c->w, "portal", "&prompt=none"));
	check_error(c->w, &r, "login_required");
	otp_fixture_free(c);
}

static void a_treasurer(struct account *account)
{
	account->position = STR("นักวิชาการคลัง");
}

static void a_clerk(struct account *account)
{
	account->position = STR("เจ้าพนักงานธุรการ");
}

static void check_named(struct fixture *w, const struct raw_answer *tokens, const char *username,
	const char *position)
{
	struct raw_answer r = get_bearer(w, "/oauth2/userinfo", member(w, tokens, "access_token"));

	check_has(r.body, text(w, "\"preferred_username\":\"%s\"", username).p);
	check_has(r.body, text(w, "\"position\":\"%s\"", position).p);
	r = introspect(w, "portal", member(w, tokens, "access_token"));
	check_has(r.body, text(w, "\"username\":\"%s\"", username).p);
	r = introspect(w, "portal", member(w, tokens, "refresh_token"));
	check_has(r.body, text(w, "\"username\":\"%s\"", username).p);
}

/* Of a person with two accounts and a grant of his own, the account he logged in by names him: in
 * userinfo and introspection, also after a refresh; whoever logs in as a whole has no name then. */
static void the_account_of_the_login_names_the_person(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w}, by_thaid = {.w = c->w};
	struct raw_answer r;

	(void)state;
	edit_account(c->w, c->account, a_treasurer);
	edit_account(c->w, fixture_account(c->w, "somchai.second", SOMCHAI), a_clerk);
	r = log_in_by_password(c, &b, "&scope=openid%20profile%20offline_access");
	r = redeem(c->w, "portal", check_code(c->w, &r), CODE_VERIFIER);
	check_named(c->w, &r, USERNAME, "นักวิชาการคลัง");
	r = refresh(c->w, "portal", member(c->w, &r, "refresh_token"));
	check_named(c->w, &r, USERNAME, "นักวิชาการคลัง");
	log_in(&by_thaid, SOMCHAI_PID);
	r = tokens_for(&by_thaid, "portal", "&scope=openid%20profile");
	r = get_bearer(c->w, "/oauth2/userinfo", member(c->w, &r, "access_token"));
	assert_false(contains(r.body, "preferred_username") || contains(r.body, "position"));
	otp_fixture_free(c);
}

/* The account he enters by goes before the one he logged in by. */
static void the_account_of_entry_goes_first(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct str second = fixture_account(c->w, "somchai.second", SOMCHAI);
	struct raw_answer r;

	(void)state;
	edit_account(c->w, second, a_clerk);
	fixture_end_grant(c->w, ROLE_GRANT_PERSON, SOMCHAI, "eplan", "recorder");
	fixture_grant(c->w, ROLE_GRANT_ACCOUNT, second, "eplan", "recorder");
	r = log_in_by_password(c, &b, "&scope=openid%20profile%20offline_access");
	if (contains(location(&r), "/login?"))
		r = go_and_press(&b, &r, "account", str_dup_c(c->w->a, second));
	r = redeem(c->w, "portal", check_code(c->w, &r), CODE_VERIFIER);
	check_named(c->w, &r, "somchai.second", "เจ้าพนักงานธุรการ");
	otp_fixture_free(c);
}

/* Two tabs of one transaction: the password of one, the code of the other. */
static void two_people_in_two_tabs(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer login, his, hers, r;
	const char *his_code, *her_code;

	add_malee(c);
	login = login_page(&b, "");
	his = type_password(&b, &login, USERNAME, PASSWORD);
	his_code = right_code(c);
	hers = type_password(&b, &login, "malee.k", "Malee-Rak9!");
	her_code = right_code(c);
	/* His form is for him, and she is at it now. */
	r = send_form(&b, &his, "/login/code", his_code);
	check_page(&r, 400);
	r = send_form(&b, &his, "/login/code", her_code);
	check_page(&r, 400);
	if (strcmp(his_code, her_code) != 0)
		hers = send_and_follow(&b, &hers, "/login/code", his_code);
	assert_int_equal(session_of(&b).n, 0);
	r = send_form(&b, &hers, "/login/code", her_code);
	assert_false(str_eq(subject_of(c->w, &r), SOMCHAI));
	otp_fixture_free(c);
}

/* The code of a transaction of another portal. */
static void a_code_belongs_to_its_portal(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer one, two, r;
	const char *first;

	fixture_client(c->w, "second", "eplan", NULL);
	one = code_page(&b);
	first = right_code(c);
	r = browse_s(&b, authorize_target(c->w, "second", ""));
	two = browse_s(&b, location(&r));
	two = type_password(&b, &two, USERNAME, PASSWORD);
	assert_int_equal(c->posted, 1);
	fixture_advance_clock(c->w, CHALLENGE_RESEND);
	two = send_and_follow(&b, &two, "/login/code/send", "factor=otp_email");
	assert_int_equal(c->posted, 2);
	if (strcmp(first, right_code(c)) != 0)
		two = send_and_follow(&b, &two, "/login/code", first);
	one = send_and_follow(&b, &one, "/login/code", right_code(c));
	assert_int_equal(session_of(&b).n, 0);
	otp_fixture_free(c);
}

static void prompt_and_age_ask_again(void **state)
{
	static const char *const extras[] = {"&prompt=login", "&max_age=0", "&max_age=60"};
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer r = log_in_by_password(c, &b, "");

	check_code(c->w, &r);
	fixture_advance_clock(c->w, 61);
	r = browse_s(&b, authorize_target(c->w, "portal", "&prompt=none&max_age=60"));
	check_error(c->w, &r, "login_required");
	for (size_t i = 0; i < COUNT(extras); i++) {
		struct str before = session_of(&b);
		struct raw_answer page = login_page(&b, extras[i]);

		/* The session that is there is no first factor. */
		assert_true(contains(page.body, "name=\"password\""));
		page = type_password(&b, &page, USERNAME, PASSWORD);
		assert_true(str_eq(session_of(&b), before));
		r = send_form(&b, &page, "/login/code", right_code(c));
		check_code(c->w, &r);
		assert_false(str_eq(session_of(&b), before));
		fixture_advance_clock(c->w, 61);
	}
	otp_fixture_free(c);
}

/* A level that password and code do not reach: no number of logins by password reaches it. */
static void a_password_steps_up_to_nothing(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer r = log_in_by_password(c, &b, ""), page;

	check_code(c->w, &r);
	c->policy.acr = STR("urn:pratu:acr:high");
	r = browse_s(&b, authorize_target(c->w, "portal", "&prompt=none"));
	check_error(c->w, &r, "login_required");
	fixture_advance_clock(c->w, CHALLENGE_RESEND);
	page = login_page(&b, "");
	page = type_password(&b, &page, USERNAME, PASSWORD);
	r = send_form(&b, &page, "/login/code", right_code(c));
	check_error(c->w, &r, "unmet_authentication_requirements");
	otp_fixture_free(c);
}

/* What was proven does not outlive the transaction, nor go to another. */
static void a_transaction_that_is_over(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer page = code_page(&b), other, r;

	fixture_advance_clock(c->w, c->w->settings.login_lifetime);
	r = send_form(&b, &page, "/login/code", right_code(c));
	check_page(&r, 400);
	other = login_page(&b, "");
	assert_true(contains(other.body, "name=\"password\""));
	assert_int_equal(session_of(&b).n, 0);
	otp_fixture_free(c);
}

static const struct str only_sms[] = {STR_INIT("otp_sms")};

static void mobile_verified(struct person *p)
{
	p->mobile_verified = true;
}

/* The policy changes while a code by mail is under way: codes by mail do no longer. */
static void the_policy_changes_between_the_steps(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer page = code_page(&b), r;

	edit_person(c->w, SOMCHAI, mobile_verified);
	c->policy.second_factors = (struct strlist){only_sms, 1};
	r = send_form(&b, &page, "/login/code", right_code(c));
	check_login(&r);
	assert_int_equal(session_of(&b).n, 0);
	page = browse_s(&b, location(&r));
	assert_true(contains(page.body, "otp_sms"));
	/* No password at all any more. */
	c->policy.primary.n = 1;
	r = browse_s(&b, location(&r));
	assert_false(contains(r.body, "name=\"code\""));
	assert_int_equal(session_of(&b).n, 0);
	otp_fixture_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_person_logs_in),
		cmocka_unit_test(the_account_of_the_login_names_the_person),
		cmocka_unit_test(the_account_of_entry_goes_first),
		cmocka_unit_test(two_people_in_two_tabs),
		cmocka_unit_test(a_code_belongs_to_its_portal),
		cmocka_unit_test(prompt_and_age_ask_again),
		cmocka_unit_test(a_password_steps_up_to_nothing),
		cmocka_unit_test(a_transaction_that_is_over),
		cmocka_unit_test(the_policy_changes_between_the_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
