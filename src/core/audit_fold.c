/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "core/audit_fold.h"

#include "base/array.h"
#include "core/schema.h"
#include "crypto/hash.h"

#include <stddef.h>

#define KEPT       (90 * 86400) /* seconds after its period: a server that stood still writes it */
#define HASH_BYTES 16u
#define JOB_MAX    500u /* of one commit */
#define JOB_ROUNDS 20

#define AT(member) offsetof(struct audit_fold, member)
static const struct field fold_fields[] = {
	{1, "event", FIELD_STR, 0, AT(event), 64, NULL, "audit event"},
	{2, "person", FIELD_STR, 0, AT(person), 64, NULL, "person id"},
	{3, "account", FIELD_STR, 0, AT(account), 64, NULL, "account id"},
	{4, "client", FIELD_STR, 0, AT(client), 128, NULL, "client id"},
	{5, "system", FIELD_STR, 0, AT(system), 128, NULL, "system id"},
	{6, "office", FIELD_STR, 0, AT(office), 128, NULL, "office code"},
	{7, "address", FIELD_STR, 0, AT(address), 64, NULL, "IP address"},
	{8, "object", FIELD_STR, 0, AT(object), 256, NULL, "the record concerned"},
	{9, "detail", FIELD_STR, 0, AT(detail), 256, NULL, "a closed word"},
	{10, "until", FIELD_TIME, 0, AT(until), 0, NULL, "end of the period"},
	{11, "count", FIELD_I64, 0, AT(count), 0, NULL, "further events"},
};
const struct record_type record_audit_fold = {
	"audit_fold", sizeof(struct audit_fold), fold_fields, ARRAY_LEN(fold_fields)};

/* What is cut could not be stored, and is the same anyway. */
static struct str bounded(struct str s, size_t max)
{
	return str_sub(s, 0, max);
}

static struct audit_fold fold_of(const struct tx *tx, const struct audit_entry *e)
{
	return (struct audit_fold){
		.event = str_c(audit_event_name(e->event)),
		.person = bounded(e->person, 64),
		.account = bounded(e->account, 64),
		.client = bounded(e->client, 128),
		.system = bounded(e->system, 128),
		.office = bounded(e->office, 128),
		.address = bounded(e->address, 64),
		.object = bounded(e->object, 256),
		.detail = bounded(e->detail, 256),
		.until = (tx->now / AUDIT_FOLD_PERIOD + 1) * AUDIT_FOLD_PERIOD,
	};
}

static struct str fold_key(const struct tx *tx, const struct audit_fold *f)
{
	const struct str parts[] = {f->event, f->person, f->account, f->client, f->system,
		f->office, f->address, f->object, f->detail};
	const struct vault *v = tx->app->vault;
	unsigned char *mac = arena_alloc(tx->a, SHA256_SIZE);
	struct buf text;

	buf_init(&text, tx->a, 2048);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		buf_add(&text, parts[i]);
		buf_add_byte(&text, '\0');
	}
	hmac_sha256(
		(struct str){(const char *)v->attempts, sizeof(v->attempts)}, buf_str(&text), mac);
	return store_key_expiring(
		tx->a, f->until + KEPT, (struct str){(const char *)mac, HASH_BYTES});
}

void tx_audit_fold(struct tx *tx, const struct audit_entry *entry)
{
	struct audit_fold fold = fold_of(tx, entry), found;
	struct str key = fold_key(tx, &fold);
	uint64_t version;
	enum rc rc = record_get(tx->snap, TABLE_AUDIT_FOLD, key, tx->a, &found, &version);

	if (rc == RC_OK) {
		found.count++;
		record_put(tx->batch, TABLE_AUDIT_FOLD, tx->a, key, &found, version);
		return;
	}
	if (rc == RC_NOT_FOUND)
		record_put(tx->batch, TABLE_AUDIT_FOLD, tx->a, key, &fold, STORE_ABSENT);
	tx_audit_add(tx, entry);
}

/* --- when the period is over --- */

struct fold_end {
	struct arena *a;
	int64_t now;
	struct str keys[JOB_MAX];
	size_t n;
};

/* The keys are in the order in which the periods end. */
static bool find_over(void *data, const struct store_record *record)
{
	struct fold_end *end = data;

	if (store_key_expiry(record->key) - KEPT > end->now || end->n == JOB_MAX)
		return false;
	end->keys[end->n++] = str_dup(end->a, record->key);
	return true;
}

static void write_count(struct tx *tx, const struct audit_fold *f)
{
	struct audit_entry entry = {
		.now_ms = tx->now_ms,
		.person = f->person,
		.account = f->account,
		.client = f->client,
		.system = f->system,
		.office = f->office,
		.address = f->address,
		.object = f->object,
		.detail = f->detail,
		.count = f->count,
	};

	if (f->count && audit_event_parse(f->event, &entry.event) == RC_OK)
		audit_append(tx->batch, TABLE_AUDIT, tx->a, &entry);
}

static enum rc write_counts(struct tx *tx, void *data)
{
	struct fold_end *end = data;
	enum rc rc;

	*end = (struct fold_end){.a = tx->a, .now = tx->now};
	rc = store_scan(tx->snap, TABLE_AUDIT_FOLD, STR_NONE, STR_NONE, false, find_over, end);
	for (size_t i = 0; rc == RC_OK && i < end->n; i++) {
		struct audit_fold fold;
		uint64_t version;

		rc = record_get(tx->snap, TABLE_AUDIT_FOLD, end->keys[i], tx->a, &fold, &version);
		if (rc != RC_OK)
			break;
		write_count(tx, &fold);
		store_delete(tx->batch, TABLE_AUDIT_FOLD, end->keys[i], version);
	}
	return rc;
}

enum rc audit_fold_job(const struct app *app, struct arena *a)
{
	static const struct actor server = {.kind = ACTOR_JOB, .id = STR_INIT("server")};
	struct fold_end *end = arena_new_of(a, struct fold_end);
	enum rc rc = RC_OK;

	end->n = JOB_MAX;
	for (int i = 0; rc == RC_OK && end->n == JOB_MAX && i < JOB_ROUNDS; i++) {
		struct arena *own = arena_new(ARENA_MAX_CLI);

		rc = tx_run(app, &server, own, write_counts, end);
		arena_free(own);
	}
	return rc;
}
