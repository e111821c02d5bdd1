/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The account page of devices: what it shows, and the three ways to end sessions. */
#include "flow/account_fixture.h"

#define SELF "/account/sessions"

static struct raw_answer send(struct browser *b, const char *path, const char *csrf, struct str sid)
{
	return submit(b, str_c(path),
		form_of(b->w, "csrf", csrf, "session", str_dup_c(b->w->a, sid), NULL));
}

static struct str sid_of(struct fixture *w, const struct raw_answer *tokens)
{
	return text_claim(w, member(w, tokens, "id_token"), "sid");
}

static bool token_works(struct fixture *w, const struct raw_answer *tokens)
{
	struct raw_answer r = introspect(w, "portal", member(w, tokens, "access_token"));

	return is_active(&r);
}

static void each_with_its_portals_and_this_one_first(void **state)
{
	struct account_fixture *h = *state;
	struct browser other = {.w = h->w};
	struct str page;

	log_in(&other, SOMCHAI_PID);
	tokens_for(&h->b, "portal", "");
	page = account_fixture_page(&h->b, SELF);
	assert_int_equal(occurrences(page, "name=\"session\""), 2);
	assert_int_equal(occurrences(page, "อุปกรณ์นี้</span>"), 1);
	check_has(page, "เข้าใช้งาน:");
	check_str(attribute(h->w, page, "name=\"session\" value=\""),
		sid_of(h->w, &(struct raw_answer){.body = tokens_for(&h->b, "portal", "").body}));
	assert_int_equal(occurrences(account_fixture_page(&other, SELF), "เข้าใช้งาน:"), 1);
}

static void ending_one(void **state)
{
	struct account_fixture *h = *state;
	struct browser there = {.w = h->w};
	struct raw_answer tokens = tokens_for(&there, "portal", ""), r;

	log_in(&h->b, SOMCHAI_PID);
	r = send(&h->b, SELF "/end", account_fixture_csrf(&h->b, SELF), sid_of(h->w, &tokens));
	assert_int_equal(r.status, 303);
	check_c(location(&r), SELF "?done=ended");
	check_has(account_fixture_page(&h->b, SELF "?done=ended"), "นำอุปกรณ์ออกจากระบบเรียบร้อยแล้ว");
	assert_true(account_fixture_is_logged_in(&h->b));
	assert_false(account_fixture_is_logged_in(&there) || token_works(h->w, &tokens));
	assert_int_equal(audits(h->w, AUDIT_LOGOUT), 1);
	/* Again, from the old page: nothing is there to end. */
	r = send(&h->b, SELF "/end", account_fixture_csrf(&h->b, SELF), sid_of(h->w, &tokens));
	assert_int_equal(r.status, 303);
	assert_int_equal(audits(h->w, AUDIT_LOGOUT), 1);
}

static void ending_the_one_at_hand(void **state)
{
	struct account_fixture *h = *state;
	struct raw_answer tokens = tokens_for(&h->b, "portal", ""), r;

	r = send(&h->b, SELF "/end", account_fixture_csrf(&h->b, SELF), sid_of(h->w, &tokens));
	check_page(&r, 200);
	assert_int_equal(cookie_of(&h->b, "pratu_session").n, 0);
	assert_false(account_fixture_is_logged_in(&h->b));
}

static void somebody_elses_session_stays(void **state)
{
	struct account_fixture *h = *state;
	struct browser hers = {.w = h->w};
	struct raw_answer tokens = tokens_for(&h->b, "portal", ""), r;

	log_in(&hers, MALEE_PID);
	r = send(&hers, SELF "/end", account_fixture_csrf(&hers, SELF), sid_of(h->w, &tokens));
	assert_int_equal(r.status, 303);
	r = send(&hers, SELF "/end", account_fixture_csrf(&hers, SELF), STR("nonsense"));
	assert_int_equal(r.status, 303);
	r = send(&hers, SELF "/others", account_fixture_csrf(&hers, SELF), sid_of(h->w, &tokens));
	assert_int_equal(r.status, 303);
	assert_true(account_fixture_is_logged_in(&h->b) && account_fixture_is_logged_in(&hers) &&
		    token_works(h->w, &tokens));
	assert_int_equal(audits(h->w, AUDIT_LOGOUT), 0);
}

