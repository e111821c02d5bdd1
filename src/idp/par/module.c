/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Pushed authorization requests (RFC 9126): their table and options. The endpoint is
 * idp/oauth/par.c. */
#include "core/module.h"
#include "idp/par/pushed_request.h"

#include <stddef.h>

#define AT(member) offsetof(struct par_options, member)

struct par_options {
	int64_t lifetime; /* seconds */
	bool required;
	int64_t per_client_and_minute;
};

static const struct conf_option options[] = {
	{"par.lifetime", CONF_SECONDS, CONF_RELOAD, AT(lifetime), "90s", .min = 5, .max = 599,
		.help = "Time within which a login must begin with a pushed authorization request "
			"(RFC 9126). Once it has begun, the request can be opened again until the "
			"login is over. FAPI 2.0 allows less than 600 seconds."},
	{"par.required", CONF_BOOL, CONF_RELOAD, AT(required), "false",
		.help = "true: every client must push its authorization requests. false: only "
			"those "
			"registered with require_pushed_authorization_requests."},
	{"limits.pushed_requests_per_client_and_minute", CONF_INT, CONF_RELOAD,
		AT(per_client_and_minute), "6000", .min = 1, .max = 1000000,
		.help = "Authorization requests that one client may push in a minute; a long one "
			"counts as several. Clients without a secret are limited by IP address, "
			"with limits.logins_per_minute. Further requests get 429."},
	{.path = NULL},
};

static void par_fill(const void *own, struct settings *ret)
{
	const struct par_options *o = own;

	ret->pushed_lifetime = o->lifetime;
	ret->pushed_required = o->required;
	ret->pushed_per_client_and_minute = o->per_client_and_minute;
}

static const struct module_table tables[] = {
	{.number = TABLE_PUSHED_REQUEST,
		.name = "pushed_request",
		.record = &record_pushed_request,
		.key = "expiry, handle",
		.flags = STORE_EXPIRING},
	{.number = 0},
};

const struct module module_par = {
	.name = "par",
	.tables = tables,
	.options = options,
	.settings_size = sizeof(struct par_options),
	.fill = par_fill,
};
