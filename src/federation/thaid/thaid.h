/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_FEDERATION_THAID_THAID_H
#define PRATU_FEDERATION_THAID_THAID_H

/*
 * The ThaID connector: logging in with the citizen card app of the Department of Provincial
 * Administration. Its wire is documented in few public places, which differ: all forms seen are
 * accepted (both deliveries of the person, both spellings of claims and of the expiry), and every
 * host, path, scope, header and claim name is configuration with the known values as defaults, so
 * that the older version 1 needs no code.
 *
 * The response is used once: read, revoked, wiped. Nothing of it is stored or logged.
 */
#include "conf/conf.h"
#include "federation/rp/rp.h"
#include "idp/login/connector.h"

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
	struct thaid_claim_names claims;
};

/* Rows "thaid.…" with offsets into struct thaid_options. */
extern const struct conf_option thaid_conf_options[];
extern const size_t thaid_n_conf_options;

/*
 * The connector; free it by connector->type->free. RC_INVALID with a static sentence when the
 * options do not fit together. options and http must outlive it.
 */
MUST_USE enum rc thaid_new(const struct thaid_options *options, struct http_client *http,
	struct connector **ret, const char **ret_why);

/*
 * The person in what ThaID delivered: claims of the ID token (NULL: none came) before flat members
 * of the token answer. RC_INVALID when there is no citizen number or it is not one, or the two
 * places name different people. Views are in the arena.
 */
MUST_USE enum rc thaid_read_identity(const struct thaid_claim_names *names, struct arena *a,
	const struct json_value *id_token, const struct json_value *flat,
	struct connector_identity *ret, const char **ret_why);
/*
 * When an answer ends: expires_in or expire_in; above 10^9 it is a time, otherwise seconds from
 * now. 0: not given.
 */
int64_t thaid_expiry(const struct json_value *answer, int64_t now);

#endif
