/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_DIRECTORY_OPERATIONS_CLIENT_METADATA_H
#define PRATU_DIRECTORY_OPERATIONS_CLIENT_METADATA_H

/*
 * Client metadata (RFC 7591 2, OpenID Connect Registration 2) to and from struct client.
 *
 * Member names are those of record_client's field table, with two written differently in metadata:
 * require_pkce (false lets a confidential client leave PKCE out) and default_max_age (0 is a value,
 * absent is none). Members of our own: system, access_token_format,
 * access_token_signed_response_alg, id_token_claims, consent_required, audience,
 * access_token_lifetime, refresh_token_lifetime, introspects, status. An unknown member is rejected
 * by name: a typing error must not become a missing rule.
 *
 * Pure; any thread.
 */
#include "codec/field.h"
#include "directory/records.h"

#define CLIENT_METADATA_MAX 65536u /* bytes of the JSON text */

#define GRANT_TYPE_CODE        "authorization_code"
#define GRANT_TYPE_REFRESH     "refresh_token"
#define GRANT_TYPE_CREDENTIALS "client_credentials"
#define GRANT_TYPE_CIBA        "urn:openid:params:grant-type:ciba"

/* A client with the defaults of RFC 7591 2, OIDC Registration 2 and ours: Basic, code flow, PKCE
 * required, RS256. */
void client_defaults(struct client *ret);

/*
 * Lays the members of one JSON object over *client, then checks the whole: members not named keep
 * their value, null clears one. response_types follows grant_types when not named. RC_INVALID:
 * *ret_error says which member, what is wrong and what to write; *client is then not to be used.
 */
MUST_USE enum rc client_from_metadata(struct arena *a, const struct json_value *in,
	struct client *client, struct field_error *ret_error);

/* The rules alone, for a client filled by other means. */
MUST_USE enum rc client_check(
	struct arena *a, const struct client *client, struct field_error *ret_error);

/* The members as client_from_metadata reads them, into the open object; no secret, no times. */
void client_to_metadata(const struct client *client, struct json_writer *out);

#endif
