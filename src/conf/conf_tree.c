/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "conf/conf_tree.h"

#include "base/die.h"

#include <stdarg.h>
#include <yaml.h>

#define FAULT_MAX 600u /* bytes of one message */

struct yaml_reader {
	yaml_parser_t parser;
	struct arena *arena;
	struct conf_faults *faults;
	size_t nodes;
};

void conf_fault_add(struct conf_faults *faults, struct conf_mark mark, const char *option,
	const char *format, ...)
{
	char what[FAULT_MAX];
	struct buf text;
	va_list args;

	if (faults->n == CONF_ERRORS_MAX) {
		faults->more = true;
		return;
	}
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	buf_init(&text, faults->arena, 2 * FAULT_MAX);
	buf_addf(&text, "%s%s%s", option ? option : "", option ? ": " : "", what);
	faults->v[faults->n++] = (struct conf_fault){.mark = mark, .text = buf_str(&text)};
}

static int compare_faults(const void *a, const void *b)
{
	const struct conf_mark *x = &((const struct conf_fault *)a)->mark;
	const struct conf_mark *y = &((const struct conf_fault *)b)->mark;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->column < y->column ? -1 : x->column > y->column;
}

void conf_faults_write(struct conf_faults *faults, const char *path, struct buf *out)
{
	qsort(faults->v, faults->n, sizeof(faults->v[0]), compare_faults);
	for (size_t i = 0; i < faults->n; i++) {
		const struct conf_fault *f = &faults->v[i];

		buf_addf(out, "%s:%zu:%zu: %.*s\n", path, f->mark.line, f->mark.column,
			STR_FMT(f->text));
	}
	if (faults->more)
		buf_addf(out, "%s: there are more errors; mend these first\n", path);
}

static struct conf_mark mark_of(yaml_mark_t mark)
{
	return (struct conf_mark){.line = mark.line + 1, .column = mark.column + 1};
}

/* The next event, to be deleted by the caller; false after a fault. */
static bool next_event(struct yaml_reader *r, yaml_event_t *ret)
{
	if (yaml_parser_parse(&r->parser, ret))
		return true;
	if (r->parser.error == YAML_MEMORY_ERROR)
		return false;
	conf_fault_add(r->faults, mark_of(r->parser.problem_mark), NULL,
		"this is not YAML: %s; look at the indentation, the colons and the quotes",
		r->parser.problem ? r->parser.problem : "unreadable bytes");
	return false;
}

static struct conf_node *new_node(
	struct yaml_reader *r, enum conf_node_kind kind, const yaml_event_t *event)
{
	struct conf_node *node = arena_new_of(r->arena, struct conf_node);

	node->kind = kind;
	node->mark = mark_of(event->start_mark);
	return node;
}

static void conf_node_append(struct conf_node *parent, struct conf_node *child)
{
	if (parent->last)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
	parent->n++;
}

static struct conf_node *read_value(
	struct yaml_reader *r, const yaml_event_t *event, unsigned depth);

/* Reads what follows in its place: the next value, or NULL at the end of the collection. */
static struct conf_node *read_next(struct yaml_reader *r, unsigned depth, bool *ret_failed)
{
	struct conf_node *node = NULL;
	yaml_event_t event;

	*ret_failed = !next_event(r, &event);
	if (*ret_failed)
		return NULL;
	if (event.type != YAML_MAPPING_END_EVENT && event.type != YAML_SEQUENCE_END_EVENT) {
		node = read_value(r, &event, depth);
		*ret_failed = node == NULL;
	}
	yaml_event_delete(&event);
	return node;
}

static struct conf_node *read_seq(struct yaml_reader *r, struct conf_node *seq, unsigned depth)
{
	struct conf_node *child;
	bool failed;

	while ((child = read_next(r, depth + 1, &failed)))
		conf_node_append(seq, child);
	return failed ? NULL : seq;
}

static struct conf_node *read_map(struct yaml_reader *r, struct conf_node *map, unsigned depth)
{
	struct conf_node *key;
	bool failed;

	while ((key = read_next(r, depth + 1, &failed))) {
		if (key->kind != CONF_NODE_SCALAR) {
			conf_fault_add(r->faults, key->mark, NULL,
				"a list or mapping stands as a key; write a word");
			return NULL;
		}
		key->value = read_next(r, depth + 1, &failed);
		if (!key->value)
			return NULL;
		conf_node_append(map, key);
	}
	return failed ? NULL : map;
}

