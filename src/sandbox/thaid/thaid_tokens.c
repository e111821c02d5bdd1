/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "sandbox/thaid/thaid_priv.h"

#include "codec/base64.h"
#include "sandbox/common/claims.h"

#define REPLY_MAX       65536u
#define REFRESH_SECONDS (60 * 86400)

static enum rc fault(struct thaid_error *ret, int status, const char *code, const char *why)
{
	*ret = (struct thaid_error){status, code, why};
	return RC_INVALID;
}

static struct thaid_login *find_code(struct sandbox_thaid *t, struct str code)
{
	for (size_t i = 0; code.n > 0 && i < THAID_LOGINS_MAX; i++)
		if (t->logins[i].state != LOGIN_NONE && str_eq(t->logins[i].code, code))
			return &t->logins[i];
	return NULL;
}

static struct thaid_login *find_refresh(struct sandbox_thaid *t, struct str token)
{
	for (size_t i = 0; token.n > 0 && i < THAID_LOGINS_MAX; i++)
		if (t->logins[i].state != LOGIN_NONE && str_eq(t->logins[i].refresh_token, token))
			return &t->logins[i];
	return NULL;
}

/* By access or refresh token. */
static struct thaid_login *find_token(struct sandbox_thaid *t, struct str token)
{
	for (size_t i = 0; token.n > 0 && i < THAID_LOGINS_MAX; i++) {
		struct thaid_login *l = &t->logins[i];

		if (l->state == LOGIN_NONE)
			continue;
		if (str_eq(l->access_token, token) || str_eq(l->refresh_token, token))
			return l;
	}
	return NULL;
}

/* The same for introspect and revoke: with or without "Bearer " before it as the settings say. */
static struct thaid_login *find_presented(struct sandbox_thaid *t, struct str token)
{
	struct str prefix = STR("Bearer ");
	bool has = str_starts(token, prefix);

	if (has && t->settings.token_form == TOKEN_BARE)
		return NULL;
	if (!has && t->settings.token_form == TOKEN_BEARER)
		return NULL;
	return find_token(t, has ? str_sub(token, prefix.n, token.n) : token);
}

static struct str opaque(
	struct sandbox_thaid *t, struct thaid_login *l, const char *kind, int64_t seconds)
{
	struct str key = {.p = (const char *)t->hs_key, .n = sizeof(t->hs_key)};
	int64_t now = thaid_now(t);
	struct buf b;
	struct json_writer w;

	buf_init(&b, l->arena, 4096);
	json_writer_init(&w, &b);
	json_write_object(&w);
	json_add_str(&w, "iss", t->o.issuer);
	json_add_str(&w, "typ", str_c(kind));
	json_add_str(&w, "jti", random_base64url(l->arena, t->o.rng, 16));
	json_add_i64(&w, "iat", now);
	json_add_i64(&w, "exp", now + seconds);
	json_write_object_end(&w);
	return claims_opaque_jwt(l->arena, key, buf_str(&b));
}

static void tokens_issue(struct sandbox_thaid *t, struct thaid_login *l)
{
	l->access_token = opaque(t, l, "access", t->settings.token_seconds);
	l->refresh_token =
		t->settings.refresh_token ? opaque(t, l, "refresh", REFRESH_SECONDS) : STR_NONE;
	l->token_expires = thaid_now(t) + t->settings.token_seconds;
	l->revoked = false;
	l->tokens++;
}

static void write_expiry(const struct sandbox_thaid *t, struct json_writer *w)
{
	const struct thaid_settings *s = &t->settings;
	int64_t value = s->token_seconds + (s->expiry_value == 0 ? thaid_now(t) : 0);

	if (s->expiry_name != 1)
		json_add_i64(w, "expires_in", value);
	if (s->expiry_name != 0)
		json_add_i64(w, "expire_in", value);
}

/* Does the reply carry an id_token? With scope openid, or when the settings force one. */
static bool wants_id_token(const struct sandbox_thaid *t, const struct thaid_login *l)
{
	int d = t->settings.delivery;

	return d == DELIVERY_ID_TOKEN || d == DELIVERY_BOTH ||
	       strlist_has(l->scopes, STR("openid"));
}

static bool wants_flat(const struct sandbox_thaid *t, const struct thaid_login *l)
{
	int d = t->settings.delivery;

	if (d == DELIVERY_FLAT || d == DELIVERY_BOTH || t->settings.pid_fault == PID_CONFLICT)
		return true;
	return d == DELIVERY_AUTO && !strlist_has(l->scopes, STR("openid"));
}

static struct str id_token(struct sandbox_thaid *t, struct arena *a, const struct thaid_login *l)
{
	struct id_token_input in = {
		.issuer = t->o.issuer,
		.audience = l->client->client_id,
		.nonce = l->nonce,
		.access_token = l->access_token,
		.person = l->person,
		.scopes = l->scopes,
		.now = thaid_now(t),
		.auth_time = l->decided,
		.key = t->signing,
	};

	return claims_id_token(a, &in, &t->settings);
}

static struct str reply(struct sandbox_thaid *t, struct arena *a, const struct thaid_login *l)
{
	struct buf b;
	struct json_writer w;

