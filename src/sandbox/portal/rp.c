/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <oauth2/jose.h>
#include <oauth2/mem.h>
#include <oauth2/oauth2.h>
#include <oauth2/util.h>

#include "sandbox/portal/rp.h"

#include <pthread.h>

#include "base/arena.h"
#include "codec/base64.h"
#include "codec/form.h"
#include "obs/log.h"
#include "jose/jwt.h"
#include "base/clock.h"
#include "base/random.h"
#include "crypto/hash.h"

#define REPLY_MAX 262144u
#define LEEWAY    30 /* seconds between our clock and the provider's */

/* The discovery document's members a relying party needs, as C strings for liboauth2. */
struct endpoints {
	char *authorization, *token, *userinfo, *jwks, *introspection, *end_session, *pushed;
};

/* liboauth2's context, shared by all: it keeps one set of caches a process anyway. */
static oauth2_log_t *library;

struct sandbox_rp {
	struct sandbox_rp_options o;
	oauth2_log_t *log; /* library */
	oauth2_cfg_endpoint_auth_t *auth;
	pthread_mutex_t lock; /* of what discovery fills once */
	bool ready;
	struct arena *arena; /* of the endpoints */
	struct endpoints at;
	oauth2_cfg_token_verify_t *by_jwks; /* signatures of ID tokens, and of JWT access tokens */
	oauth2_cfg_token_verify_t *by_introspection;
};

/* --- liboauth2's types, released at the end of a scope --- */

static void free_params(oauth2_nv_list_t **list)
{
	if (*list != NULL)
		oauth2_nv_list_free(NULL, *list);
}

static void free_call(oauth2_http_call_ctx_t **call)
{
	if (*call != NULL)
		oauth2_http_call_ctx_free(NULL, *call);
}

static void free_text(char **text)
{
	if (*text != NULL)
		oauth2_mem_free(*text);
}

static void free_json(json_t **json)
{
	json_decref(*json);
}

#define PARAMS oauth2_nv_list_t *__attribute__((cleanup(free_params)))
#define CALL   oauth2_http_call_ctx_t *__attribute__((cleanup(free_call)))
#define TEXT   char *__attribute__((cleanup(free_text)))
#define JSON   json_t *__attribute__((cleanup(free_json)))

static void param_add(struct sandbox_rp *rp, oauth2_nv_list_t *params, struct arena *a,
	const char *name, struct str value)
{
	oauth2_nv_list_add(rp->log, params, name, str_dup_c(a, value));
}

static oauth2_http_call_ctx_t *new_call(struct sandbox_rp *rp)
{
	oauth2_http_call_ctx_t *call = oauth2_http_call_ctx_init(rp->log);

	oauth2_http_call_ctx_timeout_set(rp->log, call, RP_TIMEOUT);
	return call;
}

/* --- set-up --- */

/* Warnings only: liboauth2's debug lines show secrets. Its text is free, so it is not passed on. */
static void sink(oauth2_log_sink_t *s, const char *file, unsigned long line, const char *function,
	oauth2_log_level_t level, const char *message)
{
	(void)s;
	(void)file;
	(void)message;
	log_emit(LOG_EVENT_UPSTREAM_FAILED, LOG_C("function", function),
		LOG_I("line", (int64_t)line), LOG_I("level", (int64_t)level));
}

enum rc rp_library_start(void)
{
	oauth2_log_sink_t *s = oauth2_log_sink_create(OAUTH2_LOG_WARN, sink, NULL);

	library = s != NULL ? oauth2_init(OAUTH2_LOG_WARN, s) : NULL;
	return library != NULL ? RC_OK : RC_INTERNAL;
}

void rp_library_stop(void)
{
	oauth2_shutdown(library);
	library = NULL;
}

