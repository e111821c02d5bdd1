/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "directory/operations/client_preset.h"

#include "base/array.h"
#include "base/arena.h"
#include "codec/uri.h"

#define PROFILE_CLAIMS   "name given_name family_name preferred_username email email_verified"
#define SCOPE_OF_PRESETS "openid profile email"
#define PATH_MAX_BYTES   2048u
#define JWKS_PATH        "/jwks.json" /* of a portal that has keys, behind its address */

const struct client_preset client_presets[] = {
	{.name = ""},
#define PRESET(name_, library_, file_, type_, method_, alg_, pkce_, refreshes_, format_,           \
	redirect_, logout_, back_, claims_, tried_, note_)                                         \
	{.name = name_,                                                                            \
		.library = library_,                                                               \
		.file = file_,                                                                     \
		.application_type = type_,                                                         \
		.auth_method = method_,                                                            \
		.alg = alg_,                                                                       \
		.pkce = pkce_,                                                                     \
		.refreshes = refreshes_,                                                           \
		.access_format = format_,                                                          \
		.redirect_path = redirect_,                                                        \
		.logout_path = logout_,                                                            \
		.back_channel_path = back_,                                                        \
		.id_token_claims = claims_,                                                        \
		.tried = tried_,                                                                   \
		.note = note_},
#include "directory/operations/client_preset.def"
#undef PRESET
	{.name = NULL},
};

const char *const client_preset_words[] = {
	"",
#define PRESET(name_, ...) name_,
#include "directory/operations/client_preset.def"
#undef PRESET
	NULL,
};

static int word_number(const char *const *words, const char *word)
{
	int i = 0;

	while (words[i] && !str_eq_c(str_c(words[i]), word))
		i++;
	return words[i] ? i : 0;
}

static struct str first_of(struct strlist list)
{
	return list.n ? list.v[0] : STR_NONE;
}

static struct strlist one_uri(struct arena *a, struct str url, const char *path)
{
	struct str *list = arena_array(a, 1, struct str);
	struct buf uri;

	buf_init(&uri, a, PATH_MAX_BYTES);
	buf_add(&uri, url);
	buf_add_c(&uri, path);
	list[0] = buf_str(&uri);
	return (struct strlist){list, 1};
}

void client_preset_lay(
	struct arena *a, const struct client_preset *preset, struct str url, struct client *client)
{
	static const struct str grants[] = {
		STR_INIT("authorization_code"), STR_INIT("refresh_token")};

	client->application_type = preset->application_type;
	client->auth_method = preset->auth_method;
	client->id_token_alg = word_number(id_token_alg_words, preset->alg);
	client->pkce_optional = !preset->pkce;
	client->access_format = preset->access_format;
	client->grant_types = (struct strlist){grants, preset->refreshes ? 2 : 1};
	client->scope = STR(SCOPE_OF_PRESETS);
	if (preset->id_token_claims[0] && !strlist_split(a, str_c(preset->id_token_claims),
						  ID_TOKEN_CLAIMS_MAX, &client->id_token_claims))
		client->id_token_claims = (struct strlist){NULL, 0};
	if (!url.n)
		return;
	client->redirect_uris = one_uri(a, url, preset->redirect_path);
	client->post_logout_redirect_uris = one_uri(a, url, preset->logout_path);
	if (preset->back_channel_path[0])
		client->backchannel_logout_uri = one_uri(a, url, preset->back_channel_path).v[0];
	if (preset->auth_method == CLIENT_AUTH_PRIVATE_KEY)
		client->jwks_uri = first_of(one_uri(a, url, JWKS_PATH));
}

/* --- the configuration --- */

/* Scheme and host of a web address; of an application's own scheme, the scheme. */
static struct str origin_of(struct str address)
{
	struct uri uri;

	if (uri_parse(address, &uri) == RC_OK)
		return uri_origin(&uri);
	return str_sub(address, 0, str_find(address, ':') + 1);
}

static struct str behind_origin(struct str address)
{
	return str_sub(address, origin_of(address).n, address.n);
}

/* What stands before the preset's own path; the origin where a path of the portal's choice does. */
static struct str base_url(const struct client_preset *preset, const struct client *client)
{
	struct str uri = first_of(client->redirect_uris), path = str_c(preset->redirect_path);

	if (uri.n > path.n && str_eq(str_sub(uri, uri.n - path.n, path.n), path))
		return str_sub(uri, 0, uri.n - path.n);
	return origin_of(uri);
}

static struct str host_of(struct str address)
{
	struct uri uri;

	return uri_parse(address, &uri) == RC_OK ? uri.authority : STR_NONE;
}

static struct str scopes_joined(struct arena *a, struct str scope, const char *between)
{
	struct str rest = scope, word;
	struct buf out;

