/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_LOGIN_RECOVERY_RECORDS_H
#define PRATU_IDP_LOGIN_RECOVERY_RECORDS_H

/*
 * The records of account recovery: requests, mailed links, and the newest link of each account.
 *
 * A request is written for every username, whether it exists or not, and processed afterwards
 * (idp/login/recovery_mailer.h), so that the response and its time reveal nothing. Reads:
 * RC_NOT_FOUND, RC_CORRUPT and the store's.
 */
#include "codec/field.h"
#include "core/schema.h"

#define RECOVERY_LINK_LIFETIME    1800 /* seconds a link is good */
#define RECOVERY_REQUEST_LIFETIME 600  /* seconds after which an unprocessed request expires */

/* TABLE_RECOVERY_REQUEST: second of death, 16 random bytes. */
struct recovery_request {
	struct str username; /* as typed; empty: it cannot be a username */
	struct str system;   /* of the portal that waits; empty: the launcher */
	struct str address, user_agent, request;
	int64_t asked;
};

/* TABLE_RECOVERY_LINK: handle. What a link opens: bound to the account, its holder and the password
 * that it had. */
struct recovery_link {
	struct str account, person;
	struct str credential_version; /* credential_version_of() when the link was made */
	struct str system;             /* as of the ask */
	int64_t made, expires;
	int64_t sends, tries; /* codes sent and typed, whatever logins the link began */
};

/* TABLE_RECOVERY_LATEST: account id. Only the newest link is good. */
struct recovery_latest {
	struct str key; /* in TABLE_RECOVERY_LINK; empty: none was mailed */
	int64_t asked;  /* the last request that was processed */
};

/* A link that is still good at now, the newest of its account. *ret_version: for its change. */
MUST_USE enum rc recovery_link_get(struct store_snapshot *s, struct arena *a, struct str key,
	struct recovery_link *ret, uint64_t *ret_version);

extern const struct record_type record_recovery_link, record_recovery_request,
	record_recovery_latest;

#endif
