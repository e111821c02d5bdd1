/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Client-Initiated Backchannel Authentication: portals ask people who are elsewhere. */
#include "base/array.h"
#include "core/module.h"
#include "idp/ciba/bc_authorize.h"
#include "idp/ciba/ciba_mail.h"
#include "idp/ciba/ciba_operations.h"
#include "idp/ciba/ciba_records.h"
#include "idp/ciba/grant_ciba.h"
#include "idp/ciba/pages_ciba.h"
#include "idp/ciba/ping.h"
#include "idp/ciba/requests_page.h"

#include <stddef.h>

#define FORGET_EVERY 600 /* seconds */

static const struct route routes[] = {
	{
		.path = "/oauth2/bc-authorize",
		.methods = HTTP_ON(HTTP_POST),
		.guard = GUARD_CLIENT,
		.run = bc_authorize_run,
		.name = "bc_authorize",
		.help = "backchannel authentication endpoint (CIBA Core 7)",
		.metadata = "backchannel_authentication_endpoint",
	},
	{
		.path = "/account/requests",
		.methods = HTTP_ON(HTTP_GET),
		.flags = HTTP_PAGE,
		.guard = GUARD_SELF,
		.run = ciba_list_run,
		.name = "account_requests",
		.help = "account pages: what portals ask of the person, who is elsewhere",
	},
	{
		.path = "/account/requests/one",
		.methods = HTTP_ON(HTTP_GET),
		.flags = HTTP_PAGE,
		.guard = GUARD_SELF,
		.page_of = ciba_page_of,
		.run = ciba_request_run,
		.name = "account_request",
		.help = "one request: what it says, and the buttons that answer it",
	},
	{
		.path = "/account/requests/answer",
		.methods = HTTP_ON(HTTP_POST),
		.flags = HTTP_PAGE,
		.guard = GUARD_SELF,
		.page_of = ciba_page_of,
		.run = ciba_answer_run,
		.name = "account_request_answer",
		.help = "approves or refuses a request, or says that it was not the person's",
	},
	{
		.path = "/account/requests/code",
		.methods = HTTP_ON(HTTP_POST),
		.flags = HTTP_PAGE,
		.guard = GUARD_SELF,
		.login = LOGIN_FRESH,
		.page = "/account/requests",
		.run = ciba_code_run,
		.name = "account_request_code",
		.help = "sets the code without which no portal can ask the person, or removes it",
	},
	{.path = NULL},
};

static const struct page_type *const pages[] = {
	&web_page_ciba_list,
	&web_page_ciba_request,
	NULL,
};

static const struct text_type *const texts[] = {&text_ciba_mail, NULL};

static const struct nav_item nav[] = {
	{"requests", "/account/requests", NULL},
	{.name = NULL},
};

static const struct module_job jobs[] = {
	{.name = "ciba_forget", .every = FORGET_EVERY, .run = ciba_forget_job},
	{.name = NULL},
};

#define AT(member) offsetof(struct ciba_settings, member)
static const struct conf_option options[] = {
	{"ciba.request_lifetime", CONF_SECONDS, CONF_RELOAD, AT(lifetime), "5m", .min = 10,
		.max = CIBA_LIFETIME_MAX,
		.help = "Time that a person has to answer the request of a portal (CIBA) that "
			"names no other time; a portal may ask for up to 10 minutes."},
	{"ciba.interval", CONF_SECONDS, CONF_RELOAD, AT(interval), "5s", .min = 1, .max = 60,
		.help = "Time a portal must wait between two polls."},
	{"ciba.requests_per_minute", CONF_INT, CONF_RELOAD, AT(requests_per_minute), "120",
		.min = 1, .max = 1000000,
		.help = "Requests that one portal may make in a minute, whomever it asks for."},
	{"ciba.unanswered_limit", CONF_INT, CONF_RELOAD, AT(unanswered), "5", .min = 1, .max = 100,
		.help = "After this many requests in a row that a person ignored or refused, the "
			"portal's requests to that person are refused for `block`."},
	{"ciba.block", CONF_SECONDS, CONF_RELOAD, AT(block), "1h", .min = 60, .max = 86400,
		.help = "Time for which they are refused."},
	{.path = NULL},
};
#undef AT

static void ciba_fill(const void *own, struct settings *ret)
{
	ret->ciba = *(const struct ciba_settings *)own;
}

/* CIBA Core 4. */
static void write_metadata(const struct app *app, struct json_writer *out)
{
	static const struct str modes[] = {STR_INIT("poll"), STR_INIT("ping")};
	static const struct str algs[] = {STR_INIT("ES256"), STR_INIT("PS256")};

	(void)app;
	json_add_strlist(out, "backchannel_token_delivery_modes_supported",
		(struct strlist){modes, ARRAY_LEN(modes)});
	json_add_strlist(out, "backchannel_authentication_request_signing_alg_values_supported",
		(struct strlist){algs, ARRAY_LEN(algs)});
	json_add_bool(out, "backchannel_user_code_parameter_supported", true);
}

/* --- the running server: the threads that notify clients --- */

static enum rc ciba_open(struct app *app, void **own, const char **ret_why)
{
	(void)ret_why;
	*own = ciba_pinger_new(app);
	return RC_OK;
}

static enum rc ciba_start(struct app *app, void *own, const char **ret_why)
{
	(void)app;
	(void)ret_why;
	ciba_pinger_start(own);
	return RC_OK;
}

static void ciba_stopping(struct app *app, void *own)
{
	(void)app;
	ciba_pinger_stopping(own);
}

static void ciba_stop(struct app *app, void *own)
{
	(void)app;
	ciba_pinger_stop(own);
}

static void ciba_close(struct app *app, void *own)
{
	(void)app;
	ciba_pinger_free(own);
}

const struct module module_ciba = {
	.name = "ciba",
	.routes = routes,
	.grants = ciba_grants,
	.metadata = write_metadata,
	.pages = pages,
	.texts = texts,
	.nav = nav,
	.tables = ciba_tables,
	.operations = ciba_operations,
	.commands = ciba_commands,
	.jobs = jobs,
	.options = options,
	.settings_size = sizeof(struct ciba_settings),
	.fill = ciba_fill,
	.open = ciba_open,
	.start = ciba_start,
	.stopping = ciba_stopping,
	.stop = ciba_stop,
	.close = ciba_close,
};
