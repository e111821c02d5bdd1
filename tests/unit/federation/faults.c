/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* An upstream that refuses, breaks, hangs, rotates; and what is asked of it afterwards. */
#include <pthread.h>

#include "thaid_fixture.h"

/* ---- refusals in the browser ---- */

struct return_case {
	const char *query;
	enum auth_reason want;
	const char *why;
};

static const struct return_case returns[] = {
	{"error=user_denied&state=x", AUTH_CANCELLED, "user_denied"},
	{"error=access_denied", AUTH_CANCELLED, "user_denied"},
	{"error=access_denied&code=the-code", AUTH_CANCELLED, "user_denied"},
	{"error=server_error&error_description=x", AUTH_UNAVAILABLE, "server_error"},
	{"error=temporarily_unavailable", AUTH_UNAVAILABLE, "server_error"},
	{"error=invalid_scope", AUTH_UNAVAILABLE, "scope_refused"},
	{"error=%3Cscript%3E", AUTH_UNAVAILABLE, "upstream_error"},
	{"state=x", AUTH_UNAVAILABLE, "no_code"},
	{"code=", AUTH_UNAVAILABLE, "no_code"},
	{"", AUTH_UNAVAILABLE, "no_code"},
	{"code=the-code&iss=https%3A%2F%2Fevil.example", AUTH_UNTRUSTED, "wrong_issuer"},
};

static enum auth_reason complete_with(
	struct thaid_fixture *w, struct str query, const char **ret_why)
{
	struct auth_identity who;
	struct form params;
	const char *why;

	*ret_why = NULL;
	assert_int_equal(form_parse(w->a, query, (struct strlist){NULL, 0}, &params, &why), RC_OK);
	return thaid_complete(w->c, w->a, NOW, &params, STR(CALLBACK), &w->trip, &who, ret_why);
}

static void what_the_browser_brings(void **state)
{
	struct thaid_fixture *w = thaid_fixture_open("");
	const char *why;

	thaid_fixture_begin(w);
	for (size_t i = 0; i < COUNT(returns); i++) {
		enum auth_reason got = complete_with(w, str_c(returns[i].query), &why);

		thaid_fixture_check(returns[i].query, got, why, returns[i].want, returns[i].why);
	}
	assert_int_equal(script_count(w->server, TOKEN_PATH), 0); /* nothing was asked */
	/* and with the right issuer it goes on */
	thaid_fixture_script(
		w, thaid_fixture_answer(w, thaid_fixture_id_token(w, w->keys[0], NULL, 0), ""));
	assert_int_equal(
		complete_with(w, thaid_fixture_format(w, "code=the-code&iss=%s", w->issuer), &why),
		AUTH_REASON_NONE);
	thaid_fixture_close(w);
}

static void codes_over_their_maximum(void **state)
{
	struct thaid_fixture *w = thaid_fixture_open("");
	const char *why;

	thaid_fixture_begin(w);
	thaid_fixture_script(
		w, thaid_fixture_answer(w, thaid_fixture_id_token(w, w->keys[0], NULL, 0), ""));
	for (int n = (int)RP_TOKEN_MAX; n <= (int)RP_TOKEN_MAX + 1; n++)
		assert_int_equal(complete_with(w, thaid_fixture_format(w, "code=%0*d", n, 0), &why),
			n > (int)RP_TOKEN_MAX ? AUTH_UNAVAILABLE : AUTH_REASON_NONE);
	thaid_fixture_close(w);
}

/* ---- refusals and faults of the token endpoint ---- */

struct answer_case {
	const char *name;
	struct script_answer answer;
	enum auth_reason want;
	const char *why;
};

#define BODY(text) .body = STR_INIT(text)

