/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Kind I: a second line of defence, through the whole server. No form of another site reaches a
 * page of ours; what is sent back is sent back only if it may be written so; pages say who may open
 * and embed them; a right that begins later says when.
 */
#include "flow/helpers.h"
#include "codec/date.h"
#include "core/route.h"

#define DAY 86400

/* --- who sent it --- */

static struct raw_answer post_from(struct fixture *w, const char *path, const char *origin)
{
	struct str request = text(w,
		"POST %s HTTP/1.1\r\nHost: localhost:9999\r\nConnection: close\r\n"
		"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n%s\r\na=b",
		path, origin);

	return raw_exchange(w->a, http_server_port(w->server), request);
}

/* Every page that takes a form, but for the two to which portals post by design. */
static void no_page_takes_a_form_of_another_site(void **state)
{
	static const char other[] =
		"Origin: https://portal.example\r\nSec-Fetch-Site: cross-site\r\n";
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	size_t n = 0, taken = 0;

	(void)state;
	for (size_t i = 0; i < w->p.n_routes; i++) {
		const struct http_route *r = &w->p.routes[i];
		struct raw_answer answer;

		if (!(r->methods & HTTP_ON(HTTP_POST)) || !(r->flags & HTTP_PAGE))
			continue;
		answer = post_from(w, r->path, other);
		n++;
		if (strcmp(r->path, "/oauth2/authorize") == 0 ||
			strcmp(r->path, "/oauth2/logout") == 0) {
			assert_int_not_equal(answer.status, 403);
			taken++;
		} else if (answer.status != 403) {
			fail_msg("%s: %d", r->path, answer.status);
		}
	}
	assert_int_equal(taken, 2);
	assert_in_range(n, 20, 200);
	fixture_free(w);
}

/* Our own, and a browser that says nothing: the tokens decide, as ever. */
static void own_forms_are_taken(void **state)
{
	static const char *const origins[] = {"", "Sec-Fetch-Site: same-origin\r\n",
		"Origin: http://localhost:9999\r\n",
		"Origin: http://localhost:9999\r\nSec-Fetch-Site: same-origin\r\n"};
	struct fixture *w = fixture_standard(FIXTURE_MEM);

	(void)state;
	for (size_t i = 0; i < COUNT(origins); i++) {
		struct raw_answer r = post_from(w, "/login/upstream", origins[i]);

		check_page(&r, 400); /* without its login */
	}
	fixture_free(w);
}

/* --- what is sent back --- */

static const char *const unprintable[] = {"%00", "%0a", "%0d%0aSet-Cookie:x", "%09", "%1f", "%7f",
	"%80", "%c3%a9", "%e0%b8%81", "%e2%80%ae", "a%0ab"};

static void state_that_cannot_be_sent_back(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};

	size_t refused = 0, answered = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(unprintable); i++) {
		struct str target = text(w, "/oauth2/authorize?%.*s&state=%s",
			STR_FMT(ask(w, "-state", NULL)), unprintable[i]);
		struct raw_answer r = browse_s(&b, target);

		if (r.status == 400) { /* control characters, no UTF-8: refused with the form */
			refused++;
			continue;
		}
		if (r.status != 303)
			fail_msg("%s: %d", unprintable[i], r.status);
		assert_true(contains(location(&r), "error=invalid_request"));
		assert_false(contains(location(&r), "state="));
		answered++;
	}
	assert_in_range(answered, 3, COUNT(unprintable));
	assert_int_equal(answered + refused, COUNT(unprintable));
	fixture_free(w);
}

static void nonce_that_cannot_be_sent_back(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};

	(void)state;
	for (size_t i = 1; i < COUNT(unprintable); i++) {
		struct str target = text(w, "/oauth2/authorize?%.*s&nonce=%s",
			STR_FMT(ask(w, "-nonce", NULL)), unprintable[i]);
		struct raw_answer r = browse_s(&b, target);

		if (r.status != 400)
			check_error(w, &r, "invalid_request");
	}
	fixture_free(w);
}

/* All that may be written comes back as it was. */
static void every_printable_state_comes_back(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	char all[96];

	(void)state;
	for (int i = 0; i < 95; i++)
		all[i] = (char)(0x20 + i);
	all[95] = '\0';
	for (int round = 0; round < 2; round++) {
		char *setting = str_dup_c(w->a, text(w, "state=%s", all));
		struct raw_answer r = authorize(&b, ask(w, setting, "prompt=none", NULL));
		struct str back = url_param(w, location(&r), "state");

		check_c(back, all);
	}
	fixture_free(w);
}

static void logout_takes_no_such_state(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};

	(void)state;
	for (size_t i = 0; i < COUNT(unprintable); i++) {
		struct raw_answer r =
			browse_s(&b, text(w, "/oauth2/logout?state=%s", unprintable[i]));

		check_page(&r, 400);
	}
	fixture_free(w);
}

/* --- headers --- */

