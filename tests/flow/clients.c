/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Attack row 6: clients that authenticate in any way but their own, and what each may do at the
 * token endpoint, introspection, revocation and userinfo. */
#include "flow/helpers.h"

#include "crypto/hash.h"

static void by_post(struct client *c)
{
	c->auth_method = CLIENT_AUTH_POST;
}

static void by_none(struct client *c)
{
	c->auth_method = CLIENT_AUTH_NONE;
}

static void suspend_client(struct client *c)
{
	c->status = STATUS_SUSPENDED;
}

static void machine(struct client *c)
{
	static const struct str grants[] = {STR_INIT("client_credentials")};

	c->grant_types = (struct strlist){grants, 1};
	c->scope = STR("api.read api.write openid");
}

static void public_machine(struct client *c)
{
	machine(c);
	c->auth_method = CLIENT_AUTH_NONE;
}

static void with_jwt(struct client *c)
{
	c->access_format = TOKEN_JWT;
}

static struct fixture *clients_fixture(void)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);

	fixture_client(w, "post", "eplan", by_post);
	fixture_client(w, "app", "eplan", by_none);
	fixture_client(w, "off", "eplan", suspend_client);
	fixture_client(w, "other", "eplan", NULL);
	fixture_client(w, "machine", "eplan", machine);
	fixture_client(w, "jwt", "eplan", with_jwt);
	return w;
}

/* --- authentication: every client by every method --- */

/* Authorization header of id and secret, as they are. */
static const char *basic_of(struct fixture *w, const char *id, const char *secret)
{
	struct str pair = text(w, "%s:%s", id, secret);

	return text(w, "Authorization: Basic %.*s\r\n", STR_FMT(base64_encode(w->a, pair))).p;
}

static struct raw_answer knock(struct fixture *w, const char *headers, struct str credentials)
{
	struct str form = text(w, "grant_type=authorization_code&code=none%s%.*s",
		credentials.n ? "&" : "", STR_FMT(credentials));

	return raw_post(w->a, w->port, "/oauth2/token", headers, form);
}

/* Authenticated: only the code is wrong. */
static bool let_in(struct fixture *w, const struct raw_answer *r)
{
	if (r->status == 400 && str_eq_c(member(w, r, "error"), "invalid_grant"))
		return true;
	check_json_error(w, r, 401, "invalid_client");
	return false;
}

static void one_method_a_client(void **state)
{
	static const struct {
		const char *id, *method;
	} clients[] = {{"portal", "basic"}, {"post", "post"}, {"app", "none"}, {"off", ""},
		{"nobody", ""}};
	struct fixture *w = clients_fixture();
	struct str first = STR_NONE;

	for (size_t i = 0; i < COUNT(clients); i++) {
		const char *id = clients[i].id;
		const struct {
			const char *method;
			struct raw_answer r;
		} tries[] = {
			{"basic", knock(w, basic_of(w, id, PORTAL_SECRET), STR_NONE)},
			{"post", knock(w, NULL,
					 form_of(w, "client_id", id, "client_secret", PORTAL_SECRET,
						 NULL))},
			{"none", knock(w, NULL, form_of(w, "client_id", id, NULL))},
		};

		for (size_t k = 0; k < COUNT(tries); k++) {
			bool right = !strcmp(tries[k].method, clients[i].method);

			if (let_in(w, &tries[k].r) != right)
				print_error("%s by %s\n", id, tries[k].method);
			assert_int_equal(let_in(w, &tries[k].r), right);
			if (right)
				continue;
			/* One answer for all that is wrong: it tells nobody what exists. */
			first = first.n ? first : tries[k].r.body;
			check_str(tries[k].r.body, first);
		}
	}
	fixture_free(w);
}

