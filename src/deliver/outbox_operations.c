/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "deliver/outbox_operations.h"

#include "deliver/outbox.h"
#include "deliver/sender.h"

static const struct field order_fields[] = {
	{1, "id", FIELD_STR, FIELD_REQUIRED, offsetof(struct outbox_order_args, id), 0, NULL,
		"id of the message"},
	{2, "reason", FIELD_STR, 0, offsetof(struct outbox_order_args, reason), 0, NULL,
		"why, for the audit trail"},
};
static const struct record_type order_type = {
	"outbox_order", sizeof(struct outbox_order_args), order_fields, 2};
static const char *const order_positional[] = {"id", NULL};

/* RC_EXPIRED with a problem: it is not queued any more. */
static enum rc order_check(struct tx *tx, const void *data, struct problems *ret)
{
	const struct outbox_order_args *args = data;
	struct message m;
	enum rc rc;

	if (args->reason.n > AUDIT_REASON_MAX || str_has_control(args->reason))
		return problem_add(
			ret, "reason", "is longer than 500 bytes or holds control characters");
	rc = outbox_get(tx->snap, tx->a, args->id, &m);

	if (rc != RC_OK || m.state == MESSAGE_QUEUED)
		return rc;
	problem_add(ret, NULL, "the message is not queued any more; see outbox show");
	return RC_EXPIRED;
}

static enum rc retry_apply(struct tx *tx, const void *data, void *result)
{
	const struct outbox_order_args *args = data;

	(void)result;
	return outbox_order_retry(tx, args->id, args->reason);
}

static enum rc cancel_apply(struct tx *tx, const void *data, void *result)
{
	const struct outbox_order_args *args = data;

	(void)result;
	return outbox_order_cancel(tx, args->id, args->reason);
}

static const struct operation operation_outbox_retry = {
	.name = "outbox.retry",
	.help = "Retries a queued message at once.",
	.args = &order_type,
	.positional = order_positional,
	.permission = "outbox.write",
	.check = order_check,
	.apply = retry_apply,
};

static const struct operation operation_outbox_cancel = {
	.name = "outbox.cancel",
	.help = "Cancels a queued message.",
	.args = &order_type,
	.positional = order_positional,
	.permission = "outbox.write",
	.check = order_check,
	.apply = cancel_apply,
};

const struct operation *const deliver_operations[] = {
	&operation_outbox_retry, &operation_outbox_cancel, NULL};
