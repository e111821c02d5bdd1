/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/logout/delivery.h"

#include "base/array.h"
#include "core/table.h"

#include <stddef.h>

#define MOMENT_SIZE 8 /* bytes of a due time */
#define BEHIND      1 /* the byte behind a client's NUL; client ids hold neither */

const char *const logout_state_words[] = {"waiting", "confirmed", "failed", NULL};
_Static_assert(ARRAY_LEN(logout_state_words) == LOGOUT_STATE_MAX + 1, "a word for each value");

#define AT(member) offsetof(struct logout_delivery, member)
static const struct field logout_delivery_fields[] = {
	{1, "client", FIELD_STR, 0, AT(client), CLIENT_ID_MAX, NULL, "client id"},
	{2, "sid", FIELD_STR, 0, AT(sid), ID_SIZE, NULL, "public session id"},
	{3, "person", FIELD_STR, 0, AT(person), ID_SIZE, NULL, "person id"},
	{4, "state", FIELD_ENUM, 0, AT(state), 0, logout_state_words,
		"waiting, confirmed or failed"},
	{5, "attempts", FIELD_I64, 0, AT(attempts), 0, NULL, "attempts so far"},
	{6, "due_ms", FIELD_I64, 0, AT(due_ms), 0, NULL, "next attempt, or end of a lease"},
	{7, "ended", FIELD_TIME, 0, AT(ended), 0, NULL, "when the session ended"},
	{8, "finished", FIELD_TIME, 0, AT(finished), 0, NULL, "confirmed, or given up"},
	{9, "why", FIELD_STR, 0, AT(why), LOGOUT_WHY_MAX, NULL, "why the last attempt failed"},
};
#undef AT
const struct record_type record_logout_delivery = {"logout", sizeof(struct logout_delivery),
	logout_delivery_fields, ARRAY_LEN(logout_delivery_fields)};

struct str logout_delivery_key(
	struct arena *a, int64_t ended, int64_t keep, struct str sid, struct str client)
{
	return store_key_expiring(a, ended + keep, key_join(a, sid, client));
}

static struct str waiting_key(struct arena *a, const struct logout_delivery *d)
{
	return logout_delivery_key(a, d->ended, LOGOUT_KEEP, d->sid, d->client);
}

static struct str due_key(struct arena *a, const struct logout_delivery_ref *ref)
{
	struct buf out;

	buf_init(&out, a, STORE_KEY_MAX);
	buf_add(&out, ref->d.client);
	buf_add_byte(&out, 0);
	for (int shift = 8 * (MOMENT_SIZE - 1); shift >= 0; shift -= 8)
		buf_add_byte(&out, (unsigned char)((uint64_t)ref->d.due_ms >> shift));
	buf_add(&out, ref->key);
	return buf_str(&out);
}

void logout_delivery_add(struct tx *tx, const struct session_ended *ended, struct str client)
{
	struct logout_delivery_ref ref = {.d = {.client = client,
						  .sid = ended->sid,
						  .person = ended->person,
						  .due_ms = tx->now_ms,
						  .ended = ended->ended}};

	ref.key = waiting_key(tx->a, &ref.d);
	record_put(tx->batch, (enum table)TABLE_LOGOUT, tx->a, ref.key, &ref.d, STORE_ANY);
	store_put(tx->batch, TABLE_LOGOUT_DUE, due_key(tx->a, &ref), STR_NONE, STORE_ANY);
}

enum rc logout_delivery_get(struct tx *tx, struct str key, struct logout_delivery_ref *ret)
{
	struct store_record stored;
	enum rc rc = store_get(tx->snap, TABLE_LOGOUT, key, &stored);

	if (rc != RC_OK)
		return rc;
	ret->key = key;
	ret->version = stored.version;
	return field_decode(&record_logout_delivery, tx->a, str_dup(tx->a, stored.value), &ret->d);
}

