/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/operations/clients.h"

#include "audit/audit.h"
#include "base/arena.h"
#include "codec/base64.h"
#include "directory/directory.h"
#include "directory/operations/client_metadata.h"
#include "directory/operations/check.h"
#include "base/clock.h"
#include "crypto/hash.h"

static struct str hash_secret(struct arena *a, struct str secret)
{
	unsigned char *hash = arena_alloc(a, SHA256_SIZE);

	sha256(secret, hash);
	return (struct str){(const char *)hash, SHA256_SIZE};
}

/* Gives the client a new secret; what it had is forgotten. */
static struct str make_secret(const struct rights *r, struct arena *a, struct client *c)
{
	struct str random = random_base64url(a, r->rng, CLIENT_SECRET_BYTES);
	struct buf text;

	buf_init(&text, a, sizeof(CLIENT_SECRET_PREFIX) + random.n);
	buf_add_c(&text, CLIENT_SECRET_PREFIX);
	buf_add(&text, random);
	c->secret_hash = hash_secret(a, buf_str(&text));
	c->old_secret_hash = STR_NONE;
	c->old_secret_until = 0;
	return buf_str(&text);
}

/* Makes a secret where one is needed and missing, drops one that is needed no more. */
static struct str settle_secret(const struct rights *r, struct arena *a, struct client *c)
{
	if (c->auth_method != CLIENT_AUTH_NONE)
		return c->secret_hash.n ? STR_NONE : make_secret(r, a, c);
	c->secret_hash = c->old_secret_hash = STR_NONE;
	c->old_secret_until = 0;
	return STR_NONE;
}

static void audit_client(const struct rights *r, struct store_batch *b, struct arena *a,
	enum audit_event event, struct str id)
{
	audit_append(b, TABLE_AUDIT, a,
		&(struct audit_entry){
			.event = event,
			.now_ms = clock_now_ms(r->clock),
			.client = id,
			.object = id,
			.actor = r->actor,
		});
}

static enum rc check_system_known(
	struct store_snapshot *snap, struct arena *a, const struct client *c, struct field_error *e)
{
	struct system system;
	enum rc rc;

	if (!c->system.n)
		return RC_OK;
	rc = system_get(snap, a, c->system, &system, NULL);
	if (rc == RC_NOT_FOUND)
		return fault(e, "system", "names \"%.*s\", which is no system; import it first",
			STR_FMT(c->system));
	return rc;
}

/* A decoded client holds views into the snapshot; this makes them the arena's. */
static struct client own(struct arena *a, const struct client *c)
{
	struct buf stored;
	struct client copy;

	buf_init(&stored, a, RECORD_STORED_MAX);
	field_encode(&record_client, c, &stored);
	if (field_decode(&record_client, a, buf_str(&stored), &copy) != RC_OK)
		return *c;
	return copy;
}

static enum rc read_client(const struct rights *r, struct arena *a, struct str id,
	struct client *ret, uint64_t *ret_version)
{
	struct store_snapshot *snap __attribute__((cleanup(store_snapshot_endp))) = NULL;
	struct client c;
	enum rc rc;

	rc = store_snapshot_begin(r->store, &snap);
	if (rc != RC_OK)
		return rc;
	rc = client_get(snap, a, id, &c, ret_version);
	if (rc != RC_OK)
		return rc;
	*ret = own(a, &c);
	return RC_OK;
}

static enum rc commit_client(const struct rights *r, struct arena *a, const struct client *c,
	uint64_t expect, enum audit_event event)
{
	struct store_batch *b = store_batch_new(a);

	client_put(b, a, c, expect);
	audit_client(r, b, a, event, c->id);
	return store_commit(r->store, b);
}

static enum rc check_references(const struct rights *r, struct arena *a, const struct client *c,
	struct field_error *ret_error)
{
	struct store_snapshot *snap __attribute__((cleanup(store_snapshot_endp))) = NULL;
	enum rc rc = store_snapshot_begin(r->store, &snap);

	return rc == RC_OK ? check_system_known(snap, a, c, ret_error) : rc;
}

enum rc client_add(const struct rights *r, struct arena *a, const struct json_value *metadata,
	struct client_made *ret, struct field_error *ret_error)
{
	struct client_made made = {.secret = STR_NONE};
	struct client *c = &made.client;
	enum rc rc;

	client_defaults(c);
	c->id = id_new(a, r->rng);
	rc = client_from_metadata(a, metadata, c, ret_error);
	if (rc != RC_OK)
		return rc;
	rc = check_references(r, a, c, ret_error);
	if (rc != RC_OK)
		return rc;
	c->created = c->updated = clock_now(r->clock);
	made.secret = settle_secret(r, a, c);
	rc = commit_client(r, a, c, STORE_ABSENT, AUDIT_CLIENT_ADDED);
	if (rc != RC_OK)
		return rc == RC_CONFLICT ? RC_EXISTS : rc;
	*ret = made;
	return RC_OK;
}

