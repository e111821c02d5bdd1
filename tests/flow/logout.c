/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* RP-initiated logout: the conformance plan's modules, and what an intruder would try. */
#include "flow/helpers.h"

#define MALEE_PID "1234567890139"
#define BYE       "https://portal.test/bye"

struct logout_fixture {
	struct fixture *w;
	struct browser b;
	const char *hint;
};

static struct logout_fixture logout_fixture_new(void)
{
	struct logout_fixture s = {.w = fixture_standard(FIXTURE_MEM)};
	struct raw_answer tokens;

	fixture_grant(s.w, ROLE_GRANT_PERSON, fixture_person(s.w, "malee", MALEE_PID), "eplan",
		"recorder");
	fixture_client(s.w, "second", "eplan", NULL);
	s.b = (struct browser){.w = s.w};
	tokens = tokens_for(&s.b, "portal", "");
	s.hint = str_dup_c(s.w->a, member(s.w, &tokens, "id_token"));
	return s;
}

static struct raw_answer send_logout(struct browser *b, bool post, struct str form)
{
	if (post)
		return submit(b, STR("/oauth2/logout"), form);
	return browse_s(b, text(b->w, "/oauth2/logout?%.*s", STR_FMT(form)));
}

static bool in(struct browser *b)
{
	struct raw_answer r = authorize(b, ask(b->w, "prompt=none", NULL));

	if (contains(location(&r), "code="))
		return true;
	check_error(b->w, &r, "login_required");
	return false;
}

static void check_to(const struct raw_answer *r, const char *url)
{
	assert_int_equal(r->status, 303);
	check_c(location(r), url);
}

/* A page that asks; the session is there. */
static void check_asks(struct browser *b, const struct raw_answer *r)
{
	check_page(r, 200);
	check_has(r->body, "action=\"/oauth2/logout/confirm\"");
	assert_true(in(b));
}

static struct raw_answer answer_logout(
	struct browser *b, const struct raw_answer *page, const char *word)
{
	struct fixture *w = b->w;

	return submit(b, STR("/oauth2/logout/confirm"),
		form_of(w, "csrf",
			str_dup_c(w->a, attribute(w, page->body, "name=\"csrf\" value=\"")),
			"request",
			str_dup_c(w->a, attribute(w, page->body, "name=\"request\" value=\"")),
			"answer", word, NULL));
}

static void oidcc_rp_initiated_logout(void **state)
{
	for (int post = 0; post < 2; post++) {
		struct logout_fixture s = logout_fixture_new();
		struct raw_answer r = send_logout(&s.b, post,
			form_of(s.w, "id_token_hint", s.hint, "post_logout_redirect_uri", BYE,
				"state", "s&t", NULL));

		check_to(&r, BYE "?state=s%26t");
		assert_int_equal(cookie_of(&s.b, "pratu_session").n, 0);
		assert_false(in(&s.b));
		assert_int_equal(audits(s.w, AUDIT_LOGOUT), 1);
		fixture_free(s.w);
	}
}

static void oidcc_rp_initiated_logout_no_state(void **state)
{
	struct logout_fixture s = logout_fixture_new();
	struct raw_answer r = send_logout(&s.b, false,
		form_of(s.w, "id_token_hint", s.hint, "post_logout_redirect_uri", BYE, NULL));

	check_to(&r, BYE);
	fixture_free(s.w);
}

static void expired_hint_counts(void **state)
{
	struct logout_fixture s = logout_fixture_new();
	struct raw_answer r;

	fixture_advance_clock(s.w, 1200);
	r = send_logout(&s.b, false,
		form_of(s.w, "id_token_hint", s.hint, "post_logout_redirect_uri", BYE, NULL));
	check_to(&r, BYE);
	assert_false(in(&s.b));
	fixture_free(s.w);
}

/* No redirect and no link to it; the session ends, since the hint is good. */
static void refused_uri(const char *uri)
{
	struct logout_fixture s = logout_fixture_new();
	struct raw_answer r = send_logout(&s.b, false,
		form_of(s.w, "id_token_hint", s.hint, "post_logout_redirect_uri", uri, "state", "x",
			NULL));

	check_page(&r, 200);
	assert_false(contains(r.body, text(s.w, "href=\"%s", uri).p));
	assert_false(in(&s.b));
	fixture_free(s.w);
}

static void oidcc_rp_initiated_logout_bad_post_logout_redirect_uri(void **state)
{
	static const char *const uris[] = {"https://portal.test/cb", "https://evil.test/",
		"https://portal.test/bye/", "HTTPS://portal.test/bye", "//portal.test/bye",
		"javascript:alert(1)", "https://portal.test/bye#x", "https://portal.test:443/bye",
		"https://portal.test@evil.test/bye"};

	(void)state;
	for (size_t i = 0; i < COUNT(uris); i++)
		refused_uri(uris[i]);
}

