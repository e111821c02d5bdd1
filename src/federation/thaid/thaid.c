/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "federation/thaid/thaid.h"

#include "base/array.h"
#include "base/arena.h"
#include "codec/base64.h"
#include "base/die.h"
#include "obs/log.h"
#include "codec/uri.h"
#include "base/random.h"

#define NONCE_BYTES 32u /* random; also of a PKCE verifier */
#define SCOPE_MAX   2048u

/* People enrol with their citizen card, which this department issues and the app stands for. */
#define DOPA "กรมการปกครอง"

struct thaid {
	const struct thaid_options *o;
	struct rp *rp;
	struct arena *arena; /* of the texts below; as old as the method */
	struct str scope;
	bool id_token_asked;
	struct auth_source source;
};

/* One login on its way through complete(). */
struct leg {
	struct thaid *t;
	struct arena *a;
	int64_t now;
	struct rp_answer answer;
	struct str access_token, refresh_token, id_token;
	struct json_value *claims; /* of the ID token; NULL: none came */
	const char *why;
};

/* ---- out ---- */

void thaid_begin(struct thaid *t, struct arena *a, const struct rng *rng, struct str state,
	struct str redirect_uri, struct thaid_trip *ret_trip, struct str *ret_url)
{
	struct rp_request q = {.redirect_uri = redirect_uri,
		.scope = t->scope,
		.state = state,
		.nonce = random_base64url(a, rng, NONCE_BYTES),
		.verifier = STR_NONE};

	if (t->o->pkce)
		q.verifier = random_base64url(a, rng, NONCE_BYTES);
	*ret_trip = (struct thaid_trip){.nonce = q.nonce, .verifier = q.verifier};
	*ret_url = rp_authorize_url(t->rp, a, &q);
}

/* ---- back ---- */

/* An error word, what it comes to, and our word for it. */
struct error_row {
	const char *error;
	enum auth_reason outcome;
	const char *why;
};

static const struct error_row errors[] = {
	{"user_denied", AUTH_CANCELLED, "user_denied"},
	{"access_denied", AUTH_CANCELLED, "user_denied"},
	{"invalid_client", AUTH_UNAVAILABLE, "client_refused"},
	{"unauthorized_client", AUTH_UNAVAILABLE, "client_refused"},
	{"invalid_scope", AUTH_UNAVAILABLE, "scope_refused"},
	{"server_error", AUTH_UNAVAILABLE, "server_error"},
	{"temporarily_unavailable", AUTH_UNAVAILABLE, "server_error"},
};

static enum auth_reason by_error(struct str error, const char *otherwise, const char **why)
{
	for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
		if (!str_eq_c(error, errors[i].error))
			continue;
		*why = errors[i].why;
		return errors[i].outcome;
	}
	*why = otherwise;
	return AUTH_UNAVAILABLE;
}

/* A token as text; false when the member is there but cannot be one. */
static bool token_of(struct leg *l, const char *name, struct str *ret)
{
	const struct json_value *v = json_value_get(l->answer.json, name);

	*ret = STR_NONE;
	if (!v || json_value_is_null(v))
		return true;
	return json_value_str(v, ret) && ret->n <= RP_TOKEN_MAX && !str_has_control(*ret);
}

static enum auth_reason read_answer(struct leg *l)
{
	int64_t ends;

	if (!token_of(l, "access_token", &l->access_token) || !l->access_token.n ||
		!token_of(l, "refresh_token", &l->refresh_token) ||
		!token_of(l, "id_token", &l->id_token)) {
		l->why = "answer_malformed";
		return AUTH_UNAVAILABLE;
	}
	ends = thaid_expiry(l->answer.json, l->now);
	if (ends && ends + RP_CLOCK_LEEWAY <= l->now) {
		l->why = "answer_expired";
		return AUTH_UNTRUSTED;
	}
	return AUTH_REASON_NONE;
}

static enum auth_reason redeem(struct leg *l, struct str code, const struct rp_request *q)
{
	enum rc rc = rp_exchange(l->t->rp, l->a, l->now, code, q, &l->answer, &l->why);

	if (rc == RC_DENIED && l->answer.status)
		return by_error(l->answer.error, "code_refused", &l->why);
	if (rc == RC_DENIED) /* not the code: what the upstream says about itself */
		return AUTH_UNTRUSTED;
	return rc == RC_OK ? read_answer(l) : AUTH_UNAVAILABLE;
}

