/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "web/template_ops.h"

#include "base/arena.h"
#include "web/html_context.h"
#include "web/template_source.h"

#include <stdarg.h>

#define INCLUDE_MAX 4u             /* partials inside each other */
#define LITERAL_MAX (256u * 1024u) /* bytes of one literal */
#define KEY_MAX     96u            /* bytes of a message key */

struct section {
	enum tmpl_op_kind kind;
	struct str name; /* as written, for the end tag */
	size_t op;
	const char *file;
	unsigned line;
	bool line_start;
	struct html_context place;
};

struct compiler {
	struct arena *arena, *scratch;
	const struct tmpl_env *env;
	struct buf *errors;
	const char *file;
	unsigned line;
	unsigned includes;
	const struct tmpl_field *scopes[TMPL_DEPTH_MAX];
	unsigned n_scopes;
	struct section sections[TMPL_NEST_MAX];
	size_t n_sections;
	struct tmpl_op *ops;
	size_t n_ops, cap_ops;
	struct buf literal;
	bool line_start; /* white space here is only indentation */
	bool plain;      /* text, not HTML */
	struct html_context html;
};

/* A field and the scope it was found in. */
struct ref {
	const struct tmpl_field *field;
	unsigned scope;
};

struct param {
	struct str name;
	struct ref ref;
	bool used;
};

struct params {
	struct param v[TMPL_PARAMS_MAX];
	size_t n;
};

static bool __attribute__((format(printf, 2, 3))) fail(struct compiler *c, const char *format, ...)
{
	char why[256];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	buf_addf(c->errors, "%s:%u: %s\n", c->file, c->line, why);
	return false;
}

static bool op_add(struct compiler *c, struct tmpl_op op)
{
	if (c->n_ops == TMPL_OPS_MAX)
		return fail(c, "the template is too long");
	c->ops = arena_grow(c->scratch, c->ops, c->n_ops, &c->cap_ops, 128, sizeof(*c->ops));
	c->ops[c->n_ops++] = op;
	return true;
}

/* Turns the literal gathered so far into an operation. */
static bool literal_end(struct compiler *c)
{
	struct str text;

	if (buf_status(&c->literal))
		return fail(c, "a literal is too long");
	if (!c->literal.n)
		return true;
	text = str_dup(c->arena, buf_str(&c->literal));
	buf_clear(&c->literal);
	return op_add(c, (struct tmpl_op){.kind = TMPL_OP_LITERAL, .text = text});
}

static bool white(char ch)
{
	return ch == ' ' || ch == '\t' || ch == '\n';
}

/* Literal text, one byte. Outside values a line's indentation is dropped. */
static bool literal_byte(struct compiler *c, char ch)
{
	const char *why;

	if (c->plain) {
		buf_add_byte(&c->literal, (unsigned char)ch);
		return true;
	}
	if (c->html.state != HTML_VALUE) {
		if (white(ch) && c->line_start)
			return true;
		c->line_start = ch == '\n';
	}
	why = html_step(&c->html, ch);
	if (why)
		return fail(c, "%s", why);
	buf_add_byte(&c->literal, (unsigned char)ch);
	return true;
}

/* How a value must be escaped here; false: it may not stand here. */
static bool place(struct compiler *c, bool is_url, enum escape *ret)
{
	const char *why = NULL;

	if (c->plain)
		*ret = is_url ? ESCAPE_LINK : ESCAPE_PLAIN;
	else
		why = html_place(&c->html, is_url, ret);
	return why ? fail(c, "%s", why) : true;
}

static bool find_field(
	struct compiler *c, const struct tmpl_field *table, struct str name, struct ref *ret)
{
	for (const struct tmpl_field *f = table; f && f->type != TMPL_END; f++) {
		if (str_eq_c(name, f->name)) {
			ret->field = f;
			return true;
		}
	}
	return fail(c, "unknown name '%.*s'", STR_FMT(name));
}

