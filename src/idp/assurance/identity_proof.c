/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/assurance/identity_proof.h"

#include "base/array.h"
#include "directory/records.h"

#include <stddef.h>

#define P(member) offsetof(struct identity_proof, member)
static const struct field fields[] = {
	{1, "person", FIELD_STR, 0, P(person), ID_SIZE, NULL, "person id"},
	{2, "method", FIELD_STR, 0, P(method), 40, NULL, "authentication method"},
	{3, "organization", FIELD_STR, 0, P(organization), 200, NULL, "who proved the identity"},
	{4, "trust_framework", FIELD_STR, 0, P(trust_framework), 200, NULL, "rules followed"},
	{5, "ial", FIELD_STR, 0, P(ial), 4, NULL, "identity assurance level"},
	{6, "time", FIELD_TIME, 0, P(time), 0, NULL, "when it was proven last"},
	{7, "first_time", FIELD_TIME, 0, P(first_time), 0, NULL, "when for the first time"},
	{8, "document", FIELD_STR, 0, P(document), 40, NULL, "type of the evidence"},
	{9, "document_issuer", FIELD_STR, 0, P(document_issuer), 200, NULL, "who issued it"},
	{10, "document_country", FIELD_STR, 0, P(document_country), 3, NULL, "ISO 3166-1 alpha-3"},
	{11, "document_issued", FIELD_STR, 0, P(document_issued), 10, NULL, "date of issue"},
	{12, "document_expires", FIELD_STR, 0, P(document_expires), 10, NULL, "date of expiry"},
	{13, "check_method", FIELD_STR, 0, P(check_method), 20, NULL, "how it was checked"},
	{14, "title_th", FIELD_STR, 0, P(title_th), 60, NULL, "title in Thai"},
	{15, "given_th", FIELD_STR, 0, P(given_th), 120, NULL, "given name in Thai"},
	{16, "middle_th", FIELD_STR, 0, P(middle_th), 120, NULL, "middle name in Thai"},
	{17, "family_th", FIELD_STR, 0, P(family_th), 120, NULL, "family name in Thai"},
	{18, "title_en", FIELD_STR, 0, P(title_en), 60, NULL, "title in English"},
	{19, "given_en", FIELD_STR, 0, P(given_en), 120, NULL, "given name in English"},
	{20, "middle_en", FIELD_STR, 0, P(middle_en), 120, NULL, "middle name in English"},
	{21, "family_en", FIELD_STR, 0, P(family_en), 120, NULL, "family name in English"},
	{22, "birthdate", FIELD_STR, 0, P(birthdate), 10, NULL, "date of birth"},
};
const struct record_type record_identity_proof = {
	"identity_proof", sizeof(struct identity_proof), fields, ARRAY_LEN(fields)};

/* What of an identity is kept, and where. */
static const struct {
	size_t from; /* in struct auth_identity */
	size_t to;   /* in struct identity_proof */
} kept[] = {
	{offsetof(struct auth_identity, ial), P(ial)},
	{offsetof(struct auth_identity, title_th), P(title_th)},
	{offsetof(struct auth_identity, given_th), P(given_th)},
	{offsetof(struct auth_identity, middle_th), P(middle_th)},
	{offsetof(struct auth_identity, family_th), P(family_th)},
	{offsetof(struct auth_identity, title_en), P(title_en)},
	{offsetof(struct auth_identity, given_en), P(given_en)},
	{offsetof(struct auth_identity, middle_en), P(middle_en)},
	{offsetof(struct auth_identity, family_en), P(family_en)},
	{offsetof(struct auth_identity, birthdate), P(birthdate)},
	{offsetof(struct auth_identity, card_issued), P(document_issued)},
	{offsetof(struct auth_identity, card_expires), P(document_expires)},
};

static const struct str *str_at(const void *record, size_t offset)
{
	return (const struct str *)(const void *)((const char *)record + offset);
}

static struct str *put_at(struct identity_proof *record, size_t offset)
{
	return (struct str *)(void *)((char *)record + offset);
}

/* A name that was cut would be another name: what is too long is left out. */
static void drop_long(struct identity_proof *proof)
{
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (fields[i].type == FIELD_STR &&
			str_at(proof, fields[i].offset)->n > fields[i].max)
			*put_at(proof, fields[i].offset) = STR_NONE;
}

static struct identity_proof made_of(const struct tx *tx, const struct auth_method *method,
	struct str person, const struct auth_identity *id)
{
	const struct auth_source *source = method->source;
	bool told = id->auth_time > 0 && id->auth_time < tx->now;
	struct identity_proof proof = {
		.person = person,
		.method = str_c(method->name),
		.organization = str_c(source->organization),
		.trust_framework = source->trust_framework,
		.time = told ? id->auth_time : tx->now,
		.document = str_c(id->evidence ? id->evidence : source->document),
		.document_issuer = str_c(source->document_issuer),
		.document_country = str_c(source->document_country),
		.check_method = str_c(source->check_method),
	};

	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		*put_at(&proof, kept[i].to) = *str_at(id, kept[i].from);
	drop_long(&proof);
	return proof;
}

enum rc identity_proof_note(struct tx *tx, const struct auth_method *method, struct str person,
	const struct auth_identity *identity)
{
	struct identity_proof old, proof;
	uint64_t version = 0;
	struct str key;
	enum rc rc;

	if (!method->source || !method->source->trust_framework.n)
		return RC_OK;
	key = key_join(tx->a, person, str_c(method->name));
	proof = made_of(tx, method, person, identity);
	rc = record_get(tx->snap, TABLE_IDENTITY_PROOF, key, tx->a, &old, &version);
	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	proof.first_time = rc == RC_OK ? old.first_time : proof.time;
	table_put(tx, &identity_proof_tables[0], key, rc == RC_OK ? &old : NULL, version, &proof);
	return RC_OK;
}

struct proof_scan {
	const struct tx *tx;
	struct identity_proof_list *to;
	enum rc rc;
};

static bool collect_proof(void *data, const struct store_record *record)
{
	struct proof_scan *s = data;

	if (s->to->n == AUTH_METHODS_MAX)
		return false;
	s->rc = field_decode(&record_identity_proof, s->tx->a, record->value, &s->to->v[s->to->n]);
	s->to->n += s->rc == RC_OK;
	return s->rc == RC_OK;
}

enum rc identity_proofs_of(const struct tx *tx, struct str person, struct identity_proof_list *ret)
{
	struct proof_scan s = {.tx = tx, .to = ret};
	enum rc rc;

	ret->n = 0;
	rc = store_scan(tx->snap, TABLE_IDENTITY_PROOF, key_join(tx->a, person, STR_NONE), STR_NONE,
		false, collect_proof, &s);
	return rc != RC_OK ? rc : s.rc;
}

static enum rc export_proofs(struct tx *tx, struct str person, struct json_writer *out)
{
	struct identity_proof_list proofs;
	enum rc rc = identity_proofs_of(tx, person, &proofs);

	for (size_t i = 0; rc == RC_OK && i < proofs.n; i++) {
		json_write_object(out);
		field_to_json(&record_identity_proof, &proofs.v[i], out);
		json_write_object_end(out);
	}
	return rc;
}

const struct module_table identity_proof_tables[] = {
	{.number = TABLE_IDENTITY_PROOF,
		.name = "identity_proof",
		.record = &record_identity_proof,
		.key = "person id, method",
		.personal = true,
		.member = "identity_proofs",
		.export_records = export_proofs},
	{.number = 0},
};
