/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/session.h"

#include "core/auth_proof.h"
#include "base/array.h"
#include "base/arena.h"
#include "core/table.h"
#include "directory/access_recheck.h"
#include "directory/directory.h"
#include "directory/session_ended.h"

#include <stddef.h>

static const struct field session_fields[] = {
	{1, "sid", FIELD_STR, 0, offsetof(struct session, sid), ID_SIZE, NULL, "public session id"},
	{2, "person", FIELD_STR, 0, offsetof(struct session, person), ID_SIZE, NULL, "person id"},
	{3, "account", FIELD_STR, 0, offsetof(struct session, account), ID_SIZE, NULL,
		"account id"},
	{4, "auth_time", FIELD_TIME, 0, offsetof(struct session, auth_time), 0, NULL,
		"when the person logged in"},
	{5, "amr", FIELD_STRLIST, 0, offsetof(struct session, amr), 8, NULL, "methods"},
	{6, "ial", FIELD_STR, 0, offsetof(struct session, ial), 4, NULL, "identity assurance"},
	{7, "aal", FIELD_STR, 0, offsetof(struct session, aal), 4, NULL,
		"authentication assurance"},
	{8, "method", FIELD_STR, 0, offsetof(struct session, method), 40, NULL,
		"authentication method"},
	{9, "created", FIELD_TIME, 0, offsetof(struct session, created), 0, NULL, "made"},
	{10, "last_seen", FIELD_TIME, 0, offsetof(struct session, last_seen), 0, NULL, "seen last"},
	{11, "expires", FIELD_TIME, 0, offsetof(struct session, expires), 0, NULL, "dies"},
	{12, "idle_timeout", FIELD_I64, 0, offsetof(struct session, idle_timeout), 0, NULL,
		"seconds it may stay unseen"},
	{13, "user_agent", FIELD_STR, 0, offsetof(struct session, user_agent), 300, NULL,
		"browser"},
	{14, "address", FIELD_STR, 0, offsetof(struct session, address), 64, NULL,
		"network address"},
	{15, "methods", FIELD_STRLIST, 0, offsetof(struct session, methods), AUTH_PROOFS_MAX, NULL,
		"authentication methods proven"},
	{16, "proven_account", FIELD_STR, 0, offsetof(struct session, proven_account), ID_SIZE,
		NULL, "account whose proof began it"},
};
const struct record_type record_session = {
	"session", sizeof(struct session), session_fields, ARRAY_LEN(session_fields)};

static const struct field session_client_fields[] = {
	{1, "client", FIELD_STR, 0, offsetof(struct session_client, client), CLIENT_ID_MAX, NULL,
		"client id"},
	{2, "first", FIELD_TIME, 0, offsetof(struct session_client, first), 0, NULL, "first login"},
	{3, "last", FIELD_TIME, 0, offsetof(struct session_client, last), 0, NULL, "last login"},
	{4, "account", FIELD_STR, 0, offsetof(struct session_client, account), ID_SIZE, NULL,
		"account entered as"},
};
const struct record_type record_session_client = {"session_client", sizeof(struct session_client),
	session_client_fields, ARRAY_LEN(session_client_fields)};

bool session_is_live(const struct session *s, int64_t now)
{
	return now < s->expires && now < s->last_seen + s->idle_timeout;
}

enum rc session_get(struct store_snapshot *snap, struct arena *a, struct str key, int64_t now,
	struct session_ref *ret)
{
	enum rc rc = record_get(snap, TABLE_SESSION, key, a, &ret->s, &ret->version);

	if (rc != RC_OK)
		return rc;
	ret->key = key;
	return session_is_live(&ret->s, now) ? RC_OK : RC_NOT_FOUND;
}

struct entries {
	const struct tx *tx;
	struct session_ref *v;
	size_t n;
	enum rc rc;
};

/* One index entry: the session behind it. */
static bool take_entry(void *data, const struct store_record *entry)
{
	struct entries *e = data;
	enum rc rc = session_get(e->tx->snap, e->tx->a, entry->value, e->tx->now, e->v + e->n);

	if (rc == RC_OK)
		e->n++;
	else if (rc != RC_NOT_FOUND)
		e->rc = rc;
	return e->rc == RC_OK && e->n < SESSION_LIST_MAX;
}

