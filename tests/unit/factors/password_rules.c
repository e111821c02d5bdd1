/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "factors/password/password_rules.h"

#include "crypto/pwhash.h"
#include "check.h"
#include "factors/password/blocklist.h"
#include "factors/password/password_guess.h"

#include <unistd.h>

static const struct password_rules cgd = {.name = STR_INIT("cgd"),
	.min = 8,
	.max = 20,
	.lower = true,
	.upper = true,
	.digit = true,
	.special = true,
	.common = true,
	.differs = 1};
static const struct password_rules bare = {.min = 4, .max = 128};
static const struct password_context nobody;
static const struct password_context somchai = {.username = STR_INIT("A03004000041001"),
	.office = STR_INIT("0300400004"),
	.office_name_th = STR_INIT("เทศบาลตำบลบ้านใหม่"),
	.office_name_en = STR_INIT("Banmai Subdistrict"),
	.given_th = STR_INIT("สมควร"),
	.family_th = STR_INIT("ใจกล้า"),
	.given_en = STR_INIT("Somkuan"),
	.family_en = STR_INIT("Jaikla"),
	.email = STR_INIT("skuan@banmai.go.th"),
	.mobile = STR_INIT("+66812345670")};

static int list_setup(void **state)
{
	struct blocklist *b;
	const char *why;

	assert_int_equal(blocklist_new(STR_NONE, &b, &why), RC_OK);
	*state = b;
	return 0;
}

static int list_teardown(void **state)
{
	blocklist_free(*state);
	return 0;
}

#define list_test(f) cmocka_unit_test_setup_teardown(f, list_setup, list_teardown)

static const struct {
	const char *password;
	unsigned broken;
} classes[] = {
	{"kT7!vbQe", 0},
	{"kT7!vbQ", PASSWORD_TOO_SHORT},
	{"kT7!vbQekT8!wbRexD0z", 0},
	{"kT7!vbQekT8!wbRexD0zP", PASSWORD_TOO_LONG},
	{"KT7!VBQE", PASSWORD_NO_LOWER},
	{"kt7!vbqe", PASSWORD_NO_UPPER},
	{"kTx!vbQe", PASSWORD_NO_DIGIT},
	{"kT7xvbQe", PASSWORD_NO_SPECIAL},
	{"kT7'vbQe", PASSWORD_NO_SPECIAL},  /* no apostrophe in the set */
	{"kT7\\vbQe", PASSWORD_NO_SPECIAL}, /* nor a backslash */
	{"kT7`vbQe", PASSWORD_NO_SPECIAL},
	{"kT7! vbQe", PASSWORD_HAS_SPACE},
	{" kT7!vbQe", PASSWORD_HAS_SPACE},
	{"kT7!vbQe\xc2\xa0", PASSWORD_HAS_SPACE},
	{"kT7!vbQe\t", PASSWORD_BAD_CHARACTER},
	{"kT7!vbQe\xff", PASSWORD_BAD_CHARACTER},
	{"kT7!ฟบทษ", 0}, /* eight characters: bytes do not count */
	{"kT7!ฟบท", PASSWORD_TOO_SHORT},
	{"", PASSWORD_TOO_SHORT | PASSWORD_NO_LOWER | PASSWORD_NO_UPPER | PASSWORD_NO_DIGIT |
			PASSWORD_NO_SPECIAL},
};

static void asks_for_length_and_classes(void **state)
{
	for (size_t i = 0; i < COUNT(classes); i++) {
		print_message("# %s\n", classes[i].password);
		assert_int_equal(password_check(&cgd, *state, &nobody, str_c(classes[i].password)),
			classes[i].broken);
	}
}

static void every_mark_of_the_set_is_one(void **state)
{
	for (const char *p = PASSWORD_SPECIALS; *p; p++) {
		char password[] = "kT7xvbQe";

		password[3] = *p;
		assert_int_equal(password_check(&cgd, *state, &nobody, str_c(password)), 0);
	}
	assert_int_equal(strlen(PASSWORD_SPECIALS), 29);
}

static void rules_that_are_off_break_nothing(void **state)
{
	assert_int_equal(password_check(&bare, *state, &nobody, STR("aaaa")), 0);
	assert_int_equal(password_check(&bare, *state, &nobody, STR("aaa")), PASSWORD_TOO_SHORT);
}

static void caps_bytes_before_anything(void **state)
{
	char bytes[PASSWORD_MAX + 1];

	memset(bytes, 'x', sizeof(bytes));
	assert_int_equal(
		password_check(&bare, *state, &nobody, (struct str){bytes, PASSWORD_MAX}), 0);
	assert_int_equal(password_check(&bare, *state, &nobody, (struct str){bytes, sizeof(bytes)}),
		PASSWORD_TOO_LONG);
}

/* Each has the classes of characters or would with a mark more, and is guessed soon. */
static const char *const common[] = {"Password1!", "P@ssw0rd1!", "Passw0rd!", "Admin@123",
	"Welcome1!", "Qwerty1!", "Qwerty123!", "1qaz@WSX", "!QAZ2wsx", "Asdf1234!", "Abcd1234!",
	"Aa123456!", "Aaaaaaa1!", "Abc!Abc!Abc!1", "Thailand@2567", "Somchai@2567", "Bangkok2024!",
	"Tessaban@123", "Rakther143!", "Liverpool8!", "Iloveyou1!", "isylzjko1A!", "ฟหกด1!Aa",
	"รหัสผ่านA1!", "สวัสดี2567a!", "Gfmis@2568", "Zaq1@wsx", "1q2w3e4R!", "December25!",
	"Songkran#1"};

