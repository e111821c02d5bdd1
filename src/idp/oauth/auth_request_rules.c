/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "idp/oauth/auth_request_rules.h"

#include "base/array.h"
#include "core/details.h"
#include "obs/log.h"
#include "codec/base64.h"
#include "codec/uri.h"
#include "directory/directory.h"
#include "idp/oauth/id_token_hint.h"
#include "web/i18n.h"
#include "access/scope.h"

#define STATE_ECHO_MAX   24576u /* bytes of an encoded state that go back with an error */
#define NONCE_MAX        512u
#define UI_LOCALES_MAX   64
#define CHALLENGE_SIZE   43u /* base64url of SHA-256 */
#define MAX_AGE_MAX      INT32_MAX
#define ACR_VALUES_BYTES 1024u

const char *const response_types[] = {"code", NULL};
const char *const response_modes[] = {"query", "form_post", NULL};
const char *const prompts[] = {"none", "login", "consent", "select_account", NULL};

static const struct oauth_error *known_client(struct op *op, struct auth_reading *r)
{
	struct str id = op_param(op, "client_id");
	enum rc rc;

	if (!id.n)
		return OAUTH(CLIENT_ID_MISSING);
	if (form_count(&op->form, "client_id") > 1)
		return OAUTH(PARAMETER_REPEATED);
	rc = client_get(op->tx.snap, op->tx.a, id, &r->client, NULL);
	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return OAUTH(INTERNAL);
	if (rc == RC_NOT_FOUND || r->client.status != STATUS_ACTIVE) {
		r->client = (struct client){.id = STR_NONE};
		return OAUTH(CLIENT_UNKNOWN);
	}
	r->request.client = r->client.id;
	return NULL;
}

/* Byte for byte (RFC 9700 4.1.3); also when only one is registered it must be sent. */
static const struct oauth_error *registered_redirect(struct op *op, struct auth_reading *r)
{
	struct str uri = op_param(op, "redirect_uri");
	bool native = r->client.application_type == APPLICATION_NATIVE;

	if (!uri.n)
		return OAUTH(REDIRECT_MISSING);
	if (form_count(&op->form, "redirect_uri") > 1)
		return OAUTH(PARAMETER_REPEATED);
	for (size_t i = 0; i < r->client.redirect_uris.n; i++)
		if (uri_redirect_matches(r->client.redirect_uris.v[i], uri, native)) {
			r->request.redirect_uri = uri;
			r->request.response_mode = STR("query");
			r->answerable = true;
			return NULL;
		}
	return OAUTH(REDIRECT_UNKNOWN);
}

static const struct oauth_error *response_mode_offered(struct op *op, struct auth_reading *r)
{
	struct str mode = op_param(op, "response_mode");

	if (!mode.n)
		return NULL;
	/* A page posts to a web server; an application's own scheme takes a redirect only. */
	if (str_eq_c(mode, "form_post") && !str_starts(r->request.redirect_uri, STR("http")))
		return OAUTH(RESPONSE_MODE);
	for (size_t i = 0; response_modes[i]; i++)
		if (str_eq_c(mode, response_modes[i])) {
			r->request.response_mode = mode;
			return NULL;
		}
	/* The client looks for the answer there, also for a refusal (OAuth 2.0 Multiple Response
	 * Type Encoding Practices 2.1); no code is ever sent so. */
	if (str_eq_c(mode, RESPONSE_MODE_FRAGMENT))
		r->request.response_mode = mode;
	return OAUTH(RESPONSE_MODE);
}

bool auth_request_parameter(struct str name)
{
	static const char *const names[] = {"redirect_uri", "response_type", "response_mode",
		"state", "scope", "nonce", "code_challenge", "code_challenge_method", "prompt",
		"max_age", "login_hint", "ui_locales", "id_token_hint", "acr_values", "claims",
		"authorization_details", "request", "request_uri", "registration"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq_c(name, names[i]))
			return true;
	return false;
}

