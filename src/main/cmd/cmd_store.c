/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pratu store ...: what the database says of itself. */
#include "main/commands.h"
#include "main/instance.h"
#include "main/version.h"

enum cli_exit cmd_store_info(struct cli *cli)
{
	struct instance instance;
	enum cli_exit exit = instance_open(cli, INSTANCE_READ, &instance);
	struct str by;

	if (exit != CLI_OK)
		return exit;
	by = store_written_by(instance.store);
	buf_addf(&cli->out, "directory: %.*s\nformat: %d\nwritten last by: ",
		STR_FMT(instance.config->v->store_directory), STORE_FORMAT);
	buf_add(&cli->out, by.n ? by : STR("a version before 0.2.0"));
	buf_addf(&cli->out, "\nthis program: %s\n", version_program());
	instance_close(&instance);
	return CLI_OK;
}
