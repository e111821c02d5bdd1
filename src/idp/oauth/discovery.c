/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <pthread.h>

#include "idp/oauth/discovery.h"

#include "core/details.h"
#include "idp/assurance/verified_claims.h"
#include "idp/oauth/auth_request_rules.h"
#include "idp/oauth/claims.h"
#include "idp/oauth/key_rotation.h"
#include "idp/client/client_assertion.h"
#include "idp/client/client_auth.h"
#include "access/scope.h"
#include "idp/oauth/token.h"
#include "codec/uri.h"
#include "core/module.h"

#define DISCOVERY_MAX  16384u
#define DISCOVERY_KEPT "public, max-age=300"

static void write_list(struct json_writer *w, const char *name, const char *const *words)
{
	json_write_key(w, name);
	json_write_array(w);
	for (size_t i = 0; words[i]; i++)
		json_write_str(w, str_c(words[i]));
	json_write_array_end(w);
}

static void write_grant_types(struct json_writer *w)
{
	json_write_key(w, "grant_types_supported");
	json_write_array(w);
	for (size_t i = 0; all_modules[i]; i++)
		for (const struct grant_row *row = all_modules[i]->grants; row && row->type; row++)
			json_write_str(w, str_c(row->type));
	json_write_array_end(w);
}

static void endpoints(struct json_writer *w, const struct app *p, struct arena *a)
{
	const struct http_route *routes = p->routes;

	for (size_t i = 0; i < p->n_routes; i++) {
		struct buf url;

		if (!routes[i].metadata)
			continue;
		buf_init(&url, a, URI_MAX);
		buf_add(&url, p->settings->issuer);
		buf_add_c(&url, routes[i].path);
		json_add_str(w, routes[i].metadata, buf_str(&url));
	}
}

static void signing_algs(struct json_writer *w, const char *name, unsigned algs)
{
	json_write_key(w, name);
	json_write_array(w);
	for (int alg = JOSE_ALG_INVALID + 1; alg < JOSE_ALG_MAX; alg++)
		if (algs & JOSE_BIT(alg))
			json_write_str(w, str_c(jose_alg_name((enum jose_alg)alg)));
	json_write_array_end(w);
}

/* What both documents say. */
static void common(struct json_writer *w, const struct app *p, struct arena *a)
{
	static const char *const challenge_methods[] = {"S256", NULL};

	json_add_str(w, "issuer", p->settings->issuer);
	endpoints(w, p, a);
	write_list(w, "response_types_supported", response_types);
	write_list(w, "response_modes_supported", response_modes);
	write_grant_types(w);
	for (size_t i = 0; all_modules[i]; i++)
		if (all_modules[i]->metadata)
			all_modules[i]->metadata(p, w);
	write_list(w, "scopes_supported", scopes_known);
	write_list(w, "code_challenge_methods_supported", challenge_methods);
	write_list(w, "token_endpoint_auth_methods_supported", client_auth_methods);
	write_list(w, "token_endpoint_auth_signing_alg_values_supported", client_assertion_algs);
	write_list(w, "introspection_endpoint_auth_methods_supported", client_auth_confidential);
	write_list(w, "introspection_endpoint_auth_signing_alg_values_supported",
		client_assertion_algs);
	write_list(w, "revocation_endpoint_auth_methods_supported", client_auth_methods);
	write_list(
		w, "revocation_endpoint_auth_signing_alg_values_supported", client_assertion_algs);
	json_add_bool(w, "authorization_response_iss_parameter_supported", true); /* RFC 9207 3 */
	json_add_bool(w, "require_pushed_authorization_requests", p->settings->pushed_required);
	json_write_key(w, "authorization_details_types_supported"); /* RFC 9396 10 */
	details_write_types(w);
	write_list(w, "ui_locales_supported", (const char *const[]){"th", "en", NULL});
	json_add_str_opt(w, "service_documentation", p->settings->service_documentation);
	json_add_str_opt(w, "op_policy_uri", p->settings->policy_uri);
	json_add_str_opt(w, "op_tos_uri", p->settings->tos_uri);
}

