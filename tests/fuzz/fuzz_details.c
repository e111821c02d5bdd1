/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Authorization details (RFC 9396) from a client: whatever the bytes, what is read has one form
 * that reads itself again, is shown in both languages, and narrows to itself. */
#include "base/arena.h"
#include "base/die.h"
#include "core/details.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void wanted(bool holds)
{
	if (!holds)
		die("details: what was read does not hold");
}

static void read_again(struct arena *a, struct strlist types, struct str once)
{
	const struct details_question question = {.text = once, .types = types};
	struct web_details page;
	struct str again, why;

	wanted(once.n <= DETAILS_MAX && str_is_utf8(once));
	wanted(!details_read(a, &question, &again, &why) && str_eq(once, again));
	wanted(!details_narrow(a, once, once, &again) && str_eq(once, again));
	for (enum web_lang lang = WEB_TH; lang < WEB_LANG_MAX; lang++) {
		wanted(details_show(a, lang, once, &page) == RC_OK && page.n > 0);
		for (size_t i = 0; i < page.n; i++)
			wanted(page.v[i].title.n && page.v[i].groups.n);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct str names[] = {STR_INIT("payment_approval")};
	const struct strlist types = {names, 1};
	const struct details_question question = {{(const char *)data, size}, types, false};
	struct arena *a = arena_new(ARENA_MAX);
	struct str once = STR_NONE, why;
	const struct oauth_error *e = details_read(a, &question, &once, &why);

	if (e)
		wanted(!once.n && str_eq_c(str_c(e->code), "invalid_authorization_details") &&
			str_is_utf8(why));
	else
		read_again(a, types, once);
	arena_free(a);
	return 0;
}
