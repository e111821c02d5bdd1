/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "core/audit_fold.h"

#include "base/array.h"
#include "base/random.h"
#include "codec/ip_network.h"
#include "core/schema.h"
#include "crypto/hash.h"

#include <stddef.h>

#define KEPT       (90 * 86400) /* seconds after its period: a server that stood still writes it */
#define HASH_BYTES 16u
#define OWN_BYTES  8u
#define JOB_MAX    500u /* of one commit */
#define JOB_ROUNDS 200

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

/* By which an address counts: itself, or its /64 of IPv6, of which each subscriber has a whole. */
static struct str network_of(struct arena *a, struct str text)
{
	struct ip_network networks[IP_NETWORKS_MAX];
	struct ip_address address;

	if (ip_address_parse(text, &address) != RC_OK)
		return text;
	(void)ip_networks(&address, 32, networks);
	return str_dup(a, (struct str){(const char *)networks[0].b, networks[0].bytes});
}

/* What the keys of all that are folded together begin with. */
static struct str fold_prefix(const struct tx *tx, const struct audit_fold *f)
{
	const struct str parts[] = {f->event, f->person, f->account, f->client, f->system,
		f->office, network_of(tx->a, f->address), f->object, f->detail};
	const struct vault *v = tx->app->vault;
	unsigned char *mac = arena_alloc(tx->a, SHA256_SIZE);
	struct buf text;

	buf_init(&text, tx->a, 2048);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		unsigned char n[2] = {(unsigned char)(parts[i].n >> 8), (unsigned char)parts[i].n};

		buf_add(&text, (struct str){(const char *)n, sizeof(n)});
		buf_add(&text, parts[i]);
	}
	hmac_sha256(
		(struct str){(const char *)v->attempts, sizeof(v->attempts)}, buf_str(&text), mac);
	return store_key_expiring(
		tx->a, f->until + KEPT, (struct str){(const char *)mac, HASH_BYTES});
}

/* A key of its own, so that no two requests ever write the same record. */
static struct str fold_key(const struct tx *tx, struct str prefix)
{
	unsigned char own[OWN_BYTES];
	struct buf key;

	rng_fill(tx->app->rng, own, sizeof(own));
	buf_init(&key, tx->a, prefix.n + sizeof(own));
	buf_add(&key, prefix);
	buf_add(&key, (struct str){(const char *)own, sizeof(own)});
	return buf_str(&key);
}

static bool find_any(void *data, const struct store_record *record)
{
	(void)record;
	*(bool *)data = true;
	return false;
}

void tx_audit_fold(struct tx *tx, const struct audit_entry *entry)
{
	struct audit_fold fold = fold_of(tx, entry);
	struct str prefix = fold_prefix(tx, &fold);
	bool again = false;
	enum rc rc =
		store_scan(tx->snap, TABLE_AUDIT_FOLD, prefix, STR_NONE, false, find_any, &again);

	if (rc != RC_OK)
		store_batch_fail(tx->batch, rc);
	fold.count = again;
	record_put(tx->batch, TABLE_AUDIT_FOLD, tx->a, fold_key(tx, prefix), &fold, STORE_ANY);
	if (!again)
		tx_audit_add(tx, entry);
}

/* --- when the period is over --- */

struct fold_end {
	struct arena *a;
	int64_t now;
	struct str keys[JOB_MAX];
	size_t n;
};

/* The keys are in the order in which the periods end, and those folded together are neighbours. */
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

/* Several addresses of one network: each had its own event or is in the count, which names the
 * network. */
static struct str common_address(struct arena *a, struct str x, struct str y)
{
	struct ip_network networks[IP_NETWORKS_MAX];
	struct ip_address address;
	char text[IP_ADDRESS_TEXT_MAX];
	struct buf name;

	if (str_eq(x, y) || ip_address_parse(y, &address) != RC_OK)
		return x;
	(void)ip_networks(&address, 32, networks);
	memcpy(address.b, networks[0].b, sizeof(address.b));
	ip_address_text(&address, text);
	buf_init(&name, a, sizeof(text) + 4);
	buf_add_c(&name, text);
	if (!ip_address_is_v4(&address))
		buf_addf(&name, "/%u", networks[0].bytes * 8u);
	return buf_str(&name);
}

/* A key begins with what all of its group have in common. */
static bool same_group(struct str x, struct str y)
{
	return x.n > OWN_BYTES && str_starts(y, str_sub(x, 0, x.n - OWN_BYTES));
}

/*
 * Takes the group that begins at i; *ret_next: where the next one begins. When there may be more of
 * it than this commit takes, the sum so far becomes its first record.
 */
static enum rc end_group(struct tx *tx, const struct fold_end *end, size_t i, size_t *ret_next)
{
	struct audit_fold sum, next;
	uint64_t first, version;
	size_t n = i;
	enum rc rc = record_get(tx->snap, TABLE_AUDIT_FOLD, end->keys[n++], tx->a, &sum, &first);

	while (rc == RC_OK && n < end->n && same_group(end->keys[i], end->keys[n])) {
		rc = record_get(tx->snap, TABLE_AUDIT_FOLD, end->keys[n], tx->a, &next, &version);
		if (rc != RC_OK)
			break;
		sum.count += next.count;
		sum.address = common_address(tx->a, sum.address, next.address);
		store_delete(tx->batch, TABLE_AUDIT_FOLD, end->keys[n++], version);
	}
	*ret_next = n;
	if (rc != RC_OK)
		return rc;
	if (n == JOB_MAX) {
		if (n - i > 1)
			record_put(tx->batch, TABLE_AUDIT_FOLD, tx->a, end->keys[i], &sum, first);
		return RC_OK;
	}
	write_count(tx, &sum);
	store_delete(tx->batch, TABLE_AUDIT_FOLD, end->keys[i], first);
	return RC_OK;
}

static enum rc write_counts(struct tx *tx, void *data)
{
	struct fold_end *end = data;
	enum rc rc;

	*end = (struct fold_end){.a = tx->a, .now = tx->now};
	rc = store_scan(tx->snap, TABLE_AUDIT_FOLD, STR_NONE, STR_NONE, false, find_over, end);
	for (size_t i = 0; rc == RC_OK && i < end->n;)
		rc = end_group(tx, end, i, &i);
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
