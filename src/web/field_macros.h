/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_WEB_FIELD_MACROS_H
#define PRATU_WEB_FIELD_MACROS_H

/* Rows of the field tables of models, one of struct tmpl_field each. */
#include "web/template.h"

#define F(model, member, kind)                                                                     \
	{                                                                                          \
		.name = #member, .type = (kind), .offset = offsetof(model, member)                 \
	}
#define F_WORD(model, member, p, w)                                                                \
	{                                                                                          \
		.name = #member, .type = TMPL_WORD, .offset = offsetof(model, member),             \
		.prefix = (p), .words = (w)                                                        \
	}
#define F_LABEL(model, member, p)                                                                  \
	{                                                                                          \
		.name = #member, .type = TMPL_LABEL, .offset = offsetof(model, member),            \
		.prefix = (p)                                                                      \
	}
#define F_LIST(model, member, table)                                                               \
	{                                                                                          \
		.name = #member, .type = TMPL_LIST, .offset = offsetof(model, member.v),           \
		.n_offset = offsetof(model, member.n), .items = (table),                           \
		.size = sizeof(*((model *)0)->member.v)                                            \
	}
/* A struct web_paging, for {{>paging.html}}. */
#define F_PAGING(model, member)                                                                    \
	{.name = "shown_from", .type = TMPL_I64, .offset = offsetof(model, member.from)},          \
		{.name = "shown_to", .type = TMPL_I64, .offset = offsetof(model, member.to)},      \
		{.name = "shown_of", .type = TMPL_I64, .offset = offsetof(model, member.total)},   \
		{.name = "newer_url",                                                              \
			.type = TMPL_URL,                                                          \
			.offset = offsetof(model, member.newer_url)},                              \
	{                                                                                          \
		.name = "older_url", .type = TMPL_URL, .offset = offsetof(model, member.older_url) \
	}
#define F_END                                                                                      \
	{                                                                                          \
		.type = TMPL_END                                                                   \
	}

#endif