/* Anchors, aliases and tags make one text mean another; nothing here needs them. */
static const char *yaml_refusal(const yaml_event_t *event)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	switch (event->type) {
	case YAML_ALIAS_EVENT: return "aliases (*name) are not allowed; write the value again";
	case YAML_SCALAR_EVENT:
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
		break;
	default: break;
	}
	if (anchor)
		return "anchors (&name) are not allowed; remove it";
	return tag ? "tags (!type) are not allowed; remove it" : NULL;
}

static struct conf_node *read_scalar(struct yaml_reader *r, const yaml_event_t *event)
{
	struct conf_node *node = new_node(r, CONF_NODE_SCALAR, event);
	const char *p = (const char *)event->data.scalar.value;

	node->text = str_dup(r->arena, (struct str){.p = p, .n = event->data.scalar.length});
	node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	return node;
}

static struct conf_node *read_value(
	struct yaml_reader *r, const yaml_event_t *event, unsigned depth)
{
	const char *why = yaml_refusal(event);

	if (!why && depth > CONF_DEPTH_MAX)
		why = "the nesting is too deep";
	if (!why && ++r->nodes > CONF_NODES_MAX)
		why = "the file holds too many values";
	if (why) {
		conf_fault_add(r->faults, mark_of(event->start_mark), NULL, "%s", why);
		return NULL;
	}
	switch (event->type) {
	case YAML_SCALAR_EVENT: return read_scalar(r, event);
	case YAML_SEQUENCE_START_EVENT:
		return read_seq(r, new_node(r, CONF_NODE_SEQ, event), depth);
	case YAML_MAPPING_START_EVENT: return read_map(r, new_node(r, CONF_NODE_MAP, event), depth);
	default: die("libyaml: an event out of its order");
	}
}

/* Skips an event of the frame (start and end of stream and document); gives its type. */
static yaml_event_type_t skip_frame(struct yaml_reader *r, struct conf_mark *ret_mark)
{
	yaml_event_type_t type;
	yaml_event_t event;

	if (!next_event(r, &event))
		return YAML_NO_EVENT;
	type = event.type;
	*ret_mark = mark_of(event.start_mark);
	yaml_event_delete(&event);
	return type;
}

static struct conf_node *read_document(struct yaml_reader *r)
{
	struct conf_node *root;
	struct conf_mark mark;
	yaml_event_type_t type;
	bool failed;

	if (skip_frame(r, &mark) != YAML_STREAM_START_EVENT)
		return NULL;
	type = skip_frame(r, &mark);
	if (type == YAML_STREAM_END_EVENT) {
		root = arena_new_of(r->arena, struct conf_node);
		root->kind = CONF_NODE_MAP;
		root->mark = (struct conf_mark){.line = 1, .column = 1};
		return root;
	}
	if (type != YAML_DOCUMENT_START_EVENT)
		return NULL;
	root = read_next(r, 0, &failed);
	if (!root || skip_frame(r, &mark) != YAML_DOCUMENT_END_EVENT)
		return NULL;
	type = skip_frame(r, &mark);
	if (type == YAML_DOCUMENT_START_EVENT)
		conf_fault_add(r->faults, mark, NULL,
			"a second document starts here; put all options in one");
	return type == YAML_STREAM_END_EVENT ? root : NULL;
}

/* False: libyaml found no memory. */
static bool try_parse(
	struct arena *a, struct str text, struct conf_faults *faults, struct conf_node **ret)
{
	struct yaml_reader r = {.arena = a, .faults = faults};
	bool failed = !yaml_parser_initialize(&r.parser);

	if (failed)
		return false;
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text.p, text.n);
	*ret = read_document(&r);
	failed = r.parser.error == YAML_MEMORY_ERROR;
	yaml_parser_delete(&r.parser);
	return !failed;
}

/* No memory is no fault of the file. */
struct conf_node *conf_tree_parse(struct arena *a, struct str text, struct conf_faults *faults)
{
	struct conf_node *root = NULL;

	for (int tries = 0; !try_parse(a, text, faults, &root); tries++)
		memory_wait(tries);
	return root;
}

bool conf_node_is_null(const struct conf_node *node)
{
	return node->kind == CONF_NODE_SCALAR && !node->quoted &&
	       (node->text.n == 0 || str_eq_c(node->text, "~") || str_eq_c(node->text, "null"));
}

const char *conf_library_version(void)
{
	return yaml_get_version_string();
}