static const struct answer_case answers[] = {
	{"400 empty", {.status = 400}, AUTH_UNAVAILABLE, "code_refused"},
	{"401 empty", {.status = 401}, AUTH_UNAVAILABLE, "code_refused"},
	{"user_denied", {.status = 401, BODY("{\"error\":\"user_denied\"}")}, AUTH_CANCELLED,
		"user_denied"},
	{"access_denied", {.status = 401, BODY("{\"error\":\"access_denied\"}")}, AUTH_CANCELLED,
		"user_denied"},
	{"invalid_client",
		{.status = 401,
			BODY("{\"error\":\"invalid_client\",\"error_description\":\"no\"}")},
		AUTH_UNAVAILABLE, "client_refused"},
	{"unauthorized_client", {.status = 401, BODY("{\"error\":\"unauthorized_client\"}")},
		AUTH_UNAVAILABLE, "client_refused"},
	{"invalid_request", {.status = 400, BODY("{\"error\":\"invalid_request\"}")},
		AUTH_UNAVAILABLE, "code_refused"},
	{"duplicate_request", {.status = 400, BODY("{\"error\":\"duplicate_request\"}")},
		AUTH_UNAVAILABLE, "code_refused"},
	{"invalid_scope", {.status = 400, BODY("{\"error\":\"invalid_scope\"}")}, AUTH_UNAVAILABLE,
		"scope_refused"},
	{"server_error with 400", {.status = 400, BODY("{\"error\":\"server_error\"}")},
		AUTH_UNAVAILABLE, "server_error"},
	{"an error with 200", {BODY("{\"error\":\"user_denied\"}")}, AUTH_CANCELLED, "user_denied"},
	{"error a number", {.status = 400, BODY("{\"error\":7}")}, AUTH_UNAVAILABLE,
		"code_refused"},
	{"403", {.status = 403, BODY("<html>")}, AUTH_UNAVAILABLE, "unexpected_status"},
	{"404", {.status = 404}, AUTH_UNAVAILABLE, "unexpected_status"},
	{"429", {.status = 429}, AUTH_UNAVAILABLE, "unexpected_status"},
	{"500", {.status = 500, BODY("oops")}, AUTH_UNAVAILABLE, "server_error"},
	{"503", {.status = 503}, AUTH_UNAVAILABLE, "server_error"},
	{"a redirect is not followed", {.status = 302, .headers = "Location: /jwks/\r\n"},
		AUTH_UNAVAILABLE, "unexpected_status"},
	{"empty", {.status = 200}, AUTH_UNAVAILABLE, "answer_malformed"},
	{"HTML", {BODY("<html>maintenance</html>"), .content_type = "text/html"}, AUTH_UNAVAILABLE,
		"answer_malformed"},
	{"a list", {BODY("[]")}, AUTH_UNAVAILABLE, "answer_malformed"},
	{"half a JSON", {BODY("{\"access_token\":\"at\"")}, AUTH_UNAVAILABLE, "answer_malformed"},
	{"no access token", {BODY("{\"pid\":\"" PID "\"}")}, AUTH_UNAVAILABLE, "answer_malformed"},
	{"access token a number", {BODY("{\"access_token\":1,\"pid\":\"" PID "\"}")},
		AUTH_UNAVAILABLE, "answer_malformed"},
	{"id_token an object", {BODY("{\"access_token\":\"at\",\"id_token\":{}}")},
		AUTH_UNAVAILABLE, "answer_malformed"},
	{"expired already",
		{BODY("{\"access_token\":\"at\",\"pid\":\"" PID "\",\"expires_in\":1699999940}")},
		AUTH_UNTRUSTED, "answer_expired"},
	{"expired within the leeway",
		{BODY("{\"access_token\":\"at\",\"pid\":\"" PID "\",\"expires_in\":1699999941}")},
		AUTH_REASON_NONE, NULL},
	{"cut off in transit", {BODY("{\"access_token\":\"at\"}"), .fault = SCRIPT_TRUNCATE},
		AUTH_UNAVAILABLE, "no_answer"},
	{"closed", {.fault = SCRIPT_CLOSE}, AUTH_UNAVAILABLE, "no_answer"},
};

