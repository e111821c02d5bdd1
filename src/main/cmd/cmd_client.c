/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pratu client ...: registration of portals and systems. */
#include "main/commands.h"
#include "main/instance.h"
#include "directory/operations/client_metadata.h"
#include "directory/operations/clients.h"

/* The answer of RFC 7591 3.2.1: the metadata, and the secret when one was made. */
static void print_made(struct cli *cli, const struct client_made *made)
{
	struct jw w;

	jw_init(&w, &cli->out);
	jw_object(&w);
	client_to_metadata(&made->client, &w);
	jw_kv_i64(&w, "client_id_issued_at", made->client.created);
	if (made->secret.n) {
		jw_kv_str(&w, "client_secret", made->secret);
		jw_kv_i64(&w, "client_secret_expires_at", 0);
	}
	jw_object_end(&w);
	buf_add_byte(&cli->out, '\n');
}

static enum cli_exit refuse(
	const struct cli *cli, const char *file, const struct field_error *error)
{
	if (error->field)
		return cli_fail(cli, "%s: %s %s", file, error->field, error->why);
	return cli_fail(cli, "%s: %s", file, error->why);
}

typedef enum rc (*client_fn)(const struct rights *r, struct arena *a, const struct jv *metadata,
	struct client_made *ret, struct field_error *ret_error);

static enum cli_exit apply(struct cli *cli, client_fn fn, const struct jv *metadata)
{
	const char *file = cli_value(cli, "file");
	struct field_error error = {.field = NULL};
	struct client_made made;
	struct site site;
	enum cli_exit exit = site_open(cli, SITE_WRITE, &site);
	enum rc rc;

	if (exit != CLI_OK)
		return exit;
	rc = fn(&site.rights, cli->arena, metadata, &made, &error);
	if (rc == RC_OK)
		print_made(cli, &made);
	site_close(&site);
	if (rc == RC_INVALID)
		return refuse(cli, file, &error);
	return rc == RC_OK ? CLI_OK : site_fail(cli, file, rc);
}

static enum cli_exit with_file(struct cli *cli, client_fn fn)
{
	const char *file = cli_value(cli, "file");
	struct jv *metadata __attribute__((cleanup(jv_freep))) = NULL;
	struct str text;

	if (!file)
		return cli_usage(cli, "--file is missing");
	if (!cli_read_file(cli, file, CLIENT_METADATA_MAX, &text))
		return CLI_FAILED;
	if (jv_parse(text, CLIENT_METADATA_MAX, &metadata) != RC_OK)
		return cli_fail(cli, "%s: this is not one JSON value with distinct members", file);
	return apply(cli, fn, metadata);
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
		struct jw w;

		buf_add_c(&cli->out, i ? ",\n " : "");
		jw_init(&w, &cli->out);
		jw_object(&w);
		jw_kv_str(&w, "client_id", c->id);
		jw_kv_str(&w, "client_name", c->name);
		jw_kv_str_opt(&w, "system", c->system);
		jw_kv_str(
			&w, "token_endpoint_auth_method", str_c(client_auth_words[c->auth_method]));
		jw_kv_str(&w, "status", str_c(status_words[c->status]));
		jw_object_end(&w);
	}
	buf_add_c(&cli->out, "]\n");
}

enum cli_exit cmd_client_list(struct cli *cli)
{
	struct client_list list;
	struct site site;
	enum cli_exit exit = site_open(cli, SITE_READ, &site);
	enum rc rc;

	if (exit != CLI_OK)
		return exit;
	rc = client_list(&site.rights, cli->arena, &list);
	if (rc == RC_OK)
		print_list(cli, &list);
	site_close(&site);
	return rc == RC_OK ? CLI_OK : site_fail(cli, "the list", rc);
}

enum cli_exit cmd_client_show(struct cli *cli)
{
	struct client client;
	struct site site;
	struct jw w;
	enum cli_exit exit = site_open(cli, SITE_READ, &site);
	enum rc rc;

	if (exit != CLI_OK)
		return exit;
	rc = client_show(&site.rights, cli->arena, str_c(cli->arguments[0]), &client);
	site_close(&site);
	if (rc != RC_OK)
		return site_fail(cli, cli->arguments[0], rc);
	jw_init(&w, &cli->out);
	jw_object(&w);
	client_to_metadata(&client, &w);
	jw_object_end(&w);
	buf_add_byte(&cli->out, '\n');
	return CLI_OK;
}

enum cli_exit cmd_client_rotate_secret(struct cli *cli)
{
	const char *given = cli_value(cli, "overlap");
	int64_t overlap = CLIENT_SECRET_OVERLAP;
	struct client_made made;
	struct site site;
	enum cli_exit exit;
	enum rc rc;

	if (given && (!cli_seconds(given, &overlap) || overlap > CLIENT_SECRET_OVERLAP_MAX))
		return cli_usage(cli, "--overlap is no time from 0 to 30d; write 1h");
	exit = site_open(cli, SITE_WRITE, &site);
	if (exit != CLI_OK)
		return exit;
	rc = client_rotate_secret(
		&site.rights, cli->arena, str_c(cli->arguments[0]), overlap, &made);
	if (rc == RC_OK)
		print_made(cli, &made);
	site_close(&site);
	if (rc == RC_DENIED)
		return cli_fail(cli, "%s: this client has no secret", cli->arguments[0]);
	return rc == RC_OK ? CLI_OK : site_fail(cli, cli->arguments[0], rc);
}

enum cli_exit cmd_client_remove(struct cli *cli)
{
	struct site site;
	enum cli_exit exit = site_open(cli, SITE_WRITE, &site);
	enum rc rc;

	if (exit != CLI_OK)
		return exit;
	rc = client_remove(&site.rights, cli->arena, str_c(cli->arguments[0]));
	site_close(&site);
	return rc == RC_OK ? CLI_OK : site_fail(cli, cli->arguments[0], rc);
}
