/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Forms: any bytes. What is accepted, written again and read again, is the same. */
#include "base/arena.h"
#include "base/die.h"
#include "codec/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void again(struct arena *a, const struct form *form, struct strlist repeatable)
{
	struct form back;
	const char *why;
	struct buf out;

	buf_init(&out, a, FORM_MAX_BYTES);
	for (size_t i = 0; i < form->n; i++)
		form_add(&out, form->v[i].name, form->v[i].value);
	/* Escapes make it longer than the maximum now and then. */
	if (buf_status(&out) != RC_OK)
		return;
	if (form_parse(a, buf_str(&out), repeatable, &back, &why) != RC_OK || back.n != form->n)
		die("a written form is refused");
	for (size_t i = 0; i < form->n; i++)
		if (!str_eq(back.v[i].name, form->v[i].name) ||
			!str_eq(back.v[i].value, form->v[i].value))
			die("a written form reads otherwise");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct str names[] = {STR_INIT("resource")};
	struct strlist repeatable = {.v = names, .n = 1};
	struct str text = {.p = (const char *)data, .n = size}, decoded;
	struct arena *a = arena_new(ARENA_MAX);
	const char *why = NULL;
	struct form form;

	if (form_parse(a, text, repeatable, &form, &why) == RC_OK)
		again(a, &form, repeatable);
	else if (!why)
		die("a refusal without its reason");
	if (percent_decode(a, text, &decoded) == RC_OK && decoded.n > size)
		die("decoding made it longer");
	arena_free(a);
	return 0;
}
