/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pratu import: files of records. */
#include "main/commands.h"
#include "main/deliver.h"
#include "directory/import/import.h"

/* The names of the policies systems may have. */
static struct strlist policy_names(struct arena *a, const struct settings *s)
{
	struct str *names = arena_array(a, s->n_policies, struct str);

	for (size_t i = 0; i < s->n_policies; i++)
		names[i] = s->policies[i].name;
	return (struct strlist){names, s->n_policies};
}

static void print_counts(
	struct cli *cli, const struct import_request *request, const struct import_result *r)
{
	buf_addf(&cli->out, "%s: %zu row%s: %zu added, %zu changed, %zu unchanged%s\n",
		request->file, r->rows, r->rows == 1 ? "" : "s", r->added, r->changed, r->unchanged,
		request->dry_run         ? " (dry run: nothing was written)"
		: r->added || r->changed ? ""
					 : " (nothing to do)");
}

static enum cli_exit import_file(struct cli *cli, struct import_request *request)
{
	struct import_result result;
	struct buf errors;
	struct deliver_instance w = {.cli = NULL};
	enum cli_exit exit =
		deliver_instance_open(cli, request->dry_run ? INSTANCE_READ : INSTANCE_WRITE, &w);
	enum rc rc;

	if (exit != CLI_OK)
		return exit;
	buf_init(&errors, cli->arena, IMPORT_ERRORS_BYTES);
	request->policies = policy_names(cli->arena, &w.instance.config->settings);
	request->email_unique = settings_email_unique(&w.instance.config->settings);
	rc = import_csv(&w.instance.app, &w.instance.actor, request, &errors, &result);
	deliver_instance_close(&w);
	if (rc == RC_OK) {
		fprintf(stderr, "%.*s", STR_FMT(buf_str(&errors)));
		print_counts(cli, request, &result);
		return CLI_OK;
	}
	if (rc != RC_INVALID)
		return instance_fail(cli, request->file, rc);
	fprintf(stderr, "%.*s", STR_FMT(buf_str(&errors)));
	return cli_fail(cli, "%s: %zu fault%s; nothing was imported", request->file, result.faults,
		result.faults == 1 ? "" : "s");
}

enum cli_exit cmd_import(struct cli *cli)
{
	struct import_request request = {
		.kind = import_kind_parse(str_c(cli->arguments[0])),
		.file = cli->arguments[1],
		.dry_run = cli_value(cli, "dry-run") != NULL,
	};

	if (request.kind == IMPORT_KIND_MAX)
		return cli_usage(cli,
			"\"%s\" is no kind; write offices, systems, people, accounts, grants "
			"or credentials",
			cli->arguments[0]);
	if (!cli_read_file(cli, request.file, IMPORT_FILE_MAX, &request.text))
		return CLI_FAILED;
	return import_file(cli, &request);
}
