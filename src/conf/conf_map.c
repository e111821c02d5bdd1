/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Conf: the keys of a mapping against the rows of a table. */
#include "conf/conf_tree.h"

#define NAME_MAX_BYTES 200u /* of a full option name in a message */
#define WORD_MAX       40u  /* bytes of words that are compared for likeness */

/* One walk of one mapping with one table. */
struct conf_walk {
	const struct conf_target *target;
	const struct conf_item *table;
	const char *name; /* of the list entry, or "" */
	void *values;
	bool *seen; /* an option of the table was written, rightly or wrongly */
};

static struct str option_path(const struct conf_walk *w, size_t i)
{
	return str_c(w->table->options[i].path);
}

/* The option's name in messages: with its list entry before it. */
static const char *full_name(const struct conf_walk *w, struct str path, char mem[NAME_MAX_BYTES])
{
	bool in_list = w->name[0];

	snprintf(mem, NAME_MAX_BYTES, "%s%s%.*s", w->name, in_list ? "." : "",
		(int)(path.n < NAME_MAX_BYTES ? path.n : NAME_MAX_BYTES), path.p);
	return mem;
}

/* Edit distance of two words, WORD_MAX for long ones. */
static size_t distance(struct str a, struct str b)
{
	size_t row[WORD_MAX + 1];

	if (a.n >= WORD_MAX || b.n >= WORD_MAX)
		return WORD_MAX;
	for (size_t j = 0; j <= b.n; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t change = diagonal + (a.p[i - 1] != b.p[j - 1]);
			size_t insert = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;

			diagonal = row[j];
			row[j] = change < insert ? change : insert;
		}
	}
	return row[b.n];
}

static struct str last_word(struct str path)
{
	size_t n = path.n;

	while (n && path.p[n - 1] != '.')
		n--;
	return str_sub(path, n, path.n);
}

/* How unlike an option is to what was written: the spelling, or the right word in a wrong place. */
static size_t unlikeness(struct str option, struct str written)
{
	size_t whole = distance(option, written);
	size_t word = distance(last_word(option), last_word(written)) + 1;

	return whole < word ? whole : word;
}

/* How many letters may differ: two swapped ones count twice. */
static size_t tolerance(struct str word)
{
	if (word.n <= 3)
		return 1;
	return word.n / 3 > 2 ? word.n / 3 : 2;
}

/* The path most like the one written, empty when none is near. */
static struct str nearest(const struct conf_walk *w, struct str written)
{
	size_t best = tolerance(last_word(written)) + 1;
	struct str hit = STR_NONE;

	for (size_t i = 0; i < w->table->n_options; i++) {
		struct str path = option_path(w, i), rest = path;

		/* The sections on the way to it are candidates too. */
		for (size_t at = str_find(rest, '.'); at < path.n;) {
			size_t d = distance(str_sub(path, 0, at), written);

			if (d < best) {
				best = d;
				hit = str_sub(path, 0, at);
			}
			rest = str_sub(path, at + 1, path.n);
			at += 1 + str_find(rest, '.');
		}
		if (unlikeness(path, written) < best) {
			best = unlikeness(path, written);
			hit = path;
		}
	}
	return hit;
}

static void refuse_unknown(const struct conf_walk *w, const struct conf_node *key, struct str path)
{
	char name[NAME_MAX_BYTES];
	struct str like = nearest(w, path);

	if (like.n)
		conf_fault_add(w->target->faults, key->mark, full_name(w, path, name),
			"there is no such option; did you mean \"%.*s\"?", STR_FMT(like));
	else
		conf_fault_add(w->target->faults, key->mark, full_name(w, path, name),
			"there is no such option; remove it or see the reference of options");
}

static bool is_section(const struct conf_walk *w, struct str path)
{
	for (size_t i = 0; i < w->table->n_options; i++) {
		struct str option = option_path(w, i);

		if (option.n > path.n && option.p[path.n] == '.' && str_starts(option, path))
			return true;
	}
	return false;
}

