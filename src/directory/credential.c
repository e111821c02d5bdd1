/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/credential.h"

#include "base/array.h"
#include "base/arena.h"
#include "crypto/pwhash.h"
#include "directory/records.h"
#include "crypto/hash.h"

#include <stddef.h>

#define AT(member) offsetof(struct credential, member)

const char *const must_change_words[] = {
	"no", "initial", "reassigned", "required", "expired", NULL};
_Static_assert(ARRAY_LEN(must_change_words) == MUST_CHANGE_MAX + 1, "a word for each value");

static const struct field credential_fields[] = {
	{1, "account", FIELD_STR, FIELD_READONLY, AT(account), ID_SIZE, NULL, "account id"},
	{2, "hash", FIELD_STR, FIELD_HIDDEN | FIELD_READONLY, AT(hash), PWHASH_MAX, NULL,
		"hash of the password"},
	{3, "password_set", FIELD_TIME, FIELD_READONLY, AT(set), 0, NULL,
		"when the password was chosen"},
	{4, "must_change", FIELD_ENUM, FIELD_READONLY, AT(must_change), 0, must_change_words,
		"why the password must be changed at the next login"},
	{5, "history", FIELD_STRLIST, FIELD_HIDDEN | FIELD_READONLY, AT(history),
		CREDENTIAL_HISTORY_MAX, NULL, "hashes of previous passwords"},
	{6, "initial_until", FIELD_TIME, FIELD_READONLY, AT(initial_until), 0, NULL,
		"when the initial secret expires"},
	{7, "initial_by", FIELD_STR, FIELD_READONLY, AT(initial_by), 80, NULL,
		"actor that issued the initial secret"},
	{8, "password_login_disabled", FIELD_BOOL, FIELD_READONLY, AT(forbidden), 0, NULL,
		"true: password login is disabled; only ThaID remains"},
	{9, "disabled_by", FIELD_STR, FIELD_READONLY, AT(forbidden_by), 80, NULL,
		"actor that disabled password login"},
	{10, "disabled_reason", FIELD_STR, FIELD_READONLY, AT(forbidden_reason), 500, NULL,
		"reason why it is disabled"},
	{11, "disabled_at", FIELD_TIME, FIELD_READONLY, AT(forbidden_at), 0, NULL,
		"when it was disabled"},
	{12, "credential_updated", FIELD_TIME, FIELD_READONLY, AT(updated), 0, NULL,
		"when any of this was last changed"},
};
const struct record_type record_credential = {
	"credential", sizeof(struct credential), credential_fields, ARRAY_LEN(credential_fields)};

static const struct field attempts_fields[] = {
	{1, "count", FIELD_I64, 0, offsetof(struct attempts, count), 0, NULL, "attempts counted"},
	{2, "last_ms", FIELD_I64, 0, offsetof(struct attempts, last_ms), 0, NULL,
		"the last one, milliseconds"},
	{3, "until_ms", FIELD_I64, 0, offsetof(struct attempts, until_ms), 0, NULL,
		"time before which no attempt is accepted, milliseconds"},
	{4, "locked", FIELD_BOOL, 0, offsetof(struct attempts, locked), 0, NULL, "locked"},
	{5, "codes", FIELD_I64, 0, offsetof(struct attempts, codes), 0, NULL,
		"of count: attempts at a one-time code"},
};
const struct record_type record_attempts = {
	"attempts", sizeof(struct attempts), attempts_fields, ARRAY_LEN(attempts_fields)};

enum rc credential_get(struct store_snapshot *s, struct arena *a, struct str account,
	struct credential *ret, uint64_t *ret_version)
{
	return record_get(s, TABLE_CREDENTIAL, account, a, ret, ret_version);
}

void credential_put(
	struct store_batch *b, struct arena *a, const struct credential *c, uint64_t expect)
{
	record_put(b, TABLE_CREDENTIAL, a, c->account, c, expect);
}

struct str credential_version_of(struct arena *a, const struct credential *c)
{
	unsigned char *digest = arena_alloc(a, SHA256_SIZE);

	sha256(c->hash, digest);
	return (struct str){(const char *)digest, CREDENTIAL_VERSION_SIZE};
}

void credential_set_hash(struct arena *a, struct credential *c, struct str hash, int64_t now)
{
	size_t kept =
		c->history.n < CREDENTIAL_HISTORY_MAX ? c->history.n : CREDENTIAL_HISTORY_MAX - 1;
	struct str *history = arena_array(a, kept + 1, struct str);

	if (c->hash.n) {
		history[0] = c->hash;
		if (kept)
			memcpy(history + 1, c->history.v, kept * sizeof(*history));
		c->history = (struct strlist){history, kept + 1};
	}
	c->hash = hash;
	c->set = c->updated = now;
}

