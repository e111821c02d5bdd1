/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Every purpose of an authentication method (to identify, to confirm, to enrol, to recover) with
 * every answer that its beginning may give (SHOW, WAIT, REDIRECT, PROVEN, FAILED), by the method
 * that does what a test says. It dies where a call does not name whom it is about
 * (factors/mock/mock.c, expect_subject).
 */
#include "flow/mock_scene.h"

#include "directory/credential.h"

static const struct str ways_in[] = {STR_INIT("thaid"), STR_INIT("password"), STR_INIT("mock")};
static const struct str only_mock[] = {STR_INIT("mock")};
static const struct str with_sms[] = {STR_INIT("otp_sms"), STR_INIT("mock")};

/* A forgotten password needs the letter; the rest is the scene of mock_scene.h. */
struct matrix {
	struct recovery_fixture *h;
	struct otp_fixture *c;
	struct fixture *w;
	struct mock mock;
	struct browser b;
	struct raw_answer page; /* on which it was begun, or may be begun again */
};

static void set_up(struct matrix *s)
{
	recovery_fixture_set_up((void **)&s->h);
	s->c = s->h->c;
	s->w = s->h->w;
	s->b = (struct browser){.w = s->w};
	s->mock = (struct mock){
		.kind = AUTH_POSSESSION, .word = "sesame", .username = USERNAME, .everybody = true};
	mock_add(&s->w->p.methods, &s->mock);
}

static void tear_down(struct matrix *s)
{
	recovery_fixture_tear_down((void **)&s->h);
}

/* The page that the login is at. */
static struct raw_answer settle(struct matrix *s, struct raw_answer r)
{
	while (r.status == 303 &&
		(str_starts(location(&r), STR("/login")) ||
			str_eq_c(raw_header(&r, "Location"), "https://portal.test/login")))
		r = browse_s(&s->b, location(&r));
	return r;
}

/* --- the purposes: how each is begun, and what it is when it is proven --- */

static struct raw_answer by_password(struct matrix *s)
{
	struct raw_answer page = login_page(&s->b, "");

	return send_form(&s->b, &page, "/login/password",
		str_dup_c(
			s->w->a, form_of(s->w, "username", USERNAME, "password", PASSWORD, NULL)));
}

static struct raw_answer begin_identify(struct matrix *s)
{
	s->c->policy.primary = (struct strlist){ways_in, COUNT(ways_in)};
	s->c->policy.second_factors = (struct strlist){NULL, 0};
	s->page = login_page(&s->b, "");
	return send_form(&s->b, &s->page, M "/begin", "");
}

static struct raw_answer begin_confirm(struct matrix *s)
{
	s->c->policy.second_factors = (struct strlist){only_mock, 1};
	return by_password(s);
}

static struct raw_answer begin_enrol(struct matrix *s)
{
	s->mock.everybody = false;
	s->c->policy.second_factors = (struct strlist){only_mock, 1};
	s->c->policy.second_factor_required_from = s->w->now_ms / 1000 + 86400;
	s->c->policy.grace_logins = 2;
	return by_password(s);
}

static struct raw_answer begin_recover(struct matrix *s)
{
	s->c->policy.second_factors = (struct strlist){with_sms, COUNT(with_sms)};
	s->page = begin_recovery(s->h, &s->b, link_for(s->h, USERNAME));
	return send_form(&s->b, &s->page, "/login/code/send", "factor=mock");
}

static void check_entered(struct matrix *s, struct raw_answer r, const char *amr)
{
	struct raw_answer tokens;

	r = settle(s, r);
	tokens = redeem(s->w, "portal", check_code(s->w, &r), CODE_VERIFIER);
	check_has(jwt_payload(s->w, member(s->w, &tokens, "id_token")), amr);
	assert_int_equal(records(s->w, TABLE_LOGIN), 0);
	assert_int_equal(audits(s->w, AUDIT_LOGIN), 1);
}

static void is_identified(struct matrix *s, struct raw_answer r)
{
	check_entered(s, r, "\"amr\":[\"mca\"]");
}

static void is_confirmed(struct matrix *s, struct raw_answer r)
{
	check_entered(s, r, "\"amr\":[\"pwd\",\"mca\"]");
}

/* What was set up just now confirms nothing yet. */
static void is_enrolled(struct matrix *s, struct raw_answer r)
{
	check_entered(s, r, "\"amr\":[\"pwd\"]");
	assert_int_equal(s->mock.n_known, 1);
	assert_string_equal(s->mock.known[0], str_dup_c(s->w->a, SOMCHAI));
}

static void is_recovered(struct matrix *s, struct raw_answer r)
{
	r = settle(s, r);
	check_page(&r, 200);
	check_has(r.body, "new-password");
	assert_false(has_session(&s->b));
}

