/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Pushed authorization requests (RFC 9126). A test that stands for a module of the FAPI 2.0 plans
 * (fapi2-security-profile-final-...) has its name above it.
 */
#include "flow/helpers.h"

#include "idp/par/pushed_request.h"

#include <pthread.h>

#define PUSHED_TABLE ((enum table)TABLE_PUSHED_REQUEST)

static struct raw_answer push_as(struct fixture *w, const char *client, struct str form)
{
	return post_form(w, "/oauth2/par", client, form);
}

/* The request_uri of the standard request; extra: one more parameter, or NULL. */
static struct str push(struct fixture *w, const char *extra)
{
	struct raw_answer r = push_as(w, "portal", ask(w, extra ? extra : "state=st-1", NULL));

	assert_int_equal(r.status, 201);
	check_c(raw_header(&r, "Cache-Control"), "no-store");
	return member(w, &r, "request_uri");
}

static struct str target(struct fixture *w, const char *client, struct str uri)
{
	struct buf out;

	buf_init(&out, w->a, 1024);
	buf_addf(&out, "/oauth2/authorize?client_id=%s&request_uri=", client);
	percent_encode(&out, uri);
	return buf_str(&out);
}

static struct raw_answer open_uri(struct browser *b, struct str uri)
{
	return browse_s(b, target(b->w, "portal", uri));
}

static void check_unknown(const struct raw_answer *r)
{
	check_page(r, 400);
	check_has(r->body, "invalid_request_uri");
}

/* par-without-duplicate-parameters: client_id and request_uri are all that the browser brings. */
static void pushed_and_redeemed(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_LMDB);
	struct browser b = {.w = w};
	struct str uri = push(w, NULL);
	struct raw_answer r;

	(void)state;
	assert_true(str_starts(uri, STR("urn:ietf:params:oauth:request_uri:")));
	assert_true(uri.n >= strlen(PUSHED_URN) + 22); /* 128 random bits at least */
	r = open_uri(&b, uri);
	check_login(&r);
	r = pass_login(&b, &r);
	r = redeem(w, "portal", check_code(w, &r), CODE_VERIFIER);
	assert_int_equal(r.status, 200);
	check_c(text_claim(w, member(w, &r, "id_token"), "nonce"), "no-1");
	assert_int_equal(records(w, PUSHED_TABLE), 0);
	fixture_free(w);
}

/* What stands beside the request_uri is not looked at, neither to add nor to change (RFC 9126 4,
 * RFC 9101 6.3); what would make two requests of it is refused. */
static void nothing_beside_it_counts(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct str uri = push(w, NULL);
	struct raw_answer r;

	(void)state;
	log_in(&b, SOMCHAI_PID);
	r = browse_s(&b, text(w, "%s&request=x", target(w, "portal", uri).p));
	check_page(&r, 400);
	r = browse_s(&b, text(w, "%s&client_id=portal", target(w, "portal", uri).p));
	check_page(&r, 400);
	r = browse_s(&b, text(w, "%s&request_uri=x", target(w, "portal", uri).p));
	check_page(&r, 400);
	r = browse_s(&b, text(w, "/oauth2/authorize?request_uri=%s", uri.p));
	check_page(&r, 400);
	r = browse_s(&b, text(w,
				 "%s&redirect_uri=https%%3A%%2F%%2Fevil.test&state=evil&prompt=none"
				 "&scope=openid+phone&state=twice&response_mode=fragment",
				 target(w, "portal", uri).p));
	check_code(w, &r); /* with the state that was pushed */
	fixture_free(w);
}

/* par-ensure-reused-request-uri-prior-to-auth-completion-succeeds: a reload, also after the time
 * within which a login must begin. */
static void reload_before_the_end(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct str uri = push(w, NULL);
	struct raw_answer r = open_uri(&b, uri);

	(void)state;
	check_login(&r);
	fixture_advance_clock(w, 89);
	r = open_uri(&b, uri);
	check_login(&r);
	fixture_advance_clock(w, 600);
	r = open_uri(&b, uri);
	check_login(&r);
	r = pass_login(&b, &r);
	check_code(w, &r);
	fixture_free(w);
}

