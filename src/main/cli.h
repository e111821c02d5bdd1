/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_MAIN_CLI_H
#define PRATU_MAIN_CLI_H

/*
 * The command line: a table of commands, each with its table of options. A command gets its
 * options checked and its arguments counted; it writes results to standard output, what is wrong to
 * standard error, and returns an exit code.
 *
 * One thread, one command a process.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/rc.h"
#include "base/str.h"

/* CLI_OK, CLI_FAILED, ...: the codes of base/exit_codes.def. */
enum cli_exit {
#define EXIT_CODE(id, number, restart, help) CLI_##id = (number),
#include "base/exit_codes.def"
#undef EXIT_CODE
};

#define CLI_OPTIONS_MAX   10
#define CLI_ARGUMENTS_MAX 3
#define CLI_OUTPUT_MAX    (64u * 1024u * 1024u) /* bytes a command may print */

struct cli_option {
	const char *name;  /* "dry-run": --dry-run */
	const char *value; /* what --help calls its value; NULL: a switch */
	const char *help;
};

struct cli;
struct operation;

struct cli_command {
	const char *name;      /* one or two words: "client add" */
	const char *arguments; /* what --help calls them: "KIND FILE.csv"; NULL: none */
	int arguments_min, arguments_max;
	const char *help; /* one sentence */
	enum cli_exit (*run)(struct cli *cli);
	struct cli_option options[CLI_OPTIONS_MAX]; /* --config and --help come by themselves */
	const struct operation *operation;          /* of cmd_operation; else NULL */
};

struct cli {
	const struct cli_command *command;
	struct arena *arena;
	const char *config; /* --config, else CONFIG_PATH_DEFAULT */
	bool config_given;
	const char *values[CLI_OPTIONS_MAX]; /* NULL: not given; a switch: "" */
	const char *arguments[CLI_ARGUMENTS_MAX];
	int n_arguments;
	bool serves;    /* others depend on it: what it says waits for no reader */
	struct buf out; /* printed to standard output when the command ends */
};

/* The option's value, "" for a switch, NULL when not given. The name must be in the table. */
const char *cli_value(const struct cli *cli, const char *name);
/* Says what is wrong on standard error, after the command's name. Returns CLI_FAILED. */
enum cli_exit cli_fail(const struct cli *cli, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The same; returns the code. Where there is no memory, these say that instead, with CLI_FAILED. */
enum cli_exit cli_end(const struct cli *cli, enum cli_exit code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same with the short usage behind it. Returns CLI_USAGE. */
enum cli_exit cli_usage(const struct cli *cli, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Text on standard error, behind what was logged. A server does not wait for whoever reads it
 * (obs/log.h), a person's command does. */
void cli_say(const struct cli *cli, struct str text);
/* Says on standard error that the list ended at its limit, and how the next page is read. after:
 * what --after of the next one takes. */
void cli_list_cut(const struct cli *cli, size_t n, struct str after);
/* A number of seconds as in the configuration: "90", "15m", "1h", "30d". */
bool cli_seconds(const char *text, int64_t *ret);

/* Reads a whole file ("-": standard input) of at most max bytes. False: said on standard error. */
bool cli_read_file(const struct cli *cli, const char *path, size_t max, struct str *ret);

/* Runs what argv asks for, out of a table ended by a command without a name. */
int cli_main(const struct cli_command *commands, int argc, char **argv);
/* All commands with their options as Markdown, for docs/commands.md. */
void cli_reference(const struct cli_command *commands, struct buf *out);

#endif
