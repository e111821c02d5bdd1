/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* ThaID's wire: the endpoints relying parties and browsers call. */
#include "codec/base64.h"
#include "base/array.h"
#include "sandbox/common/html.h"
#include "sandbox/common/sandbox.h"
#include "sandbox/thaid/thaid_page.h"

#define HANG_MS 600000

/* One endpoint: which faults touch it, what it answers when there is none. */
struct endpoint {
	enum thaid_at at;
	int api;
	http_handler answer;
};

/* What travels with an exchange over its delays. */
struct thaid_visit {
	const struct endpoint *endpoint;
	int64_t number; /* in the log of requests */
	struct form query, body;
	bool malformed;
	const char *why;
};

static struct sandbox *thaid_sandbox(struct http_exchange *x)
{
	return x->app;
}

static void send_error(struct http_exchange *x, int status, const char *code, const char *why)
{
	sandbox_json_error(x, status, code, str_c(why));
}

/* Client credentials as ThaID takes them: Basic over the raw "id:secret" in standard padded
 * base64, not percent-encoded first; or in the form. */
struct presented_credentials {
	const char *method; /* "basic", "post", "none" */
	struct str id, secret;
};

static struct presented_credentials presented(struct http_exchange *x, const struct form *body)
{
	struct str basic = STR("Basic "), text, id;

	if (str_starts(x->request.authorization, basic) &&
		base64_decode(x->arena, str_sub(x->request.authorization, basic.n, 4096), &text) ==
			RC_OK &&
		str_cut(&text, ':', &id) && text.p != NULL)
		return (struct presented_credentials){"basic", id, text};
	if (form_get(body, "client_secret").n > 0)
		return (struct presented_credentials){
			"post", form_get(body, "client_id"), form_get(body, "client_secret")};
	return (struct presented_credentials){"none", form_get(body, "client_id"), STR_NONE};
}

static bool method_allowed(const struct presented_credentials *c, int allowed)
{
	if (str_eq_c(str_c(c->method), "none"))
		return false;
	if (allowed == AUTH_EITHER)
		return true;
	return str_eq_c(str_c(c->method), allowed == AUTH_BASIC ? "basic" : "post");
}

/* The authenticated client, or NULL after the error was sent. */
static const struct sandbox_client *authenticate(
	struct http_exchange *x, const struct thaid_visit *v)
{
	struct presented_credentials c = presented(x, &v->body);
	const struct sandbox_client *client =
		sandbox_client_find(&thaid_sandbox(x)->config->clients, c.id);
	struct thaid_settings s = thaid_settings(thaid_sandbox(x)->thaid);

	if (client == NULL || !method_allowed(&c, s.client_auth) ||
		!secret_equal(secret_bytes(client->client_secret), c.secret)) {
		send_error(x, 401, "invalid_client", "client authentication failed");
		return NULL;
	}
	if (v->endpoint->api == THAID_API_V1 && client->api_key != NULL &&
		!secret_equal(
			secret_bytes(client->api_key), http_request_header(x, "x-imauth-apikey"))) {
		send_error(x, 401, "unauthorized_client", "x-imauth-apikey is missing or wrong");
		return NULL;
	}
	return client;
}

static struct thaid_visit *visit(struct http_exchange *x)
{
	return x->user;
}

static void answer_auth(struct http_exchange *x)
{
	struct thaid_error error;
	struct str id;
	struct buf url;

	if (thaid_begin(thaid_sandbox(x)->thaid, x->arena, visit(x)->endpoint->api,
		    &visit(x)->query, &id, &error) != RC_OK) {
		thaid_page_fault(x, &error);
		return;
	}
	buf_init(&url, x->arena, 256);
	buf_add_c(&url, "/thaid/login?id=");
	buf_add(&url, id);
	http_redirect(x, buf_str(&url));
}

static void answer_token(struct http_exchange *x)
{
	const struct sandbox_client *client = authenticate(x, visit(x));
	struct thaid_error error;
	struct str body;

	if (client == NULL)
		return;
	if (thaid_token(thaid_sandbox(x)->thaid, x->arena, client, &visit(x)->body, &body,
		    &error) != RC_OK) {
		send_error(x, error.status, error.code, error.why);
		return;
	}
	sandbox_json(x, 200, body);
}

static void answer_introspect(struct http_exchange *x)
{
	if (authenticate(x, visit(x)) == NULL)
		return;
	sandbox_json(x, 200,
		thaid_introspect(
			thaid_sandbox(x)->thaid, x->arena, form_get(&visit(x)->body, "token")));
}

static void answer_revoke(struct http_exchange *x)
{
	if (authenticate(x, visit(x)) == NULL)
		return;
	if (!thaid_revoke(thaid_sandbox(x)->thaid, form_get(&visit(x)->body, "token"))) {
		send_error(x, 400, "invalid_request", "token is not known");
		return;
	}
	sandbox_json(x, 200, STR("{\"message\":\"success\"}"));
}

