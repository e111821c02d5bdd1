/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The launcher: the systems a person may use. */
#include "flow/helpers.h"

#define MALEE_PID "1234567890139"

static struct fixture *launcher_fixture(void)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);

	fixture_person(w, "malee", MALEE_PID);
	return w;
}

static struct str csrf_of(struct browser *b)
{
	struct raw_answer r = browse(b, "/apps");

	check_page(&r, 200);
	return attribute(b->w, r.body, "name=\"csrf\" value=\"");
}

static struct raw_answer log_out(struct browser *b, struct str csrf)
{
	return submit(
		b, STR("/apps/logout"), form_of(b->w, "csrf", str_dup_c(b->w->a, csrf), NULL));
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
	struct fixture *w = launcher_fixture();
	struct browser b = {.w = w};
	struct raw_answer r;

	fixture_system(w, "second");
	fixture_system(w, "closed");
	fixture_system(w, "none");
	edit_system(w, "second", second_name);
	edit_system(w, "closed", other_name);
	fixture_grant(
		w, ROLE_GRANT_ACCOUNT, fixture_account(w, "A1", SOMCHAI), "second", "approver");
	fixture_grant(w, ROLE_GRANT_PERSON, SOMCHAI, "closed", "recorder");
	fixture_end_grant(w, ROLE_GRANT_PERSON, SOMCHAI, "none", "recorder");
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
	fixture_free(w);
}

static void nobody_without_a_right(void **state)
{
	struct fixture *w = launcher_fixture();
	struct browser b = {.w = w};
	struct raw_answer r;

	log_in(&b, MALEE_PID);
	r = browse(&b, "/apps");
	check_page(&r, 200);
	assert_false(contains(r.body, "ระบบแผน"));
	fixture_free(w);
}

static void home_leads_here(void **state)
{
	struct fixture *w = launcher_fixture();
	struct browser b = {.w = w};
	struct raw_answer r = browse(&b, "/");

	assert_int_equal(r.status, 303);
	check_c(location(&r), "/apps");
	r = browse(&b, "/apps");
	check_login(&r);
	fixture_free(w);
}

static void logging_out_here(void **state)
{
	struct fixture *w = launcher_fixture();
	struct browser here = {.w = w}, there = {.w = w};
	struct raw_answer r;

	log_in(&here, SOMCHAI_PID);
	log_in(&there, SOMCHAI_PID);
	r = log_out(&here, csrf_of(&here));
	check_page(&r, 200);
	assert_false(in(&here));
	assert_true(in(&there));
	fixture_free(w);
}

/* Forms of ours only, of this session only. */
static void launcher_forms_are_guarded(void **state)
{
	struct fixture *w = launcher_fixture();
	struct browser his = {.w = w}, hers = {.w = w}, none = {.w = w};
	struct str tokens[] = {STR(""), STR("x"), STR_NONE};
	struct raw_answer r;

	log_in(&his, SOMCHAI_PID);
	log_in(&hers, MALEE_PID);
	tokens[2] = csrf_of(&hers);
	for (size_t k = 0; k < COUNT(tokens); k++) {
		r = log_out(&his, tokens[k]);
		check_page(&r, 400);
	}
	r = submit(&his, STR("/apps/logout"), STR(""));
	check_page(&r, 400);
	r = browse(&his, "/apps/logout");
	assert_int_equal(r.status, 405);
	r = log_out(&none, tokens[2]);
	check_login(&r);
	assert_true(in(&his));
	fixture_free(w);
}

static void says_in_how_many_places(void **state)
{
	struct fixture *w = launcher_fixture();
	struct browser here = {.w = w}, there = {.w = w};
	struct raw_answer r;

	log_in(&here, SOMCHAI_PID);
	log_in(&there, SOMCHAI_PID);
	r = browse(&here, "/apps");
	check_has(r.body, "เข้าสู่ระบบอยู่ 2 อุปกรณ์");
	check_has(r.body, "href=\"/account/sessions\"");
	fixture_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(systems_with_a_right),
		cmocka_unit_test(nobody_without_a_right),
		cmocka_unit_test(home_leads_here),
		cmocka_unit_test(says_in_how_many_places),
		cmocka_unit_test(logging_out_here),
		cmocka_unit_test(launcher_forms_are_guarded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
