/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Names of nobody are checked as long as imported hashes are (attack row 21). */
#include "crypto/dummy_hash.h"

#include "check.h"

#include "crypto/pwhash.h"

#include <crypt.h>

static const char *const settings[] = {"$1$saltsalt", "$5$saltsaltsaltsalt", "$6$saltsaltsaltsalt",
	"$6$rounds=1000$saltsaltsaltsalt", "$2b$04$abcdefghijklmnopqrstuu",
	"$2y$05$abcdefghijklmnopqrstuu", "$y$j75$abcdefghijklmnop"};

static void each_form_is_met_by_some_names(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct dummy_hashes *d = dummy_hashes_new();
	bool own = false;

	assert_int_equal(dummy_hashes_pick(d, a, 77).n, 0);
	for (size_t i = 0; i < COUNT(settings); i++) {
		struct crypt_data data = {0};
		struct str hash = str_c(crypt_rn("secret", settings[i], &data, sizeof(data)));

		assert_true(pwhash_check(hash, STR("secret")));
		dummy_hashes_learn(d, hash);
		dummy_hashes_learn(d, hash);
	}
	for (uint32_t n = 0; n <= COUNT(settings); n++) {
		struct str decoy = dummy_hashes_pick(d, a, n);
		const char *why;

		/* The same name meets the same. */
		assert_true(str_eq(decoy, dummy_hashes_pick(d, a, n + 8 * COUNT(settings) + 8)));
		if (!decoy.n) {
			own = true;
			continue;
		}
		assert_true(str_starts(decoy, str_c(settings[n])));
		/* Whole enough that all of the work is done, and nobody's. */
		if (!pwhash_importable(decoy, &why))
			fail_msg("%.*s: %s", STR_FMT(decoy), why);
		assert_false(pwhash_check(decoy, STR("secret")));
	}
	assert_true(own);
	dummy_hashes_free(d);
	arena_free(a);
}

/* crypt() refuses a setting it does not like at once: then no time would be spent. */
static void all_of_the_work_is_done(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct dummy_hashes *d = dummy_hashes_new();

	for (size_t i = 0; i < COUNT(settings); i++) {
		struct crypt_data data = {0}, again = {0};
		char text[PWHASH_MAX + 1] = "";
		struct str decoy;
		const char *made;

		dummy_hashes_learn(d, str_c(crypt_rn("secret", settings[i], &data, sizeof(data))));
		decoy = dummy_hashes_pick(d, a, (uint32_t)i);
		memcpy(text, decoy.p, decoy.n);
		made = crypt_rn("guess", text, &again, sizeof(again));
		assert_non_null(made);
		assert_int_equal(strlen(made), decoy.n);
	}
	dummy_hashes_free(d);
	arena_free(a);
}

static void so_many_forms_and_no_more(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct dummy_hashes *d = dummy_hashes_new();

	dummy_hashes_learn(d, STR("{SSHA256}AAAA"));
	dummy_hashes_learn(d, STR(""));
	dummy_hashes_learn(d, STR("$6$"));
	assert_int_equal(dummy_hashes_pick(d, a, 0).n, 0);
	for (int i = 0; i < 2 * DUMMY_HASH_MAX; i++) {
		struct pwhash_cost cost = {(8 + i) * 1024 * 1024, 1};

		dummy_hashes_learn(d, pwhash_dummy(a, &cost));
	}
	assert_true(dummy_hashes_pick(d, a, DUMMY_HASH_MAX - 1).n > 0);
	assert_int_equal(dummy_hashes_pick(d, a, DUMMY_HASH_MAX).n, 0);
	assert_true(dummy_hashes_pick(d, a, DUMMY_HASH_MAX + 1).n > 0);
	assert_false(pwhash_check(dummy_hashes_pick(d, a, 0), STR("guess")));
	dummy_hashes_free(d);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_is_met_by_some_names),
		cmocka_unit_test(all_of_the_work_is_done),
		cmocka_unit_test(so_many_forms_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
