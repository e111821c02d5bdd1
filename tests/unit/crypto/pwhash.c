/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "crypto/pwhash.h"

#include "check.h"

#define PASSWORD "Pa55word!ไทย"

/* Made by openssl passwd, Python's crypt and hashlib, libcrypt's crypt_gensalt, the argon2 command.
 */
static const char *const vectors[] = {
	"$1$abcdefgh$fONRjUkBEA8OT8s1E16wq/",
	"$5$saltsalt1$2ZQedrQhLIc/LLghp5rz3/asBwKvkvhONgl9Ft4.5R3",
	"$6$saltsalt2$KapsccyH16MSb6OA/u8A9HqL/"
	"tX926o9WhvvxNV4ZyU7oySYeqTfRdv7Fke8MDav5aj2/8eUW4cDHyBrc/uoq1",
	"$6$rounds=1000$saltsalt2$EmFhfF0wuwxbyXUiABkFDqS9PLBWuxO8Ms6TcMtaQxiqz8XPJHlK0ypk3OxHTgqz5"
	"GZEmvSw1gKoa/bVXnuIP/",
	"$2y$05$abcdefghijklmnopqrstuuE3XW0t6Y/Tt.ycxjatl6rz5vYENlZMu",
	"$2b$04$abcdefghijklmnopqrstuuQqTWTLEFPZm6YA2uISC5DQ7E6SJC5Eu",
	"$2a$04$abcdefghijklmnopqrstuuQqTWTLEFPZm6YA2uISC5DQ7E6SJC5Eu",
	"$y$j75$k2XAnEHBqQ1Ct2aMXFKNa/$T2UDR/yMYLhEkNW/k7QUwrUuZiPoze9ykbuz0pe78k0",
	"$y$j9T$k2XAnEHBqQ1Ct2aMXFKNa/$IQnz/ncSNRC2jqgrjDyuIMO6t8rRPde1U.9c7rt4905",
	"{SSHA}+Hl7QNFD/h5qvTCLfi507Yhzz4NzYWx0NTY3OA==",
	"{SSHA256}yoHNS2jRaE0f3wuCpvsRoNt483xB76Hcn1dfpPDdSepzYWx0NTY3OA==",
	"{SSHA512}Y9lmbjWhOT9Zc5DiH68DJSDSvDR0xRP3PaCzZsA3mukWFs9Eak3MZiepOJo9IoQR8HRSueT3C4xEu/"
	"VJm29a83NhbHQ1Njc4",
	"$argon2id$v=19$m=8192,t=2,p=1$c2FsdHNhbHQ5$ucVTPXjfRYP0DqC2s95ww0Cs956uNrKxApoV+kZ+X3o",
	"$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ5$B+EsUvT7G2EQO/W/zj/8Ch0kXh1LR29i34l2BSnsvC0",
};

static void checks_what_others_made(void **state)
{
	for (size_t i = 0; i < COUNT(vectors); i++) {
		struct str hash = str_c(vectors[i]);
		const char *why;

		print_message("# %s\n", vectors[i]);
		assert_true(pwhash_importable(hash, &why));
		assert_true(pwhash_check(hash, STR(PASSWORD)));
		assert_false(pwhash_check(hash, STR("Pa55word!")));
		assert_false(pwhash_check(hash, STR_NONE));
		assert_int_equal(pwhash_legacy(hash), vectors[i][1] != 'a');
	}
}

static void a_changed_hash_is_wrong(void **state)
{
	for (size_t i = 0; i < COUNT(vectors); i++) {
		struct str hash = str_dup(*state, str_c(vectors[i]));
		size_t at = hash.n - 8;

		((char *)hash.p)[at] = hash.p[at] == 'A' ? 'B' : 'A';
		assert_false(pwhash_check(hash, STR(PASSWORD)));
		assert_false(pwhash_check(str_sub(hash, 0, hash.n - 5), STR(PASSWORD)));
	}
}

