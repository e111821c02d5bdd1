/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_SANDBOX_PORTAL_RP_H
#define PRATU_SANDBOX_PORTAL_RP_H

/*
 * A relying party and a resource server on liboauth2, as a portal in the field would be.
 *
 * liboauth2 builds the requests, authenticates the client, fetches, verifies signatures by JWKS and
 * asks introspection. What it does not check in 1.4.5.4 is checked here: iss, aud, exp, nonce and
 * at_hash of the ID token, the iss parameter of the answer (RFC 9207), iss, aud and exp of access
 * tokens, the sub of userinfo. Its ready-made oauth2_openidc_handle is not used: it gives out
 * neither the access token nor the ID token and forgets the nonce.
 *
 * Every call may block on the network: workers only. Any thread.
 */
#include "codec/json_value.h"
#include "base/rc.h"
#include "base/secret.h"
#include "sandbox/portal/logout_token.h"
#include "sandbox/portal/step_up.h"

#define RP_TIMEOUT 10 /* seconds of one request */

struct sandbox_rp;

struct sandbox_rp_options {
	struct str issuer;
	struct str client_id;
	struct str client_secret; /* must stay as long as the rp */
	struct str redirect_uri;
	struct str scope;
	bool introspect; /* access tokens are verified by introspection, else as JWT by JWKS */
};

/* What a login must remember, bound to the browser by the caller. */
struct rp_login {
	struct str state, nonce, verifier;
	struct str next; /* page of the portal to go to afterwards; empty: the usual one */
};

/* Texts in the arena. */
struct rp_result {
	struct str id_token, access_token;
	struct str id_claims; /* JSON */
	struct str userinfo;  /* JSON; empty when the provider has no such endpoint */
	struct str details;   /* JSON: authorization details that were granted; empty: none */
};

/* liboauth2 as a whole, once a process: before the first rp, and after the last. RC_INTERNAL. */
MUST_USE enum rc rp_library_start(void);
void rp_library_stop(void);

/* RC_INTERNAL: liboauth2 did not take the options, which are borrowed. */
MUST_USE enum rc rp_new(const struct sandbox_rp_options *options, struct sandbox_rp **ret);
void rp_free(struct sandbox_rp *rp);

/* Makes state, nonce and verifier and the address to send the browser to. step_up: what the login
 * must be; NULL: any. RC_UNAVAILABLE: the provider does not answer. */
MUST_USE enum rc rp_begin(struct sandbox_rp *rp, struct arena *a, const struct step_up *step_up,
	struct rp_login *ret_login, struct str *ret_url);
/* The same by a pushed request (RFC 9126) with authorization details (RFC 9396), JSON. RC_DENIED:
 * the provider refused it. */
MUST_USE enum rc rp_push(struct sandbox_rp *rp, struct arena *a, struct str details,
	struct rp_login *ret_login, struct str *ret_url);
/* Turns a code into a login. iss: of the answer (RFC 9207). RC_DENIED and RC_UNAVAILABLE with a
 * static sentence. */
MUST_USE enum rc rp_finish(struct sandbox_rp *rp, struct arena *a, const struct rp_login *login,
	struct str code, struct str iss, struct rp_result *ret, const char **ret_why);
/* Where the browser ends the session at the provider (RP-initiated logout). */
MUST_USE enum rc rp_logout_url(struct sandbox_rp *rp, struct arena *a, struct str id_token,
	struct str back, struct str state, struct str *ret_url);

/* Is this a logout token for us? Its claims in the arena. RC_DENIED with a static sentence. */
MUST_USE enum rc rp_verify_logout(struct sandbox_rp *rp, struct arena *a, struct str token,
	struct logout_token_claims *ret, const char **ret_why);

/* GET with the access token: calling an API as a client. */
MUST_USE enum rc rp_call(struct sandbox_rp *rp, struct arena *a, struct str url,
	struct str access_token, int *ret_status, struct str *ret_body);
/* Is this access token good for our API? *ret_claims is JSON. RC_DENIED with a static sentence. */
MUST_USE enum rc rp_verify_access(struct sandbox_rp *rp, struct arena *a, struct str token,
	struct str *ret_claims, const char **ret_why);

#endif
