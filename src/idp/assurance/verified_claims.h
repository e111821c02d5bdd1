/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_ASSURANCE_VERIFIED_CLAIMS_H
#define PRATU_IDP_ASSURANCE_VERIFIED_CLAIMS_H

/*
 * Verified claims (OpenID Connect for Identity Assurance 1.0): what was proven of a person
 * (identity_proof.h), by whom, when, by which rules and evidence. A client asks for them by the
 * member verified_claims of the claims parameter, for ID token and userinfo apart, as one object or
 * an array of several.
 *
 * What was not asked for is not given. Of the claims, one that is unknown, has no value or another
 * value than asked for is left out. Where the verification does not meet the request (value,
 * values, max_age), or no claim is left, the whole element is left out. Neither is ever an error,
 * also not for essential ones (section 6.4 there).
 *
 * Any thread.
 */
#include "codec/json_value.h"
#include "codec/json_writer.h"
#include "core/tx.h"
#include "directory/records.h"

#define VERIFIED_CLAIMS_ELEMENTS_MAX 8     /* of one request; each is answered apart */
#define VERIFIED_CLAIMS_BYTES_MAX    8192u /* of the answer at one place; what is more is left out */

/* Has the member verified_claims of a claims parameter the form of a request? NULL and null are
 * none and valid. */
bool verified_claims_valid(const struct json_value *request);

/* Writes the member verified_claims into the open object, where something is to be given. request:
 * as above; scope: those whose claims the client may get. */
void verified_claims_write(struct tx *tx, struct json_writer *out, const struct json_value *request,
	const struct person *person, struct str scope);

/* The latest proof in words, for the person who is asked to agree: who, when, which level. Empty:
 * there is none. */
struct str verified_claims_words(struct tx *tx, enum web_lang lang, const struct person *person);

/* The date of birth that was proven, in words: it is given as a verified claim and nowhere else, so
 * the person must see it where they are asked to agree. Empty: none is known. */
struct str verified_claims_birthdate(
	struct tx *tx, enum web_lang lang, const struct person *person);

/* Writes the members of discovery (section 8 there), by the methods that are open. */
void verified_claims_write_metadata(struct json_writer *w, const struct app *app);

#endif
