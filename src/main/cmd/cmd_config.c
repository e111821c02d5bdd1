/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pratu check-config, print-config, version. */
#include "main/commands.h"
#include "main/instance.h"
#include "main/version.h"

enum cli_exit cmd_check_config(struct cli *cli)
{
	struct config *config;
	enum cli_exit exit = instance_config(cli, &config);

	if (exit != CLI_OK)
		return exit;
	buf_add(&cli->out, buf_str(&config->warnings));
	buf_addf(&cli->out,
		config->warnings.n ? "%s: no fault, but see the warnings above\n"
				   : "%s: no fault\n",
		cli->config);
	config_free(config);
	return CLI_OK;
}

enum cli_exit cmd_print_config(struct cli *cli)
{
	struct config *config;
	enum cli_exit exit = instance_config(cli, &config);

	if (exit != CLI_OK)
		return exit;
	conf_print(config->conf, &cli->out);
	config_free(config);
	return CLI_OK;
}

enum cli_exit cmd_version(struct cli *cli)
{
	version_write(&cli->out);
	return CLI_OK;
}
