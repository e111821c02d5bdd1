/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "factors/password/password.h"

#include <stddef.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define RULE(text)   offsetof(struct password_rules, text)
#define AT(member)   offsetof(struct password_options, member)
#define DAY          86400

static const struct conf_option rule_options[] = {
	{"name", CONF_STR, CONF_REQUIRED, RULE(name), .min = 1, .max = 40,
		.help = "What login policies name them by."},
	{"min", CONF_INT, 0, RULE(min), "8", .min = 4, .max = 64, .help = "Characters at least."},
	{"max", CONF_INT, 0, RULE(max), "128", .min = 16, .max = 128,
		.help = "Characters at most; 128 bytes are the limit in any case."},
	{"lower", CONF_BOOL, 0, RULE(lower), "true", .help = "A small letter a to z is needed."},
	{"upper", CONF_BOOL, 0, RULE(upper), "true", .help = "A capital letter A to Z is needed."},
	{"digit", CONF_BOOL, 0, RULE(digit), "true", .help = "A digit is needed."},
	{"special", CONF_BOOL, 0, RULE(special), "true",
		.help = "One of ~!@#$%^&*()-_=+[]{}|;:,.<>/?\" is needed."},
	{"common", CONF_BOOL, 0, RULE(common), "true",
		.help = "Refuses what is quickly guessed: common words, keyboard rows (also "
			"Thai), years, the person's own names."},
	{"history", CONF_INT, 0, RULE(differs), "5", .max = CREDENTIAL_HISTORY_MAX,
		.help = "A new password differs from the last so many."},
	{"max_age", CONF_SECONDS, 0, RULE(max_age), "90d", .max = INT64_C(3650) * DAY,
		.help = "It must be changed after; 0 for never."},
};
static const struct conf_item rule_item = {
	sizeof(struct password_rules), rule_options, COUNT(rule_options)};

const struct conf_option password_conf_options[] = {
	{"password.memory_cost", CONF_BYTES, 0, AT(cost.memory_cost), "19M", .min = 1 << 20,
		.max = INT64_C(1) << 30,
		.help = "Memory of one argon2id hash. Other hashes are made anew at the next "
			"login."},
	{"password.time_cost", CONF_INT, 0, AT(cost.time_cost), "2", .min = 1, .max = 20,
		.help = "Passes of argon2id over that memory."},
	{"password.hash_threads", CONF_INT, 0, AT(hash_threads), "8", .min = 1, .max = 256,
		.help = "Hashes computed at once, but never more than there are processors. Each "
			"takes password.memory_cost."},
	{"password.hash_queue_max", CONF_INT, 0, AT(hash_queue), "16", .max = 512,
		.help = "Logins that may wait for a lane, fewer than server.workers; beyond, the "
			"answer is 503."},
	{"password.initial_secret_lifetime", CONF_SECONDS, 0, AT(initial_secret_lifetime), "7d",
		.min = 3600, .max = 90 * DAY,
		.help = "An initial secret that nobody used dies after."},
	{"password.blocklist_file", CONF_PATH, 0, AT(blocklist_file), .max = 4096,
		.help = "Further common passwords and words, one a line, besides the built-in "
			"list."},
	{"password.rules", CONF_LIST, 0, AT(rules), .max = 16, .item = &rule_item,
		.help = "Sets of rules for passwords; the first is that of login policies that "
			"name none. Without it: default, with the defaults below."},
};
const size_t password_n_conf_options = COUNT(password_conf_options);
