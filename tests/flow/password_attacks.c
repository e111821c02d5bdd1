/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* People who do not follow the login by password: every form in every state, old pages, two tabs,
 * guesses at once (attack rows 8, 9, 12). */
#include "flow/otp_fixture.h"

#include "directory/directory.h"

static bool browser_is_logged_in(const struct browser *b)
{
	return cookie_of(b, "pratu_session").n > 0;
}

static const char *right_code(struct otp_fixture *c)
{
	return str_dup_c(c->w->a, text(c->w, "code=%.*s", STR_FMT(code_posted(c))));
}

/* --- every form in every state --- */

static void credential_with_initial_secret(struct credential *x)
{
	x->must_change = MUST_CHANGE_INITIAL;
	x->initial_until = 1800000000 + 86400;
}

static struct raw_answer at_login(struct otp_fixture *c, struct browser *b)
{
	return login_page(b, "");
}

static void two_targets(struct person *p)
{
	p->mobile_verified = true;
}

static struct raw_answer at_choice(struct otp_fixture *c, struct browser *b)
{
	edit_person(c->w, SOMCHAI, two_targets);
	return code_page(b);
}

static struct raw_answer at_code(struct otp_fixture *c, struct browser *b)
{
	return code_page(b);
}

static void no_mail(struct person *p)
{
	p->email_verified = false;
}

static struct raw_answer at_unable(struct otp_fixture *c, struct browser *b)
{
	edit_person(c->w, SOMCHAI, no_mail);
	return code_page(b);
}

static struct raw_answer at_change(struct otp_fixture *c, struct browser *b)
{
	struct raw_answer page;

	otp_fixture_password(c, c->account, PASSWORD, credential_with_initial_secret);
	page = code_page(b);
	return send_and_follow(b, &page, "/login/code", right_code(c));
}

static const struct {
	const char *name;
	struct raw_answer (*reach)(struct otp_fixture *c, struct browser *b);
} states[] = {{"login", at_login}, {"choice", at_choice}, {"code", at_code}, {"unable", at_unable},
	{"change", at_change}};

static const char *const paths[] = {"/login/password", "/login/code", "/login/code/send",
	"/login/change", "/login/again", "/login/account", "/login/consent", "/login/upstream"};

