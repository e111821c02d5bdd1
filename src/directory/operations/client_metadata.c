/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/operations/client_metadata.h"

#include "base/array.h"
#include "base/arena.h"
#include "codec/uri.h"
#include "core/details.h"
#include "directory/claim_names.h"
#include "directory/directory.h"
#include "directory/operations/check.h"
#include "directory/operations/client_ciba.h"
#include "directory/operations/client_keys_rules.h"
#include "directory/operations/client_logout.h"

#include <stddef.h>

#define LIFETIME_MIN         60       /* seconds: shorter tokens die on slow lines */
#define DEFAULT_AGE_MAX      31535999 /* seconds */
#define DEFAULT_SCOPE        "openid profile"
#define ID_TOKEN_ALG_DEFAULT 1 /* of id_token_alg_words: RS256 (OIDC Registration 2) */
#define SCOPE_OFFLINE        "offline_access"

static const struct str code_grant[] = {STR_INIT(GRANT_TYPE_CODE)};
static const struct str code_response[] = {STR_INIT("code")};

void client_defaults(struct client *ret)
{
	*ret = (struct client){
		.grant_types = {code_grant, ARRAY_LEN(code_grant)},
		.response_types = {code_response, ARRAY_LEN(code_response)},
		.id_token_alg = ID_TOKEN_ALG_DEFAULT,
		.scope = STR(DEFAULT_SCOPE),
	};
}

/* --- members whose JSON differs from the stored field --- */

static enum rc read_require_pkce(
	struct client *c, const struct json_value *v, struct field_error *e)
{
	bool required = true;

	if (!json_value_is_null(v) && !json_value_bool(v, &required))
		return fault(e, "require_pkce", "is not true or false; write true or leave it out");
	c->pkce_optional = !required;
	return RC_OK;
}

static enum rc read_default_max_age(
	struct client *c, const struct json_value *v, struct field_error *e)
{
	int64_t age = -1;

	if (!json_value_is_null(v) &&
		(!json_value_i64(v, &age) || age < 0 || age > DEFAULT_AGE_MAX))
		return fault(e, "default_max_age",
			"is not a number of seconds from 0 to 31535999; write one or leave it out");
	c->default_max_age = age + 1;
	return RC_OK;
}

static enum rc read_subject_type(
	struct client *c, const struct json_value *v, struct field_error *e)
{
	struct str type;

	if (!json_value_is_null(v) && (!json_value_str(v, &type) || !str_eq_c(type, "public")))
		return fault(e, "subject_type", "is not \"public\"; no other type is offered");
	return RC_OK;
}

/* Null is what the specification says of an algorithm that is left out. */
static enum rc read_id_token_alg(
	struct client *c, const struct json_value *v, struct field_error *e)
{
	struct str name = STR_NONE;

	c->id_token_alg = ID_TOKEN_ALG_DEFAULT;
	if (json_value_is_null(v))
		return RC_OK;
	json_value_str(v, &name);
	for (int i = 0; id_token_alg_words[i]; i++)
		if (str_eq_c(name, id_token_alg_words[i])) {
			c->id_token_alg = i;
			return RC_OK;
		}
	return fault(e, "id_token_signed_response_alg", "is not one of: ES256, RS256, PS256");
}

static enum rc refuse_secret(struct client *c, const struct json_value *v, struct field_error *e)
{
	return fault(e, "client_secret",
		"cannot be chosen; leave it out: a secret is made when the client is added, and by "
		"rotate-secret");
}

static enum rc refuse_pkce_optional(
	struct client *c, const struct json_value *v, struct field_error *e)
{
	return fault(e, "pkce_optional", "is no metadata member; write \"require_pkce\": false");
}

struct member {
	const char *name;
	enum rc (*read)(struct client *c, const struct json_value *v, struct field_error *e);
};

static const struct member special[] = {
	{"require_pkce", read_require_pkce},
	{"default_max_age", read_default_max_age},
	{"id_token_signed_response_alg", read_id_token_alg},
	{"subject_type", read_subject_type},
	{"client_secret", refuse_secret},
	{"pkce_optional", refuse_pkce_optional},
};

/* Registered members (IANA, OAuth Dynamic Client Registration Metadata) that change nothing here
 * yet: accepting one would promise what is not done. */
static const char *const not_offered[] = {"software_id", "software_version", "software_statement",
	"sector_identifier_uri", "request_uris", "request_object_signing_alg",
	"id_token_encrypted_response_alg", "id_token_encrypted_response_enc",
	"userinfo_signed_response_alg", "userinfo_encrypted_response_alg",
	"userinfo_encrypted_response_enc", "dpop_bound_access_tokens",
	"authorization_signed_response_alg"};

static const struct member *find_special(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(special); i++)
		if (str_eq_c(name, special[i].name))
			return &special[i];
	return NULL;
}

