/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "check.h"

#include "codec/base64.h"
#include "base/secret.h"
#include "base/random.h"
#include "codec/hex.h"
#include "crypto/seal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define GOOD    "8f3a-71bc-09de-44f1-a2c7"
#define DERIVED "ac00adf24c1626f6ce26b9974910b294398bb575f59a39d5d58da5d957537ee6"

static char dir[64];

static int make_dir(void **state)
{
	snprintf(dir, sizeof(dir), "/tmp/pratu-secret-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	return rmdir(dir);
}

static const char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

/* Reads a file of these bytes and mode; *ret_why is NULL when it was accepted. */
static enum rc read_as(struct str bytes, mode_t mode, size_t min, struct secret **ret)
{
	const char *path = path_of("key"), *why = NULL;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	enum rc rc;

	assert_int_equal(write(fd, bytes.p, bytes.n), (ssize_t)bytes.n);
	fchmod(fd, mode);
	close(fd);
	*ret = NULL;
	rc = secret_from_file(path, min, ret, &why);
	unlink(path);
	assert_true((why == NULL) == (rc == RC_OK));
	return rc;
}

static void bytes_are_kept(void **state)
{
	struct secret *s = secret_new(STR("a\0b"));

	check_str(secret_bytes(s), STR("a\0b"));
	secret_free(NULL);
	assert_true(secret_equal(STR("abc"), STR("abc")));
	assert_true(secret_equal(STR(""), (struct str){0}));
	assert_false(secret_equal(STR("abc"), STR("abd")));
	assert_false(secret_equal(STR("abc"), STR("ab")));
	assert_false(secret_equal(STR(""), STR("a")));
	secret_free(s);
}

static void files_are_read(void **state)
{
	static const struct str accepted[][2] = {
		{STR_INIT(GOOD), STR_INIT(GOOD)},
		{STR_INIT(GOOD "\n"), STR_INIT(GOOD)},
		{STR_INIT(GOOD "\n\n"), STR_INIT(GOOD "\n")},
		{STR_INIT("\0\x01\x02\xff" GOOD), STR_INIT("\0\x01\x02\xff" GOOD)},
		{STR_INIT("changing everything"), STR_INIT("changing everything")},
	};

	for (size_t i = 0; i < COUNT(accepted); i++) {
		struct secret *s;

		check_ok(read_as(accepted[i][0], 0600, 16, &s));
		check_str(secret_bytes(s), accepted[i][1]);
		secret_free(s);
	}
}

static void weak_ones_are_refused(void **state)
{
	static const struct str weak[] = {STR_INIT(""), STR_INIT("\n"), STR_INIT("changeme"),
		STR_INIT("changemechangeme"), STR_INIT("ChangeMeChangeMe"),
		STR_INIT("change-me-please-now"), STR_INIT("passwordpassword"),
		STR_INIT("secretsecretsecret"), STR_INIT("0123456789abcdef"),
		STR_INIT("0123456789012345"), STR_INIT("aaaaaaaaaaaaaaaaaaaa"),
		STR_INIT("abababababababababab"), STR_INIT("<put your key here>"),
		STR_INIT("replace this by a key"), STR_INIT("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")};

	for (size_t i = 0; i < COUNT(weak); i++) {
		struct secret *s;

		if (read_as(weak[i], 0600, 1, &s) != RC_INVALID)
			fail_msg("accepted: %.*s", STR_FMT(weak[i]));
		assert_null(s);
	}
}

static void length_boundary(void **state)
{
	static char text[SECRET_MAX_BYTES + 1];
	struct secret *s;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + i * 7 % 23);
	check_ok(read_as((struct str){.p = text, .n = 16}, 0600, 16, &s));
	secret_free(s);
	check_rc(read_as((struct str){.p = text, .n = 15}, 0600, 16, &s), RC_INVALID);
	check_ok(read_as((struct str){.p = text, .n = SECRET_MAX_BYTES}, 0600, 16, &s));
	secret_free(s);
	check_rc(read_as((struct str){.p = text, .n = SECRET_MAX_BYTES + 1}, 0600, 16, &s),
		RC_INVALID);
}

static void modes(void **state)
{
	static const mode_t open_modes[] = {
		0640, 0604, 0660, 0610, 0601, 0620, 0602, 0644, 0666, 0777, 0440, 0404};
	struct secret *s;

	check_ok(read_as(STR(GOOD), 0600, 16, &s));
	secret_free(s);
	check_ok(read_as(STR(GOOD), 0400, 16, &s));
	secret_free(s);
	for (size_t i = 0; i < COUNT(open_modes); i++)
		if (read_as(STR(GOOD), open_modes[i], 16, &s) != RC_INVALID)
			fail_msg("accepted: mode %o", open_modes[i]);
	/* In systemd's directory its group may read, and no more than that. */
	secret_set_credentials_directory(dir);
	check_ok(read_as(STR(GOOD), 0440, 16, &s));
	secret_free(s);
	check_rc(read_as(STR(GOOD), 0444, 16, &s), RC_INVALID);
	check_rc(read_as(STR(GOOD), 0460, 16, &s), RC_INVALID);
	secret_set_credentials_directory("/tmp/pratu-secret");
	check_rc(read_as(STR(GOOD), 0440, 16, &s), RC_INVALID);
	secret_set_credentials_directory(NULL);
}