static enum rc update_once(const struct rights *r, struct arena *a,
	const struct json_value *metadata, struct str id, struct client_made *ret,
	struct field_error *ret_error)
{
	struct client_made made;
	uint64_t version;
	enum rc rc;

	rc = read_client(r, a, id, &made.client, &version);
	if (rc != RC_OK)
		return rc;
	rc = client_from_metadata(a, metadata, &made.client, ret_error);
	if (rc != RC_OK)
		return rc;
	rc = check_references(r, a, &made.client, ret_error);
	if (rc != RC_OK)
		return rc;
	made.client.updated = clock_now(r->clock);
	made.secret = settle_secret(r, a, &made.client);
	rc = commit_client(r, a, &made.client, version, AUDIT_CLIENT_CHANGED);
	if (rc == RC_OK)
		*ret = made;
	return rc;
}

enum rc client_update(const struct rights *r, struct arena *a, const struct json_value *metadata,
	struct client_made *ret, struct field_error *ret_error)
{
	enum rc rc = RC_CONFLICT;
	struct str id;

	if (!json_value_str(json_value_get(metadata, "client_id"), &id))
		return fault(ret_error, "client_id", "is missing; name the client to change");
	for (int i = 0; rc == RC_CONFLICT && i < RIGHTS_TRIES; i++)
		rc = update_once(r, a, metadata, id, ret, ret_error);
	return rc;
}

static enum rc rotate_once(const struct rights *r, struct arena *a, struct str id, int64_t overlap,
	struct client_made *ret)
{
	struct client_made made;
	struct client *c = &made.client;
	struct str before;
	uint64_t version;
	enum rc rc;

	rc = read_client(r, a, id, c, &version);
	if (rc != RC_OK)
		return rc;
	if (c->auth_method == CLIENT_AUTH_NONE)
		return RC_DENIED;
	before = c->secret_hash;
	made.secret = make_secret(r, a, c);
	c->updated = clock_now(r->clock);
	if (overlap) {
		c->old_secret_hash = before;
		c->old_secret_until = c->updated + overlap;
	}
	rc = commit_client(r, a, c, version, AUDIT_CLIENT_SECRET_ROTATED);
	if (rc == RC_OK)
		*ret = made;
	return rc;
}

enum rc client_rotate_secret(const struct rights *r, struct arena *a, struct str id,
	int64_t overlap, struct client_made *ret)
{
	enum rc rc = RC_CONFLICT;

	if (overlap < 0 || overlap > CLIENT_SECRET_OVERLAP_MAX)
		return RC_LIMITED;
	for (int i = 0; rc == RC_CONFLICT && i < RIGHTS_TRIES; i++)
		rc = rotate_once(r, a, id, overlap, ret);
	return rc;
}

static enum rc remove_once(const struct rights *r, struct arena *a, struct str id)
{
	struct store_batch *b = store_batch_new(a);
	struct client c;
	uint64_t version;
	enum rc rc;

	rc = read_client(r, a, id, &c, &version);
	if (rc != RC_OK)
		return rc;
	client_delete(b, &c, version);
	audit_client(r, b, a, AUDIT_CLIENT_REMOVED, c.id);
	return store_commit(r->store, b);
}

enum rc client_remove(const struct rights *r, struct arena *a, struct str id)
{
	enum rc rc = RC_CONFLICT;

	for (int i = 0; rc == RC_CONFLICT && i < RIGHTS_TRIES; i++)
		rc = remove_once(r, a, id);
	return rc;
}

struct client_listing {
	struct arena *arena;
	struct client *v;
	size_t n;
	enum rc rc;
};

static bool list_one(void *data, const struct store_record *record)
{
	struct client_listing *l = data;
	struct str stored;

	if (l->n == CLIENTS_MAX) {
		l->rc = RC_LIMITED;
		return false;
	}
	stored = str_dup(l->arena, record->value);
	l->rc = field_decode(&record_client, l->arena, stored, &l->v[l->n]);
	l->n += l->rc == RC_OK;
	return l->rc == RC_OK;
}

enum rc client_list(const struct rights *r, struct arena *a, struct client_list *ret)
{
	struct store_snapshot *snap __attribute__((cleanup(store_snapshot_endp))) = NULL;
	struct client_listing l = {.arena = a};
	uint64_t count;
	enum rc rc;

	rc = store_snapshot_begin(r->store, &snap);
	if (rc == RC_OK)
		rc = store_count(snap, TABLE_CLIENT, &count);
	if (rc != RC_OK)
		return rc;
	if (count > CLIENTS_MAX)
		return RC_LIMITED;
	l.v = arena_array(a, count, struct client);
	rc = store_scan(snap, TABLE_CLIENT, STR_NONE, STR_NONE, false, list_one, &l);
	if (rc != RC_OK || l.rc != RC_OK)
		return rc != RC_OK ? rc : l.rc;
	*ret = (struct client_list){l.v, l.n};
	return RC_OK;
}

enum rc client_show(const struct rights *r, struct arena *a, struct str id, struct client *ret)
{
	return read_client(r, a, id, ret, NULL);
}
