/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_NET_SMTP_H
#define PRATU_NET_SMTP_H

/*
 * Handing one email to a mail server (SMTP submission, RFC 6409) over libcurl.
 *
 * TLS from the first byte, or STARTTLS, without which nothing is sent; certificate and host name
 * are always checked. Clear text goes to a loopback address only. Credentials by AUTH PLAIN or
 * LOGIN. Blocking; any thread; a connection a message. A server that has accepted the message and
 * does not answer QUIT has accepted it; it is waited for SMTP_QUIT_MS.
 */
#include "base/arena.h"
#include "base/rc.h"
#include "base/secret.h"
#include "base/str.h"
#include "net/call_end.h"

enum smtp_tls { SMTP_STARTTLS, SMTP_IMPLICIT, SMTP_CLEAR, SMTP_TLS_MAX };

struct smtp_options {
	struct str host;
	int64_t port;
	enum smtp_tls tls;
	struct str user; /* empty: no AUTH */
	const struct secret *password;
	struct str hello;    /* what we call ourselves in EHLO; empty: localhost */
	const char *ca_file; /* PEM bundle; NULL: the system's */
	int64_t connect_timeout_ms;
	int64_t timeout_ms; /* for the whole of it: name, connection, QUIT */
	/* May be NULL. When it is known that the process stops, a message that was not handed over
	 * is given up at once; the answer to one that was is awaited until then. */
	const struct call_end *end;
};

/* How long smtp_send may take with this time-out. */
#define SMTP_LONGEST_MS(timeout_ms) ((timeout_ms) + CALL_LOOK_MS)

struct smtp_envelope {
	struct str from, to; /* addresses that are known to be well-formed */
	struct str data;     /* header and body with CRLF line ends; dots are stuffed here */
};

/*
 * RC_OK: the server accepted it. RC_DENIED: it rejected the message for good (5yz), or the options
 * demand clear text to another machine. RC_UNAVAILABLE: it can be retried: the server rejected it
 * this time (4yz) or does not accept the user name and password (mended in its configuration or
 * ours), there is no connection, no TLS, or no reply in time. *ret_code: the last reply code, 0
 * when there was none; *ret_why, unless RC_OK: a static sentence; *ret_said, unless RC_OK: the
 * server's own words of its refusal, printable, at most SMTP_SAID_MAX bytes, without our user name
 * and password; in the arena, may be empty. They may name the recipient.
 */
#define SMTP_SAID_MAX 250u
#define SMTP_QUIT_MS  1000
MUST_USE enum rc smtp_send(const struct smtp_options *options, struct arena *a,
	const struct smtp_envelope *e, int *ret_code, const char **ret_why, struct str *ret_said);

#endif
