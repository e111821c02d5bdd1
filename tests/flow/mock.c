/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The contract of authentication methods (core/auth_method.h), rule by rule, by the method that
 * does what a test says, as a second factor: SHOW, WAIT, REDIRECT, PROVEN, FAILED.
 */
#include "flow/mock_scene.h"

static bool is_choice(const struct raw_answer *page)
{
	return contains(page->body, "name=\"factor\" value=\"mock\"") &&
	       !contains(page->body, "name=\"code\"");
}

/* --- SHOW --- */

static void confirmed_by_its_page(void **state)
{
	struct mock_scene *s = *state;
	struct raw_answer page = code_page(&s->b), r;

	check_page(&page, 200);
	check_has(page.body, "action=\"" M "?i=");
	assert_int_equal(s->mock.begun, 1);
	assert_false(mock_logged_in(&s->b));
	r = send_form(&s->b, &page, M, "code=sesame");
	mock_check_entered(s, &r, "\"amr\":[\"pwd\",\"mca\"]");
	assert_true(mock_logged_in(&s->b));
	assert_int_equal(s->mock.started, 1);
	assert_int_equal(records(s->w, TABLE_LOGIN), 0);
	assert_int_equal(audits(s->w, AUDIT_LOGIN), 1);
}

static void a_wrong_answer_is_counted(void **state)
{
	struct mock_scene *s = *state;
	struct raw_answer page = code_page(&s->b), r;

	for (int i = 1; i < LOGIN_TRIES_MAX; i++) {
		page = send_and_follow(&s->b, &page, M, "code=no");
		check_page(&page, 200);
		assert_true(has_notice(page.body, "wrong"));
		assert_int_equal(audited(s->w, "\"detail\":\"mock_wrong\""), i);
	}
	r = send_form(&s->b, &page, M, "code=no");
	check_page(&r, 429);
	/* What is left of it says why, and nothing else. */
	assert_int_equal(records(s->w, TABLE_LOGIN), 1);
	r = send_form(&s->b, &page, M, "code=sesame");
	check_page(&r, 400);
	assert_false(mock_logged_in(&s->b));
	assert_int_equal(s->mock.started, 0);
}

static void its_form_needs_its_token(void **state)
{
	struct mock_scene *s = *state;
	struct browser other = {.w = s->w};
	struct raw_answer page = code_page(&s->b), r, elsewhere;
	struct str target = attribute(s->w, page.body, "action=\"");

	r = submit(&s->b, target, STR("step=AAAA&code=sesame"));
	check_page(&r, 400);
	elsewhere = code_page(&other);
	r = submit(&s->b, target,
		text(s->w, "step=%.*s&code=sesame",
			STR_FMT(attribute(s->w, elsewhere.body, "name=\"step\" value=\""))));
	check_page(&r, 400);
	/* Another browser has not the cookie. */
	r = send_form(&other, &page, M, "code=sesame");
	check_page(&r, 400);
	assert_int_equal(s->mock.stepped, 0);
	r = submit(&s->b, STR("/login/m/nobody"), STR("code=sesame"));
	assert_int_equal(r.status, 400);
}

static void work_is_done_before_it_looks(void **state)
{
	static const struct str worker[] = {STR_INIT("worker")};
	struct mock_scene *s = *state;
	struct raw_answer page, r;

	s->mock.blocks = true;
	s->mock.name = "worker";
	mock_add(&s->w->p.methods, &s->mock);
	s->c->policy.second_factors = (struct strlist){worker, 1};
	page = code_page(&s->b);
	/* Nothing typed: nothing to look at. */
	r = send_form(&s->b, &page, "/login/m/worker", "code=");
	check_login(&r);
	assert_int_equal(s->mock.worked, 0);
	assert_int_equal(s->mock.stepped, 0);
	r = send_form(&s->b, &page, "/login/m/worker", "code=sesame");
	check_code(s->w, &r);
	assert_int_equal(s->mock.worked, 1);
}

static void a_fault_of_ours_proves_nothing(void **state)
{
	struct mock_scene *s = *state;
	struct raw_answer page = code_page(&s->b), r;

	r = send_form(&s->b, &page, M, "code=fault");
	check_page(&r, 500);
	assert_false(mock_logged_in(&s->b));
	r = send_form(&s->b, &page, M, "code=sesame");
	check_code(s->w, &r);
}

/* --- FAILED --- */

