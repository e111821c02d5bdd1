/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/oauth/claims.h"

#include "base/array.h"
#include "idp/login/auth_request.h"
#include "access/scope.h"
#include "codec/json_value.h"
#include "directory/claim_names.h"
#include "directory/directory.h"
#include "directory/names.h"
#include "idp/assurance/verified_claims.h"
#include "web/i18n.h"

#define SHARE_MAX 4096u /* bytes of one claim */

typedef void (*claim_writer)(struct op *op, struct json_writer *out, const char *name,
	const struct claims_subject *subject);

struct claim_row {
	claim_writer write;
	size_t offset;      /* in struct person, for the plain ones */
	bool userinfo_only; /* an ID token comes back in addresses and stands in logs */
};

static const struct str *claims_subject_member(const struct claims_subject *s, size_t offset)
{
	return (const struct str *)(const void *)((const char *)s->person + offset);
}

static struct str joined(struct op *op, struct str title, struct str given, struct str family)
{
	struct buf name;

	buf_init(&name, op->tx.a, 512);
	buf_add(&name, title);
	buf_add(&name, given);
	if (given.n && family.n)
		buf_add_byte(&name, ' ');
	buf_add(&name, family);
	return buf_str(&name);
}

static void write_name_th(
	struct op *op, struct json_writer *out, const char *name, const struct claims_subject *s)
{
	/* Thai titles stand before the name without a space: "นางสาวสมหญิง ใจดี". */
	json_add_str_opt(out, name,
		joined(op, s->person->title_th, s->person->given_th, s->person->family_th));
}

static void write_name_en(
	struct op *op, struct json_writer *out, const char *name, const struct claims_subject *s)
{
	json_add_str_opt(
		out, name, joined(op, STR_NONE, s->person->given_en, s->person->family_en));
}

static const struct claim_row *find_claim(const char *name);

static void write_plain(
	struct op *op, struct json_writer *out, const char *name, const struct claims_subject *s)
{
	(void)op;
	json_add_str_opt(out, name, *claims_subject_member(s, find_claim(name)->offset));
}

static void write_username(
	struct op *op, struct json_writer *out, const char *name, const struct claims_subject *s)
{
	(void)op;
	json_add_str_opt(out, name, s->account->username);
}

static void write_position(
	struct op *op, struct json_writer *out, const char *name, const struct claims_subject *s)
{
	(void)op;
	json_add_str_opt(out, name, s->account->position);
}

/* The language the person chose here, else Thai. */
static void write_locale(
	struct op *op, struct json_writer *out, const char *name, const struct claims_subject *s)
{
	(void)op;
	json_add_str(out, name, s->person->lang.n ? s->person->lang : STR("th"));
}

static void write_updated(
	struct op *op, struct json_writer *out, const char *name, const struct claims_subject *s)
{
	(void)op;
	json_add_i64(out, name, s->person->updated);
}

static void write_email_verified(
	struct op *op, struct json_writer *out, const char *name, const struct claims_subject *s)
{
	(void)op;
	if (s->person->email.n)
		json_add_bool(out, name, s->person->email_verified);
}

static void write_phone_verified(
	struct op *op, struct json_writer *out, const char *name, const struct claims_subject *s)
{
	(void)op;
	if (s->person->mobile.n)
		json_add_bool(out, name, s->person->mobile_verified);
}

/* The citizen number leaves the vault for clients registered for scope pid only. */
static void write_pid(
	struct op *op, struct json_writer *out, const char *name, const struct claims_subject *s)
{
	struct str pid;

	if (vault_pid_open(op->tx.app->vault, op->tx.a, s->person->id, s->person->pid_sealed,
		    &pid) == RC_OK)
		json_add_str(out, name, pid);
}

#define PLAIN(field)                                                                               \
	{                                                                                          \
		write_plain, offsetof(struct person, field)                                        \
	}

static const struct claim_row claims[CLAIM_MAX] = {
	[CLAIM_NAME] = {write_name_th, 0},
	[CLAIM_NAME_EN] = {write_name_en, 0},
	[CLAIM_TITLE] = PLAIN(title_th),
	[CLAIM_GIVEN_NAME] = PLAIN(given_th),
	[CLAIM_GIVEN_NAME_EN] = PLAIN(given_en),
	[CLAIM_FAMILY_NAME] = PLAIN(family_th),
	[CLAIM_FAMILY_NAME_EN] = PLAIN(family_en),
	[CLAIM_PREFERRED_USERNAME] = {write_username, 0},
	[CLAIM_POSITION] = {write_position, 0},
	[CLAIM_LOCALE] = {write_locale, 0},
	[CLAIM_UPDATED_AT] = {write_updated, 0},
	[CLAIM_EMAIL] = PLAIN(email),
	[CLAIM_EMAIL_VERIFIED] = {write_email_verified, 0},
	[CLAIM_PHONE_NUMBER] = PLAIN(mobile),
	[CLAIM_PHONE_NUMBER_VERIFIED] = {write_phone_verified, 0},
	[CLAIM_PID] = {write_pid, 0, .userinfo_only = true},
};

