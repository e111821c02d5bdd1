/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/assurance/verification.h"

#include "base/array.h"
#include "base/arena.h"
#include "codec/date.h"

#define LAST_SECOND 86399 /* of a day, from its midnight */

/* --- what is known --- */

/* A date as the answer may have it: the day may be unknown on old cards. */
static void add_date(struct json_writer *w, const char *name, struct str date)
{
	if (date.n == 10 && !str_eq(str_sub(date, 5, 2), STR("00")) &&
		!str_eq(str_sub(date, 8, 2), STR("00")))
		json_add_str(w, name, date);
}

static void write_document(struct json_writer *w, const struct identity_proof *proof)
{
	json_write_key(w, "document_details");
	json_write_object(w);
	json_add_str(w, "type", proof->document);
	add_date(w, "date_of_issuance", proof->document_issued);
	add_date(w, "date_of_expiry", proof->document_expires);
	json_write_key(w, "issuer");
	json_write_object(w);
	json_add_str_opt(w, "name", proof->document_issuer);
	json_add_str_opt(w, "country_code", proof->document_country);
	json_write_object_end(w);
	json_write_object_end(w);
}

static void write_checks(struct json_writer *w, const struct identity_proof *proof, struct str time)
{
	json_write_key(w, "check_details");
	json_write_array(w);
	json_write_object(w);
	json_add_str(w, "check_method", proof->check_method);
	json_add_str_opt(w, "organization", proof->organization);
	json_add_str(w, "time", time);
	json_write_object_end(w);
	json_write_array_end(w);
}

static void write_evidence(
	struct json_writer *w, const struct identity_proof *proof, struct str time)
{
	if (!proof->document.n)
		return;
	json_write_key(w, "evidence");
	json_write_array(w);
	json_write_object(w);
	json_add_str(w, "type", STR("document"));
	write_document(w, proof);
	if (proof->check_method.n)
		write_checks(w, proof, time);
	json_write_object_end(w);
	json_write_array_end(w);
}

enum rc verification_of(
	struct arena *a, const struct identity_proof *proof, struct json_value **ret)
{
	struct json_writer w;
	struct buf text, time;

	buf_init(&time, a, 32);
	date_add_rfc3339(&time, proof->time);
	buf_init(&text, a, VERIFICATION_BYTES_MAX);
	json_writer_init(&w, &text);
	json_write_object(&w);
	json_add_str(&w, "trust_framework", proof->trust_framework);
	json_add_str_opt(&w, "assurance_level", proof->ial);
	json_add_str(&w, "time", buf_str(&time));
	write_evidence(&w, proof, buf_str(&time));
	json_write_object_end(&w);
	return json_value_parse(buf_str(&text), VERIFICATION_BYTES_MAX, ret);
}

/* --- does it meet the request? --- */

static bool is_condition(struct str name)
{
	return str_eq_c(name, "value") || str_eq_c(name, "values") || str_eq_c(name, "max_age");
}

/* Is there a condition anywhere in it? */
static bool has_condition(const struct json_value *wanted)
{
	const struct json_value *member;
	void *iter = NULL;
	struct str name;

	for (size_t i = 0; json_value_is_array(wanted) && i < json_value_count(wanted); i++)
		if (has_condition(json_value_at(wanted, i)))
			return true;
	while (json_value_is_object(wanted) && json_value_next(wanted, &iter, &name, &member))
		if (is_condition(name) || has_condition(member))
			return true;
	return false;
}

static bool is_among(const struct json_value *values, struct str there)
{
	struct str value;

	for (size_t i = 0; i < json_value_count(values); i++)
		if (json_value_str(json_value_at(values, i), &value) && str_eq(value, there))
			return true;
	return false;
}

static bool digits_at(struct str text, size_t offset, size_t n, int *ret)
{
	uint64_t value;

	if (!str_to_u64(str_sub(text, offset, n), 9999, &value))
		return false;
	*ret = (int)value;
	return true;
}

/* The last second that a date means (6.3.2 there). Cards that never expire say the year 9999. */
static bool last_second_of(struct str text, int64_t *ret)
{
	struct date date = {.year = 0};

	if (text.n != 10)
		return date_parse_rfc3339(text, ret) == RC_OK;
	if (!digits_at(text, 0, 4, &date.year) || !digits_at(text, 5, 2, &date.month) ||
		!digits_at(text, 8, 2, &date.day) || !date_seconds(&date, BANGKOK_OFFSET, ret))
		return false;
	*ret += LAST_SECOND;
	return true;
}