static void nonce_is_missing(const struct leg *l)
{
	if (l->t->id_token_asked)
		log_emit(LOG_EVENT_UPSTREAM_NONCE_MISSING, LOG_C("upstream", "thaid"));
}

/* An ID token that came is verified, whatever else came; flat members alone rest on TLS. */
static enum auth_reason thaid_verify(struct leg *l, struct str nonce)
{
	bool nonce_seen;
	enum rc rc;

	if (!l->id_token.n) {
		l->why = "nonce_missing";
		if (l->t->o->nonce == RP_NONCE_REQUIRED)
			return AUTH_UNTRUSTED;
		nonce_is_missing(l);
		return AUTH_REASON_NONE;
	}
	rc = rp_verify(l->t->rp, l->a, l->now, l->id_token, nonce, l->access_token, &l->claims,
		&nonce_seen, &l->why);
	if (rc != RC_OK)
		return rc == RC_DENIED ? AUTH_UNTRUSTED : AUTH_UNAVAILABLE;
	if (!nonce_seen)
		nonce_is_missing(l);
	return AUTH_REASON_NONE;
}

/* RFC 7662: active, and the same person where both name one. */
static enum auth_reason check_active(struct leg *l)
{
	struct rp_answer answer;
	struct str told, here;
	bool same;
	enum rc rc;

	if (!l->t->o->check_active)
		return AUTH_REASON_NONE;
	rc = rp_introspect(l->t->rp, l->a, l->now, l->access_token, &answer, &l->why);
	if (rc != RC_OK)
		return rc == RC_UNAVAILABLE ? AUTH_UNAVAILABLE : AUTH_UNTRUSTED;
	same = !json_value_str(json_value_get(answer.json, "sub"), &told) ||
	       !json_value_str(json_value_get(l->claims, "sub"), &here) || str_eq(told, here);
	json_value_free(answer.json);
	l->why = "wrong_subject";
	return same ? AUTH_REASON_NONE : AUTH_UNTRUSTED;
}

/* Used once, then revoked; a failed revocation does not fail the login. */
static void revoke(struct leg *l)
{
	const struct str tokens[] = {l->refresh_token, l->access_token};
	int64_t timeout_ms = l->t->o->revoke_timeout * 1000;
	const char *why = NULL;
	enum rc rc = RC_OK;

	if (!l->t->o->revoke_after)
		return;
	for (size_t i = 0; rc == RC_OK && i < 2; i++)
		if (tokens[i].n)
			rc = rp_revoke(l->t->rp, l->a, l->now, tokens[i], timeout_ms, &why);
	if (rc != RC_OK && rc != RC_NOT_FOUND)
		log_emit(LOG_EVENT_UPSTREAM_REVOKE_FAILED, LOG_C("upstream", "thaid"),
			LOG_C("why", why));
}

static enum auth_reason identify(struct leg *l, struct auth_identity *ret)
{
	enum rc rc = thaid_read_identity(
		&l->t->o->claims, l->a, l->claims, l->answer.json, ret, &l->why);

	return rc == RC_OK ? AUTH_REASON_NONE : AUTH_UNTRUSTED;
}

/* Everything that waits for ThaID; the caller holds one of its places. */
static enum auth_reason thaid_run(
	struct leg *l, struct str code, const struct rp_request *q, struct auth_identity *ret)
{
	struct auth_identity who;
	enum auth_reason outcome = redeem(l, code, q);

	if (outcome == AUTH_REASON_NONE)
		outcome = thaid_verify(l, q->nonce);
	if (outcome == AUTH_REASON_NONE)
		outcome = check_active(l);
	if (outcome == AUTH_REASON_NONE)
		outcome = identify(l, &who);
	if (l->access_token.n)
		revoke(l);
	json_value_free(l->claims);
	json_value_free(l->answer.json);
	if (outcome == AUTH_REASON_NONE)
		*ret = who;
	return outcome;
}

/* What the browser brought (RFC 6749 4.1.2, RFC 9207 2.4): PROVEN when there is a code to redeem.
 */
static enum auth_reason read_return(
	const struct thaid *t, const struct form *params, struct str *ret_code, const char **why)
{
	struct str error = form_get(params, "error"), iss = form_get(params, "iss");

	if (iss.n && !str_eq(iss, t->o->issuer)) {
		*why = "wrong_issuer";
		return AUTH_UNTRUSTED;
	}
	if (error.n)
		return by_error(error, "upstream_error", why);
	*ret_code = form_get(params, "code");
	*why = "no_code";
	return ret_code->n && ret_code->n <= RP_TOKEN_MAX ? AUTH_REASON_NONE : AUTH_UNAVAILABLE;
}