static bool set_auth(struct sandbox_rp *rp, struct arena *a)
{
	PARAMS params = oauth2_nv_list_init(rp->log);
	TEXT error = NULL;

	param_add(rp, params, a, "client_id", rp->o.client_id);
	param_add(rp, params, a, "client_secret", rp->o.client_secret);
	rp->auth = oauth2_cfg_endpoint_auth_init(rp->log);
	error = oauth2_cfg_set_endpoint_auth(
		rp->log, rp->auth, "client_secret_basic", params, NULL);
	return error == NULL;
}

enum rc rp_new(const struct sandbox_rp_options *options, struct sandbox_rp **ret)
{
	struct sandbox_rp *rp = calloc(1, sizeof(*rp));

	if (rp == NULL)
		return RC_INTERNAL;
	rp->o = *options;
	rp->arena = arena_new(ARENA_MAX);
	pthread_mutex_init(&rp->lock, NULL);
	rp->log = library;
	if (!set_auth(rp, rp->arena)) {
		rp_free(rp);
		return RC_INTERNAL;
	}
	*ret = rp;
	return RC_OK;
}

void rp_free(struct sandbox_rp *rp)
{
	if (rp == NULL)
		return;
	if (rp->by_jwks != NULL)
		oauth2_cfg_token_verify_free(rp->log, rp->by_jwks);
	if (rp->by_introspection != NULL)
		oauth2_cfg_token_verify_free(rp->log, rp->by_introspection);
	if (rp->auth != NULL)
		oauth2_cfg_endpoint_auth_free(rp->log, rp->auth);
	arena_free(rp->arena);
	pthread_mutex_destroy(&rp->lock);
	free(rp);
}

/* --- discovery (OpenID Connect Discovery 4) --- */

static bool rp_fetch(struct sandbox_rp *rp, const char *url, struct arena *a, struct str bearer,
	int *ret_status, struct str *ret_body)
{
	CALL call = new_call(rp);
	oauth2_http_status_code_t status = 0;
	TEXT body = NULL;

	if (bearer.n > 0)
		oauth2_http_call_ctx_bearer_token_set(rp->log, call, str_dup_c(a, bearer));
	if (!oauth2_http_get(rp->log, url, NULL, call, &body, &status))
		return false;
	*ret_status = (int)status;
	*ret_body = str_dup(a, str_c(body));
	return true;
}

static char *member_dup(struct sandbox_rp *rp, const struct json_value *v, const char *name)
{
	struct str s;

	return json_value_str(json_value_get(v, name), &s) ? str_dup_c(rp->arena, s) : NULL;
}

static bool read_endpoints(struct sandbox_rp *rp, const struct json_value *v)
{
	struct str issuer;

	/* Discovery 4.3: the document's issuer must be the one it was asked of. */
	if (!json_value_str(json_value_get(v, "issuer"), &issuer) || !str_eq(issuer, rp->o.issuer))
		return false;
	rp->at = (struct endpoints){
		.authorization = member_dup(rp, v, "authorization_endpoint"),
		.token = member_dup(rp, v, "token_endpoint"),
		.userinfo = member_dup(rp, v, "userinfo_endpoint"),
		.jwks = member_dup(rp, v, "jwks_uri"),
		.introspection = member_dup(rp, v, "introspection_endpoint"),
		.end_session = member_dup(rp, v, "end_session_endpoint"),
		.pushed = member_dup(rp, v, "pushed_authorization_request_endpoint"),
	};
	return rp->at.authorization != NULL && rp->at.token != NULL && rp->at.jwks != NULL;
}

/* expiry=0: no result is kept. liboauth2 would serve a token from its cache for five minutes
 * without looking at its end or its revocation again. */
