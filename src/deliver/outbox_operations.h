/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DELIVER_OUTBOX_OPERATIONS_H
#define PRATU_DELIVER_OUTBOX_OPERATIONS_H

/* Operations on queued messages (core/operation.h): one is retried at once, or cancelled. */
#include "core/operation.h"

struct outbox_order_args {
	struct str id;
	struct str reason; /* may be empty */
};

extern const struct operation *const deliver_operations[]; /* ended by NULL */

#endif
