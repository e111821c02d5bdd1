/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pratu store verify: everything in the database, read once. store info: what it says of itself. */
#include "audit/verify.h"
#include "core/tables_verify.h"
#include "main/commands.h"
#include "main/instance.h"
#include "main/version.h"

#define KEY_SHOWN 64u /* bytes of a key */

static void print_table_fault(void *data, const struct tables_fault *fault)
{
	(void)data;
	fprintf(stderr, "table %s", fault->table);
	if (fault->key.n)
		fprintf(stderr, ", key ");
	for (size_t i = 0; i < fault->key.n && i < KEY_SHOWN; i++)
		fprintf(stderr, "%02x", (unsigned char)fault->key.p[i]);
	fprintf(stderr, ": %s\n", fault->text);
}

static bool print_event_fault(void *data, const struct audit_fault *fault)
{
	(void)data;
	fprintf(stderr, "event %llu: %s: %s\n", (unsigned long long)fault->number,
		audit_fault_name(fault->kind), fault->text);
	return true;
}

static enum rc verify_trail(const struct instance *instance, struct audit_report *ret)
{
	struct audit_key key = audit_key_make(instance->vault.audit);
	struct audit_verify_options options = {
		.keys = &key, .n_keys = 1, .fault = print_event_fault};
	enum rc rc = audit_verify(
		instance->store, (struct audit_place){TABLE_AUDIT, TABLE_META}, &options, ret);

	explicit_bzero(&key, sizeof(key));
	return rc;
}

static enum rc verify_both(
	const struct instance *instance, struct tables_report *tables, struct audit_report *trail)
{
	enum rc rc = tables_verify(&instance->app, print_table_fault, NULL, tables);
	enum rc of_trail;

	if (rc != RC_OK && rc != RC_CORRUPT)
		return rc;
	of_trail = verify_trail(instance, trail);
	return of_trail == RC_OK ? rc : of_trail;
}

enum cli_exit cmd_store_verify(struct cli *cli)
{
	struct tables_report tables = {.tables = 0};
	struct audit_report trail = {.records = 0};
	struct instance instance;
	enum cli_exit exit = instance_open(cli, INSTANCE_READ, &instance);
	enum rc rc;

	if (exit != CLI_OK)
		return exit;
	rc = verify_both(&instance, &tables, &trail);
	instance_close(&instance);
	if (rc != RC_OK && rc != RC_CORRUPT)
		return instance_fail(cli, "the database", rc);
	buf_addf(&cli->out,
		"%llu tables, %llu records, %llu of them without a checksum (written by an older "
		"version); %llu events; %llu faults\n",
		(unsigned long long)tables.tables, (unsigned long long)tables.records,
		(unsigned long long)tables.without_sum, (unsigned long long)trail.records,
		(unsigned long long)(tables.faults + trail.faults));
	return rc == RC_OK ? CLI_OK : cli_fail(cli, "the database is not whole");
}

/* What takes the room: tables that hold something. */
static enum rc write_tables(const struct instance *instance, struct buf *out)
{
	__attribute__((cleanup(store_snapshot_endp))) struct store_snapshot *snap = NULL;
	enum rc rc = store_snapshot_begin(instance->store, &snap);

	buf_add_c(out, "tables (records, bytes):\n");
	for (int number = 1; rc == RC_OK && number <= STORE_TABLES_MAX; number++) {
		const struct module_table *t = module_table_find(number);
		uint64_t records = 0, bytes = 0;

		if (t)
			rc = store_count(snap, number, &records);
		if (t && rc == RC_OK)
			rc = store_bytes(snap, number, &bytes);
		if (records)
			buf_addf(out, "  %s: %llu, %llu\n", t->name, (unsigned long long)records,
				(unsigned long long)bytes);
	}
	return rc;
}

enum cli_exit cmd_store_info(struct cli *cli)
{
	struct instance instance;
	enum cli_exit exit = instance_open(cli, INSTANCE_READ, &instance);
	struct str by;
	enum rc rc;

	if (exit != CLI_OK)
		return exit;
	by = store_written_by(instance.store);
	buf_addf(&cli->out, "directory: %.*s\nformat: %d\nwritten last by: ",
		STR_FMT(instance.config->v->store_directory), STORE_FORMAT);
	buf_add(&cli->out, by.n ? by : STR("a version before 0.2.0"));
	buf_addf(&cli->out, "\nthis program: %s\n", version_program());
	rc = write_tables(&instance, &cli->out);
	instance_close(&instance);
	return rc == RC_OK ? CLI_OK : instance_fail(cli, "the database", rc);
}
