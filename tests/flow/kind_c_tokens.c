/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Kind C, what clients really send to the token endpoint, userinfo and revocation. */
#include "flow/helpers.h"
#include "codec/base64.h"

static void for_reports(struct client *c)
{
	static const struct str grants[] = {STR_INIT("client_credentials")};

	c->grant_types = (struct strlist){grants, 1};
	c->scope = STR("report:read report:write openid");
}

static void machine_of_people(struct client *c)
{
	for_reports(c);
	c->scope = STR("openid profile");
}

/* RFC 6749 3.3: the registered scopes or invalid_scope, never an empty one. */
static void client_credentials_have_a_scope(void **state)
{
	static const struct {
		const char *client, *scope, *given;
	} rows[] = {
		{"machine", "", "report:read report:write"},
		{"machine", "&scope=", "report:read report:write"},
		{"machine", "&scope=report:write", "report:write"},
		{"machine", "&scope=+", NULL},
		{"machine", "&scope=openid", NULL},
		{"people", "", NULL},
	};
	struct fixture *w = fixture_standard(FIXTURE_MEM);

	fixture_client(w, "machine", "eplan", for_reports);
	fixture_client(w, "people", "eplan", machine_of_people);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct raw_answer r = post_form(w, "/oauth2/token", rows[i].client,
			text(w, "grant_type=client_credentials%s", rows[i].scope));

		if (rows[i].given)
			check_c(member(w, &r, "scope"), rows[i].given);
		else
			check_json_error(w, &r, 400, "invalid_scope");
	}
	fixture_free(w);
}

static void as_public(struct client *c)
{
	c->auth_method = CLIENT_AUTH_NONE;
}

static struct raw_answer token_request(
	struct fixture *w, const char *header, const char *type, struct str form)
{
	return raw_exchange(w->a, w->port,
		text(w,
			"POST /oauth2/token HTTP/1.1\r\nHost: localhost:9999\r\n%s"
			"Content-Type: %s\r\nContent-Length: %zu\r\n\r\n%.*s",
			header, type, form.n, STR_FMT(form)));
}

static const char *basic(struct fixture *w, const char *scheme, const char *credentials)
{
	return text(w, "Authorization: %s %.*s\r\n", scheme,
		STR_FMT(base64_encode(w->a, str_c(credentials))))
		.p;
}

/* A code that is none is refused as such: the client itself was accepted. */
static void client_authentication_as_sent(void **state)
{
	static const struct {
		const char *client, *scheme, *credentials, *type, *more, *error;
	} rows[] = {
		{"portal", "Basic", "portal:" PORTAL_SECRET, "application/x-www-form-urlencoded",
			"", "invalid_grant"},
		{"portal", "basic", "portal:" PORTAL_SECRET, "application/x-www-form-urlencoded",
			"", "invalid_grant"},
		{"portal", "Basic", "%70ortal:portal%2Dsecret", "application/x-www-form-urlencoded",
			"", "invalid_grant"},
		{"portal", "Basic", "portal:" PORTAL_SECRET,
			"application/x-www-form-urlencoded; charset=UTF-8", "", "invalid_grant"},
		{"portal", "Basic", "portal:" PORTAL_SECRET, "Application/X-WWW-Form-Urlencoded",
			"", "invalid_grant"},
		{"portal", "Basic", "portal:" PORTAL_SECRET, "application/x-www-form-urlencoded",
			"&client_id=portal", "invalid_grant"},
		{"portal", "Basic", "portal:" PORTAL_SECRET, "application/x-www-form-urlencoded",
			"&client_id=other", "invalid_client"},
		{"portal", "Basic", "portal:", "application/x-www-form-urlencoded", "",
			"invalid_client"},
		{"open", "Basic", "open:", "application/x-www-form-urlencoded", "",
			"invalid_grant"},
		{"open", "Basic", "open:guess", "application/x-www-form-urlencoded", "",
			"invalid_client"},
		{"portal", "Basic", "portal:" PORTAL_SECRET, "application/json", "",
			"invalid_request"},
	};
	struct fixture *w = fixture_standard(FIXTURE_MEM);

	fixture_client(w, "open", "eplan", as_public);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct raw_answer r = token_request(w,
			basic(w, rows[i].scheme, rows[i].credentials), rows[i].type,
			text(w, "grant_type=authorization_code&code=none%s", rows[i].more));

		check_c(member(w, &r, "error"), rows[i].error);
	}
	fixture_free(w);
}

static struct raw_answer post_userinfo(
	struct fixture *w, struct str header_token, const char *type, struct str body)
{
	return raw_exchange(w->a, w->port,
		text(w,
			"POST /oauth2/userinfo HTTP/1.1\r\nHost: localhost:9999\r\n%s%.*s%s%s"
			"Content-Length: %zu\r\n\r\n%.*s",
			header_token.n ? "authorization: bearer " : "", STR_FMT(header_token),
			header_token.n ? "\r\n" : "", type, body.n, STR_FMT(body)));
}

static void userinfo_by_post(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r = tokens_for(&b, "portal", "");
	struct str token = member(w, &r, "access_token"),
		   form = text(w, "access_token=%.*s", STR_FMT(token));

#define FORM "Content-Type: application/x-www-form-urlencoded\r\n"
	r = post_userinfo(w, token, "", STR_NONE);
	assert_int_equal(r.status, 200);
	r = post_userinfo(w, token, FORM, STR_NONE);
	assert_int_equal(r.status, 200);
	r = post_userinfo(w, token, "Content-Type: application/json\r\n", STR("{}"));
	assert_int_equal(r.status, 200);
	r = post_userinfo(w, STR_NONE, FORM, form);
	assert_int_equal(r.status, 200);
	r = post_userinfo(w, token, FORM, form);
	assert_int_equal(r.status, 400);
	check_c(member(w, &r, "error"), "invalid_request");
	/* RFC 6750 2.2: not in another kind of body, 2.3: not in the address. */
	r = post_userinfo(w, STR_NONE, "Content-Type: text/plain\r\n", form);
	assert_int_equal(r.status, 401);
	check_c(member(w, &r, "error"), "invalid_token");
	r = raw_get(w->a, w->port, text(w, "/oauth2/userinfo?%.*s", STR_FMT(form)).p, NULL);
	assert_int_equal(r.status, 401);
	check_c(member(w, &r, "error"), "invalid_token");
	fixture_free(w);
}

static void revocation_as_sent(void **state)
{
	static const char *const forms[] = {"token=unknown", "token=unknown&token_type_hint=x",
		"token=a.b.c&token_type_hint=access_token"};
	struct fixture *w = fixture_standard(FIXTURE_MEM);

	for (size_t i = 0; i < COUNT(forms); i++)
		assert_int_equal(
			post_form(w, "/oauth2/revoke", "portal", str_c(forms[i])).status, 200);
	fixture_free(w);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(client_credentials_have_a_scope),
		cmocka_unit_test(client_authentication_as_sent),
		cmocka_unit_test(userinfo_by_post),
		cmocka_unit_test(revocation_as_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