void logout_delivery_move(struct tx *tx, struct logout_delivery_ref *ref, int64_t due_ms)
{
	store_delete(tx->batch, TABLE_LOGOUT_DUE, due_key(tx->a, ref), STORE_ANY);
	ref->d.due_ms = due_ms;
	store_put(tx->batch, TABLE_LOGOUT_DUE, due_key(tx->a, ref), STR_NONE, STORE_ANY);
	record_put(tx->batch, (enum table)TABLE_LOGOUT, tx->a, ref->key, &ref->d, ref->version);
}

void logout_delivery_finish(struct tx *tx, struct logout_delivery_ref *ref, enum logout_state state)
{
	struct logout_delivery *d = &ref->d;

	store_delete(tx->batch, TABLE_LOGOUT_DUE, due_key(tx->a, ref), STORE_ANY);
	d->state = (int)state;
	d->finished = tx->now;
	if (state != LOGOUT_CONFIRMED) {
		record_put(tx->batch, (enum table)TABLE_LOGOUT, tx->a, ref->key, d, ref->version);
		return;
	}
	/* It is kept for less long: another key. One that took longer than that is not kept. */
	d->why = STR_NONE;
	store_delete(tx->batch, TABLE_LOGOUT, ref->key, ref->version);
	if (tx->now < d->ended + LOGOUT_KEEP_CONFIRMED)
		record_put(tx->batch, (enum table)TABLE_LOGOUT, tx->a,
			logout_delivery_key(
				tx->a, d->ended, LOGOUT_KEEP_CONFIRMED, d->sid, d->client),
			d, STORE_ANY);
}

enum rc logout_due_read(struct str key, struct logout_due *ret)
{
	size_t n = str_find(key, '\0');
	uint64_t ms = 0;

	if (key.n < n + 1 + MOMENT_SIZE)
		return RC_CORRUPT;
	for (size_t i = 0; i < MOMENT_SIZE; i++)
		ms = ms << 8 | (unsigned char)key.p[n + 1 + i];
	*ret = (struct logout_due){.client = str_sub(key, 0, n),
		.ms = (int64_t)ms,
		.key = str_sub(key, n + 1 + MOMENT_SIZE, STORE_KEY_MAX)};
	return RC_OK;
}

static struct str client_and(struct arena *a, struct str client, unsigned char byte)
{
	struct buf out;

	buf_init(&out, a, STORE_KEY_MAX);
	buf_add(&out, client);
	buf_add_byte(&out, byte);
	return buf_str(&out);
}

struct str logout_due_behind(struct arena *a, struct str client)
{
	return client_and(a, client, BEHIND);
}

struct str logout_due_prefix(struct arena *a, struct str client)
{
	return client_and(a, client, 0);
}

/* --- for store verify --- */

const char *logout_verify(
	const struct table_check *c, const struct store_record *stored, const void *record)
{
	const struct logout_delivery_ref ref = {
		.d = *(const struct logout_delivery *)record, .key = stored->key};
	struct store_record due;

	if (ref.d.state != LOGOUT_WAITING)
		return NULL;
	return store_get(c->snap, TABLE_LOGOUT_DUE, due_key(c->a, &ref), &due) == RC_NOT_FOUND
		       ? "it waits, and the table of due times has no entry for it"
		       : NULL;
}

/* A delivery that has expired leaves its due time to the next look of a sender. */
const char *logout_due_verify(
	const struct table_check *c, const struct store_record *stored, const void *record)
{
	struct logout_delivery_ref ref;
	struct logout_due due;
	enum rc rc = logout_due_read(stored->key, &due);

	(void)record;
	if (rc != RC_OK)
		return "no due time";
	if (store_key_expiry(due.key) <= c->now)
		return NULL;
	ref.key = due.key;
	rc = record_get(c->snap, (enum table)TABLE_LOGOUT, due.key, c->a, &ref.d, NULL);
	if (rc == RC_NOT_FOUND)
		return "a due time without its delivery";
	if (rc == RC_OK &&
		(ref.d.state != LOGOUT_WAITING || !str_eq(due_key(c->a, &ref), stored->key)))
		return "a due time that its delivery does not have";
	return NULL;
}
