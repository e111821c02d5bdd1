/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The program: one binary for the server and its commands. */
#include "base/secret.h"
#include "core/module.h"
#include "main/commands.h"

#include <sys/resource.h>

int main(int argc, char **argv)
{
	struct arena *a;
	int exit;

	/* A core of this process would hold keys. */
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	secret_set_credentials_directory(getenv("CREDENTIALS_DIRECTORY"));
	a = arena_new(ARENA_MAX);
	exit = cli_main(commands_all(a), argc, argv);
	arena_free(a);
	return exit;
}
