/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The launcher: what a person sees of himself, and ends. */
#include "flow/tools.h"

#define MALEE_PID "1234567890139"

static struct world *scene(void)
{
	struct world *w = world_standard(WORLD_MEM);

	world_person(w, "malee", MALEE_PID);
	return w;
}

static struct str csrf_of(struct browser *b)
{
	struct raw_answer r = browse(b, "/apps");

	check_page(&r, 200);
	return attribute(b->w, r.body, "name=\"csrf\" value=\"");
}

static struct raw_answer send(
	struct browser *b, const char *path, struct str csrf, const char *session)
{
	struct world *w = b->w;

	return submit(b, str_c(path),
		form_of(w, "csrf", str_dup_c(w->a, csrf), "session", session, NULL));
}

static bool in(struct browser *b)
{
	return browse(b, "/apps").status == 200;
}

static void other_name(struct system *s)
{
	s->name_th = STR("ระบบปิด");
	s->status = STATUS_SUSPENDED;
}

static void second_name(struct system *s)
{
	s->name_th = STR("ระบบที่สอง");
	s->name_en = STR("Second");
	s->launch_url = STR_NONE;
}

static void systems_with_a_right(void **state)
{
	struct world *w = scene();
	struct browser b = {.w = w};
	struct raw_answer r;

	world_system(w, "second");
	world_system(w, "closed");
	world_system(w, "none");
	edit_system(w, "second", second_name);
	edit_system(w, "closed", other_name);
	world_grant(w, GRANT_ACCOUNT, world_account(w, "A1", SOMCHAI), "second", "approver");
	world_grant(w, GRANT_PERSON, SOMCHAI, "closed", "recorder");
	world_end_grant(w, GRANT_PERSON, SOMCHAI, "none", "recorder");
	log_in(&b, SOMCHAI_PID);
	r = browse(&b, "/apps");
	check_page(&r, 200);
	check_has(r.body, "ระบบแผน");
	check_has(r.body, "https://portal.test/login");
	check_has(r.body, "ระบบที่สอง");
	check_has(r.body, "ผู้บันทึก");
	assert_false(contains(r.body, "ระบบปิด"));
	assert_int_equal(occurrences(r.body, "ระบบแผน"), 2); /* name and label, once each */
	check_has(r.body, "A1");
	assert_false(contains(r.body, SOMCHAI_PID));
	browse(&b, "/language?lang=en&return=/apps");
	r = browse(&b, "/apps");
	check_has(r.body, "e-Plan");
	check_has(r.body, "Second");
	world_free(w);
}

static void nobody_without_a_right(void **state)
{
	struct world *w = scene();
	struct browser b = {.w = w};
	struct raw_answer r;

	log_in(&b, MALEE_PID);
	r = browse(&b, "/apps");
	check_page(&r, 200);
	assert_false(contains(r.body, "ระบบแผน"));
	world_free(w);
}

static void home_leads_here(void **state)
{
	struct world *w = scene();
	struct browser b = {.w = w};
	struct raw_answer r = browse(&b, "/");

	assert_int_equal(r.status, 303);
	check_c(location(&r), "/apps");
	r = browse(&b, "/apps");
	check_login(&r);
	world_free(w);
}

/* --- ending sessions --- */

static struct str sid_of_first_form(struct browser *b)
{
	struct raw_answer r = browse(b, "/apps");

	return attribute(b->w, r.body, "name=\"session\" value=\"");
}

static void ending_one_session(void **state)
{
	struct world *w = scene();
	struct browser here = {.w = w}, there = {.w = w};
	struct raw_answer tokens, r;
	struct str sid;

	log_in(&here, SOMCHAI_PID);
	tokens = tokens_for(&there, "portal", "");
	sid = sid_of_first_form(&here);
	check_str(sid, text_claim(w, member(w, &tokens, "id_token"), "sid"));
	r = send(&here, "/apps/end", csrf_of(&here), str_dup_c(w->a, sid));
	assert_int_equal(r.status, 303);
	check_c(location(&r), "/apps?done=ended");
	assert_true(in(&here));
	assert_false(in(&there));
	r = refresh(w, "portal", member(w, &tokens, "refresh_token"));
	check_json_error(w, &r, 400, "invalid_grant");
	assert_int_equal(audits(w, AUDIT_LOGOUT), 1);
	world_free(w);
}

