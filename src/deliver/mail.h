/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DELIVER_MAIL_H
#define PRATU_DELIVER_MAIL_H

/*
 * The transport of email: writes the message (RFC 5322, MIME) and hands it to the configured mail
 * server. Read-only after mail_init; any thread.
 */
#include "conf/conf.h"
#include "deliver/transport.h"
#include "net/smtp.h"

struct mail_options {
	struct str host; /* empty: no mail */
	int64_t port;    /* 0: the usual one of tls */
	int tls;         /* enum smtp_tls */
	struct str user;
	struct secret *password;
	struct str from; /* address */
	struct str from_name;
	struct str reply_to; /* address; may be empty */
	struct str hello;
	int64_t connect_timeout, timeout; /* seconds */
};

struct mail {
	struct transport transport;
	const struct mail_options *options;
	struct str hello; /* where the options name none */
	const char *ca_file;
};

/* hello: the host name to say in EHLO where the options name none; empty: localhost. */
void mail_init(
	struct mail *m, const struct mail_options *options, struct str hello, const char *ca_file);

/* NULL, or a sentence with the fault of the options and its correction; *ret_option: the option. */
const char *mail_options_fault(const struct mail_options *o, const char **ret_option);

#define MAIL_DATA_MAX 32768u /* bytes of header and body */

/* The message as it goes over the wire, with CRLF. RC_INVALID: a value holds CR or LF, or an
 * address is none. */
MUST_USE enum rc mail_write(const struct mail_options *o, struct arena *a,
	const struct transport_message *what, struct str *ret);

#endif