/* A login that was begun does not make it last for ever. */
static void begun_but_too_old(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct str uri = push(w, NULL);
	struct raw_answer r = open_uri(&b, uri);

	(void)state;
	check_login(&r);
	fixture_advance_clock(w, w->settings.login_lifetime - 1);
	r = open_uri(&b, uri);
	check_login(&r);
	fixture_advance_clock(w, 1);
	r = open_uri(&b, uri);
	check_unknown(&r);
	fixture_free(w);
}

/* par-attempt-reuse-request_uri: after a code, and after an error, it is gone. */
static void spent_by_the_answer(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct str uri = push(w, NULL), refused = push(w, "prompt=none");
	struct raw_answer r = open_uri(&b, refused);

	(void)state;
	check_error(w, &r, "login_required");
	r = open_uri(&b, refused);
	check_unknown(&r);
	r = open_uri(&b, uri);
	r = pass_login(&b, &r);
	check_code(w, &r);
	r = open_uri(&b, uri);
	check_unknown(&r);
	fixture_free(w);
}

/* Two tabs with one request_uri: the first to end has the code. */
static void two_tabs_one_code(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser one = {.w = w}, two = {.w = w};
	struct str uri = push(w, NULL);
	struct raw_answer first = open_uri(&one, uri), second = open_uri(&two, uri);

	(void)state;
	check_login(&first);
	check_login(&second);
	first = pass_login(&one, &first);
	check_code(w, &first);
	second = pass_login(&two, &second);
	check_error(w, &second, "invalid_request_uri");
	assert_int_equal(records(w, TABLE_AUTHORIZATION_CODE), 1);
	fixture_free(w);
}

struct racer {
	struct browser b;
	struct str uri;
	int codes;
};

static void *open_at_once(void *arg)
{
	struct racer *racer = arg;
	struct raw_answer r = open_uri(&racer->b, racer->uri);

	racer->codes =
		raw_header(&r, "Location").n && contains(raw_header(&r, "Location"), "code=");
	return NULL;
}

#define RACERS 16

/* The same at once, by browsers that are logged in. */
static void one_code_of_many_at_once(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_LMDB);
	struct browser b = {.w = w};
	struct racer racers[RACERS];
	pthread_t threads[RACERS];
	struct fixture own[RACERS];
	struct str uri = push(w, NULL);
	int codes = 0;

	(void)state;
	log_in(&b, SOMCHAI_PID);
	for (size_t i = 0; i < RACERS; i++) {
		own[i] = *w; /* an arena of its own */
		own[i].a = arena_new(ARENA_MAX);
		racers[i] = (struct racer){.b = b, .uri = uri};
		racers[i].b.w = &own[i];
		assert_int_equal(pthread_create(&threads[i], NULL, open_at_once, &racers[i]), 0);
	}
	for (size_t i = 0; i < RACERS; i++) {
		pthread_join(threads[i], NULL);
		codes += racers[i].codes;
		arena_free(own[i].a);
	}
	assert_int_equal(codes, 1);
	assert_int_equal(records(w, TABLE_AUTHORIZATION_CODE), 1);
	fixture_free(w);
}

/* par-attempt-to-use-expired-request_uri, with its boundary. */
static void expired(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct str uri = push(w, NULL), other = push(w, NULL);
	struct raw_answer r;

	(void)state;
	fixture_advance_clock(w, 89);
	r = open_uri(&b, uri);
	check_login(&r);
	fixture_advance_clock(w, 1);
	r = open_uri(&b, other);
	check_unknown(&r);
	fixture_free(w);
}

