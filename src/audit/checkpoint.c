/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "audit/checkpoint.h"

#include "audit/record.h"
#include "codec/base64.h"
#include "codec/json_value.h"
#include "codec/json_writer.h"
#include "crypto/hash.h"

#define KEY_ID_CHARS 11u
#define MARK_MAX     1024u /* bytes of a head record */

struct audit_key audit_key_make(const unsigned char bytes[static 32])
{
	__attribute__((cleanup(arena_freep))) struct arena *a = arena_new(ARENA_MAX);
	struct audit_key key;
	struct buf text;

	memcpy(key.bytes, bytes, sizeof(key.bytes));
	buf_init(&text, a, 128);
	buf_add(&text, STR("pratu audit key id "));
	buf_add(&text, (struct str){.p = (const char *)bytes, .n = sizeof(key.bytes)});
	memcpy(key.id, sha256_base64url(a, buf_str(&text)).p, KEY_ID_CHARS);
	key.id[KEY_ID_CHARS] = '\0';
	return key;
}

struct str audit_sign(struct arena *a, const struct audit_key *key, const char *what,
	uint64_t number, int64_t t, struct str hash)
{
	struct str secret = {.p = (const char *)key->bytes, .n = sizeof(key->bytes)};
	unsigned char mac[SHA256_SIZE];
	struct buf text;

	buf_init(&text, a, MARK_MAX);
	/* The word in front keeps a checkpoint of the trail from being passed off as a head. */
	buf_addf(&text, "pratu audit %s\n%llu\n%lld\n", what, (unsigned long long)number,
		(long long)t);
	buf_add(&text, hash);
	hmac_sha256(secret, buf_str(&text), mac);
	return base64url_encode(a, (struct str){.p = (const char *)mac, .n = sizeof(mac)});
}

static struct str json_member_dup(struct arena *a, const struct json_value *root, const char *name)
{
	struct str value = STR_NONE;

	return json_value_str(json_value_get(root, name), &value) ? str_dup(a, value) : STR_NONE;
}

enum rc audit_mark_parse(struct arena *a, struct str json, struct audit_mark *ret)
{
	__attribute__((cleanup(json_value_freep))) struct json_value *root = NULL;
	struct audit_mark mark;
	int64_t number;

	if (json_value_parse(json, STORE_VALUE_MAX, &root) != RC_OK)
		return RC_CORRUPT;
	if (!json_value_i64(json_value_get(root, "upto"), &number) || number < 1 ||
		!json_value_i64(json_value_get(root, "t"), &mark.t))
		return RC_CORRUPT;
	mark.number = (uint64_t)number;
	mark.hash = json_member_dup(a, root, "of");
	mark.key_id = json_member_dup(a, root, "key");
	mark.signature = json_member_dup(a, root, "sig");
	if (mark.hash.n != AUDIT_HASH_CHARS)
		return RC_CORRUPT;
	*ret = mark;
	return RC_OK;
}

/* --- making one --- */

/* The state a checkpoint starts from. */
struct checkpoint_state {
	uint64_t last; /* number of the last record, 0: none */
	struct str hash;
	uint64_t own;     /* number a checkpoint event itself would have covered last time */
	int64_t signed_t; /* time of the last checkpoint, 0: none */
	uint64_t head_version;
};

static bool take_last(void *data, const struct store_record *record)
{
	*(struct store_record *)data = *record;
	return false;
}

static enum rc read_last(
	struct store_snapshot *snap, struct arena *a, int table, struct checkpoint_state *state)
{
	struct store_record record = {.version = 0};
	struct audit_line line;
	enum rc rc;

	rc = store_scan(snap, table, STR_NONE, STR_NONE, true, take_last, &record);
	if (rc != RC_OK || !record.version)
		return rc;
	if (!audit_line_parse(record.value, &line))
		return RC_CORRUPT;
	state->last = line.number;
	state->hash = str_dup(a, line.hash);
	return RC_OK;
}

