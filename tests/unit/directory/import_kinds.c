/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The kinds of import: their names, and the reference that is made from their fields. */
#include "directory/import/import.h"

#include "directory_fixture.h"

static void names_its_kinds(void **state)
{
	struct rights_fixture *s = *state;
	struct buf out;

	assert_int_equal(import_kind_parse(STR("people")), IMPORT_PEOPLE);
	assert_int_equal(import_kind_parse(STR("offices")), IMPORT_OFFICES);
	assert_int_equal(import_kind_parse(STR("clients")), IMPORT_KIND_MAX);
	buf_init(&out, s->arena, 65536);
	import_reference(&out);
	assert_int_equal(buf_status(&out), RC_OK);
	assert_non_null(strstr(out.p, "| `citizen_number` | yes |"));
	assert_null(strstr(out.p, "pid_hash"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		DIRECTORY_TEST(names_its_kinds),
	};

	return cmocka_run_group_tests_name("directory/import_kinds", tests, NULL, NULL);
}
