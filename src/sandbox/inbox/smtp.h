/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_SANDBOX_INBOX_SMTP_H
#define PRATU_SANDBOX_INBOX_SMTP_H

/*
 * The simulated mail server: SMTP (RFC 5321) with STARTTLS, AUTH PLAIN and LOGIN (any password is
 * good) and pipelining, a thread a connection. What it takes goes to the inbox; the inbox's
 * settings say how it misbehaves.
 */
#include "sandbox/inbox/inbox.h"

struct smtp;

/* Listens on address and port. certificate: where the PEM of a certificate made now is written, for
 * localhost and 127.0.0.1; NULL: no STARTTLS. RC_UNAVAILABLE: cannot listen or write. */
MUST_USE enum rc smtp_start(const char *address, int port, const char *certificate,
	struct inbox *inbox, struct smtp **ret);
/* Ends the connections. NULL is fine. */
void smtp_stop(struct smtp *s);

#endif
