/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pratu init: what a new installation needs. Nothing that exists is touched. */
#include "codec/base64.h"
#include "codec/uri.h"
#include "main/commands.h"
#include "main/instance.h"
#include "base/new_file.h"
#include "base/random.h"

#include <errno.h>
#include <unistd.h>

#define MASTER_KEY_BYTES 32
#define PATH_BYTES       4096

/* --- the configuration --- */

static bool is_this_machine(struct str host)
{
	return str_eq_c(host, "localhost") || str_eq_c(host, "127.0.0.1");
}

/* On this machine itself the issuer's port is ours; elsewhere a proxy has it. */
static void add_ports(struct buf *out, const struct uri *issuer)
{
	uint64_t port;

	if (!is_this_machine(issuer->host) || !str_to_u64(issuer->port, 65535, &port))
		return;
	buf_addf(out, "server:\n  port: %d\n", (int)port);
	buf_add_c(out, "management:\n  port: 0 # any free port; the log line \"started\" has it\n");
}

static enum cli_exit write_config(struct cli *cli, const char *path)
{
	const char *given = cli_value(cli, "issuer"), *data = cli_value(cli, "data");
	struct uri issuer;
	struct buf out;
	enum rc rc;

	if (!given)
		return cli_usage(cli, "--issuer is missing: the provider's address, such as "
				      "https://sso.example.go.th");
	if (uri_parse(str_c(given), &issuer) != RC_OK)
		return cli_usage(cli, "--issuer is no address");
	if (data && (strpbrk(data, "\"\\") || str_has_control(str_c(data))))
		return cli_usage(cli, "--data holds a quote, a backslash or a control character");
	buf_init(&out, cli->arena, 65536);
	buf_add_c(&out, "# Pratu. Every option, its default and its meaning: pratu docs example\n");
	buf_addf(&out, "issuer: \"%s\"\nmaster_key_file: master.key\n", given);
	buf_addf(&out, "store:\n  directory: \"%s\"\n", data ? data : "data");
	add_ports(&out, &issuer);
	rc = new_file_put(path, buf_str(&out));
	if (rc != RC_OK)
		return cli_fail(cli, "%s: %s", path, new_file_why(rc));
	buf_addf(&cli->out, "created %s\n", path);
	return CLI_OK;
}

/* --- the master key --- */

static size_t loose_at(const struct conf_item *table)
{
	return (table->size + 15) & ~(size_t)15;
}

/* The configuration's rows with secret files read as mere paths, which are behind all other values.
 * The master key is the first. */
static struct conf_item loose_table(struct arena *a)
{
	const struct conf_item *table = config_table();
	struct conf_option *rows = arena_array(a, table->n_options, struct conf_option);
	size_t at = loose_at(table);

	memcpy(rows, table->options, table->n_options * sizeof(*rows));
	for (size_t i = 0; i < table->n_options; i++) {
		if (rows[i].type != CONF_SECRET_FILE)
			continue;
		rows[i].type = CONF_PATH;
		rows[i].min = rows[i].max = 0;
		rows[i].offset = at;
		at += sizeof(struct str);
	}
	return (struct conf_item){at, rows, table->n_options};
}

static enum cli_exit write_master_key(struct cli *cli, struct str path)
{
	struct str key = random_base64url(cli->arena, &rng_system, MASTER_KEY_BYTES);
	const char *name = str_dup_c(cli->arena, path);
	enum rc rc;

	/* systemd makes credentials; a name of one is no path. */
	if (!path.n || str_find(path, ':') < path.n)
		return CLI_OK;
	rc = new_file_put(name, key);
	if (rc == RC_EXISTS)
		return CLI_OK;
	if (rc != RC_OK)
		return cli_fail(cli, "%s: %s", name, new_file_why(rc));
	buf_addf(&cli->out,
		"created %s - without it the database cannot be read: keep a copy in a safe "
		"place\n",
		name);
	return CLI_OK;
}

static enum cli_exit make_master_key(struct cli *cli)
{
	struct conf_item table = loose_table(cli->arena);
	const struct str *paths;
	struct buf errors;
	struct conf *conf;
	enum cli_exit exit;

	buf_init(&errors, cli->arena, CONFIG_ERRORS_BYTES);
	if (conf_load(cli->config, &table, &errors, &conf) != RC_OK)
		return CLI_OK; /* reported by the strict reading that follows */
	paths = (const void *)((const char *)conf_values(conf) + loose_at(config_table()));
	exit = write_master_key(cli, paths[0]);
	conf_free(conf);
	return exit;
}

/* --- the database --- */

/* Of a database that is there already: what its clients use. */
static unsigned unused_algs(struct store *store)
{
	struct store_snapshot *snap __attribute__((cleanup(store_snapshot_endp))) = NULL;

	return store_snapshot_begin(store, &snap) == RC_OK ? key_algs_unused(snap, 0) : 0;
}

static enum cli_exit make_database(struct cli *cli)
{
	struct keyring_rotation rule;
	struct keys_context context;
	struct instance instance;
	bool changed = false;
	enum cli_exit exit = instance_open(cli, INSTANCE_CREATE, &instance);
	enum rc rc;

	if (exit != CLI_OK)
		return exit;
	context = instance_keys(&instance);
	rule = key_rotation_rule(&instance.config->settings);
	rule.unused = unused_algs(instance.store);
	rc = keys_tick(&context, cli->arena, &rule, SIGNING_ALGS, &changed);
	if (rc == RC_OK)
		buf_addf(&cli->out, "%s %.*s\n", changed ? "created signing keys in" : "kept",
			STR_FMT(instance.config->v->store_directory));
	instance_close(&instance);
	return rc == RC_OK ? CLI_OK : instance_fail(cli, "the signing keys", rc);
}

/* --dir, or where the configuration is. */
static enum cli_exit choose_config(struct cli *cli)
{
	const char *dir = cli_value(cli, "dir");
	char *path;

	if (!dir || cli->config_given)
		return CLI_OK;
	if (directory_make(dir) != RC_OK)
		return cli_fail(cli, "%s: %s", dir, strerror(errno));
	path = arena_alloc(cli->arena, PATH_BYTES);
	if (snprintf(path, PATH_BYTES, "%s/pratu.yaml", dir) >= PATH_BYTES)
		return cli_usage(cli, "--dir is too long");
	cli->config = path;
	return CLI_OK;
}

enum cli_exit cmd_init(struct cli *cli)
{
	enum cli_exit exit = choose_config(cli);

	if (exit == CLI_OK && access(cli->config, F_OK) != 0)
		exit = write_config(cli, cli->config);
	if (exit == CLI_OK)
		exit = make_master_key(cli);
	return exit == CLI_OK ? make_database(cli) : exit;
}
