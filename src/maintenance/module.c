/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What keeps the store and the audit trail in order: expired records go, the trail is signed. */
#include "audit/checkpoint.h"
#include "base/die.h"
#include "core/audit_fold.h"
#include "core/event.h"
#include "core/module.h"
#include "maintenance/sweeper.h"
#include "obs/log.h"

#include <stdlib.h>

#define CHECKPOINT_LOOK   10 /* seconds */
#define FOLD_LOOK         30 /* seconds */
#define CHECKPOINT_EVENTS 10000

extern const struct module module_maintenance;

/* --- options --- */

struct maintenance_options {
	int64_t sweep_interval, checkpoint_interval; /* seconds */
};

#define AT(member) offsetof(struct maintenance_options, member)
static const struct conf_option options[] = {
	{"jobs.sweep_interval", CONF_SECONDS, 0, AT(sweep_interval), "15s", .min = 1, .max = 3600,
		.help = "Interval at which expired records are removed."},
	{"jobs.audit_checkpoint_interval", CONF_SECONDS, 0, AT(checkpoint_interval), "1h",
		.min = 60, .max = 7 * 86400,
		.help = "Interval at which the audit trail is signed, if it has grown."},
	{.path = NULL},
};

static const struct maintenance_options *options_of(const struct app *app)
{
	return module_settings(app->settings, &module_maintenance);
}

/* --- tables --- */

/* What does not fit is counted, as for grants. */
static enum rc export_events(struct tx *tx, struct str person, struct json_writer *out)
{
	struct event_list list = {.n = 0};
	size_t total = 0;
	enum rc rc =
		events_page(tx->snap, tx->a, person, tx->now, 0, DATA_EVENTS_MAX, &list, &total);

	json_write_key(out, "events");
	json_write_array(out);
	for (size_t i = 0; rc == RC_OK && i < list.n; i++) {
		json_write_object(out);
		json_add_str(out, "event", list.v[i].name);
		field_to_json(&record_event, list.v + i, out);
		json_write_object_end(out);
	}
	json_write_array_end(out);
	if (total > list.n)
		json_add_i64(out, "events_left_out", (int64_t)(total - list.n));
	return rc;
}

static const struct module_table tables[] = {
	{.number = TABLE_META, .name = "meta", .key = "a word"},
	{.number = TABLE_AUDIT,
		.name = "audit",
		.key = "number",
		.flags = STORE_LOG,
		.seal = audit_seal},
	{.number = TABLE_EVENT,
		.name = "event",
		.record = &record_event,
		.key = "expiry, person id, moment, name of the event",
		.flags = STORE_EXPIRING,
		.personal = true,
		.export_members = export_events},
	{.number = TABLE_AUDIT_FOLD,
		.name = "audit_fold",
		.record = &record_audit_fold,
		.key = "expiry, keyed hash of what the events have in common, random",
		.flags = STORE_EXPIRING},
	{.number = 0},
};

/* --- jobs --- */

struct checkpoint_job {
	struct audit_checkpoint_request request;
	struct audit_checkpoint made;
};

static enum rc checkpoint_attempt(struct tx *tx, void *data)
{
	struct checkpoint_job *job = data;

	job->request.now_ms = tx->now_ms;
	return audit_checkpoint_add(tx->snap, tx->batch, tx->a, &job->request, &job->made);
}

static enum rc checkpoint(
	const struct app *app, struct arena *a, struct audit_checkpoint_policy policy)
{
	static const struct actor server = {.kind = ACTOR_JOB, .id = STR_INIT("server")};
	struct audit_key key = audit_key_make(app->vault->audit);
	struct checkpoint_job job = {
		.request = {.place = {TABLE_AUDIT, TABLE_META}, .key = &key, .policy = policy}};
	enum rc rc = tx_run(app, &server, a, checkpoint_attempt, &job);

	explicit_bzero(&key, sizeof(key));
	if (rc == RC_OK)
		audit_checkpoint_log(&job.made);
	return rc;
}

static enum rc sign_trail(const struct app *app, struct arena *a)
{
	return checkpoint(app, a,
		(struct audit_checkpoint_policy){
			CHECKPOINT_EVENTS, options_of(app)->checkpoint_interval * 1000});
}

static enum rc report_omitted_lines(const struct app *app, struct arena *a)
{
	(void)app;
	(void)a;
	log_report_omitted();
	return RC_OK;
}

static const struct module_job jobs[] = {
	{.name = "log_omitted", .every = 1, .run = report_omitted_lines},
	{.name = "audit_fold", .every = FOLD_LOOK, .run = audit_fold_job},
	{.name = "audit_checkpoint", .every = CHECKPOINT_LOOK, .run = sign_trail},
	{.name = NULL},
};

struct maintenance {
	struct sweeper *sweeper;
};

static enum rc maintenance_open(struct app *app, void **own, const char **ret_why)
{
	(void)app;
	(void)ret_why;
	*own = xcalloc(1, sizeof(struct maintenance));
	return RC_OK;
}

static enum rc maintenance_start(struct app *app, void *own, const char **ret_why)
{
	struct maintenance *m = own;

	(void)ret_why;
	m->sweeper = sweeper_start(app, options_of(app)->sweep_interval);
	return RC_OK;
}

/* The trail's end is signed at the stop, when no other module writes any more. */
static void maintenance_stop(struct app *app, void *own)
{
	struct arena *a __attribute__((cleanup(arena_freep))) = arena_new(ARENA_MAX);
	struct maintenance *m = own;
	enum rc rc;

	sweeper_stop(m->sweeper);
	m->sweeper = NULL;
	rc = checkpoint(app, a, (struct audit_checkpoint_policy){1, 0});
	if (rc != RC_OK)
		log_emit(LOG_EVENT_JOB_FAILED, LOG_C("job", "audit_checkpoint"), LOG_RC(rc));
	log_report_omitted();
}

static void maintenance_close(struct app *app, void *own)
{
	(void)app;
	free(own);
}

const struct module module_maintenance = {
	.name = "maintenance",
	.tables = tables,
	.jobs = jobs,
	.options = options,
	.settings_size = sizeof(struct maintenance_options),
	.open = maintenance_open,
	.start = maintenance_start,
	.stop = maintenance_stop,
	.close = maintenance_close,
};
