/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pratu backup, restore: copies of the database. */
#include "main/commands.h"
#include "main/instance.h"
#include "main/version.h"
#include "base/clock.h"

enum cli_exit cmd_backup(struct cli *cli)
{
	struct instance instance;
	enum cli_exit exit = instance_open(cli, INSTANCE_READ, &instance);
	enum rc rc;

	if (exit != CLI_OK)
		return exit;
	rc = store_copy(instance.store, cli->arguments[0]);
	instance_close(&instance);
	if (rc == RC_EXISTS)
		return cli_fail(
			cli, "%s holds a database; name an empty directory", cli->arguments[0]);
	if (rc == RC_CONFLICT)
		return cli_fail(cli, "another backup is being written to %s", cli->arguments[0]);
	if (rc != RC_OK)
		return instance_fail(cli, cli->arguments[0], rc);
	buf_addf(&cli->out, "%s: complete. The master key is not in it.\n", cli->arguments[0]);
	return CLI_OK;
}

static enum cli_exit open_backup(const struct cli *cli, struct store **ret)
{
	struct store_refusal refusal = {.kind = STORE_REFUSED_OTHERWISE};
	struct store_lmdb_options options = {.directory = cli->arguments[0],
		.map_bytes = 1 << 30,
		.map_bytes_max = INT64_C(1) << 40,
		.max_readers = 16,
		.read_only = true,
		.any_mode = true,
		.program = version_program(),
		.refusal = &refusal};
	enum rc rc = store_open_lmdb(app_schema(), &clock_system, &options, ret);

	return rc == RC_OK ? CLI_OK : instance_refused(cli, cli->arguments[0], rc, &refusal);
}

/* A backup made under another master key would be of no use here. */
static enum rc check_master_key(struct cli *cli, struct store *backup, const struct config *config)
{
	struct store_snapshot *snap __attribute__((cleanup(store_snapshot_endp))) = NULL;
	struct vault vault;
	struct keys keys;
	enum rc rc = store_snapshot_begin(backup, &snap);

	if (rc != RC_OK)
		return rc;
	vault_open(config->v->master_key, &vault);
	rc = keys_read(snap, cli->arena, &vault, NULL, &keys);
	vault_close(&vault);
	if (rc == RC_OK)
		keys_done(&keys);
	return rc;
}

static enum cli_exit restore(struct cli *cli, struct store *backup, const struct config *config)
{
	const char *to = str_dup_c(cli->arena, config->v->store_directory);
	enum rc rc = check_master_key(cli, backup, config);

	if (rc == RC_CORRUPT)
		return cli_end(cli, CLI_FOREIGN,
			"%s: it is damaged, or of another master key than this configuration has",
			cli->arguments[0]);
	if (rc != RC_OK)
		return instance_fail(cli, cli->arguments[0], rc);
	rc = store_copy(backup, to);
	if (rc == RC_CONFLICT)
		return cli_fail(cli, "another restore to %s is under way", to);
	if (rc == RC_EXISTS)
		return cli_fail(cli,
			"%s holds a database already; stop the server and move that away first",
			to);
	if (rc != RC_OK)
		return instance_fail(cli, to, rc);
	buf_addf(&cli->out, "%s: restored from %s\n", to, cli->arguments[0]);
	return CLI_OK;
}

enum cli_exit cmd_restore(struct cli *cli)
{
	struct config *config;
	struct store *backup;
	enum cli_exit exit = instance_config(cli, &config);

	if (exit != CLI_OK)
		return exit;
	exit = instance_check_owner(cli, config);
	if (exit == CLI_OK)
		exit = open_backup(cli, &backup);
	if (exit == CLI_OK) {
		exit = restore(cli, backup, config);
		store_close(backup);
	}
	config_free(config);
	return exit;
}
