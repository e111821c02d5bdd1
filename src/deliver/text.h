/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DELIVER_TEXT_H
#define PRATU_DELIVER_TEXT_H

/* Rules for what messages say and where they go. Pure functions; any thread. */
#include "deliver/outbox.h"

#define SMS_PARTS_MAX 4

/* NULL when the message may be put, else a static sentence. */
const char *text_fault(const struct outbox_message *m);
/* Does the text hold what a telephone would make a link: "http:", "https:", "www.", or a domain
 * name with a path? */
bool text_has_link(struct str text);

#endif
