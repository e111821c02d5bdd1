/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "factors/password/password.h"

#include "base/array.h"

#include <stddef.h>

#define RULE(text) offsetof(struct password_rules, text)
#define AT(member) offsetof(struct password_options, member)
#define DAY        86400

static const struct conf_option rule_options[] = {
	{"name", CONF_STR, CONF_REQUIRED, RULE(name), .min = 1, .max = 40,
		.help = "Name by which login policies refer to these rules."},
	{"min", CONF_INT, 0, RULE(min), "8", .min = 4, .max = 64,
		.help = "Minimum length in characters."},
	{"max", CONF_INT, 0, RULE(max), "128", .min = 16, .max = 128,
		.help = "Maximum length in characters; never more than 128 bytes."},
	{"lower", CONF_BOOL, 0, RULE(lower), "true",
		.help = "A lower-case letter a to z is required."},
	{"upper", CONF_BOOL, 0, RULE(upper), "true",
		.help = "An upper-case letter A to Z is required."},
	{"digit", CONF_BOOL, 0, RULE(digit), "true", .help = "A digit is required."},
	{"special", CONF_BOOL, 0, RULE(special), "true",
		.help = "One of ~!@#$%^&*()-_=+[]{}|;:,.<>/?\" is required."},
	{"common", CONF_BOOL, 0, RULE(common), "true",
		.help = "Rejects passwords that are easily guessed: common words, keyboard rows "
			"(also Thai), years, the person's own names."},
	{"history", CONF_INT, 0, RULE(differs), "5", .max = CREDENTIAL_HISTORY_MAX,
		.help = "Number of previous passwords that cannot be reused."},
	{"max_age", CONF_SECONDS, 0, RULE(max_age), "90d", .max = INT64_C(3650) * DAY,
		.help = "Maximum age of a password; 0: unlimited."},
};
static const struct conf_item rule_item = {
	sizeof(struct password_rules), rule_options, ARRAY_LEN(rule_options)};

const struct conf_option password_conf_options[] = {
	{"password.memory_cost", CONF_BYTES, 0, AT(cost.memory_cost), "19M", .min = 1 << 20,
		.max = INT64_C(1) << 30,
		.help = "Memory cost of argon2id. Hashes with other costs are replaced at the next "
			"login."},
	{"password.time_cost", CONF_INT, 0, AT(cost.time_cost), "2", .min = 1, .max = 20,
		.help = "Time cost of argon2id: passes over that memory."},
	{"password.hash_threads", CONF_INT, 0, AT(hash_threads), "8", .min = 1, .max = 256,
		.help = "Threads that compute password hashes, at most the number of processors. "
			"Each uses password.memory_cost."},
	{"password.wait_max", CONF_SECONDS, 0, AT(wait_max), "8s", .min = 1, .max = 60,
		.help = "Longest time a login may expect to wait for a hash thread, reckoned from "
			"the time of the last hashes. Further logins get 503 with the wait, and "
			"are not counted as attempts. Keep it below the proxy's time-out."},
	{"password.initial_secret_lifetime", CONF_SECONDS, 0, AT(initial_secret_lifetime), "7d",
		.min = 3600, .max = 90 * DAY,
		.help = "An unused initial secret expires after this time."},
	{"password.blocklist_file", CONF_PATH, 0, AT(blocklist_file), .max = 4096,
		.help = "File with further common passwords and words, one per line, in addition "
			"to the built-in list."},
	{"password.rules", CONF_LIST, 0, AT(rules), .max = 16, .item = &rule_item,
		.help = "Sets of rules for passwords. The first applies to login policies that "
			"name none. Default: one set named default, with the defaults below."},
	{.path = NULL},
};