static void answer_userinfo(struct http_exchange *x)
{
	struct str bearer = STR("Bearer "), body;

	if (!str_starts(x->request.authorization, bearer) ||
		thaid_userinfo(thaid_sandbox(x)->thaid, x->arena,
			str_sub(x->request.authorization, bearer.n, 8192), &body) != RC_OK) {
		send_error(x, 401, "access_denied", "the access token is not in force");
		return;
	}
	sandbox_json(x, 200, body);
}

static void answer_jwks(struct http_exchange *x)
{
	sandbox_json(x, 200, thaid_jwks(thaid_sandbox(x)->thaid, x->arena));
}

static void add_url(
	struct json_writer *w, struct http_exchange *x, const char *name, const char *path)
{
	struct buf b;

	buf_init(&b, x->arena, 2048);
	buf_add(&b, thaid_issuer(thaid_sandbox(x)->thaid));
	buf_add_c(&b, path);
	json_add_str(w, name, buf_str(&b));
}

static void answer_discovery(struct http_exchange *x)
{
	static const struct {
		const char *name, *path;
	} urls[] = {
		{"authorization_endpoint", "/api/v2/oauth2/auth/"},
		{"token_endpoint", "/api/v2/oauth2/token/"},
		{"introspection_endpoint", "/api/v2/oauth2/introspect/"},
		{"revocation_endpoint", "/api/v2/oauth2/revoke/"},
		{"userinfo_endpoint", "/api/v2/oauth2/userinfo/"},
		{"jwks_uri", "/jwks/"},
	};
	struct buf b;
	struct json_writer w;

	buf_init(&b, x->arena, 8192);
	json_writer_init(&w, &b);
	json_write_object(&w);
	json_add_str(&w, "issuer", thaid_issuer(thaid_sandbox(x)->thaid));
	for (size_t i = 0; i < ARRAY_LEN(urls); i++)
		add_url(&w, x, urls[i].name, urls[i].path);
	json_add_raw(&w, "response_types_supported", STR("[\"code\"]"));
	json_add_raw(
		&w, "grant_types_supported", STR("[\"authorization_code\",\"refresh_token\"]"));
	json_add_raw(&w, "subject_types_supported", STR("[\"public\"]"));
	json_add_raw(&w, "id_token_signing_alg_values_supported", STR("[\"ES256\"]"));
	json_add_raw(&w, "token_endpoint_auth_methods_supported",
		STR("[\"client_secret_basic\",\"client_secret_post\"]"));
	json_write_object_end(&w);
	sandbox_json(x, 200, buf_str(&b));
}

/* What an endpoint answers instead of its own answer. */
struct canned {
	int status;
	const char *type;
	const char *body;
};

static const struct canned canned_answers[] = {
	[FAULT_500] = {500, "text/html",
		"<html><body><h1>500 Internal Server Error</h1></body></html>"},
	[FAULT_502] = {502, "text/html", "<html><body><h1>502 Bad Gateway</h1></body></html>"},
	[FAULT_503] = {503, "text/html",
		"<html><body><h1>503 Service Unavailable</h1></body></html>"},
	[FAULT_HANG] = {504, "text/plain", "hung\n"},
	[FAULT_NOT_JSON] = {200, "text/html", "<html><body>maintenance</body></html>"},
	[FAULT_EMPTY_400] = {400, "application/json", ""},
	[FAULT_EMPTY_401] = {401, "application/json", ""},
	[FAULT_EMPTY_200] = {200, "application/json", ""},
	[FAULT_DUPLICATE_REQUEST] = {400, "application/json",
		"{\"error\":\"duplicate_request\",\"error_description\":\"duplicate request\"}"},
	[FAULT_SERVER_ERROR] = {400, "application/json",
		"{\"error\":\"server_error\",\"error_description\":\"server error\"}"},
};

static void token_finish(struct http_exchange *x)
{
	requests_status(thaid_sandbox(x)->requests, visit(x)->number, x->response.status);
}

static void answer_canned(struct http_exchange *x, enum thaid_fault fault)
{
	const struct canned *c = &canned_answers[fault];

	http_answer(x, c->status, c->type, str_c(c->body));
	token_finish(x);
}

static void unhang(struct http_exchange *x)
{
	answer_canned(x, FAULT_HANG);
}

static void answer_own(struct http_exchange *x)
{
	if (visit(x)->malformed)
		send_error(x, 400, "invalid_request", visit(x)->why);
	else
		visit(x)->endpoint->answer(x);
}

/* Second half of a request, after its delay. */
static void proceed(struct http_exchange *x)
{
	enum thaid_fault fault = thaid_take_fault(thaid_sandbox(x)->thaid, visit(x)->endpoint->at);

	if (fault == FAULT_HANG) {
		delay_exchange(thaid_sandbox(x)->delay, x, HANG_MS, unhang);
		return;
	}
	if (fault != FAULT_NONE && fault != FAULT_TRUNCATED) {
		answer_canned(x, fault);
		return;
	}
	answer_own(x);
	if (fault == FAULT_TRUNCATED)
		x->response.body.n /= 2;
	token_finish(x);
}

