/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "flow/holder.h"

int holder_set_up(void **state)
{
	struct holder *h = calloc(1, sizeof(*h));

	h->c = codes_new();
	h->w = h->c->w;
	h->m = mailbox_new(h->w);
	h->b.w = h->w;
	h->malee = world_person(h->w, "malee", MALEE_PID);
	*state = h;
	return 0;
}

int holder_tear_down(void **state)
{
	struct holder *h = *state;

	mailbox_free(h->m);
	codes_free(h->c);
	free(h);
	return 0;
}

void holder_by_password(struct holder *h, struct browser *b, const char *password)
{
	struct raw_answer r = browse(b, "/apps");

	check_login(&r);
	r = browse_s(b, location(&r));
	r = type_password(b, &r, USERNAME, password);
	check_page(&r, 200);
	r = send_form(b, &r, "/login/code",
		str_dup_c(h->w->a, text(h->w, "code=%.*s", STR_FMT(code_posted(h->c)))));
	assert_int_equal(r.status, 303);
	assert_true(holder_is_in(b));
}

struct str holder_page(struct browser *b, const char *path)
{
	struct raw_answer r = browse(b, path);

	check_page(&r, 200);
	return r.body;
}

const char *holder_csrf(struct browser *b, const char *path)
{
	return str_dup_c(b->w->a, attribute(b->w, holder_page(b, path), "name=\"csrf\" value=\""));
}

bool holder_is_in(struct browser *b)
{
	return browse(b, "/apps").status == 200;
}
