/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pratu keys ...: the signing keys. */
#include "codec/date.h"
#include "idp/oauth/key_operations.h"
#include "main/cmd/cmd_operation.h"
#include "main/commands.h"
#include "main/instance.h"

static void add_time(struct json_writer *w, const char *name, int64_t seconds)
{
	char text[40];
	struct buf out;

	if (!seconds)
		return;
	buf_init_fixed(&out, text, sizeof(text));
	date_add_rfc3339(&out, seconds);
	json_add_str(w, name, buf_str(&out));
}

static void print_key(struct cli *cli, const struct keyring_key *k)
{
	struct json_writer w;

	json_writer_init(&w, &cli->out);
	json_write_object(&w);
	json_add_str(&w, "kid", jwk_kid(k->jwk));
	json_add_str(&w, "alg", str_c(jose_alg_name(jwk_alg(k->jwk))));
	json_add_str(&w, "state", str_c(key_state_name(k->state)));
	add_time(&w, "created", k->created);
	add_time(&w, "active_from", k->active_from);
	add_time(&w, "publish_until", k->publish_until);
	json_write_object_end(&w);
}

static enum rc read_keys(const struct instance *instance, struct arena *a, struct keys *ret)
{
	struct store_snapshot *snap __attribute__((cleanup(store_snapshot_endp))) = NULL;
	enum rc rc = store_snapshot_begin(instance->store, &snap);

	return rc == RC_OK ? keys_read(snap, a, &instance->vault, NULL, ret) : rc;
}

enum cli_exit cmd_keys_list(struct cli *cli)
{
	struct keys keys;
	struct instance instance;
	enum cli_exit exit = instance_open(cli, INSTANCE_READ, &instance);
	enum rc rc;

	if (exit != CLI_OK)
		return exit;
	rc = read_keys(&instance, cli->arena, &keys);
	instance_close(&instance);
	if (rc != RC_OK)
		return instance_fail(cli, "the keys", rc);
	buf_add_c(&cli->out, "[");
	for (size_t i = 0; i < keys.n; i++) {
		buf_add_c(&cli->out, i ? ",\n " : "");
		print_key(cli, &keys.v[i]);
	}
	buf_add_c(&cli->out, "]\n");
	keys_done(&keys);
	return CLI_OK;
}

static enum cli_exit keys_rotate_run(
	struct cli *cli, struct deliver_instance *w, struct operation_call *call)
{
	const struct instance *instance = &w->instance;
	enum rc rc = operation_run(&instance->app, &instance->actor, cli->arena, call);

	if (rc != RC_OK)
		return operation_refused(cli, call, rc);
	if (cli_value(cli, "json"))
		return operation_finish(cli, call, RC_OK);
	buf_addf(&cli->out, "%.*s\n", STR_FMT(((const struct keys_rotated *)call->result)->kid));
	return CLI_OK;
}

const struct operation_view view_keys_rotate = {
	.operation = "keys.rotate",
	.run = keys_rotate_run,
};
