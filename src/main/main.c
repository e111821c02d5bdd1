/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The program: one binary for the server and its commands. */
#include "base/program.h"
#include "base/sanitized.h"
#include "base/secret.h"
#include "codec/json_value.h"
#include "core/module.h"
#include "crypto/hash.h"
#include "jose/jws.h"
#include "main/commands.h"
#include "main/commit.h"
#include "main/version.h"
#include "obs/log.h"

#include <sys/prctl.h>
#include <sys/resource.h>

/* The memory of this process holds keys: no core is written, and no other process of the same user
 * may read or trace it. The leak checker of sanitizers traces its own process. */
static void keep_memory_private(void)
{
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
#if !SANITIZED
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

/* A command waits for memory, as a whole; of a server a request fails alone. */
static void wait_for_memory(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "serve") == 0)
		return;
	crypto_library_patient();
	json_library_patient();
	jose_library_patient();
}

int main(int argc, char **argv)
{
	struct arena *a;
	int exit;

	program_begin();
	keep_memory_private();
	version_set_commit(PRATU_COMMIT);
	wait_for_memory(argc, argv);
	log_start();
	secret_set_credentials_directory(getenv("CREDENTIALS_DIRECTORY"));
	a = arena_new(ARENA_MAX);
	exit = cli_main(commands_all(a), argc, argv);
	arena_free(a);
	log_stop();
	return exit;
}
