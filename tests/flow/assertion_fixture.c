/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "jose/internal.h"

#include "flow/assertion_fixture.h"

#include "base/die.h"
#include "codec/base64.h"
#include "crypto/hash.h"

#include <pthread.h>

#define TYPE "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

/* ---- what the log says ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char last_rule[64];

static void keep_rule(void *data, struct str line)
{
	static const struct str mark = STR_INIT("\"rule\":\"");
	const char *at = memmem(line.p, line.n, mark.p, mark.n);
	struct str rest;

	(void)data;
	if (!at)
		return;
	rest = (struct str){at + mark.n, line.n - (size_t)(at + mark.n - line.p)};
	rest = str_sub(rest, 0, str_find(rest, '"'));
	pthread_mutex_lock(&lock);
	snprintf(last_rule, sizeof(last_rule), "%.*s", STR_FMT(rest));
	pthread_mutex_unlock(&lock);
}

/* Of over 200 refusals in a second some are not logged (obs/log_budget.h): nothing is known then.
 */
static void forget_rule(void)
{
	pthread_mutex_lock(&lock);
	last_rule[0] = '\0';
	pthread_mutex_unlock(&lock);
}

const char *refused_for(void)
{
	static _Thread_local char copy[sizeof(last_rule)];

	pthread_mutex_lock(&lock);
	memcpy(copy, last_rule, sizeof(copy));
	pthread_mutex_unlock(&lock);
	return copy;
}

/* ---- keys and clients ---- */

#define KEYS_MADE_MAX 64

static struct jwk *made[KEYS_MADE_MAX]; /* as long as the process */
static size_t n_made;

struct signer_key signer_key_new(enum jose_alg alg)
{
	struct signer_key key;

	if (n_made == KEYS_MADE_MAX || jwk_generate(alg, &key.jwk) != RC_OK)
		die("no key");
	made[n_made++] = key.jwk;
	key.kid = jwk_kid(key.jwk);
	return key;
}

struct str signer_jwks(struct fixture *w, const struct signer_key *keys, size_t n)
{
	struct buf out;
	struct json_writer writer;

	buf_init(&out, w->a, JWKS_TEXT_MAX);
	json_writer_init(&writer, &out);
	json_write_object(&writer);
	json_write_key(&writer, "keys");
	json_write_array(&writer);
	for (size_t i = 0; i < n; i++)
		jwk_write_public(keys[i].jwk, &writer);
	json_write_array_end(&writer);
	json_write_object_end(&writer);
	return buf_str(&out);
}

static struct str new_jwks, new_uri, new_sealed;

static void as_signer(struct client *c)
{
	static const struct str grants[] = {STR_INIT("authorization_code"),
		STR_INIT("refresh_token"), STR_INIT("client_credentials")};

	c->auth_method = CLIENT_AUTH_PRIVATE_KEY;
	c->secret_hash = STR_NONE;
	c->grant_types = (struct strlist){grants, 3};
	c->scope = STR("openid profile email phone offline_access report:read");
	c->jwks = new_jwks;
	c->jwks_uri = new_uri;
}

void signer_client(struct fixture *w, const char *id, const struct signer_key *key, const char *uri)
{
	log_set_sink(keep_rule, NULL);
	new_jwks = uri ? STR_NONE : signer_jwks(w, key, 1);
	new_uri = str_c(uri);
	fixture_client(w, id, "eplan", as_signer);
}

static void as_secret_signer(struct client *c)
{
	c->auth_method = CLIENT_AUTH_SECRET_JWT;
	c->secret_sealed = new_sealed;
}

void signer_secret_client(struct fixture *w, const char *id)
{
	log_set_sink(keep_rule, NULL);
	new_sealed = vault_client_secret_seal(
		&w->vault, w->a, &w->random->rng, str_c(id), STR(SIGNER_SECRET));
	fixture_client(w, id, "eplan", as_secret_signer);
}

static void with_keys(struct client *c)
{
	c->jwks = new_jwks;
	c->jwks_uri = STR_NONE;
}

void signer_keys(struct fixture *w, const char *id, struct str jwks)
{
	new_jwks = jwks;
	edit_client(w, id, with_keys);
}

/* ---- assertions ---- */

struct claim {
	const char *name;
	struct str json;
};

static void claim_set(struct claim *claims, size_t *n, const char *name, struct str json)
{
	size_t i = 0;

	while (i < *n && strcmp(claims[i].name, name) != 0)
		i++;
	if (i == *n)
		(*n)++;
	claims[i] = (struct claim){name, json};
}