/* Every step token that stands on some page of a stranger's own transaction, and none. */
static size_t foreign_tokens(struct otp_fixture *c, struct str ret[static 16])
{
	size_t n = 0;

	ret[n++] = STR("");
	ret[n++] = STR("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
	for (size_t s = 0; s < COUNT(states); s++) {
		struct otp_fixture *other = otp_fixture_new();
		struct browser b = {.w = other->w};
		struct raw_answer page = states[s].reach(other, &b);

		ret[n++] =
			str_dup(c->w->a, attribute(other->w, page.body, "name=\"step\" value=\""));
		otp_fixture_free(other);
	}
	return n;
}

static void no_form_without_its_token(void **state)
{
	for (size_t s = 0; s < COUNT(states); s++) {
		struct otp_fixture *c = otp_fixture_new();
		struct browser b = {.w = c->w};
		struct str tokens[16], handle;
		size_t n = foreign_tokens(c, tokens);
		struct raw_answer page = states[s].reach(c, &b), r;
		int posted = c->posted;

		handle = url_param(c->w, attribute(c->w, page.body, "action=\""), "i");
		assert_true(handle.n > 0);
		for (size_t k = 0; k < COUNT(paths) * n; k++) {
			r = submit(&b, text(c->w, "%s?i=%.*s", paths[k / n], STR_FMT(handle)),
				text(c->w,
					"step=%.*s&username=" USERNAME
					"&password=Rak-Pratu9%%21&repeat=Rak-Pratu9%%21"
					"&code=000000&factor=otp_email&answer=allow&account=self",
					STR_FMT(tokens[k % n])));
			if (r.status != 400)
				print_error("%s %s %zu\n", states[s].name, paths[k / n], k % n);
			check_page(&r, 400);
		}
		/* And an empty body. */
		for (size_t k = 0; k < COUNT(paths); k++) {
			r = submit(&b, text(c->w, "%s?i=%.*s", paths[k], STR_FMT(handle)), STR(""));
			check_page(&r, 400);
		}
		assert_int_equal(c->posted, posted);
		assert_false(browser_is_logged_in(&b));
		assert_int_equal(records(c->w, TABLE_AUTHORIZATION_CODE), 0);
		assert_int_equal(audits(c->w, AUDIT_PASSWORD_CHANGED), 0);
		otp_fixture_free(c);
	}
}

/* The right tokens of an earlier page, in a later state: nothing is skipped. */
static void old_pages_skip_nothing(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer login, code, change, page;

	otp_fixture_password(c, c->account, PASSWORD, credential_with_initial_secret);
	login = login_page(&b, "");
	code = type_password(&b, &login, USERNAME, PASSWORD);
	change = send_and_follow(&b, &code, "/login/code", right_code(c));
	assert_true(contains(change.body, "new-password"));
	/* Back to the code page and sent again: the code is used up, the state stays. */
	page = send_and_follow(&b, &code, "/login/code", right_code(c));
	assert_true(contains(page.body, "new-password"));
	/* Back to the first page: the password again means the code again. */
	page = type_password(&b, &login, USERNAME, PASSWORD);
	assert_false(contains(page.body, "new-password"));
	page = send_and_follow(
		&b, &change, "/login/change", "password=Chosen-Twice8%3F&repeat=Chosen-Twice8%3F");
	assert_int_equal(audits(c->w, AUDIT_PASSWORD_CHANGED), 0);
	assert_false(browser_is_logged_in(&b));
	otp_fixture_free(c);
}

/* What was proven for one account is nothing for another. */
static void proofs_belong_to_one_account(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct str malee = fixture_person(c->w, "malee", "1111111111119");
	struct str account = fixture_account(c->w, "malee.k", malee);
	struct raw_answer login, mine, page, r;
	const char *mine_code;

	otp_fixture_password(c, account, "Malee-Rak9!", NULL);
	fixture_grant(c->w, ROLE_GRANT_PERSON, malee, "eplan", "recorder");
	login = login_page(&b, "");
	mine = type_password(&b, &login, "malee.k", "Malee-Rak9!");
	mine_code = right_code(c);
	/* The same transaction goes on as somchai; malee's code form comes in late. */
	page = type_password(&b, &login, USERNAME, PASSWORD);
	r = send_form(&b, &mine, "/login/code", mine_code);
	check_page(&r, 400);
	r = send_form(&b, &page, "/login/code", mine_code);
	if (strcmp(mine_code, right_code(c)) != 0)
		assert_false(browser_is_logged_in(&b));
	otp_fixture_free(c);
}

static void wrong_password_forgets_what_was_proven(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer login = login_page(&b, ""), code, r;

	code = type_password(&b, &login, USERNAME, PASSWORD);
	type_password(&b, &login, USERNAME, "wrong");
	r = send_form(&b, &code, "/login/code", right_code(c));
	check_page(&r, 400);
	assert_false(browser_is_logged_in(&b));
	otp_fixture_free(c);
}

/* --- guesses at once --- */

#define THREADS 8
#define GUESSES 12

struct attack_guesser {
	struct otp_fixture *c;
	int number;
};

/* Half of them guess the password, half hold it and guess codes, each in tabs of his own. */
static void *guess_in_attack(void *data)
{
	const struct attack_guesser *g = data;
	struct fixture own = *g->c->w;
	struct browser b = {.w = &own};
	char form[64], address[32];

	/* At one address a second press would take the place of the first (admission.h). */
	snprintf(address, sizeof(address), "127.0.0.%d", 2 + g->number);
	b.from = address;
	own.a = arena_new(ARENA_MAX_CLI);
	for (int i = 0; i < GUESSES; i++) {
		struct raw_answer page = login_page(&b, "");

		page = type_password(&b, &page, g->number % 2 ? USERNAME : "SOMCHAI.J",
			g->number % 4 < 2 ? "wrong" : PASSWORD);
		if (!contains(page.body, "one-time-code"))
			continue;
		snprintf(form, sizeof(form), "code=%06d", i);
		send_form(&b, &page, "/login/code", form);
	}
	arena_free(own.a);
	return NULL;
}

static void guesses_at_once_never_pass_the_limit(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct attack_guesser guessers[THREADS];
	pthread_t threads[THREADS];
	struct browser b = {.w = c->w};
	struct raw_answer page;
	size_t looked_at;

	c->throttle_options.lock_after = 10;
	for (int i = 0; i < THREADS; i++) {
		guessers[i] = (struct attack_guesser){c, i};
		assert_int_equal(
			pthread_create(&threads[i], NULL, guess_in_attack, &guessers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	looked_at = audited(c->w, "\"detail\":\"wrong_password\"") +
		    audited(c->w, "\"detail\":\"wrong_code\"") +
		    audited(c->w, "\"detail\":\"code_over\"") + audits(c->w, AUDIT_LOGIN);
	assert_true(looked_at > 0 && looked_at <= 10);
	assert_int_equal(audits(c->w, AUDIT_ACCOUNT_LOCKED), 1);
	/* The right password waits too. */
	page = login_page(&b, "");
	page = type_password(&b, &page, USERNAME, PASSWORD);
	assert_true(has_notice(page.body, "limited"));
	/* ThaID does not. */
	log_in(&b, SOMCHAI_PID);
	otp_fixture_free(c);
}

/* Codes count against the same account as passwords do. */
static void codes_are_counted_too(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer page, r;

	c->throttle_options.lock_after = 4;
	page = code_page(&b);
	for (int i = 0; i < 3; i++)
		page = send_and_follow(&b, &page, "/login/code", wrong_form(c, i));
	r = send_form(&b, &page, "/login/code", right_code(c));
	check_login(&r);
	assert_false(browser_is_logged_in(&b));
	assert_int_equal(audits(c->w, AUDIT_ACCOUNT_LOCKED), 1);
	page = browse_s(&b, location(&r));
	assert_true(has_notice(page.body, "limited"));
	otp_fixture_free(c);
}

static void a_finished_login_forgets_the_attempts(void **state)
{
	struct otp_fixture *c = otp_fixture_new();

	c->throttle_options.lock_after = 3;
	for (int i = 0; i < 4; i++) {
		struct browser b = {.w = c->w};
		struct raw_answer page = code_page(&b), r;

		r = send_form(&b, &page, "/login/code", right_code(c));
		check_code(c->w, &r);
	}
	otp_fixture_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_form_without_its_token),
		cmocka_unit_test(old_pages_skip_nothing),
		cmocka_unit_test(proofs_belong_to_one_account),
		cmocka_unit_test(wrong_password_forgets_what_was_proven),
		cmocka_unit_test(guesses_at_once_never_pass_the_limit),
		cmocka_unit_test(codes_are_counted_too),
		cmocka_unit_test(a_finished_login_forgets_the_attempts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