/* Some libraries send "Basic id:" for a client that has no secret; it lets nobody else in. */
static void empty_basic_secret_is_none(void **state)
{
	struct fixture *w = clients_fixture();
	struct raw_answer r = knock(w, basic_of(w, "app", ""), STR_NONE);

	(void)state;
	assert_true(let_in(w, &r));
	r = knock(w, basic_of(w, "app", ""), form_of(w, "client_id", "app", NULL));
	assert_true(let_in(w, &r));
	r = knock(w, basic_of(w, "portal", ""), STR_NONE);
	assert_false(let_in(w, &r));
	r = knock(w, basic_of(w, "app", "x"), STR_NONE);
	assert_false(let_in(w, &r));
	r = knock(w, basic_of(w, "post", ""), form_of(w, "client_secret", PORTAL_SECRET, NULL));
	assert_false(r.status == 400 && str_eq_c(member(w, &r, "error"), "invalid_grant"));
	fixture_free(w);
}

static char last_line[LOG_LINE_MAX + 1];

static void keep_line(void *data, struct str line)
{
	snprintf(last_line, sizeof(last_line), "%.*s", STR_FMT(line));
}

/* The operator learns what the client must not, and of no text that may be a secret. */
static void log_says_what_was_wrong(void **state)
{
	static const struct {
		const char *id, *secret, *rule, *client;
	} rows[] = {
		{"portal", "wrong", "CLIENT_AUTH_SECRET", "portal"},
		{"post", PORTAL_SECRET, "CLIENT_AUTH_METHOD", "post"},
		{"off", PORTAL_SECRET, "CLIENT_AUTH_UNKNOWN", ""},
		{"a-secret-in-the-wrong-place", "x", "CLIENT_AUTH_UNKNOWN", ""},
	};
	struct fixture *w = clients_fixture();

	log_set_sink(keep_line, NULL);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct raw_answer r = knock(w, basic_of(w, rows[i].id, rows[i].secret), STR_NONE);

		check_json_error(w, &r, 401, "invalid_client");
		check_has(str_c(last_line), text(w, "\"rule\":\"%s\"", rows[i].rule).p);
		check_has(str_c(last_line), text(w, "\"client\":\"%s\"", rows[i].client).p);
	}
	fixture_free(w);
}

static void wrong_credentials(void **state)
{
	struct fixture *w = clients_fixture();
	const char *const headers[] = {
		basic_of(w, "portal", ""),
		basic_of(w, "portal", "wrong"),
		basic_of(w, "portal", PORTAL_SECRET "x"),
		basic_of(w, "portal", "portal-secre"),
		basic_of(w, "portal", "PORTAL-SECRET"),
		basic_of(w, "", PORTAL_SECRET),
		basic_of(w, "PORTAL", PORTAL_SECRET),
		basic_of(w, "portal%00", PORTAL_SECRET),
		basic_of(w, "portal", "portal-secret%00"),
		basic_of(w, "%zz", PORTAL_SECRET),
		basic_of(w, "portal", text(w, "%0300d", 0).p),
		"Authorization: Basic\r\n",
		"Authorization: Basic \r\n",
		"Authorization: Basic !!!!\r\n",
		"Authorization: Basic cG9ydGFs\r\n", /* no colon */
		"Authorization: Bearer cG9ydGFsOnBvcnRhbC1zZWNyZXQ=\r\n",
		"Authorization: cG9ydGFsOnBvcnRhbC1zZWNyZXQ=\r\n",
	};

	for (size_t i = 0; i < COUNT(headers); i++) {
		struct raw_answer r = knock(w, headers[i], STR_NONE);

		assert_false(let_in(w, &r));
	}
	const struct str forms[] = {
		form_of(w, "client_id", "post", "client_secret", "", NULL),
		form_of(w, "client_id", "post", "client_secret", "wrong", NULL),
		form_of(w, "client_id", "post", "client_assertion", "a.b.c",
			"client_assertion_type",
			"urn:ietf:params:oauth:client-assertion-type:jwt-bearer", NULL),
		form_of(w, "client_secret", PORTAL_SECRET, NULL),
		form_of(w, "client_id", "app", "client_secret", "x", NULL),
		STR(""),
	};
	for (size_t i = 0; i < COUNT(forms); i++) {
		struct raw_answer r = knock(w, NULL, forms[i]);

		assert_false(let_in(w, &r));
	}
	fixture_free(w);
}