/* "name", "../name" or "@name". */
static bool resolve(struct compiler *c, struct str name, struct ref *ret)
{
	unsigned scope = c->n_scopes - 1;

	if (str_starts(name, STR("@"))) {
		name = str_sub(name, 1, name.n);
		scope = 0;
	}
	while (str_starts(name, STR("../"))) {
		if (scope < 2)
			return fail(c, "'../' outside a list");
		name = str_sub(name, 3, name.n);
		scope--;
	}
	ret->scope = scope;
	return find_field(c, c->scopes[scope], name, ret);
}

static bool value_emit(struct compiler *c, struct ref ref, enum escape how, struct str part)
{
	enum tmpl_type type = ref.field->type;
	bool human = type == TMPL_DATE || type == TMPL_TIME || type == TMPL_DURATION;
	bool machine = c->html.state == HTML_VALUE && !strcmp(c->html.attribute, "datetime");

	if (type == TMPL_BOOL || type == TMPL_LIST || type == TMPL_WORD)
		return fail(c, "'%s' cannot be written as a value here", ref.field->name);
	if (human && how != ESCAPE_HTML && how != ESCAPE_PLAIN)
		return fail(c, "a time cannot stand in an address");
	if (part.n && type != TMPL_LABEL)
		return fail(c, "only words have parts");
	if (part.n)
		part = str_dup(c->arena, part);
	c->line_start = false;
	return literal_end(c) && op_add(c, (struct tmpl_op){.kind = TMPL_OP_VALUE,
						   .escape = how,
						   .scope = ref.scope,
						   .field = ref.field,
						   .machine = machine && human,
						   .text = part});
}

/* "a=x b=../y" behind a message. */
static bool params_parse(struct compiler *c, struct str rest, struct params *ret)
{
	struct str part;

	ret->n = 0;
	while (str_cut(&rest, ' ', &part)) {
		size_t eq = str_find(part, '=');
		struct param *p = &ret->v[ret->n];

		if (!part.n)
			continue;
		if (ret->n == TMPL_PARAMS_MAX || eq == part.n)
			return fail(c, "'%.*s' is no parameter", STR_FMT(part));
		*p = (struct param){.name = str_sub(part, 0, eq)};
		if (!resolve(c, str_sub(part, eq + 1, part.n), &p->ref))
			return false;
		ret->n++;
	}
	return true;
}

static struct param *param_find(struct params *params, struct str name)
{
	for (size_t i = 0; i < params->n; i++) {
		if (str_eq(params->v[i].name, name))
			return &params->v[i];
	}
	return NULL;
}

/* A message's text: literal pieces escaped now, {name} replaced by its value, { name} by a space
 * and the value (none before a Thai letter: Thai sets no space between a verb and its object). */
static bool message_emit(
	struct compiler *c, struct str text, struct params *params, enum escape how)
{
	c->line_start = false;
	while (text.n) {
		size_t open = str_find(text, '{'), close = str_find(text, '}');
		struct param *p;
		struct str name;

		escape_add(&c->literal, how, str_sub(text, 0, open));
		if (open == text.n)
			return true;
		if (close == text.n || close < open)
			return fail(c, "a message has '{' without '}'");
		name = str_sub(text, open + 1, close - open - 1);
		p = param_find(params, str_trim(name));
		if (!p)
			return fail(c, "the message needs parameter '%.*s'", STR_FMT(name));
		p->used = true;
		if (!value_emit(c, p->ref, how, STR_NONE))
			return false;
		c->ops[c->n_ops - 1].gap = name.n && name.p[0] == ' ';
		text = str_sub(text, close + 1, text.n);
	}
	return true;
}

static bool message_find(struct compiler *c, struct str key, struct str *ret)
{
	if (c->env->message(c->env->lang, key, ret))
		return true;
	return fail(
		c, "no message '%.*s' in language %s", STR_FMT(key), web_lang_tag(c->env->lang));
}

static bool params_all_used(struct compiler *c, const struct params *params)
{
	for (size_t i = 0; i < params->n; i++) {
		if (!params->v[i].used)
			return fail(c, "the message has no parameter '%.*s'",
				STR_FMT(params->v[i].name));
	}
	return true;
}

