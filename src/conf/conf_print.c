/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Conf: the values in force, as YAML that can be read again (but for the masked secrets). */
#include "conf/conf_load.h"
#include "conf/conf_tree.h"
#include "codec/date.h"
#include "base/die.h"
#include "base/secret.h"
#include "codec/json_writer.h"

struct printer {
	struct buf *out;
	bool dash; /* the next line begins a list entry */
};

bool conf_first_of_section(const struct conf_item *table, size_t i, size_t prefix)
{
	struct str section = str_sub(str_c(table->options[i].path), 0, prefix);

	for (size_t j = 0; j < i; j++)
		if (str_starts(str_c(table->options[j].path), section))
			return false;
	return true;
}

static const void *option_value(const struct conf_option *o, const void *values)
{
	return (const char *)values + o->offset;
}

static void start_line(struct printer *p, unsigned indent, struct str key)
{
	for (unsigned i = 0; i < indent; i++)
		buf_add_c(p->out, p->dash && i + 1 == indent ? "- " : "  ");
	p->dash = false;
	buf_add(p->out, key);
	buf_add_byte(p->out, ':');
}

/* A JSON string is a double-quoted YAML scalar. */
static void add_quoted(struct buf *out, struct str s)
{
	struct json_writer w;

	json_writer_init(&w, out);
	json_write_str(&w, s);
}

static void add_strlist(struct buf *out, struct strlist list)
{
	buf_add_byte(out, '[');
	for (size_t i = 0; i < list.n; i++) {
		if (i)
			buf_add_c(out, ", ");
		add_quoted(out, list.v[i]);
	}
	buf_add_byte(out, ']');
}

static void add_scalar(struct buf *out, const struct conf_option *o, const void *m)
{
	switch (o->type) {
	case CONF_STR:
	case CONF_URL:
	case CONF_PATH: add_quoted(out, *(const struct str *)m); return;
	case CONF_INT: buf_add_i64(out, *(const int64_t *)m); return;
	case CONF_BOOL: buf_add_c(out, *(const bool *)m ? "true" : "false"); return;
	case CONF_SECONDS: conf_add_seconds(out, *(const int64_t *)m); return;
	case CONF_BYTES: conf_add_bytes(out, *(const int64_t *)m); return;
	case CONF_ENUM: buf_add_c(out, o->words[*(const int *)m]); return;
	case CONF_SECRET_FILE: buf_add_c(out, "\"********\""); return;
	case CONF_STRLIST: add_strlist(out, *(const struct strlist *)m); return;
	case CONF_DATE: date_add_day(out, *(const int64_t *)m); return;
	case CONF_LIST:
	case CONF_INVALID: break;
	}
	die("conf: a table row has no type");
}

/* Nothing to write. */
static bool is_empty(const struct conf_option *o, const void *m)
{
	switch (o->type) {
	case CONF_STR:
	case CONF_URL:
	case CONF_PATH: return ((const struct str *)m)->n == 0;
	case CONF_SECRET_FILE: return *(struct secret *const *)m == NULL;
	case CONF_DATE: return *(const int64_t *)m == 0;
	case CONF_STRLIST: return ((const struct strlist *)m)->n == 0;
	case CONF_LIST: return ((const struct conf_list *)m)->n == 0;
	default: return false;
	}
}

static void print_section(struct printer *p, const struct conf_item *table, const void *values,
	struct str prefix, unsigned indent);

static void print_list(struct printer *p, const struct conf_option *o, const struct conf_list *list,
	unsigned indent)
{
	buf_add_byte(p->out, '\n');
	for (size_t i = 0; i < list->n; i++) {
		p->dash = true;
		print_section(p, o->item, (const char *)list->v + i * o->item->size, STR_NONE,
			indent + 2);
		if (!p->dash)
			continue;
		for (unsigned j = 0; j <= indent; j++)
			buf_add_c(p->out, "  ");
		buf_add_c(p->out, "- {}\n");
		p->dash = false;
	}
}

static void print_option(struct printer *p, const struct conf_option *o, struct str key,
	const void *values, unsigned indent)
{
	const void *m = option_value(o, values);

	/* An empty value over a default is one: left out it would read as the default. */
	if (is_empty(o, m) && !o->fallback)
		return;
	start_line(p, indent, key);
	if (o->type == CONF_LIST) {
		print_list(p, o, m, indent);
		return;
	}
	buf_add_byte(p->out, ' ');
	add_scalar(p->out, o, m);
	buf_add_byte(p->out, '\n');
}

static void print_section(struct printer *p, const struct conf_item *table, const void *values,
	struct str prefix, unsigned indent)
{
	for (size_t i = 0; i < table->n_options; i++) {
		struct str path = str_c(table->options[i].path);
		struct str rest = str_sub(path, prefix.n, path.n);
		size_t dot = str_find(rest, '.');

		if (!str_starts(path, prefix))
			continue;
		if (dot == rest.n) {
			print_option(p, &table->options[i], rest, values, indent);
			continue;
		}
		if (!conf_first_of_section(table, i, prefix.n + dot + 1))
			continue;
		start_line(p, indent, str_sub(rest, 0, dot));
		buf_add_byte(p->out, '\n');
		print_section(p, table, values, str_sub(path, 0, prefix.n + dot + 1), indent + 1);
	}
}

void conf_print(const struct conf *c, struct buf *out)
{
	struct printer p = {.out = out};

	print_section(&p, c->table, c->values, STR_NONE, 0);
}

static bool secret_differs(const struct secret *a, const struct secret *b)
{
	if (!a || !b)
		return a != b;
	return !secret_equal(secret_bytes(a), secret_bytes(b));
}

static bool option_differs(
	struct arena *arena, const struct conf_option *o, const void *before, const void *after)
{
	struct printer printers[2] = {{.dash = false}};
	const void *values[2] = {before, after};
	struct buf texts[2];

	if (o->type == CONF_SECRET_FILE)
		return secret_differs(*(struct secret *const *)option_value(o, before),
			*(struct secret *const *)option_value(o, after));
	for (size_t i = 0; i < 2; i++) {
		buf_init(&texts[i], arena, CONF_FILE_MAX);
		printers[i].out = &texts[i];
		print_option(&printers[i], o, STR("value"), values[i], 0);
	}
	return !str_eq(buf_str(&texts[0]), buf_str(&texts[1]));
}

void conf_differing(const struct conf *in_force, const struct conf *next, struct buf *out)
{
	const struct conf_item *table = in_force->table;

	for (size_t i = 0; i < table->n_options; i++) {
		const struct conf_option *o = &table->options[i];

		if (o->flags & CONF_RELOAD ||
			!option_differs(out->arena, o, in_force->values, next->values))
			continue;
		buf_add_c(out, out->n ? ", " : "");
		buf_add_c(out, o->path);
	}
}