static const struct purpose_row {
	const char *name;
	struct raw_answer (*begin)(struct matrix *s);
	void (*proven)(struct matrix *s, struct raw_answer r);
	/* How it is begun once more, from the page that the login is at. */
	const char *again_action, *again_form;
} purposes[] = {
	{"identify", begin_identify, is_identified, M "/begin", ""},
	{"confirm", begin_confirm, is_confirmed, "/login/code/send", "factor=mock"},
	{"enrol", begin_enrol, is_enrolled, "/login/code/send", "factor=mock"},
	{"recover", begin_recover, is_recovered, "/login/code/send", "factor=mock"},
};

static void nothing_is_proven(struct matrix *s)
{
	assert_false(has_session(&s->b));
	assert_int_equal(audits(s->w, AUDIT_LOGIN), 0);
	assert_int_equal(s->mock.started, 0);
	assert_int_equal(s->mock.n_known, 0);
}

/* --- the answers --- */

static struct str state_of(struct matrix *s, const struct raw_answer *r)
{
	assert_int_equal(r->status, 303);
	assert_true(str_starts(location(r), STR("https://mock.test/auth?")));
	return url_param(s->w, location(r), "state");
}

static struct raw_answer come_back(struct matrix *s, struct str state, const char *result)
{
	return browse_s(&s->b,
		text(s->w, "/upstream/mock/callback?state=%.*s&result=%s", STR_FMT(state), result));
}

static void shows(struct matrix *s, const struct purpose_row *p)
{
	struct raw_answer page = settle(s, p->begin(s)), again;

	check_page(&page, 200);
	check_has(page.body, "action=\"" M "?i=");
	again = settle(s, send_form(&s->b, &page, M, "code=no"));
	check_page(&again, 200);
	nothing_is_proven(s);
	if (p == purposes) {
		/* Nobody is known: the way in is begun anew. */
		again = settle(s, send_form(&s->b, &s->page, M "/begin", ""));
	}
	p->proven(s, send_form(&s->b, &again, M, "code=sesame"));
	/* The form a second time: the login is over, or has gone on. */
	again = send_form(&s->b, &again, M, "code=sesame");
	assert_true(again.status == 400 || again.status == 303);
	assert_true(audits(s->w, AUDIT_LOGIN) <= 1);
}

static void waits(struct matrix *s, const struct purpose_row *p)
{
	struct raw_answer page = settle(s, p->begin(s)), r;
	struct str poll;

	check_page(&page, 200);
	check_has(page.body, "MCK7");
	poll = attribute(s->w, page.body, "data-poll=\"");
	r = browse_s(&s->b, poll);
	check_c(r.body, "{\"done\":false}");
	page = settle(s, send_form(&s->b, &page, M, ""));
	check_has(page.body, "MCK7");
	nothing_is_proven(s);
	s->mock.accepted = true;
	__atomic_store_n(&s->mock.answered, true, __ATOMIC_RELEASE);
	/* What the mock learns it keeps in memory, so a poll would be more than a question. */
	if (p->begin != begin_enrol) {
		r = browse_s(&s->b, poll);
		check_c(r.body, "{\"done\":true}");
		nothing_is_proven(s);
	}
	p->proven(s, send_form(&s->b, &page, M, ""));
	r = browse_s(&s->b, poll);
	assert_int_equal(r.status, 404);
}

static void leaves(struct matrix *s, const struct purpose_row *p)
{
	struct raw_answer r = p->begin(s);
	struct str state = state_of(s, &r);

	nothing_is_proven(s);
	p->proven(s, come_back(s, state, "proven"));
	/* Twice. */
	r = come_back(s, state, "proven");
	assert_true(r.status == 400 ||
		    (r.status == 303 && (str_starts(location(&r), STR("/login")) ||
						str_eq_c(raw_header(&r, "Location"),
							"https://portal.test/login"))));
	assert_true(audits(s->w, AUDIT_LOGIN) <= 1);
	assert_true(s->mock.n_known <= 1);
}

static void proves_at_once(struct matrix *s, const struct purpose_row *p)
{
	p->proven(s, p->begin(s));
}

static void fails(struct matrix *s, const struct purpose_row *p)
{
	struct raw_answer page;

	s->mock.reason = AUTH_BUSY;
	page = settle(s, p->begin(s));
	check_page(&page, 200);
	assert_true(has_notice(page.body, "busy"));
	nothing_is_proven(s);
	/* Later it works. */
	s->mock.first = AUTH_SHOW;
	page = settle(s, send_form(&s->b, &page, p->again_action, p->again_form));
	p->proven(s, send_form(&s->b, &page, M, "code=sesame"));
}

static const struct answer_row {
	enum auth_next next;
	void (*drive)(struct matrix *s, const struct purpose_row *p);
} answers[] = {
	{AUTH_SHOW, shows},
	{AUTH_WAIT, waits},
	{AUTH_REDIRECT, leaves},
	{AUTH_PROVEN, proves_at_once},
	{AUTH_FAILED, fails},
};

static void every_purpose_and_answer(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(purposes); i++)
		for (size_t k = 0; k < COUNT(answers); k++) {
			struct matrix s;

			print_message(
				"# %s: %s\n", purposes[i].name, auth_next_words[answers[k].next]);
			set_up(&s);
			s.mock.first = answers[k].next;
			answers[k].drive(&s, purposes + i);
			tear_down(&s);
		}
}

