/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The tree against a sorted array, and the old trees against what they were. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/store/treap.h"

#define KEYS    97u
#define STEPS   4000u
#define MOMENTS 8u

struct treap_model {
	struct treap *tree;
	unsigned values[KEYS]; /* 0: absent */
};

static uint64_t state = 88172645463325252u;

static unsigned chance(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state % n);
}

static struct str treap_key(char text[static 8], unsigned i)
{
	snprintf(text, 8, "k%02u", i);
	return str_c(text);
}

static struct str value_of(char text[static 16], unsigned value)
{
	snprintf(text, 16, "%u", value);
	return str_c(text);
}

static unsigned next_present(const struct treap_model *m, unsigned i)
{
	while (i < KEYS && !m->values[i])
		i++;
	return i;
}

static void assert_same_as_model(const struct treap_model *m)
{
	const struct treap_entry *e = treap_ceil(m->tree, STR_NONE, false);
	unsigned n = 0, last = KEYS;
	char key[8], value[16];

	for (unsigned i = next_present(m, 0); i < KEYS; i = next_present(m, i + 1), n++) {
		assert_non_null(e);
		assert_true(str_eq(e->key, treap_key(key, i)));
		assert_true(str_eq(e->value, value_of(value, m->values[i])));
		assert_int_equal(e->version, m->values[i]);
		assert_ptr_equal(treap_find(m->tree, e->key), e);
		assert_ptr_equal(treap_ceil(m->tree, e->key, false), e);
		if (last < KEYS)
			assert_true(
				str_eq(treap_below(m->tree, e->key)->key, treap_key(key, last)));
		else
			assert_null(treap_below(m->tree, e->key));
		last = i;
		e = treap_ceil(m->tree, e->key, true);
	}
	assert_null(e);
	assert_int_equal(treap_count(m->tree), n);
	if (n)
		assert_true(str_eq(treap_last(m->tree)->key, treap_key(key, last)));
	else
		assert_null(treap_last(m->tree));
}

static void step(struct treap_model *m, unsigned value)
{
	struct treap *before = m->tree;
	unsigned i = chance(KEYS);
	char key[8], text[16];

	if (chance(3)) {
		m->tree = treap_put(before, treap_key(key, i), value_of(text, value), value);
		m->values[i] = value;
	} else {
		m->tree = treap_remove(before, treap_key(key, i));
		m->values[i] = 0;
	}
	treap_release(before);
}

static void model(void **unused)
{
	struct treap_model now = {.tree = NULL}, kept[MOMENTS] = {{.tree = NULL}};

	(void)unused;
	assert_same_as_model(&now);
	for (unsigned i = 1; i <= STEPS; i++) {
		struct treap_model *slot = &kept[chance(MOMENTS)];

		step(&now, i);
		assert_same_as_model(&now);
		if (i % 50)
			continue;
		treap_release(slot->tree);
		*slot = now;
		slot->tree = treap_retain(now.tree);
		for (unsigned k = 0; k < MOMENTS; k++)
			assert_same_as_model(&kept[k]);
	}
	for (unsigned k = 0; k < MOMENTS; k++)
		treap_release(kept[k].tree);
	treap_release(now.tree);
}

/* Keys in order must not make a list of it: 200,000 deep would also break the stack. */
static void ordered_keys(void **unused)
{
	struct treap *tree = NULL;
	char key[16];

	(void)unused;
	for (unsigned i = 0; i < 200000; i++) {
		struct treap *before = tree;

		snprintf(key, sizeof(key), "%08u", i);
		tree = treap_put(before, str_c(key), STR_NONE, 1);
		treap_release(before);
	}
	assert_int_equal(treap_count(tree), 200000);
	assert_true(str_eq_c(treap_last(tree)->key, "00199999"));
	treap_release(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(model),
		cmocka_unit_test(ordered_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