static void what_the_token_endpoint_answers(void **state)
{
	struct thaid_fixture *w = thaid_fixture_open("");
	struct auth_identity who;
	const char *why;

	for (size_t i = 0; i < COUNT(answers); i++) {
		const struct answer_case *c = &answers[i];
		enum auth_reason got;

		script_clear(w->server);
		thaid_fixture_begin(w);
		script_answer(w->server, TOKEN_PATH, &c->answer);
		script_body(w->server, REVOKE_PATH, STR("{}"));
		got = thaid_fixture_complete(w, &who, &why);
		thaid_fixture_check(c->name, got, why, c->want, c->why);
	}
	/* The login logs the failure, with its request; here it would stand twice. */
	assert_false(thaid_fixture_logged(w, "upstream_failed"));
	assert_false(thaid_fixture_logged(w, PID));
	thaid_fixture_close(w);
}

static void an_answer_over_its_maximum(void **state)
{
	struct thaid_fixture *w = thaid_fixture_open("");
	struct auth_identity who;
	const char *why;

	for (int extra = 0; extra <= 1; extra++) {
		struct str head = STR("{\"access_token\":\"at\",\"pid\":\"" PID "\",\"x\":\"");
		char *text = arena_alloc(w->a, RP_ANSWER_MAX + 1);
		size_t n = RP_ANSWER_MAX + (size_t)extra;

		memset(text, 'x', n);
		memcpy(text, head.p, head.n);
		memcpy(text + n - 2, "\"}", 2);
		script_clear(w->server);
		thaid_fixture_begin(w);
		thaid_fixture_script(w, (struct str){.p = text, .n = n});
		assert_int_equal(thaid_fixture_complete(w, &who, &why),
			extra ? AUTH_UNAVAILABLE : AUTH_REASON_NONE);
		if (extra)
			assert_string_equal(why, "answer_too_long");
	}
	thaid_fixture_close(w);
}

static void a_dead_upstream(void **state)
{
	struct thaid_fixture *w = thaid_fixture_open("  token: http://127.0.0.1:1/token\n");
	struct auth_identity who;

	thaid_fixture_begin(w);
	thaid_fixture_run(w, "dead", &who, AUTH_UNAVAILABLE, "no_answer");
	thaid_fixture_close(w);
}

static void a_hanging_upstream(void **state)
{
	struct thaid_fixture *w = thaid_fixture_open("  timeout: 1s\n");
	struct auth_identity who;

	thaid_fixture_begin(w);
	script_answer(w->server, TOKEN_PATH, &(struct script_answer){.fault = SCRIPT_HANG});
	thaid_fixture_run(w, "hang", &who, AUTH_UNAVAILABLE, "no_answer");
	thaid_fixture_close(w);
}

/* ---- keys ---- */

static void keys_that_rotate(void **state)
{
	struct thaid_fixture *w = thaid_fixture_open("  keys_refetch_gap: 1h\n");
	struct auth_identity who;
	const char *why;
	struct str by_second;

	thaid_fixture_begin(w);
	thaid_fixture_script(
		w, thaid_fixture_answer(w, thaid_fixture_id_token(w, w->keys[0], NULL, 0), ""));
	assert_int_equal(thaid_fixture_complete(w, &who, &why), AUTH_REASON_NONE);
	assert_int_equal(thaid_fixture_complete(w, &who, &why), AUTH_REASON_NONE);
	assert_int_equal(script_count(w->server, JWKS_PATH), 1); /* kept */
	/* the second key signs: one more fetch finds it */
	thaid_fixture_publish(w, 0, 2);
	by_second = thaid_fixture_answer(w, thaid_fixture_id_token(w, w->keys[1], NULL, 0), "");
	script_clear(w->server);
	thaid_fixture_publish(w, 0, 2);
	script_body(w->server, TOKEN_PATH, by_second);
	assert_int_equal(thaid_fixture_complete(w, &who, &why), AUTH_REASON_NONE);
	assert_int_equal(script_count(w->server, JWKS_PATH), 1);
	/* the first again: still there, no fetch */
	script_clear(w->server);
	script_body(w->server, TOKEN_PATH,
		thaid_fixture_answer(w, thaid_fixture_id_token(w, w->keys[0], NULL, 0), ""));
	assert_int_equal(thaid_fixture_complete(w, &who, &why), AUTH_REASON_NONE);
	assert_int_equal(script_count(w->server, JWKS_PATH), 0);
	thaid_fixture_close(w);
}

