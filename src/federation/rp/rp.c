/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "federation/rp/rp_priv.h"

#include "base/array.h"
#include "base/arena.h"
#include "codec/base64.h"
#include "core/admission.h"
#include "base/die.h"
#include "obs/metrics.h"
#include "codec/uri.h"
#include "base/clock.h"
#include "crypto/hash.h"

#define URL_MAX 8192u

const char *const rp_auth_words[] = {"client_secret_basic", "client_secret_post", NULL};
_Static_assert(ARRAY_LEN(rp_auth_words) == RP_AUTH_MAX + 1, "a word for each value");
const char *const rp_nonce_words[] = {"optional", "required", NULL};
_Static_assert(ARRAY_LEN(rp_nonce_words) == RP_NONCE_MAX + 1, "a word for each value");

/* ---- making ---- */

static bool is_url(struct str s)
{
	struct uri uri;

	return uri_parse(s, &uri) == RC_OK && !uri.has_userinfo && !uri.has_fragment &&
	       (str_eq_c(uri.scheme, "https") || str_eq_c(uri.scheme, "http"));
}

static bool endpoint_ok(struct str url)
{
	return !url.n || is_url(url);
}

/* RFC 9110 5.6.2. */
static bool is_header_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= ' ' || c >= 0x7f || strchr("\"(),/:;<=>?@[\\]{}", c))
			return false;
	}
	return s.n > 0;
}

/* NULL when the options fit together. */
static const char *check_options(const struct rp_options *o)
{
	const struct rp_endpoints *e = &o->endpoints;

	if (!is_url(o->issuer) || str_ends(o->issuer, STR("/")))
		return "the upstream's issuer must be an http(s) URL without a slash at its end";
	if (!e->authorize.n || !is_url(e->authorize))
		return "the upstream's authorize endpoint is missing or no URL";
	if (!endpoint_ok(e->token) || !endpoint_ok(e->introspect) || !endpoint_ok(e->revoke) ||
		!endpoint_ok(e->jwks))
		return "an endpoint of the upstream is no URL";
	if ((!e->token.n || !e->jwks.n) && !o->discovery)
		return "the upstream's token and jwks endpoints are needed without discovery";
	if (!o->client_id.n || !o->client_secret)
		return "the upstream needs a client id and a client secret";
	if (str_has_control(o->client_id) || str_has_control(secret_bytes(o->client_secret)) ||
		(o->auth == RP_AUTH_BASIC && str_find(o->client_id, ':') < o->client_id.n))
		return "the upstream's client id or secret holds a byte that cannot be sent";
	if (o->header_name.n && (!is_header_name(o->header_name) || !o->header_value ||
					str_has_control(secret_bytes(o->header_value))))
		return "the upstream's extra header has no name or value that can be sent";
	if (o->waiting_max < 1)
		return "at least one request must be able to wait for the upstream";
	return NULL;
}

enum rc rp_new(const struct rp_options *options, struct http_client *http, struct rp **ret,
	const char **ret_why)
{
	const char *why = check_options(options);
	int64_t keep = options->keep < RP_KEEP_MAX ? options->keep : RP_KEEP_MAX;
	struct rp *rp;

	if (why) {
		*ret_why = why;
		return RC_INVALID;
	}
	rp = xcalloc(1, sizeof(*rp));
	rp->o = *options;
	rp->http = http;
	rp->duration = metric_series(FAMILY_UPSTREAM_US, options->name, NULL);
	rp->failures = metric_series(FAMILY_UPSTREAM_FAILED, options->name, NULL);
	atomic_init(&rp->waiting, 0);
	if (rp_sender_new(options, &rp->sender) != RC_OK) {
		*ret_why = "the upstream's client authentication is not usable";
		free(rp);
		return RC_INVALID;
	}
	if (options->header_name.n) {
		rp->header_name =
			memory_wait_for(strndup(options->header_name.p, options->header_name.n));
	}
	rp->metadata = refresh_cache_new(&rp_metadata_type, rp, keep, options->refetch_gap);
	rp->keys = refresh_cache_new(&rp_keys_type, rp, keep, options->refetch_gap);
	*ret = rp;
	return RC_OK;
}

void rp_free(struct rp *rp)
{
	if (!rp)
		return;
	refresh_cache_free(rp->keys);
	refresh_cache_free(rp->metadata);
	rp_sender_free(rp->sender);
	free(rp->header_name);
	free(rp);
}

/* ---- the limit ---- */