static void refuses_what_is_common(void **state)
{
	for (size_t i = 0; i < COUNT(common); i++) {
		print_message("# %s\n", common[i]);
		assert_true(
			password_check(&cgd, *state, &nobody, str_c(common[i])) & PASSWORD_COMMON);
	}
}

static const char *const strong[] = {"kT7!vbQe", "g7$Lw0pZ", "Xq9-Tumd", "zU4(hRne", "Wp3]kYcf",
	"mB8;dTua", "น้ำตกสีฟ้า9Kx!", "Moon-Buffalo-Rain-77"};

static void lets_chance_pass(void **state)
{
	for (size_t i = 0; i < COUNT(strong); i++) {
		print_message("# %s\n", strong[i]);
		assert_int_equal(password_check(&cgd, *state, &somchai, str_c(strong[i])), 0);
	}
}

static const char *const personal[] = {"A03004000041001!a", "a03004000041001X#kT7z!",
	"x0300400004X!", "Somkuan1!", "S0mku@n1!", "Jaikla@2567", "สมควร1Aa!", "l,8;i1Aa!",
	"Banmai#12x", "812345670Aa!", "Skuan-12A"};

static void refuses_what_is_the_persons_own(void **state)
{
	for (size_t i = 0; i < COUNT(personal); i++) {
		print_message("# %s\n", personal[i]);
		assert_true(password_check(&cgd, *state, &somchai, str_c(personal[i])) &
			    PASSWORD_PERSONAL);
		assert_false(password_check(&cgd, *state, &nobody, str_c(personal[i])) &
			     PASSWORD_PERSONAL);
	}
}

static void bits_are_as_in_the_table(void **state)
{
	static const struct {
		const char *password;
		int bits;
	} table[] = {
		{"7", 3},
		{"k", 5},
		{"K", 5},
		{"!", 5},
		{"ษ", 6},
		{"password", 10},
		{"PASSWORD", 10},
		{"p@ssw0rd", 10},
		{"Password1!", 18},
		{"2567", 7},
		{"1985", 7},
		{"1899", 12},
		{"1234", 8},
		{"fdsa", 8},
		{"qaz", 8},
		{"ฟหกด", 8},
		{"kTkT", 12},
		{"xxx", 12},
		{"passwordpassword", 12},
		{"kT7!vbQe", 38},
		{"", 0},
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		print_message("# %s\n", table[i].password);
		assert_int_equal(
			password_bits(*state, &nobody, str_c(table[i].password)), table[i].bits);
	}
}

static void strength_steps(void **state)
{
	static const struct {
		int bits, strength;
	} steps[] = {{0, 0}, {19, 0}, {20, 1}, {27, 1}, {28, 2}, {39, 2}, {40, 3}, {54, 3}, {55, 4},
		{500, 4}};

	for (size_t i = 0; i < COUNT(steps); i++)
		assert_int_equal(password_strength(steps[i].bits), steps[i].strength);
}

static void an_own_list_is_added(void **state)
{
	char path[] = "/tmp/factors-words-XXXXXX";
	static const char text[] = "# ours\r\nzzyzxq\r\nกขฃค\n\nabc\n";
	struct blocklist *b;
	const char *why;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	close(fd);
	assert_int_equal(blocklist_new(str_c(path), &b, &why), RC_OK);
	unlink(path);
	assert_true(blocklist_has(b, STR("zzyzxq")));
	assert_true(blocklist_has(b, STR("password")));
	assert_false(blocklist_has(b, STR("abc")));
	assert_false(blocklist_has(b, STR("# ours")));
	assert_true(password_check(&cgd, b, &nobody, STR("Zzyzxq12!")) & PASSWORD_COMMON);
	assert_int_equal(password_check(&cgd, *state, &nobody, STR("Zzyzxq12!")), 0);
	blocklist_free(b);
	assert_int_equal(blocklist_new(str_c(path), &b, &why), RC_INVALID);
	assert_true(password_check(&cgd, NULL, &nobody, STR("Aa123456!")) & PASSWORD_COMMON);
}

static void each_rule_has_a_word(void **state)
{
	unsigned known = 0;

	for (size_t i = 0; i < PASSWORD_RULES; i++) {
		assert_non_null(password_rule_word(1u << i));
		known += password_rule_applies(&cgd, 1u << i);
	}
	assert_int_equal(known, PASSWORD_RULES);
	assert_null(password_rule_word(1u << PASSWORD_RULES));
	assert_null(password_rule_word(3));
	assert_false(password_rule_applies(&bare, PASSWORD_NO_UPPER));
	assert_false(password_rule_applies(&bare, PASSWORD_COMMON));
	assert_false(password_rule_applies(&bare, PASSWORD_USED_BEFORE));
	assert_true(password_rule_applies(&bare, PASSWORD_TOO_SHORT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		list_test(asks_for_length_and_classes),
		list_test(every_mark_of_the_set_is_one),
		list_test(rules_that_are_off_break_nothing),
		list_test(caps_bytes_before_anything),
		list_test(refuses_what_is_common),
		list_test(lets_chance_pass),
		list_test(refuses_what_is_the_persons_own),
		list_test(bits_are_as_in_the_table),
		list_test(strength_steps),
		list_test(an_own_list_is_added),
		list_test(each_rule_has_a_word),
	};

	return cmocka_run_group_tests_name("factors/password_rules", tests, NULL, NULL);
}