/* Tokens with made-up kids must not make us hammer the upstream. */
static void unknown_kids_are_rate_limited(void **state)
{
	struct thaid_fixture *w = thaid_fixture_open("  keys_refetch_gap: 1h\n");
	struct auth_identity who;

	thaid_fixture_begin(w);
	thaid_fixture_script(
		w, thaid_fixture_answer(w, thaid_fixture_id_token(w, w->keys[1], NULL, 0), ""));
	for (int i = 0; i < 5; i++)
		thaid_fixture_run(w, "unknown", &who, AUTH_UNTRUSTED, "unknown_kid");
	assert_int_equal(script_count(w->server, JWKS_PATH), 2); /* the first, and one forced */
	thaid_fixture_close(w);
}

static const struct answer_case key_faults[] = {
	{"keys: 500", {.status = 500}, AUTH_UNAVAILABLE, "no_keys"},
	{"keys: 404", {.status = 404}, AUTH_UNAVAILABLE, "no_keys"},
	{"keys: HTML", {BODY("<html>")}, AUTH_UNAVAILABLE, "no_keys"},
	{"keys: none usable", {BODY("{\"keys\":[]}")}, AUTH_UNAVAILABLE, "no_keys"},
	{"keys: cut off", {BODY("{\"keys\":[]}"), .fault = SCRIPT_TRUNCATE}, AUTH_UNAVAILABLE,
		"no_keys"},
	{"keys: closed", {.fault = SCRIPT_CLOSE}, AUTH_UNAVAILABLE, "no_keys"},
};

static void keys_that_cannot_be_had(void **state)
{
	struct thaid_fixture *w = thaid_fixture_open("");
	struct auth_identity who;
	const char *why;

	for (size_t i = 0; i < COUNT(key_faults); i++) {
		enum auth_reason got;

		script_clear(w->server);
		thaid_fixture_begin(w);
		script_answer(w->server, JWKS_PATH, &key_faults[i].answer);
		script_body(w->server, REVOKE_PATH, STR("{}"));
		script_body(w->server, TOKEN_PATH,
			thaid_fixture_answer(
				w, thaid_fixture_id_token(w, w->keys[0], NULL, 0), ""));
		got = thaid_fixture_complete(w, &who, &why);
		thaid_fixture_check(
			key_faults[i].name, got, why, key_faults[i].want, key_faults[i].why);
	}
	thaid_fixture_expect(w, "and then they are there", NULL, 0, AUTH_REASON_NONE, NULL);
	thaid_fixture_close(w);
}

/* ---- discovery ---- */

#define DISCOVERING                                                                                \
	"  discovery: true\n  token: \"\"\n  jwks: \"\"\n  introspect: \"\"\n  revoke: \"\"\n"

static struct str metadata(struct thaid_fixture *w, const char *issuer, const char *token_origin)
{
	return thaid_fixture_format(w,
		"{\"issuer\":\"%s\",\"token_endpoint\":\"%s/t\",\"jwks_uri\":\"%s/k\","
		"\"revocation_endpoint\":\"%s/r\"}",
		issuer, token_origin, w->issuer, w->issuer);
}

static void discovered_endpoints(void **state)
{
	struct thaid_fixture *w = thaid_fixture_open(DISCOVERING);
	struct auth_identity who;

	thaid_fixture_begin(w);
	script_body(w->server, METADATA_PATH, metadata(w, w->issuer, w->issuer));
	script_body(w->server, "/t",
		thaid_fixture_answer(w, thaid_fixture_id_token(w, w->keys[0], NULL, 0), ""));
	script_body(w->server, "/k", thaid_fixture_keys(w, 0, 1));
	script_body(w->server, "/r", STR("{}"));
	for (int i = 0; i < 2; i++)
		thaid_fixture_run(w, "discovered", &who, AUTH_REASON_NONE, NULL);
	assert_int_equal(script_count(w->server, METADATA_PATH), 1);
	assert_int_equal(script_count(w->server, "/k"), 1);
	assert_int_equal(script_count(w->server, "/t"), 2);
	assert_int_equal(script_count(w->server, "/r"), 4);
	thaid_fixture_close(w);
}

