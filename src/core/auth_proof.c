/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "core/auth_proof.h"

#include "base/array.h"
#include "base/arena.h"
#include "base/die.h"
#include "core/auth_call.h"

#include <stddef.h>

#define AMR_MAX 8u /* values of one proof */

const char *const auth_kind_words[] = {"knowledge", "possession", "inherence", "federated", NULL};

const char *const auth_purpose_words[] = {
	"identify", "confirm", "enrol", "recovery", "proof", NULL};
_Static_assert(ARRAY_LEN(auth_purpose_words) == AUTH_PURPOSE_MAX + 1, "a word for each value");
const char *const auth_next_words[] = {"show", "wait", "redirect", "proven", "failed", NULL};
_Static_assert(ARRAY_LEN(auth_next_words) == AUTH_FAILED + 2, "a word for each value");

static const struct field fields[] = {
	{1, "method", FIELD_STR, 0, offsetof(struct auth_proof, method), 40, NULL,
		"authentication method"},
	{2, "person", FIELD_STR, 0, offsetof(struct auth_proof, person), 22, NULL, "person id"},
	{3, "account", FIELD_STR, 0, offsetof(struct auth_proof, account), 22, NULL, "account id"},
	{4, "authenticator", FIELD_STR, FIELD_HIDDEN, offsetof(struct auth_proof, authenticator),
		254, NULL, "which one of the method's"},
	{5, "version", FIELD_BYTES, FIELD_HIDDEN, offsetof(struct auth_proof, version), 64, NULL,
		"the state of it that was proven"},
	{6, "kind", FIELD_ENUM, 0, offsetof(struct auth_proof, kind), 0, auth_kind_words,
		"what it shows"},
	{7, "amr", FIELD_STRLIST, 0, offsetof(struct auth_proof, amr), AMR_MAX, NULL,
		"RFC 8176 values"},
	{8, "aal", FIELD_STR, 0, offsetof(struct auth_proof, aal), 4, NULL,
		"authentication assurance"},
	{9, "ial", FIELD_STR, 0, offsetof(struct auth_proof, ial), 4, NULL, "identity assurance"},
	{10, "time", FIELD_TIME, 0, offsetof(struct auth_proof, time), 0, NULL, "when"},
	{11, "binds_transaction", FIELD_BOOL, 0, offsetof(struct auth_proof, binds_transaction), 0,
		NULL, "a text was confirmed"},
	{12, "phishing_resistant", FIELD_BOOL, 0, offsetof(struct auth_proof, phishing_resistant),
		0, NULL, "bound to the verifier's name"},
};
const struct record_type record_auth_proof = {
	"auth_proof", sizeof(struct auth_proof), fields, ARRAY_LEN(fields)};

_Static_assert(ARRAY_LEN(auth_kind_words) == AUTH_KIND_MAX + 1, "a word for each kind");

struct str auth_identity_value(const struct auth_identity *identity, const char *type)
{
	for (size_t i = 0; i < identity->n_identifiers; i++)
		if (strcmp(identity->identifiers[i].type, type) == 0)
			return identity->identifiers[i].value;
	return STR_NONE;
}

void auth_identity_add(struct auth_identity *identity, const char *type, struct str value)
{
	/* As many as a method's own code names. */
	if (identity->n_identifiers == AUTH_IDENTIFIERS_MAX)
		die("auth_proof: more identifiers than AUTH_IDENTIFIERS_MAX");
	identity->identifiers[identity->n_identifiers++] = (struct auth_identifier){type, value};
}

bool auth_proofs_add(struct auth_proofs *proofs, const struct auth_proof *proof)
{
	if (proofs->n == AUTH_PROOFS_MAX)
		return false;
	proofs->v[proofs->n++] = *proof;
	return true;
}

const struct auth_proof *auth_proofs_by(const struct auth_proofs *proofs, struct str method)
{
	for (size_t i = 0; i < proofs->n; i++)
		if (str_eq(proofs->v[i].method, method))
			return &proofs->v[i];
	return NULL;
}

static unsigned kinds_of(const struct auth_proofs *proofs)
{
	unsigned kinds = 0;

	for (size_t i = 0; i < proofs->n; i++)
		kinds |= 1u << proofs->v[i].kind;
	return kinds;
}

bool auth_proofs_have(const struct auth_proofs *proofs, enum auth_kind kind)
{
	return kinds_of(proofs) & 1u << kind;
}

bool auth_proofs_multi(const struct auth_proofs *proofs)
{
	unsigned kinds = kinds_of(proofs);

	return (kinds & (kinds - 1)) != 0;
}

struct strlist auth_proofs_amr(const struct auth_proofs *proofs, struct arena *a)
{
	struct str *v = arena_array(a, AUTH_PROOFS_MAX * AMR_MAX, struct str);
	struct strlist all = {v, 0};

	for (size_t i = 0; i < proofs->n; i++)
		for (size_t k = 0; k < proofs->v[i].amr.n && k < AMR_MAX; k++)
			if (!strlist_has(all, proofs->v[i].amr.v[k]))
				v[all.n++] = proofs->v[i].amr.v[k];
	return all;
}

struct strlist auth_proofs_encode(const struct auth_proofs *proofs, struct arena *a)
{
	struct str *v = arena_array(a, AUTH_PROOFS_MAX, struct str);

	for (size_t i = 0; i < proofs->n; i++) {
		struct buf out;

		buf_init(&out, a, AUTH_PROOF_BYTES);
		field_encode(&record_auth_proof, &proofs->v[i], &out);
		if (buf_status(&out) != RC_OK)
			arena_fail(a, "a member of a proof was not bounded");
		v[i] = buf_str(&out);
	}
	return (struct strlist){v, proofs->n};
}

enum rc auth_proofs_decode(struct arena *a, struct strlist stored, struct auth_proofs *ret)
{
	*ret = (struct auth_proofs){.n = 0};
	if (stored.n > AUTH_PROOFS_MAX)
		return RC_CORRUPT;
	for (size_t i = 0; i < stored.n; i++) {
		enum rc rc = field_decode(&record_auth_proof, a, stored.v[i], &ret->v[i]);

		if (rc != RC_OK)
			return rc;
	}
	ret->n = stored.n;
	return RC_OK;
}