static void not_files(void **state)
{
	struct secret *s = NULL;
	const char *why = NULL;

	check_rc(secret_from_file(path_of("none"), 16, &s, &why), RC_NOT_FOUND);
	assert_non_null(why);
	check_rc(secret_from_file(dir, 16, &s, &why), RC_INVALID);
	/* A pipe nobody writes to must not hang the start. */
	assert_int_equal(mkfifo(path_of("pipe"), 0600), 0);
	check_rc(secret_from_file(path_of("pipe"), 16, &s, &why), RC_INVALID);
	unlink(path_of("pipe"));
	assert_null(s);
}

/* Two independent implementations agree on this one (Python's hmac by RFC 5869). */
static void purposes_differ(void **state)
{
	struct secret *s = secret_new(STR(GOOD));
	unsigned char key[2][32];

	secret_derive(s, "citizen-number", key[0]);
	check_c(hex_encode(*state, (struct str){.p = (char *)key[0], .n = 32}), DERIVED);
	secret_derive(s, "citizen-numbes", key[1]);
	assert_memory_not_equal(key[0], key[1], 32);
	secret_derive(s, "", key[1]);
	assert_memory_not_equal(key[0], key[1], 32);
	secret_free(s);
}

static const unsigned char sealing_key[32] = "0123456789abcdef0123456789abcde";

static void sealed_opens_in_its_place_only(void **state)
{
	static const struct str plains[] = {STR_INIT("1234567890121"), STR_INIT(""),
		STR_INIT("a\0b"), STR_INIT("sixteen bytes!!!")};
	unsigned char other_key[32];

	memcpy(other_key, sealing_key, 32);
	other_key[31] ^= 1;
	for (size_t i = 0; i < COUNT(plains); i++) {
		struct str sealed =
			secret_seal(*state, &rng_system, sealing_key, STR("person/7"), plains[i]);
		struct str out = STR("untouched");

		assert_int_equal(sealed.n, plains[i].n + 28);
		check_rc(secret_open(*state, other_key, STR("person/7"), sealed, &out), RC_CORRUPT);
		check_rc(secret_open(*state, sealing_key, STR("person/8"), sealed, &out),
			RC_CORRUPT);
		check_rc(secret_open(*state, sealing_key, STR(""), sealed, &out), RC_CORRUPT);
		check_c(out, "untouched");
		check_ok(secret_open(*state, sealing_key, STR("person/7"), sealed, &out));
		check_str(out, plains[i]);
	}
}

static void every_flipped_bit_and_cut_is_seen(void **state)
{
	struct str sealed = secret_seal(
			   *state, &rng_system, sealing_key, STR("p"), STR("1234567890121")),
		   out;
	char *bytes = (char *)(uintptr_t)sealed.p;

	for (size_t i = 0; i < sealed.n * 8; i++) {
		bytes[i / 8] = (char)(bytes[i / 8] ^ 1 << i % 8);
		check_rc(secret_open(*state, sealing_key, STR("p"), sealed, &out), RC_CORRUPT);
		bytes[i / 8] = (char)(bytes[i / 8] ^ 1 << i % 8);
	}
	for (size_t n = 0; n < sealed.n; n++)
		check_rc(secret_open(*state, sealing_key, STR("p"), str_sub(sealed, 0, n), &out),
			RC_CORRUPT);
	check_ok(secret_open(*state, sealing_key, STR("p"), sealed, &out));
}

static void zeros(void *data, void *bytes, size_t n)
{
	memset(bytes, 0, n);
}

/* Key and nonce of zeros, empty text: test case 13 of the GCM specification. */
static void the_sealed_form_is_fixed(void **state)
{
	static const unsigned char key[32];
	struct rng rng = {.fill = zeros};

	check_c(hex_encode(*state, secret_seal(*state, &rng, key, STR(""), STR(""))),
		"000000000000000000000000530f8afbc74536b9a963b4f1c4cb738b");
	check_c(hex_encode(*state, secret_seal(*state, &rng, key, STR(""),
					   STR("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"))),
		"000000000000000000000000cea7403d4d606b6e074ec5d3baf39d18"
		"d0d1c8a799996bf0265b98b5d48ab919");
}

static void nonces_never_repeat(void **state)
{
	struct str a = secret_seal(*state, &rng_system, sealing_key, STR(""), STR("x"));
	struct str b = secret_seal(*state, &rng_system, sealing_key, STR(""), STR("x"));

	assert_memory_not_equal(a.p, b.p, 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_kept),
		cmocka_unit_test(files_are_read),
		cmocka_unit_test(weak_ones_are_refused),
		cmocka_unit_test(length_boundary),
		cmocka_unit_test(modes),
		cmocka_unit_test(not_files),
		arena_test(purposes_differ),
		arena_test(sealed_opens_in_its_place_only),
		arena_test(every_flipped_bit_and_cut_is_seen),
		arena_test(the_sealed_form_is_fixed),
		arena_test(nonces_never_repeat),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