/* par-attempt-to-use-request_uri-for-different-client; and what was never pushed. */
static void bound_to_its_client(void **state)
{
	static const char *const strange[] = {"urn:ietf:params:oauth:request_uri:",
		"urn:ietf:params:oauth:request_uri:pratu_pr_AAAA",
		("urn:ietf:params:oauth:request_uri:pratu_ac_"
		 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
		"urn:ietf:params:oauth:request_uri:../x"};
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct str uri = push(w, NULL);
	struct raw_answer r;

	(void)state;
	fixture_client(w, "other", "eplan", NULL);
	r = browse_s(&b, target(w, "other", uri));
	check_unknown(&r);
	for (size_t i = 0; i < COUNT(strange); i++) {
		r = open_uri(&b, str_c(strange[i]));
		check_unknown(&r);
	}
	r = open_uri(&b, uri);
	check_login(&r);
	/* One that is no URN of ours is a feature that is not offered (OIDC Core 6.2). */
	r = authorize(&b, ask(w, "request_uri=https://portal.test/request.jwt", NULL));
	check_error(w, &r, "request_uri_not_supported");
	fixture_free(w);
}

/* par-authorization-request-containing-request_uri-form-param, par-ensure-pkce-required,
 * par-plain-pkce-rejected, ensure-redirect-uri-in-authorization-request,
 * ensure-registered-redirect-uri, ensure-response-type-code-idtoken-fails,
 * ensure-response-type-token-fails. */
static void refused_where_it_is_pushed(void **state)
{
	static const struct {
		const char *change, *error;
	} rows[] = {
		{"request_uri=urn:ietf:params:oauth:request_uri:x", "invalid_request"},
		{"request=x", "request_not_supported"},
		{"-code_challenge", "invalid_request"},
		{"code_challenge_method=plain", "invalid_request"},
		{"-redirect_uri", "invalid_request"},
		{"redirect_uri=https://portal.test/cb/", "invalid_request"},
		{"redirect_uri=https://evil.test/cb", "invalid_request"},
		{"response_type=code id_token", "unsupported_response_type"},
		{"response_type=token", "unsupported_response_type"},
		{"scope=nothing", "invalid_scope"},
		{"client_id=other", "invalid_client"},
		{"claims={", "invalid_request"},
	};
	struct fixture *w = fixture_standard(FIXTURE_MEM);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct raw_answer r = push_as(w, "portal", ask(w, rows[i].change, NULL));
		int status = str_eq_c(str_c(rows[i].error), "invalid_client") ? 401 : 400;

		check_json_error(w, &r, status, rows[i].error);
		assert_int_equal(raw_header(&r, "Location").n, 0);
	}
	assert_int_equal(records(w, PUSHED_TABLE), 0);
	fixture_free(w);
}

static void public_client(struct client *c)
{
	c->auth_method = CLIENT_AUTH_NONE;
}

/* ensure-client-assertion-in-token-endpoint and the like, for PAR: the client proves itself first.
 */
static void client_authenticates(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct raw_answer r;
	struct str body;

	(void)state;
	r = push_as(w, NULL, ask(w, NULL));
	check_json_error(w, &r, 401, "invalid_client");
	r = push_as(w, NULL, ask(w, "client_secret=wrong", NULL));
	check_json_error(w, &r, 401, "invalid_client");
	r = push_as(w, "stranger", ask(w, NULL));
	check_json_error(w, &r, 401, "invalid_client");
	assert_int_equal(records(w, PUSHED_TABLE), 0);
	/* One without a secret is whoever says so, as at the token endpoint. */
	fixture_client(w, "app", "eplan", public_client);
	r = push_as(w, NULL, ask(w, "client_id=app", NULL));
	assert_int_equal(r.status, 201);
	/* What it authenticates with is not kept. */
	body = raw_post(w->a, w->port, "/oauth2/par", NULL, ask(w, "client_secret=x", NULL)).body;
	assert_false(contains(body, "request_uri"));
	fixture_free(w);
}

/* par-attempt-invalid-http-method; no form; a parameter twice; empty. */
static void only_one_form_by_post(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r = browse_s(&b, text(w, "/oauth2/par?%s", ask(w, NULL).p));

	(void)state;
	assert_int_equal(r.status, 405);
	r = push_as(w, "portal", text(w, "%s&state=st-2", ask(w, NULL).p));
	check_json_error(w, &r, 400, "invalid_request");
	r = push_as(w, "portal", text(w, "%s&scope=openid&unknown=1", ask(w, NULL).p));
	check_json_error(w, &r, 400, "invalid_request");
	r = push_as(w, "portal", STR_NONE);
	assert_int_equal(r.status, 400);
	r = push_as(w, "portal", STR("{\"response_type\":\"code\"}"));
	assert_int_equal(r.status, 400);
	r = push_as(w, "portal", text(w, "%s&state=%%00", ask(w, "-state", NULL).p));
	check_json_error(w, &r, 400, "invalid_request");
	r = push_as(w, "portal", text(w, "%s&state=a%%0D%%0AX:b", ask(w, "-state", NULL).p));
	check_json_error(w, &r, 400, "invalid_request");
	assert_int_equal(records(w, PUSHED_TABLE), 0);
	fixture_free(w);
}