static void session_of_another_person(void **state)
{
	struct world *w = scene();
	struct browser his = {.w = w}, hers = {.w = w};
	struct raw_answer tokens = tokens_for(&his, "portal", ""), r;

	log_in(&hers, MALEE_PID);
	r = send(&hers, "/apps/end", csrf_of(&hers),
		str_dup_c(w->a, text_claim(w, member(w, &tokens, "id_token"), "sid")));
	assert_int_equal(r.status, 303);
	assert_true(in(&his));
	assert_int_equal(audits(w, AUDIT_LOGOUT), 0);
	r = send(&hers, "/apps/end", csrf_of(&hers), "nonsense");
	assert_int_equal(r.status, 303);
	world_free(w);
}

static void everywhere(void **state)
{
	struct world *w = scene();
	struct browser here = {.w = w}, there = {.w = w}, hers = {.w = w};
	struct raw_answer tokens, offline, r;

	log_in(&hers, MALEE_PID);
	tokens = tokens_for(&there, "portal", "");
	offline = tokens_for(&here, "portal", "&scope=openid+offline_access");
	world_pass(w, 1);
	r = send(&here, "/apps/everywhere", csrf_of(&here), "");
	check_page(&r, 200);
	assert_int_equal(cookie_of(&here, "pratu_session").n, 0);
	assert_false(in(&here) || in(&there));
	assert_true(in(&hers));
	for (int i = 0; i < 2; i++) {
		struct raw_answer *t = i ? &offline : &tokens;

		r = refresh(w, "portal", member(w, t, "refresh_token"));
		check_json_error(w, &r, 400, "invalid_grant");
		r = introspect(w, "portal", member(w, t, "access_token"));
		assert_false(is_active(&r));
	}
	assert_int_equal(audits(w, AUDIT_LOGOUT_ALL), 1);
	/* Who logs in after that begins anew. */
	world_pass(w, 1);
	tokens = tokens_for(&here, "portal", "&scope=openid+offline_access");
	world_free(w);
}

static void logging_out_here(void **state)
{
	struct world *w = scene();
	struct browser here = {.w = w}, there = {.w = w};
	struct raw_answer r;

	log_in(&here, SOMCHAI_PID);
	log_in(&there, SOMCHAI_PID);
	r = send(&here, "/apps/logout", csrf_of(&here), "");
	check_page(&r, 200);
	assert_false(in(&here));
	assert_true(in(&there));
	world_free(w);
}

/* Forms of ours only, of this session only. */
static void forms_are_guarded(void **state)
{
	static const char *const paths[] = {"/apps/end", "/apps/everywhere", "/apps/logout"};
	struct world *w = scene();
	struct browser his = {.w = w}, hers = {.w = w}, none = {.w = w};
	struct str foreign;

	log_in(&his, SOMCHAI_PID);
	log_in(&hers, MALEE_PID);
	foreign = csrf_of(&hers);
	for (size_t i = 0; i < COUNT(paths); i++) {
		const struct str tokens[] = {STR(""), STR("x"), foreign};
		struct raw_answer r;

		for (size_t k = 0; k < COUNT(tokens); k++) {
			r = send(&his, paths[i], tokens[k], "");
			check_page(&r, 400);
		}
		r = submit(&his, str_c(paths[i]), STR(""));
		check_page(&r, 400);
		r = browse(&his, paths[i]);
		assert_int_equal(r.status, 405);
		r = send(&none, paths[i], foreign, "");
		check_login(&r);
		assert_true(in(&his));
	}
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(systems_with_a_right),
		cmocka_unit_test(nobody_without_a_right),
		cmocka_unit_test(home_leads_here),
		cmocka_unit_test(ending_one_session),
		cmocka_unit_test(session_of_another_person),
		cmocka_unit_test(everywhere),
		cmocka_unit_test(logging_out_here),
		cmocka_unit_test(forms_are_guarded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