static void all_others(void **state)
{
	struct account_fixture *h = *state;
	struct browser there = {.w = h->w};
	struct raw_answer tokens = tokens_for(&there, "portal", "");
	struct raw_answer offline = tokens_for(&there, "portal", "&scope=openid+offline_access"), r;

	log_in(&h->b, SOMCHAI_PID);
	fixture_advance_clock(h->w, 1);
	r = send(&h->b, SELF "/others", account_fixture_csrf(&h->b, SELF), STR(""));
	assert_int_equal(r.status, 303);
	check_has(account_fixture_page(&h->b, "/account/sessions?done=others"),
		"ออกจากระบบในอุปกรณ์อื่นเรียบร้อยแล้ว");
	assert_true(account_fixture_is_logged_in(&h->b));
	assert_false(account_fixture_is_logged_in(&there));
	assert_false(token_works(h->w, &tokens) || token_works(h->w, &offline));
	assert_int_equal(audits(h->w, AUDIT_LOGOUT_ALL), 1);
	/* The one that stayed enters without being asked. */
	fixture_advance_clock(h->w, 1);
	r = browse_s(&h->b, authorize_target(h->w, "portal", "&prompt=none"));
	check_code(h->w, &r);
	assert_int_equal(occurrences(account_fixture_page(&h->b, SELF), "/others\""), 0);
}

static void everywhere(void **state)
{
	struct account_fixture *h = *state;
	struct browser there = {.w = h->w}, hers = {.w = h->w};
	struct raw_answer tokens, offline, r;

	log_in(&hers, MALEE_PID);
	tokens = tokens_for(&there, "portal", "");
	offline = tokens_for(&h->b, "portal", "&scope=openid+offline_access");
	fixture_advance_clock(h->w, 1);
	r = send(&h->b, SELF "/everywhere", account_fixture_csrf(&h->b, SELF), STR(""));
	check_page(&r, 200);
	assert_int_equal(cookie_of(&h->b, "pratu_session").n, 0);
	assert_false(account_fixture_is_logged_in(&h->b) || account_fixture_is_logged_in(&there));
	assert_true(account_fixture_is_logged_in(&hers));
	for (int i = 0; i < 2; i++) {
		struct raw_answer *t = i ? &offline : &tokens;

		r = refresh(h->w, "portal", member(h->w, t, "refresh_token"));
		check_json_error(h->w, &r, 400, "invalid_grant");
		assert_false(token_works(h->w, t));
	}
	assert_int_equal(audits(h->w, AUDIT_LOGOUT_ALL), 1);
	/* Who logs in after that begins anew. */
	fixture_advance_clock(h->w, 1);
	tokens_for(&h->b, "portal", "&scope=openid+offline_access");
}

/* Forms of ours only, of this session only. */
static void session_forms_are_guarded(void **state)
{
	static const char *const paths[] = {SELF "/end", SELF "/others", SELF "/everywhere"};
	struct account_fixture *h = *state;
	struct browser hers = {.w = h->w}, none = {.w = h->w};
	const char *tokens[] = {"", "x", NULL};
	struct raw_answer r;

	log_in(&h->b, SOMCHAI_PID);
	log_in(&hers, MALEE_PID);
	tokens[2] = account_fixture_csrf(&hers, SELF);
	for (size_t i = 0; i < COUNT(paths); i++) {
		for (size_t k = 0; k < COUNT(tokens); k++) {
			r = send(&h->b, paths[i], tokens[k], STR(""));
			check_page(&r, 400);
		}
		r = submit(&h->b, str_c(paths[i]), STR(""));
		check_page(&r, 400);
		r = browse(&h->b, paths[i]);
		assert_int_equal(r.status, 405);
		r = send(&none, paths[i], tokens[2], STR(""));
		check_login(&r);
		assert_true(account_fixture_is_logged_in(&h->b));
	}
}

static void a_user_agent_is_text(void **state)
{
	struct account_fixture *h = *state;
	struct browser evil = {.w = h->w};
	struct raw_answer r = browse(&evil, "/apps");

	evil.user_agent = "Mozilla/5.0 <script>alert(1)</script>";
	r = pass_login(&evil, &r);
	assert_int_equal(r.status, 303);
	assert_false(contains(account_fixture_page(&evil, SELF), "<script>alert"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, account_fixture_set_up, account_fixture_tear_down)
		T(each_with_its_portals_and_this_one_first),
		T(ending_one),
		T(ending_the_one_at_hand),
		T(somebody_elses_session_stays),
		T(all_others),
		T(everywhere),
		T(session_forms_are_guarded),
		T(a_user_agent_is_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
