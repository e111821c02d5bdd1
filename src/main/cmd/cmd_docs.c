/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* pratu docs: what the tables say, as Markdown. The files under docs/ are these texts. */
#include "audit/audit.h"
#include "base/array.h"
#include "base/exit_code.h"
#include "core/module.h"
#include "obs/metrics.h"
#include "idp/login/policy.h"
#include "main/commands.h"
#include "main/serve.h"
#include "directory/import/import.h"
#include "directory/operations/client_preset.h"

static void docs_options(struct buf *out)
{
	buf_add_c(out,
		"# Options of the configuration\n\nEvery option of `pratu.yaml`. The same as a "
		"commented file: `config/pratu.yaml`.\n\"reload\": a SIGHUP is enough.\n\n");
	conf_reference(config_table(), out);
}

static void docs_example(struct buf *out)
{
	buf_add_c(out,
		"# SPDX-License-Identifier: AGPL-3.0-or-later\n"
		"# Every option of Pratu with its default, made from the option table: copy, "
		"uncomment, change.\n# An option that begins the line without \"#\" must be "
		"set.\n\n");
	conf_example(config_table(), out);
}

static void docs_commands(struct buf *out)
{
	buf_add_c(out, "# Commands\n\nEvery command takes `--config FILE` (default "
		       "`" CONFIG_PATH_DEFAULT "`) and `--help`. Exit codes: 0 done, 1 refused or "
		       "failed with the reason on standard error, 2 used wrongly; the others: "
		       "[exit-codes.md](exit-codes.md).\n\n");
	cli_reference(commands_all(out->arena), out);
}

static void docs_import(struct buf *out)
{
	import_reference(out);
}

static void docs_log_events(struct buf *out)
{
	static const char *const levels[] = {"debug", "info", "notice", "warning", "error"};

	buf_add_c(out, "# Events of the log\n\nOne JSON object a line on standard error. What is "
		       "meant for the record of who did what is the audit trail "
		       "(audit-events.md).\n\n| event | level | meaning |\n|---|---|---|\n");
	for (int i = 0; i < LOG_EVENT_MAX; i++)
		buf_addf(out, "| `%s` | %s | %s |\n", log_event_name((enum log_event)i),
			levels[log_event_level((enum log_event)i)],
			log_event_help((enum log_event)i));
}

static void docs_audit_events(struct buf *out)
{
	buf_add_c(out, "# Events of the audit trail\n\n| event | what happened |\n|---|---|\n");
	for (int i = 0; i < AUDIT_EVENT_MAX; i++)
		buf_addf(out, "| `%s` | %s |\n", audit_event_name((enum audit_event)i),
			audit_event_help((enum audit_event)i));
}

static void docs_metrics(struct buf *out)
{
	buf_add_c(out, "# Metrics\n\nRead at `/metrics` of the management listener, in the "
		       "Prometheus text format. Times are in seconds. A histogram with labels "
		       "appears with its first observation.\n\n");
	metrics_reference(out);
}

static const struct {
	const char *id, *code;
	int status;
	const char *description, *hint;
} errors[] = {
#define OAUTH_ERROR(id, code, status, description, hint) {#id, code, status, description, hint},
#include "core/errors.def"
#undef OAUTH_ERROR
};

static void docs_errors(struct buf *out)
{
	buf_add_c(out, "# OAuth errors\n\nWhat a portal reads, and the hint that the log line "
		       "`oauth_error` gives the operator.\n\n| id | error | status | description | "
		       "hint in the log |\n|---|---|---|---|---|\n");
	for (size_t i = 0; i < ARRAY_LEN(errors); i++)
		buf_addf(out, "| %s | `%s` | %d | %s | %s |\n", errors[i].id, errors[i].code,
			errors[i].status, errors[i].description, errors[i].hint);
}

static void add_methods(struct buf *out, unsigned methods)
{
	static const char *const names[] = {NULL, "GET", NULL, "POST", "DELETE", "OPTIONS"};
	const char *comma = "";

	for (unsigned m = 0; m < ARRAY_LEN(names); m++)
		if (names[m] && (methods & (1u << m))) {
			buf_addf(out, "%s%s", comma, names[m]);
			comma = ", ";
		}
}

