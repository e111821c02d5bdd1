/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "core/handle.h"

#include "codec/base64.h"
#include "base/buf.h"
#include "base/random.h"
#include "crypto/hash.h"

#define RAW_SIZE (HANDLE_TIME + HANDLE_RANDOM)

static const struct str prefixes[HANDLE_KIND_MAX] = {
	[HANDLE_SESSION] = STR_INIT("pratu_ss_"),
	[HANDLE_LOGIN] = STR_INIT("pratu_in_"),
	[HANDLE_AUTHORIZATION_CODE] = STR_INIT("pratu_ac_"),
	[HANDLE_AUTHORIZATION] = STR_INIT("pratu_az_"),
	[HANDLE_ACCESS_TOKEN] = STR_INIT("pratu_at_"),
	[HANDLE_JWT_ID] = STR_INIT("pratu_jt_"),
	[HANDLE_REFRESH_TOKEN] = STR_INIT("pratu_rt_"),
	[HANDLE_SECURITY_NOTIFICATION] = STR_INIT("pratu_nt_"),
	[HANDLE_RECOVERY] = STR_INIT("pratu_rs_"),
	[HANDLE_SIGNED_OUT] = STR_INIT("pratu_so_"),
	[HANDLE_PUSHED_REQUEST] = STR_INIT("pratu_pr_"),
	[HANDLE_CIBA] = STR_INIT("pratu_cb_"),
};

static void put_times(unsigned char p[static HANDLE_TIME], int64_t expiry, int64_t now_ms)
{
	uint32_t e = expiry <= 0 ? 0 : expiry > UINT32_MAX ? UINT32_MAX : (uint32_t)expiry;
	uint32_t ms = now_ms < 0 ? 0 : (uint32_t)(now_ms % 1000);

	p[0] = (unsigned char)(e >> 24);
	p[1] = (unsigned char)(e >> 16);
	p[2] = (unsigned char)(e >> 8);
	p[3] = (unsigned char)e;
	p[4] = (unsigned char)(ms >> 8);
	p[5] = (unsigned char)ms;
}

static struct str handle_key_of(struct arena *a, const char *times, struct str text)
{
	unsigned char digest[SHA256_SIZE];
	char *key = arena_alloc(a, HANDLE_KEY_SIZE);

	sha256(text, digest);
	memcpy(key, times, HANDLE_TIME);
	memcpy(key + HANDLE_TIME, digest, HANDLE_KEY_SIZE - HANDLE_TIME);
	return (struct str){key, HANDLE_KEY_SIZE};
}

struct handle handle_from_bytes(struct arena *a, enum handle_kind kind, int64_t expiry,
	int64_t now_ms, const unsigned char bytes[static HANDLE_RANDOM])
{
	unsigned char raw[RAW_SIZE];
	struct handle h;
	struct buf text;

	put_times(raw, expiry, now_ms);
	memcpy(raw + HANDLE_TIME, bytes, HANDLE_RANDOM);
	buf_init(&text, a, HANDLE_TEXT_MAX);
	buf_add(&text, prefixes[kind]);
	base64url_add(&text, (struct str){(const char *)raw, RAW_SIZE});
	h.text = buf_str(&text);
	h.key = handle_key_of(a, (const char *)raw, h.text);
	explicit_bzero(raw, sizeof(raw));
	return h;
}

struct handle handle_new(struct arena *a, enum handle_kind kind, int64_t expiry, int64_t now_ms,
	const struct rng *rng)
{
	unsigned char bytes[HANDLE_RANDOM];

	rng_fill(rng, bytes, sizeof(bytes));
	return handle_from_bytes(a, kind, expiry, now_ms, bytes);
}

enum rc handle_key(struct arena *a, enum handle_kind kind, struct str text, struct str *ret_key)
{
	struct str raw;

	if (text.n > HANDLE_TEXT_MAX || !str_starts(text, prefixes[kind]))
		return RC_INVALID;
	if (base64url_decode(a, str_sub(text, prefixes[kind].n, text.n), &raw) != RC_OK ||
		raw.n != RAW_SIZE)
		return RC_INVALID;
	*ret_key = handle_key_of(a, raw.p, text);
	return RC_OK;
}
