/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/arena.h"
#include "codec/typed.h"
#include "directory/import/import_row.h"
#include "directory/directory.h"

static const char *const left_out[] = {NULL};

/* The tree as it will be: the offices of the file over those of the store. */
struct node {
	struct str code, parent;
	size_t line; /* in the file; 0: only in the store */
};

struct tree {
	struct strmap index; /* code -> place in nodes */
	struct node *nodes;
	size_t n, cap;
	struct import *im;
};

#define WALK_MAX 64 /* steps up; a longer circle is reported as too deep */

static struct tree *tree_of(struct import *im)
{
	struct tree *t = im->state;

	if (t)
		return t;
	t = arena_new_of(im->tx->a, struct tree);
	t->im = im;
	strmap_init(&t->index, im->tx->a);
	im->state = t;
	return t;
}

static void add_node(struct tree *t, struct str code, struct str parent, size_t line)
{
	t->nodes = arena_grow(t->im->tx->a, t->nodes, t->n, &t->cap, 64, sizeof(*t->nodes));
	strmap_add(&t->index, code, t->n);
	t->nodes[t->n++] =
		(struct node){str_dup(t->im->tx->a, code), str_dup(t->im->tx->a, parent), line};
}

static bool check_office(struct import *im, const struct csv_row *row, const struct office *o)
{
	if (!natural_key_valid(o->code, OFFICE_CODE_MAX)) {
		import_fault(im, row->line, "code",
			"holds more than letters, digits, \"-\", \".\" and \"_\"; mend the code");
		return false;
	}
	return import_first(im, row, "code", o->code);
}

static enum rc take_office(struct import *im, const struct csv_row *row)
{
	struct str code = typed_username(im->row, import_cell(im, row, "code", NULL));
	struct office old, o = {0};
	uint64_t version = STORE_ABSENT;
	enum rc rc = office_get(im->tx->snap, im->row, code, &old, &version);
	bool known = rc == RC_OK;

	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	if (known)
		o = old;
	if (!import_fill(im, row, &o) || !check_office(im, row, &o))
		return RC_OK;
	add_node(tree_of(im), o.code, o.parent, row->line);
	if (!import_differs(im, known ? &old : NULL, &o))
		return RC_OK;
	o.updated = im->tx->now;
	o.created = known ? old.created : im->tx->now;
	import_counts(im, 1);
	office_put(im->tx->batch, im->row, &o, version);
	if (known && o.status == STATUS_SUSPENDED && old.status != STATUS_SUSPENDED)
		import_recheck_all(im, STR_NONE);
	return RC_OK;
}

static const struct node *find_node(const struct tree *t, struct str code)
{
	const size_t *at = strmap_find(&t->index, code);

	return at ? &t->nodes[*at] : NULL;
}

/* Steps up the tree from n: how many offices stand above it; *ret_circle when one is itself. */
static int levels_above(const struct tree *t, const struct node *n, bool *ret_circle)
{
	const struct node *up = n;
	int levels = 0;

	*ret_circle = false;
	while (up && up->parent.n && levels < WALK_MAX) {
		up = find_node(t, up->parent);
		levels++;
		if (up == n) {
			*ret_circle = true;
			break;
		}
	}
	return levels;
}

static void check_node(struct import *im, const struct tree *t, const struct node *n)
{
	bool circle;
	int levels;

	if (!n->parent.n)
		return;
	if (!find_node(t, n->parent)) {
		import_fault(im, n->line ? n->line : 1, "parent",
			"\"%.*s\" is no office, neither here nor in the file; add it or mend the "
			"code",
			STR_FMT(n->parent));
		return;
	}
	levels = levels_above(t, n, &circle);
	if (!circle && levels < OFFICE_DEPTH_MAX)
		return;
	if (n->line && circle)
		import_fault(im, n->line, "parent",
			"the office would stand below itself; mend the parent");
	else if (n->line)
		import_fault(im, n->line, "parent",
			"the office would stand deeper than %d levels; mend the parent",
			OFFICE_DEPTH_MAX);
	else
		import_fault(im, 1, "parent",
			"office %.*s, which the file does not have, would stand deeper than %d "
			"levels; "
			"mend the parents above it",
			STR_FMT(n->code), OFFICE_DEPTH_MAX);
}

static bool add_stored(void *data, const struct store_record *record)
{
	struct tree *t = data;
	struct office o;

	if (strmap_find(&t->index, record->key))
		return true;
	if (field_decode(&record_office, t->im->row, record->value, &o) != RC_OK)
		return false;
	add_node(t, o.code, o.parent, 0);
	return true;
}

static enum rc check_tree(struct import *im)
{
	struct tree *t = tree_of(im);
	enum rc rc =
		store_scan(im->tx->snap, TABLE_OFFICE, STR_NONE, STR_NONE, false, add_stored, t);

	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < t->n; i++)
		check_node(im, t, &t->nodes[i]);
	return RC_OK;
}

const struct import_type import_offices = {
	.name = "offices",
	.help = "The office tree. A parent may be anywhere in the file, or exist already; the tree "
		"has at most 8 levels.",
	.record = &record_office,
	.left_out = left_out,
	.row = take_office,
	.finish = check_tree,
};
