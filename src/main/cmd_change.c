/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pratu person|account suspend|resume, grant end: single changes. */
#include "main/commands.h"
#include "main/site.h"
#include "rights/changes.h"

/* The command's last word says which way. */
static enum status wanted(const struct cli *cli)
{
	return str_ends(str_c(cli->command->name), STR("suspend")) ? STATUS_SUSPENDED
								   : STATUS_ACTIVE;
}

static enum cli_exit said(struct cli *cli, const char *what, enum rc rc)
{
	if (rc == RC_EXISTS)
		buf_addf(&cli->out, "%s: it is so already\n", what);
	if (rc == RC_OK || rc == RC_EXISTS)
		return CLI_OK;
	return site_fail(cli, what, rc);
}

enum cli_exit cmd_person_status(struct cli *cli)
{
	struct site site;
	enum cli_exit exit = site_open(cli, SITE_WRITE, &site);
	enum rc rc;

	if (exit != CLI_OK)
		return exit;
	rc = person_set_status(&site.rights, cli->arena, str_c(cli->arguments[0]), wanted(cli),
		str_c(cli_value(cli, "reason")));
	site_close(&site);
	return said(cli, cli->arguments[0], rc);
}

enum cli_exit cmd_account_status(struct cli *cli)
{
	struct site site;
	enum cli_exit exit = site_open(cli, SITE_WRITE, &site);
	enum rc rc;

	if (exit != CLI_OK)
		return exit;
	rc = account_set_status(&site.rights, cli->arena, str_c(cli->arguments[0]), wanted(cli),
		str_c(cli_value(cli, "reason")));
	site_close(&site);
	return said(cli, cli->arguments[0], rc);
}

/* The grant the command names. */
static enum rc name_grant(struct cli *cli, const struct site *site, struct grant *ret)
{
	struct store_snapshot *snap __attribute__((cleanup(store_snapshot_endp))) = NULL;
	const char *person = cli_value(cli, "person");
	struct account account;
	enum rc rc = store_snapshot_begin(site->store, &snap);

	*ret = (struct grant){.subject_kind = GRANT_PERSON,
		.subject = str_c(person),
		.system = str_c(cli->arguments[0]),
		.role = str_c(cli->arguments[1]),
		.office = str_c(cli->arguments[2])};
	if (rc != RC_OK || person)
		return rc;
	rc = account_by_name(snap, cli->arena, str_c(cli_value(cli, "account")), &account, NULL);
	if (rc != RC_OK)
		return rc;
	ret->subject_kind = GRANT_ACCOUNT;
	ret->subject = str_dup(cli->arena, account.id);
	return RC_OK;
}

enum cli_exit cmd_grant_end(struct cli *cli)
{
	bool person = cli_value(cli, "person"), account = cli_value(cli, "account");
	struct grant which;
	struct site site;
	enum cli_exit exit;
	enum rc rc;

	if (person == account)
		return cli_usage(cli, "name --person or --account, one of them");
	exit = site_open(cli, SITE_WRITE, &site);
	if (exit != CLI_OK)
		return exit;
	rc = name_grant(cli, &site, &which);
	if (rc == RC_OK)
		rc = grant_end(&site.rights, cli->arena, &which, str_c(cli_value(cli, "reason")));
	site_close(&site);
	return said(cli, "the grant", rc);
}