bool rp_enter(struct rp *rp)
{
	if (atomic_fetch_add(&rp->waiting, 1) < rp->o.waiting_max)
		return true;
	atomic_fetch_sub(&rp->waiting, 1);
	return false;
}

void rp_leave(struct rp *rp)
{
	atomic_fetch_sub(&rp->waiting, 1);
}

struct admission *rp_admission(int64_t waiting_max)
{
	const struct admission_options options = {
		.places = (size_t)waiting_max,
		.share = (size_t)(waiting_max + 1) / 2,
		.wait_max = RP_WAIT_MAX,
		.waiting = METRIC_RETURNS_WAITING,
		.turned_away = METRIC_RETURNS_TURNED_AWAY,
		.wait = METRIC_RETURN_WAIT_US,
	};

	return admission_new(&options);
}

/* ---- the browser's way ---- */

struct str rp_authorize_url(const struct rp *rp, struct arena *a, const struct rp_request *q)
{
	struct str url = rp->o.endpoints.authorize;
	struct buf out;

	buf_init(&out, a, URL_MAX);
	buf_add(&out, url);
	if (str_find(url, '?') == url.n)
		buf_add_byte(&out, '?');
	form_add(&out, STR("response_type"), STR("code"));
	form_add(&out, STR("client_id"), rp->o.client_id);
	form_add(&out, STR("redirect_uri"), q->redirect_uri);
	form_add(&out, STR("scope"), q->scope);
	form_add(&out, STR("state"), q->state);
	if (q->nonce.n)
		form_add(&out, STR("nonce"), q->nonce);
	if (q->verifier.n) { /* RFC 7636 4.3 */
		form_add(&out, STR("code_challenge"), sha256_base64url(a, q->verifier));
		form_add(&out, STR("code_challenge_method"), STR("S256"));
	}
	if (buf_status(&out) != RC_OK)
		arena_fail(a, "an address at an upstream is over its maximum");
	return buf_str(&out);
}

/* ---- requests ---- */

static const char *fetch_word(enum rc rc)
{
	return rc == RC_LIMITED ? "answer_too_long" : "no_answer";
}

enum rc rp_fetch(struct rp *rp, struct arena *a, struct http_fetch *f, struct http_fetched *ret,
	const char **ret_why)
{
	int64_t start = monotonic_us();
	const char *why;
	enum rc rc;

	f->headers[f->n_headers++] =
		(struct http_header){.name = "Accept", .value = STR("application/json")};
	if (rp->header_name)
		f->headers[f->n_headers++] = (struct http_header){
			.name = rp->header_name, .value = secret_bytes(rp->o.header_value)};
	f->connect_timeout_ms = rp->o.connect_timeout_ms;
	if (!f->timeout_ms)
		f->timeout_ms = rp->o.timeout_ms;
	if (!f->max_body)
		f->max_body = RP_ANSWER_MAX;
	f->allow_special = true; /* hosts of the configuration alone */
	rc = http_client_fetch(rp->http, a, f, ret, &why);
	series_observe_us(rp->duration, monotonic_us() - start);
	if (rc == RC_OK && ret->status < 500)
		return RC_OK;
	series_add(rp->failures, 1);
	*ret_why = rc == RC_OK ? "server_error" : fetch_word(rc);
	return RC_UNAVAILABLE;
}

/* The object in an answer's body; NULL when there is none. */
static struct json_value *object_of(struct str body)
{
	struct json_value *json;

	if (json_value_parse(body, RP_ANSWER_MAX, &json) != RC_OK)
		return NULL;
	if (json_value_is_object(json))
		return json;
	json_value_free(json);
	return NULL;
}

enum rc rp_post(struct rp *rp, struct arena *a, struct str url, const struct form *form,
	int64_t timeout_ms, struct rp_answer *ret, const char **ret_why)
{
	struct http_fetch f = {.method = "POST",
		.url = url,
		.content_type = STR("application/x-www-form-urlencoded"),
		.timeout_ms = timeout_ms};
	struct str authorization = rp_sender_authorization(rp->sender);
	struct http_fetched got;
	enum rc rc = rp_sender_body(rp->sender, a, form, &f.body);

	if (rc != RC_OK) {
		*ret_why = "form";
		return rc;
	}
	if (authorization.n)
		f.headers[f.n_headers++] =
			(struct http_header){.name = "Authorization", .value = authorization};
	rc = rp_fetch(rp, a, &f, &got, ret_why);
	if (rc != RC_OK)
		return rc;
	*ret = (struct rp_answer){.status = got.status, .json = object_of(got.body)};
	if (!json_value_str(json_value_get(ret->json, "error"), &ret->error))
		ret->error = STR_NONE;
	return RC_OK;
}

