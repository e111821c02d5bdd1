/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_CLAIM_NAMES_H
#define PRATU_DIRECTORY_CLAIM_NAMES_H

/*
 * The claims about a person that scopes give (OIDC Core 5.1, 5.4), by name: for the registration of
 * clients and for the documents that list them. What they say is written by idp/oauth/claims.h.
 *
 * Read-only; any thread.
 */
#include "base/str.h"

enum claim_id {
	CLAIM_NAME,
	CLAIM_NAME_EN,
	CLAIM_TITLE,
	CLAIM_GIVEN_NAME,
	CLAIM_GIVEN_NAME_EN,
	CLAIM_FAMILY_NAME,
	CLAIM_FAMILY_NAME_EN,
	CLAIM_PREFERRED_USERNAME,
	CLAIM_POSITION,
	CLAIM_LOCALE,
	CLAIM_UPDATED_AT,
	CLAIM_EMAIL,
	CLAIM_EMAIL_VERIFIED,
	CLAIM_PHONE_NUMBER,
	CLAIM_PHONE_NUMBER_VERIFIED,
	CLAIM_PID,
	CLAIM_MAX
};

struct claim_name {
	const char *name;
	const char *scope; /* that gives it */
};

extern const struct claim_name claim_names[CLAIM_MAX]; /* by enum claim_id */

/* The row of claim_names, or NULL. */
const struct claim_name *claim_name_find(struct str name);

#endif
