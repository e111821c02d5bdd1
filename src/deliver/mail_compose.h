/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DELIVER_MAIL_COMPOSE_H
#define PRATU_DELIVER_MAIL_COMPOSE_H

/* Writing a mail to a person out of its template. */
#include "core/tx.h"
#include "deliver/outbox.h"
#include "directory/records.h"
#include "web/text.h"

/*
 * Sets subject and text of *ret: in the language that the person chose, otherwise in Thai with the
 * English text below. th and en are the models for the two languages. RC_LIMITED: too long.
 */
MUST_USE enum rc mail_compose(struct tx *tx, const struct text_type *type,
	const struct person *person, const void *th, const void *en, struct outbox_message *ret);

#endif
