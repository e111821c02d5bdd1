/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The protocol endpoints: OAuth 2.0, OpenID Connect, their metadata. */
#include "base/die.h"
#include "core/module.h"
#include "directory/records.h"
#include "idp/oauth/oauth_options.h"
#include "idp/oauth/key_operations.h"
#include "idp/oauth/key_rotation.h"
#include "idp/oauth/authorize.h"
#include "idp/oauth/discovery.h"
#include "idp/oauth/logout.h"
#include "idp/oauth/pages_oauth.h"
#include "idp/oauth/par.h"
#include "idp/oauth/token.h"
#include "idp/oauth/token_records.h"
#include "idp/par/pushed_request.h"
#include "obs/metrics.h"

#define GET_POST   (HTTP_ON(HTTP_GET) | HTTP_ON(HTTP_POST))
#define KEYS_EVERY 10 /* seconds: how soon a command's new key is seen */

extern const struct module module_oauth;

static const struct route routes[] = {
	{
		.path = "/.well-known/openid-configuration",
		.methods = HTTP_ON(HTTP_GET),
		.flags = HTTP_CORS,
		.guard = GUARD_PUBLIC,
		.handle = discovery_handle,
		.name = "discovery",
		.help = "OpenID Connect Discovery 1.0",
	},
	{
		.path = "/.well-known/oauth-authorization-server",
		.methods = HTTP_ON(HTTP_GET),
		.flags = HTTP_CORS,
		.guard = GUARD_PUBLIC,
		.handle = oauth_metadata_handle,
		.name = "oauth_metadata",
		.help = "RFC 8414 metadata",
	},
	{
		.path = "/oauth2/jwks",
		.methods = HTTP_ON(HTTP_GET),
		.flags = HTTP_CORS,
		.guard = GUARD_PUBLIC,
		.handle = jwks_handle,
		.name = "jwks",
		.help = "the published keys (RFC 7517)",
		.metadata = "jwks_uri",
	},
	{
		.path = "/oauth2/authorize",
		.methods = GET_POST,
		.flags = HTTP_PAGE | HTTP_CROSS_SITE,
		.guard = GUARD_PUBLIC,
		.foreign_forms = true,
		.run = authorize_run,
		.name = "authorize",
		.help = "authorization endpoint (RFC 6749 3.1, OIDC Core 3.1.2)",
		.metadata = "authorization_endpoint",
	},
	{
		.path = "/oauth2/par",
		.methods = HTTP_ON(HTTP_POST),
		.flags = HTTP_CORS,
		.guard = GUARD_CLIENT,
		.run = par_run,
		.body_max = PUSHED_BODY_MAX,
		.name = "par",
		.help = "pushed authorization requests (RFC 9126)",
		.metadata = "pushed_authorization_request_endpoint",
	},
	{
		.path = "/oauth2/token",
		.methods = HTTP_ON(HTTP_POST),
		.flags = HTTP_CORS,
		.guard = GUARD_CLIENT,
		.refused = METRIC_TOKEN_ERRORS,
		.run = token_run,
		.name = "token",
		.help = "token endpoint (RFC 6749 3.2)",
		.metadata = "token_endpoint",
	},
	{
		.path = "/oauth2/userinfo",
		.methods = GET_POST,
		.flags = HTTP_CORS,
		.guard = GUARD_PUBLIC,
		.run = userinfo_run,
		.name = "userinfo",
		.help = "userinfo (OIDC Core 5.3)",
		.metadata = "userinfo_endpoint",
	},
	{
		.path = "/oauth2/introspect",
		.methods = HTTP_ON(HTTP_POST),
		.guard = GUARD_CLIENT,
		.run = introspect_run,
		.name = "introspect",
		.help = "token introspection (RFC 7662)",
		.metadata = "introspection_endpoint",
	},
	{
		.path = "/oauth2/revoke",
		.methods = HTTP_ON(HTTP_POST),
		.flags = HTTP_CORS,
		.guard = GUARD_CLIENT,
		.run = revoke_run,
		.name = "revoke",
		.help = "token revocation (RFC 7009)",
		.metadata = "revocation_endpoint",
	},
	{
		.path = "/oauth2/logout",
		.methods = GET_POST,
		.flags = HTTP_PAGE | HTTP_CROSS_SITE,
		.guard = GUARD_PUBLIC,
		.foreign_forms = true,
		.run = logout_run,
		.name = "logout",
		.help = "RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0)",
		.metadata = "end_session_endpoint",
	},
	{
		.path = "/oauth2/logout/confirm",
		.methods = HTTP_ON(HTTP_POST),
		.flags = HTTP_PAGE,
		.guard = GUARD_PUBLIC,
		.run = logout_confirm_run,
		.name = "logout_confirm",
		.help = "confirms or declines the logout",
	},
	{.path = NULL},
};

