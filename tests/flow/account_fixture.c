/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "flow/account_fixture.h"

int account_fixture_set_up(void **state)
{
	struct account_fixture *h = calloc(1, sizeof(*h));

	h->c = otp_fixture_new();
	h->w = h->c->w;
	h->m = mailbox_new(h->w);
	h->b.w = h->w;
	h->malee = fixture_person(h->w, "malee", MALEE_PID);
	*state = h;
	return 0;
}

int account_fixture_tear_down(void **state)
{
	struct account_fixture *h = *state;

	mailbox_free(h->m);
	otp_fixture_free(h->c);
	free(h);
	return 0;
}

void account_fixture_log_in(struct account_fixture *h, struct browser *b, const char *password)
{
	struct raw_answer r = browse(b, "/apps");

	check_login(&r);
	r = browse_s(b, location(&r));
	r = type_password(b, &r, USERNAME, password);
	check_page(&r, 200);
	r = send_form(b, &r, "/login/code",
		str_dup_c(h->w->a, text(h->w, "code=%.*s", STR_FMT(code_posted(h->c)))));
	assert_int_equal(r.status, 303);
	assert_true(account_fixture_is_logged_in(b));
}

struct str account_fixture_page(struct browser *b, const char *path)
{
	struct raw_answer r = browse(b, path);

	check_page(&r, 200);
	return r.body;
}

const char *account_fixture_csrf(struct browser *b, const char *path)
{
	return str_dup_c(
		b->w->a, attribute(b->w, account_fixture_page(b, path), "name=\"csrf\" value=\""));
}

bool account_fixture_is_logged_in(struct browser *b)
{
	return browse(b, "/apps").status == 200;
}
