/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The page after signing out, which says what became of each portal; and OpenID Connect
 * Front-Channel Logout 1.0: the modules of the certification plan by name.
 */
#include "flow/portals_fixture.h"

#define OUT      "data-part=\"portals-out\""
#define NOTIFIED "data-part=\"portals-notified\""
#define LATE     "data-part=\"portals-late\""
#define OPEN     "data-part=\"open-portals\""

static struct str report_of(struct portals_fixture *f, const struct raw_answer *r)
{
	return attribute(f->w, r->body, "data-part=\"report\" href=\"");
}

/* --- back channel: the page says what happened --- */

static void it_says_who_confirmed(void **state)
{
	struct portals_fixture *f = *state;
	struct raw_answer r;
	struct str report;

	tokens_for(f->b, "portal", ""); /* nobody notifies it */
	enter_portal(f, f->b, "plan");
	r = sign_out(f->b);
	check_page(&r, 200);
	check_has(r.body, NOTIFIED);
	check_has(r.body, OPEN);
	report = report_of(f, &r);
	check_str(raw_header(&r, "Refresh"), text(f->w, "1; url=%.*s", STR_FMT(report)));
	r = browse_s(f->b, report);
	check_page(&r, 200);
	check_has(r.body, NOTIFIED);
	assert_false(contains(r.body, OUT));
	check_str(raw_header(&r, "Refresh"), text(f->w, "2; url=%.*s", STR_FMT(report)));
	run_queue(f);
	r = browse_s(f->b, report);
	check_has(r.body, OUT);
	check_has(r.body, OPEN);
	assert_false(contains(r.body, NOTIFIED));
	assert_false(contains(r.body, LATE));
	assert_int_equal(raw_header(&r, "Refresh").n, 0);
	assert_int_equal(occurrences(r.body, "data-part=\"portal\""), 2);
}

static void it_says_who_has_not_answered(void **state)
{
	struct portals_fixture *f = *state;
	struct raw_answer r;
	struct str report;

	f->status = 503;
	enter_portal(f, f->b, "plan");
	r = sign_out(f->b);
	report = report_of(f, &r);
	run_queue(f);
	r = browse_s(f->b, report);
	check_has(r.body, LATE);
	assert_int_equal(raw_header(&r, "Refresh").n, 0);
	f->status = 200;
	fixture_advance_clock(f->w, 13);
	run_queue(f);
	r = browse_s(f->b, report);
	check_has(r.body, OUT);
	assert_false(contains(r.body, LATE));
}

static void who_refused_may_still_be_open(void **state)
{
	struct portals_fixture *f = *state;
	struct raw_answer r;

	f->status = 400;
	enter_portal(f, f->b, "plan");
	r = sign_out(f->b);
	run_queue(f);
	r = browse_s(f->b, report_of(f, &r));
	check_has(r.body, OPEN);
	assert_false(contains(r.body, OUT));
}

/* Ten seconds, then it says so and stays. */
static void it_does_not_look_for_ever(void **state)
{
	struct portals_fixture *f = *state;
	struct raw_answer r = enter_portal(f, f->b, "plan");
	struct str report;

	r = sign_out(f->b);
	report = report_of(f, &r);
	fixture_advance_clock(f->w, 9);
	r = browse_s(f->b, report);
	assert_true(raw_header(&r, "Refresh").n > 0);
	fixture_advance_clock(f->w, 1);
	r = browse_s(f->b, report);
	check_has(r.body, LATE);
	assert_int_equal(raw_header(&r, "Refresh").n, 0);
	fixture_advance_clock(f->w, 900);
	r = browse_s(f->b, report);
	check_page(&r, 404);
}

static void everywhere_reports_on_all_sessions(void **state)
{
	struct portals_fixture *f = *state;
	struct browser there = {.w = f->w};
	struct raw_answer r;

	enter_portal(f, f->b, "plan");
	tokens_for(&there, "plan", "");
	enter_portal(f, &there, "pay");
	r = account_form(f->b, "/account/sessions", "/account/sessions/everywhere", "x", STR("y"));
	assert_int_equal(occurrences(r.body, "data-part=\"portal\""), 2);
	run_queue(f);
	assert_int_equal(calls_to(f, "plan"), 2); /* two sessions */
	r = browse_s(f->b, report_of(f, &r));
	check_has(r.body, OUT);
	assert_int_equal(occurrences(r.body, "data-part=\"portal\""), 2);
	check_has(r.body, "ทุกอุปกรณ์ออกจากระบบ");
}

static void without_told_portals_nothing_is_reported(void **state)
{
	struct portals_fixture *f = *state;
	struct raw_answer r;

	tokens_for(f->b, "portal", "");
	r = sign_out(f->b);
	check_has(r.body, OPEN);
	assert_false(contains(r.body, "data-part=\"report\""));
	assert_int_equal(raw_header(&r, "Refresh").n, 0);
	r = browse(f->b, "/signed-out");
	check_page(&r, 404);
	r = browse(f->b, "/signed-out?r=pratu_so_AAAA");
	check_page(&r, 404);
}

/* The question names only what stays open. */
static void the_question_names_what_stays_open(void **state)
{
	struct portals_fixture *f = *state;
	struct raw_answer r;

	enter_portal(f, f->b, "plan");
	r = browse(f->b, "/oauth2/logout");
	check_page(&r, 200);
	assert_false(contains(r.body, OPEN));
	tokens_for(f->b, "portal", "");
	r = browse(f->b, "/oauth2/logout");
	check_has(r.body, OPEN);
	assert_int_equal(occurrences(r.body, "data-part=\"portal\""), 1);
}