static bool set_verifiers(struct sandbox_rp *rp)
{
	struct buf options;
	TEXT error = oauth2_cfg_token_verify_add_options(
		rp->log, &rp->by_jwks, "jwks_uri", rp->at.jwks, "expiry=0&jwks_uri.expiry=300");
	TEXT error2 = NULL;

	if (error != NULL)
		return false;
	if (!rp->o.introspect)
		return true;
	if (rp->at.introspection == NULL)
		return false;
	buf_init(&options, rp->arena, 4096);
	buf_add_c(&options, "expiry=0&introspect.auth=client_secret_basic&client_id=");
	percent_encode(&options, rp->o.client_id);
	buf_add_c(&options, "&client_secret=");
	percent_encode(&options, rp->o.client_secret);
	error2 = oauth2_cfg_token_verify_add_options(rp->log, &rp->by_introspection, "introspect",
		rp->at.introspection, str_dup_c(rp->arena, buf_str(&options)));
	return error2 == NULL;
}

static bool discover(struct sandbox_rp *rp, struct arena *a)
{
	struct json_value *v __attribute__((cleanup(json_value_freep))) = NULL;
	struct buf url;
	struct str body;
	int status;

	buf_init(&url, a, 4096);
	buf_add(&url, rp->o.issuer);
	buf_add_c(&url, "/.well-known/openid-configuration");
	if (!rp_fetch(rp, str_dup_c(a, buf_str(&url)), a, STR_NONE, &status, &body) ||
		status != 200)
		return false;
	if (json_value_parse(body, REPLY_MAX, &v) != RC_OK)
		return false;
	return read_endpoints(rp, v) && set_verifiers(rp);
}

/* The provider may start after us: asked when first needed, until it answers. */
static bool ready(struct sandbox_rp *rp, struct arena *a)
{
	bool is;

	pthread_mutex_lock(&rp->lock);
	if (!rp->ready)
		rp->ready = discover(rp, a);
	is = rp->ready;
	pthread_mutex_unlock(&rp->lock);
	return is;
}

/* --- login --- */

static void add_step_up(
	struct sandbox_rp *rp, oauth2_nv_list_t *params, struct arena *a, const struct step_up *s)
{
	struct buf seconds;

	if (s->acr_values.n)
		param_add(rp, params, a, "acr_values", s->acr_values);
	if (s->max_age < 0)
		return;
	buf_init(&seconds, a, 32);
	buf_add_i64(&seconds, s->max_age);
	param_add(rp, params, a, "max_age", buf_str(&seconds));
}

/* What every request has; makes state, nonce and verifier. */
static void add_login_request(struct sandbox_rp *rp, oauth2_nv_list_t *params, struct arena *a,
	struct rp_login *ret_login)
{
	ret_login->next = STR_NONE;
	ret_login->state = random_base64url(a, &rng_system, 24);
	ret_login->nonce = random_base64url(a, &rng_system, 24);
	ret_login->verifier = random_base64url(a, &rng_system, 32);
	param_add(rp, params, a, "response_type", STR("code"));
	param_add(rp, params, a, "client_id", rp->o.client_id);
	param_add(rp, params, a, "redirect_uri", rp->o.redirect_uri);
	param_add(rp, params, a, "scope", rp->o.scope);
	param_add(rp, params, a, "state", ret_login->state);
	param_add(rp, params, a, "nonce", ret_login->nonce);
	param_add(rp, params, a, "code_challenge", sha256_base64url(a, ret_login->verifier));
	param_add(rp, params, a, "code_challenge_method", STR("S256"));
}

enum rc rp_begin(struct sandbox_rp *rp, struct arena *a, const struct step_up *step_up,
	struct rp_login *ret_login, struct str *ret_url)
{
	PARAMS params = oauth2_nv_list_init(rp->log);
	TEXT url = NULL;

	if (!ready(rp, a))
		return RC_UNAVAILABLE;
	add_login_request(rp, params, a, ret_login);
	if (step_up != NULL)
		add_step_up(rp, params, a, step_up);
	url = oauth2_http_url_query_encode(rp->log, rp->at.authorization, params);
	*ret_url = str_dup(a, str_c(url));
	return RC_OK;
}

static enum rc push(struct sandbox_rp *rp, struct arena *a, oauth2_nv_list_t *params,
	struct str *ret_request_uri)
{
	struct json_value *v __attribute__((cleanup(json_value_freep))) = NULL;
	CALL call = new_call(rp);
	oauth2_http_status_code_t status = 0;
	TEXT reply = NULL;

