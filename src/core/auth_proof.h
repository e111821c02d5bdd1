/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PRATU_CORE_AUTH_PROOF_H
#define PRATU_CORE_AUTH_PROOF_H

/*
 * Authentication proofs: the recorded facts of what somebody has proven, and by what. A method
 * (core/auth_method.h) makes them, a login and its session keep them, the login policy decides on
 * them and on nothing else.
 *
 * Views: strings live as long as what they were read from. Functions are pure; any thread.
 */
#include "codec/field.h"

/* NIST SP 800-63B-4 2: what an authenticator shows. FEDERATED: another provider says so, and what
 * it asked for is its own affair. */
enum auth_kind { AUTH_KNOWLEDGE, AUTH_POSSESSION, AUTH_INHERENCE, AUTH_FEDERATED, AUTH_KIND_MAX };

/* Types of identifiers. */
#define AUTH_CITIZEN_NUMBER "citizen_number" /* 13 digits, checksum good */

#define AUTH_IDENTIFIERS_MAX 4
#define AUTH_PROOFS_MAX      4    /* of one login */
#define AUTH_PROOF_BYTES     1024 /* of one stored */
#define AUTH_STATE_MAX       4096 /* bytes of a method's stored state */

/* What a proof is for, and what is next (core/auth_call.h), as words. */
extern const char *const auth_purpose_words[], *const auth_next_words[];

struct auth_identifier {
	const char *type; /* AUTH_CITIZEN_NUMBER ... */
	struct str value;
};

/* Who a citizen is, as a proof of identity says (OpenID Connect for Identity Assurance 1.0). Never
 * stored as a whole; empty members were not said. */
struct auth_identity {
	struct auth_identifier identifiers[AUTH_IDENTIFIERS_MAX];
	size_t n_identifiers;
	struct str title_th, given_th, middle_th, family_th;
	struct str title_en, given_en, middle_en, family_en;
	struct str birthdate; /* YYYY-MM-DD, Common Era; month and day may be 00 on old cards */
	struct str gender;    /* "male", "female" or empty */
	struct str address;   /* as one text */
	const char *evidence; /* what it was checked against: "idcard"; NULL: not said */
	struct str card_issued, card_expires; /* of the evidence; as birthdate */
	struct str ial;                       /* "2.3" */
	int64_t auth_time;                    /* seconds; 0: not said */
};

/* Who stands behind the proofs of identity of a method: what verified claims say of them. The
 * identifiers are those of OpenID Connect for Identity Assurance 1.0; NULL: not said. */
struct auth_source {
	struct str trust_framework; /* the rules that it follows; a name with a domain or URN */
	const char *organization;   /* that proves the identity */
	const char *document;       /* type of the evidence: "idcard" */
	const char *document_issuer, *document_country; /* ISO 3166-1 alpha-3: "THA" */
	const char *check_method;                       /* how it is checked: "auth" */
};

/* The identifier of this type; empty: there is none. */
struct str auth_identity_value(const struct auth_identity *identity, const char *type);
/* One more identifier; one too many is a fault of the program. */
void auth_identity_add(struct auth_identity *identity, const char *type, struct str value);

struct auth_proof {
	struct str method;          /* auth_method.name */
	struct str person, account; /* ids; account empty: of the person as a whole */
	struct str
		authenticator;   /* which one of the method's: an address, a key id; may be empty */
	struct str version;      /* the state of it that was proven; may be empty */
	int kind;                /* enum auth_kind */
	struct strlist amr;      /* RFC 8176 */
	struct str aal, ial;     /* empty: the login policy says */
	int64_t time;            /* seconds; 0: now */
	bool binds_transaction;  /* a text that the person saw and confirmed is part of it */
	bool phishing_resistant; /* NIST SP 800-63B-4 3.2.5 */
	const struct auth_identity *identity; /* not stored; NULL: none */
};

struct auth_proofs {
	struct auth_proof v[AUTH_PROOFS_MAX];
	size_t n;
};

/* One more; false: there are AUTH_PROOFS_MAX, nothing was added. */
bool auth_proofs_add(struct auth_proofs *proofs, const struct auth_proof *proof);
/* The proof by this method, or NULL. */
const struct auth_proof *auth_proofs_by(const struct auth_proofs *proofs, struct str method);
/* Is this kind among them? */
bool auth_proofs_have(const struct auth_proofs *proofs, enum auth_kind kind);
/* Two proofs of different kinds (NIST SP 800-63B-4 2.2.1). Two codes to two places are one
 * kind. */
bool auth_proofs_multi(const struct auth_proofs *proofs);
/* The amr values of all, each once, in the order proven; in the arena. */
struct strlist auth_proofs_amr(const struct auth_proofs *proofs, struct arena *a);

/* The stored form: one entry of the list for each. The list and its parts are in the arena. */
struct strlist auth_proofs_encode(const struct auth_proofs *proofs, struct arena *a);
/* RC_CORRUPT: malformed, or more than AUTH_PROOFS_MAX. */
MUST_USE enum rc auth_proofs_decode(
	struct arena *a, struct strlist stored, struct auth_proofs *ret);

extern const struct record_type record_auth_proof;
extern const char *const auth_kind_words[]; /* "knowledge", "possession" ... */

#endif
