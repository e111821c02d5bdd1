/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DELIVER_TEXT_H
#define PRATU_DELIVER_TEXT_H

/* Rules for what messages say and where they go. Pure functions; any thread. */
#include "deliver/outbox.h"

#define SMS_PARTS_MAX 4

/* NULL when the message may be put, else a static sentence. */
const char *text_fault(const struct outbox_message *m);
/* Does the text hold what a telephone would make a link: an address with "://", "www.", or a name
 * with a dot that ends like a domain ("dla.go.th", "x.com/y", ".ไทย")? */
bool text_has_link(struct str text);
/* The text, each sign that makes a link of it replaced by a space; itself when it holds none. For
 * names that others chose, in a message that may hold no link. */
struct str text_without_links(struct arena *a, struct str text);

#endif