	if (!oauth2_http_ctx_auth_add(rp->log, call, rp->auth, params) ||
		!oauth2_http_post_form(rp->log, rp->at.pushed, params, call, &reply, &status))
		return RC_UNAVAILABLE;
	if (status != 201 || json_value_parse(str_c(reply), REPLY_MAX, &v) != RC_OK ||
		!json_value_str(json_value_get(v, "request_uri"), ret_request_uri))
		return RC_DENIED;
	*ret_request_uri = str_dup(a, *ret_request_uri);
	return RC_OK;
}

enum rc rp_push(struct sandbox_rp *rp, struct arena *a, struct str details,
	struct rp_login *ret_login, struct str *ret_url)
{
	PARAMS pushed = oauth2_nv_list_init(rp->log);
	PARAMS params = oauth2_nv_list_init(rp->log);
	struct str request_uri;
	TEXT url = NULL;
	enum rc rc;

	if (!ready(rp, a) || rp->at.pushed == NULL)
		return RC_UNAVAILABLE;
	add_login_request(rp, pushed, a, ret_login);
	param_add(rp, pushed, a, "authorization_details", details);
	rc = push(rp, a, pushed, &request_uri);
	if (rc != RC_OK)
		return rc;
	param_add(rp, params, a, "client_id", rp->o.client_id);
	param_add(rp, params, a, "request_uri", request_uri);
	url = oauth2_http_url_query_encode(rp->log, rp->at.authorization, params);
	*ret_url = str_dup(a, str_c(url));
	return RC_OK;
}

static enum rc rp_refuse(const char **ret_why, const char *why)
{
	*ret_why = why;
	return RC_DENIED;
}

static enum rc redeem(struct sandbox_rp *rp, struct arena *a, const struct rp_login *login,
	struct str code, struct str *ret_reply, const char **ret_why)
{
	PARAMS params = oauth2_nv_list_init(rp->log);
	CALL call = new_call(rp);
	oauth2_http_status_code_t status = 0;
	TEXT reply = NULL;

	param_add(rp, params, a, "grant_type", STR("authorization_code"));
	param_add(rp, params, a, "code", code);
	param_add(rp, params, a, "redirect_uri", rp->o.redirect_uri);
	param_add(rp, params, a, "code_verifier", login->verifier);
	*ret_why = "the token endpoint does not answer";
	if (!oauth2_http_ctx_auth_add(rp->log, call, rp->auth, params) ||
		!oauth2_http_post_form(rp->log, rp->at.token, params, call, &reply, &status))
		return RC_UNAVAILABLE;
	if (status != 200)
		return rp_refuse(ret_why, "the token endpoint refused the code");
	*ret_reply = str_dup(a, str_c(reply));
	return RC_OK;
}

/* Signature by liboauth2; the header is looked at before, since it takes any algorithm the key
 * set's keys can do. */
static enum rc verify_signature(struct sandbox_rp *rp, struct arena *a, struct str token,
	const char *typ, struct str *ret_payload, const char **ret_why)
{
	const struct jws_use use = {.algs = JOSE_ASYMMETRIC, .typ = typ};
	struct jws_header header;
	JSON payload = NULL;
	TEXT text = NULL;

	if (jws_peek(a, token, &use, &header, ret_why) != RC_OK)
		return RC_DENIED;
	if (!oauth2_token_verify(rp->log, NULL, rp->by_jwks, str_dup_c(a, token), &payload))
		return rp_refuse(ret_why, "the token's signature is wrong or its key unknown");
	text = oauth2_json_encode(rp->log, payload, JSON_COMPACT);
	*ret_payload = str_dup(a, str_c(text));
	return RC_OK;
}

