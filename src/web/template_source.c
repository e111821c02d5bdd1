/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "web/template_source.h"

const struct tmpl_source *tmpl_source_find(const struct tmpl_env *env, struct str name)
{
	for (size_t i = 0; i < env->n_sources; i++) {
		if (str_eq_c(name, env->sources[i].name))
			return &env->sources[i];
	}
	return NULL;
}

bool tmpl_is_plain(struct str name)
{
	return str_ends(name, STR(".txt"));
}

size_t tmpl_text_end(struct str text, size_t at)
{
	while (at < text.n && text.p[at] != '<' && text.p[at] != '{' && text.p[at] != '\n')
		at++;
	return at;
}

size_t tmpl_tag_end(struct str text, size_t at)
{
	for (; at + 1 < text.n; at++) {
		if (text.p[at] == '}' && text.p[at + 1] == '}')
			return at;
	}
	return text.n;
}

bool tmpl_tag_stands_alone(struct str text, size_t at, size_t end)
{
	bool begins = !at || text.p[at - 1] == '\n';
	bool ends = end + 2 < text.n && text.p[end + 2] == '\n';

	return begins && ends && text.p[at + 2] && strchr("!>?^#/", text.p[at + 2]);
}
