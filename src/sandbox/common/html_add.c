/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "base/die.h"
#include "sandbox/common/html.h"

static void add_escaped(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		switch (s.p[i]) {
		case '&': buf_add_c(out, "&amp;"); break;
		case '<': buf_add_c(out, "&lt;"); break;
		case '>': buf_add_c(out, "&gt;"); break;
		case '"': buf_add_c(out, "&quot;"); break;
		case '\'': buf_add_c(out, "&#39;"); break;
		default: buf_add_byte(out, (unsigned char)s.p[i]);
		}
}

void html_add(struct buf *out, const char *markup, const struct str *args, size_t n)
{
	struct str rest = str_c(markup);
	size_t used = 0;

	for (;;) {
		size_t open = str_find(rest, '{');

		buf_add(out, str_sub(rest, 0, open));
		if (open == rest.n)
			break;
		if (used == n || open + 1 == rest.n || rest.p[open + 1] != '}')
			die("sandbox: a slot of a page has no argument");
		add_escaped(out, args[used++]);
		rest = str_sub(rest, open + 2, rest.n);
	}
	if (used != n)
		die("sandbox: an argument of a page has no slot");
}
