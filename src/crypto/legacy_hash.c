/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "crypto/legacy_hash.h"

#include "base/array.h"
#include "codec/base64.h"
#include "base/die.h"
#include "base/secret.h"

#include <crypt.h>
#include <errno.h>
#include <openssl/evp.h>

#define ROUNDS_MAX  1000000u /* of $5$ and $6$: some hundred milliseconds */
#define BCRYPT_MAX  13u      /* two to this: about half a second */
#define DIGEST_SIZE 64u
#define SALT_MAX    64u /* bytes behind the digest of {SSHA...} */

static const char too_costly[] =
	"costs too much to check; let this account begin with an initial secret";
static const char malformed[] = "is cut off or holds a wrong character; export it again";

/* --- crypt(5) --- */

static bool crypt_characters(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!strchr("./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz$=",
			    s.p[i]))
			return false;
	return true;
}

/* The last part behind a '$'. */
static size_t digest_length(struct str hash)
{
	size_t n = hash.n;

	while (n && hash.p[n - 1] != '$')
		n--;
	return hash.n - n;
}

static bool md5_cost(struct str hash)
{
	return true;
}

/* "$6$rounds=N$salt$digest"; without rounds it is 5000. */
static bool sha_cost(struct str hash)
{
	struct str rest = str_sub(hash, 3, hash.n), digits;
	uint64_t rounds;

	if (!str_starts(rest, STR("rounds=")))
		return true;
	digits = str_sub(rest, 7, rest.n);
	digits.n = str_find(digits, '$');
	return str_to_u64(digits, ROUNDS_MAX, &rounds);
}

/* "$2y$NN$" */
static bool bcrypt_cost(struct str hash)
{
	uint64_t cost;

	return hash.n > 7 && hash.p[6] == '$' &&
	       str_to_u64(str_sub(hash, 4, 2), BCRYPT_MAX, &cost) && cost >= 4;
}

/* "$y$jNT$": N is the memory, at most B (64 MiB) with the blocks T; the default is j9T, the least
 * j75. */
static bool yescrypt_cost(struct str hash)
{
	return hash.n > 7 && hash.p[3] == 'j' && strchr("5T", hash.p[5]) && hash.p[6] == '$' &&
	       strchr("56789AB", hash.p[4]);
}

static const struct {
	struct str prefix;
	size_t digest; /* characters behind the last '$' */
	bool (*cheap)(struct str hash);
} crypts[] = {
	{STR_INIT("$1$"), 22, md5_cost},
	{STR_INIT("$5$"), 43, sha_cost},
	{STR_INIT("$6$"), 86, sha_cost},
	{STR_INIT("$2a$"), 53, bcrypt_cost},
	{STR_INIT("$2b$"), 53, bcrypt_cost},
	{STR_INIT("$2y$"), 53, bcrypt_cost},
	{STR_INIT("$y$"), 43, yescrypt_cost},
};
#define CRYPTS (ARRAY_LEN(crypts))

static size_t crypt_find(struct str hash)
{
	size_t i = 0;

	while (i < CRYPTS && !str_starts(hash, crypts[i].prefix))
		i++;
	return i;
}

static bool crypt_importable(struct str hash, size_t kind, const char **ret_why)
{
	*ret_why = malformed;
	if (!crypt_characters(hash) || digest_length(hash) != crypts[kind].digest)
		return false;
	*ret_why = too_costly;
	return crypts[kind].cheap(hash);
}

static bool crypt_check(struct str hash, struct str password)
{
	struct crypt_data *data = xcalloc(1, sizeof(*data));
	char setting[PWHASH_MAX + 1], phrase[PASSWORD_MAX + 1];
	const char *made;
	bool same;

	memcpy(setting, hash.p, hash.n);
	setting[hash.n] = '\0';
	memcpy(phrase, password.p, password.n);
	phrase[password.n] = '\0';
	/* crypt_rn, which the address sanitizer does not replace. */
	for (int tries = 0;; tries++) {
		errno = 0;
		made = crypt_rn(phrase, setting, data, (int)sizeof(*data));
		if (made || errno != ENOMEM)
			break;
		memory_wait(tries);
	}
	same = made && secret_equal(str_c(made), hash);
	explicit_bzero(phrase, sizeof(phrase));
	explicit_bzero(data, sizeof(*data));
	free(data);
	return same;
}

/* --- {SSHA}: base64 of digest and salt (RFC 2307 and what directory servers made of it) --- */

static const struct {
	struct str prefix;
	const char *digest;
	size_t size;
} salted[] = {
	{STR_INIT("{SSHA}"), "SHA1", 20},
	{STR_INIT("{SSHA256}"), "SHA256", 32},
	{STR_INIT("{SSHA512}"), "SHA512", 64},
};
#define SALTED (ARRAY_LEN(salted))

static size_t salted_find(struct str hash)
{
	size_t i = 0;

	while (i < SALTED && !str_starts(hash, salted[i].prefix))
		i++;
	return i;
}

static bool salted_take_apart(struct arena *a, struct str hash, size_t kind, struct str *ret)
{
	struct str raw;

	if (base64_decode(a, str_sub(hash, salted[kind].prefix.n, hash.n), &raw) != RC_OK)
		return false;
	*ret = raw;
	return raw.n > salted[kind].size && raw.n <= salted[kind].size + SALT_MAX;
}

static bool salted_importable(struct str hash, size_t kind, const char **ret_why)
{
	struct arena *a __attribute__((cleanup(arena_freep))) = arena_new(ARENA_CHUNK * 2);
	struct str raw;

	*ret_why = malformed;
	return salted_take_apart(a, hash, kind, &raw);
}

static bool digest_try(const char *name, struct str first, struct str second,
	unsigned char ret[static DIGEST_SIZE])
{
	const EVP_MD *md = EVP_get_digestbyname(name);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool made = context && md && EVP_DigestInit_ex(context, md, NULL) == 1 &&
		    EVP_DigestUpdate(context, first.p, first.n) == 1 &&
		    EVP_DigestUpdate(context, second.p, second.n) == 1 &&
		    EVP_DigestFinal_ex(context, ret, NULL) == 1;

	EVP_MD_CTX_free(context);
	return made;
}

/* Only memory can be missing. */
static void digest(const char *name, struct str first, struct str second,
	unsigned char ret[static DIGEST_SIZE])
{
	for (int tries = 0; !digest_try(name, first, second, ret); tries++)
		memory_wait(tries);
}

static bool salted_check(struct str hash, size_t kind, struct str password)
{
	struct arena *a __attribute__((cleanup(arena_freep))) = arena_new(ARENA_CHUNK * 2);
	unsigned char made[DIGEST_SIZE];
	size_t size = salted[kind].size;
	struct str raw;

	if (!salted_take_apart(a, hash, kind, &raw))
		return false;
	digest(salted[kind].digest, password, str_sub(raw, size, raw.n), made);
	return secret_equal(str_sub(raw, 0, size), (struct str){(const char *)made, size});
}

bool legacy_check(struct str hash, struct str password)
{
	size_t i = salted_find(hash);

	if (password.n > PASSWORD_MAX || memchr(password.p, '\0', password.n))
		return false;
	if (i < SALTED)
		return salted_check(hash, i, password);
	return crypt_find(hash) < CRYPTS && crypt_check(hash, password);
}

bool legacy_importable(struct str hash, const char **ret_why)
{
	size_t i = salted_find(hash), j = crypt_find(hash);

	if (i < SALTED)
		return salted_importable(hash, i, ret_why);
	if (j < CRYPTS)
		return crypt_importable(hash, j, ret_why);
	return false;
}
