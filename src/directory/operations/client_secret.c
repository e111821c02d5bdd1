/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/operations/client_secret.h"

#include "base/arena.h"
#include "codec/base64.h"
#include "codec/hex.h"
#include "crypto/hash.h"

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

void client_secret_check(struct arena *a, struct str brought, struct problems *ret)
{
	struct str hash;

	if (!brought.n)
		return;
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

struct str client_secret_give(struct tx *tx, struct str brought, struct client *c)
{
	struct str random, hash = STR_NONE;
	struct buf text;

	c->old_secret_hash = STR_NONE;
	c->old_secret_until = 0;
	if (brought.n) {
		if (!is_hashed(brought) || !read_hash(tx->a, behind_prefix(brought), &hash))
			hash = hash_secret(tx->a, brought);
		c->secret_hash = hash;
		return STR_NONE;
	}
	random = random_base64url(tx->a, tx->app->rng, CLIENT_SECRET_BYTES);
	buf_init(&text, tx->a, sizeof(CLIENT_SECRET_PREFIX) + random.n);
	buf_add_c(&text, CLIENT_SECRET_PREFIX);
	buf_add(&text, random);
	c->secret_hash = hash_secret(tx->a, buf_str(&text));
	return buf_str(&text);
}

struct str client_secret_settle(struct tx *tx, struct str brought, struct client *c)
{
	if (c->auth_method != CLIENT_AUTH_NONE)
		return c->secret_hash.n && !brought.n ? STR_NONE
						      : client_secret_give(tx, brought, c);
	c->secret_hash = c->old_secret_hash = STR_NONE;
	c->old_secret_until = 0;
	return STR_NONE;
}
