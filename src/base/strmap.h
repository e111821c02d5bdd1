/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_BASE_STRMAP_H
#define PRATU_BASE_STRMAP_H

/* A map from text to a number, in an arena; grows by doubling. Keys are copied. One thread. */
#include "base/str.h"

struct strmap_slot {
	struct str key; /* .p NULL: free */
	size_t value;
};

struct strmap {
	struct arena *arena;
	struct strmap_slot *slots;
	size_t n, cap; /* cap: a power of two */
};

void strmap_init(struct strmap *m, struct arena *a);
/* Where the key's value is kept, or NULL. Good until the next strmap_add. */
size_t *strmap_find(const struct strmap *m, struct str key);
/* Adds a key that is not there yet, or changes its value. */
void strmap_add(struct strmap *m, struct str key, size_t value);

#endif
