/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pratu request ...: changes that one administrator requests and another one approves. */
#include "main/cmd/cmd_operation.h"
#include "main/commands.h"
#include "main/operations.h"
#include "workflow/workflow.h"

#define EXPIRE_MAX 100 /* requests marked in one unit of work */

struct request_call {
	struct str id, reason;
	enum rc (*run)(struct tx *tx, struct request_call *call);
	struct request_new what;
	struct problems problems;
	const struct operation *applied; /* with its result; NULL: none */
	void *result;
};

static enum rc run_in_tx(struct tx *tx, void *data)
{
	struct request_call *call = data;

	call->problems.n = 0;
	return call->run(tx, call);
}

static enum rc expire_in_tx(struct tx *tx, void *data)
{
	return requests_expire(tx, EXPIRE_MAX, data);
}

/* Marks what has reached its deadline, so that the history says it too; then runs the call. */
static enum rc request_run(struct cli *cli, const struct instance *w, struct request_call *call)
{
	size_t n = EXPIRE_MAX;
	enum rc rc = RC_OK;

	while (rc == RC_OK && n == EXPIRE_MAX)
		rc = tx_run(&w->app, &w->actor, cli->arena, expire_in_tx, &n);
	return rc == RC_OK ? tx_run(&w->app, &w->actor, cli->arena, run_in_tx, call) : rc;
}

static enum cli_exit request_said(struct cli *cli, const struct request_call *call, enum rc rc)
{
	if (rc == RC_OK)
		return CLI_OK;
	for (size_t i = 0; i < call->problems.n; i++)
		cli_fail(cli, "%s%s %s", call->problems.v[i].field ? "--" : "",
			call->problems.v[i].field ? call->problems.v[i].field : "the request:",
			call->problems.v[i].why);
	return call->problems.n ? CLI_FAILED
				: instance_fail(cli,
					  cli->n_arguments ? cli->arguments[0] : "the request", rc);
}

/* --- making one --- */

static enum rc create_in_tx(struct tx *tx, struct request_call *call)
{
	return request_create(tx, &call->what, &call->id, &call->problems);
}

enum cli_exit operation_request(
	struct cli *cli, const struct instance *w, const struct operation_call *call)
{
	struct request_call request = {.run = create_in_tx,
		.what = {.operation = call->operation,
			.args = call->args,
			.reason = str_c(cli_value(cli, "reason"))}};
	enum rc rc = request_run(cli, w, &request);

	if (rc == RC_OK) {
		buf_addf(&cli->out,
			"request %.*s: another person approves it with\n"
			"pratu request approve %.*s\n",
			STR_FMT(request.id), STR_FMT(request.id));
		return CLI_OK;
	}
	if (rc == RC_EXISTS && !request.problems.n) {
		buf_addf(&cli->out, "%s: already in that state\n", cli->arguments[0]);
		return CLI_OK;
	}
	if (request.problems.n)
		return operation_problems(cli, call->operation, &request.problems, CLI_FAILED);
	return request_said(cli, &request, rc);
}

/* --- deciding --- */

static enum rc approve_in_tx(struct tx *tx, struct request_call *call)
{
	return request_approve(tx, call->id, call->reason, &call->problems);
}

static enum rc reject_in_tx(struct tx *tx, struct request_call *call)
{
	return request_reject(tx, call->id, call->reason, &call->problems);
}

static enum rc withdraw_in_tx(struct tx *tx, struct request_call *call)
{
	return request_withdraw(tx, call->id, call->reason, &call->problems);
}

static enum rc apply_in_tx(struct tx *tx, struct request_call *call)
{
	struct change_request r;
	enum rc rc = request_get(tx, call->id, &r);

	if (rc == RC_OK)
		rc = request_apply(tx, call->id, &call->result, &call->problems);
	if (rc == RC_OK)
		call->applied = operation_find(tx->app->operations, r.operation);
	return rc;
}

typedef enum rc (*request_step)(struct tx *tx, struct request_call *call);

/* The steps one after the other, each on disk before the next; says the last word. */
static enum cli_exit request_steps(
	struct cli *cli, request_step first, request_step second, const char *done)
{
	struct request_call call = {
		.id = str_c(cli->arguments[0]), .reason = str_c(cli_value(cli, "reason"))};
	struct deliver_instance w = {.cli = NULL};
	enum cli_exit exit = deliver_instance_open(cli, INSTANCE_WRITE, &w);
	enum rc rc;