static struct str header_of(const struct raw_answer *r, const char *name)
{
	for (size_t i = 0; i < r->n_headers; i++)
		if (str_ieq(r->headers[i].name, str_c(name)))
			return r->headers[i].value;
	return STR_NONE;
}

static void pages_say_who_may_open_and_embed_them(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r = authorize(&b, ask(w, NULL));

	(void)state;
	r = browse_s(&b, location(&r));
	check_c(header_of(&r, "Cross-Origin-Resource-Policy"), "same-origin");
	check_c(header_of(&r, "X-Frame-Options"), "DENY");
	check_c(header_of(&r, "X-Content-Type-Options"), "nosniff");
	assert_true(header_of(&r, "Permissions-Policy").n > 0);
	/* What portals read across origins stays readable. */
	r = browse(&b, "/oauth2/jwks");
	check_c(header_of(&r, "Cross-Origin-Resource-Policy"), "");
	fixture_free(w);
}

/* Opened from a mail, never on the way of a portal. */
static bool from_mail(const char *path)
{
	return strcmp(path, "/reset") == 0 || strcmp(path, "/not-me") == 0;
}

/* A portal's pop-up comes by pages that anybody may open, and its window stays the portal's; what a
 * person's session opens is cut off. No redirect cuts anything. */
static void only_pages_of_a_person_are_cut_off(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	size_t own = 0, open = 0;

	(void)state;
	log_in(&b, SOMCHAI_PID);
	for (size_t i = 0; i < w->p.n_routes; i++) {
		const struct http_route *route = &w->p.routes[i];
		const struct bound_route *bound = route->data;
		struct browser here = b;
		struct raw_answer r;
		bool page, cut;

		if (!(route->flags & HTTP_PAGE) || !(route->methods & HTTP_ON(HTTP_GET)))
			continue;
		r = browse(&here, route->path);
		page = header_of(&r, "Content-Security-Policy").n > 0;
		cut = page && (bound->row->guard != GUARD_PUBLIC || from_mail(route->path));
		check_c(header_of(&r, "Cross-Origin-Opener-Policy"), cut ? "same-origin" : "");
		own += cut;
		open += page && !cut;
	}
	assert_in_range(own, 5, 100);
	assert_in_range(open, 3, 100);
	fixture_free(w);
}

/* --- a right that begins later --- */

static int64_t begins, ends;

static void put_grant(struct fixture *w, const char *role, int64_t from, int64_t until)
{
	struct role_grant g = {.subject_kind = ROLE_GRANT_PERSON,
		.subject = SOMCHAI,
		.system = STR("eplan"),
		.role = str_c(role),
		.office = STR("100"),
		.from = from,
		.until = until,
		.created = w->now_ms / 1000,
		.updated = w->now_ms / 1000};
	struct store_batch *batch = store_batch_new(w->a);

	role_grant_put(batch, w->a, &g, STORE_ANY);
	check_ok(store_commit(w->p.store, batch));
}

static struct raw_answer at_portal(struct fixture *w)
{
	struct browser b = {.w = w};
	struct raw_answer r;

	log_in(&b, SOMCHAI_PID);
	r = authorize(&b, ask(w, NULL));
	check_login(&r);
	return browse_s(&b, location(&r));
}

static void a_right_that_begins_later_says_when(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct raw_answer r;
	struct buf day;

	(void)state;
	fixture_end_grant(w, ROLE_GRANT_PERSON, SOMCHAI, "eplan", "recorder");
	r = at_portal(w);
	check_page(&r, 403);
	assert_false(contains(r.body, "data-part=\"begins\""));
	begins = w->now_ms / 1000 + 30 * DAY;
	ends = begins + 365 * DAY;
	put_grant(w, "approver", begins + 10 * DAY, 0);
	put_grant(w, "recorder", begins, ends);
	r = at_portal(w);
	check_page(&r, 403);
	check_has(r.body, "data-part=\"begins\"");
	buf_init(&day, w->a, 200);
	buf_add_c(&day, "<time datetime=\"");
	date_add_day(&day, begins);
	assert_true(contains_str(r.body, buf_str(&day)));
	assert_false(contains(r.body, "กรุณาขอเพิ่มสิทธิ์"));
	/* One that ends before it begins, or is suspended, is none to wait for. */
	put_grant(w, "approver", 0, w->now_ms / 1000);
	fixture_advance_clock(w, 30 * DAY);
	r = authorize(&(struct browser){.w = w}, ask(w, NULL));
	check_login(&r);
	fixture_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_page_takes_a_form_of_another_site),
		cmocka_unit_test(own_forms_are_taken),
		cmocka_unit_test(state_that_cannot_be_sent_back),
		cmocka_unit_test(nonce_that_cannot_be_sent_back),
		cmocka_unit_test(every_printable_state_comes_back),
		cmocka_unit_test(logout_takes_no_such_state),
		cmocka_unit_test(pages_say_who_may_open_and_embed_them),
		cmocka_unit_test(only_pages_of_a_person_are_cut_off),
		cmocka_unit_test(a_right_that_begins_later_says_when),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
