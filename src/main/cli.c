/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "main/cli.h"

#include "base/array.h"
#include "base/die.h"
#include "main/config.h"
#include "obs/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

/* False: some of it could not be written; see errno. */
static bool print_to(int fd, struct str text)
{
	while (text.n) {
		ssize_t n = write(fd, text.p, text.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		text = str_sub(text, (size_t)n, text.n);
	}
	return true;
}

void cli_say(const struct cli *cli, struct str text)
{
	log_flush();
	if (cli->serves)
		log_last(text.p, text.n);
	else
		print_to(STDERR_FILENO, text);
}

__attribute__((format(printf, 2, 0))) static void say(
	const struct cli *cli, const char *format, va_list args)
{
	struct buf line;
	char text[4096], whole[4200];
	int n = vsnprintf(text, sizeof(text), format, args);

	/* What a library could not do, it says, may have been that. */
	if (memory_is_short())
		n = snprintf(text, sizeof(text), "there is no memory; free some, then try again");
	buf_init_fixed(&line, whole, sizeof(whole));
	buf_addf(&line, "pratu %s: %.*s\n", cli->command->name,
		n < (int)sizeof(text) ? n : (int)sizeof(text) - 1, text);
	cli_say(cli, buf_str(&line));
}

enum cli_exit cli_fail(const struct cli *cli, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(cli, format, args);
	va_end(args);
	return CLI_FAILED;
}

enum cli_exit cli_end(const struct cli *cli, enum cli_exit code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(cli, format, args);
	va_end(args);
	return memory_is_short() ? CLI_FAILED : code;
}

enum cli_exit cli_usage(const struct cli *cli, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(cli, format, args);
	va_end(args);
	fprintf(stderr, "try: pratu %s --help\n", cli->command->name);
	return CLI_USAGE;
}

void cli_list_cut(const struct cli *cli, size_t n, struct str after)
{
	cli_fail(cli, "these are the first %zu; for more write --limit N, or --after %.*s", n,
		STR_FMT(after));
}

const char *cli_value(const struct cli *cli, const char *name)
{
	const struct cli_option *options = cli->command->options;

	for (int i = 0; i < CLI_OPTIONS_MAX && options[i].name; i++)
		if (str_eq_c(str_c(options[i].name), name))
			return cli->values[i];
	return NULL;
}

bool cli_seconds(const char *text, int64_t *ret)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
	struct str s = str_c(text);
	int64_t factor = 1;
	uint64_t n;

	for (size_t i = 0; s.n && i < ARRAY_LEN(units); i++)
		if (s.p[s.n - 1] == units[i].unit) {
			factor = units[i].seconds;
			s.n--;
			break;
		}
	if (!str_to_u64(s, 1000000000, &n))
		return false;
	*ret = (int64_t)n * factor;
	return true;
}

/* --- files --- */

/* Reads to the end; false when there is more than max. */
static bool read_to_end(int fd, struct buf *out, size_t max)
{
	for (;;) {
		char *at = buf_reserve(out, 65536);
		ssize_t n = at ? read(fd, at, 65536) : -1;

		if (n < 0 && at && errno == EINTR)
			continue;
		if (n < 0 || out->n + (size_t)n > max)
			return false;
		if (n == 0)
			return true;
		buf_commit(out, (size_t)n);
	}
}

bool cli_read_file(const struct cli *cli, const char *path, size_t max, struct str *ret)
{
	bool input = str_eq_c(str_c(path), "-");
	int fd = input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	struct buf text;
	bool good;

	if (fd < 0) {
		cli_fail(cli, "%s: %s", path, strerror(errno));
		return false;
	}
	buf_init(&text, cli->arena, max + 65536);
	errno = 0;
	good = read_to_end(fd, &text, max);
	if (!good)
		cli_fail(cli, "%s: %s", path,
			errno ? strerror(errno) : "the file is too large; split it");
	if (!input)
		close(fd);
	if (good)
		*ret = buf_str(&text);
	return good;
}

/* --- help --- */

static void add_option(struct buf *out, const char *name, const char *value, const char *help)
{
	char left[64];

	snprintf(left, sizeof(left), "--%s%s%s", name, value ? " " : "", value ? value : "");
	buf_addf(out, "  %-24s %s\n", left, help);
}

