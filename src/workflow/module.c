/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Changes that need a second person; those past their deadline are marked. */
#include "core/module.h"
#include "workflow/workflow.h"

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
		.key = "request id"},
	{.number = TABLE_CHANGE_REQUEST_QUEUE,
		.name = "change_request_queue",
		.key = "second it was made, request id"},
	{.number = 0},
};

const struct module module_workflow = {
	.name = "workflow",
	.tables = tables,
	.jobs = jobs,
};