static void oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri(void **state)
{
	static const char *const uris[] = {"https://portal.test/bye?x=1",
		"https://portal.test/bye?", "https://portal.test/bye&x=1"};

	(void)state;
	for (size_t i = 0; i < COUNT(uris); i++)
		refused_uri(uris[i]);
}

static const char *unsigned_hint(struct logout_fixture *s)
{
	return text(s->w, "%.*s.%.*s.",
		STR_FMT(base64url_encode(s->w->a, STR("{\"alg\":\"none\"}"))),
		STR_FMT(base64url_encode(s->w->a, jwt_payload(s->w, str_c(s->hint)))))
		.p;
}

/* As good as none: the person is asked, and nobody is sent anywhere. */
static void refused_hint(struct logout_fixture *s, const char *hint)
{
	struct raw_answer r = send_logout(&s->b, false,
		form_of(s->w, "id_token_hint", hint, "post_logout_redirect_uri", BYE, NULL));

	check_asks(&s->b, &r);
	r = answer_logout(&s->b, &r, "yes");
	check_page(&r, 200);
	assert_false(in(&s->b));
	log_in(&s->b, SOMCHAI_PID);
}

/* Rewritten to alg=none. */
static void oidcc_rp_initiated_logout_modified_id_token_hint(void **state)
{
	struct logout_fixture s = logout_fixture_new();

	(void)state;
	refused_hint(&s, unsigned_hint(&s));
	refused_hint(&s, text(s.w, "%sA", s.hint).p);
	fixture_free(s.w);
}

/* Signed by a stranger. */
static void oidcc_rp_initiated_logout_bad_id_token_hint(void **state)
{
	struct logout_fixture s = logout_fixture_new(), stranger = logout_fixture_new();

	(void)state;
	refused_hint(&s, stranger.hint);
	refused_hint(&s, "garbage");
	refused_hint(&s, "a.b.c");
	fixture_free(stranger.w);
	fixture_free(s.w);
}

static void oidcc_rp_initiated_logout_no_id_token_hint(void **state)
{
	struct logout_fixture s = logout_fixture_new();
	struct str form = form_of(
		s.w, "client_id", "portal", "post_logout_redirect_uri", BYE, "state", "x", NULL);
	struct raw_answer r = send_logout(&s.b, false, form), no;

	check_asks(&s.b, &r);
	no = answer_logout(&s.b, &r, "no");
	check_to(&no, "/apps");
	assert_true(in(&s.b));
	r = answer_logout(&s.b, &r, "yes");
	check_to(&r, BYE "?state=x");
	assert_false(in(&s.b));
	fixture_free(s.w);
}

/* The person is asked, by GET and POST, and then signed out. */
static void asked_and_out(const char *query)
{
	for (int post = 0; post < 2; post++) {
		struct logout_fixture s = logout_fixture_new();
		struct raw_answer r = send_logout(&s.b, post, str_c(query));

		check_asks(&s.b, &r);
		r = answer_logout(&s.b, &r, "yes");
		check_page(&r, 200);
		assert_false(in(&s.b));
		fixture_free(s.w);
	}
}

static void oidcc_rp_initiated_logout_no_params(void **state)
{
	(void)state;
	asked_and_out("");
}

static void oidcc_rp_initiated_logout_only_state(void **state)
{
	(void)state;
	asked_and_out("state=x");
}

static void oidcc_rp_initiated_logout_no_post_logout_redirect_uri(void **state)
{
	struct logout_fixture s = logout_fixture_new();
	struct raw_answer r = send_logout(&s.b, false, form_of(s.w, "id_token_hint", s.hint, NULL));

	check_page(&r, 200);
	assert_false(in(&s.b));
	fixture_free(s.w);
}

/* The hint and the client must agree. */
static void client_does_not_fit_the_hint(void **state)
{
	struct logout_fixture s = logout_fixture_new();
	struct raw_answer r = send_logout(&s.b, false,
		form_of(s.w, "id_token_hint", s.hint, "client_id", "second",
			"post_logout_redirect_uri", BYE, NULL));

	check_asks(&s.b, &r);
	r = answer_logout(&s.b, &r, "yes");
	check_page(&r, 200);
	fixture_free(s.w);
}

/* A hint of another person, or of another session, ends nobody's session unasked. */
static void hint_of_another(void **state)
{
	struct logout_fixture s = logout_fixture_new();
	struct browser hers = {.w = s.w}, elsewhere = {.w = s.w};
	struct raw_answer r;

	log_in(&hers, MALEE_PID);
	r = send_logout(&hers, false,
		form_of(s.w, "id_token_hint", s.hint, "post_logout_redirect_uri", BYE, NULL));
	check_asks(&hers, &r);
	log_in(&elsewhere, SOMCHAI_PID);
	r = send_logout(&elsewhere, false,
		form_of(s.w, "id_token_hint", s.hint, "post_logout_redirect_uri", BYE, NULL));
	check_asks(&elsewhere, &r);
	assert_true(in(&s.b));
	fixture_free(s.w);
}