static enum rc refuse_not_offered(struct str name, struct field_error *e)
{
	for (size_t i = 0; i < ARRAY_LEN(not_offered); i++)
		if (str_eq_c(name, not_offered[i]))
			return fault(e, not_offered[i], "is not offered; leave it out");
	return RC_OK;
}

/* Reads the special members and writes the others into plain, to be read by the field table. */
static enum rc split_members(struct arena *a, const struct json_value *in, struct client *c,
	struct json_writer *plain, struct field_error *e)
{
	const struct json_value *value;
	struct str name;
	void *iter = NULL;

	json_write_object(plain);
	while (json_value_next(in, &iter, &name, &value)) {
		const struct member *m = find_special(name);
		enum rc rc = m ? m->read(c, value, e) : refuse_not_offered(name, e);

		if (rc != RC_OK)
			return rc;
		if (m)
			continue;
		json_write_key_s(plain, name);
		json_write_raw(plain, json_value_text(a, value));
	}
	json_write_object_end(plain);
	return RC_OK;
}

static enum rc read_members(
	struct arena *a, const struct json_value *in, struct client *c, struct field_error *e)
{
	struct json_value *members __attribute__((cleanup(json_value_freep))) = NULL;
	struct buf text;
	struct json_writer plain;
	enum rc rc;

	buf_init(&text, a, 4 * CLIENT_METADATA_MAX);
	json_writer_init(&plain, &text);
	rc = split_members(a, in, c, &plain, e);
	if (rc != RC_OK)
		return rc;
	if (buf_status(&text) != RC_OK ||
		json_value_parse(buf_str(&text), 4 * CLIENT_METADATA_MAX, &members) != RC_OK)
		return fault(e, NULL, "is too large; a client has at most 64 KiB of metadata");
	return field_from_json(&record_client, a, members, c, e);
}

enum rc client_from_metadata(struct arena *a, const struct json_value *in, struct client *client,
	struct field_error *ret_error)
{
	enum rc rc;

	if (!json_value_is_object(in))
		return fault(ret_error, NULL, "is not a JSON object; write {\"client_name\": ...}");
	rc = read_members(a, in, client, ret_error);
	if (rc != RC_OK)
		return rc;
	if (!json_value_get(in, "response_types")) {
		bool code = strlist_has(client->grant_types, STR(GRANT_TYPE_CODE));

		client->response_types = (struct strlist){code_response, code ? 1 : 0};
	}
	return client_check(a, client, ret_error);
}

/* --- rules --- */

typedef enum rc (*client_rule)(struct arena *a, const struct client *c, struct field_error *e);

static bool has_grant(const struct client *c, const char *grant)
{
	return strlist_has(c->grant_types, str_c(grant));
}

static bool is_public(const struct client *c)
{
	return c->auth_method == CLIENT_AUTH_NONE;
}

static bool has_duplicate(struct strlist list)
{
	for (size_t i = 0; i < list.n; i++)
		if (strlist_has((struct strlist){list.v, i}, list.v[i]))
			return true;
	return false;
}

static enum rc check_id(struct arena *a, const struct client *c, struct field_error *e)
{
	if (!natural_key_valid(c->id, CLIENT_ID_MAX))
		return fault(e, "client_id",
			"is not 1 to 64 letters, digits, \"-\", \".\" or \"_\"; choose another or "
			"leave it out");
	return RC_OK;
}

/* RFC 7591 2: only the grants this provider has (implicit and password are not offered: RFC 9700
 * 2.1.2, 2.4). */
static enum rc check_grant_types(struct arena *a, const struct client *c, struct field_error *e)
{
	if (c->grant_types.n == 0)
		return fault(e, "grant_types", "is empty; name at least one");
	if (has_duplicate(c->grant_types))
		return fault(e, "grant_types", "names one twice; name each once");
	for (size_t i = 0; i < c->grant_types.n; i++) {
		struct str grant = c->grant_types.v[i];

		if (str_eq_c(grant, GRANT_TYPE_CODE) || str_eq_c(grant, GRANT_TYPE_REFRESH) ||
			str_eq_c(grant, GRANT_TYPE_CREDENTIALS) || str_eq_c(grant, GRANT_TYPE_CIBA))
			continue;
		return fault(e, "grant_types",
			"names \"%.*s\"; offered are authorization_code, refresh_token, "
			"client_credentials, " GRANT_TYPE_CIBA,
			STR_FMT(str_sub(grant, 0, 40)));
	}
	if (has_grant(c, GRANT_TYPE_REFRESH) && !has_grant(c, GRANT_TYPE_CODE) &&
		!has_grant(c, GRANT_TYPE_CIBA))
		return fault(e, "grant_types",
			"has refresh_token without a grant that gives one; add authorization_code");
	return RC_OK;
}

