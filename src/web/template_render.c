/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "web/template_ops.h"

#define LABEL_MAX 128u /* bytes of a message key made of a value */

struct list_loop {
	const char *item;
	size_t left;
};

static const void *tmpl_field_value(const char *base, const struct tmpl_field *f)
{
	return base + f->offset;
}

static struct str text_of(const char *base, const struct tmpl_field *f)
{
	return *(const struct str *)tmpl_field_value(base, f);
}

static int64_t number_of(const char *base, const struct tmpl_field *f)
{
	return *(const int64_t *)tmpl_field_value(base, f);
}

static size_t count_of(const char *base, const struct tmpl_field *f)
{
	return *(const size_t *)(const void *)(base + f->n_offset);
}

static bool is_set(const char *base, const struct tmpl_op *op)
{
	const struct tmpl_field *f = op->field;

	switch (f->type) {
	case TMPL_TEXT:
	case TMPL_URL:
	case TMPL_AWAY_URL:
	case TMPL_LABEL: return text_of(base, f).n > 0;
	case TMPL_BOOL: return *(const bool *)tmpl_field_value(base, f);
	case TMPL_I64:
	case TMPL_DATE:
	case TMPL_TIME:
	case TMPL_DURATION: return number_of(base, f) != 0;
	case TMPL_WORD:
		return op->word < 0 ? *(const int *)tmpl_field_value(base, f) != 0
				    : *(const int *)tmpl_field_value(base, f) == op->word;
	case TMPL_LIST: return count_of(base, f) > 0;
	case TMPL_END: break;
	}
	return false;
}

/* The message <prefix>.<value>[.<part>], else the value itself (nothing for a part). */
static struct str label_of(const struct tmpl *t, const char *base, const struct tmpl_op *op)
{
	struct str value = text_of(base, op->field), found;
	char key[LABEL_MAX];
	int n;

	if (value.n < LABEL_MAX) {
		n = snprintf(key, sizeof(key), "%s.%.*s%s%.*s", op->field->prefix, STR_FMT(value),
			op->text.n ? "." : "", STR_FMT(op->text));
		if (n > 0 && (size_t)n < sizeof(key) &&
			t->message(t->lang, (struct str){key, (size_t)n}, &found))
			return found;
	}
	return op->text.n ? STR_NONE : value;
}

static void time_add(struct buf *out, const struct tmpl *t, const struct tmpl_op *op, int64_t at)
{
	struct tm tm;
	time_t seconds = (time_t)at;

	if (op->machine && gmtime_r(&seconds, &tm))
		buf_addf(out, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1,
			tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	else if (op->field->type == TMPL_DATE)
		web_date_add(out, t->lang, at);
	else
		web_time_add(out, t->lang, at);
}

/* The Thai block, U+0E00 to U+0E7F, in UTF-8. */
static bool begins_thai(struct str s)
{
	return s.n >= 3 && (unsigned char)s.p[0] == 0xe0 &&
	       ((unsigned char)s.p[1] == 0xb8 || (unsigned char)s.p[1] == 0xb9);
}

static bool needs_gap(const struct tmpl *t, const struct tmpl_op *op, const char *base)
{
	enum tmpl_type type = op->field->type;

	return type == TMPL_TEXT    ? !begins_thai(text_of(base, op->field))
	       : type == TMPL_LABEL ? !begins_thai(label_of(t, base, op))
				    : true;
}

static void value_add(
	struct buf *out, const struct tmpl *t, const struct tmpl_op *op, const char *base)
{
	if (op->gap && needs_gap(t, op, base))
		buf_add_byte(out, ' ');
	switch (op->field->type) {
	case TMPL_TEXT:
	case TMPL_URL:
	case TMPL_AWAY_URL: escape_add(out, op->escape, text_of(base, op->field)); break;
	case TMPL_LABEL: escape_add(out, op->escape, label_of(t, base, op)); break;
	case TMPL_I64: buf_add_i64(out, number_of(base, op->field)); break;
	case TMPL_DATE:
	case TMPL_TIME: time_add(out, t, op, number_of(base, op->field)); break;
	case TMPL_DURATION: web_duration_add(out, t->lang, number_of(base, op->field)); break;
	default: break; /* the compiler makes no value of these */
	}
}

/* Starts or goes on with a list; the item is the base of the scope inside. */
static bool loop_enter(const struct tmpl_op *op, const char **bases, struct list_loop *loops)
{
	const char *base = bases[op->scope];
	struct list_loop *loop = &loops[op->inner];

	*loop = (struct list_loop){
		*(const char *const *)tmpl_field_value(base, op->field), count_of(base, op->field)};
	bases[op->inner] = loop->item;
	return loop->left > 0;
}

static bool next(const struct tmpl_op *op, const char **bases, struct list_loop *loops)
{
	struct list_loop *loop = &loops[op->inner];

	if (!--loop->left)
		return false;
	loop->item += op->field->size;
	bases[op->inner] = loop->item;
	return true;
}

void tmpl_render(const struct tmpl *t, const void *layout, const void *model, struct buf *out)
{
	const char *bases[TMPL_DEPTH_MAX] = {layout, model};
	struct list_loop loops[TMPL_DEPTH_MAX];
	size_t at = 0;

	while (at < t->n_ops && !out->overflow) {
		const struct tmpl_op *op = &t->ops[at++];

		switch (op->kind) {
		case TMPL_OP_LITERAL: buf_add(out, op->text); break;
		case TMPL_OP_VALUE: value_add(out, t, op, bases[op->scope]); break;
		case TMPL_OP_IF: at = is_set(bases[op->scope], op) ? at : op->jump; break;
		case TMPL_OP_UNLESS: at = is_set(bases[op->scope], op) ? op->jump : at; break;
		case TMPL_OP_EACH: at = loop_enter(op, bases, loops) ? at : op->jump; break;
		case TMPL_OP_NEXT: at = next(op, bases, loops) ? op->jump : at; break;
		}
	}
}
