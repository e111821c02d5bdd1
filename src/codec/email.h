/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CODEC_EMAIL_H
#define PRATU_CODEC_EMAIL_H

/*
 * Email addresses: one rule for pages, operations, imports and the outbox. What this accepts can
 * be written into RCPT TO by a mail program without extensions; what cannot be mailed is never
 * anybody's address.
 *
 * Pure functions; any thread.
 */
#include "base/rc.h"
#include "base/str.h"

#define EMAIL_MAX 254u /* bytes; RFC 5321 4.5.3.1.3, without the angle brackets */

/*
 * Can mail be sent to it? A dot-atom of at most 64 bytes, "@", a domain name of two labels or more
 * (RFC 5321 4.1.2; RFC 1123 2.1), all ASCII. No quoted local part, no address literal, no comment,
 * no trailing dot, no last label of digits only.
 */
bool email_ok(struct str address);

/*
 * An address as people type and paste it: white space and invisible characters at the ends,
 * full-width letters, "mailto:", angle brackets and a dot at the end mean nothing. An
 * internationalised domain becomes its A-labels (RFC 5891), the domain lower case; the local part
 * stays as it is. RC_INVALID: no mail can be sent to it, *ret_why (static; may be NULL) says why
 * and what to do.
 */
MUST_USE enum rc email_normalise(
	struct arena *a, struct str typed, struct str *ret, const char **ret_why);

/* The form in which addresses are compared: ASCII letters in lower case, in the local part too. */
struct str email_fold(struct arena *a, struct str address);

/* The version of libidn2 that runs. */
const char *email_library_version(void);

#endif
