/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pratu account issue-secret, require-change, unlock, password disable|enable: passwords of
 * accounts. */
#include "codec/date.h"
#include "main/account.h"
#include "main/commands.h"
#include "main/deliver.h"
#include "directory/operations/credentials.h"
#include "directory/operations/activation_slip.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static enum cli_exit said(struct cli *cli, enum rc rc)
{
	if (rc == RC_EXISTS)
		buf_addf(&cli->out, "%s: already in that state\n", cli->arguments[0]);
	if (rc == RC_OK || rc == RC_EXISTS)
		return CLI_OK;
	if (rc == RC_INVALID)
		return cli_fail(cli, "--reason is missing, longer than 500 bytes or holds control "
				     "characters");
	return instance_fail(cli, cli->arguments[0], rc);
}

enum cli_exit cmd_account_unlock(struct cli *cli)
{
	struct instance instance;
	enum cli_exit exit = instance_open(cli, INSTANCE_WRITE, &instance);
	enum rc rc;

	if (exit != CLI_OK)
		return exit;
	rc = credential_unlock(&instance.rights, cli->arena, str_c(cli->arguments[0]),
		str_c(cli_value(cli, "reason")));
	instance_close(&instance);
	return said(cli, rc);
}

/* The command's last word says which way. */
enum cli_exit cmd_account_password(struct cli *cli)
{
	bool forbid = str_ends(str_c(cli->command->name), STR("disable"));
	struct deliver_instance w = {.cli = NULL};
	enum cli_exit exit;
	enum rc rc;

	if (!cli_value(cli, "reason"))
		return cli_usage(cli, "--reason is missing");
	exit = deliver_instance_open(cli, INSTANCE_WRITE, &w);
	if (exit != CLI_OK)
		return exit;
	rc = credential_set_disabled(&w.instance.rights, cli->arena, str_c(cli->arguments[0]),
		forbid, str_c(cli_value(cli, "reason")));
	deliver_instance_close(&w);
	return said(cli, rc);
}

enum cli_exit cmd_account_require_change(struct cli *cli)
{
	struct instance instance;
	enum cli_exit exit;
	enum rc rc;

	if (!cli_value(cli, "reason"))
		return cli_usage(cli, "--reason is missing");
	exit = instance_open(cli, INSTANCE_WRITE, &instance);
	if (exit != CLI_OK)
		return exit;
	rc = credential_require_change(&instance.rights, cli->arena, str_c(cli->arguments[0]),
		str_c(cli_value(cli, "reason")));
	instance_close(&instance);
	if (rc == RC_DENIED)
		return cli_fail(cli,
			"%s: the account has no password, or password login is disabled",
			cli->arguments[0]);
	return said(cli, rc);
}

/* --- issue-secret --- */

/* A new file that only its owner may read: whoever reads it has the secret. */
static enum cli_exit open_letter(const struct cli *cli, const char *path, int *ret)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return cli_fail(
			cli, "%s: %s; name a file that is not there yet", path, strerror(errno));
	*ret = fd;
	return CLI_OK;
}

static bool write_all(int fd, struct str text)
{
	while (text.n) {
		ssize_t n = write(fd, text.p, text.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		text = str_sub(text, (size_t)n, text.n);
	}
	return fsync(fd) == 0;
}

static bool write_letter(
	struct cli *cli, const struct config_values *v, const struct issued_secret *issued, int fd)
{
	const struct activation_slip letter = {.issued = issued,
		.organisation_th = v->organisation_th,
		.address = v->issuer,
		.support_phone = v->support_phone,
		.now = clock_now(&clock_system)};
	struct buf page;

	buf_init(&page, cli->arena, ACTIVATION_SLIP_MAX);
	activation_slip_write(&page, &letter);
	return buf_status(&page) == RC_OK && write_all(fd, buf_str(&page));
}

static void print_secret(struct cli *cli, const struct issued_secret *issued, const char *path)
{
	buf_addf(&cli->out, "username: %.*s\n", STR_FMT(issued->username));
	if (path)
		buf_addf(&cli->out, "slip: %s (delete it when it is printed)\n", path);
	else
		buf_addf(&cli->out, "initial secret: %.*s\n", STR_FMT(issued->secret));
	buf_add_c(&cli->out, "good until: ");
	date_add_rfc3339(&cli->out, issued->until);
	buf_add_byte(&cli->out, '\n');
}

static enum cli_exit issue_secret(
	struct cli *cli, const struct instance *instance, const char *path, int fd)
{
	const struct config_values *v = instance->config->v;
	const struct secret_request request = {.username = str_c(cli->arguments[0]),
		.reason = str_c(cli_value(cli, "reason")),
		.cost = v->password.cost,
		.lifetime = v->password.initial_secret_lifetime};
	struct issued_secret issued;
	enum rc rc = credential_issue(&instance->rights, cli->arena, &request, &issued);

	if (rc == RC_DENIED)
		return cli_fail(cli,
			"%s: the account is suspended, or password login is disabled for it or its "
			"office; account show shows by whom",
			cli->arguments[0]);
	if (rc != RC_OK)
		return said(cli, rc);
	if (path && !write_letter(cli, v, &issued, fd))
		return cli_fail(cli, "%s cannot be written; issue another secret", path);
	print_secret(cli, &issued, path);
	return CLI_OK;
}

enum cli_exit cmd_account_issue_secret(struct cli *cli)
{
	const char *path = cli_value(cli, "slip");
	struct deliver_instance w = {.cli = NULL};
	int fd = -1;
	enum cli_exit exit = deliver_instance_open(cli, INSTANCE_WRITE, &w);

	if (exit != CLI_OK)
		return exit;
	if (path)
		exit = open_letter(cli, path, &fd);
	if (exit == CLI_OK) {
		exit = issue_secret(cli, &w.instance, path, fd);
		if (exit != CLI_OK && fd >= 0)
			unlink(path);
	}
	if (fd >= 0)
		close(fd);
	deliver_instance_close(&w);
	return exit;
}

/* --- the password in account show --- */

enum rc account_show_password(struct json_writer *w, struct cli *cli,
	const struct instance *instance, struct store_snapshot *snap, struct str account)
{
	struct credential c = {.account = account};
	int64_t left = 0;
	bool locked = false;
	enum rc rc = credential_get(snap, cli->arena, account, &c, NULL);

	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	rc = credential_lock(&instance->rights, cli->arena, snap, account, &locked, &left);
	if (rc != RC_OK)
		return rc;
	json_write_key(w, "password");
	json_write_object(w);
	json_write_key(w, "kind");
	json_write_str(w, !c.hash.n               ? STR("none")
			  : c.initial_until       ? STR("initial")
			  : pwhash_legacy(c.hash) ? STR("imported")
						  : STR("own"));
	c.account = STR_NONE;
	field_to_json(&record_credential, &c, w);
	json_write_key(w, "locked");
	json_write_bool(w, locked);
	json_write_key(w, "seconds_to_next_attempt");
	json_write_i64(w, left);
	json_write_object_end(w);
	return RC_OK;
}
