/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/contact.h"

#include "base/array.h"
#include "base/arena.h"
#include "codec/email.h"
#include "core/table.h"
#include "directory/directory.h"

#include <stddef.h>

/* Says in TABLE_META that the index is whole. */
#define INDEX_MARK STR("email-index")

/* --- who holds an email --- */

/* Empty when nothing is proven. */
static struct str held_by(struct arena *a, const struct vault *v, const struct person *p)
{
	if (!p || !p->email_verified || !p->email.n)
		return STR_NONE;
	return vault_contact_hash(v, a, email_fold(a, p->email));
}

static struct str entry_key(struct arena *a, struct str address, struct str person)
{
	struct buf key;

	buf_init(&key, a, address.n + person.n);
	buf_add(&key, address);
	buf_add(&key, person);
	return buf_str(&key);
}

static void add_holder(
	struct store_batch *b, struct arena *a, struct str address, struct str person)
{
	store_put(b, TABLE_EMAIL, address, person, STORE_ANY);
	store_put(b, TABLE_EMAIL, entry_key(a, address, person), STR_NONE, STORE_ANY);
}

void email_index_move(struct store_batch *b, struct arena *a, const struct vault *v,
	const struct person *old, const struct person *p)
{
	struct str before = held_by(a, v, old), after = held_by(a, v, p);

	if (str_eq(before, after))
		return;
	if (before.n)
		store_delete(b, TABLE_EMAIL, entry_key(a, before, p->id), STORE_ANY);
	if (after.n)
		add_holder(b, a, after, p->id);
}

struct holders {
	struct str address, person;
	uint64_t version; /* of the address's own record */
	bool other;
};

static bool look_at_holder(void *data, const struct store_record *record)
{
	struct holders *h = data;

	if (record->key.n == h->address.n)
		h->version = record->version;
	else
		h->other |= !str_eq(str_sub(record->key, h->address.n, record->key.n), h->person);
	return !h->other;
}

enum rc email_claim(struct store_snapshot *snap, struct store_batch *b, struct arena *a,
	const struct vault *v, struct str email, struct str person)
{
	struct holders h = {.address = vault_contact_hash(v, a, email_fold(a, email)),
		.person = person,
		.version = STORE_ABSENT};
	enum rc rc = store_scan(snap, TABLE_EMAIL, h.address, STR_NONE, false, look_at_holder, &h);

	if (rc == RC_OK && h.other)
		return RC_EXISTS;
	if (rc == RC_OK)
		store_expect(b, TABLE_EMAIL, h.address, h.version);
	return rc;
}

/* --- the index of an older store --- */

static const struct actor index_builder = {.kind = ACTOR_JOB};

/* People after the cursor, as far as this attempt got. */
struct index_step {
	struct str after; /* the last person looked at before */
	struct tx *tx;
	char last[ID_SIZE];
	size_t n_last, n;
	enum rc rc;
};

/* The person must be unchanged since it was read: a concurrent change maintains the index as
 * well. */
static bool index_person(void *data, const struct store_record *record)
{
	struct index_step *s = data;
	struct tx *tx = s->tx;
	struct person p;
	struct str address;

	s->rc = field_decode(&record_person, tx->a, record->value, &p);
	if (s->rc != RC_OK || record->key.n > ID_SIZE)
		return false;
	memcpy(s->last, record->key.p, record->key.n);
	s->n_last = record->key.n;
	address = held_by(tx->a, tx->app->vault, &p);
	if (address.n) {
		store_expect(tx->batch, TABLE_PERSON, record->key, record->version);
		add_holder(tx->batch, tx->a, address, p.id);
	}
	return ++s->n < EMAIL_INDEX_STEP;
}

static enum rc index_attempt(struct tx *tx, void *data)
{
	struct index_step *s = data;
	enum rc rc;

	s->tx = tx;
	s->n = s->n_last = 0;
	s->rc = RC_OK;
	if (tx->attempts > 1) { /* nothing else is in the arena */
		arena_reset(tx->a);
		tx->batch = store_batch_new(tx->a);
	}
	rc = store_scan(tx->snap, TABLE_PERSON, STR_NONE, s->after, false, index_person, s);
	return rc == RC_OK ? s->rc : rc;
}