/* RFC 6749 3.1. What is not read here may stand as often as it likes: it is ignored. */
static const struct oauth_error *none_repeated(struct op *op, struct auth_reading *r)
{
	const struct form *form = &op->form;

	(void)r;
	for (size_t i = 0; i < form->n; i++)
		for (size_t k = 0; k < i; k++)
			if (str_eq(form->v[i].name, form->v[k].name) &&
				auth_request_parameter(form->v[i].name))
				return OAUTH(PARAMETER_REPEATED);
	return NULL;
}

static const struct oauth_error *state_bounded(struct op *op, struct auth_reading *r)
{
	struct str value = op_param(op, "state");

	if (value.n > STATE_MAX)
		return OAUTH(STATE_TOO_LONG);
	if (!str_is_vschar(value)) /* RFC 6749 A.5; what is no state is not sent back either */
		return OAUTH(STATE_CHARACTERS);
	r->request.state = value;
	return NULL;
}

/* RFC 9126 5; a request that was pushed was looked at before. */
static const struct oauth_error *pushed_if_required(struct op *op, struct auth_reading *r)
{
	bool required = op->tx.settings->pushed_required || r->client.pushed_required;

	return required && !r->by_client ? OAUTH(PUSHED_REQUIRED) : NULL;
}

/* RFC 9126 2.1. */
static const struct oauth_error *no_pushed_uri(struct op *op, struct auth_reading *r)
{
	(void)r;
	return op_param(op, "request_uri").n ? OAUTH(PUSHED_URI) : NULL;
}

/* OIDC Core 6, 7: not offered, and said so in discovery. */
static const struct oauth_error *no_request_object(struct op *op, struct auth_reading *r)
{
	(void)r;
	if (op_param(op, "request").n)
		return OAUTH(REQUEST_OBJECT);
	if (op_param(op, "request_uri").n)
		return OAUTH(REQUEST_URI);
	return op_param(op, "registration").n ? OAUTH(REGISTRATION) : NULL;
}

static const struct oauth_error *response_type_offered(struct op *op, struct auth_reading *r)
{
	struct str type = op_param(op, "response_type");

	if (!type.n)
		return OAUTH(RESPONSE_TYPE_MISSING);
	if (!str_eq_c(type, "code"))
		return OAUTH(RESPONSE_TYPE);
	if (!strlist_has(r->client.grant_types, STR("authorization_code")))
		return OAUTH(CODE_NOT_ALLOWED);
	return NULL;
}

/* Unknown scopes are ignored (OIDC Core 3.1.2.1), so are those the client is not registered for. */
static const struct oauth_error *scope_registered(struct op *op, struct auth_reading *r)
{
	if (!scope_common(op->tx.a, op_param(op, "scope"), r->client.scope, &r->request.scope))
		return OAUTH(SCOPE_TOO_LONG);
	return r->request.scope.n ? NULL : OAUTH(SCOPE_EMPTY);
}

static const struct oauth_error *nonce_bounded(struct op *op, struct auth_reading *r)
{
	r->request.nonce = op_param(op, "nonce");
	if (r->request.nonce.n > NONCE_MAX)
		return OAUTH(NONCE_TOO_LONG);
	return str_is_vschar(r->request.nonce) ? NULL : OAUTH(NONCE_CHARACTERS);
}

/* RFC 7636 4.3, RFC 9700 2.1.1: S256 only; for all but confidential clients that opted out. */
static const struct oauth_error *pkce_present(struct op *op, struct auth_reading *r)
{
	struct str challenge = op_param(op, "code_challenge");
	struct str method = op_param(op, "code_challenge_method");
	bool optional = r->client.pkce_optional && r->client.auth_method != CLIENT_AUTH_NONE;
	struct str decoded;

	if (!challenge.n && !method.n)
		return optional ? NULL : OAUTH(CHALLENGE_MISSING);
	if (!str_eq_c(method, "S256"))
		return OAUTH(CHALLENGE_METHOD);
	if (challenge.n != CHALLENGE_SIZE ||
		base64url_decode(op->tx.a, challenge, &decoded) != RC_OK)
		return OAUTH(CHALLENGE_FORM);
	r->request.code_challenge = challenge;
	return NULL;
}