static void add_usage(struct buf *out, const struct cli_command *c)
{
	buf_addf(out, "usage: pratu %s%s%s [options]\n\n%s\n\noptions:\n", c->name,
		c->arguments ? " " : "", c->arguments ? c->arguments : "", c->help);
	for (int i = 0; i < CLI_OPTIONS_MAX && c->options[i].name; i++)
		add_option(out, c->options[i].name, c->options[i].value, c->options[i].help);
	add_option(out, "config", "FILE", "configuration; default " CONFIG_PATH_DEFAULT);
	add_option(out, "help", NULL, "this text");
}

/* Whether the word begins the command: "account" and "account show". */
static bool in_group(const struct cli_command *c, struct str word)
{
	struct str name = str_c(c->name);

	return str_starts(name, word) && name.n > word.n && name.p[word.n] == ' ';
}

/* The commands that begin with the word; all of them when none does, or with NULL. */
static void add_overview(struct buf *out, const struct cli_command *commands, const char *word)
{
	struct str group = str_c(word);
	bool only = false;

	for (const struct cli_command *c = commands; c->name && group.n; c++)
		only = only || in_group(c, group);
	buf_add_c(out, "usage: pratu COMMAND [arguments] [options]\n\ncommands:\n");
	for (const struct cli_command *c = commands; c->name; c++)
		if (!only || in_group(c, group))
			buf_addf(out, "  %-23s %s\n", c->name, c->help);
	buf_add_c(out, "\npratu COMMAND --help shows the options of a command. Exit codes: 0 done, "
		       "1 refused or failed, 2 used wrongly; the others: pratu docs "
		       "exit-codes.\n");
}

void cli_reference(const struct cli_command *commands, struct buf *out)
{
	for (const struct cli_command *c = commands; c->name; c++) {
		buf_addf(out, "## pratu %s%s%s\n\n%s\n\n", c->name, c->arguments ? " " : "",
			c->arguments ? c->arguments : "", c->help);
		for (int i = 0; i < CLI_OPTIONS_MAX && c->options[i].name; i++) {
			const struct cli_option *o = &c->options[i];

			buf_addf(out, "- `--%s%s%s`: %s\n", o->name, o->value ? " " : "",
				o->value ? o->value : "", o->help);
		}
		if (c->options[0].name)
			buf_add_byte(out, '\n');
	}
}

/* --- parsing --- */

/* Words of argv that the command's name takes; 0: another command. */
static int name_words(const struct cli_command *c, int argc, char **argv)
{
	struct str rest = str_c(c->name), word;
	int n = 0;

	while (str_cut(&rest, ' ', &word)) {
		if (n + 1 >= argc || !str_eq_c(word, argv[n + 1]))
			return 0;
		n++;
	}
	return n;
}

static const struct cli_command *find_command(
	const struct cli_command *commands, int argc, char **argv, int *ret_words)
{
	for (const struct cli_command *c = commands; c->name; c++) {
		*ret_words = name_words(c, argc, argv);
		if (*ret_words)
			return c;
	}
	return NULL;
}

/* Where the value of an option is to be kept, and whether it takes one. */
static const char **find_option(struct cli *cli, struct str name, bool *ret_value)
{
	const struct cli_option *options = cli->command->options;

	*ret_value = true;
	if (str_eq_c(name, "config"))
		return &cli->config;
	for (int i = 0; i < CLI_OPTIONS_MAX && options[i].name; i++)
		if (str_eq_c(name, options[i].name)) {
			*ret_value = options[i].value != NULL;
			return &cli->values[i];
		}
	return NULL;
}

/* One option at argv[*at], moved on to its value when that is the next word. */
static enum cli_exit take_option(struct cli *cli, int argc, char **argv, int *at)
{
	struct str name = str_c(argv[*at] + 2);
	size_t equals = str_find(name, '=');
	const char *joined = equals < name.n ? name.p + equals + 1 : NULL;
	bool wants;
	const char **slot = find_option(cli, str_sub(name, 0, equals), &wants);

	if (!slot)
		return cli_usage(cli, "there is no option %s", argv[*at]);
	if (*slot && slot != &cli->config)
		return cli_usage(cli, "%s is given twice", argv[*at]);
	if (!wants && joined)
		return cli_usage(cli, "%.*s takes no value", (int)equals + 2, argv[*at]);
	if (wants && !joined && ++*at >= argc)
		return cli_usage(cli, "%s needs a value", argv[*at - 1]);
	*slot = !wants ? "" : joined ? joined : argv[*at];
	return CLI_OK;
}

