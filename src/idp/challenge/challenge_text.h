/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_CHALLENGE_CHALLENGE_TEXT_H
#define PRATU_IDP_CHALLENGE_CHALLENGE_TEXT_H

/*
 * The words of messages with a one-time code: otp-mail.txt and otp-sms.txt in idp/login/pages, in
 * the language that the person chose, otherwise in that of the page they look at. Pure; any thread.
 */
#include "idp/challenge/challenge.h"
#include "web/text.h"

/* The model of both texts. */
struct challenge_model {
	int purpose; /* index in challenge_purposes */
	struct str name, code, reference, site, confirm;
	int64_t minutes;
};
extern const struct text_type text_otp_mail, text_otp_sms;
extern const char *const challenge_purposes[]; /* OTP_FOR_LOGIN ...; NULL at the end */

/*
 * Subject and text; an SMS has no subject. A text to confirm stands in it word for word; in an SMS
 * the signs that make a link of it are spaces.
 *
 * An SMS takes one part, whatever the portal is called: the portal's name is cut, never the code,
 * its reference or the warning. Only a text to confirm may need more parts, and then keeps every
 * word. RC_LIMITED: too long.
 */
MUST_USE enum rc challenge_text(struct op *op, const struct challenge *c, struct str code,
	struct str reference, struct web_mail *ret);

#endif
