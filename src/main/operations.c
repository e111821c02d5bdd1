/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "main/operations.h"

#include "core/module.h"

#include <ctype.h>

#define OPERATIONS_MAX 200
#define JSON_ARGS_MAX  (1u << 20) /* bytes */

const struct operation *const *app_operations(void)
{
	static const struct operation *all[OPERATIONS_MAX + 1];
	size_t n = 0;

	/* Every caller computes the same, so it does not matter which of two threads is first. */
	for (size_t m = 0; all_modules[m]; m++)
		for (const struct operation *const *o = all_modules[m]->operations; o && *o; o++)
			if (n < OPERATIONS_MAX)
				all[n++] = *o;
	return all;
}

/* --- names --- */

static const char *mapped(struct arena *a, const char *text, char from, char to, bool upper)
{
	size_t n = strlen(text);
	char *copy = arena_alloc(a, n + 1);

	for (size_t i = 0; i <= n; i++) {
		copy[i] = text[i] == from ? to : text[i];
		if (upper)
			copy[i] = (char)toupper((unsigned char)copy[i]);
	}
	return copy;
}

static const char *option_name(struct arena *a, const struct field *f)
{
	const char *name = mapped(a, f->name, '_', '-', false);
	struct buf out;

	if (!(f->flags & FIELD_FILE))
		return name;
	buf_init(&out, a, 100);
	buf_addf(&out, "%s-file", name);
	return str_dup_c(a, buf_str(&out));
}

/* The option of a field that a problem names. */
static const char *option_of(struct arena *a, const struct operation *o, const char *field)
{
	const struct field *f = field_find(o->args, str_c(field));

	return f ? option_name(a, f) : mapped(a, field, '_', '-', false);
}

static const char *argument_name(struct arena *a, const char *field)
{
	return mapped(a, field, '_', '_', true);
}

/* The place of a field among the arguments; -1: an option. */
static int positional_at(const struct operation *o, const char *field)
{
	for (int i = 0; o->positional && o->positional[i]; i++)
		if (strcmp(o->positional[i], field) == 0)
			return i;
	return -1;
}

static const char *option_value(const struct field *f)
{
	if (f->flags & FIELD_FILE)
		return "FILE";
	switch (f->type) {
	case FIELD_BOOL: return NULL;
	case FIELD_DATE: return "DAY";
	case FIELD_TIME: return "TIME";
	case FIELD_I64: return "N";
	case FIELD_ENUM: return "WORD";
	case FIELD_STRLIST: return "A;B";
	case FIELD_JSON: return "FILE.json";
	default: return "TEXT";
	}
}

static const char *argument_names(const struct operation *o, struct arena *a)
{
	struct buf out;

	if (!o->positional)
		return NULL;
	buf_init(&out, a, 1024);
	for (int i = 0; o->positional[i]; i++)
		buf_addf(&out, "%s%s", i ? " " : "", argument_name(a, o->positional[i]));
	return str_dup_c(a, buf_str(&out));
}

struct cli_command operation_command(
	const struct operation *o, struct arena *a, const struct cli_option *view)
{
	struct cli_command c = {.name = mapped(a, o->name, '.', ' ', false),
		.arguments = argument_names(o, a),
		.help = o->help,
		.operation = o};
	size_t n = 0;

	for (size_t i = 0; i < o->args->n_fields; i++) {
		const struct field *f = &o->args->fields[i];

		if (positional_at(o, f->name) >= 0)
			c.arguments_max++;
		else if (n < CLI_OPTIONS_MAX - 2)
			c.options[n++] =
				(struct cli_option){option_name(a, f), option_value(f), f->help};
	}
	if (o->before)
		c.options[n++] = (struct cli_option){"reason", "TEXT",
			o->approval == APPROVAL_SECOND_PERSON
				? "why, for the second person and the audit trail"
				: "why, where a second person approves it (approvals.operations)"};
	if (view)
		c.options[n++] = *view;
	c.options[n] = (struct cli_option){
		"json", "FILE", "all arguments as one JSON object; - for standard input"};
	return c;
}

/* --- problems --- */

/* Does the command line have it: as an argument or an option? */
static bool is_named(
	const struct cli *cli, const char *option, const struct operation *o, const char *field)
{
	const struct cli_option *options = cli->command->options;

	for (int i = 0; i < CLI_OPTIONS_MAX && options[i].name; i++)
		if (strcmp(options[i].name, option) == 0)
			return true;
	return positional_at(o, field) >= 0;
}

enum cli_exit operation_problems(struct cli *cli, const struct operation *o,
	const struct problems *problems, enum cli_exit exit)
{
	for (size_t i = 0; i < problems->n; i++) {
		const struct field_error *p = &problems->v[i];
		bool known =
			p->field && is_named(cli, option_of(cli->arena, o, p->field), o, p->field);

		if (!p->field)
			cli_fail(cli, "%s%s%s", cli->n_arguments ? cli->arguments[0] : "",
				cli->n_arguments ? ": " : "", p->why);
		else if (!known)
			cli_fail(cli, "%s %s", p->field, p->why);
		else if (positional_at(o, p->field) >= 0)
			cli_fail(cli, "%s %s", argument_name(cli->arena, p->field), p->why);
		else
			cli_fail(cli, "--%s %s", option_of(cli->arena, o, p->field), p->why);
	}
	if (exit == CLI_USAGE)
		fprintf(stderr, "try: pratu %s --help\n", cli->command->name);
	return exit;
}

