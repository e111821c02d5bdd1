/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "main/instance.h"

#include "base/array.h"
#include "base/clock.h"
#include "base/random.h"
#include "directory/directory.h"
#include "main/operations.h"
#include "main/version.h"

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
	[RC_CORRUPT] = "stored data cannot be read; it is damaged, or of another master key",
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
		return cli_end(cli, CLI_CONFIG,
			"there is no configuration %s; name one with --config, or create one with "
			"pratu init",
			cli->config);
	return cli_end(cli, CLI_CONFIG, "%s is not accepted", cli->config);
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

static enum cli_exit refuse_owner(const struct cli *cli, const char *path, uid_t uid)
{
	const struct passwd *owner = getpwuid(uid);

	return cli_end(cli, CLI_NO_DATABASE,
		"%s belongs to user %s (%u); give the command as that user: sudo -u %s", path,
		owner ? owner->pw_name : "?", (unsigned)uid, owner ? owner->pw_name : "...");
}

/* Where a directory is to be made: root would own it. */
static enum cli_exit check_parent(const struct cli *cli, const char *directory)
{
	char *parent = str_dup_c(cli->arena, str_c(directory)), *slash;
	struct stat st;

	while ((slash = strrchr(parent, '/')) && !slash[1] && slash != parent)
		*slash = '\0';
	if (geteuid() != 0 || !slash || slash == parent || stat(directory, &st) == 0)
		return CLI_OK;
	*slash = '\0';
	if (stat(parent, &st) != 0 || st.st_uid == 0)
		return CLI_OK;
	return refuse_owner(cli, parent, st.st_uid);
}

/*
 * A command given by another user, root too, could leave files behind that the server may not open.
 * A directory that is not there is no fault here; root may make it where root's directories are.
 */
enum cli_exit instance_check_owner(const struct cli *cli, const struct config *config)
{
	static const char *const names[] = {"", "/" STORE_FILE, "/" STORE_LOCK, "/" STORE_TURN};
	const char *directory = str_dup_c(cli->arena, config->v->store_directory);
	struct buf path;
	struct stat st;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		buf_init(&path, cli->arena, STORE_PATH_MAX);
		buf_addf(&path, "%s%s", directory, names[i]);
		if (stat(path.p, &st) == 0 && st.st_uid != geteuid())
			return refuse_owner(cli, path.p, st.st_uid);
	}
	return check_parent(cli, directory);
}

enum cli_exit instance_refused(
	const struct cli *cli, const char *what, enum rc rc, const struct store_refusal *refusal)
{
	static const enum cli_exit codes[] = {
		[STORE_REFUSED_OTHERWISE] = CLI_FAILED,
		[STORE_NOT_THERE] = CLI_NO_DATABASE,
		[STORE_LOOSE] = CLI_NO_DATABASE,
		[STORE_DAMAGED] = CLI_DAMAGED,
		[STORE_NEWER] = CLI_FOREIGN,
	};

	if (refusal->kind == STORE_REFUSED_OTHERWISE)
		return instance_fail(cli, what, rc);
	return cli_end(cli, codes[refusal->kind], "%s: %s%s", what,
		refusal->kind == STORE_NOT_THERE ? "there is no database: " : "", refusal->why);
}

static enum cli_exit open_checked(struct cli *cli, enum instance_access access,
	const struct config *config, struct store **ret)
{
	const struct config_values *v = config->v;
	struct store_refusal refusal = {.kind = STORE_REFUSED_OTHERWISE};
	struct store_lmdb_options options = {
		.directory = str_dup_c(config->arena, v->store_directory),
		.map_bytes = v->store_map,
		.map_bytes_max = v->store_map_max,
		.max_readers = (int)v->store_readers,
		.read_only = access == INSTANCE_READ,
		.create = access == INSTANCE_CREATE,
		.program = version_program(),
		.refusal = &refusal,
	};
	enum cli_exit exit = instance_check_owner(cli, config);
	enum rc rc;

	if (exit != CLI_OK)
		return exit;
	rc = store_open_lmdb(app_schema(), &clock_system, &options, ret);
	return rc == RC_OK ? CLI_OK : instance_refused(cli, options.directory, rc, &refusal);
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
	ret->actor = (struct actor){.kind = ACTOR_COMMAND, .id = command_actor(cli->arena)};
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