	buf_init(&out, a, PATH_MAX_BYTES * 4);
	while (str_cut(&rest, ' ', &word)) {
		if (!word.n)
			continue;
		if (out.n)
			buf_add_c(&out, between);
		buf_add(&out, word);
	}
	return buf_str(&out);
}

static size_t find_part(struct str s, const char *part)
{
	const char *at = s.n ? memmem(s.p, s.n, part, strlen(part)) : NULL;

	return at ? (size_t)(at - s.p) : s.n;
}

#define SECRET_KEPT "the secret that the portal has already"

static bool value_of(struct arena *a, const struct client_preset *preset,
	const struct client_preset_values *v, struct str name, struct str *ret)
{
	const struct client *c = v->client;
	struct str redirect = first_of(c->redirect_uris);
	const struct {
		const char *name;
		struct str value;
	} values[] = {
		{"issuer", v->issuer},
		{"issuer_host", host_of(v->issuer)},
		{"client_id", c->id},
		{"client_secret", v->secret.n ? v->secret : STR(SECRET_KEPT)},
		{"method", str_c(client_auth_words[c->auth_method])},
		{"alg", str_c(id_token_alg_words[c->id_token_alg])},
		{"base_url", base_url(preset, c)},
		{"redirect_uri", redirect},
		{"redirect_path", behind_origin(redirect)},
		{"logout_uri", first_of(c->post_logout_redirect_uris)},
		{"logout_path", behind_origin(first_of(c->post_logout_redirect_uris))},
		{"jwks_uri", c->jwks_uri},
		{"backchannel_logout_uri", c->backchannel_logout_uri},
		{"scope", c->scope},
		{"scope_commas", scopes_joined(a, c->scope, ",")},
	};

	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		if (str_eq_c(name, values[i].name)) {
			*ret = values[i].value;
			return true;
		}
	return false;
}

/* Shells, Ruby, PHP, Apache and Spring read more than text between double quotes. */
static bool is_code(struct str value)
{
	return str_find(value, '$') < value.n || str_find(value, '`') < value.n ||
	       find_part(value, "#{") < value.n;
}

bool client_preset_can_print(const struct client *client, struct str secret)
{
	return !is_code(client->id) && !is_code(client->scope) &&
	       !is_code(first_of(client->redirect_uris)) &&
	       !is_code(first_of(client->post_logout_redirect_uris)) &&
	       !is_code(client->backchannel_logout_uri) && !is_code(client->jwks_uri) &&
	       !is_code(secret);
}

/* Between double quotes, as the languages in question read them. */
static void add_escaped(struct buf *out, struct str value)
{
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] == '"' || value.p[i] == '\\')
			buf_add_byte(out, '\\');
		buf_add_byte(out, value.p[i]);
	}
}

/* "openid", "profile": with quotes of its own. */
static void add_scope_list(struct buf *out, struct arena *a, const struct client *c)
{
	buf_add_byte(out, '"');
	buf_add(out, scopes_joined(a, c->scope, "\", \""));
	buf_add_byte(out, '"');
}

static enum rc add_value(struct buf *out, struct arena *a, const struct client_preset *preset,
	const struct client_preset_values *v, struct str name)
{
	struct str value;

	if (str_eq_c(name, "scope_list")) {
		add_scope_list(out, a, v->client);
		return RC_OK;
	}
	if (!value_of(a, preset, v, name, &value))
		return RC_INVALID;
	add_escaped(out, value);
	return RC_OK;
}

static struct str template_of(const struct client_preset *preset)
{
	const struct client_preset_template *t = client_preset_templates;

	while (t->name && strcmp(t->name, preset->name) != 0)
		t++;
	return str_c(t->text);
}

enum rc client_preset_configuration(struct arena *a, const struct client_preset *preset,
	const struct client_preset_values *values, struct str *ret)
{
	struct str rest = template_of(preset);
	struct buf out;
	enum rc rc = RC_OK;

	buf_init(&out, a, CLIENT_PRESET_TEXT_MAX);
	while (rc == RC_OK && rest.n) {
		size_t open = find_part(rest, "{{"), close;

		buf_add(&out, str_sub(rest, 0, open));
		rest = str_sub(rest, open, rest.n);
		if (!rest.n)
			break;
		close = find_part(rest, "}}");
		rc = close < rest.n
			     ? add_value(&out, a, preset, values, str_sub(rest, 2, close - 2))
			     : RC_INVALID;
		rest = str_sub(rest, close + 2, rest.n);
	}
	if (rc == RC_OK && buf_status(&out) != RC_OK)
		rc = RC_LIMITED;
	if (rc == RC_OK)
		*ret = buf_str(&out);
	return rc;
}
