/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_IDP_ASSURANCE_IDENTITY_PROOF_H
#define PRATU_IDP_ASSURANCE_IDENTITY_PROOF_H

/*
 * Identity proofs: what is kept of a proof of identity with the person. Who proved it, when, by
 * which rules and evidence, at which level, and the names that were proven. One record for each
 * person and authentication method (core/auth_method.h); the latest proof replaces the one before.
 * A portal asks for it as verified claims (verified_claims.h).
 *
 * Kept are the names, and the date of birth and the dates of the document where the method
 * received them; never an address, a gender, a number of the document or a token. The citizen
 * number stands in the person's record alone.
 *
 * Any thread. Strings of what is read are views into the snapshot.
 */
#include "core/auth_method.h"
#include "core/table.h"

struct identity_proof {
	struct str person, method;
	struct str organization;    /* that proved it */
	struct str trust_framework; /* the rules it follows */
	struct str ial;             /* empty: not said */
	int64_t time;               /* seconds: when it was proven last */
	int64_t first_time;         /* when by this method for the first time */
	struct str document;        /* type of the evidence, "idcard"; empty: none */
	struct str document_issuer, document_country;
	struct str document_issued, document_expires; /* YYYY-MM-DD; empty: not said */
	struct str check_method;
	struct str title_th, given_th, middle_th, family_th;
	struct str title_en, given_en, middle_en, family_en;
	struct str birthdate;
};

#define TABLE_IDENTITY_PROOF 88 /* person id, method */

extern const struct record_type record_identity_proof;
extern const struct module_table identity_proof_tables[];

/*
 * In tx: the person was proven to be this citizen by the method just now. Nothing is kept of a
 * method that names no source. A member that is longer than its field is left out.
 */
MUST_USE enum rc identity_proof_note(struct tx *tx, const struct auth_method *method,
	struct str person, const struct auth_identity *identity);

struct identity_proof_list {
	struct identity_proof v[AUTH_METHODS_MAX];
	size_t n;
};
/* The proofs of a person, by name of method; as many as there can be methods. */
MUST_USE enum rc identity_proofs_of(
	const struct tx *tx, struct str person, struct identity_proof_list *ret);

#endif