static void failed_leads_back_to_the_choice(void **state)
{
	struct mock_scene *s = *state;
	struct raw_answer page = code_page(&s->b), choice, r;

	choice = send_and_follow(&s->b, &page, M, "code=refuse");
	/* The only one there is begins anew. */
	check_page(&choice, 200);
	assert_int_equal(audited(s->w, "\"detail\":\"mock_refused\""), 1);
	assert_int_equal(s->mock.begun, 2);
	r = send_form(&s->b, &choice, M, "code=sesame");
	check_code(s->w, &r);
}

static void what_cannot_begin_says_so(void **state)
{
	struct mock_scene *s = *state;
	struct raw_answer page;

	s->mock.first = AUTH_FAILED;
	s->mock.reason = AUTH_BUSY;
	page = code_page(&s->b);
	check_page(&page, 200);
	assert_true(is_choice(&page));
	assert_true(has_notice(page.body, "busy"));
	assert_false(mock_logged_in(&s->b));
}

static void proven_at_once(void **state)
{
	struct mock_scene *s = *state;
	struct raw_answer page = login_page(&s->b, ""), r;

	s->mock.first = AUTH_PROVEN;
	r = type_password(&s->b, &page, USERNAME, PASSWORD);
	mock_check_entered(s, &r, "\"amr\":[\"pwd\",\"mca\"]");
}

/* --- WAIT --- */

static struct raw_answer poll(
	struct mock_scene *s, struct browser *b, const struct raw_answer *page)
{
	return browse_s(b, attribute(s->w, page->body, "data-poll=\""));
}

static struct raw_answer waiting_page(struct mock_scene *s)
{
	s->mock.first = AUTH_WAIT;
	return code_page(&s->b);
}

static void waits_by_script(void **state)
{
	struct mock_scene *s = *state;
	struct raw_answer page = waiting_page(s), r;

	check_page(&page, 200);
	check_has(page.body, "MCK7");
	for (int i = 0; i < 3; i++) {
		r = poll(s, &s->b, &page);
		assert_int_equal(r.status, 200);
		check_c(r.body, "{\"done\":false}");
	}
	mock_answer(s, true);
	r = poll(s, &s->b, &page);
	check_c(r.body, "{\"done\":true}");
	/* It was a question: nobody is logged in by it. */
	assert_false(mock_logged_in(&s->b));
	assert_int_equal(audits(s->w, AUDIT_LOGIN), 0);
	r = send_form(&s->b, &page, M, "");
	mock_check_entered(s, &r, "\"amr\":[\"pwd\",\"mca\"]");
}

static void waits_by_its_button(void **state)
{
	struct mock_scene *s = *state;
	struct raw_answer page = waiting_page(s), r;

	assert_false(has_notice(page.body, "not_yet"));
	page = send_and_follow(&s->b, &page, M, "");
	check_has(page.body, "MCK7");
	assert_true(has_notice(page.body, "not_yet")); /* not yet */
	mock_answer(s, true);
	r = send_form(&s->b, &page, M, "");
	check_code(s->w, &r);
}

static void waits_by_a_reload(void **state)
{
	struct mock_scene *s = *state;
	struct raw_answer page = waiting_page(s), r;
	struct str here = text(s->w, "/login?i=%.*s",
		STR_FMT(url_param(s->w, attribute(s->w, page.body, "action=\""), "i")));

	r = browse_s(&s->b, here);
	check_page(&r, 200);
	check_has(r.body, "MCK7");
	mock_answer(s, true);
	r = browse_s(&s->b, here);
	check_code(s->w, &r);
	assert_int_equal(s->mock.started, 1);
}

static void refused_on_the_phone(void **state)
{
	struct mock_scene *s = *state;
	struct raw_answer page = waiting_page(s), r;

	mock_answer(s, false);
	r = poll(s, &s->b, &page);
	check_c(r.body, "{\"done\":true}");
	s->mock.first = AUTH_FAILED;
	r = send_and_follow(&s->b, &page, M, "");
	assert_true(is_choice(&r));
	assert_int_equal(audited(s->w, "\"detail\":\"refused_on_the_phone\""), 1);
	assert_false(mock_logged_in(&s->b));
}