static void openid(struct json_writer *w, const struct app *p)
{
	write_list(w, "subject_types_supported", (const char *const[]){"public", NULL});
	/* What a client may be registered for, whether or not one is. */
	signing_algs(w, "id_token_signing_alg_values_supported", SIGNING_ALGS);
	write_list(w, "claim_types_supported", (const char *const[]){"normal", NULL});
	json_write_key(w, "claims_supported");
	claims_write_supported(w);
	write_list(w, "claims_locales_supported", (const char *const[]){"th", "en", NULL});
	write_list(w, "prompt_values_supported", prompts);
	write_list(w, "display_values_supported", (const char *const[]){"page", NULL});
	json_write_key(w, "acr_values_supported");
	json_write_array(w);
	for (size_t i = 0; i < p->settings->n_levels; i++)
		json_write_str(w, p->settings->levels[i].acr);
	json_write_array_end(w);
	/* Said outright: request_uri is assumed when left out (Discovery 3). */
	json_add_bool(w, "claims_parameter_supported", true);
	verified_claims_write_metadata(w, p);
	json_add_bool(w, "request_parameter_supported", false);
	json_add_bool(w, "request_uri_parameter_supported", false);
	/* Back-Channel Logout 2.1, Front-Channel Logout 3 */
	json_add_bool(w, "backchannel_logout_supported", true);
	json_add_bool(w, "backchannel_logout_session_supported", true);
	json_add_bool(w, "frontchannel_logout_supported", true);
	json_add_bool(w, "frontchannel_logout_session_supported", true);
}

static enum rc prepare_slot(struct http_slot **slot, const struct buf *body)
{
	struct http_blob *blob;

	if (buf_status(body) != RC_OK)
		return RC_LIMITED;
	blob = http_blob_new(200, "application/json", buf_str(body), DISCOVERY_KEPT, true);
	if (*slot)
		http_slot_set(*slot, blob);
	else
		*slot = http_slot_new(blob);
	return RC_OK;
}

static enum rc prepare_document(struct app *p, bool with_openid, struct http_slot **slot)
{
	__attribute__((cleanup(arena_freep))) struct arena *a = arena_new(ARENA_MAX);
	struct buf body;
	struct json_writer w;

	buf_init(&body, a, DISCOVERY_MAX);
	json_writer_init(&w, &body);
	json_write_object(&w);
	common(&w, p, a);
	if (with_openid)
		openid(&w, p);
	json_write_object_end(&w);
	return prepare_slot(slot, &body);
}

/* One at a time: what is set last must be what was read last. */
static pthread_mutex_t renewing = PTHREAD_MUTEX_INITIALIZER;

enum rc discovery_renew_jwks(struct app *p)
{
	__attribute__((cleanup(arena_freep))) struct arena *a = arena_new(ARENA_MAX);
	struct buf body;
	struct json_writer w;
	enum rc rc;

	buf_init(&body, a, JWKS_TEXT_MAX);
	json_writer_init(&w, &body);
	pthread_mutex_lock(&renewing);
	keyring_write_jwks(p->keys, &w);
	rc = prepare_slot(&p->jwks, &body);
	pthread_mutex_unlock(&renewing);
	return rc;
}

enum rc discovery_prepare(struct app *p)
{
	enum rc rc = prepare_document(p, true, &p->discovery);

	if (rc == RC_OK)
		rc = prepare_document(p, false, &p->oauth_metadata);
	return rc == RC_OK ? discovery_renew_jwks(p) : rc;
}

void discovery_handle(struct http_exchange *x)
{
	const struct app *p = x->app;

	http_answer_slot(x, p->discovery);
}

void oauth_metadata_handle(struct http_exchange *x)
{
	const struct app *p = x->app;

	http_answer_slot(x, p->oauth_metadata);
}

void jwks_handle(struct http_exchange *x)
{
	const struct app *p = x->app;

	http_answer_slot(x, p->jwks);
}
