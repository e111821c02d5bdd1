/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "access/scope.h"

#include "base/buf.h"
#include "directory/records.h"

const char *const scopes_known[] = {
	"openid", "profile", "email", "phone", "pid", "offline_access", NULL};

static bool has_word(struct str scope, struct str word)
{
	struct str rest = scope, part;

	while (str_cut(&rest, ' ', &part))
		if (word.n && str_eq(part, word))
			return true;
	return false;
}

bool scope_has(struct str scope, const char *word)
{
	return has_word(scope, str_c(word));
}

bool scope_common(struct arena *a, struct str asked, struct str allowed, struct str *ret)
{
	struct str rest = asked, part;
	struct buf out;
	size_t n = 0;

	buf_init(&out, a, asked.n);
	while (str_cut(&rest, ' ', &part)) {
		if (!part.n)
			continue;
		if (++n > SCOPES_MAX)
			return false;
		if (!has_word(allowed, part) || has_word(buf_str(&out), part))
			continue;
		if (out.n)
			buf_add_byte(&out, ' ');
		buf_add(&out, part);
	}
	*ret = buf_str(&out);
	return true;
}

bool scope_within(struct str part, struct str whole)
{
	struct str rest = part, word;

	while (str_cut(&rest, ' ', &word))
		if (word.n && !has_word(whole, word))
			return false;
	return true;
}
