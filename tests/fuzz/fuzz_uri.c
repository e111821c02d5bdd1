/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* URIs: any bytes. The parts of what is accepted make the text again, byte for byte. */
#include "base/arena.h"
#include "base/die.h"
#include "codec/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_parts(const struct uri *u)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct buf out;

	buf_init(&out, a, URI_MAX);
	buf_add(&out, u->scheme);
	buf_add_c(&out, "://");
	buf_add(&out, u->authority);
	buf_add(&out, u->path);
	if (u->has_query)
		buf_add_byte(&out, '?');
	buf_add(&out, u->query);
	if (!str_starts(u->text, buf_str(&out)) || (u->text.n != out.n) != u->has_fragment)
		die("the parts are not the text");
	if (u->host.n == 0 || str_has_control(u->text) || str_find(u->host, '@') < u->host.n)
		die("a host that is none");
	if (!u->has_userinfo && !str_starts(u->text, uri_origin(u)))
		die("the origin is not the start of the text");
	arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = {.p = (const char *)data, .n = size};
	struct uri u;

	if (uri_parse(text, &u) == RC_OK)
		check_parts(&u);
	return 0;
}