static struct str padded(struct fixture *w, const char *name, size_t n)
{
	char *value = arena_alloc(w->a, n + 1);

	memset(value, 'a', n);
	value[n] = '\0';
	return text(w, "%s&%s=%s", ask(w, NULL).p, name, value);
}

/* Attack row 20: each cap, and one more. What no rule reads is not kept, so it costs nothing. */
static void bounded_in_size(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct raw_answer r;

	(void)state;
	r = push_as(w, "portal", padded(w, "unknown", 30000));
	assert_int_equal(r.status, 201);
	r = push_as(w, "portal", padded(w, "id_token_hint", 23000));
	assert_int_equal(r.status, 201);
	r = push_as(w, "portal", padded(w, "id_token_hint", 24600));
	check_json_error(w, &r, 413, "invalid_request");
	r = push_as(w, "portal", padded(w, "unknown", PUSHED_BODY_MAX));
	assert_int_equal(r.status, 413);
	r = push_as(w, "portal", padded(w, "claims", 4097));
	check_json_error(w, &r, 400, "invalid_request");
	assert_int_equal(records(w, PUSHED_TABLE), 2);
	fixture_free(w);
}

/* A flood costs its client alone, and each record no longer than a login may take. */
static void floods_are_bounded(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct raw_answer r;

	(void)state;
	w->settings.pushed_per_client_and_minute = 4;
	fixture_client(w, "other", "eplan", NULL);
	for (size_t i = 0; i < 2; i++)
		push(w, NULL);
	r = push_as(w, "portal", padded(w, "id_token_hint", 9000)); /* as three */
	check_json_error(w, &r, 429, "temporarily_unavailable");
	assert_true(raw_header(&r, "Retry-After").n > 0);
	r = push_as(w, "other", ask(w, "client_id=other", NULL));
	assert_int_equal(r.status, 201);
	assert_int_equal(records(w, PUSHED_TABLE), 3);
	fixture_advance_clock(w, 60);
	push(w, NULL);
	fixture_free(w);
}

/* Nobody's secret: whoever floods is an address. */
static void floods_without_a_secret(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct raw_answer r;

	(void)state;
	fixture_client(w, "app", "eplan", public_client);
	w->settings.logins_per_minute = 2;
	for (size_t i = 0; i < 2; i++) {
		r = push_as(w, NULL, ask(w, "client_id=app", NULL));
		assert_int_equal(r.status, 201);
	}
	r = push_as(w, NULL, ask(w, "client_id=app", NULL));
	check_json_error(w, &r, 429, "temporarily_unavailable");
	fixture_free(w);
}

static void must_push(struct client *c)
{
	c->pushed_required = true;
}

/* ensure-unsigned-authorization-request-without-using-par-fails: by client, and for all. */
static void required(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r;

	(void)state;
	fixture_client(w, "strict", "eplan", must_push);
	log_in(&b, SOMCHAI_PID);
	r = authorize(&b, ask(w, "client_id=strict", NULL));
	check_error(w, &r, "invalid_request");
	r = push_as(w, "strict", ask(w, "client_id=strict", NULL));
	r = browse_s(&b, target(w, "strict", member(w, &r, "request_uri")));
	check_code(w, &r);
	r = authorize(&b, ask(w, NULL));
	check_code(w, &r);
	w->settings.pushed_required = true;
	r = authorize(&b, ask(w, NULL));
	check_error(w, &r, "invalid_request");
	r = open_uri(&b, push(w, NULL));
	check_code(w, &r);
	fixture_free(w);
}

static void another_redirect(struct client *c)
{
	static const struct str uris[] = {STR_INIT("https://portal.test/new")};

	c->redirect_uris = (struct strlist){uris, 1};
}

static void switch_off(struct client *c)
{
	c->status = STATUS_SUSPENDED;
}

