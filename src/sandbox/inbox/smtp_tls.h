/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_SANDBOX_INBOX_SMTP_TLS_H
#define PRATU_SANDBOX_INBOX_SMTP_TLS_H

/* TLS of the simulated mail server: a key and a self-signed certificate made at the start, and
 * bytes over a connection with or without TLS. */
#include "base/rc.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct smtp_tls_context;
struct smtp_wire; /* one connection */

/* RC_UNAVAILABLE: the certificate cannot be written to path. */
MUST_USE enum rc smtp_tls_new(const char *path, struct smtp_tls_context **ret);
void smtp_tls_free(struct smtp_tls_context *t); /* NULL is fine */

struct smtp_wire *smtp_wire_new(int fd);
void smtp_wire_free(struct smtp_wire *w); /* closes nothing */
/* The server's side of a handshake; false: it failed. */
bool smtp_wire_start_tls(struct smtp_wire *w, struct smtp_tls_context *t);
bool smtp_wire_is_tls(const struct smtp_wire *w);
/* As read(2) and write(2), all bytes of the latter. */
ssize_t smtp_wire_read(struct smtp_wire *w, char *bytes, size_t n);
bool smtp_wire_write(struct smtp_wire *w, const char *bytes, size_t n);

#endif
