/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/browser_session.h"

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

enum rc session_list(struct op *op, struct str person, struct session_list *ret)
{
	return sessions_of(op->tx.snap, op->tx.batch, op->tx.a, person, op->tx.now, ret);
}

void session_end(struct op *op, const struct session *s, struct str key)
{
	session_delete(op->tx.batch, op->tx.a, s, key);
}

/* Ends the oldest sessions until one more fits. */
static enum rc make_room(struct op *op, struct str person, struct str but_sid)
{
	struct session_list list;
	enum rc rc = session_list(op, person, &list);
	size_t keep = (size_t)op->tx.settings->sessions_per_person - 1, others = 0;

	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < list.n; i++)
		others += !str_eq(list.v[i].s.sid, but_sid);
	for (size_t over = others > keep ? others - keep : 0; over; over--) {
		const struct session_ref *oldest = NULL;

		for (size_t i = 0; i < list.n; i++) {
			const struct session_ref *c = list.v + i;

			if (c->s.sid.n && !str_eq(c->s.sid, but_sid) &&
				(!oldest || c->s.created < oldest->s.created))
				oldest = c;
		}
		if (!oldest)
			return RC_OK;
		session_end(op, &oldest->s, oldest->key);
		((struct session_ref *)(uintptr_t)oldest)->s.sid = STR_NONE;
	}
	return RC_OK;
}

static struct str client_key(struct op *op, const struct session *s, struct str client)
{
	return store_key_expiring(op->tx.a, s->expires, key_join(op->tx.a, s->sid, client));
}

struct move {
	struct op *op;
	const struct session *to;
	size_t n;
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
		client_key(m->op, m->to, c.client), &c, STORE_ANY);
	return ++m->n < SESSION_CLIENTS_MAX;
}

/* The same person logs in again: the portals of the old session belong to the new one. */
static enum rc move_clients(struct op *op, const struct session *from, const struct session *to)
{
	struct move m = {op, to, 0, RC_OK};
	enum rc rc = store_scan(op->tx.snap, TABLE_SESSION_CLIENT, client_key(op, from, STR_NONE),
		STR_NONE, false, move_client, &m);

	return rc != RC_OK ? rc : m.rc;
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
	rc = make_room(op, s.person, s.sid);
	if (rc == RC_OK && same)
		rc = move_clients(op, &old->s, &s);
	if (rc != RC_OK)
		return rc;
	if (old)
		session_end(op, &old->s, old->key);
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

	/* A session made in this very batch has no version yet: it is fresh. */
	if (!ref->version || (!chosen && op->tx.now < ref->s.last_seen + SESSION_SEEN_STEP))
		return;
	ref->s.last_seen = op->tx.now;
	if (chosen)
		ref->s.account = account;
	record_put(op->tx.batch, TABLE_SESSION, op->tx.a, ref->key, &ref->s, ref->version);
}

enum rc session_note_client(struct op *op, const struct session_ref *ref, struct str client)
{
	struct session_client note = {.client = client, .first = op->tx.now, .last = op->tx.now};
	struct str key = client_key(op, &ref->s, client);
	struct store_record there;
	enum rc rc = store_get(op->tx.snap, TABLE_SESSION_CLIENT, key, &there);

	if (rc == RC_NOT_FOUND)
		record_put(op->tx.batch, TABLE_SESSION_CLIENT, op->tx.a, key, &note, STORE_ANY);
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}

void session_forget_cookie(struct op *op)
{
	http_set_cookie(op->x, SESSION_COOKIE, STR_NONE, -1);
}

bool session_alive(struct op *op, struct str person, struct str sid)
{
	struct store_record entry;

	if (store_get(op->tx.snap, TABLE_SESSION_BY_PERSON, key_join(op->tx.a, person, sid),
		    &entry) != RC_OK)
		return false;
	return store_key_expiry(entry.value) > op->tx.now;
}

static enum rc end_but(struct op *op, struct person *person, struct str sid)
{
	struct session_list list;
	enum rc rc = session_list(op, person->id, &list);

	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < list.n; i++)
		if (!str_eq(list.v[i].s.sid, sid))
			session_end(op, &list.v[i].s, list.v[i].key);
	person->signed_out_ms = op->tx.now_ms;
	return RC_OK;
}

enum rc session_sign_out(struct op *op, struct person *person)
{
	return end_but(op, person, STR_NONE);
}

enum rc session_end_others(struct op *op, struct str person_id, struct str sid)
{
	struct person person, changed;
	uint64_t version;
	enum rc rc = person_get(op->tx.snap, op->tx.a, person_id, &person, &version);

	if (rc != RC_OK)
		return rc;
	changed = person;
	rc = end_but(op, &changed, sid);
	if (rc == RC_OK)
		person_put(op->tx.batch, op->tx.a, op->tx.app->vault, &person, version, &changed);
	return rc;
}

enum rc session_end_all(struct op *op, struct str person_id)
{
	return session_end_others(op, person_id, STR_NONE);
}

struct clients {
	struct op *op;
	struct session_client *v;
	size_t n, max;
	enum rc rc;
};

static bool take_client(void *data, const struct store_record *record)
{
	struct clients *c = data;

	c->rc = field_decode(&record_session_client, c->op->tx.a, record->value, c->v + c->n);
	return c->rc == RC_OK && ++c->n < c->max;
}

enum rc session_clients(
	struct op *op, const struct session *s, size_t max, struct session_client_list *ret)
{
	struct session_client *found = arena_array(op->tx.a, max, struct session_client);
	struct clients c = {op, found, 0, max, RC_OK};
	enum rc rc = store_scan(op->tx.snap, TABLE_SESSION_CLIENT, client_key(op, s, STR_NONE),
		STR_NONE, false, take_client, &c);

	*ret = (struct session_client_list){found, c.n};
	return rc != RC_OK ? rc : c.rc;
}
