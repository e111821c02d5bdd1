/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/browser_session.h"

#include "core/schema.h"
#include "directory/access_recheck.h"
#include "directory/session.h"
#include "directory/directory.h"
#include "core/handle.h"

#define USER_AGENT_KEPT 300 /* bytes */

enum rc session_load(struct op *op, struct session_ref *ret)
{
	struct str cookie = http_cookie(op->x, SESSION_COOKIE), key;

	if (handle_key(op->tx.a, HANDLE_SESSION, cookie, &key) != RC_OK)
		return RC_NOT_FOUND;
	return session_get(op->tx.snap, op->tx.a, key, op->tx.now, ret);
}

static int by_creation(const void *a, const void *b)
{
	const struct session_ref *x = a, *y = b;

	return (x->s.created > y->s.created) - (x->s.created < y->s.created);
}

/* Ends the oldest sessions until one more fits. */
static enum rc make_room(struct op *op, struct str person, struct str but_sid)
{
	size_t keep = (size_t)op->tx.settings->sessions_per_person - 1, n = 0;
	struct session_list list;
	struct session_ref *others;
	enum rc rc = session_list(&op->tx, person, &list);

	if (rc != RC_OK)
		return rc;
	others = arena_array(op->tx.a, list.n, struct session_ref);
	for (size_t i = 0; i < list.n; i++)
		if (!str_eq(list.v[i].s.sid, but_sid))
			others[n++] = list.v[i];
	if (n <= keep)
		return RC_OK;
	qsort(others, n, sizeof(*others), by_creation);
	for (size_t i = 0; i < n - keep; i++)
		session_end(&op->tx, others + i);
	return RC_OK;
}

struct move {
	struct op *op;
	const struct session *to;
	enum rc rc;
};

static bool move_client(void *data, const struct store_record *record)
{
	struct move *m = data;
	struct session_client c;

	m->rc = field_decode(&record_session_client, m->op->tx.a, record->value, &c);
	if (m->rc != RC_OK)
		return false;
	store_delete(m->op->tx.batch, TABLE_SESSION_CLIENT, record->key, STORE_ANY);
	record_put(m->op->tx.batch, TABLE_SESSION_CLIENT, m->op->tx.a,
		session_client_key(m->op->tx.a, m->to, c.client), &c, STORE_ANY);
	return true;
}

/* The same person logs in again: the portals of the old session belong to the new one. */
static enum rc move_clients(struct op *op, const struct session *from, const struct session *to)
{
	struct move m = {op, to, RC_OK};
	enum rc rc = store_scan(op->tx.snap, TABLE_SESSION_CLIENT,
		session_client_key(op->tx.a, from, STR_NONE), STR_NONE, false, move_client, &m);

	return rc != RC_OK ? rc : m.rc;
}

/*
 * The beginning of a session and the end of all sessions of a person, or of an account, exclude
 * each other: this writes the person's record, unchanged, and depends on the account's; those
 * depend on the person's (session_sign_out, account_sign_out) and write what they end. So a session
 * that they did not see makes them run again, and one that begins after them sees what they did.
 */
static enum rc claim_owner(struct op *op, const struct session *s)
{
	struct account account;
	struct person person;
	uint64_t version;
	enum rc rc = person_get(op->tx.snap, op->tx.a, s->person, &person, &version);

	if (rc != RC_OK)
		return rc;
	/* An address that was proven in this very request is in the batch already. */
	if (store_batch_writes(op->tx.batch, TABLE_PERSON))
		store_expect(op->tx.batch, TABLE_PERSON, person.id, version);
	else
		record_put(op->tx.batch, TABLE_PERSON, op->tx.a, person.id, &person, version);
	if (!s->proven_account.n)
		return RC_OK;
	rc = account_get(op->tx.snap, op->tx.a, s->proven_account, &account, &version);
	if (rc == RC_OK)
		store_expect(op->tx.batch, TABLE_ACCOUNT, account.id, version);
	return rc;
}

enum rc session_begin(struct op *op, const struct session *draft, const struct session_ref *old,
	struct session_ref *ret)
{
	bool same = old && str_eq(old->s.person, draft->person);
	struct session s = *draft;
	struct handle h;
	enum rc rc;

	s.sid = same ? op_keep(op, old->s.sid) : id_new(op->tx.a, op->tx.app->rng);
	s.created = s.last_seen = op->tx.now;
	s.expires = op->tx.now + op->tx.settings->session_lifetime;
	s.idle_timeout = op->tx.settings->session_idle;
	s.user_agent = str_sub(op->x->request.user_agent, 0, USER_AGENT_KEPT);
	s.address = op->x->request.peer;
	if (!str_is_utf8(s.user_agent) || str_has_control(s.user_agent))
		s.user_agent = STR_NONE;
	rc = claim_owner(op, &s);
	if (rc == RC_OK)
		rc = session_bury(&op->tx, s.person);
	if (rc == RC_OK)
		rc = make_room(op, s.person, s.sid);
	if (rc == RC_OK && same)
		rc = move_clients(op, &old->s, &s);
	if (rc != RC_OK)
		return rc;
	if (same)
		session_replace(&op->tx, old);
	else if (old)
		session_end(&op->tx, old);
	h = handle_new(op->tx.a, HANDLE_SESSION, s.expires, op->tx.now_ms, op->tx.app->rng);
	record_put(op->tx.batch, TABLE_SESSION, op->tx.a, h.key, &s, STORE_ABSENT);
	store_put(op->tx.batch, TABLE_SESSION_BY_PERSON, key_join(op->tx.a, s.person, s.sid), h.key,
		STORE_ANY);
	http_set_cookie(op->x, SESSION_COOKIE, h.text, 0);
	*ret = (struct session_ref){s, h.key, 0};
	return RC_OK;
}

void session_touch(struct op *op, struct session_ref *ref, struct str account)
{
	bool chosen = account.n && !str_eq(account, ref->s.account);

	if (chosen && ref->version) {
		ref->s.account = account;
		ref->s.last_seen = op->tx.now;
		record_put(op->tx.batch, TABLE_SESSION, op->tx.a, ref->key, &ref->s, ref->version);
	} else {
		session_used(&op->tx, ref);
	}
}

enum rc session_note_client(
	struct op *op, const struct session_ref *ref, const struct session_entry *entry)
{
	struct session_client note = {.client = entry->client,
		.account = entry->account,
		.first = op->tx.now,
		.last = op->tx.now};
	struct str key = session_client_key(op->tx.a, &ref->s, entry->client);
	struct session_client there;
	enum rc rc = record_get(op->tx.snap, TABLE_SESSION_CLIENT, key, op->tx.a, &there, NULL);

	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	if (ref->version)
		store_expect(op->tx.batch, TABLE_SESSION, ref->key, ref->version);
	if (entry->until && entry->until < ref->s.expires)
		access_recheck_put(&op->tx, &(const struct access_recheck){.when = entry->until,
						    .kind = ACCESS_OF_PERSON,
						    .subject = ref->s.person,
						    .system = entry->system});
	if (rc == RC_OK && str_eq(there.account, entry->account))
		return RC_OK;
	if (rc == RC_OK)
		note.first = there.first;
	record_put(op->tx.batch, TABLE_SESSION_CLIENT, op->tx.a, key, &note, STORE_ANY);
	return RC_OK;
}

void session_forget_cookie(struct op *op)
{
	http_set_cookie(op->x, SESSION_COOKIE, STR_NONE, -1);
}
