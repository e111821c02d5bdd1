/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Markup with slots: what is put in is never markup. */
#include "check.h"
#include "sandbox/common/html.h"

static void slots_are_escaped(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"plain", "plain"},
		{"", ""},
		{"<script>", "&lt;script&gt;"},
		{"a&b", "a&amp;b"},
		{"\"'", "&quot;&#39;"},
		{"{}", "{}"},
		{"ไทย", "ไทย"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf b, want;

		buf_init(&b, *state, 1000);
		buf_init(&want, *state, 1000);
		buf_addf(&want, "<p title=\"%s\">%s</p>", cases[i].out, cases[i].out);
		HTML(&b, "<p title=\"{}\">{}</p>", str_c(cases[i].in), str_c(cases[i].in));
		check_str(buf_str(&b), buf_str(&want));
	}
}

static void markup_without_slots(void **state)
{
	struct buf b;

	buf_init(&b, *state, 1000);
	HTML(&b, "<p>&amp;</p>");
	check_c(buf_str(&b), "<p>&amp;</p>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		arena_test(slots_are_escaped),
		arena_test(markup_without_slots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
