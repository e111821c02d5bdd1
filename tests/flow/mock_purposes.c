/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What a method can be for (core/auth_method.h), by the method that does what a test says: to
 * identify, to enrol, to recover; and proofs that hold no more.
 */
#include "flow/mock_scene.h"

static const struct str with_sms[] = {STR_INIT("otp_sms"), STR_INIT("mock")};
static const struct str ways_in[] = {STR_INIT("thaid"), STR_INIT("password"), STR_INIT("mock")};

/* --- to identify --- */

static struct raw_answer begin_at_login(struct mock_scene *s)
{
	struct raw_answer page;

	s->c->policy.primary = (struct strlist){ways_in, COUNT(ways_in)};
	page = login_page(&s->b, "");
	check_has(page.body, "<span>mock</span>");
	return send_form(&s->b, &page, M "/begin", "");
}

static const struct str only_mail[] = {STR_INIT("otp_email")};

/* Who it is, by a page of its own; then what the policy wants besides. */
static void identified_by_its_page(void **state)
{
	struct mock_scene *s = *state;
	struct raw_answer r = begin_at_login(s), page;

	s->c->policy.second_factors = (struct strlist){only_mail, 1};
	check_login(&r);
	page = browse_s(&s->b, location(&r));
	check_has(page.body, "action=\"" M "?i=");
	page = send_and_follow(&s->b, &page, M, "code=sesame");
	check_has(page.body, "action=\"/login/code?i=");
	assert_false(mock_logged_in(&s->b));
	r = send_form(&s->b, &page, "/login/code",
		str_dup_c(s->w->a, text(s->w, "code=%.*s", STR_FMT(code_posted(s->c)))));
	mock_check_entered(s, &r, "\"amr\":[\"mca\",\"otp\"]");
}

static void nobody_is_identified(void **state)
{
	struct mock_scene *s = *state;
	struct raw_answer r = begin_at_login(s), page;

	page = browse_s(&s->b, location(&r));
	page = send_and_follow(&s->b, &page, M, "code=refuse");
	check_has(page.body, "name=\"username\"");
	assert_true(has_notice(page.body, "wrong"));
	assert_int_equal(audited(s->w, "\"detail\":\"mock_refused\""), 1);
}

/* The way back from a method's page is the login page. */
static void another_way_instead(void **state)
{
	struct mock_scene *s = *state;
	struct raw_answer r = begin_at_login(s), page;

	page = browse_s(&s->b, location(&r));
	page = send_and_follow(&s->b, &page, "/login/again", "");
	check_has(page.body, "name=\"username\"");
}

static void identified_on_the_phone(void **state)
{
	struct mock_scene *s = *state;
	struct raw_answer r, page;

	s->mock.first = AUTH_WAIT;
	s->c->policy.second_factors = (struct strlist){only_mail, 1};
	r = begin_at_login(s);
	page = browse_s(&s->b, location(&r));
	check_has(page.body, "MCK7");
	mock_answer(s, true);
	page = send_and_follow(&s->b, &page, M, "");
	check_has(page.body, "action=\"/login/code?i=");
}

/* A proof of identity is a whole login. */
static void identified_as_a_citizen(void **state)
{
	struct mock_scene *s = *state;
	struct raw_answer r;

	s->mock.first = AUTH_REDIRECT;
	s->mock.citizen_number = SOMCHAI_PID;
	otp_fixture_method(s->c, "mock")->kind = AUTH_FEDERATED;
	r = begin_at_login(s);
	assert_int_equal(r.status, 303);
	r = mock_come_back(s, &s->b, url_param(s->w, location(&r), "state"), "proven");
	mock_check_entered(s, &r, "\"amr\":[\"mca\"]");
	s->mock.citizen_number = "3100900000027";
	s->b = (struct browser){.w = s->w};
	r = begin_at_login(s);
	r = mock_come_back(s, &s->b, url_param(s->w, location(&r), "state"), "proven");
	check_page(&r, 403);
	assert_int_equal(audits(s->w, AUDIT_LOGIN_UNKNOWN), 1);
	assert_false(mock_logged_in(&s->b));
}

/* --- still valid --- */

static void a_proof_that_holds_no_more(void **state)
{
	struct mock_scene *s = *state;

	s->c->policy.second_factors = (struct strlist){only_mail, 1};
	for (int closed = 0; closed < 2; closed++) {
		struct raw_answer r, page, after;

		s->b = (struct browser){.w = s->w};
		fixture_advance_clock(s->w, CHALLENGE_RESEND);
		s->mock.changed = s->mock.closed = false;
		r = begin_at_login(s);
		page = browse_s(&s->b, location(&r));
		page = send_and_follow(&s->b, &page, M, "code=sesame");
		check_has(page.body, "action=\"/login/code?i=");
		s->mock.changed = !closed;
		s->mock.closed = closed;
		after = send_form(&s->b, &page, "/login/code", "code=000000");
		check_page(&after, 400);
		assert_false(mock_logged_in(&s->b));
	}
}