static void two_methods_at_once(void **state)
{
	struct fixture *w = clients_fixture();
	const char *header = basic_of(w, "portal", PORTAL_SECRET);
	struct raw_answer r;

	r = knock(
		w, header, form_of(w, "client_id", "portal", "client_secret", PORTAL_SECRET, NULL));
	check_json_error(w, &r, 400, "invalid_request");
	r = knock(w, header, form_of(w, "client_id", "other", NULL));
	assert_false(let_in(w, &r));
	/* The client's name beside the header is no second method. */
	r = knock(w, header, form_of(w, "client_id", "portal", NULL));
	assert_true(let_in(w, &r));
	fixture_free(w);
}

static int64_t old_until;

static void with_new_secret(struct client *c)
{
	static unsigned char digest[SHA256_SIZE];

	sha256(STR("the-new-secret"), digest);
	c->old_secret_hash = c->secret_hash;
	c->old_secret_until = old_until;
	c->secret_hash = (struct str){(const char *)digest, SHA256_SIZE};
}

static void old_secret_overlaps(void **state)
{
	struct fixture *w = clients_fixture();
	const char *old = basic_of(w, "portal", PORTAL_SECRET);
	const char *new = basic_of(w, "portal", "the-new-secret");
	struct raw_answer r;

	old_until = w->now_ms / 1000 + 100;
	edit_client(w, "portal", with_new_secret);
	fixture_advance_clock(w, 99);
	r = knock(w, old, STR_NONE);
	assert_true(let_in(w, &r));
	r = knock(w, new, STR_NONE);
	assert_true(let_in(w, &r));
	fixture_advance_clock(w, 1);
	r = knock(w, old, STR_NONE);
	assert_false(let_in(w, &r));
	r = knock(w, new, STR_NONE);
	assert_true(let_in(w, &r));
	fixture_free(w);
}

/* --- the token endpoint's own rules --- */

static void token_requests(void **state)
{
	static const struct {
		const char *form, *error;
	} rows[] = {
		{"", "invalid_request"},
		{"grant_type=", "invalid_request"},
		{"grant_type=password&username=a&password=b", "unsupported_grant_type"},
		{"grant_type=implicit", "unsupported_grant_type"},
		{"grant_type=client_credentials", "unauthorized_client"},
		{"grant_type=authorization_code", "invalid_request"},
		{"grant_type=refresh_token", "invalid_request"},
		{"grant_type=authorization_code&code=x&code=y", "invalid_request"},
		{"grant_type=authorization_code&code=%", "invalid_request"},
	};
	struct fixture *w = clients_fixture();
	struct raw_answer r;

	for (size_t i = 0; i < COUNT(rows); i++) {
		r = post_form(w, "/oauth2/token", "portal", str_c(rows[i].form));
		check_json_error(w, &r, 400, rows[i].error);
	}
	r = raw_get(w->a, w->port, "/oauth2/token?grant_type=client_credentials",
		basic_of(w, "machine", PORTAL_SECRET));
	assert_int_equal(r.status, 405);
	fixture_free(w);
}