static void a_poll_is_the_browsers_own(void **state)
{
	struct mock_scene *s = *state;
	struct browser other = {.w = s->w};
	struct raw_answer page = waiting_page(s), r;
	struct str url = attribute(s->w, page.body, "data-poll=\"");

	mock_answer(s, true);
	r = browse_s(&other, url);
	assert_int_equal(r.status, 404);
	r = browse(&s->b, M "/poll?i=AAAA");
	assert_int_equal(r.status, 404);
	r = browse(&s->b, "/login/m/nobody/poll");
	assert_int_equal(r.status, 404);
	r = browse(&s->b, "/login/m/");
	assert_int_equal(r.status, 404);
	assert_int_equal(s->mock.polled, 1); /* the page itself */
	r = send_form(&s->b, &page, M, "");
	check_code(s->w, &r);
	r = browse_s(&s->b, url);
	assert_int_equal(r.status, 404);
}

/* The page asks for its word first, then somebody acts on a phone. */
static void from_show_to_wait(void **state)
{
	struct mock_scene *s = *state;
	struct raw_answer page = code_page(&s->b), r;

	page = send_and_follow(&s->b, &page, M, "code=phone");
	check_has(page.body, "MCK7");
	mock_answer(s, true);
	r = send_form(&s->b, &page, M, "");
	check_code(s->w, &r);
}

/* --- REDIRECT --- */

static struct str away(struct mock_scene *s)
{
	struct raw_answer page = code_page(&s->b), r;

	r = send_form(&s->b, &page, M, "code=away");
	assert_int_equal(r.status, 303);
	assert_true(str_starts(location(&r), STR("https://mock.test/auth?")));
	check_c(url_param(s->w, location(&r), "redirect_uri"), ISSUER "/upstream/mock/callback");
	return url_param(s->w, location(&r), "state");
}

static void back_and_proven(void **state)
{
	struct mock_scene *s = *state;
	struct str proof = away(s);
	struct raw_answer r = mock_come_back(s, &s->b, proof, "proven");

	mock_check_entered(s, &r, "\"amr\":[\"pwd\",\"mca\"]");
	/* A second time: the login is over, and the person logged in. */
	r = mock_come_back(s, &s->b, proof, "proven");
	check_portal_start(&r);
	assert_int_equal(s->mock.started, 1);
}

/* A second factor that says who it is: of the person, it confirms; of anybody else, it is refused
 * and logs nobody in. */
static void back_as_somebody(void **state)
{
	struct mock_scene *s = *state;
	struct raw_answer r;

	fixture_person(s->w, "malee", "3100900000027");
	s->mock.citizen_number = "3100900000027";
	r = mock_come_back(s, &s->b, away(s), "proven");
	check_page(&r, 403);
	assert_int_equal(audited(s->w, "\"detail\":\"other_person\""), 1);
	assert_int_equal(audits(s->w, AUDIT_LOGIN), 0);
	assert_false(mock_logged_in(&s->b));
	s->mock.citizen_number = SOMCHAI_PID;
	s->b = (struct browser){.w = s->w};
	fixture_advance_clock(s->w, 60);
	r = mock_come_back(s, &s->b, away(s), "proven");
	mock_check_entered(s, &r, "\"amr\":[\"pwd\",\"mca\"]");
}

static void back_with_nothing(void **state)
{
	static const struct {
		const char *result;
		int status;
		const char *audited;
	} rows[] = {{"cancelled", 200, "\"detail\":\"cancelled\""},
		{"unavailable", 503, "\"detail\":\"mock_unavailable\""},
		{"lie", 502, "\"detail\":\"mock_untrusted\""}};
	struct mock_scene *s = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str proof = away(s);
		struct raw_answer r = mock_come_back(s, &s->b, proof, rows[i].result);

		check_page(&r, rows[i].status);
		assert_int_equal(audited(s->w, rows[i].audited), 1);
		/* The trip is over: its return is not taken again. */
		r = mock_come_back(s, &s->b, proof, "proven");
		check_login(&r);
		assert_false(mock_logged_in(&s->b));
	}
	assert_int_equal(s->mock.started, 0);
}

static void a_return_is_the_logins_own(void **state)
{
	struct mock_scene *s = *state;
	struct browser other = {.w = s->w};
	struct str proof = away(s);
	struct raw_answer r = mock_come_back(s, &other, proof, "proven"), page;

	check_page(&r, 400);
	r = mock_come_back(s, &s->b, text(s->w, "%.*s.AAAA", 43, proof.p), "proven");
	check_page(&r, 400);
	r = browse(&s->b, "/upstream/nobody/callback?state=x");
	assert_int_equal(r.status, 404);
	/* Begun anew since: the return belongs to what is over. */
	page = browse_s(&s->b, text(s->w, "/login?i=%.*s", (int)str_find(proof, '.'), proof.p));
	check_page(&page, 200);
	assert_int_equal(s->mock.started, 0);
}

