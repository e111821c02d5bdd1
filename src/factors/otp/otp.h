/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_FACTORS_OTP_OTP_H
#define PRATU_FACTORS_OTP_OTP_H

/*
 * One-time codes by email and SMS, as second factors of a login: six digits, valid for OTP_LIFE
 * seconds and one use, for one person, login, client, purpose and contact; one valid code for each
 * person and purpose (NIST SP 800-63B-4 3.1.3.2: at least six digits, at most ten minutes). The
 * store has only an HMAC of the code under a key of the vault. Each attempt is counted by the
 * throttle before the code is checked, and a new code resets no attempts; the flow counts how many
 * codes one login may send and try.
 *
 * The policy decides the level of a code by email (second_factor_aal): under NIST SP 800-63B-4
 * 3.1.3.1 a mailbox is no second factor.
 *
 * Any thread.
 */
#include "throttle/throttle.h"
#include "idp/login/factor.h"

#define OTP_DIGITS    6
#define OTP_LIFE      300 /* seconds a code is good */
#define OTP_RESEND    60  /* seconds until another may be sent */
#define OTP_REFERENCE 4   /* letters and digits of the reference code */

enum otp_channel { OTP_EMAIL, OTP_SMS };

/* A message that is to be sent when the operation's batch is on disk. */
struct otp_message {
	enum otp_channel channel;
	struct str target;
	struct str subject; /* email only */
	struct str text;
	const char *purpose;
	struct str person;
	int64_t not_after;
	struct str *ret_id; /* put writes the message's id here */
};

/* The way out: src/main gives the outbox. */
struct otp_post {
	/* Are there messages of this kind at all? */
	bool (*offers)(void *data, enum otp_channel channel);
	/* Adds the message to op->tx.batch. RC_LIMITED: too many to this target; RC_UNAVAILABLE. */
	enum rc (*put)(void *data, struct op *op, const struct otp_message *m);
	void *data;
	/* Returns true if delivery of the message was attempted and failed. May be NULL. */
	bool (*stuck)(void *data, struct op *op, struct str id);
	/* Adds to op->tx.batch that it is not sent again, should it still wait. NULL: cannot be. */
	enum rc (*take_back)(void *data, struct op *op, struct str id);
};

/* post and throttle must outlive it. */
struct factor *otp_new(
	enum otp_channel channel, const struct otp_post *post, struct throttle *throttle);

#endif
