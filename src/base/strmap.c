/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/strmap.h"

#include "base/arena.h"

#define FIRST_CAP 64u

/* FNV-1a. The keys come from an administrator's file, not from strangers. */
static uint64_t hash(struct str key)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < key.n; i++)
		h = (h ^ (unsigned char)key.p[i]) * 0x100000001b3u;
	return h ^ h >> 32;
}

void strmap_init(struct strmap *m, struct arena *a)
{
	*m = (struct strmap){.arena = a,
		.cap = FIRST_CAP,
		.slots = arena_array(a, FIRST_CAP, struct strmap_slot)};
}

/* The key's slot, or the free one where it belongs; half of the slots are always free. */
static struct strmap_slot *slot_of(const struct strmap *m, struct str key)
{
	size_t at = hash(key) & (m->cap - 1);

	while (m->slots[at].key.p && !str_eq(m->slots[at].key, key))
		at = (at + 1) & (m->cap - 1);
	return &m->slots[at];
}

size_t *strmap_find(const struct strmap *m, struct str key)
{
	struct strmap_slot *slot = slot_of(m, key);

	return slot->key.p ? &slot->value : NULL;
}

static void grow(struct strmap *m)
{
	struct strmap bigger = {.arena = m->arena,
		.cap = m->cap * 2,
		.n = m->n,
		.slots = arena_array(m->arena, m->cap * 2, struct strmap_slot)};

	for (size_t i = 0; i < m->cap; i++)
		if (m->slots[i].key.p)
			*slot_of(&bigger, m->slots[i].key) = m->slots[i];
	*m = bigger;
}

void strmap_add(struct strmap *m, struct str key, size_t value)
{
	struct strmap_slot *slot = slot_of(m, key);

	if (!slot->key.p) {
		if (m->n + 1 > m->cap / 2) {
			grow(m);
			slot = slot_of(m, key);
		}
		slot->key = str_dup(m->arena, key);
		m->n++;
	}
	slot->value = value;
}
