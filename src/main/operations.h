/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_MAIN_OPERATIONS_H
#define PRATU_MAIN_OPERATIONS_H

/*
 * Operations on the command line: which there are, how a row becomes a command, and how options or
 * JSON become its arguments.
 *
 * A field that the row lists as positional is an argument, PERSON_ID for person_id; any other one
 * an option, --second-factor for second_factor. A true-or-false field is a switch, a JSON field is
 * read from a file, a number may be written as a time: 15m. --json FILE gives all arguments as one
 * JSON object instead.
 */
#include "core/operation.h"
#include "main/cli.h"

/* All operations of the program, ended by NULL. Static. */
const struct operation *const *app_operations(void);

/* The command of a row; strings in the arena. view: an option that only the command line has, or
 * NULL. */
struct cli_command operation_command(
	const struct operation *o, struct arena *a, const struct cli_option *view);
/* Reads the arguments; what is wrong is said on standard error. CLI_USAGE, CLI_FAILED. */
enum cli_exit operation_parse(struct cli *cli, const struct operation *o, const void **ret_args);
/* Says every problem on standard error, by the names the command line has. Returns exit. */
enum cli_exit operation_problems(struct cli *cli, const struct operation *o,
	const struct problems *problems, enum cli_exit exit);

#endif
