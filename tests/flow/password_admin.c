/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What administrators decide, as the holder of a password meets it. */
#include "deliver/text.h"
#include "flow/codes.h"

static void named_like_a_link(struct client *c)
{
	c->name = c->name_th = STR("HTTP://evil.example/x www.evil.com");
}

static void mobile_only(struct person *p)
{
	p->mobile_verified = true;
	p->email_verified = false;
}

/* No links in code messages (Bank of Thailand), whatever a portal calls itself. */
static void no_links_in_a_code_sms(void **state)
{
	struct codes *c = codes_new();
	struct browser b = {.w = c->w};
	struct raw_answer page, r;

	edit_client(c->w, "portal", named_like_a_link);
	edit_person(c->w, SOMCHAI, mobile_only);
	page = code_page(&b);
	assert_string_equal(c->target, "+66812345678");
	assert_non_null(strstr(c->text, "HTTP   evil example x www evil com"));
	assert_false(text_has_link(str_c(c->text)));
	r = send_form(&b, &page, "/login/code",
		str_dup_c(c->w->a, text(c->w, "code=%.*s", STR_FMT(code_posted(c)))));
	check_code(c->w, &r);
	codes_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_links_in_a_code_sms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
