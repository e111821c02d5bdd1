/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_OAUTH_TOKEN_RECORDS_H
#define PRATU_IDP_OAUTH_TOKEN_RECORDS_H

/*
 * The short-lived records of the protocol. All live in expiring tables: the key begins with the
 * second the record dies and its millisecond of birth, then 16 bytes of SHA-256 of the handle
 * (core/handle.h), so a copy of the database gives nobody a code or a token.
 */
#include "codec/field.h"
#include "base/str.h"

/* An authorization code. Kept after use, so that a second use is seen (RFC 6749 4.1.2). */
struct authorization_code {
	struct str client, redirect_uri;
	struct str person, account;
	struct str sid;
	struct str scope, nonce, code_challenge, claims;
	struct str details; /* authorization details that were agreed to (core/details.h) */
	int64_t auth_time;
	struct strlist amr;
	struct str acr, ial, aal;
	struct str proven_account; /* whose proof began the session; empty: a person's */
	struct strlist methods;    /* that were proven */
	int64_t issued_ms;         /* a later end of consents or logins ends the code as well */
	int64_t expires;           /* seconds; at most 60 after */
	bool used;
	struct str authorization; /* key of what the first use gave */
};

/* What a client was given for a person: all tokens of one redeemed code, revoked together. */
struct authorization {
	struct str client;
	struct str person, account;
	struct str sid; /* of the session it belongs to */
	struct str scope, claims;
	struct str details; /* authorization details that were agreed to; tokens have no others */
	int64_t auth_time;
	struct strlist amr;
	struct str acr, ial, aal;
	struct str proven_account; /* whose proof began the session; empty: a person's */
	struct strlist methods;    /* that were proven; empty: of an older program */
	int64_t created_ms, expires;
	bool offline; /* offline_access: outlives the session */
	bool revoked;
};

/* An access token, opaque or JWT (found by its handle or its jti). */
struct access_token {
	struct str authorization; /* key; empty for client_credentials */
	struct str client;
	struct str scope, audience;
	struct str details; /* of the authorization's, those that it was asked for */
	int64_t issued, expires;
	bool revoked;
};

/* A refresh token. Its successor's text is derived, so a lost answer can be repeated. */
struct refresh_token {
	struct str authorization;
	struct str client;
	struct str scope;
	int64_t issued, expires;
	int64_t used_ms; /* 0 = not yet */
	int64_t successor_expires;
};

extern const struct record_type record_authorization_code, record_authorization,
	record_access_token, record_refresh_token;

#endif
