/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How clients authenticate themselves: the guard of their endpoints, and what it needs. */
#include "core/module.h"
#include "idp/client/client_assertion.h"
#include "idp/client/client_auth.h"
#include "idp/client/client_keys.h"

extern const struct module module_client;

static void client_fill(const void *own, struct settings *ret)
{
	(void)own;
	ret->workers_held += (int64_t)client_keys_places(ret->workers);
}

static enum rc client_open(struct app *app, void **own, const char **ret_why)
{
	(void)ret_why;
	*own = app->client_keys = client_keys_new(app);
	return RC_OK;
}

static void client_close(struct app *app, void *own)
{
	app->client_keys = NULL;
	client_keys_free(own);
}

const struct module module_client = {
	.name = "client",
	.guards = client_guards,
	.tables = client_assertion_tables,
	.fill = client_fill,
	.open = client_open,
	.close = client_close,
};