static enum cli_exit command_parse(struct cli *cli, int argc, char **argv, int at)
{
	const struct cli_command *c = cli->command;
	bool only_arguments = false;

	for (; at < argc; at++) {
		struct str word = str_c(argv[at]);
		enum cli_exit exit = CLI_OK;

		if (!only_arguments && str_eq_c(word, "--"))
			only_arguments = true;
		else if (!only_arguments && str_starts(word, STR("--")))
			exit = take_option(cli, argc, argv, &at);
		else if (cli->n_arguments < c->arguments_max)
			cli->arguments[cli->n_arguments++] = argv[at];
		else
			return cli_usage(cli, "\"%s\" is one argument too many", argv[at]);
		if (exit != CLI_OK)
			return exit;
	}
	if (cli->n_arguments < c->arguments_min)
		return cli_usage(cli, "%s is missing", c->arguments);
	return CLI_OK;
}

static bool wants_help(int argc, char **argv, int at)
{
	for (; at < argc; at++) {
		struct str word = str_c(argv[at]);

		if (str_eq_c(word, "--"))
			return false;
		if (str_eq_c(word, "--help") || str_eq_c(word, "-h"))
			return true;
	}
	return false;
}

static enum cli_exit command_run(struct cli *cli, int argc, char **argv, int at)
{
	enum cli_exit exit;

	if (wants_help(argc, argv, at)) {
		add_usage(&cli->out, cli->command);
		return CLI_OK;
	}
	exit = command_parse(cli, argc, argv, at);
	if (exit != CLI_OK)
		return exit;
	cli->config_given = cli->config != NULL;
	if (!cli->config)
		cli->config = CONFIG_PATH_DEFAULT;
	return cli->command->run(cli);
}

static int overview(struct cli *cli, const struct cli_command *commands, int argc, char **argv)
{
	bool asked = argc > 1 && (str_eq_c(str_c(argv[1]), "help") || wants_help(argc, argv, 1));

	add_overview(&cli->out, commands, argc > 1 ? argv[1] : NULL);
	if (asked) {
		print_to(STDOUT_FILENO, buf_str(&cli->out));
		return CLI_OK;
	}
	if (argc > 1)
		fprintf(stderr, "pratu: there is no command \"%s%s%s\"\n", argv[1],
			argc > 2 && argv[2][0] != '-' ? " " : "",
			argc > 2 && argv[2][0] != '-' ? argv[2] : "");
	print_to(STDERR_FILENO, buf_str(&cli->out));
	return CLI_USAGE;
}

int cli_main(const struct cli_command *commands, int argc, char **argv)
{
	struct arena *a __attribute__((cleanup(arena_freep))) = arena_new(ARENA_MAX_CLI);
	struct cli cli = {.arena = a};
	int words = 0, exit;

	buf_init(&cli.out, a, CLI_OUTPUT_MAX);
	/* "pratu help client add" is "pratu client add --help". */
	if (argc > 2 && str_eq_c(str_c(argv[1]), "help")) {
		cli.command = find_command(commands, argc - 1, argv + 1, &words);
		if (cli.command) {
			add_usage(&cli.out, cli.command);
			print_to(STDOUT_FILENO, buf_str(&cli.out));
			return CLI_OK;
		}
	}
	cli.command = find_command(commands, argc, argv, &words);
	if (!cli.command)
		return overview(&cli, commands, argc, argv);
	exit = command_run(&cli, argc, argv, words + 1);
	if (arena_exceeded(a)) {
		fprintf(stderr, "pratu: %s; what it prints may be cut\n", arena_why(a));
		exit = exit == CLI_OK ? CLI_FAILED : exit;
	}
	/* What was done is done; but a list or a secret that is lost is no success. */
	if (!print_to(STDOUT_FILENO, buf_str(&cli.out))) {
		fprintf(stderr, "pratu %s: standard output: %s; what it printed is lost\n",
			cli.command->name, strerror(errno));
		exit = exit == CLI_OK ? CLI_FAILED : exit;
	}
	return exit;
}
