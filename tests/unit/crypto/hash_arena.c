/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Hashes in memory that stays mapped: the same as libsodium's own, wiped after each, and nobody
 * else's memory. Where libsodium's mmap is not ours (sanitizers) the hashes are still the same.
 */
#include "crypto/pwhash_arena.c"

#include "crypto/pwhash.h"
#include "check.h"

#include <sodium.h>

#define MEMORY ((size_t)1 << 20)

static const struct pwhash_cost cost = {MEMORY, 1};

#if SANITIZED
#define WORKS false
#else
#define WORKS true
#endif

/* Was the region written to since it was mapped, or rested? */
static bool is_resident(void)
{
	unsigned char pages[1];

	assert_int_equal(mincore(region.at, GUARD, pages), 0);
	return pages[0] & 1;
}

static bool is_wiped(void)
{
	for (size_t i = 0; i < region.size; i++)
		if (region.at[i])
			return false;
	return true;
}

static void raw_hash(unsigned char ret[32], size_t memory)
{
	static const unsigned char salt[crypto_pwhash_SALTBYTES] = "sixteen bytes...";

	assert_int_equal(crypto_pwhash(ret, 32, "password", 8, salt, 2, memory,
				 crypto_pwhash_ALG_ARGON2ID13),
		0);
}

static void the_same_as_without(void **state)
{
	static const size_t memories[] = {8192, 65536, MEMORY / 2, MEMORY};

	(void)state;
	assert_true(pwhash_arena_open(MEMORY));
	for (size_t i = 0; i < COUNT(memories); i++) {
		unsigned char with[32], without[32];

		raw_hash(without, memories[i]);
		for (int k = 0; k < 3; k++) {
			pwhash_arena_enter();
			raw_hash(with, memories[i]);
			pwhash_arena_leave();
			assert_memory_equal(with, without, sizeof(with));
			assert_false(region.taken);
			assert_true(is_wiped());
		}
	}
	pwhash_arena_close();
}

static void it_is_used(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct str hash = pwhash_make(a, &cost, STR("password"));

	(void)state;
	assert_true(pwhash_arena_open(MEMORY));
	assert_false(is_resident());
	assert_true(pwhash_check(hash, STR("password")));
	assert_false(pwhash_check(hash, STR("passwort")));
	assert_int_equal(is_resident(), WORKS);
	assert_true(is_wiped());
	/* Made with it, checked without. */
	hash = pwhash_make(a, &cost, STR("another"));
	pwhash_arena_close();
	assert_true(pwhash_check(hash, STR("another")));
	arena_free(a);
}

static void what_does_not_fit_is_mapped(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	const struct pwhash_cost dear = {8 * (int64_t)MEMORY, 1};
	struct str hash = pwhash_make(a, &dear, STR("password"));

	(void)state;
	assert_true(pwhash_arena_open(MEMORY));
	assert_true(pwhash_check(hash, STR("password")));
	assert_false(is_resident());
	pwhash_arena_close();
	arena_free(a);
}

static void others_memory_is_the_kernels(void **state)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
	void *outside, *first, *second;

	(void)state;
	assert_true(pwhash_arena_open(MEMORY));
	outside = mmap(NULL, 4096, PROT_READ | PROT_WRITE, flags, -1, 0);
	assert_ptr_not_equal(outside, region.at);
	pwhash_arena_enter();
	first = mmap(NULL, 4096, PROT_READ | PROT_WRITE, flags, -1, 0);
	second = mmap(NULL, 4096, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (WORKS)
		assert_ptr_equal(first, region.at);
	assert_ptr_not_equal(second, first);
	memset(first, 7, 4096);
	assert_int_equal(munmap(second, 4096), 0);
	assert_int_equal(munmap(first, 4096), 0);
	assert_true(is_wiped());
	pwhash_arena_leave();
	assert_int_equal(munmap(outside, 4096), 0);
	pwhash_arena_close();
}

static void it_rests(void **state)
{
	unsigned char with[32], without[32];

	(void)state;
	raw_hash(without, MEMORY);
	assert_true(pwhash_arena_open(MEMORY));
	pwhash_arena_enter();
	raw_hash(with, MEMORY);
	pwhash_arena_leave();
	pwhash_arena_rest();
	assert_false(is_resident());
	pwhash_arena_enter();
	raw_hash(with, MEMORY);
	pwhash_arena_leave();
	assert_memory_equal(with, without, sizeof(with));
	pwhash_arena_close();
	pwhash_arena_rest();
	pwhash_arena_close();
}

static void one_each_and_bounded(void **state)
{
	(void)state;
	assert_false(pwhash_arena_open(REGION_MAX + 1));
	assert_true(pwhash_arena_open(MEMORY));
	assert_false(pwhash_arena_open(MEMORY));
	pwhash_arena_close();
	pwhash_arena_enter();
	assert_false(region.entered);
	pwhash_arena_leave();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_as_without),
		cmocka_unit_test(it_is_used),
		cmocka_unit_test(what_does_not_fit_is_mapped),
		cmocka_unit_test(others_memory_is_the_kernels),
		cmocka_unit_test(it_rests),
		cmocka_unit_test(one_each_and_bounded),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
