/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/directory.h"

#include "base/arena.h"
#include "core/table.h"
#include "codec/typed.h"
#include "directory/contact.h"

enum rc client_get(struct store_snapshot *s, struct arena *a, struct str id, struct client *ret,
	uint64_t *ret_version)
{
	return record_get(s, TABLE_CLIENT, id, a, ret, ret_version);
}

enum jose_alg client_id_token_alg(const struct client *client)
{
	return (enum jose_alg)(client->id_token_alg + 1);
}

enum jose_alg client_access_token_alg(const struct client *client)
{
	return client->access_token_alg ? (enum jose_alg)client->access_token_alg
					: client_id_token_alg(client);
}

enum rc system_get(struct store_snapshot *s, struct arena *a, struct str id, struct system *ret,
	uint64_t *ret_version)
{
	return record_get(s, TABLE_SYSTEM, id, a, ret, ret_version);
}

enum rc office_get(struct store_snapshot *s, struct arena *a, struct str code, struct office *ret,
	uint64_t *ret_version)
{
	return record_get(s, TABLE_OFFICE, code, a, ret, ret_version);
}

enum rc person_get(struct store_snapshot *s, struct arena *a, struct str id, struct person *ret,
	uint64_t *ret_version)
{
	return record_get(s, TABLE_PERSON, id, a, ret, ret_version);
}

enum rc account_get(struct store_snapshot *s, struct arena *a, struct str id, struct account *ret,
	uint64_t *ret_version)
{
	return record_get(s, TABLE_ACCOUNT, id, a, ret, ret_version);
}

static enum rc get_through(struct store_snapshot *s, enum table index, struct str key,
	enum table table, struct arena *a, void *ret, uint64_t *ret_version)
{
	const struct module_table *t = module_table_find(table);

	return table_find_in(s, a, t, table_index_in(t, index), key, ret, ret_version);
}

enum rc person_by_pid(struct store_snapshot *s, struct arena *a, struct str pid_hash,
	struct person *ret, uint64_t *ret_version)
{
	return get_through(s, TABLE_PERSON_BY_PID, pid_hash, TABLE_PERSON, a, ret, ret_version);
}

struct str username_fold(struct arena *a, struct str username)
{
	return str_lower(a, typed_username(a, username));
}

enum rc account_by_name(struct store_snapshot *s, struct arena *a, struct str username,
	struct account *ret, uint64_t *ret_version)
{
	struct str folded = username_fold(a, username);

	if (!username_valid(folded))
		return RC_NOT_FOUND;
	return get_through(s, TABLE_ACCOUNT_BY_NAME, folded, TABLE_ACCOUNT, a, ret, ret_version);
}

struct account_collect {
	struct store_snapshot *snap;
	struct arena *arena;
	struct account *v;
	size_t n, cap;
	enum rc rc;
};

static bool collect_account(void *data, const struct store_record *entry)
{
	struct account_collect *c = data;
	struct str id = str_sub(entry->key, ID_SIZE + 1, ID_SIZE);

	c->v = arena_grow(c->arena, c->v, c->n, &c->cap, 4, sizeof(*c->v));
	c->rc = account_get(c->snap, c->arena, id, c->v + c->n, NULL);
	if (c->rc == RC_NOT_FOUND)
		c->rc = RC_CORRUPT;
	c->n += c->rc == RC_OK;
	return c->rc == RC_OK;
}

enum rc accounts_of(
	struct store_snapshot *s, struct arena *a, struct str person, struct account_list *ret)
{
	struct account_collect c = {.snap = s, .arena = a};
	enum rc rc;

	rc = store_scan(s, TABLE_ACCOUNT_BY_PERSON, key_join(a, person, STR_NONE), STR_NONE, false,
		collect_account, &c);
	if (rc != RC_OK || c.rc != RC_OK)
		return rc != RC_OK ? rc : c.rc;
	*ret = (struct account_list){c.v, c.n};
	return RC_OK;
}

/* kind, subject, NUL, system, NUL: the part shared by all grants of a subject for a system. */
static void grant_prefix(
	struct buf *key, enum role_grant_subject kind, struct str subject, struct str system)
{
	buf_add_byte(key, kind == ROLE_GRANT_PERSON ? 'p' : 'a');
	buf_add(key, subject);
	buf_add_byte(key, 0);
	if (!system.n)
		return;
	buf_add(key, system);
	buf_add_byte(key, 0);
}

