/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The commands of operations: arguments in, unit of work, result out. */
#include "main/cmd/cmd_operation.h"

#include "core/module.h"
#include "main/commands.h"
#include "main/operations.h"

static enum cli_exit plain_run(
	struct cli *cli, struct deliver_instance *w, struct operation_call *call)
{
	return operation_finish(
		cli, call, operation_run(&w->instance.app, &w->instance.actor, cli->arena, call));
}

static const struct operation_view plain = {.run = plain_run};

static const struct operation_view *const views[] = {
	&view_account_issue_secret, &view_client_add, &view_keys_rotate, NULL};

static const struct operation_view *view_of(const struct operation *o)
{
	for (const struct operation_view *const *v = views; *v; v++)
		if (strcmp((*v)->operation, o->name) == 0)
			return *v;
	return &plain;
}

/* What the command was about, for sentences: its only argument, or the kind of record. */
static const char *subject_of(const struct cli *cli)
{
	struct str rest = str_c(cli->command->name), word;
	struct buf out;

	if (cli->n_arguments && cli->command->arguments_max == 1)
		return cli->arguments[0];
	str_cut(&rest, ' ', &word);
	buf_init(&out, cli->arena, 100);
	buf_addf(&out, "the %.*s", STR_FMT(word));
	return str_dup_c(cli->arena, buf_str(&out));
}

/* {"operation":"person.suspend","outcome":"done","result":{...},"audit":["person_changed"]} */
static void print_json(struct cli *cli, const struct operation_call *call, bool done)
{
	struct json_writer w;

	json_writer_init(&w, &cli->out);
	json_write_object(&w);
	json_add_str(&w, "operation", str_c(call->operation->name));
	json_add_str(&w, "outcome", done ? STR("done") : STR("unchanged"));
	if (done && call->operation->write) {
		json_write_key(&w, "result");
		json_write_object(&w);
		call->operation->write(call->result, &w);
		json_write_object_end(&w);
	}
	json_write_key(&w, "audit");
	json_write_array(&w);
	for (size_t i = 0; done && i < call->n_audited; i++)
		json_write_str(&w, str_c(audit_event_name(call->audited[i])));
	json_write_array_end(&w);
	json_write_object_end(&w);
	buf_add_byte(&cli->out, '\n');
}

void operation_print(struct cli *cli, const struct operation *o, const void *result)
{
	struct json_writer w;

	if (!o->write)
		return;
	json_writer_init(&w, &cli->out);
	json_write_object(&w);
	o->write(result, &w);
	json_write_object_end(&w);
	buf_add_byte(&cli->out, '\n');
}

enum cli_exit operation_refused(struct cli *cli, const struct operation_call *call, enum rc rc)
{
	if (call->problems.n)
		return operation_problems(cli, call->operation, &call->problems, CLI_FAILED);
	return instance_fail(cli, subject_of(cli), rc);
}

enum cli_exit operation_finish(struct cli *cli, const struct operation_call *call, enum rc rc)
{
	bool unchanged = rc == RC_EXISTS && !call->problems.n;

	if (rc != RC_OK && !unchanged)
		return operation_refused(cli, call, rc);
	if (cli_value(cli, "json"))
		print_json(cli, call, rc == RC_OK);
	else if (unchanged)
		buf_addf(&cli->out, "%s: already in that state\n", subject_of(cli));
	else
		operation_print(cli, call->operation, call->result);
	return CLI_OK;
}

enum cli_exit cmd_operation(struct cli *cli)
{
	const struct operation *o = cli->command->operation;
	struct operation_call call = {.operation = o};
	struct deliver_instance w = {.cli = cli};
	bool sends = o->flags & OPERATION_NOTIFIES;
	enum cli_exit exit = operation_parse(cli, o, &call.args);

	if (exit == CLI_OK)
		exit = sends ? deliver_instance_open(cli, INSTANCE_WRITE, &w)
			     : instance_open(cli, INSTANCE_WRITE, &w.instance);
	if (exit != CLI_OK)
		return exit;
	if (operation_approval(w.instance.app.settings, o) == APPROVAL_SECOND_PERSON)
		exit = operation_request(cli, &w.instance, &call);
	else
		exit = view_of(o)->run(cli, &w, &call);
	if (sends)
		deliver_instance_close(&w);
	else
		instance_close(&w.instance);
	return exit;
}

/* --- commands of modules --- */

struct command_reading {
	struct cli *cli;
	const struct command *command;
};

static enum rc read_command(struct tx *tx, void *arg)
{
	struct command_reading *r = arg;

	return r->command->run(tx, r->cli->arguments, r->cli->n_arguments, &r->cli->out);
}

static enum cli_exit cmd_module(struct cli *cli)
{
	struct command_reading r = {.cli = cli};
	struct instance instance;
	enum cli_exit exit;
	enum rc rc;

	for (size_t m = 0; all_modules[m]; m++)
		for (const struct command *c = all_modules[m]->commands; c && c->name; c++)
			if (strcmp(c->name, cli->command->name) == 0)
				r.command = c;
	exit = instance_open(cli, INSTANCE_READ, &instance);
	if (exit != CLI_OK)
		return exit;
	rc = tx_read(&instance.app, &instance.actor, cli->arena, read_command, &r);
	instance_close(&instance);
	return rc == RC_OK ? CLI_OK : instance_fail(cli, cli->command->name, rc);
}

/* --- the table of all commands --- */

static size_t count_rows(void)
{
	size_t n = 0;

	for (const struct cli_command *c = commands; c->name; c++)
		n++;
	for (size_t m = 0; all_modules[m]; m++)
		for (const struct command *c = all_modules[m]->commands; c && c->name; c++)
			n++;
	for (const struct operation *const *o = app_operations(); *o; o++)
		n++;
	return n;
}

static bool same_group(const char *command, const char *operation)
{
	size_t n = strcspn(operation, ".");

	return strncmp(command, operation, n) == 0 && command[n] == ' ';
}

/* Behind the last command of its first word, else at the end. */
static size_t place_of(const struct cli_command *rows, size_t n, const char *operation)
{
	for (size_t i = n; i > 0; i--)
		if (same_group(rows[i - 1].name, operation))
			return i;
	return n;
}

const struct cli_command *commands_all(struct arena *a)
{
	struct cli_command *rows = arena_array(a, count_rows() + 1, struct cli_command);
	size_t n = 0;

	for (const struct cli_command *c = commands; c->name; c++)
		rows[n++] = *c;
	for (size_t m = 0; all_modules[m]; m++)
		for (const struct command *c = all_modules[m]->commands; c && c->name; c++)
			rows[n++] = (struct cli_command){.name = c->name,
				.arguments = c->arguments,
				.arguments_min = c->arguments_min,
				.arguments_max = c->arguments_max,
				.help = c->help,
				.run = cmd_module};
	for (const struct operation *const *o = app_operations(); *o; o++) {
		const struct operation_view *view = view_of(*o);
		size_t at = place_of(rows, n, (*o)->name);

		memmove(rows + at + 1, rows + at, (n++ - at) * sizeof(*rows));
		rows[at] = operation_command(*o, a, view->option.name ? &view->option : NULL);
		rows[at].run = cmd_operation;
	}
	rows[n] = (struct cli_command){.name = NULL};
	return rows;
}
