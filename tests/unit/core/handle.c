/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/handle.h"
#include "store/store.h"
#include "base/random.h"

#define EXPIRY 1700000000
#define NOW_MS ((int64_t)EXPIRY * 1000 - 60000)

static struct arena *a;

static void round_trip(void **state)
{
	struct str key;

	(void)state;
	for (int kind = 0; kind < HANDLE_KIND_MAX; kind++) {
		struct handle h =
			handle_new(a, (enum handle_kind)kind, EXPIRY, NOW_MS, &rng_system);

		assert_true(str_starts(h.text, STR("pratu_")));
		assert_true(h.text.n <= HANDLE_TEXT_MAX);
		assert_int_equal(h.key.n, HANDLE_KEY_SIZE);
		assert_int_equal(store_key_expiry(h.key), EXPIRY);
		assert_int_equal(handle_key(a, (enum handle_kind)kind, h.text, &key), RC_OK);
		assert_true(str_eq(key, h.key));
		/* One kind never passes for another. */
		assert_int_equal(handle_key(a, (enum handle_kind)((kind + 1) % HANDLE_KIND_MAX),
					 h.text, &key),
			RC_INVALID);
	}
}

static void changed_text(void **state)
{
	struct handle h = handle_new(a, HANDLE_AUTHORIZATION_CODE, EXPIRY, NOW_MS, &rng_system);
	char *text = str_dup_c(a, h.text);
	struct str changed = {.p = text, .n = h.text.n}, key;

	(void)state;
	for (size_t i = 0; i < h.text.n; i++) {
		text[i] = text[i] == 'x' ? 'y' : 'x';
		if (handle_key(a, HANDLE_AUTHORIZATION_CODE, changed, &key) == RC_OK)
			assert_false(str_eq(key, h.key));
		text[i] = h.text.p[i];
	}
	changed.n--;
	assert_int_equal(handle_key(a, HANDLE_AUTHORIZATION_CODE, changed, &key), RC_INVALID);
	assert_int_equal(handle_key(a, HANDLE_AUTHORIZATION_CODE, STR_NONE, &key), RC_INVALID);
}

/* In the order they are made, also over the second. */
static void ascending(void **state)
{
	struct str before = STR_NONE;

	(void)state;
	for (int64_t ms = NOW_MS; ms < NOW_MS + 2500; ms += 7) {
		struct handle h =
			handle_new(a, HANDLE_ACCESS_TOKEN, ms / 1000 + 60, ms, &rng_system);

		assert_true(str_cmp(before, h.key) < 0);
		before = h.key;
	}
}

/* A derived handle is the same each time; every input counts. */
static void derived(void **state)
{
	const unsigned char one[HANDLE_RANDOM] = {1}, two[HANDLE_RANDOM] = {2};
	struct handle h = handle_from_bytes(a, HANDLE_REFRESH_TOKEN, EXPIRY, NOW_MS + 5, one);

	(void)state;
	assert_true(str_eq(
		h.text, handle_from_bytes(a, HANDLE_REFRESH_TOKEN, EXPIRY, NOW_MS + 5, one).text));
	assert_false(str_eq(
		h.text, handle_from_bytes(a, HANDLE_REFRESH_TOKEN, EXPIRY, NOW_MS + 6, one).text));
	assert_false(str_eq(h.text,
		handle_from_bytes(a, HANDLE_REFRESH_TOKEN, EXPIRY + 1, NOW_MS + 5, one).text));
	assert_false(str_eq(
		h.text, handle_from_bytes(a, HANDLE_REFRESH_TOKEN, EXPIRY, NOW_MS + 5, two).text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(changed_text),
		cmocka_unit_test(ascending),
		cmocka_unit_test(derived),
	};
	int failed;

	a = arena_new(ARENA_MAX);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(a);
	return failed;
}
