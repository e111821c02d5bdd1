/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_SANDBOX_COMMON_CLAIMS_H
#define PRATU_SANDBOX_COMMON_CLAIMS_H

/*
 * The data of ThaID about a person, by scope, in the spellings seen on the wire; and the tokens
 * made of it with the faults asked for. Pure functions; any thread.
 */
#include "jose/jwk.h"
#include "sandbox/common/config.h"
#include "sandbox/common/settings.h"

/* True for a scope of this version of the API (1 or 2). */
bool claims_scope_known(int api, struct str scope);
/* Writes the person's members for the granted scopes into the open object. other_pid: the citizen
 * number is somebody else's (PID_CONFLICT). */
void claims_write_person(struct json_writer *out, struct arena *a, const struct sandbox_person *p,
	struct strlist scopes, const struct thaid_settings *s, bool other_pid);
/* The sub of this person under the settings; empty = none. */
struct str claims_sub(
	struct arena *a, const struct sandbox_person *p, const struct thaid_settings *s);

struct id_token_input {
	struct str issuer, audience, nonce, access_token;
	const struct sandbox_person *person;
	struct strlist scopes;
	int64_t now;
	int64_t auth_time;
	const struct jwk *key;
};

/* The id_token, with the faults of the settings. */
struct str claims_id_token(
	struct arena *a, const struct id_token_input *in, const struct thaid_settings *s);
/* ThaID's own HS256 JWT (access and refresh tokens), opaque to relying parties. */
struct str claims_opaque_jwt(struct arena *a, struct str key, struct str payload);

#endif
