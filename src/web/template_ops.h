/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_WEB_TEMPLATE_OPS_H
#define PRATU_WEB_TEMPLATE_OPS_H

/* The program that web/template.c makes of a template and web/template_render.c runs. */
#include "web/escape.h"
#include "web/template.h"

enum tmpl_op_kind {
	TMPL_OP_LITERAL,
	TMPL_OP_VALUE,
	TMPL_OP_IF,     /* else go on at jump */
	TMPL_OP_UNLESS, /* else go on at jump */
	TMPL_OP_EACH,   /* first item, or go on at jump */
	TMPL_OP_NEXT    /* next item at jump, or go on */
};

struct tmpl_op {
	enum tmpl_op_kind kind;
	enum escape escape;
	unsigned scope; /* 0 the layout, 1 the model, 2... the items of lists */
	bool machine;   /* a time for programs: <time datetime> */
	bool gap;       /* { name}: a space stands before it, but not before Thai */
	int word;       /* TMPL_OP_IF on a TMPL_WORD: its value, or -1 */
	unsigned inner; /* TMPL_OP_EACH, TMPL_OP_NEXT: scope of the items */
	size_t jump;
	const struct tmpl_field *field;
	struct str text; /* TMPL_OP_LITERAL; of a label: the part behind ':' */
};

struct tmpl {
	const struct tmpl_op *ops;
	size_t n_ops;
	enum web_lang lang;
	bool (*message)(enum web_lang lang, struct str key, struct str *ret);
};

#endif
