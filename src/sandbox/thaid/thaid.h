/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_SANDBOX_THAID_THAID_H
#define PRATU_SANDBOX_THAID_THAID_H

/*
 * The simulated ThaID without its HTTP: login requests, codes, tokens and keys, in memory.
 *
 * A login goes waiting -> approved | refused | expired -> returned (the browser was sent back).
 * At most THAID_LOGINS_MAX are kept; the oldest gives way. Every function takes the lock itself
 * and copies what it gives into the caller's arena; any thread.
 */
#include "codec/form.h"
#include "jose/jwk.h"
#include "sandbox/common/config.h"
#include "sandbox/common/settings.h"
#include "base/clock.h"
#include "base/random.h"

#define THAID_LOGINS_MAX 2048
#define THAID_KEYS_MAX   4 /* published at once; the oldest leaves */
#define THAID_API_V1     1
#define THAID_API_V2     2

enum thaid_state {
	LOGIN_NONE = 0,
	LOGIN_WAITING,
	LOGIN_APPROVED,
	LOGIN_REFUSED,
	LOGIN_EXPIRED,
	LOGIN_RETURNED
};

/* An error as ThaID words it. */
struct thaid_error {
	int status;
	const char *code; /* "invalid_scope" */
	const char *why;
};

/* A login as the pages and the API show it. */
struct thaid_login_view {
	struct str id;        /* the browser's handle: in its address, never on the phone */
	struct str reference; /* shown beside the QR code */
	struct str qr;        /* the QR code's handle */
	struct str client_id, client_name;
	struct str scope;
	struct str redirect_uri;
	enum thaid_state state;
	int64_t created, expires; /* seconds */
};

struct sandbox_thaid_options {
	struct str issuer;
	const struct conf_list *clients; /* struct sandbox_client */
	const struct conf_list *people;  /* struct sandbox_person */
	const struct clock *clock;
	const struct rng *rng;
};

struct sandbox_thaid;

MUST_USE enum rc thaid_new(const struct sandbox_thaid_options *options, struct sandbox_thaid **ret);
void thaid_free(struct sandbox_thaid *t);
/* Forgets logins and tokens, restores the settings, signs with a published key again. */
MUST_USE enum rc thaid_reset(struct sandbox_thaid *t);
struct str thaid_issuer(const struct sandbox_thaid *t);

const char *thaid_state_name(enum thaid_state state);

/* Checks an authorization request and keeps it. RC_INVALID: *ret_error, shown on ThaID's own page,
 * never sent to the redirect URI. */
MUST_USE enum rc thaid_begin(struct sandbox_thaid *t, struct arena *a, int api,
	const struct form *query, struct str *ret_id, struct thaid_error *ret_error);
/* By the browser's handle. RC_NOT_FOUND. */
MUST_USE enum rc thaid_login_get(
	struct sandbox_thaid *t, struct arena *a, struct str id, struct thaid_login_view *ret);
/* By what a phone has: reference code (any case), QR handle or the QR code's whole text.
 * RC_NOT_FOUND. */
MUST_USE enum rc thaid_scan(
	struct sandbox_thaid *t, struct arena *a, struct str handle, struct thaid_login_view *ret);
/* Logins that wait for a person, newest first, at most max; returns how many. */
size_t thaid_pending(
	struct sandbox_thaid *t, struct arena *a, struct thaid_login_view *ret, size_t max);
/*
 * What the phone decides; handle as for thaid_scan.
 * RC_NOT_FOUND: no such login or person; RC_EXPIRED; RC_CONFLICT: decided before.
 */
MUST_USE enum rc thaid_approve(struct sandbox_thaid *t, struct str handle, struct str pid);
MUST_USE enum rc thaid_refuse(struct sandbox_thaid *t, struct str handle);
/* The address the browser goes back to, once decided; RC_CONFLICT while waiting, RC_EXPIRED. */
MUST_USE enum rc thaid_return(
	struct sandbox_thaid *t, struct arena *a, struct str id, struct str *ret_url);

/* The token endpoint for an authenticated client. RC_OK: *ret_body is the reply's JSON text. */
MUST_USE enum rc thaid_token(struct sandbox_thaid *t, struct arena *a,
	const struct sandbox_client *client, const struct form *form, struct str *ret_body,
	struct thaid_error *ret_error);
/* Introspection's JSON text; a token unknown, expired or revoked is {"active":false}. */
struct str thaid_introspect(struct sandbox_thaid *t, struct arena *a, struct str token);
/* False when the token is unknown. */
bool thaid_revoke(struct sandbox_thaid *t, struct str token);
/* Userinfo's JSON text for an access token in force; RC_DENIED. */
MUST_USE enum rc thaid_userinfo(
	struct sandbox_thaid *t, struct arena *a, struct str token, struct str *ret_body);

/* The published keys. */
struct str thaid_jwks(struct sandbox_thaid *t, struct arena *a);
/* Signs with a new key from now on. publish: the JWKS shows it; else it never does. drop_old: the
 * old keys leave the JWKS at once. */
MUST_USE enum rc thaid_rotate(struct sandbox_thaid *t, bool publish, bool drop_old);

struct thaid_settings thaid_settings(struct sandbox_thaid *t);
/* As settings_merge / settings_set on the settings in force. */
MUST_USE enum rc thaid_settings_merge(
	struct sandbox_thaid *t, struct arena *a, const struct json_value *in, struct str *ret_why);
MUST_USE enum rc thaid_settings_form(
	struct sandbox_thaid *t, struct arena *a, const struct form *form, struct str *ret_why);
enum thaid_fault thaid_take_fault(struct sandbox_thaid *t, enum thaid_at at);

#endif
