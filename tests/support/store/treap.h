/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_STORE_TREAP_H
#define PRATU_STORE_TREAP_H

/*
 * An ordered map that never changes: every change gives a new tree that shares what is equal with
 * the old one. Holding a root is holding one moment of the table.
 *
 * Nodes are counted; a tree may be read and released in any thread.
 */
#include "base/str.h"

#include <stdatomic.h>

struct treap_entry {
	atomic_uint refs;
	uint64_t version;
	struct str key; /* the bytes stand behind the entry */
	struct str value;
};

struct treap; /* a node and all below it; the empty map is NULL */

/* Arguments are borrowed; a tree that is returned belongs to the caller. */
struct treap *treap_put(const struct treap *t, struct str key, struct str value, uint64_t version);
struct treap *treap_remove(const struct treap *t, struct str key);
struct treap *treap_retain(const struct treap *t);
void treap_release(struct treap *t);

/* The entry of this key, or NULL. */
const struct treap_entry *treap_find(const struct treap *t, struct str key);
/* The first entry with key >= bound (or > bound when beyond is set), or NULL. */
const struct treap_entry *treap_ceil(const struct treap *t, struct str bound, bool beyond);
/* The last entry with key < bound, or NULL. */
const struct treap_entry *treap_below(const struct treap *t, struct str bound);
/* The last entry of all, or NULL. */
const struct treap_entry *treap_last(const struct treap *t);
size_t treap_count(const struct treap *t);

#endif