static enum rc each_entry(const struct tx *tx, struct str person, store_scan_fn fn, void *data)
{
	return store_scan(tx->snap, TABLE_SESSION_BY_PERSON, key_join(tx->a, person, STR_NONE),
		STR_NONE, false, fn, data);
}

enum rc session_list(const struct tx *tx, struct str person, struct session_list *ret)
{
	struct session_ref *found = arena_array(tx->a, SESSION_LIST_MAX, struct session_ref);
	struct entries e = {tx, found, 0, RC_OK};
	enum rc rc = each_entry(tx, person, take_entry, &e);

	if (rc != RC_OK || e.rc != RC_OK)
		return rc != RC_OK ? rc : e.rc;
	*ret = (struct session_list){found, e.n};
	return RC_OK;
}

/* The entry of a session that has ended by itself goes, and with it what is left of the session. It
 * has ended only if nobody used it since this snapshot: hence the versions. */
static bool bury_entry(void *data, const struct store_record *entry)
{
	struct entries *e = data;
	struct session_ref dead;
	enum rc rc = record_get(
		e->tx->snap, TABLE_SESSION, entry->value, e->tx->a, &dead.s, &dead.version);

	if (rc == RC_OK && session_is_live(&dead.s, e->tx->now))
		return true;
	if (rc == RC_OK)
		store_delete(e->tx->batch, TABLE_SESSION, entry->value, dead.version);
	if (rc == RC_OK || rc == RC_NOT_FOUND)
		store_delete(e->tx->batch, TABLE_SESSION_BY_PERSON, entry->key, entry->version);
	else
		e->rc = rc;
	return e->rc == RC_OK;
}

enum rc session_bury(struct tx *tx, struct str person)
{
	struct entries e = {.tx = tx, .rc = RC_OK};
	enum rc rc = each_entry(tx, person, bury_entry, &e);

	return rc != RC_OK ? rc : e.rc;
}

enum rc session_of(const struct tx *tx, struct str person, struct str sid, struct session_ref *ret)
{
	struct store_record entry;
	enum rc rc =
		store_get(tx->snap, TABLE_SESSION_BY_PERSON, key_join(tx->a, person, sid), &entry);

	return rc == RC_OK ? session_get(tx->snap, tx->a, entry.value, tx->now, ret) : rc;
}

void session_used(struct tx *tx, struct session_ref *ref)
{
	/* A session made in this very batch has no version yet: it is fresh. */
	if (!ref->version || tx->now < ref->s.last_seen + SESSION_SEEN_STEP)
		return;
	ref->s.last_seen = tx->now;
	record_put(tx->batch, TABLE_SESSION, tx->a, ref->key, &ref->s, ref->version);
}

struct clients {
	struct arena *a;
	struct session_client *v;
	size_t n, cap;
	enum rc rc;
};

static bool take_client(void *data, const struct store_record *record)
{
	struct clients *c = data;

	c->v = arena_grow(c->a, c->v, c->n, &c->cap, 4, sizeof(*c->v));
	c->rc = field_decode(&record_session_client, c->a, record->value, c->v + c->n);
	c->n += c->rc == RC_OK;
	return c->rc == RC_OK;
}

struct str session_client_key(struct arena *a, const struct session *s, struct str client)
{
	return store_key_expiring(a, s->expires, key_join(a, s->sid, client));
}

enum rc session_clients(
	const struct tx *tx, const struct session *s, struct session_client_list *ret)
{
	struct clients c = {.a = tx->a};
	enum rc rc = store_scan(tx->snap, TABLE_SESSION_CLIENT,
		session_client_key(tx->a, s, STR_NONE), STR_NONE, false, take_client, &c);

	*ret = (struct session_client_list){c.v, c.n};
	return rc != RC_OK ? rc : c.rc;
}

/* --- ending them --- */

struct str session_proven_account(const struct session *s)
{
	return s->proven_account.n ? s->proven_account : s->account;
}

void session_replace(struct tx *tx, const struct session_ref *ref)
{
	store_delete(tx->batch, TABLE_SESSION, ref->key, ref->version);
	store_delete(tx->batch, TABLE_SESSION_BY_PERSON, key_join(tx->a, ref->s.person, ref->s.sid),
		STORE_ANY);
}

