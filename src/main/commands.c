/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "main/commands.h"

#define PAGE_OPTIONS                                                                               \
	{"after", "KEY", "continue after this key (last key of the previous page)"},               \
	{                                                                                          \
		"limit", "N", "maximum number of results; default 1000"                            \
	}
#define REASON                                                                                     \
	{                                                                                          \
		"reason", "TEXT", "reason, recorded in the audit trail"                            \
	}

const struct cli_command commands[] = {
	{"serve", NULL, 0, 0,
		"Runs the server until SIGTERM; SIGHUP reads the configuration again.", cmd_serve,
		{{"take-over", NULL,
			"take the place of the server that runs on this database: it hands over "
			"its "
			"sockets, so that nobody is refused, finishes and ends"}}},
	{"init", NULL, 0, 0,
		"Creates what a new installation needs: configuration, master key, database, "
		"signing keys.",
		cmd_init,
		{{"dir", "DIR",
			 "directory of the installation; default: that of the configuration file"},
			{"data", "DIR",
				"directory of the database; default: data in the directory of the "
				"configuration file"},
			{"issuer", "URL", "URL of the provider, for a new configuration"}}},
	{"check-config", NULL, 0, 0, "Checks the configuration and reports every error.",
		cmd_check_config},
	{"print-config", NULL, 0, 0, "Prints the options in force, with secrets masked.",
		cmd_print_config},

	{"keys list", NULL, 0, 0, "Lists the signing keys and their states.", cmd_keys_list},

	{"client list", NULL, 0, 0, "Lists the clients.", cmd_client_list},
	{"client show", "CLIENT_ID", 1, 1, "Prints a client's metadata.", cmd_client_show},

	{"import", "KIND FILE.csv", 2, 2,
		"Imports offices, systems, people, accounts, grants or credentials: the whole file "
		"or nothing.",
		cmd_import, {{"dry-run", NULL, "check and count only"}}},

	{"person list", NULL, 0, 0, "Lists people.", cmd_person_list, {PAGE_OPTIONS}},
	{"person show", "[ID]", 0, 1, "Shows a person with accounts and grants.", cmd_person_show,
		{{"citizen-number", "-", "find by the citizen number read from standard input"}}},
	{"account list", NULL, 0, 0, "Lists accounts.", cmd_account_list, {PAGE_OPTIONS}},
	{"account show", "USERNAME", 1, 1,
		"Shows an account with its grants and the state of its password.",
		cmd_account_show},

	{"office list", NULL, 0, 0, "Lists offices.", cmd_office_list, {PAGE_OPTIONS}},
	{"office show", "CODE", 1, 1, "Shows an office.", cmd_office_show},
	{"system list", NULL, 0, 0, "Lists information systems.", cmd_system_list, {PAGE_OPTIONS}},
	{"system show", "ID", 1, 1, "Shows an information system.", cmd_system_show},
	{"grant list", NULL, 0, 0, "Lists grants: all, a person's or an account's.", cmd_grant_list,
		{{"person", "ID", "of this person"}, {"account", "USERNAME", "of this account"},
			PAGE_OPTIONS}},

	{"request list", NULL, 0, 0, "Lists the changes that wait for a second person.",
		cmd_request_list, {{"all", NULL, "also those that have ended"}}},
	{"request show", "ID", 1, 1,
		"Shows a requested change: the values now and then, and its history.",
		cmd_request_show},
	{"request approve", "ID", 1, 1,
		"Approves a change that somebody else requested, and applies it.",
		cmd_request_approve, {REASON}},
	{"request reject", "ID", 1, 1, "Rejects a change that somebody else requested.",
		cmd_request_reject, {REASON}},
	{"request withdraw", "ID", 1, 1, "Withdraws a change you requested.", cmd_request_withdraw,
		{REASON}},
	{"request apply", "ID", 1, 1, "Applies an approved change, if approving it did not.",
		cmd_request_apply},

	{"audit verify", NULL, 0, 0,
		"Verifies the whole audit trail and reports every changed, removed or moved event.",
		cmd_audit_verify,
		{{"anchors", "FILE",
			"compare with the audit_checkpoint lines of a log stored elsewhere; - for "
			"standard input"}}},
	{"store verify", NULL, 0, 0,
		"Verifies every record of the database (checksums, contents, indexes) and the "
		"audit "
		"trail, and reports every fault.",
		cmd_store_verify},
	{"audit list", NULL, 0, 0, "Prints events of the audit trail.", cmd_audit_list,
		{{"person", "ID", "about this person"}, {"account", "ID", "about this account"},
			{"client", "ID", "about this client"},
			{"system", "ID", "about this system"},
			{"office", "CODE", "about this office"},
			{"event", "NAME", "with this name"},
			{"from", "TIME", "RFC 3339: start, inclusive"},
			{"to", "TIME", "RFC 3339: end, exclusive"},
			{"limit", "N", "maximum number of results, newest first; default 100"},
			{"after", "NUMBER",
				"continue behind this event (last number of the previous page)"}}},

	{"outbox list", NULL, 0, 0, "Lists emails and SMS of the last days, oldest first.",
		cmd_outbox_list,
		{{"state", "STATE",
			 "only messages in this state: queued, sent, delivered, failed, expired or "
			 "cancelled"},
			PAGE_OPTIONS}},
	{"outbox show", "ID", 1, 1, "Shows a message without its text and with a masked target.",
		cmd_outbox_show},
	{"outbox run", NULL, 0, 0,
		"Sends the messages that are due and exits; a running server does this itself.",
		cmd_outbox_run},
	{"outbox test-mail", "ADDRESS", 1, 1,
		"Sends a test mail directly, without the queue, and reports errors.",
		cmd_outbox_test_mail},
	{"outbox test-sms", "NUMBER", 1, 1,
		"Sends a test SMS by every provider, without the queue, and reports errors.",
		cmd_outbox_test_sms},

	{"backup", "DIR", 1, 1,
		"Copies the database, also while it is in use, into an empty directory.",
		cmd_backup},
	{"restore", "DIR", 1, 1,
		"Restores a backup to the database directory of the configuration.", cmd_restore},

	{"store info", NULL, 0, 0,
		"Shows where the database is, its format, the program that wrote it last, and what "
		"takes the room in it.",
		cmd_store_info},

	{"docs", "PART", 1, 1,
		"Prints generated documentation: options, example, commands, import, log-events, "
		"audit-events, metrics, presets, errors, endpoints, login-policy, exit-codes.",
		cmd_docs},
	{"version", NULL, 0, 0,
		"Prints the version, the commit, the store format and the versions of libraries.",
		cmd_version},
	{NULL},
};