static void log_visit(struct http_exchange *x, struct thaid_visit *v)
{
	struct presented_credentials c = presented(x, &v->body);
	struct buf auth;

	buf_init(&auth, x->arena, 1024);
	buf_add_c(&auth, c.method);
	if (c.id.n > 0) {
		buf_add_byte(&auth, ':');
		buf_add(&auth, c.id);
	} else if (str_starts(x->request.authorization, STR("Bearer "))) {
		buf_clear(&auth);
		buf_add_c(&auth, "bearer");
	}
	v->number = requests_add(thaid_sandbox(x)->requests,
		&(struct request_entry){
			.upstream = "thaid",
			.method = x->request.method == HTTP_POST ? "POST" : "GET",
			.path = x->request.path,
			.auth = buf_str(&auth),
			.query = &v->query,
			.body = &v->body,
		});
}

/* First half of a request: read, log, wait as long as the settings say. */
static void arrive(struct http_exchange *x)
{
	const struct endpoint *endpoint = x->route->data;
	struct thaid_visit *v = arena_new_of(x->arena, struct thaid_visit);
	struct thaid_settings s = thaid_settings(thaid_sandbox(x)->thaid);
	int64_t ms = settings_delay(&s, endpoint->at);

	v->endpoint = endpoint;
	x->user = v;
	v->malformed = http_query_form(x, &v->query, &v->why) != RC_OK;
	if (!v->malformed && x->request.method == HTTP_POST)
		v->malformed = http_body_form(x, &v->body, &v->why) != RC_OK;
	log_visit(x, v);
	if (ms > 0)
		delay_exchange(thaid_sandbox(x)->delay, x, ms, proceed);
	else
		proceed(x);
}

#define ENDPOINT(at, api, answer)                                                                  \
	&(const struct endpoint)                                                                   \
	{                                                                                          \
		at, api, answer                                                                    \
	}
/* clang-format off */
#define ON_GET  HTTP_ON(HTTP_GET)
#define ON_POST HTTP_ON(HTTP_POST)

static const struct http_route routes[] = {
	{"/.well-known/openid-configuration", ON_GET, HTTP_CORS, arrive, .name = "thaid_discovery",
		.data = ENDPOINT(AT_DISCOVERY, THAID_API_V2, answer_discovery)},
	{"/jwks/", ON_GET, HTTP_CORS, arrive, .name = "thaid_jwks",
		.data = ENDPOINT(AT_JWKS, THAID_API_V2, answer_jwks)},
	{"/api/v2/oauth2/auth/", ON_GET, HTTP_PAGE, arrive, .name = "thaid_auth",
		.data = ENDPOINT(AT_AUTH, THAID_API_V2, answer_auth)},
	{"/api/v2/oauth2/token/", ON_POST, 0, arrive, .name = "thaid_token",
		.data = ENDPOINT(AT_TOKEN, THAID_API_V2, answer_token)},
	{"/api/v2/oauth2/introspect/", ON_POST, 0, arrive, .name = "thaid_introspect",
		.data = ENDPOINT(AT_INTROSPECT, THAID_API_V2, answer_introspect)},
	{"/api/v2/oauth2/revoke/", ON_POST, 0, arrive, .name = "thaid_revoke",
		.data = ENDPOINT(AT_REVOKE, THAID_API_V2, answer_revoke)},
	{"/api/v2/oauth2/userinfo/", ON_GET, 0, arrive, .name = "thaid_userinfo",
		.data = ENDPOINT(AT_USERINFO, THAID_API_V2, answer_userinfo)},
	{"/api/v1/oauth2/auth/", ON_GET, HTTP_PAGE, arrive, .name = "thaid_auth_v1",
		.data = ENDPOINT(AT_AUTH, THAID_API_V1, answer_auth)},
	{"/api/v1/oauth2/token/", ON_POST, 0, arrive, .name = "thaid_token_v1",
		.data = ENDPOINT(AT_TOKEN, THAID_API_V1, answer_token)},
	{"/api/v1/oauth2/introspect/", ON_POST, 0, arrive, .name = "thaid_introspect_v1",
		.data = ENDPOINT(AT_INTROSPECT, THAID_API_V1, answer_introspect)},
	{"/api/v1/oauth2/revoke/", ON_POST, 0, arrive, .name = "thaid_revoke_v1",
		.data = ENDPOINT(AT_REVOKE, THAID_API_V1, answer_revoke)},
	{"/thaid/login", ON_GET, HTTP_PAGE, thaid_page_login, .name = "thaid_page"},
	{"/thaid/status", ON_GET, 0, thaid_page_status, .name = "thaid_status"},
};
/* clang-format on */
const struct sandbox_routes thaid_routes = {routes, ARRAY_LEN(routes)};
