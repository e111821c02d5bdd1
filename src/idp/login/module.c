/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The login: its steps, account recovery, the return from another provider. */
#include "core/module.h"
#include "core/page.h"
#include "idp/challenge/otp_record.h"
#include "idp/challenge/challenge_text.h"
#include "idp/login/login_record.h"
#include "idp/login/method.h"
#include "idp/login/new_secret.h"
#include "idp/login/pages_factor.h"
#include "idp/login/pages_login.h"
#include "idp/login/pages_outcome.h"
#include "idp/login/pages_recovery.h"
#include "idp/login/recovery_mailer.h"
#include "idp/login/recovery_records.h"
#include "idp/login/steps.h"
#include "idp/login/visit.h"

#define GET_POST (HTTP_ON(HTTP_GET) | HTTP_ON(HTTP_POST))

static const struct route routes[] = {
	{
		.path = "/login",
		.methods = HTTP_ON(HTTP_GET),
		.flags = HTTP_PAGE,
		.guard = GUARD_PUBLIC,
		.after_forms = true,
		.run = login_run,
		.name = "login",
		.help = "the page of the current login step",
	},
	{
		.path = "/login/upstream",
		.methods = HTTP_ON(HTTP_POST),
		.flags = HTTP_PAGE,
		.guard = GUARD_PUBLIC,
		.run = method_begin_run,
		.name = "login_upstream",
		.help = "redirects to another provider (ThaID)",
	},
	{
		.path = "/login/code/send",
		.methods = HTTP_ON(HTTP_POST),
		.flags = HTTP_PAGE,
		.guard = GUARD_PUBLIC,
		.run = method_choose_run,
		.name = "login_code_send",
		.help = "sends a one-time code",
	},
	{
		.path = "/login/email",
		.methods = HTTP_ON(HTTP_POST),
		.flags = HTTP_PAGE,
		.guard = GUARD_PUBLIC,
		.run = enrol_email_run,
		.name = "login_email",
		.help = "takes an email address to add, if none is verified yet",
	},
	{
		.path = "/login/email/code",
		.methods = HTTP_ON(HTTP_POST),
		.flags = HTTP_PAGE,
		.guard = GUARD_PUBLIC,
		.before = enrol_email_otp_before,
		.blocks = enrol_email_otp_blocks,
		.run = enrol_email_otp_run,
		.body_max = WAITING_BODY_MAX,
		.name = "login_email_code",
		.help = "verifies the code sent to the new email address",
	},
	{
		.path = "/login/email/send",
		.methods = HTTP_ON(HTTP_POST),
		.flags = HTTP_PAGE,
		.guard = GUARD_PUBLIC,
		.run = enrol_email_send_run,
		.name = "login_email_send",
		.help = "sends another code to that address or number",
	},
	{
		.path = "/login/email/other",
		.methods = HTTP_ON(HTTP_POST),
		.flags = HTTP_PAGE,
		.guard = GUARD_PUBLIC,
		.run = enrol_email_other_run,
		.name = "login_email_other",
		.help = "returns to the choice of an email address",
	},
	{
		.path = "/login/email/skip",
		.methods = HTTP_ON(HTTP_POST),
		.flags = HTTP_PAGE,
		.guard = GUARD_PUBLIC,
		.run = enrol_email_skip_run,
		.name = "login_email_skip",
		.help = "postpones adding an email address",
	},
	{
		.path = "/login/change",
		.methods = HTTP_ON(HTTP_POST),
		.flags = HTTP_PAGE | HTTP_LOW_PRIORITY,
		.guard = GUARD_PUBLIC,
		.before = change_before,
		.blocks = change_blocks,
		.run = change_run,
		.admission = new_secret_admission,
		.body_max = WAITING_BODY_MAX,
		.name = "login_change",
		.help = "the new password",
	},
	{
		.path = "/login/again",
		.methods = HTTP_ON(HTTP_POST),
		.flags = HTTP_PAGE,
		.guard = GUARD_PUBLIC,
		.run = login_again_run,
		.name = "login_again",
		.help = "another way to log in",
	},
	{
		.path = "/login/forgot",
		.methods = GET_POST,
		.flags = HTTP_PAGE,
		.guard = GUARD_PUBLIC,
		.run = recovery_request_run,
		.name = "login_forgot",
		.help = "starts account recovery",
	},
	{
		.path = "/reset",
		.methods = HTTP_ON(HTTP_GET),
		.flags = HTTP_PAGE | HTTP_OWN_WINDOW,
		.guard = GUARD_PUBLIC,
		.run = recovery_link_run,
		.name = "reset",
		.help = "the link in a recovery mail",
	},
	{
		.path = "/reset/begin",
		.methods = HTTP_ON(HTTP_POST),
		.flags = HTTP_PAGE | HTTP_OWN_WINDOW,
		.guard = GUARD_PUBLIC,
		.run = recovery_begin_run,
		.name = "reset_begin",
		.help = "confirms the link",
	},
	{
		.path = "/login/account",
		.methods = HTTP_ON(HTTP_POST),
		.flags = HTTP_PAGE,
		.guard = GUARD_PUBLIC,
		.run = login_account_run,
		.name = "login_account",
		.help = "the chosen account",
	},
	{
		.path = "/login/consent",
		.methods = HTTP_ON(HTTP_POST),
		.flags = HTTP_PAGE,
		.guard = GUARD_PUBLIC,
		.run = login_consent_run,
		.name = "login_consent",
		.help = "gives or refuses consent",
	},
	{
		.path = "/login/approve",
		.methods = HTTP_ON(HTTP_POST),
		.flags = HTTP_PAGE,
		.guard = GUARD_PUBLIC,
		.run = login_approve_run,
		.name = "login_approve",
		.help = "agrees to authorization details, or refuses them",
	},
	{
		.path = "/login/cancel",
		.methods = HTTP_ON(HTTP_GET),
		.flags = HTTP_PAGE,
		.guard = GUARD_PUBLIC,
		.run = login_cancel_run,
		.name = "login_cancel",
		.help = "cancels the login and returns to the portal",
	},
	{
		.path = "/login/sign-out",
		.methods = HTTP_ON(HTTP_POST),
		.flags = HTTP_PAGE,
		.guard = GUARD_PUBLIC,
		.run = login_sign_out_run,
		.name = "login_sign_out",
		.help = "ends the session of the browser; the login goes on with somebody else",
	},
	{
		.path = "/upstream/",
		.methods = HTTP_ON(HTTP_GET),
		.flags = HTTP_PREFIX | HTTP_PAGE,
		.guard = GUARD_PUBLIC,
		.before = method_return_before,
		.run = method_return_run,
		.blocks = method_return_blocks,
		.admission = method_return_admission,
		.name = "upstream",
		.help = "return from another provider: NAME/callback behind it",
	},
	{
		.path = "/login/m/",
		.methods = GET_POST,
		.flags = HTTP_PREFIX | HTTP_PAGE | HTTP_LOW_PRIORITY,
		.guard = GUARD_PUBLIC,
		.before = method_form_before,
		.run = method_route_run,
		.blocks = method_route_blocks,
		.admission = method_form_admission,
		.body_max = WAITING_BODY_MAX,
		.name = "login_method",
		.help = "a step of an authentication method: its NAME behind it",
	},
	{
		.path = "/language",
		.methods = HTTP_ON(HTTP_GET),
		.flags = HTTP_PAGE,
		.guard = GUARD_PUBLIC,
		.run = language_run,
		.name = "language",
		.help = "the language switch",
	},
	{.path = NULL},
};

