/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "audit/record.h"

#include "codec/base64.h"
#include "crypto/hash.h"

#define HASH_OPEN  ",\"hash\":\""
#define HASH_CLOSE "\"}"

/* Takes a decimal number without leading zero that is followed by a comma. */
static bool take_number(struct str *rest, const char *name, uint64_t *ret)
{
	struct str digits;

	if (!str_starts(*rest, str_c(name)))
		return false;
	*rest = str_sub(*rest, strlen(name), rest->n);
	if (!str_cut(rest, ',', &digits) || !rest->p)
		return false;
	if (digits.n > 1 && digits.p[0] == '0')
		return false;
	return str_to_u64(digits, INT64_MAX, ret);
}

bool audit_line_parse(struct str text, struct audit_line *ret)
{
	size_t tail = sizeof(HASH_OPEN HASH_CLOSE) - 1 + AUDIT_HASH_CHARS;
	struct audit_line line;
	struct str rest;
	uint64_t t;

	if (text.n < tail || !str_ends(text, STR(HASH_CLOSE)))
		return false;
	line.body = str_sub(text, 0, text.n - tail);
	rest = str_sub(text, line.body.n, tail);
	if (!str_starts(rest, STR(HASH_OPEN)))
		return false;
	line.hash = str_sub(rest, sizeof(HASH_OPEN) - 1, AUDIT_HASH_CHARS);
	line.rest = line.body;
	if (!take_number(&line.rest, "{\"n\":", &line.number) ||
		!take_number(&line.rest, "\"t\":", &t))
		return false;
	line.t = (int64_t)t;
	*ret = line;
	return str_starts(line.rest, STR("\"event\":\""));
}

struct str audit_line_hash(struct str text)
{
	struct audit_line line;

	return audit_line_parse(text, &line) ? line.hash : STR_NONE;
}

struct str audit_line_seal(struct arena *a, struct str before, struct str body)
{
	unsigned char hash[SHA256_SIZE];
	char *bytes = arena_alloc(a, before.n + body.n);

	if (before.n)
		memcpy(bytes, before.p, before.n);
	memcpy(bytes + before.n, body.p, body.n);
	sha256((struct str){.p = bytes, .n = before.n + body.n}, hash);
	return base64url_encode(a, (struct str){.p = (const char *)hash, .n = sizeof(hash)});
}

void audit_seal(void *data, struct str prev, uint64_t number, struct str payload, struct buf *out)
{
	struct str hash;

	(void)data;
	buf_reserve(out, payload.n + 128);
	buf_add(out, STR("{\"n\":"));
	buf_add_i64(out, (int64_t)number);
	buf_add_byte(out, ',');
	buf_add(out, payload);
	hash = audit_line_seal(out->arena, audit_line_hash(prev), buf_str(out));
	buf_add(out, STR(HASH_OPEN));
	buf_add(out, hash);
	buf_add(out, STR(HASH_CLOSE));
}