static void client_credentials(void **state)
{
	static const struct {
		const char *scope, *error, *given;
	} rows[] = {
		/* The registered ones that concern no person. */
		{"", NULL, "api.read api.write"},
		{"&scope=api.read", NULL, "api.read"},
		{"&scope=api.write+api.read", NULL, "api.write api.read"},
		{"&scope=api.delete", "invalid_scope", NULL},
		{"&scope=api.read+api.delete", "invalid_scope", NULL},
		/* Registered, and still no word about a person. */
		{"&scope=openid", "invalid_scope", NULL},
		{"&scope=offline_access", "invalid_scope", NULL},
	};
	struct fixture *w = clients_fixture();

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct raw_answer r = post_form(w, "/oauth2/token", "machine",
			text(w, "grant_type=client_credentials%s", rows[i].scope));

		if (rows[i].error) {
			check_json_error(w, &r, 400, rows[i].error);
			continue;
		}
		assert_int_equal(r.status, 200);
		check_c(member(w, &r, "scope"), rows[i].given);
		assert_int_equal(member(w, &r, "refresh_token").n, 0);
		assert_int_equal(member(w, &r, "id_token").n, 0);
		r = get_bearer(w, "/oauth2/userinfo", member(w, &r, "access_token"));
		assert_true(r.status == 401 || r.status == 403);
	}
	assert_int_equal(audits(w, AUDIT_TOKEN_ISSUED), 3);
	fixture_free(w);
}

static void close_system(struct system *s)
{
	s->status = STATUS_SUSPENDED;
}

static void machines_that_get_nothing(void **state)
{
	struct fixture *w = clients_fixture();
	struct raw_answer r;

	fixture_client(w, "open", "eplan", public_machine);
	r = raw_post(w->a, w->port, "/oauth2/token", NULL,
		STR("grant_type=client_credentials&client_id=open&scope=api.read"));
	check_json_error(w, &r, 400, "unauthorized_client");
	edit_system(w, "eplan", close_system);
	r = post_form(w, "/oauth2/token", "machine", STR("grant_type=client_credentials"));
	check_json_error(w, &r, 400, "unauthorized_client");
	fixture_free(w);
}

static void public_client(void **state)
{
	struct fixture *w = clients_fixture();
	struct browser b = {.w = w};
	struct str code = login_for_code(&b, "app", "");
	struct raw_answer r;
	struct str form = form_of(w, "grant_type", "authorization_code", "client_id", "app", "code",
		str_dup_c(w->a, code), "redirect_uri", PORTAL_CB, NULL);

	/* Without a secret the verifier is all that protects it. */
	r = raw_post(w->a, w->port, "/oauth2/token", NULL, form);
	check_json_error(w, &r, 400, "invalid_grant");
	r = raw_post(w->a, w->port, "/oauth2/token", NULL,
		text(w, "%.*s&code_verifier=" CODE_VERIFIER, STR_FMT(form)));
	assert_int_equal(r.status, 200);
	r = raw_post(w->a, w->port, "/oauth2/introspect", NULL,
		form_of(w, "client_id", "app", "token",
			str_dup_c(w->a, member(w, &r, "access_token")), NULL));
	check_json_error(w, &r, 401, "invalid_client");
	fixture_free(w);
}

/* --- introspection --- */

static void api(struct client *c)
{
	static const struct str others[] = {STR_INIT("portal")};

	c->introspects = (struct strlist){others, 1};
}

static void for_api(struct client *c)
{
	c->audience = STR("https://api.test");
}

static void with_audience(struct client *c)
{
	c->audience = STR("https://api.test");
	c->scope = STR("openid");
}

static void who_may_introspect(void **state)
{
	struct fixture *w = clients_fixture();
	struct browser b = {.w = w};
	struct raw_answer tokens, r;
	struct str access, refresh_token, for_others;

	fixture_client(w, "watcher", "eplan", api);
	fixture_client(w, "api", "eplan", with_audience);
	fixture_client(w, "caller", "eplan", for_api);
	tokens = tokens_for(&b, "portal", "");
	access = member(w, &tokens, "access_token");
	refresh_token = member(w, &tokens, "refresh_token");
	tokens = tokens_for(&b, "caller", "");
	for_others = member(w, &tokens, "access_token");
	const struct {
		const char *client;
		struct str token;
		bool seen;
	} rows[] = {
		{"portal", access, true},
		{"watcher", access, true},
		{"other", access, false},
		{"api", access, false},
		{"api", for_others, true},
		{"caller", for_others, true},
		{"watcher", for_others, false},
		{"portal", refresh_token, true},
		{"watcher", refresh_token, false},
		{"other", refresh_token, false},
		{"portal", STR("nonsense"), false},
		{"portal", STR("pratu_at_AAAA"), false},
		{"portal", str_sub(access, 0, access.n - 1), false},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		r = introspect(w, rows[i].client, rows[i].token);
		assert_int_equal(is_active(&r), rows[i].seen);
	}
	r = introspect(w, "portal", STR(""));
	check_json_error(w, &r, 400, "invalid_request");
	r = introspect(w, "off", access);
	check_json_error(w, &r, 401, "invalid_client");
	fixture_free(w);
}