/* OIDC Core 3.1.3.7: the claims of an ID token. */
static enum rc check_id_claims(struct sandbox_rp *rp, struct arena *a, const struct rp_login *login,
	const struct rp_result *r, const char **ret_why)
{
	struct json_value *v __attribute__((cleanup(json_value_freep))) = NULL;
	const struct jwt_rules rules = {
		.issuer = rp->o.issuer,
		.audience = rp->o.client_id,
		.single_audience = true,
		.now = clock_now(&clock_system),
		.leeway = LEEWAY,
	};
	struct str s;

	if (jwt_check(r->id_claims, &rules, &v, ret_why) != RC_OK)
		return RC_DENIED;
	if (!json_value_str(json_value_get(v, "nonce"), &s) || !secret_equal(s, login->nonce))
		return rp_refuse(ret_why, "the ID token's nonce is not ours");
	if (json_value_str(json_value_get(v, "at_hash"), &s) &&
		!str_eq(s, jwt_half_hash(a, r->access_token)))
		return rp_refuse(ret_why, "the ID token's at_hash is not of this access token");
	if (!json_value_str(json_value_get(v, "sub"), &s) || s.n == 0)
		return rp_refuse(ret_why, "the ID token has no sub");
	return RC_OK;
}

/* OIDC Core 5.3.2: userinfo is of the same sub, or not used. */
static enum rc fetch_userinfo(
	struct sandbox_rp *rp, struct arena *a, struct rp_result *r, const char **ret_why)
{
	struct json_value *info __attribute__((cleanup(json_value_freep))) = NULL;
	struct json_value *id __attribute__((cleanup(json_value_freep))) = NULL;
	struct str there, here;
	int status;

	r->userinfo = STR_NONE;
	if (rp->at.userinfo == NULL)
		return RC_OK;
	if (!rp_fetch(rp, rp->at.userinfo, a, r->access_token, &status, &r->userinfo) ||
		status != 200)
		return rp_refuse(ret_why, "userinfo does not answer");
	if (json_value_parse(r->userinfo, REPLY_MAX, &info) != RC_OK ||
		json_value_parse(r->id_claims, REPLY_MAX, &id) != RC_OK)
		return rp_refuse(ret_why, "userinfo is not JSON");
	if (!json_value_str(json_value_get(info, "sub"), &there) ||
		!json_value_str(json_value_get(id, "sub"), &here) || !str_eq(there, here))
		return rp_refuse(ret_why, "userinfo is of another sub than the ID token");
	return RC_OK;
}

static enum rc read_reply(
	struct arena *a, struct str reply, struct rp_result *ret, const char **ret_why)
{
	struct json_value *v __attribute__((cleanup(json_value_freep))) = NULL;
	struct str id_token, access_token;

	if (json_value_parse(reply, REPLY_MAX, &v) != RC_OK ||
		!json_value_str(json_value_get(v, "id_token"), &id_token) ||
		!json_value_str(json_value_get(v, "access_token"), &access_token))
		return rp_refuse(ret_why, "the token endpoint's reply lacks a token");
	ret->id_token = str_dup(a, id_token);
	ret->access_token = str_dup(a, access_token);
	ret->details = json_value_get(v, "authorization_details") != NULL
			       ? json_value_text(a, json_value_get(v, "authorization_details"))
			       : STR_NONE;
	return RC_OK;
}

enum rc rp_finish(struct sandbox_rp *rp, struct arena *a, const struct rp_login *login,
	struct str code, struct str iss, struct rp_result *ret, const char **ret_why)
{
	struct rp_result r = {0};
	struct str reply;
	enum rc rc;

	*ret_why = "the provider does not answer";
	if (!ready(rp, a))
		return RC_UNAVAILABLE;
	if (!str_eq(iss, rp->o.issuer))
		return rp_refuse(ret_why, "the answer's iss is not our provider (RFC 9207)");
	rc = redeem(rp, a, login, code, &reply, ret_why);
	if (rc == RC_OK)
		rc = read_reply(a, reply, &r, ret_why);
	if (rc == RC_OK)
		rc = verify_signature(rp, a, r.id_token, NULL, &r.id_claims, ret_why);
	if (rc == RC_OK)
		rc = check_id_claims(rp, a, login, &r, ret_why);
	if (rc == RC_OK)
		rc = fetch_userinfo(rp, a, &r, ret_why);
	if (rc == RC_OK)
		*ret = r;
	return rc;
}

