/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The vault: each key has one purpose, what is sealed opens in its own place only. */
#include "unit/check.h"

#include "core/vault.h"
#include "base/random.h"

#define PID "1234567890121"

static struct vault vault_of(const char *text)
{
	struct secret *master = secret_new(str_c(text));
	struct vault v;

	vault_open(master, &v);
	secret_free(master);
	return v;
}

static void keys_differ(void **state)
{
	struct vault v = vault_of("0123456789abcdef0123456789abcdef"), same, other;
	const unsigned char *keys[] = {
		v.pid_hash, v.pid_seal, v.key_seal, v.form, v.refresh, v.audit, v.attempts};

	for (size_t i = 0; i < COUNT(keys); i++)
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(keys[i], keys[k], 32);
	same = vault_of("0123456789abcdef0123456789abcdef");
	other = vault_of("0123456789abcdef0123456789abcdeg");
	assert_memory_equal(&v, &same, sizeof(v));
	assert_memory_not_equal(v.pid_hash, other.pid_hash, 32);
	vault_close(&v);
	for (size_t i = 0; i < sizeof(v); i++)
		assert_int_equal(((const unsigned char *)&v)[i], 0);
}

static void citizen_number_hash_and_seal(void **state)
{
	struct vault v = vault_of("0123456789abcdef0123456789abcdef");
	struct vault other = vault_of("another master key, just as long");
	struct str one = vault_pid_seal(&v, *state, &rng_system, STR("person-1"), STR(PID));
	struct str again = vault_pid_seal(&v, *state, &rng_system, STR("person-1"), STR(PID));
	struct str open;
	char *changed = str_dup_c(*state, one);

	assert_false(str_eq(one, again));
	assert_null(memmem(one.p, one.n, PID, 13));
	check_ok(vault_pid_open(&v, *state, STR("person-1"), one, &open));
	check_c(open, PID);
	/* Moved to another person's record, under another key, cut, changed: it does not open. */
	check_rc(vault_pid_open(&v, *state, STR("person-2"), one, &open), RC_CORRUPT);
	check_rc(vault_pid_open(&other, *state, STR("person-1"), one, &open), RC_CORRUPT);
	for (size_t n = 0; n < one.n; n++) {
		check_rc(vault_pid_open(&v, *state, STR("person-1"), str_sub(one, 0, n), &open),
			RC_CORRUPT);
		changed[n] ^= 1;
		check_rc(vault_pid_open(
				 &v, *state, STR("person-1"), (struct str){changed, one.n}, &open),
			RC_CORRUPT);
		changed[n] ^= 1;
	}
}

static void lookup_key(void **state)
{
	struct vault v = vault_of("0123456789abcdef0123456789abcdef");
	struct vault other = vault_of("another master key, just as long");
	struct str one = vault_pid_hash(&v, *state, STR(PID));

	assert_int_equal(one.n, 32);
	check_str(one, vault_pid_hash(&v, *state, STR(PID)));
	assert_false(str_eq(one, vault_pid_hash(&v, *state, STR("1234567890139"))));
	assert_false(str_eq(one, vault_pid_hash(&other, *state, STR(PID))));
}

static void ids(void **state)
{
	struct str one = id_new(*state, &rng_system), two = id_new(*state, &rng_system);

	assert_int_equal(one.n, 22);
	assert_false(str_eq(one, two));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		arena_test(keys_differ),
		arena_test(citizen_number_hash_and_seal),
		arena_test(lookup_key),
		arena_test(ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