static const struct page_type *const pages[] = {
	&web_page_oauth_error,
	&web_page_logout_confirm,
	&web_page_form_post,
	NULL,
};

static const struct module_table tables[] = {
	{.number = TABLE_AUTHORIZATION_CODE,
		.name = "code",
		.record = &record_authorization_code,
		.key = "expiry, handle",
		.flags = STORE_EXPIRING},
	{.number = TABLE_AUTHORIZATION,
		.name = "authorization",
		.record = &record_authorization,
		.key = "expiry, id",
		.flags = STORE_EXPIRING},
	{.number = TABLE_ACCESS_TOKEN,
		.name = "access",
		.record = &record_access_token,
		.key = "expiry, handle",
		.flags = STORE_EXPIRING},
	{.number = TABLE_REFRESH_TOKEN,
		.name = "refresh",
		.record = &record_refresh_token,
		.key = "expiry, handle",
		.flags = STORE_EXPIRING},
	{.number = TABLE_KEY, .name = "signing_key", .record = &record_signing_key, .key = "kid"},
	{.number = 0},
};

/* --- the running server: its keys, and the answers that are prepared --- */

static void oauth_close(struct app *app, void *own)
{
	struct running_keys *keys = own;

	http_slot_free(app->discovery);
	http_slot_free(app->oauth_metadata);
	http_slot_free(app->jwks);
	app->discovery = app->oauth_metadata = app->jwks = NULL;
	keyring_free(app->keys);
	app->keys = NULL;
	keys_done(&keys->known);
	free(keys);
}

static enum rc oauth_open(struct app *app, void **own, const char **ret_why)
{
	struct running_keys *keys = xcalloc(1, sizeof(*keys));
	enum rc rc;

	app->keys = keyring_new();
	keyring_on_publish(app->keys, key_rotation_publish, app);
	keys->app = app;
	rc = key_rotation_run(keys);
	*ret_why = "the signing keys cannot be read or created";
	if (rc == RC_CORRUPT)
		*ret_why = "a signing key cannot be unsealed; is master_key_file the one the "
			   "database was made with?";
	if (rc == RC_OK) {
		rc = discovery_prepare(app);
		*ret_why = "the discovery document is too long";
	}
	if (rc != RC_OK)
		oauth_close(app, keys);
	else
		*own = keys;
	return rc;
}

/* Once more: what the methods prove is known when they are open. */
static enum rc oauth_start(struct app *app, void *own, const char **ret_why)
{
	(void)own;
	*ret_why = "the discovery document is too long";
	return discovery_prepare(app);
}

static enum rc rotate_keys(const struct app *app, struct arena *a)
{
	return key_rotation_run(module_own(app, &module_oauth));
}

static const struct module_job jobs[] = {
	{.name = "keys", .every = KEYS_EVERY, .run = rotate_keys},
	{.name = NULL},
};

const struct module module_oauth = {
	.name = "oauth",
	.operations = key_operations,
	.routes = routes,
	.pages = pages,
	.grants = oauth_grants,
	.tables = tables,
	.jobs = jobs,
	.options = oauth_options,
	.settings_size = sizeof(struct oauth_options),
	.fill = oauth_options_fill,
	.check = oauth_options_check,
	.open = oauth_open,
	.start = oauth_start,
	.close = oauth_close,
};
