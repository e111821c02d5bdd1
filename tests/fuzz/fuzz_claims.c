/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The claims parameter and the template of verified claims: any text. What a template takes of a
 * verification is JSON, no more than is known, and met by the same template again. */
#include "base/arena.h"
#include "base/die.h"
#include "idp/assurance/verification.h"
#include "idp/login/auth_request.h"

#define NOW   1800000000
#define DEPTH 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Is every member of part in whole, with the same text? Arrays: each entry in one of the other. */
static bool is_part(
	struct arena *a, const struct json_value *part, const struct json_value *whole, int depth)
{
	const struct json_value *member;
	void *iter = NULL;
	struct str name;

	if (depth > DEPTH)
		return false;
	for (size_t i = 0; json_value_is_array(part) && i < json_value_count(part); i++) {
		bool found = false;

		for (size_t k = 0; !found && k < json_value_count(whole); k++)
			found = is_part(
				a, json_value_at(part, i), json_value_at(whole, k), depth + 1);
		if (!found)
			return false;
	}
	while (json_value_is_object(part) && json_value_next(part, &iter, &name, &member))
		if (!is_part(a, member, json_value_get(whole, str_dup_c(a, name)), depth + 1))
			return false;
	return json_value_is_array(part) || json_value_is_object(part) ||
	       str_eq(json_value_text(a, part), json_value_text(a, whole));
}

static void take_template(struct arena *a, const struct json_value *wanted)
{
	static const struct identity_proof proof = {
		.organization = STR_INIT("DOPA"),
		.trust_framework = STR_INIT("urn:x"),
		.ial = STR_INIT("2.3"),
		.time = NOW - 60,
		.document = STR_INIT("idcard"),
		.document_issuer = STR_INIT("DOPA"),
		.document_country = STR_INIT("THA"),
		.document_issued = STR_INIT("2024-01-02"),
		.document_expires = STR_INIT("9999-12-31"),
		.check_method = STR_INIT("auth"),
	};
	__attribute__((cleanup(json_value_freep))) struct json_value *there = NULL, *given = NULL;
	struct json_writer w;
	struct buf text;

	if (verification_of(a, &proof, &there) != RC_OK)
		die("a proof that is no JSON");
	if (!verification_meets(a, wanted, there, NOW))
		return;
	buf_init(&text, a, VERIFICATION_BYTES_MAX);
	json_writer_init(&w, &text);
	verification_write(a, &w, wanted, there, NOW);
	if (json_value_parse(buf_str(&text), VERIFICATION_BYTES_MAX, &given) != RC_OK)
		die("what is given is no JSON");
	if (!is_part(a, given, there, 0))
		die("more is given than is known");
	if (!json_value_get(given, "trust_framework"))
		die("an answer without its trust framework");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	__attribute__((cleanup(json_value_freep))) struct json_value *root = NULL;
	struct str text = {.p = (const char *)data, .n = size};
	struct arena *a = arena_new(ARENA_MAX);
	struct claims_parameter claims;

	if (claims_parameter_parse(a, text, &claims) == RC_OK && !claims.parsed)
		die("accepted, and not read");
	if (json_value_parse(text, CLAIMS_PARAM_MAX, &root) == RC_OK)
		take_template(a, root);
	arena_free(a);
	return 0;
}