static void claim_change(struct fixture *w, struct claim *claims, size_t *n, const char *change)
{
	struct str name = str_sub(str_c(change), 0, strcspn(change, "=@"));
	const char *value = change + name.n;

	if (change[0] == '-') {
		claim_set(claims, n, change + 1, STR_NONE);
		return;
	}
	claim_set(claims, n, str_dup_c(w->a, name),
		*value == '='
			? str_c(value + 1)
			: text(w, "%lld",
				  (long long)(w->now_ms / 1000 + strtol(value + 1, NULL, 10))));
}

struct str claims_of(struct fixture *w, const char *client, ...)
{
	static unsigned jti;
	struct str id = text(w, "\"%s\"", client);
	struct claim claims[16] = {{"iss", id}, {"sub", id}, {"aud", STR("\"" ISSUER "\"")},
		{"exp", text(w, "%lld", (long long)(w->now_ms / 1000 + 60))},
		{"iat", text(w, "%lld", (long long)(w->now_ms / 1000))},
		{"jti", text(w, "\"jti-%u\"", __atomic_add_fetch(&jti, 1, __ATOMIC_RELAXED))}};
	size_t n = 6;
	const char *change;
	struct buf out;
	va_list list;

	va_start(list, client);
	while ((change = va_arg(list, const char *)))
		claim_change(w, claims, &n, change);
	va_end(list);
	buf_init(&out, w->a, 16384);
	buf_add_byte(&out, '{');
	for (size_t i = 0; i < n; i++)
		if (claims[i].json.n)
			buf_addf(&out, "%s\"%s\":%.*s", out.n > 1 ? "," : "", claims[i].name,
				STR_FMT(claims[i].json));
	buf_add_byte(&out, '}');
	return buf_str(&out);
}

static struct str signing_input(struct fixture *w, struct str header, struct str claims)
{
	return text(w, "%.*s.%.*s", STR_FMT(base64url_encode(w->a, header)),
		STR_FMT(base64url_encode(w->a, claims)));
}

static struct str with_signature(struct fixture *w, struct str input, struct str signature)
{
	return text(w, "%.*s.%.*s", STR_FMT(input), STR_FMT(base64url_encode(w->a, signature)));
}

struct str signed_by(
	struct fixture *w, const struct signer_key *key, const char *header, struct str claims)
{
	struct str own = text(w, "{\"alg\":\"%s\",\"kid\":\"%.*s\"}",
		jose_alg_name(jwk_alg(key->jwk)), STR_FMT(key->kid));
	struct str input = signing_input(w, header ? str_c(header) : own, claims), signature;

	check_ok(signer_sign(w->a, key->jwk, input, &signature));
	return with_signature(w, input, signature);
}

struct str signed_by_secret(
	struct fixture *w, const char *secret, const char *header, struct str claims)
{
	struct str input =
		signing_input(w, header ? str_c(header) : STR("{\"alg\":\"HS256\"}"), claims);
	unsigned char mac[SHA256_SIZE];

	hmac_sha256(str_c(secret), input, mac);
	return with_signature(w, input, (struct str){(const char *)mac, SHA256_SIZE});
}

struct str assertion_of(struct fixture *w, const struct signer_key *key, const char *client)
{
	return signed_by(w, key, NULL, claims_of(w, client, NULL));
}

/* ---- requests ---- */

struct raw_answer post_assertion(
	struct fixture *w, const char *path, struct str form, struct str assertion)
{
	struct str body =
		text(w, "%.*s&" TYPE "&client_assertion=%.*s", STR_FMT(form), STR_FMT(assertion));

	return raw_exchange(w->a, w->port, raw_post_bytes(w->a, path, NULL, body));
}

struct raw_answer prove(struct fixture *w, struct str assertion)
{
	return post_assertion(w, "/oauth2/token",
		STR("grant_type=authorization_code&code=none&redirect_uri=x"), assertion);
}

void check_proven_at(struct fixture *w, struct str assertion, const char *file, int line)
{
	struct raw_answer r = prove(w, assertion);

	if (r.status == 400 && str_eq_c(member(w, &r, "error"), "invalid_grant"))
		return;
	print_error("not proven: %d %.*s (%s)\n", r.status, STR_FMT(r.body), refused_for());
	_fail(file, line);
}

void check_unproven_at(
	struct fixture *w, struct str assertion, const char *rule, const char *file, int line)
{
	struct raw_answer r;

	forget_rule();
	r = prove(w, assertion);
	if (r.status == 401 && str_eq_c(member(w, &r, "error"), "invalid_client") &&
		(strcmp(refused_for(), rule) == 0 || !refused_for()[0]))
		return;
	print_error("want %s, got %d %.*s (%s)\n", rule, r.status, STR_FMT(r.body), refused_for());
	_fail(file, line);
}
