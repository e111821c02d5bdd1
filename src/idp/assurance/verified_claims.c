/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/assurance/verified_claims.h"

#include "access/scope.h"
#include "base/array.h"
#include "base/arena.h"
#include "codec/date.h"
#include "idp/assurance/identity_proof.h"
#include "idp/assurance/verification.h"

#include <stddef.h>

#define NAME_BYTES  600u /* of a whole name */
#define WORDS_BYTES 512u

/* --- the claims --- */

struct verified_claim {
	const char *name;
	const char *scope; /* a client must be registered for */
	size_t offset;     /* in struct identity_proof */
	struct str (*value)(struct tx *tx, const struct person *person,
		const struct identity_proof *proof); /* NULL: the member at offset */
};

static void add_part(struct buf *name, struct str part)
{
	if (name->n && part.n)
		buf_add_byte(name, ' ');
	buf_add(name, part);
}

/* Thai titles stand before the name without a space. */
static struct str name_th(
	struct tx *tx, const struct person *person, const struct identity_proof *proof)
{
	struct buf name;

	(void)person;
	buf_init(&name, tx->a, NAME_BYTES);
	buf_add(&name, proof->title_th);
	buf_add(&name, proof->given_th);
	add_part(&name, proof->middle_th);
	add_part(&name, proof->family_th);
	return proof->given_th.n ? buf_str(&name) : STR_NONE;
}

static struct str name_en(
	struct tx *tx, const struct person *person, const struct identity_proof *proof)
{
	struct buf name;

	(void)person;
	buf_init(&name, tx->a, NAME_BYTES);
	add_part(&name, proof->given_en);
	add_part(&name, proof->middle_en);
	add_part(&name, proof->family_en);
	return proof->given_en.n ? buf_str(&name) : STR_NONE;
}

/* The proof was of this number: it found the person. */
static struct str citizen_number(
	struct tx *tx, const struct person *person, const struct identity_proof *proof)
{
	struct str number;

	(void)proof;
	return vault_pid_open(tx->app->vault, tx->a, person->id, person->pid_sealed, &number) ==
			       RC_OK
		       ? number
		       : STR_NONE;
}

#define P(member) offsetof(struct identity_proof, member)
static const struct verified_claim verified[] = {
	{"given_name", "profile", P(given_th), NULL},
	{"family_name", "profile", P(family_th), NULL},
	{"middle_name", "profile", P(middle_th), NULL},
	{"title", "profile", P(title_th), NULL},
	{"name", "profile", 0, name_th},
	{"given_name#en", "profile", P(given_en), NULL},
	{"family_name#en", "profile", P(family_en), NULL},
	{"middle_name#en", "profile", P(middle_en), NULL},
	{"title#en", "profile", P(title_en), NULL},
	{"name#en", "profile", 0, name_en},
	{"birthdate", "profile", P(birthdate), NULL},
	{"pid", "pid", 0, citizen_number},
};

static struct str verified_value(struct tx *tx, const struct verified_claim *c,
	const struct person *person, const struct identity_proof *proof)
{
	if (c->value)
		return c->value(tx, person, proof);
	return *(const struct str *)(const void *)((const char *)proof + c->offset);
}

/* --- the request --- */

static bool is_object_or_none(const struct json_value *v)
{
	return !v || json_value_is_null(v) || json_value_is_object(v);
}

static bool is_element(const struct json_value *v)
{
	return json_value_is_object(v) && is_object_or_none(json_value_get(v, "verification")) &&
	       is_object_or_none(json_value_get(v, "claims"));
}

bool verified_claims_valid(const struct json_value *request)
{
	size_t n = json_value_count(request);

	if (!json_value_is_array(request))
		return is_object_or_none(request) &&
		       (!json_value_is_object(request) || is_element(request));
	for (size_t i = 0; i < n; i++)
		if (!is_element(json_value_at(request, i)))
			return false;
	return n <= VERIFIED_CLAIMS_ELEMENTS_MAX;
}

/* --- the answer --- */

struct verified_answer {
	struct tx *tx;
	const struct person *person;
	struct str scope;
	struct str *elements; /* each as JSON */
	size_t n, bytes;
};

/* Writes the claims that are asked for, permitted, known and as wanted; returns how many. */
static size_t write_claims(const struct verified_answer *r, struct json_writer *out,
	const struct json_value *wanted, const struct identity_proof *proof)
{
	size_t n = 0;

	json_write_object(out);
	for (size_t i = 0; i < ARRAY_LEN(verified); i++) {
		const struct json_value *request = json_value_get(wanted, verified[i].name);
		struct str value;

		if (!request || !scope_has(r->scope, verified[i].scope))
			continue;
		value = verified_value(r->tx, &verified[i], r->person, proof);
		if (!value.n || !verification_text_meets(request, value, r->tx->now))
			continue;
		json_add_str(out, verified[i].name, value);
		n++;
	}
	json_write_object_end(out);
	return n;
}

/* One element of the request by one proof: an element of the answer, or nothing. */
static void answer_element(struct verified_answer *r, const struct json_value *wanted,
	const struct identity_proof *proof)
{
	__attribute__((cleanup(json_value_freep))) struct json_value *there = NULL;
	const struct json_value *verification = json_value_get(wanted, "verification");
	struct json_writer w;
	struct buf text;
	size_t n;

	if (verification_of(r->tx->a, proof, &there) != RC_OK ||
		!verification_meets(r->tx->a, verification, there, r->tx->now))
		return;
	buf_init(&text, r->tx->a, VERIFIED_CLAIMS_BYTES_MAX - r->bytes);
	json_writer_init(&w, &text);
	json_write_object(&w);
	json_write_key(&w, "verification");
	verification_write(r->tx->a, &w, verification, there, r->tx->now);
	json_write_key(&w, "claims");
	n = write_claims(r, &w, json_value_get(wanted, "claims"), proof);
	json_write_object_end(&w);
	if (!n || buf_status(&text) != RC_OK)
		return;
	r->elements[r->n++] = buf_str(&text);
	r->bytes += text.n;
}

