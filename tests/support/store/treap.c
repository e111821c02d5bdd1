/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "support/store/treap.h"

#include "base/die.h"

struct treap {
	atomic_uint refs;
	uint32_t priority;
	size_t count;
	struct treap *left;
	struct treap *right;
	struct treap_entry *entry;
};

/* FNV-1a with a final mix: a key has the same priority in every tree. */
static uint32_t priority_of(struct str key)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < key.n; i++)
		h = (h ^ (unsigned char)key.p[i]) * 16777619u;
	h ^= h >> 16;
	h *= 0x7feb352du;
	return h ^ h >> 15;
}

static struct treap_entry *entry_new(struct str key, struct str value, uint64_t version)
{
	struct treap_entry *e = malloc(sizeof(*e) + key.n + value.n);
	char *bytes;

	if (!e)
		die("out of memory");
	bytes = (char *)(e + 1);
	atomic_init(&e->refs, 1);
	e->version = version;
	if (key.n)
		memcpy(bytes, key.p, key.n);
	if (value.n)
		memcpy(bytes + key.n, value.p, value.n);
	e->key = (struct str){.p = bytes, .n = key.n};
	e->value = (struct str){.p = bytes + key.n, .n = value.n};
	return e;
}

static struct treap_entry *entry_retain(struct treap_entry *e)
{
	atomic_fetch_add(&e->refs, 1);
	return e;
}

static void entry_release(struct treap_entry *e)
{
	if (atomic_fetch_sub(&e->refs, 1) != 1)
		return;
	explicit_bzero(e + 1, e->key.n + e->value.n);
	free(e);
}

size_t treap_count(const struct treap *t)
{
	return t ? t->count : 0;
}

/* Takes over its arguments. */
static struct treap *node(
	struct treap_entry *entry, uint32_t priority, struct treap *left, struct treap *right)
{
	struct treap *t = malloc(sizeof(*t));

	if (!t)
		die("out of memory");
	*t = (struct treap){.priority = priority, .left = left, .right = right, .entry = entry};
	atomic_init(&t->refs, 1);
	t->count = 1 + treap_count(left) + treap_count(right);
	return t;
}

struct treap *treap_retain(const struct treap *t)
{
	struct treap *shared = (struct treap *)(uintptr_t)t;

	if (shared)
		atomic_fetch_add(&shared->refs, 1);
	return shared;
}

void treap_release(struct treap *t)
{
	if (!t || atomic_fetch_sub(&t->refs, 1) != 1)
		return;
	treap_release(t->left);
	treap_release(t->right);
	entry_release(t->entry);
	free(t);
}

/* t is fresh and nobody else's; its left child, fresh too, comes up when it ranks higher. */
static struct treap *lift_left(struct treap *t)
{
	struct treap *top = t->left;

	if (top->priority <= t->priority)
		return t;
	t->left = top->right;
	top->right = t;
	top->count = t->count;
	t->count = 1 + treap_count(t->left) + treap_count(t->right);
	return top;
}

static struct treap *lift_right(struct treap *t)
{
	struct treap *top = t->right;

	if (top->priority <= t->priority)
		return t;
	t->right = top->left;
	top->left = t;
	top->count = t->count;
	t->count = 1 + treap_count(t->left) + treap_count(t->right);
	return top;
}

static struct treap *treap_put_entry(const struct treap *t, struct treap_entry *e)
{
	int order;

	if (!t)
		return node(entry_retain(e), priority_of(e->key), NULL, NULL);
	order = str_cmp(e->key, t->entry->key);
	if (order < 0)
		return lift_left(node(entry_retain(t->entry), t->priority,
			treap_put_entry(t->left, e), treap_retain(t->right)));
	if (order > 0)
		return lift_right(node(entry_retain(t->entry), t->priority, treap_retain(t->left),
			treap_put_entry(t->right, e)));
	return node(entry_retain(e), t->priority, treap_retain(t->left), treap_retain(t->right));
}

struct treap *treap_put(const struct treap *t, struct str key, struct str value, uint64_t version)
{
	struct treap_entry *e = entry_new(key, value, version);
	struct treap *changed = treap_put_entry(t, e);

	entry_release(e);
	return changed;
}

/* All keys of a are below those of b. */
static struct treap *merge(const struct treap *a, const struct treap *b)
{
	if (!a || !b)
		return treap_retain(a ? a : b);
	if (a->priority > b->priority)
		return node(entry_retain(a->entry), a->priority, treap_retain(a->left),
			merge(a->right, b));
	return node(entry_retain(b->entry), b->priority, merge(a, b->left), treap_retain(b->right));
}

struct treap *treap_remove(const struct treap *t, struct str key)
{
	int order;

	if (!t)
		return NULL;
	order = str_cmp(key, t->entry->key);
	if (order < 0)
		return node(entry_retain(t->entry), t->priority, treap_remove(t->left, key),
			treap_retain(t->right));
	if (order > 0)
		return node(entry_retain(t->entry), t->priority, treap_retain(t->left),
			treap_remove(t->right, key));
	return merge(t->left, t->right);
}

const struct treap_entry *treap_find(const struct treap *t, struct str key)
{
	const struct treap_entry *e = treap_ceil(t, key, false);

	return e && str_eq(e->key, key) ? e : NULL;
}

const struct treap_entry *treap_ceil(const struct treap *t, struct str bound, bool beyond)
{
	const struct treap_entry *best = NULL;

	while (t) {
		int order = str_cmp(t->entry->key, bound);

		if (order > 0 || (order == 0 && !beyond)) {
			best = t->entry;
			t = t->left;
		} else {
			t = t->right;
		}
	}
	return best;
}

const struct treap_entry *treap_below(const struct treap *t, struct str bound)
{
	const struct treap_entry *best = NULL;

	while (t) {
		if (str_cmp(t->entry->key, bound) < 0) {
			best = t->entry;
			t = t->right;
		} else {
			t = t->left;
		}
	}
	return best;
}

const struct treap_entry *treap_last(const struct treap *t)
{
	while (t && t->right)
		t = t->right;
	return t ? t->entry : NULL;
}