	if (exit != CLI_OK)
		return exit;
	call.run = first;
	rc = request_run(cli, &w.instance, &call);
	if (rc == RC_OK && second) {
		call.run = second;
		rc = request_run(cli, &w.instance, &call);
	}
	deliver_instance_close(&w);
	if (rc == RC_OK)
		buf_addf(&cli->out, "%s: %s\n", cli->arguments[0], done);
	if (rc == RC_OK && call.applied)
		operation_print(cli, call.applied, call.result);
	return request_said(cli, &call, rc);
}

enum cli_exit cmd_request_approve(struct cli *cli)
{
	return request_steps(cli, approve_in_tx, apply_in_tx, "approved and applied");
}

enum cli_exit cmd_request_reject(struct cli *cli)
{
	if (!cli_value(cli, "reason"))
		return cli_usage(cli, "--reason is missing");
	return request_steps(cli, reject_in_tx, NULL, "rejected");
}

enum cli_exit cmd_request_withdraw(struct cli *cli)
{
	return request_steps(cli, withdraw_in_tx, NULL, "withdrawn");
}

enum cli_exit cmd_request_apply(struct cli *cli)
{
	return request_steps(cli, apply_in_tx, NULL, "applied");
}

/* --- reading --- */

static void write_args(struct json_writer *w, struct tx *tx, const char *name, struct str operation,
	struct str encoded)
{
	const struct operation *o = operation_find(tx->app->operations, operation);
	void *args = o ? arena_zalloc(tx->a, o->args->size) : NULL;

	if (!o || field_decode(o->args, tx->a, encoded, args) != RC_OK)
		return;
	json_write_key(w, name);
	json_write_object(w);
	field_to_json(o->args, args, w);
	json_write_object_end(w);
}

struct request_listing {
	struct cli *cli;
	struct tx *tx;
	size_t n;
};

static void print_request(struct request_listing *l, const struct change_request *stored)
{
	struct change_request r = *stored;
	struct json_writer w;

	r.state = (int)request_state_at(stored, l->tx->now);
	json_writer_init(&w, &l->cli->out);
	json_write_object(&w);
	field_to_json(&record_change_request, &r, &w);
	write_args(&w, l->tx, "now", r.operation, r.before);
	write_args(&w, l->tx, "then", r.operation, r.args);
	json_write_object_end(&w);
}

static bool list_request(void *data, const struct change_request *r)
{
	struct request_listing *l = data;

	if (!cli_value(l->cli, "all") && request_state_at(r, l->tx->now) == REQUEST_EXPIRED)
		return true;
	buf_add_c(&l->cli->out, l->n++ ? ",\n " : "");
	print_request(l, r);
	return true;
}

static enum rc list_in_tx(struct tx *tx, void *data)
{
	struct request_listing *l = data;

	l->tx = tx;
	return requests_each(tx, cli_value(l->cli, "all") != NULL, list_request, l);
}

static enum rc show_in_tx(struct tx *tx, void *data)
{
	struct request_listing *l = data;
	struct change_request r;
	enum rc rc = request_get(tx, str_c(l->cli->arguments[0]), &r);

	l->tx = tx;
	if (rc == RC_OK)
		print_request(l, &r);
	return rc;
}

static enum cli_exit request_read(struct cli *cli, tx_fn fn, const char *before, const char *after)
{
	struct request_listing l = {.cli = cli};
	struct instance instance;
	enum cli_exit exit = instance_open(cli, INSTANCE_READ, &instance);
	enum rc rc;

	if (exit != CLI_OK)
		return exit;
	buf_add_c(&cli->out, before);
	rc = tx_read(&instance.app, &instance.actor, cli->arena, fn, &l);
	instance_close(&instance);
	if (rc != RC_OK)
		return instance_fail(cli, cli->n_arguments ? cli->arguments[0] : "the list", rc);
	buf_add_c(&cli->out, after);
	return CLI_OK;
}

enum cli_exit cmd_request_list(struct cli *cli)
{
	return request_read(cli, list_in_tx, "[", "]\n");
}

enum cli_exit cmd_request_show(struct cli *cli)
{
	return request_read(cli, show_in_tx, "", "\n");
}
