/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Attack row 20: the last size that is taken and the first that is not, of everything a stranger
 * can send; and the server lives on. */
#include "flow/helpers.h"

#include "crypto/hash.h"

static struct str filler(struct fixture *w, size_t n)
{
	char *made = arena_alloc(w->a, n + 1);

	memset(made, 'x', n);
	made[n] = '\0';
	return (struct str){made, n};
}

static void parameters(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct str form = ask(w, NULL); /* eight of them */
	struct raw_answer r;

	for (int i = 8; i < FORM_MAX_PAIRS; i++)
		form = text(w, "%.*s&p%d=", STR_FMT(form), i);
	r = submit(&b, STR("/oauth2/authorize"), form);
	check_login(&r);
	r = submit(&b, STR("/oauth2/authorize"), text(w, "%.*s&one=more", STR_FMT(form)));
	check_page(&r, 400);
	r = post_form(w, "/oauth2/token", "portal",
		text(w, "grant_type=refresh_token&refresh_token=x&%.*s&a=b&c=d", STR_FMT(form)));
	check_json_error(w, &r, 400, "invalid_request");
	fixture_free(w);
}

static void body(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct str start = ask(w, NULL), form;
	struct raw_answer r;
	struct browser b = {.w = w};

	form = text(w, "%.*s&pad=%.*s", STR_FMT(start),
		STR_FMT(filler(w, FORM_MAX_BYTES - start.n - 5)));
	r = submit(&b, STR("/oauth2/authorize"), form);
	/* Too long for an address: a page of ours posts it again. */
	check_page(&r, 200);
	r = submit(&b, attribute(w, r.body, "action=\""), form);
	check_login(&r);
	r = submit(&b, STR("/oauth2/authorize"),
		text(w, "%.*s&pad=%.*s", STR_FMT(start),
			STR_FMT(filler(w, FORM_MAX_BYTES - start.n - 4))));
	assert_int_equal(r.status, 413);
	fixture_free(w);
}

static void target_and_headers(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct raw_answer r;

	r = raw_get(w->a, w->port,
		text(w, "/apps?x=%.*s", STR_FMT(filler(w, HTTP_TARGET_MAX - 8))).p, NULL);
	assert_int_equal(r.status, 303);
	r = raw_get(w->a, w->port,
		text(w, "/apps?x=%.*s", STR_FMT(filler(w, HTTP_TARGET_MAX - 7))).p, NULL);
	assert_int_equal(r.status, 414);
	r = raw_get(w->a, w->port, "/apps",
		text(w, "X-Pad: %.*s\r\n", STR_FMT(filler(w, HTTP_HEADER_MAX))).p);
	assert_int_equal(r.status, 431);
	r = raw_get(w->a, w->port, "/oauth2/userinfo",
		text(w, "Authorization: Bearer %.*s\r\n", STR_FMT(filler(w, 7000))).p);
	assert_int_equal(r.status, 401);
	fixture_free(w);
}

enum { HOPS = 16, ASKED = 1024 }; /* FORWARDED_MAX, PREFLIGHT_MAX of http/server_priv.h */

static void lines_of_proxies_and_asked_headers(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);

	for (int n = HOPS; n <= HOPS + 1; n++) {
		struct buf lines;

		buf_init(&lines, w->a, 4096);
		for (int i = 0; i < n; i++)
			buf_addf(&lines, "X-Forwarded-For: 192.0.2.%d\r\n", i);
		assert_int_equal(
			raw_get(w->a, w->port, "/.well-known/openid-configuration", lines.p).status,
			n > HOPS ? 400 : 200);
	}
	for (size_t n = ASKED; n <= ASKED + 1; n++) {
		struct str asked = filler(w, n);
		struct raw_answer r = raw_exchange(w->a, w->port,
			text(w,
				"OPTIONS /oauth2/userinfo HTTP/1.1\r\nHost: localhost:9999\r\n"
				"Origin: https://portal.test\r\n"
				"Access-Control-Request-Headers: %.*s\r\n\r\n",
				STR_FMT(asked)));

		assert_int_equal(r.status, 204);
		assert_int_equal(
			str_eq(raw_header(&r, "Access-Control-Allow-Headers"), asked), n == ASKED);
	}
	fixture_free(w);
}

static struct str nested(struct fixture *w, int depth)
{
	struct buf out;

	buf_init(&out, w->a, 4096);
	buf_add_c(&out, "claims={\"x\":");
	for (int i = 0; i < depth; i++)
		buf_add_byte(&out, '[');
	for (int i = 0; i < depth; i++)
		buf_add_byte(&out, ']');
	buf_add_byte(&out, '}');
	return buf_str(&out);
}

static void depth_of_claims(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};
	struct raw_answer r = authorize(&b, ask(w, str_dup_c(w->a, nested(w, 15)), NULL));

	check_login(&r);
	r = authorize(&b, ask(w, str_dup_c(w->a, nested(w, 16)), NULL));
	check_error(w, &r, "invalid_request");
	r = authorize(&b, ask(w, str_dup_c(w->a, nested(w, 500)), NULL));
	check_error(w, &r, "invalid_request");
	fixture_free(w);
}

