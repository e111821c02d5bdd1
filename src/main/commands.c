/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "main/commands.h"

#define PAGE_OPTIONS                                                                               \
	{"after", "KEY", "begin behind this one: the last of the page before"},                    \
	{                                                                                          \
		"limit", "N", "at most so many; default 1000"                                      \
	}
#define REASON                                                                                     \
	{                                                                                          \
		"reason", "TEXT", "why, for the audit trail"                                       \
	}

const struct cli_command commands[] = {
	{"serve", NULL, 0, 0,
		"Runs the server until SIGTERM; SIGHUP reads the configuration again.", cmd_serve},
	{"init", NULL, 0, 0,
		"Makes what a new installation needs: configuration, master key, database, signing "
		"keys.",
		cmd_init,
		{{"dir", "DIR", "directory of it all; default the configuration file's"},
			{"data", "DIR",
				"directory of the database; default data beside the configuration"},
			{"issuer", "URL", "address of the provider, for a new configuration"}}},
	{"check-config", NULL, 0, 0, "Reads the configuration and tells every fault.",
		cmd_check_config},
	{"print-config", NULL, 0, 0, "Prints the options in force, secrets masked.",
		cmd_print_config},

	{"keys list", NULL, 0, 0, "Lists the signing keys and their states.", cmd_keys_list},
	{"keys rotate", NULL, 0, 0,
		"Makes a new signing key, which signs after it was published for keys.overlap.",
		cmd_keys_rotate,
		{{"alg", "ALG", "ES256, RS256 or PS256; default ES256"},
			{"now", NULL, "let it sign at once, for a key that leaked"}}},

	{"client list", NULL, 0, 0, "Lists the clients.", cmd_client_list},
	{"client show", "CLIENT_ID", 1, 1, "Prints a client's metadata.", cmd_client_show},

	{"import", "KIND FILE.csv", 2, 2,
		"Imports offices, systems, people, accounts, grants or credentials: all of the "
		"file "
		"or nothing.",
		cmd_import, {{"dry-run", NULL, "check and count only"}}},

	{"person list", NULL, 0, 0, "Lists people.", cmd_person_list, {PAGE_OPTIONS}},
	{"person show", "[ID]", 0, 1, "Shows a person, the accounts and the grants.",
		cmd_person_show,
		{{"citizen-number", "-", "find by the number read from standard input"}}},
	{"account list", NULL, 0, 0, "Lists accounts.", cmd_account_list, {PAGE_OPTIONS}},
	{"account show", "USERNAME", 1, 1, "Shows an account, its password's state and its grants.",
		cmd_account_show},

	{"office list", NULL, 0, 0, "Lists offices.", cmd_office_list, {PAGE_OPTIONS}},
	{"office show", "CODE", 1, 1, "Shows an office.", cmd_office_show},
	{"system list", NULL, 0, 0, "Lists information systems.", cmd_system_list, {PAGE_OPTIONS}},
	{"system show", "ID", 1, 1, "Shows an information system.", cmd_system_show},
	{"grant list", NULL, 0, 0, "Lists grants: all, a person's or an account's.", cmd_grant_list,
		{{"person", "ID", "of this person"}, {"account", "USERNAME", "of this account"},
			{"limit", "N", "at most so many; default 1000"}}},

	{"audit verify", NULL, 0, 0,
		"Reads the whole audit trail; tells every changed, removed or moved event.",
		cmd_audit_verify,
		{{"anchors", "FILE",
			"compare with the audit_checkpoint lines of a log kept elsewhere; - for "
			"standard "
			"input"}}},
	{"audit list", NULL, 0, 0, "Prints events of the audit trail.", cmd_audit_list,
		{{"person", "ID", "about this person"}, {"account", "ID", "about this account"},
			{"client", "ID", "about this client"},
			{"system", "ID", "about this system"},
			{"office", "CODE", "about this office"}, {"event", "NAME", "of this kind"},
			{"from", "TIME", "RFC 3339: first moment"},
			{"to", "TIME", "RFC 3339: first moment not wanted"},
			{"limit", "N", "at most so many, the newest; default 100"}}},

	{"outbox list", NULL, 0, 0, "Lists emails and SMS of the last days, the oldest first.",
		cmd_outbox_list,
		{{"state", "STATE",
			 "only queued, sent, delivered, failed, expired or cancelled ones"},
			{"limit", "N", "at most so many; default 1000"}}},
	{"outbox show", "ID", 1, 1, "Shows a message; never its text or its whole target.",
		cmd_outbox_show},
	{"outbox retry", "ID", 1, 1, "Lets a waiting message be tried at once.", cmd_outbox_retry,
		{REASON}},
	{"outbox cancel", "ID", 1, 1, "Takes a waiting message back.", cmd_outbox_cancel, {REASON}},
	{"outbox run", NULL, 0, 0,
		"Sends what is due and ends; a running server does it by itself.", cmd_outbox_run},
	{"outbox test-mail", "ADDRESS", 1, 1,
		"Sends a test mail past the queue; tells what went wrong.", cmd_outbox_test_mail},
	{"outbox test-sms", "NUMBER", 1, 1,
		"Sends a test SMS by every provider; tells what went wrong.", cmd_outbox_test_sms},

	{"backup", "DIR", 1, 1, "Copies the database into an empty directory, while it is used.",
		cmd_backup},
	{"restore", "DIR", 1, 1, "Puts a backup where the configuration wants the database.",
		cmd_restore},

	{"docs", "PART", 1, 1,
		"Prints generated documentation: options, example, commands, import, log-events, "
		"audit-events, metrics, errors, endpoints.",
		cmd_docs},
	{"version", NULL, 0, 0, "Prints the version.", cmd_version},
	{NULL},
};
