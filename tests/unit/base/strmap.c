/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/arena.h"
#include "base/strmap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void keeps_what_was_added(void **state)
{
	struct arena *a = arena_new(ARENA_MAX_CLI);
	struct strmap m;
	char key[20];

	strmap_init(&m, a);
	for (size_t i = 0; i < 5000; i++) {
		size_t n = (size_t)snprintf(key, sizeof(key), "key-%zu", i);

		assert_null(strmap_find(&m, (struct str){key, n}));
		strmap_add(&m, (struct str){key, n}, i);
	}
	assert_int_equal(m.n, 5000);
	for (size_t i = 0; i < 5000; i++) {
		size_t n = (size_t)snprintf(key, sizeof(key), "key-%zu", i);
		const size_t *value = strmap_find(&m, (struct str){key, n});

		assert_non_null(value);
		assert_int_equal(*value, i);
	}
	assert_null(strmap_find(&m, STR("key-5000")));
	arena_free(a);
}

static void changes_a_value(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct strmap m;

	strmap_init(&m, a);
	strmap_add(&m, STR("a"), 1);
	strmap_add(&m, STR("a"), 2);
	strmap_add(&m, STR_NONE, 3);
	assert_int_equal(m.n, 2);
	assert_int_equal(*strmap_find(&m, STR("a")), 2);
	assert_int_equal(*strmap_find(&m, STR_NONE), 3);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_what_was_added),
		cmocka_unit_test(changes_a_value),
	};

	return cmocka_run_group_tests_name("rights/strmap", tests, NULL, NULL);
}