/* One batch of people after the cursor, which moves on only when it is stored. */
static enum rc index_people(
	const struct app *app, char cursor[ID_SIZE], size_t *cursor_n, bool *ret_more)
{
	struct arena *a __attribute__((cleanup(arena_freep))) = arena_new(ARENA_MAX);
	struct index_step s = {.after = {cursor, *cursor_n}};
	enum rc rc = tx_run(app, &index_builder, a, index_attempt, &s);

	*ret_more = true;
	if (rc == RC_CONFLICT) /* many writers: the same people again */
		return RC_OK;
	if (rc != RC_OK)
		return rc;
	*ret_more = s.n == EMAIL_INDEX_STEP;
	memcpy(cursor, s.last, s.n_last);
	*cursor_n = s.n_last;
	return RC_OK;
}

static enum rc find_mark(struct tx *tx, void *data)
{
	struct store_record mark;

	(void)data;
	return store_get(tx->snap, TABLE_META, INDEX_MARK, &mark);
}

static enum rc put_mark(struct tx *tx, void *data)
{
	(void)data;
	store_put(tx->batch, TABLE_META, INDEX_MARK, STR("1"), STORE_ANY);
	return RC_OK;
}

enum rc email_index_build(const struct app *app, bool *ret)
{
	struct arena *a __attribute__((cleanup(arena_freep))) = arena_new(ARENA_MAX);
	enum rc rc = tx_read(app, &index_builder, a, find_mark, NULL);
	char cursor[ID_SIZE];
	size_t cursor_n = 0;
	bool more = true;

	*ret = rc == RC_NOT_FOUND;
	if (rc != RC_NOT_FOUND)
		return rc;
	rc = RC_OK;
	while (rc == RC_OK && more)
		rc = index_people(app, cursor, &cursor_n, &more);
	return rc == RC_OK ? tx_run(app, &index_builder, a, put_mark, NULL) : rc;
}

/* --- the same, for store verify --- */

static bool index_is_built(const struct table_check *c)
{
	struct store_record mark;

	return store_get(c->snap, TABLE_META, INDEX_MARK, &mark) == RC_OK;
}

const char *email_verify(
	const struct table_check *c, const struct store_record *stored, const void *record)
{
	struct str address = held_by(c->a, c->app->vault, record);
	struct store_record entry;

	(void)stored;
	if (!address.n || !index_is_built(c))
		return NULL;
	return store_get(c->snap, TABLE_EMAIL,
		       entry_key(c->a, address, ((const struct person *)record)->id),
		       &entry) == RC_NOT_FOUND
		       ? "the index of email addresses has no entry for it"
		       : NULL;
}

/* The address's own record stays when its holder leaves: it orders those who claim it. */
const char *email_entry_verify(
	const struct table_check *c, const struct store_record *stored, const void *record)
{
	size_t n = vault_contact_hash(c->app->vault, c->a, STR_NONE).n;
	struct person p;
	enum rc rc;

	(void)record;
	if (stored->key.n <= n)
		return NULL;
	rc = person_get(c->snap, c->a, str_sub(stored->key, n, stored->key.n), &p, NULL);
	if (rc == RC_NOT_FOUND)
		return "an entry of the index of email addresses without its person";
	if (rc == RC_OK && !str_eq(held_by(c->a, c->app->vault, &p), str_sub(stored->key, 0, n)))
		return "an entry of the index of email addresses that its person does not have";
	return NULL;
}

/* --- a change in progress --- */

const char *const contact_kind_words[] = {"email", "mobile", NULL};
_Static_assert(ARRAY_LEN(contact_kind_words) == CONTACT_KIND_MAX + 1, "a word for each value");

/* The key begins with the end of a period, not with the change's own end, so that it can be looked
 * for: this period's place, that of the one before, and of a clock that stepped back. */
static void keys_of(struct arena *a, struct str person, enum contact_kind kind, int64_t now,
	struct str ret[static CONTACT_CHANGE_BUCKETS])
{
	static const int64_t lives[CONTACT_CHANGE_BUCKETS] = {2, 1, 3};
	struct str id = key_join(a, person, str_c(contact_kind_words[kind]));