void session_end(struct tx *tx, const struct session_ref *ref)
{
	session_replace(tx, ref);
	session_ended_put(tx, &ref->s, STR_NONE);
}

struct account_entries {
	struct tx *tx;
	struct str account;
	size_t n;
	enum rc rc;
};

static bool end_entry(void *data, const struct store_record *entry)
{
	struct account_entries *e = data;
	struct session_ref ref;

	e->rc = session_get(e->tx->snap, e->tx->a, entry->value, e->tx->now, &ref);
	if (e->rc == RC_OK && str_eq(session_proven_account(&ref.s), e->account)) {
		session_end(e->tx, &ref);
		e->n++;
	}
	if (e->rc == RC_NOT_FOUND)
		e->rc = RC_OK;
	return e->rc == RC_OK;
}

enum rc account_sign_out(struct tx *tx, struct account *account, size_t *ret_n)
{
	struct account_entries e = {.tx = tx, .account = account->id};
	struct person holder;
	uint64_t version;
	enum rc rc = account->person.n
			     ? person_get(tx->snap, tx->a, account->person, &holder, &version)
			     : RC_NOT_FOUND;

	account->signed_out_ms = tx->now_ms;
	/* Portals that other sessions entered as this account. */
	access_recheck_put(
		tx, &(const struct access_recheck){
			    .when = tx->now, .kind = ACCESS_OF_ACCOUNT, .subject = account->id});
	*ret_n = 0;
	if (rc != RC_OK)
		return rc == RC_NOT_FOUND ? RC_OK : rc;
	/* A session that begins at this moment writes it (directory/browser_session.c). */
	store_expect(tx->batch, TABLE_PERSON, holder.id, version);
	rc = each_entry(tx, holder.id, end_entry, &e);
	*ret_n = e.n;
	return rc != RC_OK ? rc : e.rc;
}

static enum rc end_but(struct tx *tx, struct person *person, struct str sid)
{
	struct session_list list;
	enum rc rc = session_list(tx, person->id, &list);

	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < list.n; i++)
		if (!str_eq(list.v[i].s.sid, sid))
			session_end(tx, list.v + i);
	person->signed_out_ms = tx->now_ms;
	return RC_OK;
}

enum rc session_sign_out(struct tx *tx, struct person *person)
{
	return end_but(tx, person, STR_NONE);
}

enum rc session_end_others(struct tx *tx, struct str person_id, struct str sid)
{
	struct person person, changed;
	uint64_t version;
	enum rc rc = person_get(tx->snap, tx->a, person_id, &person, &version);

	if (rc != RC_OK)
		return rc;
	changed = person;
	rc = end_but(tx, &changed, sid);
	if (rc == RC_OK)
		person_put(tx->batch, tx->a, tx->app->vault, &person, version, &changed);
	return rc;
}

/* --- the index by person, for store verify --- */

const char *session_verify(
	const struct table_check *c, const struct store_record *stored, const void *record)
{
	const struct session *s = record;
	struct store_record entry;
	enum rc rc = store_get(
		c->snap, TABLE_SESSION_BY_PERSON, key_join(c->a, s->person, s->sid), &entry);

	if (rc == RC_NOT_FOUND)
		return "the index of sessions by person has no entry for it";
	if (rc == RC_OK && !str_eq(entry.value, stored->key))
		return "its entry in the index of sessions by person names another session";
	return NULL;
}

/* An entry outlives the session that has expired, until the person's next login. */
const char *session_entry_verify(
	const struct table_check *c, const struct store_record *stored, const void *record)
{
	struct session s;
	enum rc rc;

	(void)record;
	if (stored->value.n < 4 || store_key_expiry(stored->value) <= c->now)
		return NULL;
	rc = record_get(c->snap, TABLE_SESSION, stored->value, c->a, &s, NULL);
	if (rc == RC_NOT_FOUND)
		return "an entry of the index of sessions by person without its session";
	if (rc == RC_OK && !str_eq(key_join(c->a, s.person, s.sid), stored->key))
		return "an entry of the index of sessions by person that its session does not have";
	return NULL;
}
