/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <sys/stat.h>
#include <unistd.h>

#include "thaid_fixture.h"

#include "codec/base64.h"
#include "obs/log.h"
#include "jose/jwt.h"
#include "base/random.h"

static const struct conf_item *thaid_table(void)
{
	static struct conf_item table;

	table = (struct conf_item){.size = sizeof(struct thaid_options),
		.options = thaid_conf_options,
		.n_options = thaid_n_conf_options};
	return &table;
}

struct str thaid_fixture_format(struct thaid_fixture *w, const char *format, ...)
{
	struct str text = {.p = arena_alloc(w->a, 65536)};
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf((char *)text.p, 65536, format, args);
	va_end(args);
	assert_in_range(n, 0, 65535);
	text.n = (size_t)n;
	return text;
}

static struct str path_of(struct thaid_fixture *w, const char *name)
{
	return thaid_fixture_format(w, "%s/%s", w->dir, name);
}

static void write_file(struct thaid_fixture *w, const char *name, const char *text)
{
	FILE *f = fopen(path_of(w, name).p, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path_of(w, name).p, 0600), 0);
}

static void keep_line(void *data, struct str line)
{
	struct thaid_fixture *w = data;

	if (line.n < sizeof(w->log) - w->n_log)
		memcpy(w->log + w->n_log, line.p, line.n);
	w->n_log += line.n;
}

static void load_configuration(struct thaid_fixture *w, const char *yaml)
{
	const char *why = NULL;
	struct buf errors;

	write_file(w, "secret", SECRET);
	write_file(w, "apikey", APIKEY);
	write_file(w, "pratu.yaml",
		thaid_fixture_format(w,
			"thaid:\n  client_id: client-1\n  client_secret: secret\n  issuer: %s\n%s",
			w->issuer, yaml)
			.p);
	buf_init(&errors, w->a, 65536);
	if (conf_load(path_of(w, "pratu.yaml").p, thaid_table(), &errors, &w->conf) != RC_OK)
		fail_msg("%s", errors.p);
	if (thaid_new(conf_values(w->conf), w->http, &w->c, &why) != RC_OK)
		fail_msg("%s", why);
}

struct thaid_fixture *thaid_fixture_open(const char *yaml)
{
	static const struct http_client_options options = {.user_agent = "pratu-test"};
	struct thaid_fixture *w = test_calloc(1, sizeof(*w));

	w->a = arena_new(ARENA_MAX_CLI);
	w->server = script_start();
	assert_int_equal(http_client_new(&options, &w->http), RC_OK);
	snprintf(w->issuer, sizeof(w->issuer), "http://127.0.0.1:%d", script_port(w->server));
	snprintf(w->dir, sizeof(w->dir), "/tmp/pratu-federation-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	for (size_t i = 0; i < COUNT(w->keys); i++)
		assert_int_equal(jwk_generate(JOSE_ES256, &w->keys[i]), RC_OK);
	log_set_sink(keep_line, w);
	load_configuration(w, yaml);
	return w;
}

void thaid_fixture_close(struct thaid_fixture *w)
{
	static const char *const files[] = {"secret", "apikey", "pratu.yaml"};

	log_set_sink(NULL, NULL);
	thaid_free(w->c);
	conf_free(w->conf);
	http_client_free(w->http);
	script_stop(w->server);
	for (size_t i = 0; i < COUNT(w->keys); i++)
		jwk_unref(w->keys[i]);
	for (size_t i = 0; i < COUNT(files); i++)
		unlink(path_of(w, files[i]).p);
	rmdir(w->dir);
	arena_free(w->a);
	test_free(w);
}

void thaid_fixture_begin(struct thaid_fixture *w)
{
	thaid_begin(w->c, w->a, &rng_system, STR("the-state"), STR(CALLBACK), &w->trip, &w->url);
}

static const char *changed(
	const struct claim_change *changes, size_t n, const char *name, const char *otherwise)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(changes[i].name, name))
			return changes[i].value;
	return otherwise;
}

