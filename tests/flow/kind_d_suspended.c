/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Kind D: a person who is suspended, by command or by an import, begins anew when resumed: session
 * and tokens, also those that outlive sessions, have ended for good. Before, they came back.
 */
#include "flow/helpers.h"

#include "directory/import/import.h"
#include "support/administration.h"

static void by_command(struct fixture *w, enum status status)
{
	const struct administrator who = administrator_of(&w->p);

	check_ok(admin_person_status(&who, w->a, SOMCHAI, status, STR("test")));
}

static void by_import(struct fixture *w, enum status status)
{
	const struct administrator who = administrator_of(&w->p);
	const struct import_request request = {.kind = IMPORT_PEOPLE,
		.file = "people.csv",
		.text = text(w, "citizen_number,given_th,status\n" SOMCHAI_PID ",ก,%s\n",
			status_words[status])};
	struct import_result result;
	struct buf errors;

	buf_init(&errors, w->a, IMPORT_ERRORS_BYTES);
	check_ok(import_csv(&who.app, &who.actor, &request, &errors, &result));
	assert_int_equal(result.changed, 1);
}

static void suspend_and_resume(void (*set)(struct fixture *w, enum status status))
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w}, again = {.w = w};
	struct raw_answer tokens, r;

	log_in(&b, SOMCHAI_PID);
	r = authorize(&b, ask(w, "scope=openid offline_access", NULL));
	tokens = redeem(w, "portal", check_code(w, &r), CODE_VERIFIER);
	assert_int_equal(tokens.status, 200);
	set(w, STATUS_SUSPENDED);
	set(w, STATUS_ACTIVE);
	r = authorize(&b, ask(w, "prompt=none", NULL));
	check_error(w, &r, "login_required");
	r = refresh(w, "portal", member(w, &tokens, "refresh_token"));
	check_json_error(w, &r, 400, "invalid_grant");
	r = get_bearer(w, "/oauth2/userinfo", member(w, &tokens, "access_token"));
	assert_int_equal(r.status, 401);
	assert_int_equal(records(w, TABLE_SESSION), 0);
	/* A new login is a new login. */
	fixture_advance_clock(w, 1);
	log_in(&again, SOMCHAI_PID);
	r = authorize(&again, ask(w, "prompt=none", NULL));
	check_code(w, &r);
	fixture_free(w);
}

static void suspended_by_command(void **state)
{
	(void)state;
	suspend_and_resume(by_command);
}

static void suspended_by_import(void **state)
{
	(void)state;
	suspend_and_resume(by_import);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(suspended_by_command),
		cmocka_unit_test(suspended_by_import),
	};

	return cmocka_run_group_tests_name("flow/kind_d_suspended", tests, NULL, NULL);
}