static enum rc check_response_types(struct arena *a, const struct client *c, struct field_error *e)
{
	bool code = has_grant(c, GRANT_TYPE_CODE);

	if (c->response_types.n > 1 ||
		(c->response_types.n == 1 && !str_eq_c(c->response_types.v[0], "code")))
		return fault(e, "response_types", "offers \"code\" alone; write [\"code\"]");
	if (code && c->response_types.n == 0)
		return fault(e, "response_types",
			"is empty, but grant_types has authorization_code; write [\"code\"]");
	if (!code && c->response_types.n)
		return fault(e, "response_types",
			"has \"code\", but grant_types has no authorization_code; make both agree");
	return RC_OK;
}

static enum rc check_uri_list(
	const char *field, struct strlist uris, bool native, struct field_error *e)
{
	const char *why;

	for (size_t i = 0; i < uris.n; i++)
		if (uri_check_redirect(uris.v[i], native, &why) != RC_OK)
			return fault(e, field, "entry %zu: %s", i + 1, why);
	if (has_duplicate(uris))
		return fault(e, field, "names one twice; name each once");
	return RC_OK;
}

static enum rc check_redirect_uris(struct arena *a, const struct client *c, struct field_error *e)
{
	bool code = has_grant(c, GRANT_TYPE_CODE);

	if (code && c->redirect_uris.n == 0)
		return fault(e, "redirect_uris",
			"is empty; authorization_code needs at least one exact address");
	if (!code && c->redirect_uris.n)
		return fault(e, "redirect_uris",
			"is of no use without the grant type authorization_code; leave it out");
	return check_uri_list(
		"redirect_uris", c->redirect_uris, c->application_type == APPLICATION_NATIVE, e);
}

static enum rc check_logout_uris(struct arena *a, const struct client *c, struct field_error *e)
{
	return check_uri_list("post_logout_redirect_uris", c->post_logout_redirect_uris,
		c->application_type == APPLICATION_NATIVE, e);
}

static enum rc check_public(struct arena *a, const struct client *c, struct field_error *e)
{
	/* RFC 8252 8.5: a secret in every copy of an app is none. */
	if (c->application_type == APPLICATION_NATIVE && !is_public(c))
		return fault(e, "token_endpoint_auth_method",
			"is not \"none\", but a native application cannot keep a secret; write "
			"\"none\"");
	if (!is_public(c))
		return RC_OK;
	if (c->pkce_optional)
		return fault(e, "require_pkce",
			"is false, but a client without a secret always needs PKCE; write true");
	if (has_grant(c, GRANT_TYPE_CREDENTIALS))
		return fault(e, "grant_types",
			"has client_credentials, but the client has no secret; use "
			"client_secret_basic");
	if (c->introspects.n)
		return fault(e, "introspects", "needs a client with a secret; leave it out");
	return RC_OK;
}

/* RFC 6749 3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E ) */
static bool is_scope_token(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char byte = (unsigned char)s.p[i];

		if (byte < 0x21 || byte > 0x7e || byte == '"' || byte == '\\')
			return false;
	}
	return s.n > 0;
}

static enum rc check_scope(struct arena *a, const struct client *c, struct field_error *e)
{
	struct strlist tokens;

	if (!strlist_split(a, c->scope, SCOPES_MAX, &tokens))
		return fault(e, "scope", "has over 64 scopes; name those it needs");
	for (size_t i = 0; i < tokens.n; i++)
		if (!is_scope_token(tokens.v[i]))
			return fault(e, "scope",
				"scope %zu has a character that RFC 6749 3.3 does not allow; use "
				"plain words",
				i + 1);
	if (has_duplicate(tokens))
		return fault(e, "scope", "names one twice; name each once");
	if (strlist_has(tokens, STR(SCOPE_OFFLINE)) && !has_grant(c, GRANT_TYPE_REFRESH))
		return fault(e, "scope",
			"has offline_access, but grant_types has no refresh_token; make both "
			"agree");
	return RC_OK;
}

static enum rc check_addresses(struct arena *a, const struct client *c, struct field_error *e)
{
	const struct {
		const char *field;
		struct str uri;
	} rows[] = {{"client_uri", c->client_uri}, {"logo_uri", c->logo_uri},
		{"policy_uri", c->policy_uri}, {"tos_uri", c->tos_uri},
		{"initiate_login_uri", c->initiate_login_uri}};
	const char *why;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].uri.n && uri_check_redirect(rows[i].uri, false, &why) != RC_OK)
			return fault(e, rows[i].field, "%s", why);
	return RC_OK;
}

static enum rc check_lifetime(const char *field, int64_t seconds, struct field_error *e)
{
	if (seconds && seconds < LIFETIME_MIN)
		return fault(e, field,
			"is under 60 seconds; write at least 60, or 0 for the provider's");
	return RC_OK;
}

