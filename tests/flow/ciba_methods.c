/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Requests of portals are approved by whatever the policy of the portal's system takes: here by a
 * password and the mock method as second factor, by its page and by the phone that one waits for.
 * Nothing in the module names a method.
 */
#include "flow/ciba_fixture.h"
#include "flow/mock_scene.h"

static int methods_set_up(void **state)
{
	struct mock_scene *s;

	mock_scene_set_up(state);
	s = *state;
	fixture_client(s->w, "kiosk", "eplan", ciba_client);
	return 0;
}

static struct str first_page(struct mock_scene *s)
{
	struct store_snapshot *snap;
	struct tx tx = {.a = s->w->a};
	struct ciba_list list;

	check_ok(store_snapshot_begin(s->w->p.store, &snap));
	tx.snap = snap;
	check_ok(ciba_of_person(&tx, SOMCHAI, &list));
	assert_int_equal(list.n, 1);
	store_snapshot_end(snap);
	return text(s->w, "/account/requests/one?r=%.*s", STR_FMT(list.v[0].r.id));
}

/* From the page of a request to the page of the mock method. */
static struct raw_answer up_to_the_mock(struct mock_scene *s, struct str page)
{
	struct raw_answer r = browse_s(&s->b, page);

	check_login(&r);
	r = browse_s(&s->b, location(&r));
	r = type_password(&s->b, &r, USERNAME, PASSWORD);
	check_page(&r, 200);
	return r;
}

static void check_approved(struct mock_scene *s, struct str id, struct str page)
{
	struct raw_answer r = bc_answer(&s->b, page, "approve");

	check_c(location(&r), "/account/requests?done=approved");
	r = bc_poll(s->w, id);
	assert_int_equal(r.status, 200);
	check_has(jwt_payload(s->w, member(s->w, &r, "id_token")), "\"amr\":[\"pwd\",\"mca\"]");
}

static void by_a_page(void **state)
{
	struct mock_scene *s = *state;
	struct str id = bc_begin(s->w, TO_SOMCHAI), page = first_page(s);
	struct raw_answer r = up_to_the_mock(s, page);

	r = send_form(&s->b, &r, M, "code=no");
	check_poll(s->w, id, "authorization_pending");
	r = browse_s(&s->b, location(&r));
	r = send_form(&s->b, &r, M, "code=sesame");
	check_str(location(&r), page);
	check_approved(s, id, page);
}

/* The session grew old: all of it again, and the request waits. */
static void again_when_it_is_old(void **state)
{
	struct mock_scene *s = *state;
	struct str id = bc_begin(s->w, TO_SOMCHAI), page = first_page(s);
	struct raw_answer r = up_to_the_mock(s, page);

	send_form(&s->b, &r, M, "code=sesame");
	check_approved(s, id, page);
	fixture_advance_clock(s->w, 601);
	id = bc_begin(s->w, TO_SOMCHAI);
	page = first_page(s);
	r = up_to_the_mock(s, page);
	r = send_form(&s->b, &r, M, "code=sesame");
	check_str(location(&r), page);
	check_approved(s, id, page);
}

/* A phone that is waited for: the page polls, nobody holds a thread. */
static void by_a_phone(void **state)
{
	struct mock_scene *s = *state;
	struct str id = bc_begin(s->w, TO_SOMCHAI), page = first_page(s);
	struct raw_answer r;

	s->mock.first = AUTH_WAIT;
	r = up_to_the_mock(s, page);
	check_poll(s->w, id, "authorization_pending");
	mock_answer(s, true);
	r = send_form(&s->b, &r, M, "");
	check_str(location(&r), page);
	check_approved(s, id, page);
}

#define T(f) cmocka_unit_test_setup_teardown(f, methods_set_up, mock_scene_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(by_a_page),
		T(again_when_it_is_old),
		T(by_a_phone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
