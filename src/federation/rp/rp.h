/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_FEDERATION_RP_RP_H
#define PRATU_FEDERATION_RP_RP_H

/*
 * The relying-party leg every upstream provider shares (OpenID Connect Core 3.1, RFC 6749 4.1):
 * authorize URL, code exchange, ID token, introspection, revocation; discovery and keys fetched,
 * checked and kept.
 *
 * A struct rp holds no person's data. All requests go to hosts an operator configured. Functions
 * that send one block: workers only, between rp_enter and rp_leave, which bound how many wait for
 * one upstream, so that a hung one cannot hold every worker. Any thread.
 *
 * ret_why is always a word of a closed list, for log and audit.
 */
#include "codec/form.h"
#include "codec/json_value.h"
#include "base/secret.h"
#include "net/http_client.h"
#include "jose/jwk.h"

#define RP_ANSWER_MAX   65536u /* bytes of an answer */
#define RP_TOKEN_MAX    8192u  /* bytes of a code, an access or a refresh token */
#define RP_KEEP_MAX     3600   /* seconds keys and metadata are kept at most */
#define RP_CLOCK_LEEWAY 60     /* seconds */

/* How we prove to the upstream who we are. */
enum rp_auth {
	RP_AUTH_BASIC, /* header; the raw id and secret, as ThaID wants them */
	RP_AUTH_POST,  /* client_id and client_secret in the form (RFC 6749 2.3.1) */
	RP_AUTH_MAX
};
extern const char *const rp_auth_words[];

enum rp_nonce { RP_NONCE_OPTIONAL, RP_NONCE_REQUIRED, RP_NONCE_MAX };
extern const char *const rp_nonce_words[];

struct rp_endpoints {
	struct str authorize, token, introspect, revoke, jwks; /* absolute; empty = none */
};

/* The views must outlive the struct rp. */
struct rp_options {
	const char *name; /* in logs: "thaid" */
	struct str issuer;
	struct rp_endpoints endpoints;
	bool discovery; /* endpoints left empty, but authorize, come from the discovery document */
	struct str client_id;
	const struct secret *client_secret;
	enum rp_auth auth;
	struct str header_name; /* sent with every request; empty = none */
	const struct secret *header_value;
	unsigned algs;         /* JOSE_BIT(..) of ID tokens */
	enum jose_alg key_alg; /* of keys that name none */
	enum rp_nonce nonce;
	int64_t connect_timeout_ms, timeout_ms;
	int64_t keep;        /* seconds, at most RP_KEEP_MAX */
	int64_t refetch_gap; /* seconds between two fetches for an unknown kid */
	int64_t waiting_max; /* requests that may wait at the same time */
};

struct admission;
struct rp;

/* RC_INVALID with a static sentence: what the options lack. */
MUST_USE enum rc rp_new(const struct rp_options *options, struct http_client *http, struct rp **ret,
	const char **ret_why);
void rp_free(struct rp *rp);

/* False: as many wait as may. */
MUST_USE bool rp_enter(struct rp *rp);
void rp_leave(struct rp *rp);

/*
 * Where returns wait for their turn to ask an upstream, for struct auth_method: at most waiting_max
 * are under way, half of them for one network, and the others wait without a thread, network by
 * network (core/admission.h). Freed by admission_free.
 */
struct admission *rp_admission(int64_t waiting_max);
#define RP_WAIT_MAX 8000 /* milliseconds a return may expect to wait; beyond, it comes again */

struct rp_request {
	struct str redirect_uri, scope, state, nonce;
	struct str verifier; /* PKCE (RFC 7636); empty = not used */
};

/* Where the browser goes. Quick. */
struct str rp_authorize_url(const struct rp *rp, struct arena *a, const struct rp_request *q);

/* An answer of an upstream: whatever its status, and its object when there is one. */
struct rp_answer {
	int status;
	struct json_value *json; /* NULL: none. Freed by the caller. */
	struct str error;        /* its member "error" */
};

/*
 * Sends a form with our authentication. RC_OK for any HTTP status; RC_UNAVAILABLE: no whole answer.
 * timeout_ms: 0 = the option's.
 */
MUST_USE enum rc rp_post(struct rp *rp, struct arena *a, struct str url, const struct form *form,
	int64_t timeout_ms, struct rp_answer *ret, const char **ret_why);

/*
 * Redeems a code (RFC 6749 4.1.3). RC_OK: *ret is a JSON object without "error". RC_DENIED: the
 * upstream says no, ret->error is its word or empty. RC_UNAVAILABLE: no usable answer.
 */
MUST_USE enum rc rp_exchange(struct rp *rp, struct arena *a, int64_t now, struct str code,
	const struct rp_request *q, struct rp_answer *ret, const char **ret_why);

/*
 * Verifies an ID token (OIDC Core 3.1.3.7): signature, issuer, audience, times, nonce, at_hash.
 * nonce: what was sent, empty = none was. *ret_nonce_seen: it came back.
 * RC_DENIED: must not be trusted; RC_UNAVAILABLE: its keys cannot be had.
 */
MUST_USE enum rc rp_verify(struct rp *rp, struct arena *a, int64_t now, struct str id_token,
	struct str nonce, struct str access_token, struct json_value **ret_claims,
	bool *ret_nonce_seen, const char **ret_why);

/*
 * Is the token active (RFC 7662)? Sent bare and, when that is not answered with yes, again with
 * "Bearer " before it, for upstreams that want it so. RC_DENIED: it is not. RC_NOT_FOUND: the
 * upstream has no such endpoint. *ret: as rp_answer, with RC_OK.
 */
MUST_USE enum rc rp_introspect(struct rp *rp, struct arena *a, int64_t now, struct str token,
	struct rp_answer *ret, const char **ret_why);
/* Revokes a token (RFC 7009), in both spellings. RC_NOT_FOUND: no such endpoint. */
MUST_USE enum rc rp_revoke(struct rp *rp, struct arena *a, int64_t now, struct str token,
	int64_t timeout_ms, const char **ret_why);

#endif