static const struct page_type *const pages[] = {
	&web_page_login,
	&web_page_restart,
	&web_page_consent,
	&web_page_approve,
	&web_page_select_account,
	&web_page_no_grant,
	&web_page_grant_expired,
	&web_page_unknown_person,
	&web_page_account_disabled,
	&web_page_second_factor,
	&web_page_otp,
	&web_page_second_factor_unavailable,
	&web_page_change,
	&web_page_enrol_email,
	&web_page_recovery_request,
	&web_page_recovery,
	&web_page_wait,
	NULL,
};

static const struct module_table tables[] = {
	{.number = TABLE_LOGIN,
		.name = "interaction",
		.record = &record_login,
		.key = "expiry, handle",
		.flags = STORE_EXPIRING},
	{.number = TABLE_OTP, .name = "otp", .record = &record_otp, .key = "person id, purpose"},
	{.number = TABLE_RECOVERY_LINK,
		.name = "reset",
		.record = &record_recovery_link,
		.key = "expiry, handle",
		.flags = STORE_EXPIRING},
	{.number = TABLE_RECOVERY_LATEST,
		.name = "reset_latest",
		.record = &record_recovery_latest,
		.key = "account id"},
	{.number = TABLE_RECOVERY_REQUEST,
		.name = "reset_ask",
		.record = &record_recovery_request,
		.key = "expiry, id",
		.flags = STORE_EXPIRING},
	{.number = 0},
};

static const struct text_type *const texts[] = {
	&text_otp_mail, &text_otp_sms, &text_recovery_mail, NULL};

static enum rc login_open(struct app *app, void **own, const char **ret_why)
{
	(void)ret_why;
	*own = recovery_mailer_new(app, app->throttle);
	return RC_OK;
}

static enum rc login_start(struct app *app, void *own, const char **ret_why)
{
	(void)app;
	(void)ret_why;
	recovery_mailer_start(own);
	return RC_OK;
}

static void login_stop(struct app *app, void *own)
{
	(void)app;
	recovery_mailer_stop(own);
}

static void login_close(struct app *app, void *own)
{
	(void)app;
	recovery_mailer_free(own);
}

/* --- options --- */

struct login_options {
	int64_t reauthentication_max_age, cooling_off; /* seconds */
};

#define AT(member) offsetof(struct login_options, member)
static const struct conf_option options[] = {
	{"login.reauthentication_max_age", CONF_SECONDS, CONF_RELOAD, AT(reauthentication_max_age),
		"10m", .min = 60, .max = 3600,
		.help = "Account pages require a login at most this old to change an email "
			"address, mobile number, password or authentication method. Otherwise the "
			"person logs in again first."},
	{"recovery.cooling_off", CONF_SECONDS, CONF_RELOAD, AT(cooling_off), "24h",
		.max = 30 * 86400,
		.help = "A changed email address or mobile number cannot be used for account "
			"recovery until this time has passed."},
	{.path = NULL},
};

static void login_fill(const void *own, struct settings *ret)
{
	const struct login_options *o = own;

	ret->reauthentication_max_age = o->reauthentication_max_age;
	ret->cooling_off = o->cooling_off;
}

const struct module module_login = {
	.name = "login",
	.routes = routes,
	.pages = pages,
	.texts = texts,
	.guards = login_guards,
	.tables = tables,
	.options = options,
	.settings_size = sizeof(struct login_options),
	.fill = login_fill,
	.open = login_open,
	.start = login_start,
	.stop = login_stop,
	.close = login_close,
};
