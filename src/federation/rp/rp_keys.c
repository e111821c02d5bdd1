/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What an upstream publishes: its discovery document and its keys. */
#include "federation/rp/rp_priv.h"

#include "base/arena.h"
#include "codec/uri.h"

#define METADATA_PATH "/.well-known/openid-configuration"

/* A GET that must answer 200. */
static enum rc rp_get(struct rp *rp, struct arena *a, struct str url, size_t max, struct str *ret,
	const char **why)
{
	struct http_fetch f = {.method = "GET", .url = url, .max_body = max};
	struct http_fetched got;
	enum rc rc = rp_fetch(rp, a, &f, &got, why);

	if (rc != RC_OK)
		return rc;
	if (got.status != 200) {
		*why = "unexpected_status";
		return RC_UNAVAILABLE;
	}
	*ret = got.body;
	return RC_OK;
}

/* ---- discovery (OpenID Connect Discovery 4) ---- */

static void *metadata_ref(void *value)
{
	struct rp_metadata *m = value;

	atomic_fetch_add_explicit(&m->refs, 1, memory_order_relaxed);
	return m;
}

static void metadata_unref(void *value)
{
	struct rp_metadata *m = value;

	if (atomic_fetch_sub_explicit(&m->refs, 1, memory_order_acq_rel) == 1)
		arena_free(m->arena);
}

/*
 * Requests go to hosts of the configuration alone, so a document may move an endpoint within the
 * issuer's origin but not to another host.
 */
static bool endpoint(struct rp *rp, struct arena *a, const struct json_value *json,
	const char *name, struct str *ret)
{
	const struct json_value *v = json_value_get(json, name);
	struct uri mine, theirs;
	struct str url;

	if (!v)
		return true;
	if (!json_value_str(v, &url) || uri_parse(url, &theirs) != RC_OK ||
		uri_parse(rp->o.issuer, &mine) != RC_OK || theirs.has_userinfo ||
		!str_eq(uri_origin(&mine), uri_origin(&theirs)))
		return false;
	*ret = str_dup(a, url);
	return true;
}

/* Discovery 4.3: the issuer must be the very one asked. */
static bool read_metadata(struct rp *rp, struct rp_metadata *m, const struct json_value *json)
{
	struct rp_endpoints *e = &m->endpoints;
	struct str issuer;

	if (!json_value_str(json_value_get(json, "issuer"), &issuer) ||
		!str_eq(issuer, rp->o.issuer))
		return false;
	return endpoint(rp, m->arena, json, "token_endpoint", &e->token) && e->token.n &&
	       endpoint(rp, m->arena, json, "jwks_uri", &e->jwks) && e->jwks.n &&
	       endpoint(rp, m->arena, json, "introspection_endpoint", &e->introspect) &&
	       endpoint(rp, m->arena, json, "revocation_endpoint", &e->revoke);
}

static enum rc fetch_metadata(void *data, int64_t now, void **ret)
{
	struct rp *rp = data;
	struct arena *a = arena_new(ARENA_MAX);
	struct rp_metadata *m = arena_new_of(a, struct rp_metadata);
	struct json_value *json = NULL;
	struct str body;
	struct buf url;
	const char *why;
	enum rc rc;

	m->arena = a;
	atomic_init(&m->refs, 1);
	buf_init(&url, a, URI_MAX + sizeof(METADATA_PATH));
	buf_add(&url, rp->o.issuer);
	buf_add_c(&url, METADATA_PATH);
	rc = rp_get(rp, a, buf_str(&url), RP_ANSWER_MAX, &body, &why);
	if (rc == RC_OK)
		rc = json_value_parse(body, RP_ANSWER_MAX, &json) == RC_OK ? RC_OK : RC_UNAVAILABLE;
	if (rc == RC_OK && !read_metadata(rp, m, json))
		rc = RC_DENIED;
	json_value_free(json);
	if (rc == RC_OK)
		*ret = m;
	else
		arena_free(a);
	return rc;
}

const struct refresh_cache_type rp_metadata_type = {metadata_ref, metadata_unref, fetch_metadata};

static void prefer(struct arena *a, struct str *mine, struct str theirs)
{
	if (!mine->n)
		*mine = str_dup(a, theirs);
}

static bool complete(const struct rp *rp)
{
	const struct rp_endpoints *e = &rp->o.endpoints;

	return !rp->o.discovery || (e->token.n && e->introspect.n && e->revoke.n && e->jwks.n);
}

enum rc rp_endpoints(
	struct rp *rp, struct arena *a, int64_t now, struct rp_endpoints *ret, const char **ret_why)
{
	struct rp_endpoints e = rp->o.endpoints;
	struct rp_metadata *m;
	void *value;
	enum rc rc;

	if (!complete(rp)) {
		rc = refresh_cache_get(rp->metadata, now, NULL, &value);
		if (rc != RC_OK) {
			*ret_why = rc == RC_DENIED ? "bad_metadata" : "no_metadata";
			return rc;
		}
		m = value;
		prefer(a, &e.token, m->endpoints.token);
		prefer(a, &e.introspect, m->endpoints.introspect);
		prefer(a, &e.revoke, m->endpoints.revoke);
		prefer(a, &e.jwks, m->endpoints.jwks);
		metadata_unref(m);
	}
	*ret = e;
	return RC_OK;
}

/* ---- keys ---- */

static void *keys_ref(void *value)
{
	return jwk_set_ref(value);
}

static void keys_unref(void *value)
{
	jwk_set_unref(value);
}

static enum rc fetch_keys(void *data, int64_t now, void **ret)
{
	struct rp *rp = data;
	struct arena *a = arena_new(ARENA_MAX);
	struct rp_endpoints e;
	struct jwk_set *set;
	struct str body;
	const char *why;
	enum rc rc = rp_endpoints(rp, a, now, &e, &why);

	if (rc == RC_OK)
		rc = rp_get(rp, a, e.jwks, JWKS_TEXT_MAX, &body, &why);
	if (rc == RC_OK && jwk_set_parse(body, rp->o.key_alg, &set) != RC_OK)
		rc = RC_UNAVAILABLE;
	arena_free(a);
	if (rc == RC_OK)
		*ret = set;
	return rc;
}

const struct refresh_cache_type rp_keys_type = {keys_ref, keys_unref, fetch_keys};
