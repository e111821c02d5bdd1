/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGOUT_LOGOUT_COMMANDS_H
#define PRATU_IDP_LOGOUT_LOGOUT_COMMANDS_H

/* pratu logout list: what portals were notified, portal by portal. pratu logout retry CLIENT: a
 * portal that is well again is notified at once of all that waits. */
#include "core/module.h"

#define LOGOUT_RETRY_MAX 10000 /* deliveries of one retry */

struct logout_retry_args {
	struct str client_id, reason;
};

extern const struct command logout_commands[];            /* ended by a row without name */
extern const struct operation *const logout_operations[]; /* ended by NULL */

#endif