/* Judged at both ends: what the client was registered for when it pushed is not enough. */
static void registration_changes_in_between(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct str uri = push(w, NULL);
	struct raw_answer r;

	(void)state;
	edit_client(w, "portal", another_redirect);
	r = open_uri(&b, uri);
	check_page(&r, 400);
	edit_client(w, "portal", switch_off);
	r = open_uri(&b, uri);
	check_page(&r, 400);
	fixture_free(w);
}

/* A single page application pushes by itself, as it calls the token endpoint. */
static void by_a_script_of_the_portal(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct raw_answer r;

	(void)state;
	fixture_client(w, "app", "eplan", public_client);
	r = raw_post(w->a, w->port, "/oauth2/par", "Origin: https://portal.test\r\n",
		ask(w, "client_id=app", NULL));
	assert_int_equal(r.status, 201);
	assert_true(raw_header(&r, "Access-Control-Allow-Origin").n > 0);
	r = authorize(&(struct browser){.w = w}, ask(w, NULL));
	assert_int_equal(raw_header(&r, "Access-Control-Allow-Origin").n, 0); /* FAPI 2.0 5.2.3 */
	fixture_free(w);
}

/* A form of the portal's page, which comes without our cookies, comes again and is not spent. */
static void by_a_form_of_the_portal(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w}, fresh = {.w = w};
	struct str uri = push(w, NULL);
	struct raw_answer r;

	(void)state;
	r = submit(&fresh, STR("/oauth2/authorize"),
		form_of(w, "client_id", "portal", "request_uri", str_dup_c(w->a, uri), NULL));
	check_login(&r);
	log_in(&b, SOMCHAI_PID);
	r = submit(&b, STR("/oauth2/authorize"),
		form_of(w, "client_id", "portal", "request_uri", str_dup_c(w->a, uri), NULL));
	check_code(w, &r);
	fixture_free(w);
}

/* Attack row 3: one kind of handle is never taken as another. */
static void is_nothing_else(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct str uri = push(w, NULL);
	struct str handle = str_sub(uri, strlen(PUSHED_URN), uri.n);
	struct raw_answer r = redeem(w, "portal", handle, CODE_VERIFIER);

	(void)state;
	check_json_error(w, &r, 400, "invalid_grant");
	r = refresh(w, "portal", handle);
	check_json_error(w, &r, 400, "invalid_grant");
	r = introspect(w, "portal", handle);
	assert_false(is_active(&r));
	r = get_bearer(w, "/oauth2/userinfo", handle);
	assert_int_equal(r.status, 401);
	fixture_free(w);
}

/* discovery-end-point-verification, the members of RFC 9126 5. */
static void in_discovery(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r = browse(&b, "/.well-known/openid-configuration");

	(void)state;
	check_has(r.body, "\"pushed_authorization_request_endpoint\":\"" ISSUER "/oauth2/par\"");
	check_has(r.body, "\"require_pushed_authorization_requests\":false");
	check_has(r.body, "\"authorization_details_types_supported\":[\"payment_approval\"]");
	fixture_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pushed_and_redeemed),
		cmocka_unit_test(nothing_beside_it_counts),
		cmocka_unit_test(reload_before_the_end),
		cmocka_unit_test(begun_but_too_old),
		cmocka_unit_test(spent_by_the_answer),
		cmocka_unit_test(two_tabs_one_code),
		cmocka_unit_test(one_code_of_many_at_once),
		cmocka_unit_test(expired),
		cmocka_unit_test(bound_to_its_client),
		cmocka_unit_test(refused_where_it_is_pushed),
		cmocka_unit_test(client_authenticates),
		cmocka_unit_test(only_one_form_by_post),
		cmocka_unit_test(bounded_in_size),
		cmocka_unit_test(floods_are_bounded),
		cmocka_unit_test(floods_without_a_secret),
		cmocka_unit_test(required),
		cmocka_unit_test(registration_changes_in_between),
		cmocka_unit_test(by_a_script_of_the_portal),
		cmocka_unit_test(by_a_form_of_the_portal),
		cmocka_unit_test(is_nothing_else),
		cmocka_unit_test(in_discovery),
	};

	return cmocka_run_group_tests_name("pushed authorization requests", tests, NULL, NULL);
}