static enum rc checkpoint_read_head(
	struct store_snapshot *snap, struct arena *a, int table, struct checkpoint_state *state)
{
	struct store_record record;
	struct audit_mark mark;
	enum rc rc = store_get(snap, table, STR(AUDIT_HEAD_KEY), &record);

	if (rc == RC_NOT_FOUND)
		return RC_OK;
	if (rc == RC_OK)
		rc = audit_mark_parse(a, record.value, &mark);
	if (rc != RC_OK)
		return rc;
	state->own = mark.number;
	state->signed_t = mark.t;
	state->head_version = record.version;
	return RC_OK;
}

/* The checkpoint event that followed the last signed record is no news by itself. */
static bool due(
	const struct checkpoint_state *state, struct audit_checkpoint_policy policy, int64_t now_ms)
{
	uint64_t covered = state->head_version ? state->own + 1 : 0;

	if (state->last <= covered)
		return false;
	return state->last - covered >= policy.every_events ||
	       now_ms - state->signed_t >= policy.every_ms;
}

/* upto, of, key, sig: as members of the object w is in. */
static void write_mark(struct json_writer *w, struct arena *a, const struct audit_key *key,
	const char *what, const struct checkpoint_state *state, int64_t t)
{
	json_add_i64(w, "upto", (int64_t)state->last);
	json_add_str(w, "of", state->hash);
	json_add_str(w, "key", str_c(key->id));
	json_add_str(w, "sig", audit_sign(a, key, what, state->last, t, state->hash));
}

static void add_event(struct store_batch *b, struct arena *a, int table,
	const struct audit_key *key, const struct checkpoint_state *state, int64_t t)
{
	struct buf payload;
	struct json_writer w;

	buf_init(&payload, a, MARK_MAX);
	json_writer_init(&w, &payload);
	json_add_i64(&w, "t", t);
	json_add_str(&w, "event", str_c(audit_event_name(AUDIT_CHECKPOINT)));
	write_mark(&w, a, key, "checkpoint", state, t);
	store_append(b, table, buf_str(&payload));
}

static void put_head(struct store_batch *b, struct arena *a, int table, const struct audit_key *key,
	const struct checkpoint_state *state, int64_t t)
{
	struct buf value;
	struct json_writer w;

	buf_init(&value, a, MARK_MAX);
	json_writer_init(&w, &value);
	json_write_object(&w);
	json_add_i64(&w, "t", t);
	write_mark(&w, a, key, "head", state, t);
	json_write_object_end(&w);
	store_put(b, table, STR(AUDIT_HEAD_KEY), buf_str(&value),
		state->head_version ? state->head_version : STORE_ABSENT);
}

enum rc audit_checkpoint_add(struct store_snapshot *snap, struct store_batch *b, struct arena *a,
	const struct audit_checkpoint_request *request, struct audit_checkpoint *ret)
{
	struct checkpoint_state state = {0};
	enum rc rc = read_last(snap, a, request->place.log, &state);

	if (rc == RC_OK)
		rc = checkpoint_read_head(snap, a, request->place.head, &state);
	if (rc != RC_OK)
		return rc;
	*ret = (struct audit_checkpoint){.number = 0};
	if (!due(&state, request->policy, request->now_ms))
		return RC_OK;
	add_event(b, a, request->place.log, request->key, &state, request->now_ms);
	put_head(b, a, request->place.head, request->key, &state, request->now_ms);
	*ret = (struct audit_checkpoint){state.last, state.hash};
	return RC_OK;
}

void audit_checkpoint_log(const struct audit_checkpoint *checkpoint)
{
	if (checkpoint->number)
		log_emit(LOG_EVENT_AUDIT_CHECKPOINT, LOG_I("number", (int64_t)checkpoint->number),
			LOG_S("hash", checkpoint->hash));
}
