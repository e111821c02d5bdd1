/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The protocol endpoints: OAuth 2.0, OpenID Connect, their metadata. */
#include "core/module.h"
#include "idp/oauth/key_operations.h"
#include "idp/oauth/authorize.h"
#include "idp/oauth/client_auth.h"
#include "idp/oauth/discovery.h"
#include "idp/oauth/logout.h"
#include "idp/oauth/pages_oauth.h"
#include "idp/oauth/token.h"
#include "obs/metrics.h"

#define GET_POST (HTTP_ON(HTTP_GET) | HTTP_ON(HTTP_POST))

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
		.flags = HTTP_PAGE,
		.guard = GUARD_PUBLIC,
		.foreign_forms = true,
		.run = authorize_run,
		.name = "authorize",
		.help = "authorization endpoint (RFC 6749 3.1, OIDC Core 3.1.2)",
		.metadata = "authorization_endpoint",
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
		.flags = HTTP_PAGE,
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

const struct module module_oauth = {
	.name = "oauth",
	.operations = key_operations,
	.routes = routes,
	.pages = pages,
	.guards = client_guards,
};
