/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CORE_HANDLE_H
#define PRATU_CORE_HANDLE_H

/*
 * Handles: the secret texts that name short-lived records (session cookie, code, tokens).
 *
 * Text: a prefix for the kind (so that leaked ones can be searched for, and one kind is never
 * accepted as another), then base64url of expiry (4 bytes), the millisecond of creation within its
 * second (2 bytes) and 256 random bits. The store has only these times and 128 bits of SHA-256 of
 * the whole text. Pure functions; any thread.
 *
 * The millisecond serves the store: handles of one lifetime then have keys in the order of
 * creation, so that a commit of many writes few pages (measured: 4 times the commits per second).
 */
#include "base/arena.h"
#include "base/rc.h"
#include "base/str.h"
#include "base/random.h"

enum handle_kind {
	HANDLE_SESSION,
	HANDLE_LOGIN,
	HANDLE_AUTHORIZATION_CODE,
	HANDLE_AUTHORIZATION, /* never leaves the server as text */
	HANDLE_ACCESS_TOKEN,
	HANDLE_JWT_ID, /* jti of a JWT access token: names its record, is no bearer token */
	HANDLE_REFRESH_TOKEN,
	HANDLE_SECURITY_NOTIFICATION, /* in a security notification by mail: "this was not me" */
	HANDLE_RECOVERY,              /* in a recovery mail */
	HANDLE_SIGNED_OUT,            /* of the page that says what became of a sign-out */
	HANDLE_PUSHED_REQUEST,        /* in a request_uri (RFC 9126) */
	HANDLE_CIBA,                  /* auth_req_id of a backchannel authentication request */
	HANDLE_KIND_MAX
};

#define HANDLE_RANDOM   32 /* bytes */
#define HANDLE_TEXT_MAX 64 /* characters */
#define HANDLE_TIME     6  /* bytes: expiry and millisecond */
#define HANDLE_KEY_SIZE 22 /* bytes: these and the hash */

struct handle {
	struct str text; /* given to the client; wiped with the arena */
	struct str key;  /* in the store */
};

/* A new handle, created at now_ms, that expires at expiry (seconds). */
struct handle handle_new(struct arena *a, enum handle_kind kind, int64_t expiry, int64_t now_ms,
	const struct rng *rng);
/* The same from 32 bytes that are as good as random: derived refresh tokens. */
struct handle handle_from_bytes(struct arena *a, enum handle_kind kind, int64_t expiry,
	int64_t now_ms, const unsigned char bytes[static HANDLE_RANDOM]);
/* The store key of a presented text. RC_INVALID: not of this kind or form. */
MUST_USE enum rc handle_key(
	struct arena *a, enum handle_kind kind, struct str text, struct str *ret_key);

#endif