/* {{t:key a=x}} */
static bool message_tag(struct compiler *c, struct str body)
{
	size_t space = str_find(body, ' ');
	struct params params;
	enum escape how;
	struct str text;

	return place(c, false, &how) && params_parse(c, str_sub(body, space, body.n), &params) &&
	       message_find(c, str_sub(body, 0, space), &text) &&
	       message_emit(c, text, &params, how) && params_all_used(c, &params);
}

/* The text of one value of a word: a message, or without a prefix the word itself. */
static bool word_text(
	struct compiler *c, const struct tmpl_field *field, int w, struct str part, struct str *ret)
{
	char key[KEY_MAX];
	int n;

	if (!field->prefix) {
		*ret = str_c(field->words[w]);
		return true;
	}
	n = snprintf(key, sizeof(key), "%s.%s%s%.*s", field->prefix, field->words[w],
		part.n ? "." : "", STR_FMT(part));
	if (n <= 0 || (size_t)n >= sizeof(key))
		return fail(c, "the message's key is too long");
	return message_find(c, (struct str){key, (size_t)n}, ret);
}

/* A word is written as one conditional text for each value it may have. */
static bool word_emit(
	struct compiler *c, struct ref ref, struct str part, struct params *params, enum escape how)
{
	struct str text;
	size_t op;

	if (part.n && !ref.field->prefix)
		return fail(c, "'%s' has no messages", ref.field->name);
	for (int w = 0; ref.field->words[w]; w++) {
		if (!word_text(c, ref.field, w, part, &text) || !literal_end(c))
			return false;
		op = c->n_ops;
		if (!op_add(c, (struct tmpl_op){.kind = TMPL_OP_IF,
				       .scope = ref.scope,
				       .field = ref.field,
				       .word = w}) ||
			!message_emit(c, text, params, how) || !literal_end(c))
			return false;
		c->ops[op].jump = c->n_ops;
	}
	return params_all_used(c, params);
}

static bool is_address(const struct tmpl_field *f)
{
	return f->type == TMPL_URL || f->type == TMPL_AWAY_URL;
}

/* {{name}}, {{word:part a=x}} */
static bool value_tag(struct compiler *c, struct str body)
{
	size_t space = str_find(body, ' ');
	struct str name = str_sub(body, 0, space), part = STR_NONE;
	size_t colon = str_find(name, ':');
	struct params params;
	enum escape how;
	struct ref ref;

	if (colon < name.n) {
		part = str_sub(name, colon + 1, name.n);
		name = str_sub(name, 0, colon);
	}
	if (!resolve(c, name, &ref) || !params_parse(c, str_sub(body, space, body.n), &params))
		return false;
	if (!place(c, is_address(ref.field), &how))
		return false;
	if (how == ESCAPE_URL && ref.field->type == TMPL_AWAY_URL)
		how = ESCAPE_AWAY_URL;
	if (ref.field->type == TMPL_WORD)
		return word_emit(c, ref, part, &params, how);
	if (params.n)
		return fail(c, "only messages have parameters");
	return value_emit(c, ref, how, part);
}

static bool asset_tag(struct compiler *c, struct str name)
{
	enum escape how;
	struct str url;

	if (!place(c, true, &how))
		return false;
	if (!c->env->asset(name, &url))
		return fail(c, "no static file '%.*s'", STR_FMT(name));
	escape_add(&c->literal, how, url);
	return true;
}

/* A whole style sheet of ours, for a document that is read without a server. It holds no values,
 * and no '<' that could end it. */
static bool style_tag(struct compiler *c, struct str name)
{
	const struct tmpl_source *source = tmpl_source_find(c->env, name);

	if (!source || !str_ends(name, STR(".css")))
		return fail(c, "no style sheet '%.*s'", STR_FMT(name));
	if (c->plain || c->html.state != HTML_TEXT || !c->html.depth ||
		strcmp(c->html.open[c->html.depth - 1], "head") != 0)
		return fail(c, "a style sheet belongs into the head of a document");
	if (str_find(source->text, '<') < source->text.n)
		return fail(c, "'%.*s' holds a '<'", STR_FMT(name));
	buf_add_c(&c->literal, "<style>\n");
	buf_add(&c->literal, source->text);
	buf_add_c(&c->literal, "</style>\n");
	return true;
}

