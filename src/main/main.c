/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The program: one binary for the server and its commands. */
#include "base/secret.h"
#include "main/commands.h"

#include <sys/resource.h>

int main(int argc, char **argv)
{
	/* A core of this process would hold keys. */
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	secret_set_credentials_directory(getenv("CREDENTIALS_DIRECTORY"));
	return cli_main(commands, argc, argv);
}
