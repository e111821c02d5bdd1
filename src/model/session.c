/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "model/session.h"

#include "base/arena.h"
#include "model/directory.h"

static bool is_live(const struct session *s, int64_t now)
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
	return is_live(&ret->s, now) ? RC_OK : RC_NOT_FOUND;
}

struct entries {
	struct store_snapshot *snap;
	struct store_batch *b;
	struct arena *a;
	int64_t now;
	struct session_ref *v;
	size_t n;
	enum rc rc;
};

/* One index entry: the session behind it, or the entry's end when that is dead. */
static bool take_entry(void *data, const struct store_record *entry)
{
	struct entries *e = data;
	enum rc rc = session_get(e->snap, e->a, entry->value, e->now, e->v + e->n);

	if (rc == RC_OK)
		e->n++;
	else if (rc == RC_NOT_FOUND)
		store_delete(e->b, TABLE_SESSION_BY_PERSON, entry->key, STORE_ANY);
	else
		e->rc = rc;
	return e->rc == RC_OK && e->n < SESSION_LIST_MAX;
}

enum rc sessions_of(struct store_snapshot *snap, struct store_batch *b, struct arena *a,
	struct str person, int64_t now, struct session_list *ret)
{
	struct session_ref *found = arena_array(a, SESSION_LIST_MAX, struct session_ref);
	struct entries e = {snap, b, a, now, found, 0, RC_OK};
	enum rc rc = store_scan(snap, TABLE_SESSION_BY_PERSON, key_join(a, person, STR_NONE),
		STR_NONE, false, take_entry, &e);

	if (rc != RC_OK || e.rc != RC_OK)
		return rc != RC_OK ? rc : e.rc;
	*ret = (struct session_list){found, e.n};
	return RC_OK;
}

void session_delete(struct store_batch *b, struct arena *a, const struct session *s, struct str key)
{
	store_delete(b, TABLE_SESSION, key, STORE_ANY);
	store_delete(b, TABLE_SESSION_BY_PERSON, key_join(a, s->person, s->sid), STORE_ANY);
}

enum rc sessions_end_by_password(struct store_snapshot *snap, struct store_batch *b,
	struct arena *a, const struct vault *v, struct str person, int64_t now_ms)
{
	struct session_list list;
	struct person old, changed;
	uint64_t version;
	enum rc rc = person.n ? person_get(snap, a, person, &old, &version) : RC_NOT_FOUND;

	if (rc != RC_OK)
		return rc == RC_NOT_FOUND ? RC_OK : rc;
	rc = sessions_of(snap, b, a, person, now_ms / 1000, &list);
	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < list.n; i++)
		if (str_eq_c(list.v[i].s.method, PASSWORD_METHOD))
			session_delete(b, a, &list.v[i].s, list.v[i].key);
	changed = old;
	changed.password_out_ms = now_ms;
	person_put(b, a, v, &old, version, &changed);
	return RC_OK;
}