struct str thaid_fixture_id_token(struct thaid_fixture *w, const struct jwk *key,
	const struct claim_change *changes, size_t n)
{
	struct str hash = jwt_half_hash(w->a, STR("at")), token;
	const struct claim_change usual[] = {
		{"iss", thaid_fixture_format(w, "\"%s\"", w->issuer).p},
		{"aud", "\"client-1\""},
		{"sub", "\"" PID "\""},
		{"exp", "1700000900"},
		{"iat", "1700000000"},
		{"auth_time", "1699999990"},
		{"version", "2"},
		{"nonce", thaid_fixture_format(w, "\"%.*s\"", STR_FMT(w->trip.nonce)).p},
		{"at_hash", thaid_fixture_format(w, "\"%.*s\"", STR_FMT(hash)).p},
		{"pid", "\"" PID "\""},
		{"titleTh", "\"นาย\""},
		{"given_name", "\"สมชาย\""},
		{"family_name", "\"ใจดี\""},
		{"ial", "\"2.3\""},
	};
	struct buf claims;
	struct json_writer out;

	buf_init(&claims, w->a, JWS_MAX);
	json_writer_init(&out, &claims);
	json_write_object(&out);
	for (size_t i = 0; i < COUNT(usual); i++) {
		const char *value = changed(changes, n, usual[i].name, usual[i].value);

		if (value)
			json_add_raw(&out, usual[i].name, str_c(value));
	}
	json_write_object_end(&out);
	assert_int_equal(jws_sign(w->a, key, "JWT", buf_str(&claims), &token), RC_OK);
	return token;
}

struct str thaid_fixture_answer(struct thaid_fixture *w, struct str id_token, const char *more)
{
	const char *quote = id_token.n ? "\"" : "";

	return thaid_fixture_format(w,
		"{\"access_token\":\"at\",\"refresh_token\":\"rt\",\"token_type\":\"Bearer\""
		"%s%s%.*s%s%s}",
		id_token.n ? ",\"id_token\":" : "", quote, STR_FMT(id_token), quote, more);
}

struct str thaid_fixture_keys(struct thaid_fixture *w, size_t from, size_t n)
{
	struct jwk_set *set;
	struct buf text;
	struct json_writer out;

	assert_int_equal(jwk_set_new(w->keys + from, n, &set), RC_OK);
	buf_init(&text, w->a, JWKS_TEXT_MAX);
	json_writer_init(&out, &text);
	jwk_set_write(set, &out);
	jwk_set_unref(set);
	return buf_str(&text);
}

void thaid_fixture_publish(struct thaid_fixture *w, size_t from, size_t n)
{
	script_body(w->server, JWKS_PATH, thaid_fixture_keys(w, from, n));
}

void thaid_fixture_script(struct thaid_fixture *w, struct str answer)
{
	thaid_fixture_publish(w, 0, 1);
	script_body(w->server, REVOKE_PATH, STR("{}"));
	script_body(w->server, TOKEN_PATH, answer);
}

enum auth_reason thaid_fixture_complete(
	struct thaid_fixture *w, struct auth_identity *ret, const char **ret_why)
{
	struct form_pair pair = {STR("code"), STR("the-code")};
	const struct form params = {.v = &pair, .n = 1};

	*ret_why = NULL;
	return thaid_complete(w->c, w->a, NOW, &params, STR(CALLBACK), &w->trip, ret, ret_why);
}

void thaid_fixture_check(const char *name, enum auth_reason got, const char *got_why,
	enum auth_reason want, const char *why)
{
	if (got != want || (why ? !got_why || strcmp(got_why, why) : got_why != NULL))
		fail_msg("%s: outcome %d (%s), not %d (%s)", name, got, got_why ? got_why : "-",
			want, why ? why : "-");
}

void thaid_fixture_run(struct thaid_fixture *w, const char *name, struct auth_identity *ret,
	enum auth_reason want, const char *why)
{
	const char *got_why;
	enum auth_reason got = thaid_fixture_complete(w, ret, &got_why);

	thaid_fixture_check(name, got, got_why, want, why);
}

void thaid_fixture_expect(struct thaid_fixture *w, const char *name,
	const struct claim_change *changes, size_t n, enum auth_reason want, const char *why)
{
	struct auth_identity who;

	script_clear(w->server);
	thaid_fixture_begin(w);
	thaid_fixture_script(
		w, thaid_fixture_answer(w, thaid_fixture_id_token(w, w->keys[0], changes, n), ""));
	thaid_fixture_run(w, name, &who, want, why);
}

bool thaid_fixture_logged(const struct thaid_fixture *w, const char *event)
{
	return strstr(w->log, event) != NULL;
}
