/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_SANDBOX_PORTAL_STEP_UP_H
#define PRATU_SANDBOX_PORTAL_STEP_UP_H

/*
 * Step-up authentication (RFC 9470): an API wants a fresher or stronger login than the one behind
 * an access token, says so, and the portal asks the provider for it.
 *
 * The API answers 401 with the challenge in WWW-Authenticate (section 3 there). Its body repeats
 * the two values, for liboauth2 1.4.5.4 gives its caller no header of an answer.
 */
#include "base/buf.h"
#include "codec/json_writer.h"

#define STEP_UP_ERROR "insufficient_user_authentication"

struct step_up {
	struct str acr_values; /* any of these levels, space separated; empty: whichever */
	int64_t max_age;       /* seconds since the login; negative: any age */
};

/* Do a token's claims (JSON: acr, auth_time) satisfy it at this second? */
bool step_up_met(struct str claims, const struct step_up *wanted, int64_t now);
/* Appends the parameters of the challenge, each after a comma. */
void step_up_challenge(struct buf *challenge, const struct step_up *wanted);
/* The same as members of the open object. */
void step_up_write(struct json_writer *w, const struct step_up *wanted);
/* Reads them from an answer's body; false: it asks for no step-up. */
bool step_up_read(struct arena *a, struct str body, struct step_up *ret);

#endif
