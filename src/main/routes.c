/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Every path of the provider, in one table: adding an endpoint is a row here and a function. */
#include "main/routes.h"

#include "base/die.h"
#include "idp/account/activity.h"
#include "idp/account/contact.h"
#include "idp/account/not_me.h"
#include "idp/account/sign_in_methods.h"
#include "idp/account/password.h"
#include "idp/account/privacy.h"
#include "idp/account/profile.h"
#include "idp/account/sessions.h"
#include "idp/account/apps.h"
#include "idp/oauth/authorize.h"
#include "idp/oauth/discovery.h"
#include "idp/login/method.h"
#include "idp/login/steps.h"
#include "idp/oauth/logout.h"
#include "core/page.h"
#include "deliver/sms_report.h"
#include "idp/oauth/token.h"

#define GET_POST   (HTTP_ON(HTTP_GET) | HTTP_ON(HTTP_POST))
#define ASSETS_MAX 64

#define ACTION(fn) (&(const struct op_action){.run = (fn)})

static const struct op_action set_password_form = {
	account_password_set_before, account_password_set_run};
static const struct op_action first_form = {method_form_before, method_form_run};
static const struct op_action change_form = {change_before, change_run};
static const struct op_action contact_form = {contact_otp_before, contact_otp_run};
static const struct op_action enrol_email_form = {enrol_email_otp_before, enrol_email_otp_run};
static const struct op_action method_form = {
	method_form_before, method_route_run, method_route_blocks};
static const struct op_action upstream_return = {method_return_before, method_return_run};