struct metadata_case {
	const char *name, *issuer, *origin;
	int status;
	enum auth_reason want;
	const char *why;
};

static const struct metadata_case documents[] = {
	{"another issuer", "https://evil.example", NULL, 200, AUTH_UNTRUSTED, "bad_metadata"},
	{"a slash more", "%s/", NULL, 200, AUTH_UNTRUSTED, "bad_metadata"},
	{"the token endpoint on another host", NULL, "https://evil.example", 200, AUTH_UNTRUSTED,
		"bad_metadata"},
	{"not there", NULL, NULL, 404, AUTH_UNAVAILABLE, "no_metadata"},
	{"broken", NULL, NULL, 500, AUTH_UNAVAILABLE, "no_metadata"},
};

static void discovery_documents_that_lie(void **state)
{
	struct thaid_fixture *w = thaid_fixture_open(DISCOVERING);
	struct auth_identity who;
	const char *why;

	for (size_t i = 0; i < COUNT(documents); i++) {
		const struct metadata_case *c = &documents[i];
		struct str slash = thaid_fixture_format(w, "%s/", w->issuer);
		const char *issuer = !c->issuer            ? w->issuer
				     : c->issuer[0] == '%' ? slash.p
							   : c->issuer;
		struct script_answer answer = {.status = c->status,
			.body = metadata(w, issuer, c->origin ? c->origin : w->issuer)};
		enum auth_reason got;

		script_clear(w->server);
		thaid_fixture_begin(w);
		script_answer(w->server, METADATA_PATH, &answer);
		got = thaid_fixture_complete(w, &who, &why);
		thaid_fixture_check(c->name, got, why, c->want, c->why);
		assert_int_equal(script_count(w->server, "/t"), 0);
	}
	thaid_fixture_close(w);
}

/* ---- afterwards: introspection, revocation ---- */

static void check_token_fields(
	struct thaid_fixture *w, const char *path, const char *const *want, size_t n)
{
	assert_int_equal(script_count(w->server, path), n);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(script_seen(w->server, path, i).body, want[i]);
}

static void tokens_are_given_back(void **state)
{
	static const char *const bare[] = {"token=rt", "token=at"};
	static const char *const both[] = {
		"token=rt", "token=Bearer%20rt", "token=at", "token=Bearer%20at"};
	static const char *const once[] = {"token=rt"};
	static const struct script_answer refusal = {.status = 400}, fine = {.status = 200};
	struct thaid_fixture *w = thaid_fixture_open("  revoke_timeout: 1s\n");
	struct auth_identity who;
	struct str answer;

	thaid_fixture_expect(w, "bare", NULL, 0, AUTH_REASON_NONE, NULL);
	check_token_fields(w, REVOKE_PATH, bare, 2);
	assert_int_equal(w->n_log, 0);

	answer = thaid_fixture_answer(w, thaid_fixture_id_token(w, w->keys[0], NULL, 0), "");
	script_clear(w->server);
	script_body(w->server, TOKEN_PATH, answer);
	script_answer(w->server, REVOKE_PATH, &refusal);
	script_answer(w->server, REVOKE_PATH, &fine);
	script_answer(w->server, REVOKE_PATH, &refusal);
	script_answer(w->server, REVOKE_PATH, &fine);
	thaid_fixture_run(w, "both", &who, AUTH_REASON_NONE, NULL);
	check_token_fields(w, REVOKE_PATH, both, 4);
	assert_int_equal(w->n_log, 0);

	script_clear(w->server); /* hangs: not tried again, not fatal */
	script_body(w->server, TOKEN_PATH, answer);
	script_answer(w->server, REVOKE_PATH, &(struct script_answer){.fault = SCRIPT_HANG});
	thaid_fixture_run(w, "hang", &who, AUTH_REASON_NONE, NULL);
	check_token_fields(w, REVOKE_PATH, once, 1);
	assert_true(thaid_fixture_logged(w, "upstream_revoke_failed"));

	script_clear(w->server); /* refused in both spellings: not fatal */
	w->n_log = 0;
	memset(w->log, 0, sizeof(w->log));
	script_body(w->server, TOKEN_PATH, answer);
	thaid_fixture_run(w, "404", &who, AUTH_REASON_NONE, NULL);
	assert_true(thaid_fixture_logged(w, "upstream_revoke_failed"));
	thaid_fixture_close(w);
}

