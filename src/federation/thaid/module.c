/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* ThaID: its options and their rules, and how it is set up at the start. */
#include "core/module.h"
#include "federation/thaid/thaid.h"
#include "idp/login/method.h"
#include "idp/login/steps.h"

extern const struct module module_thaid;

static void thaid_fill(const void *own, struct settings *ret)
{
	const struct thaid_options *o = own;

	if (o->client_id.n)
		ret->workers_held += o->waiting_max;
}

static void thaid_check(const void *own, const struct settings *all, const struct option_check *k)
{
	const struct thaid_options *o = own;

	(void)all;
	if (o->client_id.n && !o->client_secret)
		option_refuse(k, "thaid.client_secret",
			"is missing; name the file with our secret at ThaID");
	if (!o->client_id.n && o->client_secret)
		option_refuse(k, "thaid.client_id", "is missing; write our client id at ThaID");
}

enum rc thaid_method_open(struct auth_method *m, const struct app *app, const char **ret_why)
{
	const struct thaid_options *o = module_settings(app->settings, &module_thaid);
	struct auth_methods one = {.n = 0};
	struct thaid *t;
	enum rc rc;

	if (!o->client_id.n)
		return RC_NOT_FOUND;
	rc = thaid_new(o, app->http, &t, ret_why);
	if (rc != RC_OK)
		return rc;
	thaid_add(&one, t);
	*m = one.v[0];
	return RC_OK;
}

static const struct auth_method *const methods[] = {&auth_method_thaid, NULL};

static const struct route routes[] = {
	{
		.path = "/login/forgot/thaid",
		.methods = HTTP_ON(HTTP_GET),
		.flags = HTTP_PAGE,
		.guard = GUARD_PUBLIC,
		.run = recovery_proof_run,
		.name = "login_forgot_thaid",
		.help = "account recovery by ThaID",
	},
	{
		.path = "/upstream/thaid/callback",
		.methods = HTTP_ON(HTTP_GET),
		.flags = HTTP_PAGE,
		.guard = GUARD_PUBLIC,
		.before = method_return_before,
		.run = method_return_run,
		.blocks = method_return_blocks,
		.admission = method_return_admission,
		.name = "upstream_thaid",
		.help = "return from ThaID",
	},
	{.path = NULL},
};

const struct module module_thaid = {
	.name = "thaid",
	.options = thaid_conf_options,
	.settings_size = sizeof(struct thaid_options),
	.fill = thaid_fill,
	.check = thaid_check,
	.methods = methods,
	.routes = routes,
};