static const struct oauth_error *prompt_known(struct op *op, struct auth_reading *r)
{
	bool *const flags[] = {&r->request.prompt_none, &r->request.prompt_login,
		&r->request.prompt_consent, &r->request.prompt_select};
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
	return r->request.prompt_none && n > 1 ? OAUTH(PROMPT) : NULL;
}

static const struct oauth_error *max_age_valid(struct op *op, struct auth_reading *r)
{
	struct str text = op_param(op, "max_age");
	uint64_t seconds;

	r->request.max_age = r->client.default_max_age;
	if (!text.n)
		return NULL;
	if (!str_to_u64(text, MAX_AGE_MAX, &seconds))
		return OAUTH(MAX_AGE);
	r->request.max_age = (int64_t)seconds + 1;
	return NULL;
}

/* Fills the user name field; a wish: what can be no username is left aside (OIDC Core 3.1.2.1). */
static const struct oauth_error *login_hint_read(struct op *op, struct auth_reading *r)
{
	struct str hint = op_param(op, "login_hint");

	if (username_valid(hint))
		r->request.login_hint = hint;
	return NULL;
}

/* A wish: what is unknown or too long is left aside. */
static const struct oauth_error *ui_locales_chosen(struct op *op, struct auth_reading *r)
{
	struct str locales = op_param(op, "ui_locales");

	if (locales.n && locales.n <= UI_LOCALES_MAX)
		r->request.lang = str_c(web_lang_tag(web_lang_choose(locales, STR_NONE, STR_NONE)));
	return NULL;
}

/*
 * OIDC Core 3.1.2.1: an ID token of ours, also an expired one. One that cannot be verified says
 * nothing about anybody: it is left aside, with a line in the log, and costs nobody a login. With
 * prompt=none nobody can be asked whether it is the person meant.
 */
static const struct oauth_error *id_token_hint_ours(struct op *op, struct auth_reading *r)
{
	struct str token = op_param(op, "id_token_hint");
	struct id_token_hint hint;

	if (!token.n)
		return NULL;
	if (id_token_hint_verify(op, token, &hint)) {
		r->request.hint_person = hint.subject;
		return NULL;
	}
	error_log(op, OAUTH(ID_TOKEN_HINT), r->request.client);
	return r->request.prompt_none ? OAUTH(LOGIN_REQUIRED) : NULL;
}

static struct str join_words(struct op *op, struct strlist words)
{
	struct buf joined;

	buf_init(&joined, op->tx.a, ACR_VALUES_BYTES);
	for (size_t i = 0; i < words.n; i++) {
		if (i)
			buf_add_byte(&joined, ' ');
		buf_add(&joined, words.v[i]);
	}
	return buf_str(&joined);
}

static const struct oauth_error *acr_values_bounded(struct op *op, struct auth_reading *r)
{
	struct strlist values;

	r->request.acr_values = op_param(op, "acr_values");
	if (!r->request.acr_values.n)
		r->request.acr_values = join_words(op, r->client.default_acr_values);
	if (r->request.acr_values.n > ACR_VALUES_BYTES ||
		!strlist_split(op->tx.a, r->request.acr_values, ACR_VALUES_MAX, &values))
		return OAUTH(ACR_VALUES);
	return NULL;
}