static void what_introspection_tells(void **state)
{
	struct fixture *w = clients_fixture();
	struct browser b = {.w = w};
	struct raw_answer tokens = tokens_for(&b, "portal", ""), r;
	int64_t now = w->now_ms / 1000;

	r = introspect(w, "portal", member(w, &tokens, "access_token"));
	check_c(member(w, &r, "iss"), ISSUER);
	check_c(member(w, &r, "client_id"), "portal");
	check_c(member(w, &r, "token_type"), "Bearer");
	check_c(member(w, &r, "scope"), "openid profile email");
	check_c(member(w, &r, "aud"), "portal");
	check_str(member(w, &r, "sub"), SOMCHAI);
	check_has(r.body, text(w, "\"iat\":%lld", (long long)now).p);
	check_has(r.body, text(w, "\"exp\":%lld", (long long)now + 600).p);
	check_has(r.body, "\"roles\":[\"recorder\"]");
	assert_false(contains(r.body, "person@office.test"));
	fixture_advance_clock(w, 599);
	r = introspect(w, "portal", member(w, &tokens, "access_token"));
	assert_true(is_active(&r));
	fixture_advance_clock(w, 1);
	r = introspect(w, "portal", member(w, &tokens, "access_token"));
	assert_false(is_active(&r));
	fixture_free(w);
}

/* --- revocation (RFC 7009) --- */

static void revoking(void **state)
{
	struct fixture *w = clients_fixture();
	struct browser b = {.w = w};
	struct raw_answer tokens = tokens_for(&b, "portal", ""), r;
	struct str access = member(w, &tokens, "access_token");
	struct str refresh_token = member(w, &tokens, "refresh_token"), first = access;

	r = revoke(w, "other", access);
	check_json_error(w, &r, 400, "unauthorized_client");
	r = revoke(w, "other", refresh_token);
	check_json_error(w, &r, 400, "unauthorized_client");
	r = introspect(w, "portal", access);
	assert_true(is_active(&r));
	/* The access token alone. */
	r = revoke(w, "portal", access);
	assert_int_equal(r.status, 200);
	r = introspect(w, "portal", access);
	assert_false(is_active(&r));
	tokens = refresh(w, "portal", refresh_token);
	assert_int_equal(tokens.status, 200);
	access = member(w, &tokens, "access_token");
	/* The refresh token takes the family along. */
	r = revoke(w, "portal", member(w, &tokens, "refresh_token"));
	assert_int_equal(r.status, 200);
	r = introspect(w, "portal", access);
	assert_false(is_active(&r));
	r = refresh(w, "portal", member(w, &tokens, "refresh_token"));
	check_json_error(w, &r, 400, "invalid_grant");
	assert_int_equal(audits(w, AUDIT_TOKEN_REVOKED), 2);
	const struct str unknown[] = {first, STR("nonsense"), STR("pratu_rt_AAAA")};
	for (size_t i = 0; i < COUNT(unknown); i++) {
		r = revoke(w, "portal", unknown[i]);
		assert_int_equal(r.status, 200);
	}
	assert_int_equal(audits(w, AUDIT_TOKEN_REVOKED), 2);
	r = revoke(w, "portal", STR(""));
	check_json_error(w, &r, 400, "invalid_request");
	fixture_free(w);
}