/* A second factor that was closed or changed since counts no more; the first one does. */
static void a_second_proof_that_holds_no_more(void **state)
{
	struct mock_scene *s = *state;
	struct raw_answer page;

	otp_fixture_password(s->c, s->c->account, PASSWORD, NULL);
	page = code_page(&s->b);
	page = send_and_follow(&s->b, &page, M, "code=no");
	assert_int_equal(s->mock.begun, 1);
	s->mock.changed = true;
	page = send_and_follow(&s->b, &page, M, "code=no");
	check_has(page.body, "action=\"" M "?i=");
}

/* --- to enrol --- */

static struct raw_answer enrol_page(struct mock_scene *s, int64_t skips)
{
	s->mock.everybody = false;
	s->c->policy.second_factor_required_from = s->w->now_ms / 1000 + 86400;
	s->c->policy.grace_logins = skips;
	return code_page(&s->b);
}

static void enrolled_in_a_login(void **state)
{
	struct mock_scene *s = *state;
	struct raw_answer page = enrol_page(s, 2), r;

	check_has(page.body, "action=\"" M "?i=");
	page = send_and_follow(&s->b, &page, M, "code=no");
	assert_true(has_notice(page.body, "wrong"));
	r = send_form(&s->b, &page, M, "code=sesame");
	/* What was set up just now confirms nothing yet. */
	mock_check_entered(s, &r, "\"amr\":[\"pwd\"]");
	assert_int_equal(s->mock.n_known, 1);
	s->b = (struct browser){.w = s->w};
	page = code_page(&s->b);
	r = send_form(&s->b, &page, M, "code=sesame");
	mock_check_entered(s, &r, "\"amr\":[\"pwd\",\"mca\"]");
}

static void enrolment_put_off(void **state)
{
	struct mock_scene *s = *state;

	for (int i = 0; i < 3; i++) {
		struct raw_answer page = enrol_page(s, 2), r;

		r = send_form(&s->b, &page, "/login/email/skip", "");
		if (i < 2)
			mock_check_entered(s, &r, "\"amr\":[\"pwd\"]");
		else
			check_login(&r); /* none is left */
		s->b = (struct browser){.w = s->w};
	}
	assert_int_equal(s->mock.n_known, 0);
}

/* --- to recover --- */

static void recovered_with_it(void **state)
{
	struct recovery_fixture *h;
	struct mock mock = {.kind = AUTH_POSSESSION, .word = "sesame", .everybody = true};
	struct browser b;
	struct raw_answer page, r;

	recovery_fixture_set_up((void **)&h);
	b = (struct browser){.w = h->w};
	mock_add(&h->w->p.methods, &mock);
	h->c->policy.second_factors = (struct strlist){with_sms, 2};
	page = begin_recovery(h, &b, link_for(h, USERNAME));
	page = send_and_follow(&b, &page, "/login/code/send", "factor=mock");
	page = send_and_follow(&b, &page, M, "code=no");
	assert_true(has_notice(page.body, "wrong"));
	page = send_and_follow(&b, &page, M, "code=sesame");
	check_has(page.body, "new-password");
	r = choose(h, &b, &page, NEW);
	check_page(&r, 200);
	assert_false(has_session(&b));
	assert_int_equal(audited(h->w, "\"detail\":\"mock\""), 1);
	assert_int_equal(mock.started, 0);
	recovery_fixture_tear_down((void **)&h);
}

static void without_the_capability_it_recovers_nothing(void **state)
{
	struct recovery_fixture *h;
	struct mock mock = {.can = AUTH_CONFIRM, .word = "sesame", .everybody = true};
	struct browser b;
	struct raw_answer page;

	recovery_fixture_set_up((void **)&h);
	b = (struct browser){.w = h->w};
	mock_add(&h->w->p.methods, &mock);
	h->c->policy.second_factors = (struct strlist){with_sms, 2};
	page = begin_recovery(h, &b, link_for(h, USERNAME));
	check_has(page.body, "value=\"otp_sms\"");
	assert_false(contains(page.body, "value=\"mock\""));
	page = send_and_follow(&b, &page, "/login/code/send", "factor=mock");
	assert_int_equal(mock.begun, 0);
	recovery_fixture_tear_down((void **)&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, mock_scene_set_up, mock_scene_tear_down)
		T(identified_by_its_page),
		T(nobody_is_identified),
		T(another_way_instead),
		T(identified_on_the_phone),
		T(identified_as_a_citizen),
		T(a_proof_that_holds_no_more),
		T(a_second_proof_that_holds_no_more),
		T(enrolled_in_a_login),
		T(enrolment_put_off),
		cmocka_unit_test(recovered_with_it),
		cmocka_unit_test(without_the_capability_it_recovers_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
