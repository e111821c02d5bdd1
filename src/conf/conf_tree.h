/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CONF_CONF_TREE_H
#define PRATU_CONF_CONF_TREE_H

/*
 * Internal to conf: a YAML text as a tree of nodes with their positions, and the list of faults
 * found. Both live in the arena of one load. Included only by files of conf.
 */
#include "conf/conf.h"

#define CONF_DEPTH_MAX 12      /* levels of nesting */
#define CONF_NODES_MAX 200000u /* values and keys in one file */

struct conf_mark {
	size_t line, column; /* from 1 */
};

enum conf_node_kind { CONF_NODE_SCALAR, CONF_NODE_MAP, CONF_NODE_SEQ };

/* The children of a mapping are its keys, each with its value in ->value. */
struct conf_node {
	enum conf_node_kind kind;
	struct conf_mark mark;
	struct str text; /* of a scalar or key */
	bool quoted;
	struct conf_node *value;        /* of a key */
	struct conf_node *first, *last; /* children */
	struct conf_node *next;         /* sibling */
	size_t n;                       /* children */
};

struct conf_fault {
	struct conf_mark mark;
	struct str text;
};

struct conf_faults {
	struct arena *arena;
	struct conf_fault v[CONF_ERRORS_MAX];
	size_t n;
	bool more; /* there were more than fit */
};

/* Adds "option: what is wrong; the correction"; option may be NULL. */
void conf_fault_add(struct conf_faults *faults, struct conf_mark mark, const char *option,
	const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Appends them in the order of the file, one a line. */
void conf_faults_write(struct conf_faults *faults, const char *path, struct buf *out);

/*
 * Reads one document; anchors, aliases, tags and further documents are faults. NULL when the text
 * cannot be read on (a fault says where); an empty text gives an empty mapping.
 */
struct conf_node *conf_tree_parse(struct arena *a, struct str text, struct conf_faults *faults);
/* A value that was not written: "key:", "key: ~", "key: null". */
bool conf_node_is_null(const struct conf_node *node);

/* Where a value goes and how it is reported. */
struct conf_target {
	struct arena *arena; /* of the loaded configuration */
	const char *dir;     /* of the configuration file, absolute */
	struct conf_faults *faults;
	struct conf_secret **secrets; /* chain, freed with the configuration */
};

struct conf_secret {
	struct secret *secret;
	struct conf_secret *next;
};

/* Writes node's value into the option's member of values. name: the option's full name. */
void conf_value_set(const struct conf_target *t, const struct conf_option *option, const char *name,
	const struct conf_node *node, void *values);
/* Reads a mapping (NULL: an empty one) into values; name is "" or the list entry's name. */
void conf_map_set(const struct conf_target *t, const struct conf_item *table, const char *name,
	const struct conf_node *map, void *values);

/* "15m", "64K": the shortest spelling the file accepts. */
void conf_add_seconds(struct buf *out, int64_t seconds);
void conf_add_bytes(struct buf *out, int64_t bytes);
/* The option's name in the manual: "text", "seconds", ... */
const char *conf_type_name(enum conf_type type);
/* Is option i the first of the table below the given prefix ("a.b." of its path)? */
bool conf_first_of_section(const struct conf_item *table, size_t i, size_t prefix);

#endif