/* Those of the protocol, which are not of a person. */
static const char *const protocol_claims[] = {"sub", "iss", "aud", "exp", "iat", "auth_time",
	"nonce", "acr", "amr", "at_hash", "sid", "ial", "aal", "roles", "office", "rights",
	"rights_total"};

void claims_write_supported(struct json_writer *w)
{
	json_write_array(w);
	for (size_t i = 0; i < ARRAY_LEN(protocol_claims); i++)
		json_write_str(w, str_c(protocol_claims[i]));
	for (size_t i = 0; i < CLAIM_MAX; i++)
		if (!strchr(claim_names[i].name, '#')) /* OIDC Core 5.2: the tag is no part of it */
			json_write_str(w, str_c(claim_names[i].name));
	json_write_array_end(w);
}

static const struct claim_row *find_claim(const char *name)
{
	return &claims[claim_name_find(str_c(name)) - claim_names];
}

/* The claim's value; NULL: the person has none. *ret_root, to be freed, holds it. */
static const struct json_value *claim_value(struct op *op, size_t claim,
	const struct claims_subject *subject, struct json_value **ret_root)
{
	const char *name = claim_names[claim].name;
	struct json_writer w;
	struct buf json;

	buf_init(&json, op->tx.a, SHARE_MAX);
	json_writer_init(&w, &json);
	json_write_object(&w);
	claims[claim].write(op, &w, name, subject);
	json_write_object_end(&w);
	if (json_value_parse(buf_str(&json), SHARE_MAX, ret_root) != RC_OK)
		return NULL;
	return json_value_get(*ret_root, name);
}

/* A claim asked for by value or values that it does not have is left out (OIDC Core 5.5.1). */
static bool value_wanted(struct op *op, size_t claim, const struct json_value *request,
	const struct claims_subject *subject)
{
	__attribute__((cleanup(json_value_freep))) struct json_value *root = NULL;
	const struct json_value *one = json_value_get(request, "value");
	const struct json_value *list = json_value_get(request, "values"), *mine;
	struct str text;

	if (!one && !list)
		return true;
	mine = claim_value(op, claim, subject, &root);
	if (!mine)
		return false;
	text = json_value_text(op->tx.a, mine);
	if (one)
		return str_eq(text, json_value_text(op->tx.a, one));
	for (size_t i = 0; i < json_value_count(list); i++)
		if (str_eq(text, json_value_text(op->tx.a, json_value_at(list, i))))
			return true;
	return false;
}

/* All of a scope's claims are at userinfo; those that the client wants are in its ID tokens, too.
 */
static bool scope_gives(
	enum claims_place place, const struct client *client, const struct claim_name *c)
{
	return place == CLAIMS_USERINFO || strlist_has(client->id_token_claims, str_c(c->name));
}

/* The scope of a claim that may not stand there is none there. */
static struct str scope_at(struct op *op, enum claims_place place, struct str scope)
{
	struct str rest = scope, word;
	struct buf out;

	buf_init(&out, op->tx.a, scope.n + 1);
	while (str_cut(&rest, ' ', &word)) {
		if (place == CLAIMS_ID_TOKEN && str_eq_c(word, claim_names[CLAIM_PID].scope))
			continue;
		if (out.n)
			buf_add_byte(&out, ' ');
		buf_add(&out, word);
	}
	return buf_str(&out);
}

/* The scopes whose claims the parameter may give: where the person must agree, those he saw. */
static struct str scope_by_param(
	struct op *op, enum claims_place place, const struct claims_request *ask)
{
	struct str both = STR_NONE;

	if (!ask->client->consent_required)
		return scope_at(op, place, ask->client->scope);
	return scope_common(op->tx.a, ask->scope, ask->client->scope, &both)
		       ? scope_at(op, place, both)
		       : STR_NONE;
}

/* Is the client registered for the claim, and may it stand there? */
static bool may_have(size_t claim, enum claims_place place, const struct claims_request *ask)
{
	return scope_has(ask->client->scope, claim_names[claim].scope) &&
	       (place == CLAIMS_USERINFO || !claims[claim].userinfo_only);
}

/* By a scope that was granted. */
static bool is_given(size_t claim, enum claims_place place, const struct claims_request *ask)
{
	const struct claim_name *c = claim_names + claim;

	return may_have(claim, place, ask) && scope_has(ask->scope, c->scope) &&
	       scope_gives(place, ask->client, c);
}

/* By the claims parameter. Where the person must agree, it gives no more than he saw. */
static bool is_requested(size_t claim, enum claims_place place, const struct claims_request *ask,
	const struct json_value *request)
{
	return request && may_have(claim, place, ask) &&
	       (!ask->client->consent_required || scope_has(ask->scope, claim_names[claim].scope));
}

