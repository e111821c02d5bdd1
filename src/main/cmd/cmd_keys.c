/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pratu keys ...: the signing keys. */
#include "codec/date.h"
#include "main/commands.h"
#include "main/instance.h"

static void add_time(struct jw *w, const char *name, int64_t seconds)
{
	char text[40];
	struct buf out;

	if (!seconds)
		return;
	buf_init_fixed(&out, text, sizeof(text));
	date_add_rfc3339(&out, seconds);
	jw_kv_str(w, name, buf_str(&out));
}

static void print_key(struct cli *cli, const struct keyring_key *k)
{
	struct jw w;

	jw_init(&w, &cli->out);
	jw_object(&w);
	jw_kv_str(&w, "kid", jwk_kid(k->jwk));
	jw_kv_str(&w, "alg", str_c(jose_alg_name(jwk_alg(k->jwk))));
	jw_kv_str(&w, "state", str_c(key_state_name(k->state)));
	add_time(&w, "created", k->created);
	add_time(&w, "active_from", k->active_from);
	add_time(&w, "publish_until", k->publish_until);
	jw_object_end(&w);
}

static enum rc read_keys(const struct site *site, struct arena *a, struct keys *ret)
{
	struct store_snapshot *snap __attribute__((cleanup(store_snapshot_endp))) = NULL;
	enum rc rc = store_snapshot_begin(site->store, &snap);

	return rc == RC_OK ? keys_read(snap, a, &site->vault, NULL, ret) : rc;
}

enum cli_exit cmd_keys_list(struct cli *cli)
{
	struct keys keys;
	struct site site;
	enum cli_exit exit = site_open(cli, SITE_READ, &site);
	enum rc rc;

	if (exit != CLI_OK)
		return exit;
	rc = read_keys(&site, cli->arena, &keys);
	site_close(&site);
	if (rc != RC_OK)
		return site_fail(cli, "the keys", rc);
	buf_add_c(&cli->out, "[");
	for (size_t i = 0; i < keys.n; i++) {
		buf_add_c(&cli->out, i ? ",\n " : "");
		print_key(cli, &keys.v[i]);
	}
	buf_add_c(&cli->out, "]\n");
	keys_done(&keys);
	return CLI_OK;
}

static bool has_pending(const struct site *site, struct arena *a, enum jose_alg alg)
{
	struct keys keys;
	bool found = false;

	if (read_keys(site, a, &keys) != RC_OK)
		return false;
	for (size_t i = 0; i < keys.n; i++)
		found = found || (keys.v[i].state == KEY_PENDING && jwk_alg(keys.v[i].jwk) == alg);
	keys_done(&keys);
	return found;
}

/* Makes the key; one that is to sign at once also begins to, which the servers see within seconds.
 */
static enum rc rotate(struct cli *cli, const struct site *site, enum jose_alg alg, bool at_once,
	struct str *ret_kid)
{
	struct keys_context c = site_keys(site);
	struct keyring_rotation rule = site_rotation(&site->config->settings);
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
	struct site site;
	enum cli_exit exit;
	enum rc rc;

	if (alg == JOSE_ALG_INVALID)
		return cli_usage(cli, "--alg is none of ES256, RS256, PS256");
	exit = site_open(cli, SITE_WRITE, &site);
	if (exit != CLI_OK)
		return exit;
	if (!at_once && has_pending(&site, cli->arena, alg))
		rc = RC_EXISTS;
	else
		rc = rotate(cli, &site, alg, at_once, &kid);
	site_close(&site);
	if (rc == RC_EXISTS)
		return cli_fail(cli, "a new key is published already and will sign; see keys list, "
				     "or --now");
	if (rc != RC_OK)
		return site_fail(cli, "the new key", rc);
	buf_addf(&cli->out, "%.*s\n", STR_FMT(kid));
	return CLI_OK;
}
