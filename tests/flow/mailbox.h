/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_TESTS_FLOW_MAILBOX_H
#define PRATU_TESTS_FLOW_MAILBOX_H

/* A real outbox for a flow test's world, whose messages are read from the store instead of sent:
 * notices and links. Needs cmocka. */
#include "flow/helpers.h"
#include "deliver/message.h"

struct mailbox;

/* Gives the world an outbox (provider.outbox and provider.notices). Free it before the world. */
struct mailbox *mailbox_new(struct fixture *w);
void mailbox_free(struct mailbox *m);

/* Messages put so far, of one kind. */
size_t mailbox_count(struct mailbox *m, enum message_kind kind);
/* The youngest message to this address or number; fails the test when there is none. */
struct message_content mailbox_last(struct mailbox *m, const char *target);
/* Is there any message to it? */
bool mailbox_has(struct mailbox *m, const char *target);
/* The path and query of the link in a text that begins with this path: "/not-me?t=". */
struct str mailbox_link(struct fixture *w, struct str text, const char *path);

#endif
