/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "flow/ciba_fixture.h"

void ciba_client(struct client *c)
{
	static const struct str grants[] = {STR_INIT(CIBA_GRANT), STR_INIT("refresh_token")};

	c->grant_types = (struct strlist){grants, 2};
	c->redirect_uris.n = c->response_types.n = 0;
	c->ciba_delivery = CIBA_DELIVERY_POLL;
}

int ciba_fixture_set_up(void **state)
{
	struct account_fixture *h;

	account_fixture_set_up(state);
	h = *state;
	fixture_client(h->w, "kiosk", "eplan", ciba_client);
	fixture_client(h->w, "kiosk2", "eplan", ciba_client);
	return 0;
}

struct raw_answer bc_ask_by(struct fixture *w, const char *client, const char *form)
{
	return post_form(w, BC_AUTHORIZE, client, str_c(form));
}

struct raw_answer bc_ask(struct fixture *w, const char *more)
{
	return bc_ask_by(w, "kiosk", str_dup_c(w->a, text(w, "scope=openid&%s", more)));
}

struct str bc_begin(struct fixture *w, const char *more)
{
	struct raw_answer r = bc_ask(w, more);

	assert_int_equal(r.status, 200);
	return member(w, &r, "auth_req_id");
}

struct raw_answer bc_poll_by(struct fixture *w, const char *client, struct str auth_req_id)
{
	return post_form(w, "/oauth2/token", client,
		form_of(w, "grant_type", CIBA_GRANT, "auth_req_id", str_dup_c(w->a, auth_req_id),
			NULL));
}

struct raw_answer bc_poll(struct fixture *w, struct str auth_req_id)
{
	return bc_poll_by(w, "kiosk", auth_req_id);
}

void check_poll_at(
	struct fixture *w, struct str auth_req_id, const char *error, const char *file, int line)
{
	struct raw_answer r = bc_poll(w, auth_req_id);

	if (r.status == 400 && str_eq_c(member(w, &r, "error"), error) &&
		!member(w, &r, "access_token").n &&
		str_eq_c(raw_header(&r, "Cache-Control"), "no-store"))
		return;
	print_error("want %s, got %d %.*s\n", error, r.status, STR_FMT(r.body));
	_fail(file, line);
}

struct str bc_page(struct browser *b)
{
	struct raw_answer r = browse(b, "/account/requests");

	check_page(&r, 200);
	assert_int_equal(occurrences(r.body, "data-part=\"request\""), 1);
	return text(b->w, "/account/requests/one?r=%.*s",
		STR_FMT(attribute(b->w, r.body, "/account/requests/one?r=")));
}

struct raw_answer bc_post_answer(
	struct browser *b, const char *csrf, struct str page, const char *answer)
{
	return submit(b, STR("/account/requests/answer"),
		form_of(b->w, "csrf", csrf, "r",
			str_dup_c(b->w->a, str_sub(page, strlen("/account/requests/one?r="), 22)),
			"answer", answer, NULL));
}

struct raw_answer bc_answer(struct browser *b, struct str page, const char *answer)
{
	struct raw_answer r = browse_s(b, page);

	check_page(&r, 200);
	return submit(b, STR("/account/requests/answer"),
		form_of(b->w, "csrf",
			str_dup_c(b->w->a, attribute(b->w, r.body, "name=\"csrf\" value=\"")), "r",
			str_dup_c(b->w->a, attribute(b->w, r.body, "name=\"r\" value=\"")),
			"answer", answer, NULL));
}

int64_t json_number(struct fixture *w, const struct raw_answer *r, const char *name)
{
	struct json_value *root;
	int64_t value = -1;

	(void)w;
	if (json_value_parse(r->body, 65536, &root) != RC_OK)
		return -1;
	(void)json_value_i64(json_value_get(root, name), &value);
	json_value_free(root);
	return value;
}