static void answer_all(struct verified_answer *r, const struct json_value *request,
	const struct identity_proof_list *proofs)
{
	size_t n = json_value_is_array(request) ? json_value_count(request) : 1;

	r->elements = arena_array(r->tx->a, n * proofs->n, struct str);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < proofs->n; k++)
			answer_element(r,
				json_value_is_array(request) ? json_value_at(request, i) : request,
				&proofs->v[k]);
}

void verified_claims_write(struct tx *tx, struct json_writer *out, const struct json_value *request,
	const struct person *person, struct str scope)
{
	struct verified_answer r = {.tx = tx, .person = person, .scope = scope};
	bool several = json_value_is_array(request);
	struct identity_proof_list proofs;

	if (!json_value_count(request) || !verified_claims_valid(request) ||
		identity_proofs_of(tx, person->id, &proofs) != RC_OK || !proofs.n)
		return;
	answer_all(&r, request, &proofs);
	if (!r.n)
		return;
	json_write_key(out, "verified_claims");
	if (several || r.n > 1)
		json_write_array(out);
	for (size_t i = 0; i < r.n; i++)
		json_write_raw(out, r.elements[i]);
	if (several || r.n > 1)
		json_write_array_end(out);
}

/* The organization's name is Thai; other languages have the method's. */
static struct str proved_by(struct tx *tx, enum web_lang lang, const struct identity_proof *proof)
{
	struct str text = STR_NONE;
	struct buf key;

	buf_init(&key, tx->a, NAME_BYTES);
	buf_add_c(&key, "method.");
	buf_add(&key, proof->method);
	if (lang != WEB_TH)
		text = web_text(lang, buf_str(&key));
	return text.n ? text : proof->organization;
}

struct str verified_claims_words(struct tx *tx, enum web_lang lang, const struct person *person)
{
	const struct identity_proof *last = NULL;
	struct identity_proof_list proofs;
	struct buf words;

	if (identity_proofs_of(tx, person->id, &proofs) != RC_OK)
		return STR_NONE;
	for (size_t i = 0; i < proofs.n; i++)
		if (!last || proofs.v[i].time > last->time)
			last = &proofs.v[i];
	if (!last)
		return STR_NONE;
	buf_init(&words, tx->a, WORDS_BYTES);
	buf_add(&words, proved_by(tx, lang, last));
	buf_add_c(&words, " · ");
	web_date_add(&words, lang, last->time);
	if (last->ial.n)
		buf_addf(&words, " · IAL %.*s", STR_FMT(last->ial));
	return buf_str(&words);
}

/* Parts of it may be unknown ("1980-00-00"): then it is shown as it stands. */
static struct str birthdate_words(struct tx *tx, enum web_lang lang, struct str birthdate)
{
	struct buf words;
	int64_t midnight;

	if (date_parse_day(birthdate, &midnight) != RC_OK)
		return birthdate;
	buf_init(&words, tx->a, WORDS_BYTES);
	web_date_add(&words, lang, midnight);
	return buf_str(&words);
}

struct str verified_claims_birthdate(struct tx *tx, enum web_lang lang, const struct person *person)
{
	const struct identity_proof *last = NULL;
	struct identity_proof_list proofs;

	if (identity_proofs_of(tx, person->id, &proofs) != RC_OK)
		return STR_NONE;
	for (size_t i = 0; i < proofs.n; i++)
		if (proofs.v[i].birthdate.n && (!last || proofs.v[i].time > last->time))
			last = &proofs.v[i];
	return last ? birthdate_words(tx, lang, last->birthdate) : STR_NONE;
}

/* --- discovery --- */

/* The words that the sources of the open methods have, each once. */
static void write_words(struct json_writer *w, const char *name, const struct app *app,
	struct str (*word)(const struct auth_source *source))
{
	struct str words[AUTH_METHODS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < app->methods.n; i++) {
		const struct auth_source *source = app->methods.v[i].source;
		struct str one = source ? word(source) : STR_NONE;

		if (one.n && !strlist_has((struct strlist){words, n}, one))
			words[n++] = one;
	}
	if (n)
		json_add_strlist(w, name, (struct strlist){words, n});
}

static struct str framework_of(const struct auth_source *source)
{
	return source->trust_framework;
}

static struct str evidence_of(const struct auth_source *source)
{
	return source->document ? STR("document") : STR_NONE;
}

static struct str document_of(const struct auth_source *source)
{
	return str_c(source->document);
}

static struct str check_of(const struct auth_source *source)
{
	return source->document ? str_c(source->check_method) : STR_NONE;
}

static bool has_source(const struct app *app)
{
	for (size_t i = 0; i < app->methods.n; i++)
		if (app->methods.v[i].source && app->methods.v[i].source->trust_framework.n)
			return true;
	return false;
}

void verified_claims_write_metadata(struct json_writer *w, const struct app *app)
{
	json_add_bool(w, "verified_claims_supported", has_source(app));
	if (!has_source(app))
		return;
	write_words(w, "trust_frameworks_supported", app, framework_of);
	write_words(w, "evidence_supported", app, evidence_of);
	write_words(w, "documents_supported", app, document_of);
	write_words(w, "documents_check_methods_supported", app, check_of);
	json_write_key(w, "claims_in_verified_claims_supported");
	json_write_array(w);
	for (size_t i = 0; i < ARRAY_LEN(verified); i++)
		json_write_str(w, str_c(verified[i].name));
	json_write_array_end(w);
}