/* The same through a worker: what is typed, and what comes back. */
static void every_purpose_through_a_worker(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(purposes); i++)
		for (size_t k = 0; k < 3; k++) {
			struct matrix s;

			set_up(&s);
			s.mock.blocks = true;
			s.w->p.methods.n--;
			mock_add(&s.w->p.methods, &s.mock);
			s.mock.first = answers[k].next;
			if (answers[k].next != AUTH_WAIT) /* a button without a word */
				answers[k].drive(&s, purposes + i);
			assert_true(answers[k].next == AUTH_WAIT || s.mock.worked > 0);
			tear_down(&s);
		}
}

/* --- returns --- */

/* One of an older beginning is nobody's; that of the newest counts. */
static void a_return_of_an_older_beginning(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(purposes); i++) {
		const struct purpose_row *p = purposes + i;
		struct str first, second;
		struct raw_answer r, page;
		struct matrix s;

		set_up(&s);
		s.mock.first = AUTH_REDIRECT;
		r = p->begin(&s);
		first = state_of(&s, &r);
		page = browse_s(
			&s.b, text(s.w, "/login?i=%.*s", (int)str_find(first, '.'), first.p));
		check_page(&page, 200);
		r = send_form(&s.b, &page, p->again_action, p->again_form);
		second = state_of(&s, &r);
		assert_false(str_eq(first, second));
		r = come_back(&s, first, "proven");
		check_login(&r);
		assert_int_equal(s.mock.stepped, 0);
		nothing_is_proven(&s);
		p->proven(&s, come_back(&s, second, "proven"));
		tear_down(&s);
	}
}

/* The number alone is not enough: it is part of the step token. */
static void a_number_is_not_guessed(void **state)
{
	struct matrix s;
	struct raw_answer r;
	struct str proof, token;

	(void)state;
	set_up(&s);
	s.mock.first = AUTH_REDIRECT;
	r = begin_confirm(&s);
	proof = state_of(&s, &r);
	token = str_sub(proof, str_find(proof, '.') + 1, proof.n);
	assert_true(str_starts(token, STR("1.")));
	for (int n = 0; n < 4; n++) {
		static const char *const numbers[] = {"0", "2", "", "99999999999999999999"};

		r = come_back(&s,
			text(s.w, "%.*s.%s%.*s", (int)str_find(proof, '.'), proof.p, numbers[n],
				STR_FMT(str_sub(token, 1, token.n))),
			"proven");
		check_page(&r, 400);
		assert_int_equal(s.mock.stepped, 0);
	}
	tear_down(&s);
}

static void password_reissued(struct credential *x)
{
	(void)x;
}

/* What was proven first holds no more when the provider sends the browser back. */
static void the_first_proof_is_gone_at_the_return(void **state)
{
	(void)state;
	for (size_t i = 1; i < COUNT(purposes); i++) {
		struct matrix s;
		struct str proof;
		struct raw_answer r;

		set_up(&s);
		s.mock.first = AUTH_REDIRECT;
		r = purposes[i].begin(&s);
		proof = state_of(&s, &r);
		otp_fixture_password(s.c, s.c->account, NEW, password_reissued);
		r = come_back(&s, proof, "proven");
		if (r.status == 303)
			check_login(&r);
		else
			check_page(&r, 404); /* the link of a forgotten password is over */
		assert_int_equal(s.mock.stepped, 0);
		nothing_is_proven(&s);
		tear_down(&s);
	}
}

static void suspended(struct account *x)
{
	x->status = STATUS_SUSPENDED;
}

static void resumed(struct account *x)
{
	x->status = STATUS_ACTIVE;
}

static void the_account_is_gone_at_the_beginning(void **state)
{
	struct matrix s;
	struct raw_answer r;

	(void)state;
	set_up(&s);
	s.c->policy.second_factors = (struct strlist){with_sms, COUNT(with_sms)};
	s.page = begin_recovery(s.h, &s.b, link_for(s.h, USERNAME));
	edit_account(s.w, s.c->account, suspended);
	/* By another provider, then by the mock. */
	r = send_form(&s.b, &s.page, "/login/upstream", "");
	check_page(&r, 404);
	s.b = (struct browser){.w = s.w};
	edit_account(s.w, s.c->account, resumed);
	s.page = begin_recovery(s.h, &s.b, link_for(s.h, USERNAME));
	edit_account(s.w, s.c->account, suspended);
	r = send_form(&s.b, &s.page, "/login/code/send", "factor=mock");
	check_page(&r, 404);
	assert_int_equal(s.mock.begun, 0);
	tear_down(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_purpose_and_answer),
		cmocka_unit_test(every_purpose_through_a_worker),
		cmocka_unit_test(a_return_of_an_older_beginning),
		cmocka_unit_test(a_number_is_not_guessed),
		cmocka_unit_test(the_first_proof_is_gone_at_the_return),
		cmocka_unit_test(the_account_is_gone_at_the_beginning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