static const struct http_route rows[] = {
	{"/.well-known/openid-configuration", HTTP_ON(HTTP_GET), HTTP_CORS, discovery_handle, 0,
		"discovery", "OpenID Connect Discovery 1.0", NULL, NULL},
	{"/.well-known/oauth-authorization-server", HTTP_ON(HTTP_GET), HTTP_CORS,
		oauth_metadata_handle, 0, "oauth_metadata", "RFC 8414 metadata", NULL, NULL},
	{"/oauth2/jwks", HTTP_ON(HTTP_GET), HTTP_CORS, jwks_handle, 0, "jwks",
		"the published keys (RFC 7517)", "jwks_uri", NULL},
	{"/oauth2/authorize", GET_POST, HTTP_PAGE, op_handle, 0, "authorize",
		"authorization endpoint (RFC 6749 3.1, OIDC Core 3.1.2)", "authorization_endpoint",
		ACTION(authorize_run)},
	{"/oauth2/token", HTTP_ON(HTTP_POST), HTTP_CORS, op_handle, 0, "token",
		"token endpoint (RFC 6749 3.2)", "token_endpoint", ACTION(token_run)},
	{"/oauth2/userinfo", GET_POST, HTTP_CORS, op_handle, 0, "userinfo",
		"userinfo (OIDC Core 5.3)", "userinfo_endpoint", ACTION(userinfo_run)},
	{"/oauth2/introspect", HTTP_ON(HTTP_POST), 0, op_handle, 0, "introspect",
		"token introspection (RFC 7662)", "introspection_endpoint", ACTION(introspect_run)},
	{"/oauth2/revoke", HTTP_ON(HTTP_POST), HTTP_CORS, op_handle, 0, "revoke",
		"token revocation (RFC 7009)", "revocation_endpoint", ACTION(revoke_run)},
	{"/oauth2/logout", GET_POST, HTTP_PAGE, op_handle, 0, "logout",
		"RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0)",
		"end_session_endpoint", ACTION(logout_run)},
	{"/oauth2/logout/confirm", HTTP_ON(HTTP_POST), HTTP_PAGE, op_handle, 0, "logout_confirm",
		"confirms or declines the logout", NULL, ACTION(logout_confirm_run)},
	{"/login", HTTP_ON(HTTP_GET), HTTP_PAGE, op_handle, 0, "login",
		"the page of the current login step", NULL, ACTION(login_run)},
	{"/login/upstream", HTTP_ON(HTTP_POST), HTTP_PAGE, op_handle, 0, "login_upstream",
		"redirects to another provider (ThaID)", NULL, ACTION(method_begin_run)},
	{"/login/password", HTTP_ON(HTTP_POST), HTTP_PAGE | HTTP_LOW_PRIORITY, op_handle, 0,
		"login_password", "username and password", NULL, &first_form},
	{"/login/code", HTTP_ON(HTTP_POST), HTTP_PAGE | HTTP_LOW_PRIORITY, op_handle, 0,
		"login_code", "the one-time code", NULL, &first_form},
	{"/login/code/send", HTTP_ON(HTTP_POST), HTTP_PAGE, op_handle, 0, "login_code_send",
		"sends a one-time code", NULL, ACTION(method_choose_run)},
	{"/login/email", HTTP_ON(HTTP_POST), HTTP_PAGE, op_handle, 0, "login_email",
		"takes an email address to add, if none is verified yet", NULL,
		ACTION(enrol_email_run)},
	{"/login/email/code", HTTP_ON(HTTP_POST), HTTP_PAGE, op_handle, 0, "login_email_code",
		"verifies the code sent to the new email address", NULL, &enrol_email_form},
	{"/login/email/send", HTTP_ON(HTTP_POST), HTTP_PAGE, op_handle, 0, "login_email_send",
		"sends another code to that address or number", NULL, ACTION(enrol_email_send_run)},
	{"/login/email/other", HTTP_ON(HTTP_POST), HTTP_PAGE, op_handle, 0, "login_email_other",
		"returns to the choice of an email address", NULL, ACTION(enrol_email_other_run)},
	{"/login/email/skip", HTTP_ON(HTTP_POST), HTTP_PAGE, op_handle, 0, "login_email_skip",
		"postpones adding an email address", NULL, ACTION(enrol_email_skip_run)},
	{"/login/change", HTTP_ON(HTTP_POST), HTTP_PAGE | HTTP_LOW_PRIORITY, op_handle, 0,
		"login_change", "the new password", NULL, &change_form},
	{"/login/again", HTTP_ON(HTTP_POST), HTTP_PAGE, op_handle, 0, "login_again",
		"another way to log in", NULL, ACTION(login_again_run)},
	{"/login/forgot", GET_POST, HTTP_PAGE, op_handle, 0, "login_forgot",
		"starts account recovery", NULL, ACTION(recovery_request_run)},
	{"/login/forgot/thaid", HTTP_ON(HTTP_GET), HTTP_PAGE, op_handle, 0, "login_forgot_thaid",
		"account recovery by ThaID", NULL, ACTION(recovery_proof_run)},
	{"/reset", HTTP_ON(HTTP_GET), HTTP_PAGE, op_handle, 0, "reset",
		"the link in a recovery mail", NULL, ACTION(recovery_link_run)},
	{"/reset/begin", HTTP_ON(HTTP_POST), HTTP_PAGE, op_handle, 0, "reset_begin",
		"confirms the link", NULL, ACTION(recovery_begin_run)},
	{"/login/m/", GET_POST, HTTP_PREFIX | HTTP_PAGE | HTTP_LOW_PRIORITY, op_handle, 0,
		"login_method", "a step of an authentication method: its NAME behind it", NULL,
		&method_form},
	{"/login/account", HTTP_ON(HTTP_POST), HTTP_PAGE, op_handle, 0, "login_account",
		"the chosen account", NULL, ACTION(login_account_run)},
	{"/login/consent", HTTP_ON(HTTP_POST), HTTP_PAGE, op_handle, 0, "login_consent",
		"gives or refuses consent", NULL, ACTION(login_consent_run)},
	{"/login/cancel", HTTP_ON(HTTP_GET), HTTP_PAGE, op_handle, 0, "login_cancel",
		"cancels the login and returns to the portal", NULL, ACTION(login_cancel_run)},
	{"/upstream/thaid/callback", HTTP_ON(HTTP_GET), HTTP_PAGE, op_handle, 0, "upstream_thaid",
		"return from ThaID", NULL, &upstream_return},
	{"/upstream/", HTTP_ON(HTTP_GET), HTTP_PREFIX | HTTP_PAGE, op_handle, 0, "upstream",
		"return from another provider: NAME/callback behind it", NULL, &upstream_return},
	{"/apps", HTTP_ON(HTTP_GET), HTTP_PAGE, op_handle, 0, "apps",
		"the launcher: the systems a person may use", NULL, ACTION(apps_run)},
	{"/apps/logout", HTTP_ON(HTTP_POST), HTTP_PAGE, op_handle, 0, "apps_logout",
		"ends this session", NULL, ACTION(apps_logout_run)},
	{"/account", HTTP_ON(HTTP_GET), HTTP_PAGE, op_handle, 0, "account",
		"account pages: who the person is here, and how safe the account is", NULL,
		ACTION(account_profile_run)},
	{"/account/activity", HTTP_ON(HTTP_GET), HTTP_PAGE, op_handle, 0, "account_activity",
		"account pages: recent activity", NULL, ACTION(account_activity_run)},
	{"/account/password", HTTP_ON(HTTP_GET), HTTP_PAGE, op_handle, 0, "account_password",
		"account pages: a new password", NULL, ACTION(account_password_run)},
	{"/account/password/set", HTTP_ON(HTTP_POST), HTTP_PAGE | HTTP_LOW_PRIORITY, op_handle, 0,
		"account_password_set", "sets the new password", NULL, &set_password_form},
	{"/account/privacy", HTTP_ON(HTTP_GET), HTTP_PAGE, op_handle, 0, "account_privacy",
		"account pages: consents, data", NULL, ACTION(account_privacy_run)},
	{"/account/privacy/withdraw", HTTP_ON(HTTP_POST), HTTP_PAGE, op_handle, 0,
		"account_privacy_withdraw", "withdraws a consent", NULL,
		ACTION(account_privacy_withdraw_run)},
	{"/account/privacy/data", HTTP_ON(HTTP_GET), HTTP_PAGE, op_handle, 0, "account_data",
		"the data stored about the person, as JSON", NULL, ACTION(account_data_run)},
	{"/account/language", HTTP_ON(HTTP_POST), HTTP_PAGE, op_handle, 0, "account_language",
		"the person's language, on every device", NULL, ACTION(account_language_run)},
	{"/account/sessions", HTTP_ON(HTTP_GET), HTTP_PAGE, op_handle, 0, "account_sessions",
		"account pages: where the person is logged in", NULL, ACTION(account_sessions_run)},
	{"/account/sessions/end", HTTP_ON(HTTP_POST), HTTP_PAGE, op_handle, 0,
		"account_sessions_end", "ends one session", NULL, ACTION(account_sessions_end_run)},
	{"/account/sessions/others", HTTP_ON(HTTP_POST), HTTP_PAGE, op_handle, 0,
		"account_sessions_others", "ends all sessions but this one", NULL,
		ACTION(account_sessions_others_run)},
	{"/account/sessions/everywhere", HTTP_ON(HTTP_POST), HTTP_PAGE, op_handle, 0,
		"account_sessions_everywhere", "ends all sessions", NULL,
		ACTION(account_sessions_everywhere_run)},
	{"/account/contact", HTTP_ON(HTTP_GET), HTTP_PAGE, op_handle, 0, "account_contact",
		"the person's email and mobile number", NULL, ACTION(contact_run)},
	{"/account/contact/email", HTTP_ON(HTTP_GET), HTTP_PAGE, op_handle, 0,
		"account_contact_email", "a new email address, or the code sent to it", NULL,
		ACTION(contact_email_run)},
	{"/account/contact/mobile", HTTP_ON(HTTP_GET), HTTP_PAGE, op_handle, 0,
		"account_contact_mobile", "a new mobile number, or the code sent to it", NULL,
		ACTION(contact_mobile_run)},
	{"/account/contact/begin", HTTP_ON(HTTP_POST), HTTP_PAGE, op_handle, 0,
		"account_contact_begin", "takes the new email address or mobile number", NULL,
		ACTION(contact_begin_run)},
	{"/account/contact/send", HTTP_ON(HTTP_POST), HTTP_PAGE, op_handle, 0,
		"account_contact_send", "sends another code to that address or number", NULL,
		ACTION(contact_send_run)},
	{"/account/contact/code", HTTP_ON(HTTP_POST), HTTP_PAGE, op_handle, 0,
		"account_contact_code", "verifies the code sent to the new contact", NULL,
		&contact_form},
	{"/account/contact/drop", HTTP_ON(HTTP_POST), HTTP_PAGE, op_handle, 0,
		"account_contact_drop", "cancels the change", NULL, ACTION(contact_drop_run)},
	{"/account/contact/remove", HTTP_ON(HTTP_POST), HTTP_PAGE, op_handle, 0,
		"account_contact_remove", "removes an email address or mobile number", NULL,
		ACTION(contact_remove_run)},
	{"/account/ways", HTTP_ON(HTTP_GET), HTTP_PAGE, op_handle, 0, "account_ways",
		"account pages: authentication methods", NULL, ACTION(account_sign_in_methods_run)},
	{"/account/ways/thaid", HTTP_ON(HTTP_GET), HTTP_PAGE, op_handle, 0, "account_switch",
		"explains the change from password to ThaID", NULL, ACTION(account_switch_run)},
	{"/account/ways/prove", HTTP_ON(HTTP_POST), HTTP_PAGE, op_handle, 0, "account_switch_prove",
		"redirects to ThaID to confirm the change", NULL, ACTION(account_switch_prove_run)},
	{"/account/ways/close", HTTP_ON(HTTP_POST), HTTP_PAGE, op_handle, 0, "account_switch_close",
		"disables password login", NULL, ACTION(account_switch_close_run)},
	{"/not-me", HTTP_ON(HTTP_GET), HTTP_PAGE, op_handle, 0, "not_me",
		"the link in a security notification: \"this was not me\"", NULL,
		ACTION(not_me_run)},
	{"/not-me/close", HTTP_ON(HTTP_POST), HTTP_PAGE, op_handle, 0, "not_me_sent",
		"confirms the link", NULL, ACTION(not_me_sent_run)},
	{"/upstream/sms/", GET_POST, HTTP_PREFIX | HTTP_BLOCKING | HTTP_LOW_PRIORITY,
		sms_report_handle, 0, "upstream_sms",
		"delivery reports of SMS providers, at NAME/TOKEN below it", NULL, NULL},
	{"/language", HTTP_ON(HTTP_GET), HTTP_PAGE, op_handle, 0, "language", "the language switch",
		NULL, ACTION(language_run)},
	{"/", HTTP_ON(HTTP_GET), HTTP_PAGE, op_handle, 0, "home", "redirects to the launcher", NULL,
		ACTION(home_run)},
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static void asset_handle(struct http_exchange *x)
{
	/* The array of routes is ours: the blob was put there by app_routes. */
	http_answer_blob(x, (struct http_blob *)(uintptr_t)x->route->data);
}

static struct http_route all[N_ROWS + ASSETS_MAX];

static size_t add_assets(void)
{
	size_t n;
	const struct web_asset *assets = web_assets(&n);

	if (n > ASSETS_MAX)
		die("more static files than ASSETS_MAX");
	for (size_t i = 0; i < n; i++) {
		const struct web_asset *a = assets + i;
		struct http_blob *blob =
			http_blob_new(200, a->content_type, a->body, WEB_ASSET_CACHE, false);

		if (a->gzip.n)
			http_blob_set_gzip(blob, a->gzip);
		all[N_ROWS + i] = (struct http_route){
			.path = a->path,
			.methods = HTTP_ON(HTTP_GET),
			.handle = asset_handle,
			.name = "static",
			.help = "a file compiled in",
			.data = blob,
		};
	}
	return n;
}

const struct http_route *app_routes(size_t *ret_n)
{
	static size_t n; /* built once, by the first caller, before threads start */

	if (!n) {
		memcpy(all, rows, sizeof(rows));
		n = N_ROWS + add_assets();
	}
	*ret_n = n;
	return all;
}
