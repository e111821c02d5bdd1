/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_ASSURANCE_VERIFICATION_H
#define PRATU_IDP_ASSURANCE_VERIFICATION_H

/*
 * The element verification of verified claims (OpenID Connect for Identity Assurance 1.0), and what
 * a request takes of it: the request is a template and a filter over the same structure.
 *
 * Pure functions; any thread.
 */
#include "idp/assurance/identity_proof.h"

#define VERIFICATION_BYTES_MAX 4096u /* of one, with all that is known */

/* All that a proof says, as a tree. The caller frees it. */
MUST_USE enum rc verification_of(
	struct arena *a, const struct identity_proof *proof, struct json_value **ret);

/*
 * Does it meet every value, values and max_age of the request (6.3 there)? Of the entries of an
 * array, evidence or check_details, one that is met is enough. A condition on something that is not
 * known is not met, nor is one that cannot be read. wanted NULL: no request, which is met.
 */
bool verification_meets(struct arena *a, const struct json_value *wanted,
	const struct json_value *there, int64_t now);
/* The same for one text: the value of a claim. */
bool verification_text_meets(const struct json_value *wanted, struct str there, int64_t now);

/* Writes what is asked for, with the members that a valid answer needs. For what meets the request.
 */
void verification_write(struct arena *a, struct json_writer *out, const struct json_value *wanted,
	const struct json_value *there, int64_t now);

#endif