enum rc rp_logout_url(struct sandbox_rp *rp, struct arena *a, struct str id_token, struct str back,
	struct str state, struct str *ret_url)
{
	PARAMS params = oauth2_nv_list_init(rp->log);
	TEXT url = NULL;

	if (!ready(rp, a) || rp->at.end_session == NULL)
		return RC_UNAVAILABLE;
	param_add(rp, params, a, "id_token_hint", id_token);
	param_add(rp, params, a, "client_id", rp->o.client_id);
	param_add(rp, params, a, "post_logout_redirect_uri", back);
	param_add(rp, params, a, "state", state);
	url = oauth2_http_url_query_encode(rp->log, rp->at.end_session, params);
	*ret_url = str_dup(a, str_c(url));
	return RC_OK;
}

/* --- API --- */

enum rc rp_call(struct sandbox_rp *rp, struct arena *a, struct str url, struct str access_token,
	int *ret_status, struct str *ret_body)
{
	return rp_fetch(rp, str_dup_c(a, url), a, access_token, ret_status, ret_body)
		       ? RC_OK
		       : RC_UNAVAILABLE;
}

static enum rc introspect(struct sandbox_rp *rp, struct arena *a, struct str token, struct str *ret,
	const char **ret_why)
{
	JSON payload = NULL;
	TEXT text = NULL;

	if (!oauth2_token_verify(
		    rp->log, NULL, rp->by_introspection, str_dup_c(a, token), &payload))
		return rp_refuse(ret_why, "introspection says the token is not active");
	text = oauth2_json_encode(rp->log, payload, JSON_COMPACT);
	*ret = str_dup(a, str_c(text));
	return RC_OK;
}

/* RFC 9068 4: of our provider, for this API, in force; Pratu's introspection says all three too. */
static enum rc check_access(struct sandbox_rp *rp, struct str claims, const char **ret_why)
{
	struct json_value *v __attribute__((cleanup(json_value_freep))) = NULL;
	const struct jwt_rules rules = {
		.issuer = rp->o.issuer,
		.audience = rp->o.client_id,
		.now = clock_now(&clock_system),
		.leeway = LEEWAY,
	};

	return jwt_check(claims, &rules, &v, ret_why) == RC_OK ? RC_OK : RC_DENIED;
}

enum rc rp_verify_access(struct sandbox_rp *rp, struct arena *a, struct str token,
	struct str *ret_claims, const char **ret_why)
{
	struct str claims;
	enum rc rc;

	*ret_why = "the provider does not answer";
	if (!ready(rp, a))
		return RC_UNAVAILABLE;
	if (rp->o.introspect)
		rc = introspect(rp, a, token, &claims, ret_why);
	else
		rc = verify_signature(rp, a, token, "at+jwt", &claims, ret_why);
	if (rc == RC_OK)
		rc = check_access(rp, claims, ret_why);
	if (rc == RC_OK)
		*ret_claims = claims;
	return rc;
}

enum rc rp_verify_logout(struct sandbox_rp *rp, struct arena *a, struct str token,
	struct logout_token_claims *ret, const char **ret_why)
{
	struct str claims;
	enum rc rc;

	*ret_why = "the provider does not answer";
	if (!ready(rp, a))
		return RC_UNAVAILABLE;
	rc = verify_signature(rp, a, token, "logout+jwt", &claims, ret_why);
	if (rc == RC_OK)
		rc = logout_token_read(a, claims, rp->o.issuer, rp->o.client_id,
			clock_now(&clock_system), ret, ret_why);
	return rc;
}
