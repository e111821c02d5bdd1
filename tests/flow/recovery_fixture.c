/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "flow/recovery_fixture.h"

#include "directory/directory.h"

static void mobile_too(struct person *p)
{
	p->mobile_verified = true;
}

int recovery_fixture_set_up(void **state)
{
	struct recovery_fixture *h = calloc(1, sizeof(*h));

	h->c = otp_fixture_new();
	h->w = h->c->w;
	h->m = mailbox_new(h->w);
	h->desk = recovery_mailer_new(&h->w->p, h->c->throttle);
	edit_person(h->w, SOMCHAI, mobile_too);
	*state = h;
	return 0;
}

int recovery_fixture_tear_down(void **state)
{
	struct recovery_fixture *h = *state;

	recovery_mailer_free(h->desk);
	mailbox_free(h->m);
	otp_fixture_free(h->c);
	free(h);
	return 0;
}

struct raw_answer request_recovery(struct recovery_fixture *h, const char *username)
{
	struct browser b = {.w = h->w};
	struct raw_answer page = login_page(&b, "");

	page = browse_s(&b, attribute(h->w, page.body, "data-part=\"forgot\" href=\""));
	check_page(&page, 200);
	page = send_form(&b, &page, "/login/forgot",
		str_dup_c(h->w->a, form_of(h->w, "username", username, NULL)));
	assert_int_equal(page.status, 303);
	page = browse_s(&b, location(&page));
	check_ok(recovery_mailer_scan(h->desk));
	return page;
}

struct str link_for(struct recovery_fixture *h, const char *username)
{
	request_recovery(h, username);
	return mailbox_link(h->w, mailbox_last(h->m, MAIL).text, "/reset?t=");
}

struct raw_answer press_link(struct recovery_fixture *h, struct browser *b, struct str link)
{
	struct str token = str_sub(link, strlen("/reset?t="), link.n);

	return submit(b, STR("/reset/begin"), form_of(h->w, "t", str_dup_c(h->w->a, token), NULL));
}

struct raw_answer begin_recovery(struct recovery_fixture *h, struct browser *b, struct str link)
{
	struct raw_answer r = press_link(h, b, link);

	check_login(&r);
	r = browse_s(b, location(&r));
	check_page(&r, 200);
	return r;
}

static const char *posted(struct recovery_fixture *h)
{
	return str_dup_c(h->w->a, text(h->w, "code=%.*s", STR_FMT(code_posted(h->c))));
}

struct raw_answer prove_by_sms(
	struct recovery_fixture *h, struct browser *b, const struct raw_answer *page)
{
	struct raw_answer r = send_and_follow(b, page, "/login/code/send", "factor=otp_sms");

	assert_string_equal(h->c->target, MOBILE);
	return send_and_follow(b, &r, "/login/code", posted(h));
}

struct raw_answer prove_by_thaid(struct recovery_fixture *h, struct browser *b,
	const struct raw_answer *page, const char *pid)
{
	const char *before = h->w->script.citizen_number;
	struct raw_answer r = send_form(b, page, "/login/upstream", "");

	assert_int_equal(r.status, 303);
	h->w->script.citizen_number = pid;
	r = browse_s(b, text(h->w, "/upstream/thaid/callback?code=c&state=%.*s",
				STR_FMT(url_param(h->w, location(&r), "state"))));
	h->w->script.citizen_number = before;
	if (r.status == 303)
		r = browse_s(b, location(&r));
	return r;
}

struct raw_answer choose(struct recovery_fixture *h, struct browser *b,
	const struct raw_answer *page, const char *password)
{
	return send_form(b, page, "/login/change",
		str_dup_c(h->w->a, form_of(h->w, "password", password, "repeat", password, NULL)));
}

struct raw_answer up_to_choice(struct recovery_fixture *h, struct browser *b, struct str link)
{
	struct raw_answer page = begin_recovery(h, b, link);

	page = prove_by_sms(h, b, &page);
	assert_true(contains(page.body, "/login/change?"));
	return page;
}

bool password_works(struct recovery_fixture *h, const char *password)
{
	struct browser b = {.w = h->w};
	struct raw_answer page = login_page(&b, "");

	/* Codes are a minute apart. */
	fixture_advance_clock(h->w, 61);
	page = type_password(&b, &page, USERNAME, password);
	if (!contains(page.body, "/login/code/send?"))
		return false;
	page = send_and_follow(&b, &page, "/login/code/send", "factor=otp_sms");
	page = send_form(&b, &page, "/login/code", posted(h));
	return has_session(&b) && page.status == 303;
}

bool has_session(const struct browser *b)
{
	return cookie_of(b, "pratu_session").n > 0;
}
