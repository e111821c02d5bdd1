/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pratu client list|show: the registered portals and systems. */
#include "main/cmd/cmd_operation.h"
#include "main/commands.h"
#include "main/instance.h"
#include "directory/operations/client_metadata.h"
#include "directory/operations/clients.h"

static void print_list(struct cli *cli, const struct client_list *list)
{
	buf_add_c(&cli->out, "[");
	for (size_t i = 0; i < list->n; i++) {
		const struct client *c = &list->v[i];
		struct json_writer w;

		buf_add_c(&cli->out, i ? ",\n " : "");
		json_writer_init(&w, &cli->out);
		json_write_object(&w);
		json_add_str(&w, "client_id", c->id);
		json_add_str(&w, "client_name", c->name);
		json_add_str_opt(&w, "system", c->system);
		json_add_str(
			&w, "token_endpoint_auth_method", str_c(client_auth_words[c->auth_method]));
		json_add_str(&w, "status", str_c(status_words[c->status]));
		json_write_object_end(&w);
	}
	buf_add_c(&cli->out, "]\n");
}

static enum rc clients_read(struct tx *tx, void *ret)
{
	return client_list(tx, ret);
}

enum cli_exit cmd_client_list(struct cli *cli)
{
	struct client_list list;
	struct instance instance;
	enum cli_exit exit = instance_open(cli, INSTANCE_READ, &instance);
	enum rc rc;

	if (exit != CLI_OK)
		return exit;
	rc = tx_read(&instance.app, &instance.actor, cli->arena, clients_read, &list);
	if (rc == RC_OK)
		print_list(cli, &list);
	instance_close(&instance);
	return rc == RC_OK ? CLI_OK : instance_fail(cli, "the list", rc);
}

struct client_reading {
	struct str id;
	struct client client;
};

static enum rc client_read(struct tx *tx, void *data)
{
	struct client_reading *reading = data;

	return client_show(tx, reading->id, &reading->client);
}

enum cli_exit cmd_client_show(struct cli *cli)
{
	struct client_reading reading = {.id = str_c(cli->arguments[0])};
	struct instance instance;
	struct json_writer w;
	enum cli_exit exit = instance_open(cli, INSTANCE_READ, &instance);
	enum rc rc;

	if (exit != CLI_OK)
		return exit;
	rc = tx_read(&instance.app, &instance.actor, cli->arena, client_read, &reading);
	instance_close(&instance);
	if (rc != RC_OK)
		return instance_fail(cli, cli->arguments[0], rc);
	json_writer_init(&w, &cli->out);
	json_write_object(&w);
	client_to_metadata(&reading.client, &w);
	json_write_object_end(&w);
	buf_add_byte(&cli->out, '\n');
	return CLI_OK;
}

/* With a preset the configuration is all that is printed, so that it can go into its file. */
static enum cli_exit client_add_run(
	struct cli *cli, struct deliver_instance *w, struct operation_call *call)
{
	const struct instance *instance = &w->instance;
	enum rc rc = operation_run(&instance->app, &instance->actor, cli->arena, call);
	const struct client_made *made = call->result;

	if (rc != RC_OK || cli_value(cli, "json") || !made->preset)
		return operation_finish(cli, call, rc);
	buf_add(&cli->out, made->configuration);
	return CLI_OK;
}

const struct operation_view view_client_add = {
	.operation = "client.add",
	.run = client_add_run,
};