/* --- userinfo (RFC 6750) --- */

static void check_bearer(const struct raw_answer *r, int status, const char *challenge)
{
	assert_int_equal(r->status, status);
	check_has(raw_header(r, "WWW-Authenticate"), challenge);
	assert_false(contains(r->body, "sub"));
}

static void userinfo_by_every_way(void **state)
{
	struct fixture *w = clients_fixture();
	struct browser b = {.w = w};
	struct raw_answer tokens = tokens_for(&b, "portal", ""), r;
	struct str token = member(w, &tokens, "access_token");
	const char *header = text(w, "Authorization: Bearer %.*s\r\n", STR_FMT(token)).p;
	struct str form = form_of(w, "access_token", str_dup_c(w->a, token), NULL);
	const char *path = "/oauth2/userinfo";

	r = raw_get(w->a, w->port, path, header);
	assert_int_equal(r.status, 200);
	check_str(member(w, &r, "sub"), SOMCHAI);
	check_c(raw_header(&r, "Content-Type"), "application/json");
	r = raw_post(w->a, w->port, path, header, STR(""));
	assert_int_equal(r.status, 200);
	r = raw_post(w->a, w->port, path, NULL, form);
	assert_int_equal(r.status, 200);
	r = raw_post(w->a, w->port, path, header, form);
	check_bearer(&r, 400, "invalid_request");
	r = raw_get(w->a, w->port, text(w, "%s?%.*s", path, STR_FMT(form)).p, NULL);
	check_bearer(&r, 401, "Bearer realm=");
	assert_false(contains(raw_header(&r, "WWW-Authenticate"), "error"));
	r = raw_get(w->a, w->port, path, "Authorization: Basic eDp5\r\n");
	check_bearer(&r, 401, "Bearer realm=");
	r = raw_get(w->a, w->port, path, "Authorization: Bearer \r\n");
	check_bearer(&r, 401, "Bearer realm=");
	r = get_bearer(w, path, STR("nonsense"));
	check_bearer(&r, 401, "invalid_token");
	fixture_advance_clock(w, 600);
	r = get_bearer(w, path, token);
	check_bearer(&r, 401, "invalid_token");
	fixture_free(w);
}

static void userinfo_needs_openid(void **state)
{
	struct fixture *w = clients_fixture();
	struct browser b = {.w = w};
	struct raw_answer tokens = tokens_for(&b, "portal", "&scope=profile"), r;

	assert_int_equal(member(w, &tokens, "id_token").n, 0);
	r = get_bearer(w, "/oauth2/userinfo", member(w, &tokens, "access_token"));
	check_bearer(&r, 403, "insufficient_scope");
	fixture_free(w);
}

static void userinfo_of_a_suspended_client(void **state)
{
	struct fixture *w = clients_fixture();
	struct browser b = {.w = w};
	struct raw_answer tokens = tokens_for(&b, "portal", ""), r;

	edit_client(w, "portal", suspend_client);
	r = get_bearer(w, "/oauth2/userinfo", member(w, &tokens, "access_token"));
	check_bearer(&r, 401, "invalid_token");
	fixture_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_method_a_client),
		cmocka_unit_test(empty_basic_secret_is_none),
		cmocka_unit_test(log_says_what_was_wrong),
		cmocka_unit_test(wrong_credentials),
		cmocka_unit_test(two_methods_at_once),
		cmocka_unit_test(old_secret_overlaps),
		cmocka_unit_test(token_requests),
		cmocka_unit_test(client_credentials),
		cmocka_unit_test(machines_that_get_nothing),
		cmocka_unit_test(public_client),
		cmocka_unit_test(who_may_introspect),
		cmocka_unit_test(what_introspection_tells),
		cmocka_unit_test(revoking),
		cmocka_unit_test(userinfo_by_every_way),
		cmocka_unit_test(userinfo_needs_openid),
		cmocka_unit_test(userinfo_of_a_suspended_client),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
