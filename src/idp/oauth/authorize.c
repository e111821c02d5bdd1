/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/oauth/authorize.h"

#include "codec/base64.h"
#include "idp/oauth/answer.h"
#include "idp/oauth/claims.h"
#include "idp/oauth/id_token_hint.h"
#include "idp/login/flow.h"
#include "core/page.h"
#include "idp/oauth/scope.h"
#include "directory/directory.h"
#include "codec/uri.h"

#define STATE_MAX      1024u
#define NONCE_MAX      512u
#define LOGIN_HINT_MAX 256u
#define UI_LOCALES_MAX 64
#define CHALLENGE_SIZE 43u /* base64url of SHA-256 */
#define MAX_AGE_MAX    INT32_MAX

const char *const response_types[] = {"code", NULL};
const char *const response_modes[] = {"query", "form_post", NULL};
const char *const prompts[] = {"none", "login", "consent", "select_account", NULL};

typedef const struct oauth_error *(*step)(struct op *op, struct flow *f);

/* --- rules before the redirect URI is trusted --- */

static const struct oauth_error *known_client(struct op *op, struct flow *f)
{
	struct str id = op_param(op, "client_id");
	enum rc rc;

	if (!id.n)
		return OAUTH(CLIENT_ID_MISSING);
	rc = client_get(op->tx.snap, op->tx.a, id, &f->client, NULL);
	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return OAUTH(INTERNAL);
	if (rc == RC_NOT_FOUND || f->client.status != STATUS_ACTIVE) {
		f->client = (struct client){.id = STR_NONE};
		return OAUTH(CLIENT_UNKNOWN);
	}
	f->i.client = f->client.id;
	return NULL;
}

/* Byte for byte (RFC 9700 4.1.3); also when only one is registered it must be sent. */
static const struct oauth_error *registered_redirect(struct op *op, struct flow *f)
{
	struct str uri = op_param(op, "redirect_uri");

	if (!uri.n)
		return OAUTH(REDIRECT_MISSING);
	for (size_t i = 0; i < f->client.redirect_uris.n; i++)
		if (uri_redirect_matches(f->client.redirect_uris.v[i], uri)) {
			f->i.redirect_uri = uri;
			return NULL;
		}
	return OAUTH(REDIRECT_UNKNOWN);
}

/* --- rules whose errors go to the client --- */

static const struct oauth_error *response_mode(struct op *op, struct flow *f)
{
	struct str mode = op_param(op, "response_mode");

	f->i.response_mode = STR("query");
	if (!mode.n)
		return NULL;
	/* A page posts to a web server; an application's own scheme takes a redirect only. */
	if (str_eq_c(mode, "form_post") && !str_starts(f->i.redirect_uri, STR("http")))
		return OAUTH(RESPONSE_MODE);
	for (size_t i = 0; response_modes[i]; i++)
		if (str_eq_c(mode, response_modes[i])) {
			f->i.response_mode = mode;
			return NULL;
		}
	return OAUTH(RESPONSE_MODE);
}

static const struct oauth_error *state(struct op *op, struct flow *f)
{
	struct str value = op_param(op, "state");

	if (value.n > STATE_MAX)
		return OAUTH(STATE_TOO_LONG);
	f->i.state = value;
	return NULL;
}

/* OIDC Core 6, 7: not offered, and said so in discovery. */
static const struct oauth_error *unsupported(struct op *op, struct flow *f)
{
	(void)f;
	if (op_param(op, "request").n)
		return OAUTH(REQUEST_OBJECT);
	if (op_param(op, "request_uri").n)
		return OAUTH(REQUEST_URI);
	return op_param(op, "registration").n ? OAUTH(REGISTRATION) : NULL;
}

static const struct oauth_error *response_type(struct op *op, struct flow *f)
{
	struct str type = op_param(op, "response_type");

	if (!type.n)
		return OAUTH(RESPONSE_TYPE_MISSING);
	if (!str_eq_c(type, "code"))
		return OAUTH(RESPONSE_TYPE);
	if (!strlist_has(f->client.grant_types, STR("authorization_code")))
		return OAUTH(CODE_NOT_ALLOWED);
	return NULL;
}

/* Unknown scopes are ignored (OIDC Core 3.1.2.1), so are those the client is not registered for. */
static const struct oauth_error *scope(struct op *op, struct flow *f)
{
	if (!scope_common(op->tx.a, op_param(op, "scope"), f->client.scope, &f->i.scope))
		return OAUTH(SCOPE_TOO_LONG);
	return f->i.scope.n ? NULL : OAUTH(SCOPE_EMPTY);
}

static const struct oauth_error *nonce(struct op *op, struct flow *f)
{
	f->i.nonce = op_param(op, "nonce");
	return f->i.nonce.n > NONCE_MAX ? OAUTH(NONCE_TOO_LONG) : NULL;
}

/* RFC 7636 4.3, RFC 9700 2.1.1: S256 only; for all but confidential clients that opted out. */
static const struct oauth_error *pkce(struct op *op, struct flow *f)
{
	struct str challenge = op_param(op, "code_challenge");
	struct str method = op_param(op, "code_challenge_method");
	bool optional = f->client.pkce_optional && f->client.auth_method != CLIENT_AUTH_NONE;
	struct str decoded;

	if (!challenge.n && !method.n)
		return optional ? NULL : OAUTH(CHALLENGE_MISSING);
	if (!str_eq_c(method, "S256"))
		return OAUTH(CHALLENGE_METHOD);
	if (challenge.n != CHALLENGE_SIZE ||
		base64url_decode(op->tx.a, challenge, &decoded) != RC_OK)
		return OAUTH(CHALLENGE_FORM);
	f->i.code_challenge = challenge;
	return NULL;
}