static int word_index(const char *const *words, struct str word)
{
	for (int w = 0; words[w]; w++) {
		if (str_eq_c(word, words[w]))
			return w;
	}
	return -1;
}

/* {{?name}}, {{?name=word}}, {{^name}}, {{#name}} */
static bool section_open(struct compiler *c, enum tmpl_op_kind kind, struct str body)
{
	size_t eq = str_find(body, '=');
	struct str name = str_sub(body, 0, eq);
	struct tmpl_op op = {.kind = kind, .word = -1};
	struct ref ref;

	if (c->n_sections == TMPL_NEST_MAX)
		return fail(c, "too many sections inside each other");
	if (!html_same_place(&c->html, &c->html))
		return fail(c, "a section may not begin here");
	if (!resolve(c, name, &ref))
		return false;
	if (kind == TMPL_OP_EACH && ref.field->type != TMPL_LIST)
		return fail(c, "'%.*s' is no list", STR_FMT(name));
	if (eq < body.n) {
		if (ref.field->type != TMPL_WORD || kind != TMPL_OP_IF)
			return fail(c, "'%.*s' cannot be compared", STR_FMT(name));
		op.word = word_index(ref.field->words, str_sub(body, eq + 1, body.n));
		if (op.word < 0)
			return fail(c, "'%.*s' is none of its words", STR_FMT(body));
	}
	op.scope = ref.scope;
	op.field = ref.field;
	if (!literal_end(c))
		return false;
	c->sections[c->n_sections++] = (struct section){.kind = kind,
		.name = name,
		.op = c->n_ops,
		.file = c->file,
		.line = c->line,
		.line_start = c->line_start,
		.place = c->html};
	if (kind == TMPL_OP_EACH) {
		if (c->n_scopes == TMPL_DEPTH_MAX)
			return fail(c, "too many lists inside each other");
		op.inner = c->n_scopes;
		c->scopes[c->n_scopes++] = ref.field->items;
		c->line_start = false;
	}
	return op_add(c, op);
}

/* {{/name}} */
static bool section_close(struct compiler *c, struct str name)
{
	struct section *s;
	struct tmpl_op next;

	if (!c->n_sections)
		return fail(c, "{{/%.*s}} closes nothing", STR_FMT(name));
	s = &c->sections[c->n_sections - 1];
	if (!str_eq(s->name, name) || s->file != c->file)
		return fail(c, "{{/%.*s}} does not close '%.*s' of line %u", STR_FMT(name),
			STR_FMT(s->name), s->line);
	if (!html_same_place(&s->place, &c->html))
		return fail(c, "the section of line %u ends in another place of the HTML", s->line);
	if (!literal_end(c))
		return false;
	c->line_start = s->kind != TMPL_OP_EACH && s->line_start && c->line_start;
	if (s->kind == TMPL_OP_EACH) {
		next = c->ops[s->op];
		next.kind = TMPL_OP_NEXT;
		next.jump = s->op + 1;
		if (!op_add(c, next))
			return false;
		c->n_scopes--;
	}
	c->ops[s->op].jump = c->n_ops;
	c->n_sections--;
	return true;
}

static bool source_compile(struct compiler *c, struct str name);

static bool tag(struct compiler *c, struct str body)
{
	struct str rest = str_trim(str_sub(body, 1, body.n));

	switch (body.n ? body.p[0] : '\0') {
	case '!': return true;
	case '>': return source_compile(c, rest);
	case '?': return section_open(c, TMPL_OP_IF, rest);
	case '^': return section_open(c, TMPL_OP_UNLESS, rest);
	case '#': return section_open(c, TMPL_OP_EACH, rest);
	case '/': return section_close(c, rest);
	default: break;
	}
	if (str_starts(body, STR("t:")))
		return message_tag(c, str_sub(body, 2, body.n));
	if (str_starts(body, STR("asset:")))
		return asset_tag(c, str_sub(body, 6, body.n));
	if (str_starts(body, STR("style:")))
		return style_tag(c, str_sub(body, 6, body.n));
	return value_tag(c, body);
}

