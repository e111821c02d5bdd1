/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "crypto/pwhash.h"

#include "base/buf.h"
#include "base/die.h"
#include "crypto/legacy_hash.h"
#include "crypto/pwhash_arena.h"
#include "base/random.h"
#include "base/secret.h"

#include <errno.h>
#include <sodium.h>

static const struct str argon2id = STR_INIT("$argon2id$");

static void ready(void)
{
	secret_library();
}

/* False: there was no memory. */
static bool make_own(char *text, const struct pwhash_cost *cost, struct str password)
{
	int failed;

	pwhash_arena_enter();
	failed = crypto_pwhash_str(text, password.p, password.n,
		(unsigned long long)cost->time_cost, (size_t)cost->memory_cost);
	pwhash_arena_leave();
	return !failed;
}

struct str pwhash_make(struct arena *a, const struct pwhash_cost *cost, struct str password)
{
	char *text = arena_zalloc(a, crypto_pwhash_STRBYTES);

	ready();
	if (password.n > PASSWORD_MAX)
		arena_fail(a, "a password was not bounded before it was hashed");
	for (int tries = 0; !arena_exceeded(a) && !make_own(text, cost, password); tries++)
		memory_wait(tries);
	return str_c(text);
}

#define SALT_BYTES 16u
#define HASH_BYTES 32u

struct str pwhash_dummy(struct arena *a, const struct pwhash_cost *cost)
{
	const int form = sodium_base64_VARIANT_ORIGINAL_NO_PADDING;
	unsigned char bytes[SALT_BYTES + HASH_BYTES];
	char salt[2 * SALT_BYTES], hash[2 * HASH_BYTES];
	struct buf text;

	rng_fill(&rng_system, bytes, sizeof(bytes));
	sodium_bin2base64(salt, sizeof(salt), bytes, SALT_BYTES, form);
	sodium_bin2base64(hash, sizeof(hash), bytes + SALT_BYTES, HASH_BYTES, form);
	buf_init(&text, a, crypto_pwhash_STRBYTES);
	buf_addf(&text, "$argon2id$v=19$m=%lld,t=%lld,p=1$%s$%s",
		(long long)cost->memory_cost / 1024, (long long)cost->time_cost, salt, hash);
	return buf_str(&text);
}

/* A check that got no memory is no wrong password: it waits for some, as every hash. */
static bool check_own(struct str hash, struct str password)
{
	char text[crypto_pwhash_STRBYTES] = {0};
	int differs;

	if (hash.n >= sizeof(text))
		return false;
	memcpy(text, hash.p, hash.n);
	for (int tries = 0;; tries++) {
		errno = 0;
		pwhash_arena_enter();
		differs = crypto_pwhash_str_verify(text, password.p, password.n);
		pwhash_arena_leave();
		if (!differs)
			return true;
		if (errno != ENOMEM)
			return false;
		memory_wait(tries);
	}
}

bool pwhash_check(struct str hash, struct str password)
{
	ready();
	if (!hash.n || hash.n > PWHASH_MAX || password.n > PASSWORD_MAX)
		return false;
	if (str_starts(hash, argon2id))
		return check_own(hash, password);
	return legacy_check(hash, password);
}

bool pwhash_legacy(struct str hash)
{
	return hash.n && !str_starts(hash, argon2id);
}

bool pwhash_stale(struct str hash, const struct pwhash_cost *cost)
{
	char text[crypto_pwhash_STRBYTES] = {0};

	ready();
	if (!str_starts(hash, argon2id) || hash.n >= sizeof(text))
		return true;
	memcpy(text, hash.p, hash.n);
	return crypto_pwhash_str_needs_rehash(
		       text, (unsigned long long)cost->time_cost, (size_t)cost->memory_cost) != 0;
}

/* The number behind name ("m=") in an argon2id text; what is no number counts as too much. */
static uint64_t argon2_number(const char *text, const char *name)
{
	const char *at = strstr(text, name);
	uint64_t n;

	if (!at)
		return UINT64_MAX;
	at += strlen(name);
	return str_to_u64((struct str){at, strspn(at, "0123456789")}, UINT32_MAX, &n) ? n
										      : UINT64_MAX;
}

#define ARGON2_KIB_MAX    (256u * 1024u)
#define ARGON2_PASSES_MAX 16u

bool pwhash_importable(struct str hash, const char **ret_why)
{
	char text[PWHASH_MAX + 1];

	*ret_why = "is no hash of a known kind; see docs/passwords.md";
	if (!hash.n || hash.n > PWHASH_MAX || str_has_control(hash) || memchr(hash.p, '\0', hash.n))
		return false;
	if (!str_starts(hash, argon2id))
		return legacy_importable(hash, ret_why);
	memcpy(text, hash.p, hash.n);
	text[hash.n] = '\0';
	if (argon2_number(text, "$m=") > ARGON2_KIB_MAX ||
		argon2_number(text, ",t=") > ARGON2_PASSES_MAX) {
		*ret_why = "costs too much to check; let this account begin with an initial secret";
		return false;
	}
	ready();
	return hash.n < crypto_pwhash_STRBYTES &&
	       crypto_pwhash_str_needs_rehash(
		       text, crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN) >= 0;
}

const char *pwhash_library_version(void)
{
	return sodium_version_string();
}