/* OIDC Core 5.5; 3.1.2.2: no positive answer but for the person whose sub is asked for. */
static const struct oauth_error *claims_valid(struct op *op, struct auth_reading *r)
{
	struct auth_request *request = &r->request;
	struct str subject;

	if (claims_parameter_parse(op->tx.a, op_param(op, "claims"), &request->claims) != RC_OK)
		return OAUTH(CLAIMS);
	/* A voluntary acr is a wish, as acr_values is; what both would mean is not said (5.5.1.1).
	 */
	if (request->claims.wished_acr.n && !op_param(op, "acr_values").n)
		request->acr_values = join_words(op, request->claims.wished_acr);
	subject = request->claims.subject;
	if (!subject.n)
		return NULL;
	if (subject.n > ID_SIZE ||
		(request->hint_person.n && !str_eq(request->hint_person, subject)))
		return OAUTH(LOGIN_REQUIRED);
	request->hint_person = subject;
	return NULL;
}

/* RFC 9396 5: what the person is to agree to, of types the client is registered for. A client
 * without a secret is whoever says so: what it pushes is as good as an address of the browser. */
static const struct oauth_error *details_valid(struct op *op, struct auth_reading *r)
{
	const struct details_question question = {
		.text = op_param(op, "authorization_details"),
		.types = r->client.details_types,
		.by_browser = !r->by_client || r->client.auth_method == CLIENT_AUTH_NONE,
	};
	const struct oauth_error *e;
	struct str where;

	if (!question.text.n)
		return NULL;
	e = details_read(op->tx.a, &question, &r->request.transaction.details, &where);
	if (e)
		log_emit(LOG_EVENT_DETAILS_INVALID, LOG_S("request", op->x->request.id),
			LOG_S("client", r->client.id), LOG_S("field", where));
	return e;
}

/* --- the rules, in order --- */

#define A AUTH_AT_AUTHORIZE
#define P AUTH_AT_PAR
#define C AUTH_AT_CIBA
#define D AUTH_AT_DEVICE

static const struct {
	unsigned endpoints; /* where the rule holds; elsewhere the parameter is not looked at */
	const struct oauth_error *(*check)(struct op *op, struct auth_reading *r);
} rules[] = {
	{A, known_client}, /* the others authenticate the client */
	{A | P, registered_redirect},
	{A | P, none_repeated},
	{A, pushed_if_required},
	{P, no_pushed_uri},
	{A | P, response_mode_offered},
	{A | P, state_bounded},
	{A | P | C, no_request_object},
	{A | P, response_type_offered},
	{A | P | C | D, scope_registered},
	{A | P, nonce_bounded},
	{A | P, pkce_present},
	{A | P, prompt_known},
	{A | P | C | D, max_age_valid},
	{A | P, login_hint_read}, /* who CIBA asks for, says idp/ciba/hint.c */
	{A | P, ui_locales_chosen},
	{A | P, id_token_hint_ours},
	{A | P | C | D, acr_values_bounded},
	{A | P | C | D, claims_valid},
	{A | P | C | D, details_valid},
};

/* A state that is too long to be kept goes back with the error as long as an address can carry it;
 * of two nobody knows which. */
static bool may_go_back(struct op *op)
{
	struct buf encoded;

	if (!str_is_vschar(op_param(op, "state")))
		return false;
	buf_init(&encoded, op->tx.a, STATE_ECHO_MAX);
	percent_encode(&encoded, op_param(op, "state"));
	return buf_status(&encoded) == RC_OK && form_count(&op->form, "state") == 1;
}

const struct oauth_error *auth_request_read(
	struct op *op, enum auth_endpoint endpoint, struct auth_reading *r)
{
	const struct oauth_error *e = NULL;

	r->by_client |= endpoint != AUTH_AT_AUTHORIZE;
	for (size_t i = 0; !e && i < ARRAY_LEN(rules); i++)
		if (rules[i].endpoints & endpoint)
			e = rules[i].check(op, r);
	/* The state goes back with every error, also one found before it was looked at. */
	if (e && r->answerable && !r->request.state.n && may_go_back(op))
		r->request.state = op_param(op, "state");
	return e;
}