static const struct oauth_error *prompt(struct op *op, struct flow *f)
{
	bool *const flags[] = {
		&f->i.prompt_none, &f->i.prompt_login, &f->i.prompt_consent, &f->i.prompt_select};
	struct str rest = op_param(op, "prompt"), value;
	size_t n = 0;

	while (str_cut(&rest, ' ', &value)) {
		size_t i = 0;

		if (!value.n)
			continue;
		while (prompts[i] && !str_eq_c(value, prompts[i]))
			i++;
		if (!prompts[i])
			return OAUTH(PROMPT);
		*flags[i] = true;
		n++;
	}
	return f->i.prompt_none && n > 1 ? OAUTH(PROMPT) : NULL;
}

static const struct oauth_error *max_age(struct op *op, struct flow *f)
{
	struct str text = op_param(op, "max_age");
	uint64_t seconds;

	f->i.max_age = f->client.default_max_age;
	if (!text.n)
		return NULL;
	if (!str_to_u64(text, MAX_AGE_MAX, &seconds))
		return OAUTH(MAX_AGE);
	f->i.max_age = (int64_t)seconds + 1;
	return NULL;
}

static const struct oauth_error *hints(struct op *op, struct flow *f)
{
	struct str locales = op_param(op, "ui_locales");

	f->i.login_hint = op_param(op, "login_hint");
	if (f->i.login_hint.n > LOGIN_HINT_MAX)
		return OAUTH(LOGIN_HINT);
	/* ui_locales is a wish: what is unknown or too long is left aside. */
	if (locales.n && locales.n <= UI_LOCALES_MAX)
		f->i.lang = str_c(web_lang_tag(web_lang_choose(locales, STR_NONE, STR_NONE)));
	op->lang = page_language(op->x, f->i.lang);
	return NULL;
}

/* OIDC Core 3.1.2.1: an ID token of ours, also an expired one. */
static const struct oauth_error *id_token_hint(struct op *op, struct flow *f)
{
	struct str token = op_param(op, "id_token_hint");
	struct id_token_hint hint;

	if (!token.n)
		return NULL;
	if (!id_token_hint_verify(op, token, &hint))
		return OAUTH(ID_TOKEN_HINT);
	f->i.hint_person = hint.subject;
	return NULL;
}

static const struct oauth_error *acr_values(struct op *op, struct flow *f)
{
	struct strlist values;
	struct buf joined;

	f->i.acr_values = op_param(op, "acr_values");
	if (!f->i.acr_values.n && f->client.default_acr_values.n) {
		buf_init(&joined, op->tx.a, 1024);
		for (size_t i = 0; i < f->client.default_acr_values.n; i++) {
			if (i)
				buf_add_byte(&joined, ' ');
			buf_add(&joined, f->client.default_acr_values.v[i]);
		}
		f->i.acr_values = buf_str(&joined);
	}
	if (f->i.acr_values.n > 1024 ||
		!strlist_split(op->tx.a, f->i.acr_values, ACR_VALUES_MAX, &values))
		return OAUTH(ACR_VALUES);
	return NULL;
}

/* OIDC Core 3.1.2.2: no positive answer but for the person whose sub is asked for. */
static const struct oauth_error *subject_asked(struct op *op, struct flow *f)
{
	struct str sub = claims_sub(op->tx.a, f->i.claims);

	if (!sub.n)
		return NULL;
	if (sub.n > ID_SIZE || (f->i.hint_person.n && !str_eq(f->i.hint_person, sub)))
		return OAUTH(LOGIN_REQUIRED);
	f->i.hint_person = sub;
	return NULL;
}

static const struct oauth_error *claims(struct op *op, struct flow *f)
{
	f->i.claims = op_param(op, "claims");
	if (!f->i.claims.n)
		return NULL;
	if (!claims_param_valid(op->tx.a, f->i.claims))
		return OAUTH(CLAIMS);
	return subject_asked(op, f);
}

static const step untrusted_steps[] = {known_client, registered_redirect};

static const step steps[] = {response_mode, state, unsupported, response_type, scope, nonce, pkce,
	prompt, max_age, hints, id_token_hint, acr_values, claims};

static const struct oauth_error *run_steps(
	struct op *op, struct flow *f, const step *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct oauth_error *e = list[i](op, f);

		if (e)
			return e;
	}
	return NULL;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

void authorize_run(struct op *op)
{
	const struct oauth_error *e = NULL;
	struct flow f = {.handle = STR_NONE};
	const char *why;
	enum rc rc;

	if (op_form(op, &why) != RC_OK)
		e = OAUTH(FORM_MALFORMED);
	if (!e)
		e = run_steps(op, &f, untrusted_steps, COUNT(untrusted_steps));
	if (e) {
		answer_untrusted(op, f.client.id.n ? &f.client : NULL, e);
		return;
	}
	e = run_steps(op, &f, steps, COUNT(steps));
	if (e) {
		/* The state goes back with every error, also one found before it was looked at. */
		if (!f.i.state.n && op_param(op, "state").n <= STATE_MAX)
			f.i.state = op_param(op, "state");
		answer_error(op, &f.i, flow_portal(op, &f), e);
		return;
	}
	rc = flow_load_session(op, &f);
	if (rc != RC_OK)
		op_fail(op, rc);
	else
		flow_continue(op, &f);
}
