/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_OAUTH_TOKEN_ISSUE_H
#define PRATU_IDP_OAUTH_TOKEN_ISSUE_H

/*
 * Minting tokens. Every path that gives a token comes through family_check: session, person,
 * account, client, system and grants are looked at again each time.
 */
#include "idp/oauth/claims.h"
#include "core/error.h"
#include "core/op.h"
#include "idp/oauth/token_records.h"

/* An authorization (family of tokens) with all that is known of it now. */
struct family {
	struct authorization authz;
	struct str key;
	uint64_t version;
	struct entry entry;
	const struct entry_way *way;
};

/*
 * Fills entry and way of a family whose authz and key are set. RC_DENIED: the person, account,
 * session, system or right is no longer good; RC_CORRUPT and the like otherwise.
 */
MUST_USE enum rc family_check(struct op *op, const struct client *client, struct family *f);
/* Reads the authorization too. RC_NOT_FOUND, RC_DENIED (revoked as well). */
MUST_USE enum rc family_load(
	struct op *op, struct str key, const struct client *client, struct family *ret);
/* Revokes: no token of the family is good after the commit. */
void family_revoke(struct op *op, const struct family *f);

struct minted {
	struct str text;
	int64_t expires_in;
};

/* A new access token in the client's format (opaque, or RFC 9068 JWT), and its record. f is NULL
 * for client_credentials. RC_NOT_FOUND: no signing key. */
MUST_USE enum rc mint_access(struct op *op, const struct client *client, const struct family *f,
	struct str scope, struct minted *ret);
/* ID token (OIDC Core 2, 3.1.3.6). nonce empty: left out (also on refresh, 12.2). */
MUST_USE enum rc mint_id_token(struct op *op, const struct client *client, const struct family *f,
	struct str scope, struct str nonce, struct str access_token, struct str *ret);

/* The record an access token text names: opaque by its text, JWT by its verified jti. */
struct access_ref {
	struct access_token access;
	struct str key;
	uint64_t version;
	struct str jti; /* empty for opaque tokens */
};
/* RC_NOT_FOUND: unknown, expired, revoked or not ours. */
MUST_USE enum rc access_find(struct op *op, struct str token, struct access_ref *ret);

/* Seconds an access or refresh token of this client lives. */
int64_t access_lifetime(const struct op *op, const struct client *client);
int64_t refresh_lifetime(const struct op *op, const struct client *client);

#endif