void credential_forget_password(struct arena *a, struct credential *c, int64_t now)
{
	credential_set_hash(a, c, STR_NONE, now);
	c->initial_until = 0;
	c->initial_by = STR_NONE;
}

void credential_disable(struct credential *c, struct str by, struct str reason, int64_t now)
{
	c->forbidden = true;
	c->forbidden_by = by;
	c->forbidden_reason = reason;
	c->forbidden_at = c->updated = now;
}

void credential_enable(struct credential *c, int64_t now)
{
	c->forbidden = false;
	c->forbidden_by = c->forbidden_reason = STR_NONE;
	c->forbidden_at = 0;
	c->updated = now;
}

/* A name without account becomes one of ATTEMPT_NAME_SUBJECTS numbers. */
static struct str name_number(const unsigned char mac[static 4], char ret[static 3])
{
	ret[0] = (char)mac[0];
	ret[1] = (char)mac[1];
	ret[2] = (char)(mac[2] & ((ATTEMPT_NAME_SUBJECTS >> 16) - 1));
	return (struct str){ret, 3};
}

static void keyed(const struct vault *v, enum attempt_kind kind, struct str what,
	unsigned char ret[static SHA256_SIZE])
{
	static const char kinds[] = {'a', 'n', 'i', 't'};
	char text[512];
	struct buf buf;

	buf_init_fixed(&buf, text, sizeof(text));
	buf_add_byte(&buf, (unsigned char)kinds[kind]);
	buf_add(&buf, str_sub(what, 0, sizeof(text) - 2));
	hmac_sha256((struct str){(const char *)v->attempts, 32}, buf_str(&buf), ret);
}

struct attempt_subject attempt_subject(
	const struct vault *v, enum attempt_kind kind, struct str what)
{
	unsigned char mac[SHA256_SIZE];
	struct attempt_subject subject;
	char number[3];

	keyed(v, kind, what, mac);
	if (kind == ATTEMPT_NAME)
		keyed(v, kind, name_number(mac, number), mac);
	memcpy(subject.bytes, mac, sizeof(subject.bytes));
	return subject;
}

void attempt_keys(struct arena *a, const struct attempt_subject *subject, int64_t now,
	int64_t period, struct str ret[static ATTEMPT_BUCKETS])
{
	static const int64_t lives[ATTEMPT_BUCKETS] = {2, 1, 3}; /* periods from this one's start */
	struct str id = {(const char *)subject->bytes, sizeof(subject->bytes)};

	for (size_t i = 0; i < ATTEMPT_BUCKETS; i++)
		ret[i] = store_key_expiring(a, (now / period + lives[i]) * period, id);
}

void attempts_reset(
	struct store_batch *b, struct arena *a, const struct attempt_subject *subject, int64_t now)
{
	struct str keys[ATTEMPT_BUCKETS];

	attempt_keys(a, subject, now, ATTEMPT_PERIOD, keys);
	for (size_t i = 0; i < ATTEMPT_BUCKETS; i++)
		store_delete(b, TABLE_ATTEMPTS, keys[i], STORE_ANY);
}

enum rc attempts_get(struct store_snapshot *s, struct arena *a,
	const struct attempt_subject *subject, int64_t now, int64_t period,
	struct attempts_found *ret)
{
	struct attempts_found found = {.keys = {STR_NONE}};

	attempt_keys(a, subject, now, period, found.keys);
	for (size_t i = 0; i < ATTEMPT_BUCKETS; i++) {
		enum rc rc = record_get(
			s, TABLE_ATTEMPTS, found.keys[i], a, &found.buckets[i], &found.versions[i]);

		if (rc == RC_NOT_FOUND)
			found.versions[i] = STORE_ABSENT;
		else if (rc != RC_OK)
			return rc;
	}
	*ret = found;
	return RC_OK;
}

enum rc attempts_guard(struct store_snapshot *s, struct store_batch *b, struct arena *a,
	const struct attempt_subject *subject, int64_t now)
{
	struct attempts_found found;
	enum rc rc = attempts_get(s, a, subject, now, ATTEMPT_PERIOD, &found);

	for (size_t i = 0; rc == RC_OK && i < ATTEMPT_BUCKETS; i++)
		store_expect(b, TABLE_ATTEMPTS, found.keys[i], found.versions[i]);
	return rc;
}

enum rc attempts_guard_account(struct tx *tx, struct str account)
{
	const struct attempt_subject subject =
		attempt_subject(tx->app->vault, ATTEMPT_ACCOUNT, account);

	return attempts_guard(tx->snap, tx->batch, tx->a, &subject, tx->now);
}

void attempts_reset_account(struct tx *tx, struct str account)
{
	const struct attempt_subject subject =
		attempt_subject(tx->app->vault, ATTEMPT_ACCOUNT, account);

	attempts_reset(tx->batch, tx->a, &subject, tx->now);
}
