/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "flow/contact_page_fixture.h"

#include "directory/directory.h"

int contact_page_fixture_set_up(void **state)
{
	struct contact_page_fixture *h = calloc(1, sizeof(*h));

	h->c = otp_fixture_new();
	h->w = h->c->w;
	h->m = mailbox_new(h->w);
	h->b.w = h->w;
	log_in(&h->b, SOMCHAI_PID);
	*state = h;
	return 0;
}

int contact_page_fixture_tear_down(void **state)
{
	struct contact_page_fixture *h = *state;

	mailbox_free(h->m);
	otp_fixture_free(h->c);
	free(h);
	return 0;
}

struct raw_answer page(struct browser *b, const char *path)
{
	struct raw_answer r = browse(b, path);

	check_page(&r, 200);
	return r;
}

char *value(struct fixture *w, struct str body, const char *name)
{
	struct str marker = text(w, "name=\"%s\" value=\"", name);

	return str_dup_c(w->a, attribute(w, body, str_dup_c(w->a, marker)));
}

/* A form of a page, with its hidden fields; name=field as well. */
struct raw_answer post(struct browser *b, const struct raw_answer *page, const char *action,
	const char *kind, const char *name, const char *field)
{
	struct fixture *w = b->w;
	const char *change =
		contains(page->body, "name=\"change\"") ? value(w, page->body, "change") : "none";

	return submit(b, text(w, "/account/contact/%s", action),
		form_of(w, "csrf", value(w, page->body, "csrf"), "kind", kind, "change", change,
			name, field, NULL));
}

void check_gone_to_at(const struct raw_answer *r, const char *path, const char *file, int line)
{
	_assert_int_equal((uintmax_t)r->status, 303, file, line);
	_assert_true(str_eq_c(location(r), path), path, file, line);
}

/* Types a new address; gives the page on which its code is typed. */
struct raw_answer type_new(
	struct browser *b, const char *path, const char *kind, const char *address)
{
	struct raw_answer r = page(b, path);

	r = post(b, &r, "begin", kind, "address", address);
	check_gone_to(&r, path);
	return page(b, path);
}

struct raw_answer type_code(
	struct browser *b, const struct raw_answer *page, const char *kind, const char *code)
{
	return post(b, page, "code", kind, "code", code);
}

struct raw_answer type_right(
	struct contact_page_fixture *h, const struct raw_answer *page, const char *kind)
{
	return type_code(&h->b, page, kind, str_dup_c(h->w->a, code_posted(h->c)));
}

struct person person_of(struct fixture *w, struct str id)
{
	struct store_snapshot *snap;
	struct person p;

	check_ok(store_snapshot_begin(w->p.store, &snap));
	check_ok(person_get(snap, w->a, id, &p, NULL));
	p.email = str_dup(w->a, p.email);
	p.mobile = str_dup(w->a, p.mobile);
	store_snapshot_end(snap);
	return p;
}

struct person me(struct contact_page_fixture *h)
{
	return person_of(h->w, SOMCHAI);
}