/* --- arguments --- */

static const char *given(const struct cli *cli, const struct operation *o, const struct field *f)
{
	int at = positional_at(o, f->name);

	if (at >= 0)
		return at < cli->n_arguments ? cli->arguments[at] : NULL;
	return cli_value(cli, option_name(cli->arena, f));
}

static enum cli_exit take_file(struct cli *cli, const struct operation *o, const struct field *f,
	const char *path, void *args)
{
	struct field_error error;
	struct str text;

	if (!cli_read_file(cli, path, f->max ? f->max : JSON_ARGS_MAX, &text))
		return CLI_FAILED;
	if (field_from_text(o->args, cli->arena, f, text, args, &error) != RC_OK)
		return cli_fail(cli, "%s: this is not one JSON value with distinct members", path);
	return CLI_OK;
}

/* A secret is the first line of a file: never on the command line, which all processes see. */
static enum cli_exit take_secret(struct cli *cli, const struct operation *o, const struct field *f,
	const char *path, void *args, struct problems *problems)
{
	struct field_error error;
	struct str text;

	if (!cli_read_file(cli, path, f->max + 2, &text))
		return CLI_FAILED;
	while (text.n && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r'))
		text.n--;
	if (!text.n)
		problem_add(problems, f->name, "names an empty file");
	else if (field_from_text(o->args, cli->arena, f, text, args, &error) != RC_OK)
		problem_copy(problems, &error);
	return CLI_OK;
}

/* A number as it stands, or a time: 15m. */
static bool take_seconds(const char *text, const struct field *f, void *args)
{
	int64_t *member = (void *)((char *)args + f->offset);
	int64_t seconds;

	if (!cli_seconds(text, &seconds) || (f->max && seconds > (int64_t)f->max))
		return false;
	*member = seconds;
	return true;
}

static enum cli_exit take_field(struct cli *cli, const struct operation *o, const struct field *f,
	void *args, struct problems *problems)
{
	const char *text = given(cli, o, f);
	struct field_error error;

	if (!text) {
		if (f->flags & FIELD_REQUIRED)
			problem_add(problems, f->name, "is missing");
		return CLI_OK;
	}
	if (f->type == FIELD_JSON)
		return take_file(cli, o, f, text, args);
	if (f->flags & FIELD_FILE)
		return take_secret(cli, o, f, text, args, problems);
	if (f->type == FIELD_I64) {
		if (!take_seconds(text, f, args))
			problem_add(
				problems, f->name, "is no number or time from 0 to %zu", f->max);
		return CLI_OK;
	}
	if (f->type == FIELD_BOOL)
		text = "true";
	if (field_from_text(o->args, cli->arena, f, str_c(text), args, &error) != RC_OK)
		problem_copy(problems, &error);
	return CLI_OK;
}

static bool anything_given(const struct cli *cli, const struct operation *o)
{
	for (size_t i = 0; i < o->args->n_fields; i++)
		if (given(cli, o, &o->args->fields[i]))
			return true;
	return false;
}

static enum cli_exit parse_json(struct cli *cli, const struct operation *o, const char *path,
	void **ret, struct problems *problems)
{
	struct json_value *json __attribute__((cleanup(json_value_freep))) = NULL;
	struct str text;

	if (anything_given(cli, o))
		return cli_usage(cli, "--json gives all arguments; leave the others out");
	if (!cli_read_file(cli, path, JSON_ARGS_MAX, &text))
		return CLI_FAILED;
	if (json_value_parse(text, JSON_ARGS_MAX, &json) != RC_OK)
		return cli_fail(cli, "%s: this is not one JSON value with distinct members", path);
	if (operation_args_json(o, cli->arena, json, ret, problems) != RC_OK)
		return CLI_OK;
	return CLI_OK;
}

enum cli_exit operation_parse(struct cli *cli, const struct operation *o, const void **ret_args)
{
	const char *json = cli_value(cli, "json");
	struct problems problems = {.n = 0};
	void *args = NULL;
	enum cli_exit exit = CLI_OK;

	if (json) {
		exit = parse_json(cli, o, json, &args, &problems);
	} else {
		args = operation_args(o, cli->arena);
		for (size_t i = 0; i < o->args->n_fields && exit == CLI_OK; i++)
			exit = take_field(cli, o, &o->args->fields[i], args, &problems);
	}
	if (exit != CLI_OK)
		return exit;
	if (!problems.n && o->validate)
		o->validate(args, &problems);
	if (problems.n)
		return operation_problems(cli, o, &problems, CLI_USAGE);
	*ret_args = args;
	return CLI_OK;
}
