/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pratu keys ...: the signing keys. */
#include "codec/date.h"
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

static bool has_pending(const struct instance *instance, struct arena *a, enum jose_alg alg)
{
	struct keys keys;
	bool found = false;

	if (read_keys(instance, a, &keys) != RC_OK)
		return false;
	for (size_t i = 0; i < keys.n; i++)
		found = found || (keys.v[i].state == KEY_PENDING && jwk_alg(keys.v[i].jwk) == alg);
	keys_done(&keys);
	return found;
}

/* Makes the key; one that is to sign at once also begins to, which the servers see within seconds.
 */
static enum rc rotate(struct cli *cli, const struct instance *instance, enum jose_alg alg,
	bool at_once, struct str *ret_kid)
{
	struct keys_context c = instance_keys(instance);
	struct keyring_rotation rule = instance_rotation(&instance->config->settings);
	int64_t from = c.now_ms / 1000 + (at_once ? 0 : rule.overlap);
	bool changed;
	enum rc rc = keys_add(&c, cli->arena, alg, from, ret_kid);

	return rc == RC_OK ? keys_tick(&c, cli->arena, &rule, 0, &changed) : rc;
}

enum cli_exit cmd_keys_rotate(struct cli *cli)
{
	const char *name = cli_value(cli, "alg");
	enum jose_alg alg = name ? jose_alg_parse(str_c(name)) : JOSE_ES256;
	bool at_once = cli_value(cli, "now") != NULL;
	struct str kid = STR_NONE;
	struct instance instance;
	enum cli_exit exit;
	enum rc rc;

	if (alg == JOSE_ALG_INVALID)
		return cli_usage(cli, "--alg is not one of ES256, RS256, PS256");
	exit = instance_open(cli, INSTANCE_WRITE, &instance);
	if (exit != CLI_OK)
		return exit;
	if (!at_once && has_pending(&instance, cli->arena, alg))
		rc = RC_EXISTS;
	else
		rc = rotate(cli, &instance, alg, at_once, &kid);
	instance_close(&instance);
	if (rc == RC_EXISTS)
		return cli_fail(cli, "a new key is published already and will sign; see keys list, "
				     "or --now");
	if (rc != RC_OK)
		return instance_fail(cli, "the new key", rc);
	buf_addf(&cli->out, "%.*s\n", STR_FMT(kid));
	return CLI_OK;
}
