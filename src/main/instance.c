/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "main/instance.h"

#include "base/clock.h"
#include "base/random.h"
#include "directory/directory.h"
#include "main/operations.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const meanings[RC_MAX] = {
	[RC_NOT_FOUND] = "there is no such record",
	[RC_EXISTS] = "it is there already",
	[RC_CONFLICT] = "somebody changed it at the same moment; try again",
	[RC_INVALID] = "the input breaks a rule",
	[RC_DENIED] = "it is not allowed",
	[RC_EXPIRED] = "it has expired",
	[RC_LIMITED] = "a maximum is reached",
	[RC_UNAVAILABLE] = "the database cannot be used: check directory, owner, free space",
	[RC_CORRUPT] = "stored data cannot be read: is this the right master key and database?",
	[RC_INTERNAL] = "the system failed in an unforeseen way",
};

enum cli_exit instance_fail(const struct cli *cli, const char *what, enum rc rc)
{
	const char *meaning = (unsigned)rc < RC_MAX ? meanings[rc] : NULL;

	return cli_fail(cli, "%s: %s (%s)", what, meaning ? meaning : "failed", rc_name(rc));
}

enum cli_exit instance_config(const struct cli *cli, struct config **ret)
{
	struct buf errors;
	enum rc rc;

	buf_init(&errors, cli->arena, CONFIG_ERRORS_BYTES);
	rc = config_load(cli->config, &errors, ret);
	if (rc == RC_OK)
		return CLI_OK;
	cli_say(cli, buf_str(&errors));
	if (rc == RC_NOT_FOUND)
		return cli_fail(cli,
			"there is no configuration %s; name one with --config, or create one with "
			"pratu init",
			cli->config);
	return cli_fail(cli, "%s is not accepted", cli->config);
}

enum rc instance_open_store(
	const struct config *config, enum instance_access access, struct store **ret)
{
	const struct config_values *v = config->v;
	struct store_lmdb_options options = {
		.directory = str_dup_c(config->arena, v->store_directory),
		.map_bytes = v->store_map,
		.map_bytes_max = v->store_map_max,
		.max_readers = (int)v->store_readers,
		.read_only = access == INSTANCE_READ,
	};

	return store_open_lmdb(app_schema(), &clock_system, &options, ret);
}

#define UID_NONE ((uid_t)-1)

/* The user who logged in, as the kernel keeps it over sudo (loginuid); otherwise when not set. */
static uid_t login_uid(uid_t otherwise)
{
	FILE *file = fopen("/proc/self/loginuid", "re");
	uint64_t uid = UID_NONE;
	char text[16];

	if (!file)
		return otherwise;
	if (!fgets(text, sizeof(text), file) || !str_to_u64(str_trim(str_c(text)), UID_NONE, &uid))
		uid = UID_NONE;
	fclose(file);
	return uid == UID_NONE ? otherwise : (uid_t)uid;
}

/*
 * The actor of a command: the user who logged in, else the one who called sudo, else the user it
 * runs as. This distinguishes two people who run commands as the service's user.
 */
static struct str command_actor(struct arena *a)
{
	const char *caller = getenv("SUDO_USER");
	const struct passwd *user = getpwuid(login_uid(getuid()));
	struct buf out;

	buf_init(&out, a, 100);
	buf_add_c(&out, "cli:");
	if (login_uid(UID_NONE) == UID_NONE && caller && username_valid(str_c(caller)))
		buf_add_c(&out, caller);
	else if (user)
		buf_add(&out, str_sub(str_c(user->pw_name), 0, 64));
	else
		buf_add_i64(&out, getuid());
	return buf_str(&out);
}

/*
 * A command given by another user, root too, could leave files behind that the server may not open.
 * A directory that is not there is no fault here.
 */
static enum cli_exit check_owner(struct cli *cli, const struct config *config)
{
	const char *directory = str_dup_c(cli->arena, config->v->store_directory);
	const struct passwd *owner;
	struct stat st;

	if (stat(directory, &st) != 0 || st.st_uid == geteuid())
		return CLI_OK;
	owner = getpwuid(st.st_uid);
	return cli_fail(cli,
		"%s belongs to user %s (%u); give the command as that user: sudo -u %s", directory,
		owner ? owner->pw_name : "?", (unsigned)st.st_uid, owner ? owner->pw_name : "...");
}

static enum cli_exit open_checked(struct cli *cli, enum instance_access access,
	const struct config *config, struct store **ret)
{
	enum cli_exit exit = check_owner(cli, config);
	enum rc rc;

	if (exit != CLI_OK)
		return exit;
	rc = instance_open_store(config, access, ret);
	if (rc == RC_NOT_FOUND)
		return cli_fail(cli, "there is no database in %.*s; create it with pratu init",
			STR_FMT(config->v->store_directory));
	return rc == RC_OK ? CLI_OK : instance_fail(cli, "the database", rc);
}

enum cli_exit instance_open_with(
	struct cli *cli, enum instance_access access, struct config *config, struct instance *ret)
{
	struct instance instance = {.config = config};
	enum cli_exit exit = open_checked(cli, access, config, &instance.store);

	if (exit != CLI_OK) {
		config_free(config);
		return exit;
	}
	*ret = instance;
	vault_open(instance.config->v->master_key, &ret->vault);
	ret->app = (struct app){.settings = &ret->config->settings,
		.store = ret->store,
		.vault = &ret->vault,
		.clock = &clock_system,
		.rng = &rng_system,
		.operations = app_operations()};
	ret->actor = (struct actor){ACTOR_COMMAND, command_actor(cli->arena), STR_NONE, STR_NONE};
	return CLI_OK;
}

enum cli_exit instance_open(struct cli *cli, enum instance_access access, struct instance *ret)
{
	struct config *config;
	enum cli_exit exit = instance_config(cli, &config);

	return exit == CLI_OK ? instance_open_with(cli, access, config, ret) : exit;
}

void instance_close(struct instance *instance)
{
	store_close(instance->store);
	vault_close(&instance->vault);
	config_free(instance->config);
	*instance = (struct instance){.config = NULL};
}

struct keys_context instance_keys(const struct instance *instance)
{
	return (struct keys_context){.store = instance->store,
		.vault = &instance->vault,
		.rng = &rng_system,
		.now_ms = clock_now_ms(&clock_system),
		.actor = instance->actor.id};
}
