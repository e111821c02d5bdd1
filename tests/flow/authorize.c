/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Every rule of the authorization endpoint: what it takes, each refusal, the last value inside a
 * bound and the first outside (RFC 6749 3.1, 4.1; OIDC Core 3.1.2; RFC 7636; RFC 9207). */
#include "flow/helpers.h"

static const char *repeated(struct fixture *w, const char *name, char byte, size_t n)
{
	char *made = arena_alloc(w->a, strlen(name) + n + 2);

	memcpy(made, name, strlen(name));
	made[strlen(name)] = '=';
	memset(made + strlen(name) + 1, byte, n);
	made[strlen(name) + 1 + n] = '\0';
	return made;
}

/* "name=w0 w1 w2 ...": n words. */
static const char *words(struct fixture *w, const char *name, size_t n)
{
	struct buf out;

	buf_init(&out, w->a, 4096);
	buf_addf(&out, "%s=", name);
	for (size_t i = 0; i < n; i++)
		buf_addf(&out, "%sw%zu", i ? " " : "", i);
	return str_dup_c(w->a, buf_str(&out));
}

/* The same request by both methods of the endpoint. */
static struct raw_answer by(struct browser *b, bool post, struct str form)
{
	return post ? submit(b, STR("/oauth2/authorize"), form) : authorize(b, form);
}

struct request_case {
	const char *changes[3];
	const char *error; /* NULL: goes on to the login */
};

static void check_rules(const struct request_case *rules, size_t n)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};

	for (size_t i = 0; i < 2 * n; i++) {
		const struct request_case *rule = &rules[i / 2];
		const char *const *c = rule->changes;
		struct raw_answer r = by(&b, i % 2, ask(w, c[0], c[1], c[2], NULL));

		if (!rule->error)
			check_login(&r);
		else
			check_error(w, &r, rule->error);
	}
	fixture_free(w);
}