static void revocation_switched_off(void **state)
{
	struct thaid_fixture *w = thaid_fixture_open("  revoke_after: false\n");

	thaid_fixture_expect(w, "off", NULL, 0, AUTH_REASON_NONE, NULL);
	assert_int_equal(script_count(w->server, REVOKE_PATH), 0);
	thaid_fixture_close(w);
}

struct active_case {
	const char *name;
	struct script_answer answers[2];
	size_t asked;
	enum auth_reason want;
	const char *why;
};

static const struct active_case actives[] = {
	{"bare", {{BODY("{\"active\":true,\"sub\":\"" PID "\"}")}}, 1, AUTH_REASON_NONE, NULL},
	{"no subject told", {{BODY("{\"active\":true}")}}, 1, AUTH_REASON_NONE, NULL},
	{"Bearer", {{BODY("{\"active\":false}")}, {BODY("{\"active\":true}")}}, 2, AUTH_REASON_NONE,
		NULL},
	{"Bearer after 400", {{.status = 400}, {BODY("{\"active\":true}")}}, 2, AUTH_REASON_NONE,
		NULL},
	{"inactive", {{BODY("{\"active\":false}")}}, 2, AUTH_UNTRUSTED, "token_inactive"},
	{"active a text", {{BODY("{\"active\":\"true\"}")}}, 2, AUTH_UNTRUSTED, "token_inactive"},
	{"active with 401", {{.status = 401, BODY("{\"active\":true}")}}, 2, AUTH_UNTRUSTED,
		"token_inactive"},
	{"another person", {{BODY("{\"active\":true,\"sub\":\"" PID2 "\"}")}}, 1, AUTH_UNTRUSTED,
		"wrong_subject"},
	{"broken", {{.status = 500}}, 1, AUTH_UNAVAILABLE, "server_error"},
};

static void active_tokens(void **state)
{
	struct thaid_fixture *w = thaid_fixture_open("  check_active: true\n");
	struct auth_identity who;
	const char *why;

	for (size_t i = 0; i < COUNT(actives); i++) {
		const struct active_case *c = &actives[i];
		enum auth_reason got;

		script_clear(w->server);
		thaid_fixture_begin(w);
		thaid_fixture_script(
			w, thaid_fixture_answer(
				   w, thaid_fixture_id_token(w, w->keys[0], NULL, 0), ""));
		script_answer(w->server, INTROSPECT_PATH, &c->answers[0]);
		if (c->answers[1].body.n)
			script_answer(w->server, INTROSPECT_PATH, &c->answers[1]);
		got = thaid_fixture_complete(w, &who, &why);
		thaid_fixture_check(c->name, got, why, c->want, c->why);
		assert_int_equal(script_count(w->server, INTROSPECT_PATH), c->asked);
		assert_string_equal(script_seen(w->server, INTROSPECT_PATH, 0).body, "token=at");
		if (c->asked == 2)
			assert_string_equal(script_seen(w->server, INTROSPECT_PATH, 1).body,
				"token=Bearer%20at");
		assert_true(script_count(w->server, REVOKE_PATH) > 0); /* in any case */
	}
	thaid_fixture_close(w);
}

/* ---- the limit ---- */

struct slow_call {
	pthread_t thread;
	struct thaid_fixture *w;
	struct arena *a;
	enum auth_reason outcome;
};