void claims_write(struct op *op, struct json_writer *out, enum claims_place place,
	const struct claims_request *ask, const struct claims_subject *subject)
{
	__attribute__((cleanup(json_value_freep))) struct json_value *root = NULL;
	const struct json_value *requests = NULL, *verified;

	if (ask->param.n && json_value_parse(ask->param, CLAIMS_PARAM_MAX, &root) == RC_OK)
		requests = json_value_get(root, place == CLAIMS_ID_TOKEN ? "id_token" : "userinfo");
	if (!requests && place == CLAIMS_ID_TOKEN && !ask->client->id_token_claims.n)
		return;
	for (size_t i = 0; i < CLAIM_MAX; i++)
		if (is_given(i, place, ask) ||
			(is_requested(
				 i, place, ask, json_value_get(requests, claim_names[i].name)) &&
				value_wanted(op, i, json_value_get(requests, claim_names[i].name),
					subject)))
			claims[i].write(op, out, claim_names[i].name, subject);
	verified = json_value_get(requests, "verified_claims");
	if (verified)
		verified_claims_write(
			&op->tx, out, verified, subject->person, scope_by_param(op, place, ask));
}

/* The value of a claim as its person reads it. */
static struct str readable(struct op *op, size_t claim, const struct json_value *value)
{
	struct str text = STR_NONE;
	struct buf out;
	int64_t number;
	bool is_so;

	if (claim == CLAIM_PID)
		return STR("X-XXXX-XXXXX-XX-X");
	if (json_value_str(value, &text))
		return op_keep(op, text);
	if (json_value_bool(value, &is_so))
		return is_so ? name_in_language(op, STR("ยืนยันแล้ว"), STR("verified"))
			     : name_in_language(op, STR("ยังไม่ยืนยัน"), STR("not verified"));
	if (!json_value_i64(value, &number))
		return STR_NONE;
	buf_init(&out, op->tx.a, 128);
	web_time_add(&out, op->lang, number);
	return buf_str(&out);
}

/* False: the person has no value of this claim. */
static bool share_of(
	struct op *op, size_t claim, const struct claims_subject *subject, struct auth_share *ret)
{
	__attribute__((cleanup(json_value_freep))) struct json_value *root = NULL;
	const struct claim_name *c = claim_names + claim;
	const struct json_value *value = claim_value(op, claim, subject, &root);

	if (!value)
		return false;
	*ret = (struct auth_share){str_c(c->name), str_c(c->scope), readable(op, claim, value)};
	return ret->value.n > 0;
}

/* Whoever gets the name may ask who verified it, and for the date of birth. */
static size_t verified_shares(
	struct op *op, const struct person *person, struct auth_share *ret, size_t max)
{
	const struct auth_share shares[] = {
		{STR("verified_claims"), STR("profile"),
			verified_claims_words(&op->tx, op->lang, person)},
		{STR("birthdate"), STR("profile"),
			verified_claims_birthdate(&op->tx, op->lang, person)},
	};
	size_t n = 0;

	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]) && n < max; i++)
		if (shares[i].value.n)
			ret[n++] = shares[i];
	return n;
}

size_t claims_shares(struct op *op, const struct auth_share_question *question,
	struct auth_share *ret, size_t max)
{
	const struct claims_subject subject = {question->person, question->named};
	size_t n = 0;

	for (size_t i = 0; i < CLAIM_MAX && n < max; i++) {
		const char *scope = claim_names[i].scope;

		if (scope_has(question->request->scope, scope) &&
			scope_has(question->client->scope, scope) &&
			share_of(op, i, &subject, ret + n))
			n++;
	}
	if (scope_has(question->request->scope, "profile") &&
		scope_has(question->client->scope, "profile"))
		n += verified_shares(op, question->person, ret + n, max - n);
	return n;
}

/* Each role once: a system has few (SYSTEM_ROLES_MAX), however many rights there are. */
static void write_role_names(
	struct op *op, struct json_writer *out, const struct access_account *by)
{
	struct str *names = arena_array(op->tx.a, by->n_roles, struct str);
	size_t n = 0;

	for (size_t i = 0; i < by->n_roles; i++)
		if (!strlist_has((struct strlist){names, n}, by->roles[i].role))
			names[n++] = by->roles[i].role;
	json_add_strlist(out, "roles", (struct strlist){names, n});
}

static void write_rights(
	struct op *op, struct json_writer *out, const struct access_account *by, size_t n)
{
	write_role_names(op, out, by);
	json_add_str_opt(out, "office", access_account_office(by));
	json_write_key(out, "rights");
	json_write_array(out);
	for (size_t i = 0; i < n; i++) {
		json_write_object(out);
		json_add_str(out, "role", by->roles[i].role);
		json_add_str(out, "office", by->roles[i].office);
		json_write_object_end(out);
	}
	json_write_array_end(out);
}

void claims_write_rights(
	struct op *op, struct json_writer *out, const struct access_account *account)
{
	write_rights(op, out, account, account->n_roles);
}

bool claims_rights_fit(const struct access_account *account)
{
	return account->n_roles <= TOKEN_RIGHTS_MAX;
}

void claims_write_token_rights(
	struct op *op, struct json_writer *out, const struct access_account *account)
{
	bool whole = claims_rights_fit(account);

	write_rights(op, out, account, whole ? account->n_roles : TOKEN_RIGHTS_MAX);
	if (!whole)
		json_add_i64(out, "rights_total", (int64_t)account->n_roles);
}