static bool find_option(const struct conf_walk *w, struct str path, size_t *ret)
{
	for (size_t i = 0; i < w->table->n_options; i++) {
		if (!str_eq(option_path(w, i), path))
			continue;
		*ret = i;
		return true;
	}
	return false;
}

static const struct conf_node *earlier(const struct conf_node *map, const struct conf_node *key)
{
	for (const struct conf_node *c = map->first; c != key; c = c->next)
		if (str_eq(c->text, key->text))
			return c;
	return NULL;
}

static void walk_section(const struct conf_walk *w, const struct conf_node *map, struct str prefix);

static void walk_key(const struct conf_walk *w, const struct conf_node *key, struct str path)
{
	char name[NAME_MAX_BYTES];
	size_t i;

	if (find_option(w, path, &i)) {
		w->seen[i] = true;
		conf_value_set(w->target, &w->table->options[i], full_name(w, path, name),
			key->value, w->values);
		return;
	}
	if (!is_section(w, path)) {
		refuse_unknown(w, key, path);
		return;
	}
	/* "section:" with all its options commented out. */
	if (conf_node_is_null(key->value))
		return;
	if (key->value->kind == CONF_NODE_MAP)
		walk_section(w, key->value, path);
	else
		conf_fault_add(w->target->faults, key->value->mark, full_name(w, path, name),
			"is a section; write its options below it, indented");
}

static void walk_section(const struct conf_walk *w, const struct conf_node *map, struct str prefix)
{
	for (const struct conf_node *key = map->first; key; key = key->next) {
		const struct conf_node *before = earlier(map, key);
		char name[NAME_MAX_BYTES];
		struct buf path;

		buf_init(&path, w->target->faults->arena, prefix.n + key->text.n + 1);
		buf_add(&path, prefix);
		if (prefix.n)
			buf_add_byte(&path, '.');
		buf_add(&path, key->text);
		if (!before)
			walk_key(w, key, buf_str(&path));
		else
			conf_fault_add(w->target->faults, key->mark,
				full_name(w, buf_str(&path), name),
				"stands twice, first in line %zu; keep one", before->mark.line);
	}
}

/* Where a missing option should stand: the innermost mapping on the way to it. */
static struct conf_mark place_of(const struct conf_node *map, struct str path)
{
	struct conf_mark mark = {.line = 1, .column = 1};
	struct str rest = path, word;

	while (map && map->kind == CONF_NODE_MAP && str_cut(&rest, '.', &word)) {
		const struct conf_node *key = map->first;

		mark = map->mark;
		while (key && !str_eq(key->text, word))
			key = key->next;
		map = key ? key->value : NULL;
	}
	return mark;
}

/* The default is written as in the file and read in the same way. */
static void set_fallback(const struct conf_walk *w, const struct conf_option *o)
{
	struct conf_node *node;
	size_t faults = w->target->faults->n;

	if (!o->fallback || !o->fallback[0])
		return;
	node = conf_tree_parse(w->target->faults->arena, str_c(o->fallback), w->target->faults);
	if (node)
		conf_value_set(w->target, o, o->path, node, w->values);
	/* Tests hold that a row's default keeps the row's rule; so it is memory. */
	if (!node && w->target->faults->n == faults)
		conf_fault_add(w->target->faults, (struct conf_mark){0}, o->path,
			"its default cannot be read: there is no memory");
}

void conf_map_set(const struct conf_target *t, const struct conf_item *table, const char *name,
	const struct conf_node *map, void *values)
{
	struct conf_walk w = {.target = t, .table = table, .name = name, .values = values};
	char mem[NAME_MAX_BYTES];

	w.seen = arena_array(t->faults->arena, table->n_options, bool);
	if (map)
		walk_section(&w, map, STR_NONE);
	for (size_t i = 0; i < table->n_options; i++) {
		const struct conf_option *o = &table->options[i];

		if (w.seen[i])
			continue;
		if (o->flags & CONF_REQUIRED)
			conf_fault_add(t->faults, place_of(map, str_c(o->path)),
				full_name(&w, str_c(o->path), mem),
				"is required and missing; add it (%s)", conf_type_name(o->type));
		else
			set_fallback(&w, o);
	}
}
