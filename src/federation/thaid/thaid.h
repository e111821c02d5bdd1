/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_FEDERATION_THAID_THAID_H
#define PRATU_FEDERATION_THAID_THAID_H

/*
 * ThaID: proving oneself with the citizen card app of the Department of Provincial
 * Administration. Its wire is documented in few public places, which differ: all forms seen are
 * accepted (both deliveries of the person, both spellings of claims and of the expiry), and every
 * host, path, scope, header and claim name is configuration with the known values as defaults, so
 * that the older version 1 needs no code.
 *
 * The response is used once: read, revoked, wiped. Nothing of it is logged; what is kept of it with
 * the person says idp/assurance/identity_proof.h.
 */
#include "conf/conf.h"
#include "base/random.h"
#include "federation/rp/rp.h"
#include "core/auth_method.h"

/* Names a claim may have, in order of preference; searched in the ID token, then next to it. */
struct thaid_claim_names {
	struct strlist pid;
	struct strlist title_th, given_th, middle_th, family_th, name_th;
	struct strlist title_en, given_en, middle_en, family_en, name_en;
	struct strlist birthdate, gender, address, card_issued, card_expires, ial;
};

/* Filled from the configuration by thaid_conf_options. */
struct thaid_options {
	struct str client_id; /* empty: ThaID is not offered */
	struct secret *client_secret;
	int client_auth; /* enum rp_auth */
	struct str issuer;
	/* a path, put behind the issuer, or an absolute URL; empty = none (or from discovery) */
	struct str authorize, token, introspect, revoke, jwks;
	bool discovery;
	struct strlist scopes;
	struct str header_name;
	struct secret *header_value;
	bool pkce;
	int nonce; /* enum rp_nonce */
	bool check_active, revoke_after;
	int64_t connect_timeout, timeout, revoke_timeout; /* seconds */
	int64_t waiting_max;
	int64_t keys_keep, keys_refetch_gap; /* seconds */
	struct str trust_framework;          /* of verified claims */
	struct thaid_claim_names claims;
};

/* Rows "thaid.…" with offsets into struct thaid_options; behind the last is one without path. */
extern const struct conf_option thaid_conf_options[];
extern const size_t thaid_n_conf_options;

struct thaid; /* holds nothing of a person; any thread */

/* What one round trip must remember between begin and complete. */
struct thaid_trip {
	struct str nonce;    /* sent upstream */
	struct str verifier; /* PKCE; empty when not used */
};

/* RC_INVALID with a static sentence when the options do not fit together. options and http must
 * outlive it. */
MUST_USE enum rc thaid_new(const struct thaid_options *options, struct http_client *http,
	struct thaid **ret, const char **ret_why);
void thaid_free(struct thaid *t); /* NULL is fine */
/* Round trips that may be under way at once. */
int64_t thaid_waiting_max(const struct thaid *t);
/* Who stands behind its proofs of identity; as old as t. */
const struct auth_source *thaid_source(const struct thaid *t);

/* Quick: no network. state: what ThaID must return unchanged. */
void thaid_begin(struct thaid *t, struct arena *a, const struct rng *rng, struct str state,
	struct str redirect_uri, struct thaid_trip *ret_trip, struct str *ret_url);
/* On a worker: blocks within its own time-outs. params: the query of the return.
 * AUTH_REASON_NONE: *ret_identity is filled; else *ret_why is a closed word for log and trail. */
enum auth_reason thaid_complete(struct thaid *t, struct arena *a, int64_t now,
	const struct form *params, struct str redirect_uri, const struct thaid_trip *trip,
	struct auth_identity *ret_identity, const char **ret_why);

extern const struct auth_method auth_method_thaid;
/* auth_method.open, in module.c: by the options of the module and the HTTP client of app. */
enum rc thaid_method_open(struct auth_method *m, const struct app *app, const char **ret_why);
/* Puts it into the registry as "thaid", which then frees it. */
void thaid_add(struct auth_methods *methods, struct thaid *t);

/*
 * The person in what ThaID delivered: claims of the ID token (NULL: none came) before flat members
 * of the token answer. RC_INVALID when there is no citizen number or it is not one, or the two
 * places name different people. Views are in the arena.
 */
MUST_USE enum rc thaid_read_identity(const struct thaid_claim_names *names, struct arena *a,
	const struct json_value *id_token, const struct json_value *flat, struct auth_identity *ret,
	const char **ret_why);
/*
 * When an answer ends: expires_in or expire_in; above 10^9 it is a time, otherwise seconds from
 * now. 0: not given.
 */
int64_t thaid_expiry(const struct json_value *answer, int64_t now);

#endif