static enum rc check_lifetimes(struct arena *a, const struct client *c, struct field_error *e)
{
	enum rc rc = check_lifetime("access_token_lifetime", c->access_lifetime, e);

	return rc == RC_OK ? check_lifetime("refresh_token_lifetime", c->refresh_lifetime, e) : rc;
}

static enum rc check_words(const char *field, struct strlist words, struct field_error *e)
{
	for (size_t i = 0; i < words.n; i++)
		if (words.v[i].n == 0 || str_find(words.v[i], ' ') < words.v[i].n)
			return fault(e, field, "entry %zu is empty or has a space; mend it", i + 1);
	if (has_duplicate(words))
		return fault(e, field, "names one twice; name each once");
	return RC_OK;
}

static enum rc check_lists(struct arena *a, const struct client *c, struct field_error *e)
{
	struct strlist audience = {&c->audience, c->audience.n > 0};
	enum rc rc = check_words("introspects", c->introspects, e);

	if (rc == RC_OK)
		rc = check_words("default_acr_values", c->default_acr_values, e);
	if (rc == RC_OK)
		rc = check_words("audience", audience, e);
	return rc == RC_OK ? check_words("contacts", c->contacts, e) : rc;
}

/* An ID token travels on: it comes back in the address of a logout, and stands in the logs of that
 * way. So the citizen number is at userinfo only. */
static enum rc check_id_token_claims(struct arena *a, const struct client *c, struct field_error *e)
{
	const struct claim_name *claim;
	struct str name;

	(void)a;
	for (size_t i = 0; i < c->id_token_claims.n; i++) {
		name = c->id_token_claims.v[i];
		claim = claim_name_find(name);
		if (!claim)
			return fault(e, "id_token_claims",
				"names \"%.*s\", which is no claim of a scope; see "
				"claims_supported",
				STR_FMT(str_sub(name, 0, 40)));
		if (str_eq_c(str_c(claim->scope), "pid"))
			return fault(e, "id_token_claims",
				"names \"pid\": the citizen number is given at userinfo only");
	}
	if (has_duplicate(c->id_token_claims))
		return fault(e, "id_token_claims", "names one twice; name each once");
	return RC_OK;
}

/* What a client without a secret pushes, anybody can push in its name. */
static enum rc check_details_type(const struct client *c, struct str name, struct field_error *e)
{
	const struct details_type *type = details_type_find(name);

	if (!type)
		return fault(e, "authorization_details_types",
			"names \"%.*s\", which is no type; see "
			"authorization_details_types_supported",
			STR_FMT(str_sub(name, 0, 40)));
	if (is_public(c) && !type->by_browser)
		return fault(e, "authorization_details_types",
			"names \"%.*s\", but anybody can push it in the name of a client without "
			"a secret; use private_key_jwt or client_secret_basic",
			STR_FMT(name));
	return RC_OK;
}

static enum rc check_details(struct arena *a, const struct client *c, struct field_error *e)
{
	enum rc rc = RC_OK;

	(void)a;
	for (size_t i = 0; rc == RC_OK && i < c->details_types.n; i++)
		rc = check_details_type(c, c->details_types.v[i], e);
	if (rc != RC_OK)
		return rc;
	if (has_duplicate(c->details_types))
		return fault(e, "authorization_details_types", "names one twice; name each once");
	return RC_OK;
}

/* Who may enter is decided by the grants of a system, so a client that logs people in has one. */
static enum rc check_system(struct arena *a, const struct client *c, struct field_error *e)
{
	if ((has_grant(c, GRANT_TYPE_CODE) || has_grant(c, GRANT_TYPE_CIBA)) && c->system.n == 0)
		return fault(e, "system",
			"is missing; name the system whose rights decide who may enter");
	return RC_OK;
}

static const client_rule rules[] = {check_id, check_grant_types, check_response_types,
	check_redirect_uris, check_logout_uris, check_public, check_scope, check_addresses,
	check_lifetimes, check_lists, check_id_token_claims, check_details, check_system,
	client_keys_check, client_check_ciba, client_check_logout};

enum rc client_check(struct arena *a, const struct client *client, struct field_error *ret_error)
{
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		enum rc rc = rules[i](a, client, ret_error);

		if (rc != RC_OK)
			return rc;
	}
	return RC_OK;
}

void client_to_metadata(const struct client *client, struct json_writer *out)
{
	struct client c = *client;

	/* Written by hand below, in the form in which metadata has them. */
	c.pkce_optional = false;
	c.default_max_age = 0;
	c.created = c.updated = c.old_secret_until = 0;
	field_to_json(&record_client, &c, out);
	json_add_bool(out, "require_pkce", !client->pkce_optional);
	if (client->default_max_age)
		json_add_i64(out, "default_max_age", client->default_max_age - 1);
}