static bool text_compile(struct compiler *c, struct str text)
{
	size_t at = 0, end;
	bool alone, free_text;

	while (at < text.n) {
		if (at + 1 < text.n && text.p[at] == '{' && text.p[at + 1] == '{') {
			end = tmpl_tag_end(text, at + 2);
			if (end == text.n)
				return fail(c, "'{{' without '}}'");
			alone = c->plain && tmpl_tag_stands_alone(text, at, end);
			if (!tag(c, str_sub(text, at + 2, end - at - 2)))
				return false;
			for (; at < end + 2 + alone; at++)
				c->line += text.p[at] == '\n';
			continue;
		}
		free_text = c->plain || c->html.state == HTML_TEXT;
		if (!literal_byte(c, text.p[at]))
			return false;
		c->line += text.p[at++] == '\n';
		if (!free_text || (!c->plain && (c->line_start || c->html.state != HTML_TEXT)))
			continue;
		end = tmpl_text_end(text, at);
		buf_add(&c->literal, str_sub(text, at, end - at));
		at = end;
	}
	return true;
}

static bool source_compile(struct compiler *c, struct str name)
{
	const struct tmpl_source *source = tmpl_source_find(c->env, name);
	const char *file = c->file;
	unsigned line = c->line;
	size_t n_sections = c->n_sections;

	if (!source)
		return fail(c, "no template '%.*s'", STR_FMT(name));
	if (tmpl_is_plain(name) != c->plain)
		return fail(
			c, "'%.*s' is not of this kind: text and HTML do not mix", STR_FMT(name));
	if (c->includes == INCLUDE_MAX)
		return fail(c, "templates include each other too deeply");
	c->includes++;
	c->file = source->name;
	c->line = 1;
	if (!text_compile(c, source->text))
		return false;
	if (c->n_sections != n_sections)
		return fail(c, "the section of line %u has no end",
			c->sections[c->n_sections - 1].line);
	c->includes--;
	c->file = file;
	c->line = line;
	return true;
}

static bool whole(struct compiler *c)
{
	if (c->html.state != HTML_TEXT)
		return fail(c, "the page ends inside a tag");
	if (c->html.depth)
		return fail(c, "element <%s> has no end tag", c->html.open[c->html.depth - 1]);
	return literal_end(c);
}

enum rc tmpl_compile(struct arena *a, const struct tmpl_env *env, const char *name,
	const struct tmpl_field *layout, const struct tmpl_field *model, struct buf *errors,
	const struct tmpl **ret)
{
	__attribute__((cleanup(arena_freep))) struct arena *scratch = arena_new(ARENA_MAX);
	struct compiler *c = arena_new_of(scratch, struct compiler);
	struct tmpl_op *ops;
	struct tmpl *t;

	*c = (struct compiler){.arena = a,
		.scratch = scratch,
		.env = env,
		.errors = errors,
		.file = name,
		.line = 1,
		.scopes = {layout, model},
		.n_scopes = 2,
		.plain = tmpl_is_plain(str_c(name)),
		.line_start = true};
	buf_init(&c->literal, scratch, LITERAL_MAX);
	if (!source_compile(c, str_c(name)) || !whole(c))
		return RC_INVALID;
	t = arena_new_of(a, struct tmpl);
	ops = arena_array(a, c->n_ops, struct tmpl_op);
	/* An empty template has none, and memcpy wants no NULL. */
	if (c->n_ops)
		memcpy(ops, c->ops, c->n_ops * sizeof(*ops));
	t->ops = ops;
	t->n_ops = c->n_ops;
	t->lang = env->lang;
	t->message = env->message;
	*ret = t;
	return RC_OK;
}