/* --- front channel --- */

static void front(struct client *c)
{
	c->frontchannel_logout_uri = STR("https://portal.test/front?x=1");
}

static struct raw_answer enter_front(struct portals_fixture *f)
{
	edit_client(f->w, "portal", front);
	return tokens_for(f->b, "portal", "");
}

static void oidcc_frontchannel_logout_discovery_endpoint_verification(void **state)
{
	struct portals_fixture *f = *state;
	struct raw_answer r =
		raw_get(f->w->a, f->w->port, "/.well-known/openid-configuration", NULL);

	check_has(r.body, "\"frontchannel_logout_supported\":true");
	check_has(r.body, "\"frontchannel_logout_session_supported\":true");
}

static void check_frame(struct portals_fixture *f, const struct raw_answer *r, struct str sid)
{
	struct str policy = raw_header(r, "Content-Security-Policy");
	struct str frame = unescaped(f->w, attribute(f->w, r->body, "data-part=\"frame\" src=\""));

	check_str(url_param(f->w, frame, "iss"), STR(ISSUER));
	check_str(url_param(f->w, frame, "sid"), sid);
	assert_true(str_starts(frame, STR("https://portal.test/front?x=1&iss=")));
	check_has(policy, "; frame-src https://portal.test");
	assert_int_equal(occurrences(policy, "https://"), 1);
	assert_int_equal(occurrences(r->body, "<iframe"), 1);
	/* The portal's page may not lead this window away. */
	check_has(r->body, "<iframe sandbox=\"allow-scripts allow-same-origin\" ");
}

/* With frames a page of ours comes first, which goes on to the portal by itself and by a link. */
static void oidcc_frontchannel_rp_initiated_logout(void **state)
{
	struct portals_fixture *f = *state;
	struct raw_answer tokens = enter_front(f), r;
	struct str id_token = member(f->w, &tokens, "id_token");

	r = browse_s(f->b, text(f->w,
				   "/oauth2/logout?id_token_hint=%.*s&post_logout_redirect_uri="
				   "https://portal.test/bye&state=s1",
				   STR_FMT(id_token)));
	check_page(&r, 200);
	check_frame(f, &r, text_claim(f->w, id_token, "sid"));
	check_c(raw_header(&r, "Refresh"), "3; url=https://portal.test/bye?state=s1");
	check_c(attribute(f->w, r.body, "data-part=\"leave\" href=\""),
		"https://portal.test/bye?state=s1");
	r = authorize(f->b, ask(f->w, "prompt=none", NULL));
	check_error(f->w, &r, "login_required");
}

static void frames_of_this_browsers_session_only(void **state)
{
	struct portals_fixture *f = *state;
	struct raw_answer tokens = enter_front(f), r;
	struct browser there = {.w = f->w};
	struct str sid = text_claim(f->w, member(f->w, &tokens, "id_token"), "sid");

	tokens_for(&there, "portal", "");
	r = account_form(f->b, "/account/sessions", "/account/sessions/everywhere", "x", STR("y"));
	check_frame(f, &r, sid);
}

/* A frame is no answer: the portal may still be open, where cookies are blocked. */
static void a_frame_promises_nothing(void **state)
{
	struct portals_fixture *f = *state;
	struct raw_answer r;

	enter_front(f);
	r = sign_out(f->b);
	check_has(r.body, "<iframe");
	check_has(r.body, OPEN);
	assert_int_equal(raw_header(&r, "Refresh").n, 0);
}

/* Both channels: the frames have their time before the page looks again. */
static void both_channels(void **state)
{
	struct portals_fixture *f = *state;
	struct raw_answer r;

	enter_front(f);
	enter_portal(f, f->b, "plan");
	r = sign_out(f->b);
	check_has(r.body, "<iframe");
	check_str(raw_header(&r, "Refresh"), text(f->w, "3; url=%.*s", STR_FMT(report_of(f, &r))));
	r = browse_s(f->b, report_of(f, &r));
	assert_false(contains(r.body, "<iframe"));
}

static void hidden_from_assistive_technology(void **state)
{
	struct portals_fixture *f = *state;
	struct raw_answer r;

	enter_front(f);
	r = sign_out(f->b);
	check_has(r.body, "aria-hidden=\"true\" tabindex=\"-1\"></iframe>");
}

#define T(name)                                                                                    \
	cmocka_unit_test_setup_teardown(name, portals_fixture_set_up, portals_fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(it_says_who_confirmed),
		T(it_says_who_has_not_answered),
		T(who_refused_may_still_be_open),
		T(it_does_not_look_for_ever),
		T(everywhere_reports_on_all_sessions),
		T(without_told_portals_nothing_is_reported),
		T(the_question_names_what_stays_open),
		T(oidcc_frontchannel_logout_discovery_endpoint_verification),
		T(oidcc_frontchannel_rp_initiated_logout),
		T(frames_of_this_browsers_session_only),
		T(a_frame_promises_nothing),
		T(both_channels),
		T(hidden_from_assistive_technology),
	};

	return cmocka_run_group_tests_name("flow/signed_out", tests, NULL, NULL);
}