static void refusals_go_to_the_portal(void **state)
{
	static const struct request_case rules[] = {
		{{"response_mode=query.jwt"}, "invalid_request"},
		{{"response_mode=QUERY"}, "invalid_request"},
		{{"request=eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"},
		{{"request_uri=https://portal.test/r"}, "request_uri_not_supported"},
		{{"registration={}"}, "registration_not_supported"},
		{{"-response_type"}, "invalid_request"},
		{{"response_type="}, "invalid_request"},
		{{"response_type=token"}, "unsupported_response_type"},
		{{"response_type=id_token"}, "unsupported_response_type"},
		{{"response_type=id_token token"}, "unsupported_response_type"},
		{{"response_type=code id_token"}, "unsupported_response_type"},
		{{"response_type=code token"}, "unsupported_response_type"},
		{{"response_type=code id_token token"}, "unsupported_response_type"},
		{{"response_type=none"}, "unsupported_response_type"},
		{{"response_type=Code"}, "unsupported_response_type"},
		{{"-scope"}, "invalid_scope"},
		{{"scope=pid"}, "invalid_scope"},
		{{"scope=OPENID"}, "invalid_scope"},
		{{"scope=nothing known"}, "invalid_scope"},
		{{"-code_challenge", "-code_challenge_method"}, "invalid_request"},
		{{"-code_challenge_method"}, "invalid_request"},
		{{"-code_challenge"}, "invalid_request"},
		{{"code_challenge_method=plain"}, "invalid_request"},
		{{"code_challenge_method=s256"}, "invalid_request"},
		{{"code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c"}, "invalid_request"},
		{{"code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cMM"},
			"invalid_request"},
		{{"code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"}, "invalid_request"},
		{{"code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c="}, "invalid_request"},
		{{"prompt=create"}, "invalid_request"},
		{{"prompt=none login"}, "invalid_request"},
		{{"prompt=consent none"}, "invalid_request"},
		{{"prompt=NONE"}, "invalid_request"},
		{{"prompt=none"}, "login_required"},
		{{"max_age=-1"}, "invalid_request"},
		{{"max_age=1.5"}, "invalid_request"},
		{{"max_age= 1"}, "invalid_request"},
		{{"max_age=a"}, "invalid_request"},
		{{"max_age=2147483648"}, "invalid_request"},
		{{"max_age=99999999999999999999"}, "invalid_request"},
		{{"claims=nonsense"}, "invalid_request"},
		{{"claims=[]"}, "invalid_request"},
		{{"claims={\"id_token\":[]}"}, "invalid_request"},
		{{"claims={\"userinfo\":{\"name\":true}}"}, "invalid_request"},
		{{"claims={\"userinfo\":{},\"userinfo\":{}}"}, "invalid_request"},
	};

	check_rules(rules, COUNT(rules));
}

static void what_is_taken(void **state)
{
	static const struct request_case rules[] = {
		{{NULL}, NULL},
		{{"response_mode=query"}, NULL},
		{{"response_mode=form_post"}, NULL},
		{{"-nonce"}, NULL},
		{{"-state", "state=st-1"}, NULL},
		{{"scope=openid unknown"}, NULL},
		{{"scope=profile email openid"}, NULL},
		{{"scope=openid  openid"}, NULL},
		{{"scope=profile"}, NULL},
		{{"prompt=login"}, NULL},
		{{"prompt=login consent select_account"}, NULL},
		{{"prompt="}, NULL},
		{{"max_age=0"}, NULL},
		{{"max_age=2147483647"}, NULL},
		{{"login_hint=somebody"}, NULL},
		{{"id_token_hint=garbage"}, NULL},
		{{"id_token_hint=eyJhbGciOiJub25lIn0.e30."}, NULL},
		{{"ui_locales=se"}, NULL},
		{{"claims_locales=se th"}, NULL},
		{{"display=popup"}, NULL},
		{{"display=nonsense"}, NULL},
		{{"extra=foobar", "another=%%"}, NULL},
		{{"acr_values=unknown"}, NULL},
		{{"claims={}"}, NULL},
		{{"claims={\"userinfo\":null,\"id_token\":{\"unknown\":null}}"}, NULL},
		{{"claims={\"userinfo\":{\"name\":{\"essential\":true}},\"other\":1}"}, NULL},
		{{"request="}, NULL},
	};

	check_rules(rules, COUNT(rules));
}

/* The last length that is taken and the first that is not. */
static void bounds(void **state)
{
	static const struct {
		const char *name, *error;
		size_t most;
	} rows[] = {
		{"nonce", "invalid_request", 512},
		{"state", "invalid_request", 8192},
	};
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r;

	for (size_t i = 0; i < COUNT(rows); i++) {
		r = authorize(&b, ask(w, repeated(w, rows[i].name, 'x', rows[i].most), NULL));
		check_login(&r);
		r = authorize(&b, ask(w, repeated(w, rows[i].name, 'x', rows[i].most + 1), NULL));
		/* A state that is too long goes back with the error, whole. */
		if (i == 1)
			check_error_at(w, &r, rows[i].error,
				repeated(w, "state", 'x', rows[i].most + 1) + strlen("state="),
				__FILE__, __LINE__);
		else
			check_error(w, &r, rows[i].error);
	}
	r = authorize(&b, ask(w, words(w, "acr_values", 8), NULL));
	check_login(&r);
	r = authorize(&b, ask(w, words(w, "acr_values", 9), NULL));
	check_error(w, &r, "invalid_request");
	r = authorize(&b, ask(w, repeated(w, "acr_values", 'x', 1025), NULL));
	check_error(w, &r, "invalid_request");
	r = authorize(&b, ask(w, text(w, "%s openid", words(w, "scope", 63)).p, NULL));
	check_login(&r);
	r = authorize(&b, ask(w, text(w, "%s openid", words(w, "scope", 64)).p, NULL));
	check_error(w, &r, "invalid_scope");
	fixture_free(w);
}

static const char *claims_of_length(struct fixture *w, size_t n)
{
	const size_t rest = sizeof("{\"x\":\"\"}") - 1;
	const char *filler = repeated(w, "", 'x', n - rest);

	return text(w, "claims={\"x\":\"%s\"}", filler + 1).p;
}

static void claims_are_bounded(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r = authorize(&b, ask(w, claims_of_length(w, 4096), NULL));

	check_login(&r);
	r = authorize(&b, ask(w, claims_of_length(w, 4097), NULL));
	check_error(w, &r, "invalid_request");
	fixture_free(w);
}

static void suspend_client(struct client *c)
{
	c->status = STATUS_SUSPENDED;
}

static void only_machines(struct client *c)
{
	static const struct str grants[] = {STR_INIT("client_credentials")};

	c->grant_types = (struct strlist){grants, 1};
}

/* Before the redirect URI is known good there is a page and nothing else (RFC 6749 4.1.2.1). */
static void untrusted_requests_get_a_page(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct str many = ask(w, NULL);

	fixture_client(w, "off", "eplan", suspend_client);
	for (int i = 0; i < 93; i++)
		many = text(w, "%.*s&p%d=1", STR_FMT(many), i);
	const struct str forms[] = {
		ask(w, "-client_id", NULL),
		ask(w, "client_id=", NULL),
		ask(w, "client_id=nobody", NULL),
		ask(w, "client_id=PORTAL", NULL),
		ask(w, "client_id=off", NULL),
		ask(w, "-redirect_uri", NULL),
		ask(w, "redirect_uri=https://portal.test/cb2", NULL),
		ask(w, "redirect_uri=https://portal.test/cb2?x=1&y=2", NULL),
		ask(w, "redirect_uri=https://portal.test/bye", NULL),
		text(w, "%.*s&client_id=portal", STR_FMT(ask(w, NULL))),
		text(w, "%.*s&x=%%zz", STR_FMT(ask(w, NULL))),
		text(w, "%.*s&x=%%00", STR_FMT(ask(w, NULL))),
		text(w, "%.*s&x=%%ff", STR_FMT(ask(w, NULL))),
		text(w, "%.*s&=1", STR_FMT(ask(w, NULL))),
		many,
		STR(""),
	};

	for (size_t i = 0; i < 2 * COUNT(forms); i++) {
		struct raw_answer r = by(&b, i % 2, forms[i / 2]);

		check_page(&r, 400);
	}
	struct raw_answer r = submit(
		&b, STR("/oauth2/authorize"), ask(w, repeated(w, "client_id", 'x', 50000), NULL));
	check_page(&r, 400);
	assert_int_equal(records(w, TABLE_LOGIN), 0);
	fixture_free(w);
}

static void machine_client_gets_no_code(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r;

	fixture_client(w, "machine", "eplan", only_machines);
	r = authorize(&b, ask(w, "client_id=machine", NULL));
	check_error(w, &r, "unauthorized_client");
	fixture_free(w);
}

/* A registered query stays, and the answer is appended to it. */
static void query_of_the_redirect_uri_stays(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r;
	struct str code;

	log_in(&b, SOMCHAI_PID);
	r = authorize(&b, ask(w, "redirect_uri=https://portal.test/cb2?x=1", NULL));
	code = check_code(w, &r);
	assert_true(str_starts(location(&r), STR("https://portal.test/cb2?x=1&code=pratu_ac_")));
	r = post_form(w, "/oauth2/token", "portal",
		form_of(w, "grant_type", "authorization_code", "code", str_dup_c(w->a, code),
			"redirect_uri", "https://portal.test/cb2?x=1", "code_verifier",
			CODE_VERIFIER, NULL));
	assert_int_equal(r.status, 200);
	fixture_free(w);
}

static void no_pkce(struct client *c)
{
	c->pkce_optional = true;
}

static void public_no_pkce(struct client *c)
{
	c->pkce_optional = true;
	c->auth_method = CLIENT_AUTH_NONE;
}

/* RFC 9700 2.1.1: opting out is for confidential clients; who sends a challenge is held to it. */
static void pkce_opt_out(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r;

	fixture_client(w, "old", "eplan", no_pkce);
	fixture_client(w, "app", "eplan", public_no_pkce);
	r = authorize(
		&b, ask(w, "client_id=old", "-code_challenge", "-code_challenge_method", NULL));
	check_login(&r);
	r = authorize(
		&b, ask(w, "client_id=app", "-code_challenge", "-code_challenge_method", NULL));
	check_error(w, &r, "invalid_request");
	r = authorize(&b, ask(w, "client_id=old", "code_challenge_method=plain", NULL));
	check_error(w, &r, "invalid_request");
	r = authorize(&b, ask(w, "client_id=old", "-code_challenge_method", NULL));
	check_error(w, &r, "invalid_request");
	r = authorize(&b, ask(w, "client_id=old", "-code_challenge", NULL));
	check_error(w, &r, "invalid_request");
	fixture_free(w);
}

/* --- form_post (OAuth 2.0 Form Post Response Mode) --- */

static struct str field(struct fixture *w, const struct raw_answer *r, const char *name)
{
	return attribute(w, r->body, text(w, "name=\"%s\" value=\"", name).p);
}

/* Refused, and where the client looks for it; a portal whose address has a query keeps it. */
static void fragment_is_refused_in_the_fragment(void **state)
{
	static const char *const uris[] = {PORTAL_CB, "https://portal.test/cb2?x=1"};
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};

	(void)state;
	log_in(&b, SOMCHAI_PID);
	for (size_t i = 0; i < COUNT(uris); i++) {
		struct raw_answer r =
			authorize(&b, ask(w, "response_mode=fragment",
					      text(w, "redirect_uri=%s", uris[i]).p, NULL));
		struct str to = location(&r);

		assert_int_equal(r.status, 303);
		assert_true(str_starts(to, text(w, "%s#error=invalid_request&", uris[i])));
		check_has(to, "&state=st-1");
		check_has(to, "&iss=");
		assert_false(contains(to, "code="));
	}
	fixture_free(w);
}

