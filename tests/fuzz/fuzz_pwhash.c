/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Hashes that other systems made, as an import file gives them: "HASH", a line feed, a password.
 * What is refused comes with a reason; what is taken can be checked, and a hash of the password is
 * known. */
#include "codec/base64.h"
#include "base/buf.h"
#include "crypto/pwhash.h"
#include "codec/base64.h"
#include "crypto/hash.h"

#define CHEAP_ROUNDS 2000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool cheap_number(struct str hash, const char *mark, uint64_t most)
{
	const char *at = memmem(hash.p, hash.n, mark, strlen(mark));
	struct str digits;
	uint64_t n;

	if (!at)
		return false;
	digits = str_sub(hash, (size_t)(at - hash.p) + strlen(mark), hash.n);
	digits.n = strspn(digits.p, "0123456789") < digits.n ? strspn(digits.p, "0123456789")
							     : digits.n;
	return str_to_u64(digits, most, &n);
}

/* Checks of the others take so long that nothing would be fuzzed. */
static bool cheap(struct str hash)
{
	if (str_starts(hash, STR("$argon2id$")))
		return cheap_number(hash, "m=", 1024) && cheap_number(hash, "t=", 3);
	if (str_starts(hash, STR("$5$")) || str_starts(hash, STR("$6$")))
		return cheap_number(hash, "$rounds=", CHEAP_ROUNDS);
	if (str_starts(hash, STR("$2")))
		return str_starts(str_sub(hash, 3, hash.n), STR("$04$"));
	return !str_starts(hash, STR("$y$")) || str_starts(hash, STR("$y$j5"));
}

/* {SSHA256} of this password and salt: what was made can be imported and is known again. */
static void make_and_know(struct arena *a, struct str password, struct str salt)
{
	unsigned char digest[SHA256_SIZE];
	struct buf text, raw;
	const char *why;

	buf_init(&text, a, PWHASH_MAX);
	buf_add(&text, password);
	buf_add(&text, salt);
	sha256(buf_str(&text), digest);
	buf_init(&raw, a, PWHASH_MAX);
	buf_add(&raw, (struct str){(const char *)digest, sizeof(digest)});
	buf_add(&raw, salt);
	buf_clear(&text);
	buf_add_c(&text, "{SSHA256}");
	buf_add(&text, base64_encode(a, buf_str(&raw)));
	if (!pwhash_importable(buf_str(&text), &why) || !pwhash_legacy(buf_str(&text)) ||
		!pwhash_check(buf_str(&text), password))
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(ARENA_MAX);
	/* A copy that ends in NUL, so that the helpers above may use C's functions. */
	struct str all = str_c(str_dup_c(a, (struct str){(const char *)data, size}));
	struct str hash = str_sub(all, 0, str_find(all, '\n'));
	struct str password = str_sub(all, hash.n + 1, PASSWORD_MAX);
	const char *why = NULL;

	if (pwhash_importable(hash, &why)) {
		if (hash.n > PWHASH_MAX || str_has_control(hash))
			__builtin_trap();
		if (cheap(hash) && pwhash_check(hash, password) != pwhash_check(hash, password))
			__builtin_trap();
	} else if (!why || !*why) {
		__builtin_trap();
	}
	if (password.n)
		make_and_know(a, password, str_sub(all, 0, 1 + hash.n % 32));
	arena_free(a);
	return 0;
}