static void add_routes(struct buf *out, const struct http_route *routes, size_t n)
{
	buf_add_c(out, "| path | methods | what it is for |\n|---|---|---|\n");
	for (size_t i = 0; i < n; i++) {
		/* Static files are one a release; their names change with their content. */
		if (str_starts(str_c(routes[i].path), STR("/static/")))
			continue;
		buf_addf(out, "| `%s%s` | ", routes[i].path,
			routes[i].flags & HTTP_PREFIX ? "..." : "");
		add_methods(out, routes[i].methods);
		buf_addf(out, " | %s |\n", routes[i].help ? routes[i].help : "");
	}
}

static void docs_endpoints(struct buf *out)
{
	char why[MODULES_ERRORS_BYTES];
	const struct http_route *routes;
	struct route_table *table;
	struct buf faults;
	size_t n;

	buf_add_c(out, "# Endpoints\n\n## Public listener\n\n");
	buf_init_fixed(&faults, why, sizeof(why));
	if (route_table_new(all_modules, &faults, &table) != RC_OK)
		return;
	routes = route_table_rows(table, &n);
	add_routes(out, routes, n);
	route_table_free(table);
	buf_add_c(out, "\n## Management listener\n\n");
	routes = management_routes(&n);
	add_routes(out, routes, n);
}

static void docs_exit_codes(struct buf *out)
{
	const struct exit_code_row *row;

	buf_add_c(out,
		"# Exit codes\n\nOf all commands and of the server. systemd starts the server "
		"again "
		"after those with \"yes\" (`RestartPreventExitStatus=` of "
		"`config/pratu.service`). A fault of the program itself ends it by a signal, after "
		"its one log line `fatal`; systemd starts it again.\n\n"
		"| code | started again | meaning |\n|---|---|---|\n");
	for (size_t i = 0; (row = exit_code_row(i)); i++)
		buf_addf(out, "| %d | %s | %s |\n", (int)row->code, row->restart ? "yes" : "no",
			row->help);
}

static void docs_presets(struct buf *out)
{
	buf_add_c(out,
		"# Library presets\n\n`pratu client add --preset NAME --url ADDRESS --system ID "
		"--name NAME` registers what the library needs and prints its "
		"configuration.\nThose that are *tried* log in, refresh and log out by the printed "
		"configuration in `tests/e2e/test_presets.py`; the others were run by hand or "
		"written from documentation, as their page says: "
		"[connecting-a-portal.md](connecting-a-portal.md#2-register).\n\n| preset | "
		"library | file | tried | ID token | "
		"secret | PKCE | in the ID token | redirect path | to know "
		"|\n|---|---|---|---|---|---|---|---|---|---|\n");
	for (const struct client_preset *p = client_presets + 1; p->name; p++)
		buf_addf(out, "| `%s` | %s | `%s` | %s | %s | `%s` | %s | %s | `%s` | %s |\n",
			p->name, p->library, p->file, p->tried ? "yes" : "", p->alg,
			client_auth_words[p->auth_method], p->pkce ? "yes" : "no",
			p->id_token_claims, p->redirect_path, p->note);
}

static const struct {
	const char *name;
	void (*write)(struct buf *out);
	bool markdown; /* a whole file, which says that it is generated */
} parts[] = {
	{"options", docs_options, true},
	{"example", docs_example, false},
	{"commands", docs_commands, true},
	{"import", docs_import, false},
	{"log-events", docs_log_events, true},
	{"audit-events", docs_audit_events, true},
	{"metrics", docs_metrics, true},
	{"presets", docs_presets, true},
	{"errors", docs_errors, true},
	{"endpoints", docs_endpoints, true},
	{"login-policy", policy_reference, true},
	{"exit-codes", docs_exit_codes, true},
};

enum cli_exit cmd_docs(struct cli *cli)
{
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if (!str_eq_c(str_c(parts[i].name), cli->arguments[0]))
			continue;
		if (parts[i].markdown)
			buf_addf(&cli->out, "<!-- Generated by pratu docs %s; do not edit. -->\n\n",
				parts[i].name);
		parts[i].write(&cli->out);
		return CLI_OK;
	}
	return cli_usage(cli, "there is no part \"%s\"", cli->arguments[0]);
}