/* --- a return from another device --- */

static const struct str only_qr[] = {STR_INIT("qr")};

/* The page that waits, whose QR code a phone scans. */
static struct raw_answer qr_page(struct mock_scene *s)
{
	s->mock.name = "qr";
	s->mock.elsewhere = true;
	s->mock.first = AUTH_WAIT;
	if (!auth_method_named(&s->w->p.methods, STR("qr")))
		mock_add(&s->w->p.methods, &s->mock);
	s->c->policy.second_factors = (struct strlist){only_qr, 1};
	return code_page(&s->b);
}

static struct raw_answer from_the_phone(
	struct mock_scene *s, struct browser *phone, struct str state, const char *result)
{
	return browse_s(phone,
		text(s->w, "/upstream/qr/callback?state=%.*s&result=%s", STR_FMT(state), result));
}

#define STATE "data-part=\"code\">"

static struct str state_in(struct mock_scene *s, const struct raw_answer *page)
{
	struct str rest = page->body;
	const char *at = memmem(rest.p, rest.n, STATE, strlen(STATE));
	struct str from = str_sub(rest, (size_t)(at - rest.p) + strlen(STATE), rest.n);

	return unescaped(s->w, str_sub(from, 0, str_find(from, '<')));
}

static void done_on_another_device(void **state)
{
	struct mock_scene *s = *state;
	struct browser phone = {.w = s->w};
	struct raw_answer page, r;
	struct str proof;

	page = qr_page(s);
	proof = state_in(s, &page);
	r = from_the_phone(s, &phone, proof, "proven");
	check_page(&r, 200);
	assert_false(mock_logged_in(&phone));
	assert_int_equal(audits(s->w, AUDIT_LOGIN), 0);
	r = poll(s, &s->b, &page);
	check_c(r.body, "{\"done\":true}");
	r = send_form(&s->b, &page, "/login/m/qr", "");
	mock_check_entered(s, &r, "\"amr\":[\"pwd\",\"mca\"]");
	/* Twice, and after the login is over. */
	r = from_the_phone(s, &phone, proof, "proven");
	check_page(&r, 400);
}

static void refused_on_another_device(void **state)
{
	struct mock_scene *s = *state;
	struct browser phone = {.w = s->w};
	struct raw_answer page, r;
	struct str proof;

	page = qr_page(s);
	proof = state_in(s, &page);
	r = from_the_phone(s, &phone, proof, "lie");
	check_page(&r, 200);
	s->mock.first = AUTH_FAILED;
	s->mock.reason = AUTH_BUSY;
	r = send_form(&s->b, &page, "/login/m/qr", "");
	check_login(&r);
	assert_false(mock_logged_in(&s->b));
	/* Of one that is no such state nothing is kept. */
	r = from_the_phone(s, &phone, STR("nonsense"), "proven");
	check_page(&r, 400);
	assert_int_equal(s->mock.started, 0);
}

/* Without the descriptor's word a return belongs to the browser that left. */
static void only_where_the_method_says_so(void **state)
{
	struct mock_scene *s = *state;
	struct browser phone = {.w = s->w};
	struct raw_answer page, r;
	struct str proof;

	page = qr_page(s);
	proof = state_in(s, &page);
	otp_fixture_method(s->c, "qr")->returns_elsewhere = false;
	r = from_the_phone(s, &phone, proof, "proven");
	check_page(&r, 400);
	r = poll(s, &s->b, &page);
	check_c(r.body, "{\"done\":false}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, mock_scene_set_up, mock_scene_tear_down)
		T(confirmed_by_its_page),
		T(a_wrong_answer_is_counted),
		T(its_form_needs_its_token),
		T(work_is_done_before_it_looks),
		T(a_fault_of_ours_proves_nothing),
		T(failed_leads_back_to_the_choice),
		T(what_cannot_begin_says_so),
		T(proven_at_once),
		T(waits_by_script),
		T(waits_by_its_button),
		T(waits_by_a_reload),
		T(refused_on_the_phone),
		T(a_poll_is_the_browsers_own),
		T(from_show_to_wait),
		T(back_and_proven),
		T(back_as_somebody),
		T(back_with_nothing),
		T(a_return_is_the_logins_own),
		T(done_on_another_device),
		T(refused_on_another_device),
		T(only_where_the_method_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
