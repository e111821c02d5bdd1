/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A change by two people: what is accepted, and each refusal with its boundary. */
#include "workflow_fixture.h"

#define STEP(who, step, id) take_step(s, s->arena, who, step, id, STR("seen"))

static void two_people_change_it(void **state)
{
	struct rights_fixture *s = *state;
	struct read_call r;
	struct str id;

	seed_office(s);
	assert_int_equal(ask(s, "new", false, &id), RC_OK);
	assert_int_equal(STEP(1, APPROVE, id), RC_OK);
	assert_true(str_eq_c(look(s, id).admin_name, "old"));
	assert_int_equal(STEP(1, APPLY, id), RC_OK);
	r = look(s, id);
	assert_true(str_eq_c(r.admin_name, "new"));
	assert_int_equal(r.request.state, REQUEST_APPLIED);
	assert_true(str_eq_c(r.request.approver, "cli:boon"));
	assert_int_equal(r.request.history.n, 3);
	assert_true(str_eq_c(r.request.history.v[0], "1800000000 submitted cli:anan retired"));
	assert_true(str_eq_c(r.request.history.v[1], "1800000000 approved cli:boon seen"));
	/* Submitted, approved, applied, and the change of the office. */
	assert_int_equal(rights_fixture_count(s, TABLE_AUDIT), 4);
	assert_int_equal(rights_fixture_count(s, TABLE_CHANGE_REQUEST_QUEUE), 0);
	/* Never twice. */
	assert_int_equal(STEP(1, APPLY, id), RC_DENIED);
	assert_int_equal(STEP(2, APPROVE, id), RC_DENIED);
	/* It is so already: nothing to request. */
	assert_int_equal(ask(s, "new", false, &id), RC_EXISTS);
}

static void one_person_cannot(void **state)
{
	struct rights_fixture *s = *state;
	const struct office_set_admin_args args = {.code = STR("o"), .admin_name = STR("new")};
	struct str id;

	seed_office(s);
	assert_int_equal(admin_run(&s->admin, s->arena, &operation_office_set_admin, &args, NULL),
		RC_DENIED);
	assert_int_equal(ask(s, "new", false, &id), RC_OK);
	assert_int_equal(STEP(0, APPROVE, id), RC_DENIED);
	assert_int_equal(STEP(0, REJECT, id), RC_DENIED);
	assert_int_equal(STEP(0, APPLY, id), RC_DENIED);
	assert_int_equal(STEP(1, APPLY, id), RC_DENIED);
	assert_true(str_eq_c(look(s, id).admin_name, "old"));
	assert_int_equal(look(s, id).request.state, REQUEST_SUBMITTED);
}

static void a_draft_is_its_requesters(void **state)
{
	struct rights_fixture *s = *state;
	struct str id;

	seed_office(s);
	assert_int_equal(ask(s, "new", true, &id), RC_OK);
	assert_int_equal(STEP(1, APPROVE, id), RC_DENIED);
	assert_int_equal(STEP(1, SUBMIT, id), RC_DENIED);
	assert_int_equal(STEP(0, SUBMIT, id), RC_OK);
	assert_int_equal(STEP(0, SUBMIT, id), RC_DENIED);
	assert_int_equal(STEP(1, WITHDRAW, id), RC_DENIED);
	assert_int_equal(STEP(0, WITHDRAW, id), RC_OK);
	assert_int_equal(STEP(1, APPROVE, id), RC_DENIED);
}

static void a_reason_is_given(void **state)
{
	struct rights_fixture *s = *state;
	char longer[REQUEST_REASON_MAX + 1];
	struct str id;

	memset(longer, 'x', sizeof(longer));
	seed_office(s);
	assert_int_equal(ask(s, "new", false, &id), RC_OK);
	assert_int_equal(take_step(s, s->arena, 1, REJECT, id, STR(" ")), RC_INVALID);
	assert_int_equal(take_step(s, s->arena, 1, REJECT, id, STR("a\nb")), RC_INVALID);
	assert_int_equal(
		take_step(s, s->arena, 1, REJECT, id, (struct str){longer, REQUEST_REASON_MAX + 1}),
		RC_INVALID);
	assert_int_equal(
		take_step(s, s->arena, 1, REJECT, id, (struct str){longer, REQUEST_REASON_MAX}),
		RC_OK);
	assert_int_equal(STEP(1, APPLY, id), RC_DENIED);
	assert_int_equal(take_step(s, s->arena, 1, REJECT, STR("none"), STR("x")), RC_NOT_FOUND);
}

static void nothing_goes_on_at_the_deadline(void **state)
{
	struct rights_fixture *s = *state;
	struct str early, late;

	seed_office(s);
	assert_int_equal(ask(s, "new", false, &late), RC_OK);
	assert_int_equal(ask(s, "other", false, &early), RC_OK);
	assert_int_equal(STEP(1, APPROVE, late), RC_OK);
	s->now_ms += 99 * 1000;
	assert_int_equal(STEP(1, EXPIRE, early), RC_NOT_FOUND);
	assert_int_equal(STEP(1, APPROVE, early), RC_OK);
	s->now_ms += 1000;
	assert_int_equal(STEP(1, APPLY, late), RC_EXPIRED);
	assert_int_equal(STEP(2, APPROVE, early), RC_EXPIRED);
	assert_int_equal(STEP(0, WITHDRAW, early), RC_EXPIRED);
	assert_int_equal(STEP(1, EXPIRE, early), RC_OK);
	assert_int_equal(look(s, early).request.state, REQUEST_EXPIRED);
	assert_int_equal(look(s, late).request.state, REQUEST_EXPIRED);
	assert_int_equal(rights_fixture_count(s, TABLE_CHANGE_REQUEST_QUEUE), 0);
	assert_true(str_eq_c(look(s, late).admin_name, "old"));
}

static void what_changed_since_is_not_applied(void **state)
{
	struct rights_fixture *s = *state;
	struct str first, second;

	seed_office(s);
	assert_int_equal(ask(s, "new", false, &first), RC_OK);
	assert_int_equal(ask(s, "other", false, &second), RC_OK);
	assert_int_equal(STEP(1, APPROVE, first), RC_OK);
	assert_int_equal(STEP(1, APPROVE, second), RC_OK);
	assert_int_equal(STEP(1, APPLY, first), RC_OK);
	assert_int_equal(STEP(1, APPLY, second), RC_DENIED);
	assert_true(str_eq_c(look(s, second).admin_name, "new"));
	assert_int_equal(look(s, second).request.state, REQUEST_APPROVED);
	assert_int_equal(STEP(0, WITHDRAW, second), RC_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DIRECTORY_TEST(two_people_change_it),
		DIRECTORY_TEST(one_person_cannot),
		DIRECTORY_TEST(a_draft_is_its_requesters),
		DIRECTORY_TEST(a_reason_is_given),
		DIRECTORY_TEST(nothing_goes_on_at_the_deadline),
		DIRECTORY_TEST(what_changed_since_is_not_applied),
	};

	return cmocka_run_group_tests_name("workflow", tests, NULL, NULL);
}
