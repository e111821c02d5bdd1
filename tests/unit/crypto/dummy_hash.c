/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Names of nobody are checked as long as imported hashes are (attack row 21). */
#include "crypto/dummy_hash.h"

#include "check.h"

#include "crypto/pwhash.h"

#include <crypt.h>

static const char *const settings[] = {"$1$saltsalt", "$5$saltsaltsaltsalt", "$6$saltsaltsaltsalt",
	"$6$rounds=1000$saltsaltsaltsalt", "$2b$04$abcdefghijklmnopqrstuu",
	"$2y$05$abcdefghijklmnopqrstuu", "$y$j75$abcdefghijklmnop"};

#define NAMES 20000

static struct str hash_of(struct arena *a, size_t i)
{
	struct crypt_data data = {0};

	return str_dup(a, str_c(crypt_rn("secret", settings[i], &data, sizeof(data))));
}

/* Names that meet the form; COUNT(settings): our own. */
static size_t met(struct dummy_hashes *d, struct arena *a, size_t form)
{
	size_t n = 0;

	for (uint32_t name = 0; name < NAMES; name++) {
		struct str decoy = dummy_hashes_pick(d, a, name);

		n += form < COUNT(settings) ? str_starts(decoy, str_c(settings[form])) : !decoy.n;
	}
	return n;
}

static void each_form_is_met_by_some_names(void **state)
{
	struct arena *a = arena_new(ARENA_MAX_CLI);
	struct dummy_hashes *d = dummy_hashes_new();

	assert_int_equal(dummy_hashes_pick(d, a, 77).n, 0);
	for (size_t i = 0; i < COUNT(settings); i++) {
		struct str hash = hash_of(a, i);

		assert_true(pwhash_check(hash, STR("secret")));
		dummy_hashes_learn(d, hash);
	}
	dummy_hashes_own(d);
	for (size_t i = 0; i <= COUNT(settings); i++)
		assert_in_range(met(d, a, i), NAMES / 10, NAMES / 6); /* an eighth */
	for (uint32_t n = 0; n < 200; n++) {
		struct str decoy = dummy_hashes_pick(d, a, n);
		const char *why;

		/* The same name meets the same. */
		assert_true(str_eq(decoy, dummy_hashes_pick(d, a, n)));
		/* Whole enough that all of the work is done, and nobody's. */
		if (decoy.n && !pwhash_importable(decoy, &why))
			fail_msg("%.*s: %s", STR_FMT(decoy), why);
		if (decoy.n && n < 20)
			assert_false(pwhash_check(decoy, STR("secret")));
	}
	dummy_hashes_free(d);
	arena_free(a);
}

/* crypt() refuses a setting it does not like at once: then no time would be spent. */
static void all_of_the_work_is_done(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);

	for (size_t i = 0; i < COUNT(settings); i++) {
		struct dummy_hashes *d = dummy_hashes_new();
		struct crypt_data again = {0};
		char text[PWHASH_MAX + 1] = "";
		struct str decoy;
		const char *made;

		dummy_hashes_learn(d, hash_of(a, i));
		decoy = dummy_hashes_pick(d, a, 5);
		memcpy(text, decoy.p, decoy.n);
		made = crypt_rn("guess", text, &again, sizeof(again));
		assert_non_null(made);
		assert_int_equal(strlen(made), decoy.n);
		dummy_hashes_free(d);
	}
	arena_free(a);
}

static void so_many_forms_and_no_more(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct dummy_hashes *d = dummy_hashes_new();

	dummy_hashes_learn(d, STR("{SSHA256}AAAA"));
	dummy_hashes_learn(d, STR(""));
	dummy_hashes_learn(d, STR("$6$"));
	for (uint32_t name = 0; name < 100; name++)
		assert_int_equal(dummy_hashes_pick(d, a, name).n, 0);
	for (unsigned i = 0; i < DUMMY_HASH_MAX + 2; i++) {
		struct pwhash_cost cost = {(64 + i) * 1024, 1};

		dummy_hashes_learn(d, pwhash_dummy(a, &cost));
	}
	assert_false(pwhash_check(dummy_hashes_pick(d, a, 0), STR("guess")));
	dummy_hashes_free(d);
	arena_free(a);
}

/*
 * Kind I: the wait for a wrong guess must not tell that somebody has logged in. People's imported
 * hashes are renewed one by one; names of nobody move to our own hash in the same share, each once,
 * and never to another form.
 */
static void names_move_at_the_pace_of_the_people(void **state)
{
	struct arena *a = arena_new(ARENA_MAX_CLI);
	struct dummy_hashes *d = dummy_hashes_new();
	struct str sha512 = hash_of(a, 2), bcrypt = hash_of(a, 4);
	static char before[NAMES];
	size_t people = 300;

	for (size_t i = 0; i < 100; i++) {
		dummy_hashes_own(d);
		dummy_hashes_learn(d, sha512);
		dummy_hashes_learn(d, bcrypt);
	}
	for (uint32_t name = 0; name < NAMES; name++) {
		struct str decoy = dummy_hashes_pick(d, a, name);

		before[name] = decoy.n ? decoy.p[1] : 'o';
	}
	for (size_t left = 100; left-- > 0;) {
		dummy_hashes_renewed(d, sha512);
		if (left % 25 != 0)
			continue;
		for (uint32_t name = 0; name < NAMES; name++) {
			struct str decoy = dummy_hashes_pick(d, a, name);
			char now = decoy.n ? decoy.p[1] : 'o';

			if (now != before[name])
				assert_int_equal(now, 'o');
			before[name] = now;
		}
		assert_in_range(met(d, a, 2) * people, NAMES * left * 9 / 10,
			NAMES * left * 11 / 10 + people);
	}
	assert_int_equal(met(d, a, 2), 0);
	assert_in_range(met(d, a, 4), NAMES / 3 - NAMES / 30, NAMES / 3 + NAMES / 30);
	/* More than there were is nothing. */
	dummy_hashes_renewed(d, sha512);
	dummy_hashes_renewed(d, STR("$1$unknown$x"));
	assert_int_equal(met(d, a, 2), 0);
	dummy_hashes_free(d);
	arena_free(a);
}

/* Of a sample the shares stay, and one renewal weighs what it weighs among all. */
static void a_sample_stands_for_all(void **state)
{
	struct arena *a = arena_new(ARENA_MAX_CLI);
	struct dummy_hashes *d = dummy_hashes_new();
	struct str sha512 = hash_of(a, 2);
	size_t share;

	for (size_t i = 0; i < 10; i++) {
		dummy_hashes_own(d);
		dummy_hashes_learn(d, sha512);
	}
	share = met(d, a, 2);
	dummy_hashes_sampled(d, 20000);
	assert_int_equal(met(d, a, 2), share);
	for (size_t i = 0; i < 10; i++)
		dummy_hashes_renewed(d, sha512);
	assert_in_range(met(d, a, 2), share - NAMES / 100, share);
	/* One that was not there at the start. */
	dummy_hashes_meet(d, hash_of(a, 0));
	dummy_hashes_meet(d, hash_of(a, 0));
	assert_in_range(met(d, a, 0), 0, NAMES / 1000);
	dummy_hashes_free(d);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_is_met_by_some_names),
		cmocka_unit_test(all_of_the_work_is_done),
		cmocka_unit_test(so_many_forms_and_no_more),
		cmocka_unit_test(names_move_at_the_pace_of_the_people),
		cmocka_unit_test(a_sample_stands_for_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