static void *wait_for_thaid(void *data)
{
	struct slow_call *me = data;
	struct form_pair pair = {STR("code"), STR("the-code")};
	const struct form params = {.v = &pair, .n = 1};
	struct auth_identity who;
	const char *why;

	me->outcome = thaid_complete(
		me->w->c, me->a, NOW, &params, STR(CALLBACK), &me->w->trip, &who, &why);
	return NULL;
}

static void only_so_many_wait(void **state)
{
	struct thaid_fixture *w = thaid_fixture_open("  waiting_max: 2\n");
	struct auth_identity who;
	struct slow_call waiters[2];
	struct str answer;
	const char *why;

	thaid_fixture_begin(w);
	answer = thaid_fixture_answer(w, thaid_fixture_id_token(w, w->keys[0], NULL, 0), "");
	thaid_fixture_publish(w, 0, 1);
	script_body(w->server, REVOKE_PATH, STR("{}"));
	script_answer(w->server, TOKEN_PATH,
		&(struct script_answer){.body = answer, .fault = SCRIPT_HOLD});
	for (size_t i = 0; i < 2; i++) {
		waiters[i] = (struct slow_call){.w = w, .a = arena_new(ARENA_MAX)};
		assert_int_equal(
			pthread_create(&waiters[i].thread, NULL, wait_for_thaid, &waiters[i]), 0);
	}
	script_await(w->server, TOKEN_PATH, 2);
	for (int i = 0; i < 3; i++)
		thaid_fixture_run(w, "full", &who, AUTH_BUSY, "too_many_waiting");
	assert_int_equal(script_count(w->server, TOKEN_PATH), 2);
	/* one who comes back without a code needs no place */
	assert_int_equal(complete_with(w, STR("error=user_denied"), &why), AUTH_CANCELLED);
	script_let_go(w->server);
	for (size_t i = 0; i < 2; i++) {
		pthread_join(waiters[i].thread, NULL);
		assert_int_equal(waiters[i].outcome, AUTH_REASON_NONE);
		arena_free(waiters[i].a);
	}
	for (int i = 0; i < 3; i++) /* the places are free again */
		assert_int_equal(thaid_fixture_complete(w, &who, &why), AUTH_REASON_NONE);
	thaid_fixture_close(w);
}

/* The keys are asked for once, whoever needs them first. */
static void many_logins_share_one_fetch(void **state)
{
	struct thaid_fixture *w = thaid_fixture_open("");
	struct slow_call waiters[6];

	thaid_fixture_begin(w);
	thaid_fixture_script(
		w, thaid_fixture_answer(w, thaid_fixture_id_token(w, w->keys[0], NULL, 0), ""));
	for (size_t i = 0; i < COUNT(waiters); i++) {
		waiters[i] = (struct slow_call){.w = w, .a = arena_new(ARENA_MAX)};
		assert_int_equal(
			pthread_create(&waiters[i].thread, NULL, wait_for_thaid, &waiters[i]), 0);
	}
	for (size_t i = 0; i < COUNT(waiters); i++) {
		pthread_join(waiters[i].thread, NULL);
		assert_int_equal(waiters[i].outcome, AUTH_REASON_NONE);
		arena_free(waiters[i].a);
	}
	assert_int_equal(script_count(w->server, JWKS_PATH), 1);
	thaid_fixture_close(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_browser_brings),
		cmocka_unit_test(codes_over_their_maximum),
		cmocka_unit_test(what_the_token_endpoint_answers),
		cmocka_unit_test(an_answer_over_its_maximum),
		cmocka_unit_test(a_dead_upstream),
		cmocka_unit_test(a_hanging_upstream),
		cmocka_unit_test(keys_that_rotate),
		cmocka_unit_test(unknown_kids_are_rate_limited),
		cmocka_unit_test(keys_that_cannot_be_had),
		cmocka_unit_test(discovered_endpoints),
		cmocka_unit_test(discovery_documents_that_lie),
		cmocka_unit_test(tokens_are_given_back),
		cmocka_unit_test(revocation_switched_off),
		cmocka_unit_test(active_tokens),
		cmocka_unit_test(only_so_many_wait),
		cmocka_unit_test(many_logins_share_one_fetch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