static const struct {
	const char *hash, *why;
} refused[] = {
	{"", "no hash"},
	{"secret", "no hash"},
	{"5f4dcc3b5aa765d61d8327deb882cf99", "no hash"},
	{"{MD5}X03MO1qnZdYdgyfeuILPmQ==", "no hash"},
	{"{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "no hash"},
	{"$3$x$y", "no hash"},
	{"$2x$05$abcdefghijklmnopqrstuuE3XW0t6Y/Tt.ycxjatl6rz5vYENlZMu", "no hash"},
	{"$1$abcdefgh$fONRjUkBEA8OT8s1E16wq", "cut off"},
	{"$1$abc defgh$fONRjUkBEA8OT8s1E16wq/", "cut off"},
	{"$6$rounds=1000001$saltsalt2$EmFhfF0wuwxbyXUiABkFDqS9PLBWuxO8Ms6TcMtaQxiqz8XPJHlK0ypk3OxHT"
	 "gqz5GZEmvSw1gKoa/bVXnuIP/",
		"too much"},
	{"$6$rounds=x$saltsalt2$EmFhfF0wuwxbyXUiABkFDqS9PLBWuxO8Ms6TcMtaQxiqz8XPJHlK0ypk3OxHTgqz5GZ"
	 "EmvSw1gKoa/bVXnuIP/",
		"too much"},
	{"$2y$14$abcdefghijklmnopqrstuuE3XW0t6Y/Tt.ycxjatl6rz5vYENlZMu", "too much"},
	{"$2y$03$abcdefghijklmnopqrstuuE3XW0t6Y/Tt.ycxjatl6rz5vYENlZMu", "too much"},
	{"$y$jFT$k2XAnEHBqQ1Ct2aMXFKNa/$IQnz/ncSNRC2jqgrjDyuIMO6t8rRPde1U.9c7rt4905", "too much"},
	{"{SSHA}+Hl7QNFD/h5qvTCLfi507Yhzz4M=", "cut off"}, /* no salt */
	{"{SSHA}!!!!", "cut off"},
	{"$argon2id$v=19$m=1048576,t=2,p=1$c2FsdHNhbHQ5$ucVTPXjfRYP0DqC2s95ww0Cs956uNrKxApoV",
		"too much"},
	{"$argon2id$v=19$m=8192,t=17,p=1$c2FsdHNhbHQ5$ucVTPXjfRYP0DqC2s95ww0Cs956uNrKxApoV",
		"too much"},
	{"$argon2id$v=19$c2FsdHNhbHQ5$ucVTPXjfRYP0DqC2s95ww0Cs956uNrKxApoV", "too much"},
	{"$argon2id$v=19$m=8192,t=2,p=1$!!", "no hash"},
};

static void refuses_to_import(void **state)
{
	struct buf long_one;
	const char *why;

	for (size_t i = 0; i < COUNT(refused); i++) {
		print_message("# %s\n", refused[i].hash);
		assert_false(pwhash_importable(str_c(refused[i].hash), &why));
		check_has(str_c(why), refused[i].why);
		if (refused[i].why[0] == 'n')
			assert_false(pwhash_check(str_c(refused[i].hash), STR(PASSWORD)));
	}
	buf_init(&long_one, *state, 1000);
	buf_add_c(&long_one, "{SSHA}");
	while (long_one.n < PWHASH_MAX + 2)
		buf_add_byte(&long_one, 'A');
	assert_false(pwhash_importable(buf_str(&long_one), &why));
	assert_false(pwhash_check(buf_str(&long_one), STR(PASSWORD)));
}

static void makes_its_own(void **state)
{
	const struct pwhash_cost cost = {8 << 20, 2}, memory = {9 << 20, 2}, passes = {8 << 20, 3};
	struct str first = pwhash_make(*state, &cost, STR(PASSWORD));
	struct str second = pwhash_make(*state, &cost, STR(PASSWORD));

	check_has(first, "$argon2id$v=19$m=8192,t=2,p=1$");
	assert_false(str_eq(first, second));
	assert_true(pwhash_check(first, STR(PASSWORD)));
	assert_false(pwhash_check(first, STR("Pa55word!ไท")));
	assert_false(pwhash_stale(first, &cost));
	assert_true(pwhash_stale(first, &memory));
	assert_true(pwhash_stale(first, &passes));
	assert_true(pwhash_stale(str_c(vectors[0]), &cost));
}

static const struct {
	const char *typed, *normal; /* NULL: refused */
} normals[] = {
	{"abc", "abc"}, {"ABC", "ABC"}, {"a b", "a b"},
	{"a\xc2\xa0"
	 "b",
		"a b"}, /* no-break space */
	{"a\xe3\x80\x80"
	 "b",
		"a b"},            /* ideographic space */
	{"e\xcc\x81", "\xc3\xa9"}, /* NFC composes */
	{"\xc3\xa9", "\xc3\xa9"},
	/* tone mark before the vowel below: NFC puts the vowel first */
	{"\xe0\xb8\x81\xe0\xb9\x88\xe0\xb8\xb8", "\xe0\xb8\x81\xe0\xb8\xb8\xe0\xb9\x88"},
	{"\xef\xbd\x81", "\xef\xbd\x81"}, /* full-width a stays: NFC, not NFKC */
	{"", NULL}, {"a\tb", NULL}, {"a\x7f", NULL}, {"a\xff", NULL},
	{"\xed\xa0\x80", NULL}, /* surrogate */
	{"\xcd\xb8", NULL},     /* unassigned */
};

static void normalises_as_opaque_string(void **state)
{
	struct str s;

	for (size_t i = 0; i < COUNT(normals); i++) {
		enum rc rc = password_normalise(*state, str_c(normals[i].typed), &s);

		check_rc(rc, normals[i].normal ? RC_OK : RC_INVALID);
		if (rc == RC_OK)
			check_c(s, normals[i].normal);
	}
	check_rc(password_normalise(*state, (struct str){"a\0b", 3}, &s), RC_INVALID);
}

static void bounds_what_is_hashed(void **state)
{
	char bytes[PASSWORD_MAX + 1];
	struct str s, most = {bytes, PASSWORD_MAX}, over = {bytes, sizeof(bytes)};

	memset(bytes, 'x', sizeof(bytes));
	check_ok(password_normalise(*state, most, &s));
	check_str(s, most);
	check_rc(password_normalise(*state, over, &s), RC_INVALID);
	assert_false(pwhash_check(str_c(vectors[0]), over));
}

/* It costs what an own one costs, or the answer's time would tell. */
static void nobodys_is_of_the_same_form(void **state)
{
	const struct pwhash_cost cost = {.memory_cost = 19456 * 1024, .time_cost = 2};
	const struct pwhash_cost more = {.memory_cost = 19456 * 1024, .time_cost = 3};
	struct str one = pwhash_dummy(*state, &cost), two = pwhash_dummy(*state, &cost);
	struct str own = pwhash_make(*state, &cost, STR(PASSWORD));

	assert_int_equal(one.n, own.n);
	assert_true(str_starts(one, STR("$argon2id$v=19$m=19456,t=2,p=1$")));
	assert_true(str_starts(own, STR("$argon2id$v=19$m=19456,t=2,p=1$")));
	assert_false(str_eq(one, two));
	assert_false(pwhash_legacy(one));
	assert_false(pwhash_stale(one, &cost));
	assert_true(pwhash_stale(one, &more));
	assert_false(pwhash_check(one, STR(PASSWORD)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		arena_test(checks_what_others_made),
		arena_test(a_changed_hash_is_wrong),
		arena_test(refuses_to_import),
		arena_test(makes_its_own),
		arena_test(nobodys_is_of_the_same_form),
		arena_test(normalises_as_opaque_string),
		arena_test(bounds_what_is_hashed),
	};

	return cmocka_run_group_tests_name("base/pwhash", tests, NULL, NULL);
}
