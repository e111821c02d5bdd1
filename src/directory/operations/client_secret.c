/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/operations/client_secret.h"

#include "base/arena.h"
#include "codec/base64.h"
#include "codec/hex.h"
#include "crypto/hash.h"
#include "jose/jws.h"

static struct str hash_secret(struct arena *a, struct str secret)
{
	unsigned char *hash = arena_alloc(a, SHA256_SIZE);

	sha256(secret, hash);
	return (struct str){(const char *)hash, SHA256_SIZE};
}

/* The bytes of a hash in hex, base64 or base64url; false: it is none of SHA-256. */
static bool read_hash(struct arena *a, struct str text, struct str *ret)
{
	if (text.n == 2 * SHA256_SIZE)
		return hex_decode(a, text, ret) == RC_OK;
	if (base64_decode(a, text, ret) != RC_OK && base64url_decode(a, text, ret) != RC_OK)
		return false;
	return ret->n == SHA256_SIZE;
}

static bool is_hashed(struct str brought)
{
	return str_starts(brought, STR(CLIENT_SECRET_HASHED));
}

static struct str behind_prefix(struct str brought)
{
	return str_sub(brought, strlen(CLIENT_SECRET_HASHED), brought.n);
}

bool client_has_secret(const struct client *c)
{
	return c->auth_method != CLIENT_AUTH_NONE && c->auth_method != CLIENT_AUTH_PRIVATE_KEY;
}

static bool signs_with_secret(const struct client *c)
{
	return c->auth_method == CLIENT_AUTH_SECRET_JWT;
}

void client_secret_check(
	struct arena *a, const struct client *c, struct str brought, struct problems *ret)
{
	struct str hash;

	if (!brought.n)
		return;
	if (signs_with_secret(c) && (is_hashed(brought) || brought.n < JWS_SECRET_MIN)) {
		problem_add(ret, "secret",
			"signs assertions, which needs the secret in plain, of 32 characters or "
			"more: let one be made");
		return;
	}
	if (is_hashed(brought)) {
		if (!read_hash(a, behind_prefix(brought), &hash))
			problem_add(ret, "secret",
				"is no SHA-256 in hex or base64 behind \"" CLIENT_SECRET_HASHED
				"\"; bring it in plain, or let one be made");
		return;
	}
	if (brought.n < CLIENT_SECRET_BROUGHT_MIN || brought.n > CLIENT_SECRET_TEXT_MAX)
		problem_add(ret, "secret",
			"has %zu characters; a random one has %d to %d: let one be made", brought.n,
			CLIENT_SECRET_BROUGHT_MIN, CLIENT_SECRET_TEXT_MAX);
	else if (!str_is_vschar(brought)) /* RFC 6749 A.2 */
		problem_add(ret, "secret",
			"has a character that RFC 6749 does not allow; let one be made");
}

static void forget_old(struct client *c)
{
	c->old_secret_hash = c->old_secret_sealed = STR_NONE;
	c->old_secret_until = 0;
}

static void keep_secret(struct tx *tx, struct client *c, struct str secret)
{
	c->secret_hash = hash_secret(tx->a, secret);
	c->secret_sealed = STR_NONE;
	if (signs_with_secret(c))
		c->secret_sealed = vault_client_secret_seal(
			tx->app->vault, tx->a, tx->app->rng, c->id, secret);
}

struct str client_secret_give(struct tx *tx, struct str brought, struct client *c)
{
	struct str random;
	struct buf text;

	forget_old(c);
	if (brought.n) {
		keep_secret(tx, c, brought);
		if (is_hashed(brought))
			(void)read_hash(tx->a, behind_prefix(brought), &c->secret_hash);
		return STR_NONE;
	}
	random = random_base64url(tx->a, tx->app->rng, CLIENT_SECRET_BYTES);
	buf_init(&text, tx->a, sizeof(CLIENT_SECRET_PREFIX) + random.n);
	buf_add_c(&text, CLIENT_SECRET_PREFIX);
	buf_add(&text, random);
	keep_secret(tx, c, buf_str(&text));
	return buf_str(&text);
}

struct str client_secret_settle(struct tx *tx, struct str brought, struct client *c)
{
	bool kept = c->secret_hash.n && (!signs_with_secret(c) || c->secret_sealed.n);

	if (client_has_secret(c)) {
		if (!signs_with_secret(c))
			c->secret_sealed = c->old_secret_sealed = STR_NONE;
		return kept && !brought.n ? STR_NONE : client_secret_give(tx, brought, c);
	}
	c->secret_hash = c->secret_sealed = STR_NONE;
	forget_old(c);
	return STR_NONE;
}