static bool is_success(const struct rp_answer *answer)
{
	return answer->status >= 200 && answer->status < 300;
}

/* What an answer of the token endpoint comes to (RFC 6749 5.1, 5.2). */
static enum rc token_answer_check(const struct rp_answer *answer, const char **ret_why)
{
	if (json_value_get(answer->json, "error") || answer->status == 400 ||
		answer->status == 401) {
		*ret_why = "code_refused";
		return RC_DENIED;
	}
	if (!is_success(answer)) {
		*ret_why = "unexpected_status";
		return RC_UNAVAILABLE;
	}
	if (!answer->json) {
		*ret_why = "answer_malformed";
		return RC_UNAVAILABLE;
	}
	return RC_OK;
}

enum rc rp_exchange(struct rp *rp, struct arena *a, int64_t now, struct str code,
	const struct rp_request *q, struct rp_answer *ret, const char **ret_why)
{
	struct form_pair pairs[5] = {{STR("grant_type"), STR("authorization_code")},
		{STR("code"), code}, {STR("redirect_uri"), q->redirect_uri}};
	struct form form = {.v = pairs, .n = 3};
	struct rp_endpoints endpoints;
	struct rp_answer answer;
	enum rc rc;

	if (q->verifier.n)
		pairs[form.n++] = (struct form_pair){STR("code_verifier"), q->verifier};
	rc = rp_endpoints(rp, a, now, &endpoints, ret_why);
	if (rc == RC_OK)
		rc = rp_post(rp, a, endpoints.token, &form, 0, &answer, ret_why);
	if (rc != RC_OK)
		return rc;
	rc = token_answer_check(&answer, ret_why);
	if (rc == RC_DENIED)
		answer.error = str_dup(a, answer.error);
	if (rc != RC_OK) {
		json_value_free(answer.json);
		answer.json = NULL;
	}
	if (rc == RC_OK || rc == RC_DENIED)
		*ret = answer;
	return rc;
}

/* ---- introspection, revocation ---- */

typedef bool answer_rule(const struct rp_answer *answer);

static bool says_active(const struct rp_answer *answer)
{
	bool active;

	return is_success(answer) &&
	       json_value_bool(json_value_get(answer->json, "active"), &active) && active;
}

/* Bare, and again with "Bearer " where the rule does not like the first answer. */
static enum rc post_token(struct rp *rp, struct arena *a, struct str url, struct str token,
	int64_t timeout_ms, answer_rule *rule, struct rp_answer *ret, const char **ret_why)
{
	static const char *const spellings[] = {"", "Bearer "};
	struct form_pair pair = {.name = STR("token")};
	const struct form form = {.v = &pair, .n = 1};
	struct rp_answer answer;
	struct buf text;
	enum rc rc;

	for (size_t i = 0; i < ARRAY_LEN(spellings); i++) {
		buf_init(&text, a, RP_TOKEN_MAX + 8);
		buf_add_c(&text, spellings[i]);
		buf_add(&text, token);
		pair.value = buf_str(&text);
		rc = rp_post(rp, a, url, &form, timeout_ms, &answer, ret_why);
		if (rc != RC_OK)
			return rc;
		if (rule(&answer)) {
			*ret = answer;
			return RC_OK;
		}
		json_value_free(answer.json);
	}
	return RC_DENIED;
}

enum rc rp_introspect(struct rp *rp, struct arena *a, int64_t now, struct str token,
	struct rp_answer *ret, const char **ret_why)
{
	struct rp_endpoints endpoints;
	enum rc rc = rp_endpoints(rp, a, now, &endpoints, ret_why);

	if (rc != RC_OK)
		return rc;
	*ret_why = "token_inactive";
	if (!endpoints.introspect.n)
		return RC_NOT_FOUND;
	return post_token(rp, a, endpoints.introspect, token, 0, says_active, ret, ret_why);
}

enum rc rp_revoke(struct rp *rp, struct arena *a, int64_t now, struct str token, int64_t timeout_ms,
	const char **ret_why)
{
	struct rp_endpoints endpoints;
	struct rp_answer answer;
	enum rc rc = rp_endpoints(rp, a, now, &endpoints, ret_why);

	if (rc != RC_OK)
		return rc;
	*ret_why = "not_revoked";
	if (!endpoints.revoke.n)
		return RC_NOT_FOUND;
	rc = post_token(rp, a, endpoints.revoke, token, timeout_ms, is_success, &answer, ret_why);
	if (rc == RC_OK)
		json_value_free(answer.json);
	return rc;
}
