/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pratu person|account suspend|resume, grant revoke, office update: single changes. */
#include "codec/date.h"
#include "main/commands.h"
#include "main/instance.h"
#include "directory/operations/changes.h"
#include "directory/directory.h"

/* The command's last word says which way. */
static enum status wanted(const struct cli *cli)
{
	return str_ends(str_c(cli->command->name), STR("suspend")) ? STATUS_SUSPENDED
								   : STATUS_ACTIVE;
}

static enum cli_exit said(struct cli *cli, const char *what, enum rc rc)
{
	if (rc == RC_EXISTS)
		buf_addf(&cli->out, "%s: already in that state\n", what);
	if (rc == RC_OK || rc == RC_EXISTS)
		return CLI_OK;
	return instance_fail(cli, what, rc);
}

enum cli_exit cmd_person_status(struct cli *cli)
{
	struct instance instance;
	enum cli_exit exit = instance_open(cli, INSTANCE_WRITE, &instance);
	enum rc rc;

	if (exit != CLI_OK)
		return exit;
	rc = person_set_status(&instance.rights, cli->arena, str_c(cli->arguments[0]), wanted(cli),
		str_c(cli_value(cli, "reason")));
	instance_close(&instance);
	return said(cli, cli->arguments[0], rc);
}

enum cli_exit cmd_account_status(struct cli *cli)
{
	struct instance instance;
	enum cli_exit exit = instance_open(cli, INSTANCE_WRITE, &instance);
	enum rc rc;

	if (exit != CLI_OK)
		return exit;
	rc = account_set_status(&instance.rights, cli->arena, str_c(cli->arguments[0]), wanted(cli),
		str_c(cli_value(cli, "reason")));
	instance_close(&instance);
	return said(cli, cli->arguments[0], rc);
}

/* --- office update --- */

static bool read_password(const char *word, struct office_login *ret)
{
	if (!word)
		return true;
	ret->has_password = true;
	for (int i = 0; office_password_words[i]; i++)
		if (str_eq_c(str_c(word), office_password_words[i])) {
			ret->password = (enum office_password)i;
			return true;
		}
	return false;
}

static bool read_second_factor_required_from(const char *day, struct office_login *ret)
{
	if (!day)
		return true;
	ret->has_second_factor_required_from = true;
	return str_eq_c(str_c(day), "policy") ||
	       date_parse_day(str_c(day), &ret->second_factor_required_from) == RC_OK;
}

enum cli_exit cmd_office_update(struct cli *cli)
{
	struct office_login login = {.has_password = false};
	struct instance instance;
	enum cli_exit exit;
	enum rc rc;

	if (!read_password(cli_value(cli, "password-login"), &login))
		return cli_usage(cli, "--password-login is neither enabled nor disabled");
	if (!read_second_factor_required_from(
		    cli_value(cli, "second-factor-required-from"), &login))
		return cli_usage(cli, "--second-factor-required-from is neither a day like "
				      "2027-01-31 nor policy");
	if (!login.has_password && !login.has_second_factor_required_from)
		return cli_usage(
			cli, "name --password-login or --second-factor-required-from, or both");
	exit = instance_open(cli, INSTANCE_WRITE, &instance);
	if (exit != CLI_OK)
		return exit;
	rc = office_set_login(&instance.rights, cli->arena, str_c(cli->arguments[0]), &login,
		str_c(cli_value(cli, "reason")));
	instance_close(&instance);
	if (rc == RC_INVALID)
		return cli_fail(cli, "--reason is missing, longer than 500 bytes or holds control "
				     "characters");
	return said(cli, cli->arguments[0], rc);
}

/* The grant the command names. */
static enum rc name_grant(struct cli *cli, const struct instance *instance, struct role_grant *ret)
{
	struct store_snapshot *snap __attribute__((cleanup(store_snapshot_endp))) = NULL;
	const char *person = cli_value(cli, "person");
	struct account account;
	enum rc rc = store_snapshot_begin(instance->store, &snap);

	*ret = (struct role_grant){.subject_kind = ROLE_GRANT_PERSON,
		.subject = str_c(person),
		.system = str_c(cli->arguments[0]),
		.role = str_c(cli->arguments[1]),
		.office = str_c(cli->arguments[2])};
	if (rc != RC_OK || person)
		return rc;
	rc = account_by_name(snap, cli->arena, str_c(cli_value(cli, "account")), &account, NULL);
	if (rc != RC_OK)
		return rc;
	ret->subject_kind = ROLE_GRANT_ACCOUNT;
	ret->subject = str_dup(cli->arena, account.id);
	return RC_OK;
}

enum cli_exit cmd_grant_revoke(struct cli *cli)
{
	bool person = cli_value(cli, "person"), account = cli_value(cli, "account");
	struct role_grant which;
	struct instance instance;
	enum cli_exit exit;
	enum rc rc;

	if (person == account)
		return cli_usage(cli, "name --person or --account, one of them");
	exit = instance_open(cli, INSTANCE_WRITE, &instance);
	if (exit != CLI_OK)
		return exit;
	rc = name_grant(cli, &instance, &which);
	if (rc == RC_OK)
		rc = role_grant_end(
			&instance.rights, cli->arena, &which, str_c(cli_value(cli, "reason")));
	instance_close(&instance);
	return said(cli, "the grant", rc);
}
