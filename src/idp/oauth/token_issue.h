/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_OAUTH_TOKEN_ISSUE_H
#define PRATU_IDP_OAUTH_TOKEN_ISSUE_H

/*
 * Issuing tokens. Every path that issues a token calls authorization_check: session, person,
 * account, client, system and role grants are checked again each time.
 */
#include "idp/oauth/claims.h"
#include "core/error.h"
#include "core/op.h"
#include "directory/session.h"
#include "idp/oauth/token_records.h"

/* An authorization with all that is known of it now. */
struct authorization_ref {
	struct authorization authz;
	struct str key;
	uint64_t version;
	struct session_ref session; /* it belongs to; not with offline_access */
	struct access_decision access;
	const struct access_account *access_account;
	/* Authorization details of the tokens that are issued now: token_details. Empty: none. */
	struct str details;
};

/*
 * Fills session, access and access_account of an authorization whose authz and key are set.
 * RC_DENIED: the person, account, session, system or right is no longer good; RC_CORRUPT and the
 * like otherwise.
 */
MUST_USE enum rc authorization_check(
	struct op *op, const struct client *client, struct authorization_ref *f);
/* Reads the authorization too. RC_NOT_FOUND, RC_DENIED (revoked as well). */
MUST_USE enum rc authorization_load(
	struct op *op, struct str key, const struct client *client, struct authorization_ref *ret);
/* The account that names the person to the client; never NULL. */
const struct account *authorization_named(const struct authorization_ref *f);
/* Revokes: no token of the authorization is good after the commit. */
void authorization_revoke(struct op *op, const struct authorization_ref *f);

struct token_issued {
	struct str text;
	int64_t expires_in;
	struct str details; /* JSON; empty: none */
};

/* A new access token in the client's format (opaque, or RFC 9068 JWT), and its record. f is NULL
 * for client_credentials. RC_NOT_FOUND: no signing key. */
MUST_USE enum rc token_issue_access(struct op *op, const struct client *client,
	const struct authorization_ref *f, struct str scope, struct token_issued *ret);
/* ID token (OIDC Core 2, 3.1.3.6). nonce empty: left out (also on refresh, 12.2). */
MUST_USE enum rc token_issue_id(struct op *op, const struct client *client,
	const struct authorization_ref *f, struct str scope, struct str nonce,
	struct str access_token, struct str *ret);

/* The first refresh token of an authorization, and its record. */
struct str token_issue_refresh(
	struct op *op, const struct client *client, const struct authorization_ref *f);

/* The record an access token text names: opaque by its text, JWT by its verified jti. */
struct access_token_ref {
	struct access_token access;
	struct str key;
	uint64_t version;
	struct str jti; /* empty for opaque tokens */
};
/* RC_NOT_FOUND: unknown, expired, revoked or not ours. */
MUST_USE enum rc access_token_find(struct op *op, struct str token, struct access_token_ref *ret);

/* Seconds an access or refresh token of this client lives. */
int64_t access_token_lifetime(const struct op *op, const struct client *client);
int64_t refresh_token_lifetime(const struct op *op, const struct client *client);

#endif
