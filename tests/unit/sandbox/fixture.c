/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "fixture.h"

#include "base/clock.h"
#include "base/random.h"

int64_t now_ms = 1800000000000;

static int64_t fake_now(void *data)
{
	return now_ms;
}

static const struct clock fake_clock = {.now_ms = fake_now};

static const struct str redirects[] = {STR_INIT(BACK)};
static const struct str scopes[] = {STR_INIT("openid"), STR_INIT("pid"), STR_INIT("title"),
	STR_INIT("name"), STR_INIT("address"), STR_INIT("th_fullname")};
const struct sandbox_client client_rows[2] = {
	{.client_id = STR_INIT("one"),
		.name = STR_INIT("One"),
		.redirect_uris = {redirects, 1},
		.scopes = {scopes, COUNT(scopes)}},
	{.client_id = STR_INIT("two"), .redirect_uris = {redirects, 1}, .scopes = {scopes, 2}},
};
static const struct sandbox_person person_rows[] = {
	{.pid = STR_INIT("1234567890121"),
		.title = STR_INIT("นาย"),
		.given_name = STR_INIT("สมชาย"),
		.family_name = STR_INIT("ใจดี"),
		.address = STR_INIT("1 ถนนสุข")},
};
static const struct conf_list clients = {client_rows, COUNT(client_rows)};
static const struct conf_list people = {person_rows, COUNT(person_rows)};

int setup(void **state)
{
	struct sandbox_fixture *f = calloc(1, sizeof(*f));

	f->a = arena_new(ARENA_MAX);
	check_ok(thaid_new(
		&(struct sandbox_thaid_options){
			.issuer = STR("http://localhost:2"),
			.clients = &clients,
			.people = &people,
			.clock = &fake_clock,
			.rng = &rng_system,
		},
		&f->t));
	*state = f;
	return 0;
}

int teardown(void **state)
{
	struct sandbox_fixture *f = *state;

	thaid_free(f->t);
	arena_free(f->a);
	free(f);
	return 0;
}

struct form form(struct sandbox_fixture *f, const char *text)
{
	const char *why;
	struct form form;

	check_ok(form_parse(f->a, str_c(text), (struct strlist){0}, &form, &why));
	return form;
}

void set(struct sandbox_fixture *f, const char *text)
{
	struct form settings = form(f, text);
	struct str why;

	check_ok(thaid_settings_form(f->t, f->a, &settings, &why));
}

struct thaid_login_view begin(struct sandbox_fixture *f, const char *query)
{
	struct form q = form(f, query);
	struct thaid_login_view v;
	struct thaid_error e;
	struct str id;

	check_ok(thaid_begin(f->t, f->a, THAID_API_V2, &q, &id, &e));
	check_ok(thaid_login_get(f->t, f->a, id, &v));
	return v;
}

struct str param(struct str url, const char *name)
{
	char *at = memmem(url.p, url.n, name, strlen(name));
	struct str rest;

	if (at == NULL)
		return STR_NONE;
	rest = str_sub(url, (size_t)(at - url.p) + strlen(name), url.n);
	return str_sub(rest, 0, str_find(rest, '&'));
}

struct str approved_code(struct sandbox_fixture *f, const char *scope)
{
	struct thaid_login_view v;
	struct buf query;
	struct str url;

	buf_init(&query, f->a, 1000);
	buf_add_c(&query, REQUEST);
	buf_add_c(&query, scope);
	v = begin(f, buf_str(&query).p);
	check_ok(thaid_approve(f->t, v.reference, STR("1234567890121")));
	check_ok(thaid_return(f->t, f->a, v.id, &url));
	return param(url, "code=");
}

enum rc token(
	struct sandbox_fixture *f, struct str code, struct str *ret, struct thaid_error *error)
{
	struct buf b;
	struct form body;

	buf_init(&b, f->a, 1000);
	buf_add_c(&b, "grant_type=authorization_code&redirect_uri=http://localhost:1/cb&code=");
	buf_add(&b, code);
	body = form(f, buf_str(&b).p);
	return thaid_token(f->t, f->a, &client_rows[0], &body, ret, error);
}

struct json_value *reply(struct sandbox_fixture *f, const char *scope)
{
	struct thaid_error error;
	struct str body;
	struct json_value *v;

	check_ok(token(f, approved_code(f, scope), &body, &error));
	check_ok(json_value_parse(body, 65536, &v));
	return v;
}

struct str text_of(const struct json_value *v, const char *name)
{
	struct str s = STR_NONE;

	(void)json_value_str(json_value_get(v, name), &s);
	return s;
}

struct json_value *claims_of(
	struct sandbox_fixture *f, const struct json_value *reply, enum rc want)
{
	const struct jws_use use = {.algs = JOSE_BIT(JOSE_ES256)};
	struct jwk_set *keys;
	struct json_value *v = NULL;
	struct str payload;
	const char *why;

	check_ok(jwk_set_parse(thaid_jwks(f->t, f->a), JOSE_ES256, &keys));
	check_rc(jws_verify(f->a, text_of(reply, "id_token"), &use, keys, &payload, &why), want);
	if (want == RC_OK)
		check_ok(json_value_parse(payload, 65536, &v));
	jwk_set_unref(keys);
	return v;
}
