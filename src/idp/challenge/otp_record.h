/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_CHALLENGE_OTP_RECORD_H
#define PRATU_IDP_CHALLENGE_OTP_RECORD_H

/*
 * What is stored of a one-time code: not the code, but a keyed hash of it and of all that it is
 * bound to. One record for each person and purpose.
 */
#include "codec/field.h"
#include "base/str.h"

/* A one-time code in progress; one for each person and purpose. */
struct otp {
	struct str mac;         /* of code, client, transaction, target and purpose */
	struct str transaction; /* the owner's: a login's key, an id */
	struct str factor;
	struct str reference; /* shown on the page and in the message */
	int64_t sent, expires;
	struct str message; /* id of the message that took it */
	/* The macs of the codes of this transaction before it, newest first. */
	struct str earlier;
};

extern const struct record_type record_otp;

#endif