	for (size_t i = 0; i < CONTACT_CHANGE_BUCKETS; i++)
		ret[i] = store_key_expiring(a,
			(now / CONTACT_CHANGE_LIFETIME + lives[i]) * CONTACT_CHANGE_LIFETIME, id);
}

enum rc contact_change_get(struct store_snapshot *snap, struct arena *a, struct str person,
	enum contact_kind kind, int64_t now, struct contact_change_found *ret)
{
	enum rc rc;

	*ret = (struct contact_change_found){.place = CONTACT_CHANGE_BUCKETS};
	keys_of(a, person, kind, now, ret->keys);
	for (size_t i = 0; i < CONTACT_CHANGE_BUCKETS; i++) {
		struct contact_change c;

		ret->versions[i] = STORE_ABSENT;
		rc = record_get(snap, TABLE_CONTACT_CHANGE, ret->keys[i], a, &c, &ret->versions[i]);
		if (rc != RC_OK && rc != RC_NOT_FOUND)
			return rc;
		if (rc == RC_OK && ret->place == CONTACT_CHANGE_BUCKETS && now < c.expires) {
			ret->change = c;
			ret->place = i;
		}
	}
	return ret->place < CONTACT_CHANGE_BUCKETS ? RC_OK : RC_NOT_FOUND;
}

void contact_change_put(struct store_batch *b, struct arena *a,
	const struct contact_change_found *found, const struct contact_change *change)
{
	bool same = found->place < CONTACT_CHANGE_BUCKETS && str_eq(found->change.id, change->id);
	size_t place = same ? found->place : 0;

	record_put(b, TABLE_CONTACT_CHANGE, a, found->keys[place], change, found->versions[place]);
	for (size_t i = 0; i < CONTACT_CHANGE_BUCKETS; i++) {
		if (i == place)
			continue;
		if (found->versions[i] == STORE_ABSENT)
			store_expect(b, TABLE_CONTACT_CHANGE, found->keys[i], STORE_ABSENT);
		else
			store_delete(b, TABLE_CONTACT_CHANGE, found->keys[i], found->versions[i]);
	}
}

void contact_change_delete(struct store_batch *b, struct arena *a, struct str person,
	enum contact_kind kind, int64_t now)
{
	struct str keys[CONTACT_CHANGE_BUCKETS];

	keys_of(a, person, kind, now, keys);
	for (size_t i = 0; i < CONTACT_CHANGE_BUCKETS; i++)
		store_delete(b, TABLE_CONTACT_CHANGE, keys[i], STORE_ANY);
}

#define AT(member) offsetof(struct contact_change, member)

static const struct field address_change_fields[] = {
	{1, "person", FIELD_STR, 0, AT(person), ID_SIZE, NULL, "person id"},
	{2, "kind", FIELD_ENUM, 0, AT(kind), 0, contact_kind_words, "email or mobile"},
	{3, "id", FIELD_STR, 0, AT(id), ID_SIZE, NULL, "of this change"},
	{4, "address", FIELD_STR, 0, AT(address), 254, NULL, "what is to be proven"},
	{5, "replaces", FIELD_STR, 0, AT(replaces), 254, NULL, "what was there when it began"},
	{6, "created", FIELD_TIME, 0, AT(created), 0, NULL, "when it began"},
	{7, "expires", FIELD_TIME, 0, AT(expires), 0, NULL, "dies"},
	{8, "sends", FIELD_I64, 0, AT(sends), 0, NULL, "codes sent"},
	{9, "tries", FIELD_I64, 0, AT(tries), 0, NULL, "codes typed"},
	/* 10 was a number of a page */
	{11, "notice_until", FIELD_TIME, 0, AT(notice_until), 0, NULL, "until when"},
	{12, "notice", FIELD_STR, 0, AT(notice), 40, NULL, "what the next page says: a word"},
	{13, "left", FIELD_I64, 0, AT(left), 0, NULL, "attempts until a lock"},
};
const struct record_type record_contact_change = {"address change", sizeof(struct contact_change),
	address_change_fields, ARRAY_LEN(address_change_fields)};