static bool is_young_enough(const struct json_value *max_age, struct str there, int64_t now)
{
	int64_t seconds, last;

	if (!json_value_i64(max_age, &seconds) || seconds < 0 || !last_second_of(there, &last))
		return false;
	return last >= now || now - last <= seconds;
}

bool verification_text_meets(const struct json_value *wanted, struct str there, int64_t now)
{
	const struct json_value *value = json_value_get(wanted, "value"),
				*values = json_value_get(wanted, "values"),
				*max_age = json_value_get(wanted, "max_age");
	struct str only;

	if (!wanted || json_value_is_null(wanted))
		return true;
	if (!json_value_is_object(wanted))
		return false;
	if (value && !(json_value_str(value, &only) && str_eq(only, there)))
		return false;
	if (values && !(json_value_is_array(values) && is_among(values, there)))
		return false;
	return !max_age || is_young_enough(max_age, there, now);
}

static bool object_meets(struct arena *a, const struct json_value *wanted,
	const struct json_value *there, int64_t now)
{
	const struct json_value *member;
	void *iter = NULL;
	struct str name;

	if (!json_value_is_object(wanted))
		return false;
	while (json_value_next(wanted, &iter, &name, &member)) {
		const char *key = str_dup_c(a, name);

		if (is_condition(name) ||
			!verification_meets(a, member, json_value_get(there, key), now))
			return false;
	}
	return true;
}

/* One entry that meets one of those asked for. */
static bool array_meets(struct arena *a, const struct json_value *wanted,
	const struct json_value *there, int64_t now)
{
	if (!json_value_is_array(wanted))
		return !has_condition(wanted);
	for (size_t i = 0; i < json_value_count(wanted); i++)
		for (size_t k = 0; k < json_value_count(there); k++)
			if (verification_meets(
				    a, json_value_at(wanted, i), json_value_at(there, k), now))
				return true;
	return json_value_count(wanted) == 0;
}

bool verification_meets(struct arena *a, const struct json_value *wanted,
	const struct json_value *there, int64_t now)
{
	struct str text;

	if (!wanted || json_value_is_null(wanted))
		return true;
	if (!there)
		return !has_condition(wanted);
	if (json_value_str(there, &text))
		return verification_text_meets(wanted, text, now);
	return json_value_is_array(there) ? array_meets(a, wanted, there, now)
					  : object_meets(a, wanted, there, now);
}

/* --- what is given --- */

/* Without it the answer would not be valid. */
static bool is_needed(const char *name)
{
	static const char *const names[] = {"trust_framework", "type", "check_method"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* A structure is given member by member: who names none of them gets none. */
static bool is_given(const char *name, const struct json_value *wanted, bool named,
	const struct json_value *there)
{
	if (json_value_is_string(there))
		return named || is_needed(name);
	return json_value_count(wanted) > 0;
}

static void write_value(struct arena *a, struct json_writer *out, const struct json_value *wanted,
	const struct json_value *there, int64_t now);

static void write_entries(struct arena *a, struct json_writer *out, const struct json_value *wanted,
	const struct json_value *there, int64_t now)
{
	json_write_array(out);
	for (size_t k = 0; k < json_value_count(there); k++)
		for (size_t i = 0; i < json_value_count(wanted); i++) {
			const struct json_value *entry = json_value_at(wanted, i);

			if (!verification_meets(a, entry, json_value_at(there, k), now))
				continue;
			write_value(a, out, entry, json_value_at(there, k), now);
			break;
		}
	json_write_array_end(out);
}

void verification_write(struct arena *a, struct json_writer *out, const struct json_value *wanted,
	const struct json_value *there, int64_t now)
{
	const struct json_value *member;
	void *iter = NULL;
	struct str name;

	json_write_object(out);
	while (json_value_next(there, &iter, &name, &member)) {
		const char *key = str_dup_c(a, name);
		const struct json_value *of_it = json_value_get(wanted, key);

		if (!is_given(key, of_it, of_it != NULL, member))
			continue;
		json_write_key_s(out, name);
		write_value(a, out, of_it, member, now);
	}
	json_write_object_end(out);
}

static void write_value(struct arena *a, struct json_writer *out, const struct json_value *wanted,
	const struct json_value *there, int64_t now)
{
	struct str text;

	if (json_value_str(there, &text))
		json_write_str(out, text);
	else if (json_value_is_array(there))
		write_entries(a, out, wanted, there, now);
	else
		verification_write(a, out, wanted, there, now);
}