static void form_post_success_and_error(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r;

	r = authorize(&b, ask(w, "response_mode=form_post", "prompt=none", NULL));
	check_page(&r, 200);
	check_c(attribute(w, r.body, "action=\""), PORTAL_CB);
	check_c(field(w, &r, "error"), "login_required");
	check_c(field(w, &r, "state"), "st-1");
	check_c(field(w, &r, "iss"), ISSUER);
	assert_false(contains(r.body, "name=\"code\""));
	assert_false(contains(raw_header(&r, "Content-Security-Policy"), "form-action"));
	log_in(&b, SOMCHAI_PID);
	r = authorize(&b, ask(w, "response_mode=form_post", "state=\"><script>x</script>", NULL));
	check_page(&r, 200);
	assert_true(str_starts(field(w, &r, "code"), STR("pratu_ac_")));
	check_c(field(w, &r, "state"), "\"><script>x</script>");
	check_c(field(w, &r, "iss"), ISSUER);
	assert_false(contains(r.body, "<script>x"));
	assert_false(contains(r.body, "name=\"error\""));
	check_c(raw_header(&r, "Cache-Control"), "no-store");
	r = redeem(w, "portal", field(w, &r, "code"), CODE_VERIFIER);
	assert_int_equal(r.status, 200);
	fixture_free(w);
}