enum auth_reason thaid_complete(struct thaid *t, struct arena *a, int64_t now,
	const struct form *params, struct str redirect_uri, const struct thaid_trip *trip,
	struct auth_identity *ret_identity, const char **ret_why)
{
	struct leg l = {.t = t, .a = a, .now = now};
	struct rp_request q = {
		.redirect_uri = redirect_uri, .nonce = trip->nonce, .verifier = trip->verifier};
	enum auth_reason outcome;
	struct str code;

	outcome = read_return(l.t, params, &code, &l.why);
	if (outcome == AUTH_REASON_NONE && !rp_enter(l.t->rp)) {
		outcome = AUTH_BUSY;
		l.why = "too_many_waiting";
	} else if (outcome == AUTH_REASON_NONE) {
		outcome = thaid_run(&l, code, &q, ret_identity);
		rp_leave(l.t->rp);
	}
	if (outcome != AUTH_REASON_NONE)
		*ret_why = l.why;
	return outcome;
}

/* ---- making ---- */

void thaid_free(struct thaid *t)
{
	if (!t)
		return;
	rp_free(t->rp);
	arena_free(t->arena);
	free(t);
}

/* A path stands behind the issuer. */
static struct str absolute(struct thaid *t, struct str path_or_url)
{
	struct buf out;

	if (!str_starts(path_or_url, STR("/")))
		return path_or_url;
	buf_init(&out, t->arena, 2 * URI_MAX);
	buf_add(&out, t->o->issuer);
	buf_add(&out, path_or_url);
	return buf_str(&out);
}

static struct str join_scopes(struct thaid *t, struct strlist scopes)
{
	struct buf out;

	buf_init(&out, t->arena, SCOPE_MAX);
	for (size_t i = 0; i < scopes.n; i++) {
		if (i)
			buf_add_byte(&out, ' ');
		buf_add(&out, scopes.v[i]);
	}
	return buf_str(&out);
}

static enum rc make_rp(struct thaid *t, struct http_client *http, const char **ret_why)
{
	const struct thaid_options *o = t->o;
	const struct rp_options options = {
		.name = "thaid",
		.issuer = o->issuer,
		.endpoints = {absolute(t, o->authorize), absolute(t, o->token),
			absolute(t, o->introspect), absolute(t, o->revoke), absolute(t, o->jwks)},
		.discovery = o->discovery,
		.client_id = o->client_id,
		.client_secret = o->client_secret,
		.auth = (enum rp_auth)o->client_auth,
		.header_name = o->header_name,
		.header_value = o->header_value,
		.algs = JOSE_BIT(JOSE_ES256),
		.key_alg = JOSE_ES256,
		.nonce = (enum rp_nonce)o->nonce,
		.connect_timeout_ms = o->connect_timeout * 1000,
		.timeout_ms = o->timeout * 1000,
		.keep = o->keys_keep,
		.refetch_gap = o->keys_refetch_gap,
		.waiting_max = o->waiting_max,
	};

	return rp_new(&options, http, &t->rp, ret_why);
}

enum rc thaid_new(const struct thaid_options *options, struct http_client *http, struct thaid **ret,
	const char **ret_why)
{
	struct thaid *t = xcalloc(1, sizeof(*t));
	enum rc rc;

	t->o = options;
	t->arena = arena_new(ARENA_MAX);
	t->scope = join_scopes(t, options->scopes);
	t->id_token_asked = strlist_has(options->scopes, STR("openid"));
	t->source = (struct auth_source){
		.trust_framework = options->trust_framework,
		.organization = DOPA,
		.document = "idcard",
		.document_issuer = DOPA,
		.document_country = "THA",
		.check_method = "auth",
	};
	rc = make_rp(t, http, ret_why);
	if (rc == RC_OK && options->check_active && !options->introspect.n && !options->discovery) {
		*ret_why = "thaid.check_active needs an introspection endpoint";
		rc = RC_INVALID;
	}
	if (rc != RC_OK) {
		thaid_free(t);
		return rc;
	}
	*ret = t;
	return RC_OK;
}

int64_t thaid_waiting_max(const struct thaid *t)
{
	return t->o->waiting_max;
}

const struct auth_source *thaid_source(const struct thaid *t)
{
	return &t->source;
}
