/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "throttle/throttle.h"
#include "base/array.h"

#include <stddef.h>

#define ROW(name, kind, member, value, low, high, text)                                            \
	{                                                                                          \
		"throttle." name, kind, 0, offsetof(struct throttle_options, member), value,       \
			.min = low, .max = high, .help = text                                      \
	}

const struct conf_option throttle_conf_options[] = {
	/* A login is two attempts, so five are two slips at the password and one at the code
	 * (docs/decisions/0019). */
	ROW("free_attempts", CONF_INT, free, "5", 1, 20,
		"Attempts against an account (passwords and one-time codes together) that are not "
		"delayed. Each further attempt doubles the delay before the next one, beginning at "
		"one second. The total number of guesses is limited by lock_after."),
	ROW("delay_max", CONF_SECONDS, delay_max, "30s", 1, 600, "Longest delay between attempts."),
	ROW("lock_after", CONF_INT, lock_after, "10", 2, 100,
		"After this many failed attempts, password login for the account is locked for "
		"`lock`; each further batch locks it again. ThaID login is never locked."),
	ROW("lock", CONF_SECONDS, lock, "15m", 1, 86400,
		"Duration of the first lock; each further lock lasts twice as long."),
	ROW("lock_max", CONF_SECONDS, lock_max, "12h", 1, 86400, "Longest duration of a lock."),
	ROW("network_limit", CONF_INT, address_limit, "600", 1, 1000000,
		"Attempts allowed from one network (IPv4 /24, IPv6 /64; four times as many "
		"from a /56, sixteen times from a /48, 256 times from a /32) within "
		"network_period. "
		"Raise it where many offices share one IP address."),
	ROW("network_period", CONF_SECONDS, address_period, "10m", 1, 86400,
		"Period for network_limit."),
	ROW("target_limit", CONF_INT, target_limit, "10", 1, 1000,
		"Messages with a one-time code allowed to one email address or mobile number "
		"within target_period."),
	ROW("message_limit", CONF_INT, message_limit, "30", 1, 1000,
		"Messages of all kinds allowed to one email address or mobile number within "
		"target_period. Security notifications are not limited."),
	ROW("target_period", CONF_SECONDS, target_period, "1h", 1, 86400,
		"Period for target_limit and message_limit."),
	{.path = NULL},
};
const size_t throttle_n_conf_options = ARRAY_LEN(throttle_conf_options) - 1;
