/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_CIBA_CIBA_MAIL_H
#define PRATU_IDP_CIBA_CIBA_MAIL_H

/*
 * The mail by which a person hears of a request: which portal asks, its message, and the page where
 * it is answered. The link opens nothing: that page wants a login. Sent to a verified address only,
 * and at most throttle.target_limit in throttle.target_period: further requests wait on the page
 * without one.
 */
#include "core/op.h"
#include "directory/records.h"
#include "idp/ciba/ciba_records.h"
#include "web/text.h"

struct ciba_mail {
	struct str name, portal, message;
	struct str link;
	int64_t when, until;
};
extern const struct text_type text_ciba_mail;

/* Adds it to the batch, where there is a way to send it. RC_CORRUPT and the store's codes. */
MUST_USE enum rc ciba_mail_send(struct op *op, const struct ciba_request *r,
	const struct client *client, const struct person *person);

#endif
