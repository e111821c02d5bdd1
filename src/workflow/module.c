/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Changes that need a second person; those past their deadline are marked. */
#include "core/module.h"
#include "workflow/workflow.h"

#include <stddef.h>

#define EXPIRE_EVERY 60  /* seconds */
#define EXPIRE_MAX   100 /* requests in one run */

static enum rc expire_in_tx(struct tx *tx, void *data)
{
	return requests_expire(tx, EXPIRE_MAX, data);
}

static enum rc expire_run(const struct app *app, struct arena *a)
{
	static const struct actor server = {.kind = ACTOR_JOB};
	size_t n;

	return tx_run(app, &server, a, expire_in_tx, &n);
}

static const struct module_job jobs[] = {
	{.name = "requests_expire", .every = EXPIRE_EVERY, .run = expire_run},
	{.name = NULL},
};

static const struct module_table tables[] = {
	{.number = TABLE_CHANGE_REQUEST,
		.name = "change_request",
		.record = &record_change_request,
		.key = "request id",
		.verify = request_verify},
	{.number = TABLE_CHANGE_REQUEST_QUEUE,
		.name = "change_request_queue",
		.key = "second it was made, request id",
		.verify = request_entry_verify},
	{.number = 0},
};

/* --- which operations need one --- */

struct workflow_options {
	struct strlist operations;
};

static const struct conf_option options[] = {
	{"approvals.operations", CONF_STRLIST, CONF_RELOAD,
		offsetof(struct workflow_options, operations), NULL, .max = 32,
		.help = "Operations that a second person must approve, besides those that always "
			"need one: client.add, client.update, client.rotate-secret, client.remove. "
			"One person alone can otherwise register another client of a system, with "
			"redirect URIs of their choice."},
	{.path = NULL},
};

static void workflow_fill(const void *own, struct settings *ret)
{
	ret->second_person = ((const struct workflow_options *)own)->operations;
}

static const struct operation *operation_named(struct str name)
{
	const struct operation *o = NULL;

	for (size_t m = 0; all_modules[m] && !o; m++)
		o = operation_find(all_modules[m]->operations, name);
	return o;
}

static void workflow_check(
	const void *own, const struct settings *all, const struct option_check *k)
{
	const struct workflow_options *o = own;

	(void)all;
	for (size_t i = 0; i < o->operations.n; i++) {
		struct str name = o->operations.v[i];
		const struct operation *found = operation_named(name);

		if (!found || !found->before)
			option_refuse(k, "approvals.operations",
				"\"%.*s\" is none that a second person can approve; write "
				"client.add, client.update, client.rotate-secret or client.remove",
				STR_FMT(name));
	}
}

const struct module module_workflow = {
	.name = "workflow",
	.options = options,
	.settings_size = sizeof(struct workflow_options),
	.fill = workflow_fill,
	.check = workflow_check,
	.tables = tables,
	.jobs = jobs,
};
