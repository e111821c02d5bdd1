/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pratu account issue-secret, and what account show says about passwords. */
#include "codec/date.h"
#include "main/account.h"
#include "main/commands.h"
#include "main/cmd/cmd_operation.h"
#include "directory/operations/credentials.h"
#include "directory/operations/activation_slip.h"
#include "base/clock.h"
#include "base/new_file.h"

/* --- issue-secret --- */

/* Only its owner may read it: whoever reads it has the secret. */
static bool write_slip(
	struct deliver_instance *w, const struct issued_secret *issued, struct new_file *slip)
{
	struct str page;

	return activation_slip_write(w->web, w->cli->arena, WEB_TH, issued,
		       clock_now(&clock_system), &page) == RC_OK &&
	       new_file_write(slip, page) == RC_OK && new_file_finish(slip) == RC_OK;
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

static enum cli_exit issue_secret(struct cli *cli, struct deliver_instance *w,
	struct operation_call *call, const char *path, struct new_file *slip)
{
	const struct instance *instance = &w->instance;
	enum rc rc = operation_run(&instance->app, &instance->actor, cli->arena, call);

	if (rc != RC_OK)
		return operation_refused(cli, call, rc);
	if (path && !write_slip(w, call->result, slip))
		return cli_fail(cli, "%s cannot be written; issue another secret", path);
	if (!path && cli_value(cli, "json"))
		return operation_finish(cli, call, RC_OK);
	print_secret(cli, call->result, path);
	return CLI_OK;
}

static enum cli_exit issue_secret_run(
	struct cli *cli, struct deliver_instance *w, struct operation_call *call)
{
	const char *path = cli_value(cli, "slip");
	struct new_file slip = {.fd = -1};
	enum cli_exit exit;
	enum rc rc = path ? new_file_begin(&slip, path) : RC_OK;

	/* Before the secret is changed. */
	if (rc != RC_OK)
		return cli_fail(
			cli, "%s: %s; name a file that is not there yet", path, new_file_why(rc));
	exit = issue_secret(cli, w, call, path, &slip);
	new_file_abandon(&slip); /* nothing, after it was finished */
	return exit;
}

const struct operation_view view_account_issue_secret = {
	.operation = "account.issue-secret",
	.option = {"slip", "FILE.html",
		"write an activation slip in Thai, for printing, instead of the secret"},
	.run = issue_secret_run,
};

/* --- the password in account show --- */

enum rc account_show_password(struct json_writer *w, struct tx *tx, struct str account)
{
	struct credential c = {.account = account};
	int64_t left = 0;
	bool locked = false;
	enum rc rc = credential_get(tx->snap, tx->a, account, &c, NULL);

	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	rc = credential_lock(tx, account, &locked, &left);
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
