/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Conf: the manual and the sample file, out of the table alone. */
#include "conf/conf_tree.h"

#define COLUMN 96u /* width of the sample file */

static void add_number(struct buf *out, const struct conf_option *o, int64_t value)
{
	if (o->type == CONF_SECONDS)
		conf_add_seconds(out, value);
	else if (o->type == CONF_BYTES)
		conf_add_bytes(out, value);
	else
		buf_add_i64(out, value);
}

/* "duration, 1m to 12h", "choice of: a, b". */
static void add_type(struct buf *out, const struct conf_option *o)
{
	bool counted = o->type == CONF_LIST || o->type == CONF_STRLIST;
	bool number = o->type == CONF_INT || o->type == CONF_SECONDS || o->type == CONF_BYTES;

	buf_add_c(out, conf_type_name(o->type));
	if (o->type == CONF_ENUM)
		buf_add_c(out, " of: ");
	for (size_t i = 0; o->type == CONF_ENUM && o->words[i]; i++)
		buf_addf(out, "%s%s", i ? ", " : "", o->words[i]);
	if (!o->min && !o->max)
		return;
	buf_add_c(out, ", ");
	add_number(out, o, o->min);
	if (o->type == CONF_SECRET_FILE) {
		buf_add_c(out, " bytes or more");
		return;
	}
	buf_add_c(out, " to ");
	add_number(out, o, o->max);
	buf_add_c(out, number ? "" : counted ? " entries" : " bytes");
}

static void add_cell(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '|')
			buf_add_byte(out, '\\');
		buf_add_byte(out, *text == '\n' ? ' ' : (unsigned char)*text);
	}
}

static void add_row(struct buf *out, const char *list, const struct conf_option *o)
{
	buf_addf(out, "| `%s%s` | ", list, o->path);
	add_type(out, o);
	buf_add_c(out, " | ");
	if (o->flags & CONF_REQUIRED)
		buf_add_c(out, "required");
	else if (o->fallback && o->fallback[0])
		buf_addf(out, "`%s`", o->fallback);
	buf_addf(out, " | %s | ", o->flags & CONF_RELOAD ? "reload" : "restart");
	add_cell(out, o->help ? o->help : "");
	buf_add_c(out, " |\n");
}

static void add_rows(struct buf *out, const char *list, const struct conf_item *table)
{
	for (size_t i = 0; i < table->n_options; i++) {
		const struct conf_option *o = &table->options[i];
		char inner[256];

		add_row(out, list, o);
		if (o->type != CONF_LIST)
			continue;
		snprintf(inner, sizeof(inner), "%s%s[].", list, o->path);
		add_rows(out, inner, o->item);
	}
}

void conf_reference(const struct conf_item *table, struct buf *out)
{
	buf_add_c(out, "| Option | Type | Default | In force after | What it does |\n"
		       "|---|---|---|---|---|\n");
	add_rows(out, "", table);
}

struct yaml_sample {
	struct buf *out;
	bool in_list; /* every line is a comment */
	bool dash;
};

static void add_indent(struct yaml_sample *s, unsigned indent, const char *mark)
{
	buf_add_c(s->out, s->in_list ? "#" : "");
	for (unsigned i = 0; i < indent; i++)
		buf_add_c(s->out, s->dash && i + 1 == indent ? "- " : "  ");
	buf_add_c(s->out, mark);
}

/* Words of text as comment lines of at most COLUMN bytes. */
static void add_comment(struct yaml_sample *s, unsigned indent, struct str text)
{
	size_t width = 0;
	bool dash = s->dash;
	struct str rest = text, word;

	s->dash = false;
	while (str_cut(&rest, ' ', &word)) {
		if (width && width + 1 + word.n > COLUMN - 2 * indent) {
			buf_add_byte(s->out, '\n');
			width = 0;
		}
		if (!width)
			add_indent(s, indent, "# ");
		else
			buf_add_byte(s->out, ' ');
		buf_add(s->out, word);
		width += word.n + 1;
	}
	buf_add_byte(s->out, '\n');
	s->dash = dash;
}

static void sample_section(
	struct yaml_sample *s, const struct conf_item *table, struct str prefix, unsigned indent);

static void sample_list(struct yaml_sample *s, const struct conf_option *o, unsigned indent)
{
	bool in_list = s->in_list;

	s->in_list = s->dash = true;
	sample_section(s, o->item, STR_NONE, indent + 2);
	s->in_list = in_list;
	s->dash = false;
}

static void sample_option(
	struct yaml_sample *s, const struct conf_option *o, struct str key, unsigned indent)
{
	bool required = o->flags & CONF_REQUIRED;
	char mem[512];
	struct buf about;

	if (o->help)
		add_comment(s, indent, str_c(o->help));
	buf_init_fixed(&about, mem, sizeof(mem));
	buf_add_byte(&about, '(');
	add_type(&about, o);
	buf_addf(&about, "%s%s)", required ? "; required" : "",
		o->flags & CONF_RELOAD ? "; reload" : "");
	add_comment(s, indent, buf_str(&about));
	add_indent(s, indent, required || s->in_list ? "" : "#");
	s->dash = false;
	buf_addf(s->out, "%.*s:", STR_FMT(key));
	if (o->fallback && o->fallback[0])
		buf_addf(s->out, " %s", o->fallback);
	buf_add_byte(s->out, '\n');
	if (o->type == CONF_LIST)
		sample_list(s, o, indent);
}

static void sample_section(
	struct yaml_sample *s, const struct conf_item *table, struct str prefix, unsigned indent)
{
	for (size_t i = 0; i < table->n_options; i++) {
		struct str path = str_c(table->options[i].path);
		struct str rest = str_sub(path, prefix.n, path.n);
		size_t dot = str_find(rest, '.');

		if (!str_starts(path, prefix))
			continue;
		if (dot == rest.n) {
			sample_option(s, &table->options[i], rest, indent);
			continue;
		}
		if (!conf_first_of_section(table, i, prefix.n + dot + 1))
			continue;
		if (!indent)
			buf_add_byte(s->out, '\n');
		add_indent(s, indent, "");
		s->dash = false;
		buf_addf(s->out, "%.*s:\n", STR_FMT(str_sub(rest, 0, dot)));
		sample_section(s, table, str_sub(path, 0, prefix.n + dot + 1), indent + 1);
	}
}

void conf_example(const struct conf_item *table, struct buf *out)
{
	struct yaml_sample s = {.out = out};

	sample_section(&s, table, STR_NONE, 0);
}
