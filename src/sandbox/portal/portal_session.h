/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_SANDBOX_PORTAL_PORTAL_SESSION_H
#define PRATU_SANDBOX_PORTAL_PORTAL_SESSION_H

/*
 * A portal's memory of browsers: logins under way and logged-in sessions, by random cookie value.
 * A fixed number is kept, the oldest gives way. What is read is copied into the caller's arena; any
 * thread.
 */
#include "sandbox/portal/rp.h"
#include "base/clock.h"
#include "base/random.h"

#define PORTAL_SESSIONS_MAX    512
#define PORTAL_LOGIN_SECONDS   900
#define PORTAL_SESSION_SECONDS 28800
#define PORTAL_TOKENS_MAX      256 /* logout tokens whose jti is remembered */

struct portal_sessions;

struct portal_sessions *portal_sessions_new(const struct clock *clock, const struct rng *rng);
void portal_sessions_free(struct portal_sessions *s);

/* Keeps a login under way; the cookie's value comes back. */
struct str portal_login_keep(
	struct portal_sessions *s, struct arena *a, const struct rp_login *login);
/* Takes it out: a login is finished once. RC_NOT_FOUND also when its time has passed. */
MUST_USE enum rc portal_login_take(
	struct portal_sessions *s, struct arena *a, struct str cookie, struct rp_login *ret);

struct str portal_session_keep(
	struct portal_sessions *s, struct arena *a, const struct rp_result *result);
MUST_USE enum rc portal_session_get(
	struct portal_sessions *s, struct arena *a, struct str cookie, struct rp_result *ret);
/* As look, and ends it. */
MUST_USE enum rc portal_session_take(
	struct portal_sessions *s, struct arena *a, struct str cookie, struct rp_result *ret);
/* Back-channel logout: ends the sessions of this sid; of this sub where sid is empty. RC_EXISTS: a
 * token of this jti was here before, and nothing is done. */
MUST_USE enum rc portal_session_end(
	struct portal_sessions *s, const struct logout_token_claims *token);

#endif