	buf_init(&b, a, REPLY_MAX);
	json_writer_init(&w, &b);
	json_write_object(&w);
	json_add_str(&w, "access_token", l->access_token);
	json_add_str_opt(&w, "refresh_token", l->refresh_token);
	json_add_str(&w, "token_type", STR("Bearer"));
	write_expiry(t, &w);
	json_add_str(&w, "scope", l->scope);
	if (wants_id_token(t, l))
		json_add_str(&w, "id_token", id_token(t, a, l));
	if (wants_flat(t, l))
		claims_write_person(&w, a, l->person, l->scopes, &t->settings, true);
	json_write_object_end(&w);
	return buf_str(&b);
}

static enum rc redeem(struct sandbox_thaid *t, const struct sandbox_client *client,
	const struct form *form, struct thaid_login **ret, struct thaid_error *error)
{
	struct thaid_login *l = find_code(t, form_get(form, "code"));

	if (l == NULL)
		return fault(error, 400, "invalid_request", "code is not known");
	if (l->client != client)
		return fault(error, 401, "unauthorized_client", "code belongs to another client");
	if (l->code_used || t->settings.code_replayed) {
		/* RFC 6749 4.1.2: a second use takes back what the first gave. */
		l->revoked = true;
		return fault(error, 400, "duplicate_request", "code was used before");
	}
	if (thaid_now(t) >= l->code_made + t->settings.code_seconds)
		return fault(error, 400, "invalid_request", "code has expired");
	if (!str_eq(l->redirect_uri, form_get(form, "redirect_uri")))
		return fault(error, 400, "invalid_request",
			"redirect_uri is not that of the authorization request");
	l->code_used = true;
	*ret = l;
	return RC_OK;
}

static enum rc refresh(struct sandbox_thaid *t, const struct sandbox_client *client,
	const struct form *form, struct thaid_login **ret, struct thaid_error *error)
{
	struct thaid_login *l = find_refresh(t, form_get(form, "refresh_token"));

	if (l == NULL || l->client != client || l->revoked || l->tokens == LOGIN_USES_MAX)
		return fault(error, 401, "invalid_refresh_token", "refresh_token is not known");
	*ret = l;
	return RC_OK;
}

static enum rc grant(struct sandbox_thaid *t, const struct sandbox_client *client,
	const struct form *form, struct thaid_login **ret, struct thaid_error *error)
{
	struct str type = form_get(form, "grant_type");

	if (str_eq_c(type, "authorization_code"))
		return redeem(t, client, form, ret, error);
	if (str_eq_c(type, "refresh_token"))
		return refresh(t, client, form, ret, error);
	return fault(error, 400, "unsupported_grant_type",
		"grant_type must be authorization_code or refresh_token");
}

enum rc thaid_token(struct sandbox_thaid *t, struct arena *a, const struct sandbox_client *client,
	const struct form *form, struct str *ret_body, struct thaid_error *ret_error)
{
	struct thaid_login *l;
	enum rc rc;

	pthread_mutex_lock(&t->lock);
	rc = grant(t, client, form, &l, ret_error);
	if (rc == RC_OK) {
		tokens_issue(t, l);
		*ret_body = reply(t, a, l);
	}
	pthread_mutex_unlock(&t->lock);
	return rc;
}

static void write_active(
	struct sandbox_thaid *t, struct arena *a, struct json_writer *w, struct thaid_login *l)
{
	json_add_bool(w, "active", true);
	json_add_str_opt(w, "sub", claims_sub(a, l->person, &t->settings));
	json_add_str(w, "scope", l->scope);
	json_add_str(w, "client_id", l->client->client_id);
	json_add_i64(w, "exp", l->token_expires);
}

struct str thaid_introspect(struct sandbox_thaid *t, struct arena *a, struct str token)
{
	struct thaid_login *l;
	struct buf b;
	struct json_writer w;

	buf_init(&b, a, REPLY_MAX);
	json_writer_init(&w, &b);
	json_write_object(&w);
	pthread_mutex_lock(&t->lock);
	l = find_presented(t, token);
	if (l != NULL && !l->revoked && thaid_now(t) < l->token_expires)
		write_active(t, a, &w, l);
	else
		json_add_bool(&w, "active", false);
	pthread_mutex_unlock(&t->lock);
	json_write_object_end(&w);
	return buf_str(&b);
}

bool thaid_revoke(struct sandbox_thaid *t, struct str token)
{
	struct thaid_login *l;

	pthread_mutex_lock(&t->lock);
	l = find_presented(t, token);
	if (l != NULL)
		l->revoked = true;
	pthread_mutex_unlock(&t->lock);
	return l != NULL;
}

enum rc thaid_userinfo(
	struct sandbox_thaid *t, struct arena *a, struct str token, struct str *ret_body)
{
	struct thaid_login *l;
	struct buf b;
	struct json_writer w;
	enum rc rc = RC_DENIED;

	buf_init(&b, a, REPLY_MAX);
	json_writer_init(&w, &b);
	pthread_mutex_lock(&t->lock);
	l = find_token(t, token);
	if (l != NULL && !l->revoked && thaid_now(t) < l->token_expires) {
		json_write_object(&w);
		json_add_str_opt(&w, "sub", claims_sub(a, l->person, &t->settings));
		claims_write_person(&w, a, l->person, l->scopes, &t->settings, false);
		json_write_object_end(&w);
		*ret_body = buf_str(&b);
		rc = RC_OK;
	}
	pthread_mutex_unlock(&t->lock);
	return rc;
}
