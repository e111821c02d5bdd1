/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Kind A: lists that are cut say so. An import warns of people with more rights in a system than a
 * token holds, and does them all the same. Before: 71 rights, no word. */
#include "directory/import/import.h"

#include "directory_fixture.h"
#include "directory/directory.h"
#include "unit/check.h"

#define PID "1101700230708"

struct warned {
	struct import_result result;
	struct str says;
};

static struct warned take(
	struct rights_fixture *s, enum import_kind kind, struct str text, bool dry_run)
{
	struct import_request request = {
		.kind = kind, .file = "f.csv", .text = text, .dry_run = dry_run};
	struct warned w;
	struct buf errors;

	buf_init(&errors, s->arena, IMPORT_ERRORS_BYTES);
	check_ok(import_csv(&s->admin.app, &s->admin.actor, &request, &errors, &w.result));
	w.says = buf_str(&errors);
	return w;
}

/* Rights of the person at offices first .. first + n - 1. */
static struct warned give_rights(
	struct rights_fixture *s, int first, int n, const char *until, bool dry_run)
{
	struct buf text;

	buf_init(&text, s->arena, 1 << 16);
	buf_add_c(&text, "citizen_number,system,role,office,until\n");
	for (int i = first; i < first + n; i++)
		buf_addf(&text, PID ",plan,user,o%d,%s\n", i, until);
	return take(s, IMPORT_ROLE_GRANTS, buf_str(&text), dry_run);
}

static void seed(struct rights_fixture *s)
{
	struct buf offices;

	buf_init(&offices, s->arena, 1 << 16);
	buf_add_c(&offices, "code,name_th\n");
	for (int i = 0; i < 200; i++)
		buf_addf(&offices, "o%d,สำนักงาน\n", i);
	take(s, IMPORT_OFFICES, buf_str(&offices), false);
	take(s, IMPORT_SYSTEMS, STR("id,name_th,roles,office\nplan,ระบบแผน,user,o1\n"), false);
	take(s, IMPORT_PEOPLE, STR("citizen_number,given_th\n" PID ",สมชาย\n"), false);
}

static void more_rights_than_a_token_holds(void **state)
{
	struct rights_fixture *s = *state;
	struct warned w;

	seed(s);
	w = give_rights(s, 0, TOKEN_RIGHTS_MAX, "", false);
	assert_int_equal(w.result.warnings, 0);
	check_c(w.says, "");
	/* One more, with those that are stored. */
	w = give_rights(s, TOKEN_RIGHTS_MAX, 1, "", true);
	assert_int_equal(w.result.warnings, 1);
	w = give_rights(s, TOKEN_RIGHTS_MAX, 1, "", false);
	assert_int_equal(w.result.warnings, 1);
	assert_int_equal(w.result.added, 1);
	check_c(w.says, "f.csv:2: warning: this person then has 65 rights in system plan, a token "
			"holds 64; "
			"portals find all of them at userinfo\n");
	/* The same file again changes nothing and says nothing. */
	w = give_rights(s, TOKEN_RIGHTS_MAX, 1, "", false);
	assert_int_equal(w.result.warnings, 0);
	/* Ended ones do not count, and ending one gives its place back. */
	w = give_rights(s, 100, 50, "2020-01-01", false);
	assert_int_equal(w.result.warnings, 0);
	w = give_rights(s, 0, 1, "2020-01-01", false);
	assert_int_equal(w.result.warnings, 0);
	w = give_rights(s, 199, 1, "", false);
	assert_int_equal(w.result.warnings, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DIRECTORY_TEST(more_rights_than_a_token_holds),
	};

	return cmocka_run_group_tests_name("directory/kind_a_import", tests, NULL, NULL);
}