static void no_state_no_state(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r = authorize(&b, ask(w, "-state", "prompt=none", NULL));

	check_error_at(w, &r, "login_required", "", __FILE__, __LINE__);
	assert_false(contains(location(&r), "state="));
	fixture_free(w);
}

static void language_of_the_login_page(void **state)
{
	static const struct {
		const char *asked, *lang;
	} rows[] = {{"ui_locales=th", "<html lang=\"th\""}, {"ui_locales=en", "<html lang=\"en\""},
		{"ui_locales=se", "<html lang=\"th\""}, {"ui_locales=se en", "<html lang=\"en\""},
		{"ui_locales=en-GB", "<html lang=\"en\""}, {NULL, "<html lang=\"th\""}};
	struct fixture *w = fixture_standard(FIXTURE_MEM);

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct browser b = {.w = w};
		struct raw_answer r = authorize(&b, ask(w, rows[i].asked, NULL));

		r = browse_s(&b, location(&r));
		check_page(&r, 200);
		check_has(r.body, rows[i].lang);
	}
	fixture_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusals_go_to_the_portal),
		cmocka_unit_test(what_is_taken),
		cmocka_unit_test(bounds),
		cmocka_unit_test(claims_are_bounded),
		cmocka_unit_test(untrusted_requests_get_a_page),
		cmocka_unit_test(machine_client_gets_no_code),
		cmocka_unit_test(query_of_the_redirect_uri_stays),
		cmocka_unit_test(pkce_opt_out),
		cmocka_unit_test(fragment_is_refused_in_the_fragment),
		cmocka_unit_test(form_post_success_and_error),
		cmocka_unit_test(no_state_no_state),
		cmocka_unit_test(language_of_the_login_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