static struct str long_secret;

static void with_long_secret(struct client *c)
{
	static unsigned char digest[SHA256_SIZE];

	sha256(long_secret, digest);
	c->secret_hash = (struct str){(const char *)digest, SHA256_SIZE};
	c->auth_method = CLIENT_AUTH_POST;
}

static void secrets(void **state)
{
	for (size_t n = 256; n <= 257; n++) {
		struct fixture *w = fixture_standard(FIXTURE_MEM);
		struct raw_answer r;

		long_secret = filler(w, n);
		fixture_client(w, "long", "eplan", with_long_secret);
		r = raw_post(w->a, w->port, "/oauth2/token", NULL,
			text(w,
				"client_id=long&client_secret=%.*s&grant_type=refresh_token&"
				"refresh_token=x",
				STR_FMT(long_secret)));
		if (n == 256)
			check_json_error(w, &r, 400, "invalid_grant");
		else
			check_json_error(w, &r, 401, "invalid_client");
		fixture_free(w);
	}
}

static const char *const paths[] = {"/oauth2/token", "/oauth2/introspect", "/oauth2/revoke",
	"/oauth2/userinfo", "/oauth2/authorize", "/oauth2/logout", "/oauth2/logout/confirm",
	"/login/upstream", "/login/account", "/login/consent", "/account/sessions/end",
	"/account/sessions/others", "/account/sessions/everywhere", "/account/password/set",
	"/account/privacy/withdraw", "/account/language", "/apps/logout"};
static const char *const names[] = {"client_id", "client_secret", "code", "code_verifier",
	"redirect_uri", "refresh_token", "token", "token_type_hint", "access_token", "scope",
	"state", "nonce", "prompt", "max_age", "ui_locales", "login_hint", "id_token_hint",
	"acr_values", "claims", "response_mode", "step", "account", "answer", "request", "csrf",
	"session", "post_logout_redirect_uri"};

static void try_one(struct browser *b, const char *path, const char *name, size_t length)
{
	struct fixture *w = b->w;
	bool back_channel = str_starts(str_c(path), STR("/oauth2/token")) ||
			    str_starts(str_c(path), STR("/oauth2/introspect")) ||
			    str_starts(str_c(path), STR("/oauth2/revoke"));
	struct str form =
		text(w, "%s=%.*s&grant_type=authorization_code", name, STR_FMT(filler(w, length)));
	struct raw_answer r =
		back_channel ? post_form(w, path, "portal", form) : submit(b, str_c(path), form);

	if (r.status < 200 || r.status >= 500)
		fail_msg("%s %s %zu: %d", path, name, length, r.status);
}

/* Whatever one parameter holds, an answer comes, and the server takes the next request. */
static void every_parameter_of_every_length(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser b = {.w = w};

	log_in(&b, SOMCHAI_PID);
	for (size_t i = 0; i < COUNT(paths) * COUNT(names); i++) {
		const char *path = paths[i % COUNT(paths)], *name = names[i / COUNT(paths)];

		try_one(&b, path, name, 65);
		try_one(&b, path, name, 3000);
		/* The longest by turns: it takes a while to send. */
		if (i % 5 == 0)
			try_one(&b, path, name, 60000);
	}
	assert_int_equal(browse(&b, "/apps").status, 200);
	fixture_free(w);
}

/* Each transaction is a record anybody can make; one address may make so many a minute. */
static void logins_of_one_address(void **state)
{
	struct fixture *w = fixture_standard(FIXTURE_MEM);
	struct browser in = {.w = w}, b;
	struct raw_answer r;

	log_in(&in, SOMCHAI_PID);
	w->settings.logins_per_minute = 3;
	fixture_advance_clock(w, 60);
	for (int i = 0; i < 3; i++) {
		b = (struct browser){.w = w};
		r = browse_s(&b, authorize_target(w, "portal", ""));
		assert_true(str_starts(location(&r), STR("/login")));
	}
	b = (struct browser){.w = w};
	r = browse_s(&b, authorize_target(w, "portal", ""));
	check_page(&r, 429);
	assert_int_equal(b.n, 0);
	assert_int_equal(browse(&b, "/apps").status, 429);
	/* Who is logged in begins nothing; prompt=none begins nothing. */
	r = browse_s(&in, authorize_target(w, "portal", ""));
	assert_true(url_param(w, location(&r), "code").n > 0);
	r = browse_s(&b, authorize_target(w, "portal", "&prompt=none"));
	check_error(w, &r, "login_required");
	fixture_advance_clock(w, 60);
	assert_int_equal(browse(&b, "/apps").status, 303);
	fixture_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parameters),
		cmocka_unit_test(body),
		cmocka_unit_test(target_and_headers),
		cmocka_unit_test(lines_of_proxies_and_asked_headers),
		cmocka_unit_test(depth_of_claims),
		cmocka_unit_test(secrets),
		cmocka_unit_test(every_parameter_of_every_length),
		cmocka_unit_test(logins_of_one_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
