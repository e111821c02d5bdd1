/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pratu client ...: registration of portals and systems. */
#include "main/commands.h"
#include "main/instance.h"
#include "directory/operations/client_metadata.h"
#include "directory/operations/clients.h"

/* The answer of RFC 7591 3.2.1: the metadata, and the secret when one was made. */
static void print_made(struct cli *cli, const struct client_made *made)
{
	struct json_writer w;

	json_writer_init(&w, &cli->out);
	json_write_object(&w);
	client_to_metadata(&made->client, &w);
	json_add_i64(&w, "client_id_issued_at", made->client.created);
	if (made->secret.n) {
		json_add_str(&w, "client_secret", made->secret);
		json_add_i64(&w, "client_secret_expires_at", 0);
	}
	json_write_object_end(&w);
	buf_add_byte(&cli->out, '\n');
}

static enum cli_exit client_fault(
	const struct cli *cli, const char *file, const struct field_error *error)
{
	if (error->field)
		return cli_fail(cli, "%s: %s %s", file, error->field, error->why);
	return cli_fail(cli, "%s: %s", file, error->why);
}

typedef enum rc (*client_fn)(const struct rights *r, struct arena *a,
	const struct json_value *metadata, struct client_made *ret, struct field_error *ret_error);

static enum cli_exit client_apply(struct cli *cli, client_fn fn, const struct json_value *metadata)
{
	const char *file = cli_value(cli, "file");
	struct field_error error = {.field = NULL};
	struct client_made made;
	struct instance instance;
	enum cli_exit exit = instance_open(cli, INSTANCE_WRITE, &instance);
	enum rc rc;

	if (exit != CLI_OK)
		return exit;
	rc = fn(&instance.rights, cli->arena, metadata, &made, &error);
	if (rc == RC_OK)
		print_made(cli, &made);
	instance_close(&instance);
	if (rc == RC_INVALID)
		return client_fault(cli, file, &error);
	return rc == RC_OK ? CLI_OK : instance_fail(cli, file, rc);
}

static enum cli_exit with_file(struct cli *cli, client_fn fn)
{
	const char *file = cli_value(cli, "file");
	struct json_value *metadata __attribute__((cleanup(json_value_freep))) = NULL;
	struct str text;

	if (!file)
		return cli_usage(cli, "--file is missing");
	if (!cli_read_file(cli, file, CLIENT_METADATA_MAX, &text))
		return CLI_FAILED;
	if (json_value_parse(text, CLIENT_METADATA_MAX, &metadata) != RC_OK)
		return cli_fail(cli, "%s: this is not one JSON value with distinct members", file);
	return client_apply(cli, fn, metadata);
}

enum cli_exit cmd_client_add(struct cli *cli)
{
	return with_file(cli, client_add);
}

enum cli_exit cmd_client_update(struct cli *cli)
{
	return with_file(cli, client_update);
}

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

enum cli_exit cmd_client_list(struct cli *cli)
{
	struct client_list list;
	struct instance instance;
	enum cli_exit exit = instance_open(cli, INSTANCE_READ, &instance);
	enum rc rc;

	if (exit != CLI_OK)
		return exit;
	rc = client_list(&instance.rights, cli->arena, &list);
	if (rc == RC_OK)
		print_list(cli, &list);
	instance_close(&instance);
	return rc == RC_OK ? CLI_OK : instance_fail(cli, "the list", rc);
}

enum cli_exit cmd_client_show(struct cli *cli)
{
	struct client client;
	struct instance instance;
	struct json_writer w;
	enum cli_exit exit = instance_open(cli, INSTANCE_READ, &instance);
	enum rc rc;

	if (exit != CLI_OK)
		return exit;
	rc = client_show(&instance.rights, cli->arena, str_c(cli->arguments[0]), &client);
	instance_close(&instance);
	if (rc != RC_OK)
		return instance_fail(cli, cli->arguments[0], rc);
	json_writer_init(&w, &cli->out);
	json_write_object(&w);
	client_to_metadata(&client, &w);
	json_write_object_end(&w);
	buf_add_byte(&cli->out, '\n');
	return CLI_OK;
}

enum cli_exit cmd_client_rotate_secret(struct cli *cli)
{
	const char *given = cli_value(cli, "overlap");
	int64_t overlap = CLIENT_SECRET_OVERLAP;
	struct client_made made;
	struct instance instance;
	enum cli_exit exit;
	enum rc rc;

	if (given && (!cli_seconds(given, &overlap) || overlap > CLIENT_SECRET_OVERLAP_MAX))
		return cli_usage(cli, "--overlap is no time from 0 to 30d; write 1h");
	exit = instance_open(cli, INSTANCE_WRITE, &instance);
	if (exit != CLI_OK)
		return exit;
	rc = client_rotate_secret(
		&instance.rights, cli->arena, str_c(cli->arguments[0]), overlap, &made);
	if (rc == RC_OK)
		print_made(cli, &made);
	instance_close(&instance);
	if (rc == RC_DENIED)
		return cli_fail(cli, "%s: this client has no secret", cli->arguments[0]);
	return rc == RC_OK ? CLI_OK : instance_fail(cli, cli->arguments[0], rc);
}

enum cli_exit cmd_client_remove(struct cli *cli)
{
	struct instance instance;
	enum cli_exit exit = instance_open(cli, INSTANCE_WRITE, &instance);
	enum rc rc;

	if (exit != CLI_OK)
		return exit;
	rc = client_remove(&instance.rights, cli->arena, str_c(cli->arguments[0]));
	instance_close(&instance);
	return rc == RC_OK ? CLI_OK : instance_fail(cli, cli->arguments[0], rc);
}