static void without_a_session(void **state)
{
	struct logout_fixture s = logout_fixture_new();
	struct browser none = {.w = s.w};
	struct raw_answer r = send_logout(&none, false,
		form_of(s.w, "id_token_hint", s.hint, "post_logout_redirect_uri", BYE, NULL));

	check_to(&r, BYE);
	r = send_logout(&none, false,
		form_of(s.w, "client_id", "portal", "post_logout_redirect_uri", BYE, NULL));
	check_to(&r, BYE);
	r = send_logout(&none, false, STR(""));
	check_page(&r, 200);
	check_has(r.body, "ไม่มีผู้เข้าสู่ระบบ");
	assert_true(in(&s.b));
	fixture_free(s.w);
}

/* The question's answer counts only from our own form, for this session. */
static void confirmation_is_guarded(void **state)
{
	struct logout_fixture s = logout_fixture_new();
	struct browser other = {.w = s.w};
	struct raw_answer page = send_logout(&s.b, false, STR("")), theirs, r;
	static const char *const tokens[] = {
		"", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};

	for (size_t i = 0; i < COUNT(tokens); i++) {
		r = submit(&s.b, STR("/oauth2/logout/confirm"),
			form_of(s.w, "answer", "yes", "csrf", tokens[i], NULL));
		check_page(&r, 400);
	}
	r = submit(&s.b, STR("/oauth2/logout/confirm"), STR("answer=yes"));
	check_page(&r, 400);
	log_in(&other, MALEE_PID);
	theirs = send_logout(&other, false, STR(""));
	r = answer_logout(&s.b, &theirs, "yes");
	check_page(&r, 400);
	assert_true(in(&s.b));
	r = answer_logout(&s.b, &page, "yes");
	check_page(&r, 200);
	assert_false(in(&s.b));
	fixture_free(s.w);
}

/* Its tokens go with the session. */
static void tokens_end_with_it(void **state)
{
	struct logout_fixture s = logout_fixture_new();
	struct raw_answer tokens = tokens_for(&s.b, "portal", ""), r;
	struct raw_answer offline = tokens_for(&s.b, "portal", "&scope=openid+offline_access");

	r = send_logout(&s.b, false, form_of(s.w, "id_token_hint", s.hint, NULL));
	r = introspect(s.w, "portal", member(s.w, &tokens, "access_token"));
	assert_false(is_active(&r));
	r = refresh(s.w, "portal", member(s.w, &tokens, "refresh_token"));
	check_json_error(s.w, &r, 400, "invalid_grant");
	r = refresh(s.w, "portal", member(s.w, &offline, "refresh_token"));
	assert_int_equal(r.status, 200);
	fixture_free(s.w);
}

static void suspend_client(struct client *c)
{
	c->status = STATUS_SUSPENDED;
}

static void suspended_client_gets_nobody_back(void **state)
{
	struct logout_fixture s = logout_fixture_new();
	struct raw_answer r;

	edit_client(s.w, "portal", suspend_client);
	r = send_logout(&s.b, false,
		form_of(s.w, "id_token_hint", s.hint, "post_logout_redirect_uri", BYE, NULL));
	check_page(&r, 200);
	fixture_free(s.w);
}

static void oidcc_rp_initiated_logout_discovery_endpoint_verification(void **state)
{
	struct logout_fixture s = logout_fixture_new();
	struct raw_answer r = raw_get(s.w->a, s.w->port, "/.well-known/openid-configuration", NULL);

	check_c(member(s.w, &r, "end_session_endpoint"), ISSUER "/oauth2/logout");
	fixture_free(s.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(oidcc_rp_initiated_logout),
		cmocka_unit_test(oidcc_rp_initiated_logout_no_state),
		cmocka_unit_test(expired_hint_counts),
		cmocka_unit_test(oidcc_rp_initiated_logout_bad_post_logout_redirect_uri),
		cmocka_unit_test(oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri),
		cmocka_unit_test(oidcc_rp_initiated_logout_modified_id_token_hint),
		cmocka_unit_test(oidcc_rp_initiated_logout_bad_id_token_hint),
		cmocka_unit_test(oidcc_rp_initiated_logout_no_id_token_hint),
		cmocka_unit_test(oidcc_rp_initiated_logout_no_params),
		cmocka_unit_test(oidcc_rp_initiated_logout_only_state),
		cmocka_unit_test(oidcc_rp_initiated_logout_no_post_logout_redirect_uri),
		cmocka_unit_test(client_does_not_fit_the_hint),
		cmocka_unit_test(hint_of_another),
		cmocka_unit_test(without_a_session),
		cmocka_unit_test(confirmation_is_guarded),
		cmocka_unit_test(tokens_end_with_it),
		cmocka_unit_test(suspended_client_gets_nobody_back),
		cmocka_unit_test(oidcc_rp_initiated_logout_discovery_endpoint_verification),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
