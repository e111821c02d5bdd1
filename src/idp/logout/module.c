/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Portals are notified when a session ends: the queue, its senders, and the page after signing out.
 */
#include "base/die.h"
#include "core/module.h"
#include "idp/logout/delivery.h"
#include "idp/logout/logout_commands.h"
#include "idp/logout/queue.h"
#include "idp/logout/signed_out.h"

extern const struct module module_logout;

struct logout_settings {
	int64_t senders, timeout; /* timeout: seconds */
};

#define AT(member) offsetof(struct logout_settings, member)
static const struct conf_option options[] = {
	{"logout.senders", CONF_INT, 0, AT(senders), "8", .min = 2, .max = LOGOUT_SENDERS_MAX,
		.help = "Number of portals that are notified at once that a session ended "
			"(back-channel "
			"logout). Portals that do not answer get half of them at most."},
	{"logout.timeout", CONF_SECONDS, 0, AT(timeout), "5s", .min = 1, .max = 30,
		.help = "Time limit for notifying one portal, from the search for its host to the "
			"end of its answer."},
	{.path = NULL},
};
#undef AT

static const struct route routes[] = {
	{
		.path = "/signed-out",
		.methods = HTTP_ON(HTTP_GET),
		.flags = HTTP_PAGE,
		.guard = GUARD_PUBLIC,
		.run = signed_out_run,
		.name = "signed_out",
		.help = "what became of a sign-out, portal by portal",
	},
	{.path = NULL},
};

static const struct page_type *const pages[] = {&web_page_logged_out, NULL};

/* Not in the download of a person's data: ids on their way for hours, of what the trail says. */
static const struct module_table tables[] = {
	{.number = TABLE_LOGOUT,
		.name = "logout",
		.record = &record_logout_delivery,
		.key = "expiry, sid, client id",
		.flags = STORE_EXPIRING,
		.verify = logout_verify},
	{.number = TABLE_LOGOUT_DUE,
		.name = "logout_due",
		.key = "client id, moment it is due, delivery",
		.verify = logout_due_verify},
	{.number = TABLE_SIGNED_OUT,
		.name = "signed_out",
		.record = &record_signed_out,
		.key = "expiry, handle",
		.flags = STORE_EXPIRING},
	{.number = 0},
};

/* --- the running server --- */

static void logout_committed(const struct app *app, const struct store_batch *batch)
{
	struct logout_queue *q = module_own(app, &module_logout);

	if (q && (store_batch_writes(batch, TABLE_SESSION_ENDED) ||
			 store_batch_writes(batch, TABLE_ACCESS_RECHECK)))
		logout_queue_wake(q);
}

static enum rc logout_open(struct app *app, void **own, const char **ret_why)
{
	const struct logout_settings *s = module_settings(app->settings, &module_logout);

	(void)ret_why;
	*own = logout_queue_new(&(const struct logout_queue_options){.app = app,
		.post = portal_post,
		.post_data = app->outgoing,
		.senders = (int)s->senders,
		.timeout_ms = s->timeout * 1000,
		.scan_ms = LOGOUT_SCAN_MS});
	app_committed_add(app, logout_committed);
	return RC_OK;
}

static enum rc logout_start(struct app *app, void *own, const char **ret_why)
{
	(void)app;
	(void)ret_why;
	logout_queue_start(own);
	return RC_OK;
}

static void logout_stopping(struct app *app, void *own)
{
	(void)app;
	logout_queue_stopping(own);
}

static void logout_stop(struct app *app, void *own)
{
	if (!logout_queue_stop(own, app->stop_by))
		app->left_behind = true;
}

static void logout_close(struct app *app, void *own)
{
	app_committed_remove(app, logout_committed);
	logout_queue_free(own);
}

const struct module module_logout = {
	.name = "logout",
	.routes = routes,
	.pages = pages,
	.tables = tables,
	.operations = logout_operations,
	.commands = logout_commands,
	.options = options,
	.settings_size = sizeof(struct logout_settings),
	.open = logout_open,
	.start = logout_start,
	.stopping = logout_stopping,
	.stop = logout_stop,
	.close = logout_close,
};