struct str role_grant_key(struct arena *a, const struct role_grant *g)
{
	struct buf key;

	buf_init(&key, a, STORE_KEY_MAX);
	grant_prefix(&key, (enum role_grant_subject)g->subject_kind, g->subject, g->system);
	buf_add(&key, g->role);
	buf_add_byte(&key, 0);
	buf_add(&key, g->office);
	return buf_str(&key);
}

struct grant_walk {
	struct arena *arena;
	role_grant_fn fn;
	void *data;
	enum rc rc;
};

static bool walk_grant(void *data, const struct store_record *record)
{
	struct grant_walk *w = data;
	struct role_grant g;

	w->rc = field_decode(&record_role_grant, w->arena, record->value, &g);
	return w->rc == RC_OK && w->fn(w->data, &g);
}

enum rc role_grants_each(struct store_snapshot *s, struct arena *a, enum role_grant_subject kind,
	struct str subject, struct str system, role_grant_fn fn, void *data)
{
	struct grant_walk w = {a, fn, data, RC_OK};
	struct buf prefix;
	enum rc rc;

	buf_init(&prefix, a, STORE_KEY_MAX);
	grant_prefix(&prefix, kind, subject, system);
	if (buf_status(&prefix) != RC_OK || !subject.n)
		return RC_NOT_FOUND;
	rc = store_scan(s, TABLE_ROLE_GRANT, buf_str(&prefix), STR_NONE, false, walk_grant, &w);
	return rc != RC_OK ? rc : w.rc;
}

struct grant_collect {
	struct arena *arena;
	struct role_grant *v;
	size_t n, cap;
};

static bool collect_grant(void *data, const struct role_grant *g)
{
	struct grant_collect *c = data;

	c->v = arena_grow(c->arena, c->v, c->n, &c->cap, 4, sizeof(*c->v));
	c->v[c->n++] = *g;
	return true;
}

enum rc role_grants_of(struct store_snapshot *s, struct arena *a, enum role_grant_subject kind,
	struct str subject, struct str system, struct role_grant_list *ret)
{
	struct grant_collect c = {.arena = a};
	enum rc rc = role_grants_each(s, a, kind, subject, system, collect_grant, &c);

	if (rc == RC_OK)
		*ret = (struct role_grant_list){c.v, c.n};
	return rc;
}

bool role_grant_valid(const struct role_grant *g, int64_t now)
{
	if (g->status != STATUS_ACTIVE)
		return false;
	return g->from <= now && (g->until == 0 || now < g->until);
}

void client_put(struct store_batch *b, struct arena *a, const struct client *c, uint64_t expect)
{
	record_put(b, TABLE_CLIENT, a, c->id, c, expect);
}

void client_delete(struct store_batch *b, const struct client *c, uint64_t version)
{
	store_delete(b, TABLE_CLIENT, c->id, version);
}

void system_put(struct store_batch *b, struct arena *a, const struct system *s, uint64_t expect)
{
	record_put(b, TABLE_SYSTEM, a, s->id, s, expect);
}

void office_put(struct store_batch *b, struct arena *a, const struct office *o, uint64_t expect)
{
	record_put(b, TABLE_OFFICE, a, o->code, o, expect);
}

void role_grant_put(
	struct store_batch *b, struct arena *a, const struct role_grant *g, uint64_t expect)
{
	record_put(b, TABLE_ROLE_GRANT, a, role_grant_key(a, g), g, expect);
}

void person_put(struct store_batch *b, struct arena *a, const struct vault *v,
	const struct person *old, uint64_t version, const struct person *p)
{
	table_put_in(b, a, module_table_find(TABLE_PERSON), p->id, old, version, p);
	email_index_move(b, a, v, old, p);
}

void account_put(struct store_batch *b, struct arena *a, const struct account *old,
	uint64_t version, const struct account *c)
{
	table_put_in(b, a, module_table_find(TABLE_ACCOUNT), c->id, old, version, c);
}

static bool only_ascii_of(struct str s, const char *marks)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		bool digit = c >= '0' && c <= '9';

		if (!letter && !digit && (c == '\0' || !strchr(marks, c)))
			return false;
	}
	return true;
}

bool username_valid(struct str username)
{
	return username.n > 0 && username.n <= USERNAME_MAX && only_ascii_of(username, "._-@");
}

bool natural_key_valid(struct str key, size_t max)
{
	return key.n > 0 && key.n <= max && only_ascii_of(key, "._-");
}
