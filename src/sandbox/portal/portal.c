/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "sandbox/portal/portal.h"

#include "base/array.h"
#include "base/arena.h"
#include "codec/base64.h"
#include "codec/json_writer.h"
#include "obs/log.h"
#include "sandbox/common/html.h"
#include "sandbox/portal/portal_page.h"
#include "sandbox/portal/portal_session.h"
#include "base/clock.h"
#include "base/random.h"

#define PORTALS_MAX 10
#define ANSWER_MAX  65536u

struct portal {
	const struct sandbox_portal *config;
	const struct portal_theme *look;
	struct str issuer;
	struct str redirect_uri, logged_out_uri, api_url, sensitive_url;
	char login_cookie[32], session_cookie[32];
	struct sandbox_rp *rp;
	struct portal_sessions *sessions;
	struct http_server *server;
};

struct portals {
	struct portal v[PORTALS_MAX];
	size_t n;
};

static struct portal *portal(struct http_exchange *x)
{
	return x->app;
}

static struct portal_view view(struct http_exchange *x, const struct rp_result *login)
{
	return (struct portal_view){
		.look = portal(x)->look,
		.config = portal(x)->config,
		.issuer = portal(x)->issuer,
		.login = login,
	};
}

/* The signed-in person's tokens, or NULL. */
static const struct rp_result *session(struct http_exchange *x)
{
	struct rp_result *r = arena_new_of(x->arena, struct rp_result);
	struct str cookie = http_cookie(x, portal(x)->session_cookie);

	if (portal_session_get(portal(x)->sessions, x->arena, cookie, r) != RC_OK)
		return NULL;
	return r;
}

#define PAY "/pay" /* where the answer to a payment comes back */

static void problem(
	struct http_exchange *x, int status, const char *title, struct str code, struct str why)
{
	struct portal_view v = view(x, NULL);

	portal_page_problem(x, &v, status, title, code, why);
}

static void home(struct http_exchange *x)
{
	struct portal_view v = view(x, session(x));

	portal_page_home(x, &v);
}

/* Sends the browser to the provider; next: where it goes in the portal afterwards. */
static void go_to_login(struct http_exchange *x, const struct step_up *step_up, struct str next)
{
	struct rp_login login;
	struct str url;

	if (rp_begin(portal(x)->rp, x->arena, step_up, &login, &url) != RC_OK) {
		problem(x, 503, "ระบบเข้าสู่ระบบกลางไม่พร้อมใช้งาน", STR("unavailable"),
			portal(x)->issuer);
		return;
	}
	login.next = next;
	http_set_cookie(x, portal(x)->login_cookie,
		portal_login_keep(portal(x)->sessions, x->arena, &login), PORTAL_LOGIN_SECONDS);
	http_redirect(x, url);
}

/* Begins a login; also where the launcher leads (initiate_login_uri, OIDC Core 4). An iss that is
 * not our provider starts nothing. */
static void login(struct http_exchange *x)
{
	struct form query;
	const char *why;
	struct str iss;

	if (http_query_form(x, &query, &why) != RC_OK) {
		problem(x, 400, "คำขอไม่ถูกต้อง", STR("invalid_request"), str_c(why));
		return;
	}
	iss = form_get(&query, "iss");
	if (iss.n > 0 && !str_eq(iss, portal(x)->issuer)) {
		problem(x, 400, "คำขอไม่ถูกต้อง", STR("invalid_request"),
			STR("iss is not our provider"));
		return;
	}
	go_to_login(x, NULL, STR_NONE);
}

/* What came back, in the order of RFC 6749 4.1.2 and RFC 9207 2.4: whose answer, then which. */
static bool answer_good(
	struct http_exchange *x, const struct form *query, const struct rp_login *login)
{
	struct str error = form_get(query, "error");

	if (!secret_equal(form_get(query, "state"), login->state)) {
		problem(x, 400, "เข้าสู่ระบบไม่สำเร็จ", STR("wrong_state"),
			STR("the answer does not belong to this login"));
		return false;
	}
	if (!str_eq(form_get(query, "iss"), portal(x)->issuer)) {
		problem(x, 400, "เข้าสู่ระบบไม่สำเร็จ", STR("wrong_issuer"),
			STR("the answer's iss is not our provider (RFC 9207)"));
		return false;
	}
	if (error.n > 0 && str_eq(login->next, STR(PAY))) {
		struct portal_view v = view(x, session(x));

		portal_page_not_paid(x, &v, error, form_get(query, "error_description"));
		return false;
	}
	if (error.n > 0) {
		problem(x, 403, "เข้าสู่ระบบไม่สำเร็จ", error, form_get(query, "error_description"));
		return false;
	}
	return true;
}

static void callback(struct http_exchange *x)
{
	struct rp_result result;
	struct rp_login login;
	struct form query;
	const char *why;

	if (http_query_form(x, &query, &why) != RC_OK) {
		problem(x, 400, "เข้าสู่ระบบไม่สำเร็จ", STR("invalid_request"), str_c(why));
		return;
	}
	if (portal_login_take(portal(x)->sessions, x->arena,
		    http_cookie(x, portal(x)->login_cookie), &login) != RC_OK) {
		problem(x, 400, "การเข้าสู่ระบบหมดเวลา หรือเริ่มจากเบราว์เซอร์อื่น", STR("no_login"),
			STR("no login of this browser is under way"));
		return;
	}
	if (!answer_good(x, &query, &login))
		return;
	if (rp_finish(portal(x)->rp, x->arena, &login, form_get(&query, "code"),
		    form_get(&query, "iss"), &result, &why) != RC_OK) {
		problem(x, 502, "เข้าสู่ระบบไม่สำเร็จ", STR("login_failed"), str_c(why));
		return;
	}
	http_set_cookie(x, portal(x)->login_cookie, STR_NONE, -1);
	http_set_cookie(x, portal(x)->session_cookie,
		portal_session_keep(portal(x)->sessions, x->arena, &result), 0);
	http_redirect(x, login.next.n > 0 ? login.next : STR("/me"));
}

static void me(struct http_exchange *x)
{
	const struct rp_result *r = session(x);
	struct portal_view v = view(x, r);

	if (r == NULL)
		http_redirect(x, STR("/login"));
	else
		portal_page_me(x, &v);
}

#define ASKED "asked=1" /* the query of a page that is opened after a step-up */

/* Calls the portal's own API. Where it wants another login (RFC 9470), that is asked for, and page
 * is opened again; but not twice, for a level that nobody reaches would be asked for without end.
 */
static void call_api(struct http_exchange *x, struct str url, const char *page)
{
	const struct rp_result *r = session(x);
	struct portal_view v = view(x, r);
	struct step_up wanted;
	struct str answer;
	int status;

	if (r == NULL) {
		http_redirect(x, STR("/login"));
		return;
	}
	if (rp_call(portal(x)->rp, x->arena, url, r->access_token, &status, &answer) != RC_OK)
		portal_page_problem(x, &v, 502, "เรียก API ไม่สำเร็จ", STR("unavailable"), url);
	else if (status == 401 && !str_eq_c(x->request.query, ASKED) &&
		 step_up_read(x->arena, answer, &wanted))
		go_to_login(x, &wanted, str_c(page));
	else
		portal_page_api(x, &v, status, answer);
}

static void me_api(struct http_exchange *x)
{
	call_api(x, portal(x)->api_url, "/me/api?" ASKED);
}

static void me_sensitive(struct http_exchange *x)
{
	call_api(x, portal(x)->sensitive_url, "/me/sensitive?" ASKED);
}

/* GET: a payment that waits for its authorizer, or that the login before this page approved. POST:
 * pushes it; the person sees it at the provider, and the answer comes back here. */
static void pay(struct http_exchange *x)
{
	const struct rp_result *r = session(x);
	struct portal_view v = view(x, r);
	struct rp_login login;
	struct str url;

	if (r == NULL) {
		http_redirect(x, STR("/login"));
		return;
	}
	if (x->request.method == HTTP_GET) {
		portal_page_pay(x, &v);
		return;
	}
	if (rp_push(portal(x)->rp, x->arena, str_c(portal_payment), &login, &url) != RC_OK) {
		problem(x, 502, "ส่งรายการไปยังระบบเข้าสู่ระบบกลางไม่สำเร็จ", STR("not_pushed"),
			portal(x)->issuer);
		return;
	}
	login.next = STR(PAY);
	http_set_cookie(x, portal(x)->login_cookie,
		portal_login_keep(portal(x)->sessions, x->arena, &login), PORTAL_LOGIN_SECONDS);
	http_redirect(x, url);
}

static void logout(struct http_exchange *x)
{
	struct str cookie = http_cookie(x, portal(x)->session_cookie), url;
	struct str state = random_base64url(x->arena, &rng_system, 16);
	struct rp_result r;

	http_set_cookie(x, portal(x)->session_cookie, STR_NONE, -1);
	if (portal_session_take(portal(x)->sessions, x->arena, cookie, &r) != RC_OK ||
		rp_logout_url(portal(x)->rp, x->arena, r.id_token, portal(x)->logged_out_uri, state,
			&url) != RC_OK)
		url = STR("/logged-out");
	http_redirect(x, url);
}

static void logged_out(struct http_exchange *x)
{
	struct portal_view v = view(x, NULL);

	portal_page_logged_out(x, &v);
}

/* Back-Channel Logout 2.5, 2.8: the provider says that a session ended. */
static void backchannel_logout(struct http_exchange *x)
{
	struct logout_token_claims token;
	struct form form;
	const char *why;
	enum rc rc = http_body_form(x, &form, &why);

	if (rc == RC_OK)
		rc = rp_verify_logout(
			portal(x)->rp, x->arena, form_get(&form, "logout_token"), &token, &why);
	if (rc == RC_OK && portal_session_end(portal(x)->sessions, &token) != RC_OK) {
		rc = RC_DENIED;
		why = "this token was here before";
	}
	if (rc == RC_OK)
		http_answer(x, 200, "text/plain; charset=utf-8", STR_NONE);
	else
		http_answer(x, rc == RC_UNAVAILABLE ? 503 : 400, "text/plain; charset=utf-8",
			str_c(why));
	http_header_add(x, "Cache-Control", STR("no-store"));
}

/* --- the resource server --- */

/* RFC 6750 3. */
static void refuse_call(struct http_exchange *x, const char *code, const char *why)
{
	struct buf b, challenge;
	struct json_writer w;

	buf_init(&challenge, x->arena, 1024);
	buf_add_c(&challenge, "Bearer realm=\"portal\"");
	if (code != NULL)
		buf_addf(&challenge, ", error=\"%s\"", code);
	buf_init(&b, x->arena, 4096);
	json_writer_init(&w, &b);
	json_write_object(&w);
	json_add_str(&w, "error", str_c(code != NULL ? code : "missing_token"));
	json_add_str(&w, "error_description", str_c(why));
	json_write_object_end(&w);
	http_answer(x, 401, "application/json", buf_str(&b));
	http_header_add(x, "WWW-Authenticate", buf_str(&challenge));
}

static void write_records(struct json_writer *w, const struct portal_theme *look)
{
	json_write_key(w, "items");
	json_write_array(w);
	for (size_t i = 0; i < ARRAY_LEN(look->records); i++) {
		json_write_object(w);
		json_add_str(w, "title", str_c(look->records[i].title));
		json_add_str(w, "detail", str_c(look->records[i].detail));
		json_add_str(w, "value", str_c(look->records[i].value));
		json_write_object_end(w);
	}
	json_write_array_end(w);
}

/* RFC 9470 3: the token is good, the login behind it is not enough. */
static void ask_for_login(struct http_exchange *x, const struct step_up *wanted)
{
	struct buf b, challenge;
	struct json_writer w;

	buf_init(&challenge, x->arena, 2048);
	buf_add_c(&challenge, "Bearer realm=\"portal\"");
	step_up_challenge(&challenge, wanted);
	buf_init(&b, x->arena, 4096);
	json_writer_init(&w, &b);
	json_write_object(&w);
	step_up_write(&w, wanted);
	json_write_object_end(&w);
	http_answer(x, 401, "application/json", buf_str(&b));
	http_header_add(x, "WWW-Authenticate", buf_str(&challenge));
}

/* The claims of the token that the call brings; false: the answer is given. */
static bool take_token(struct http_exchange *x, struct str *ret_claims)
{
	struct str bearer = STR("Bearer ");
	const char *why;

	if (!str_starts(x->request.authorization, bearer)) {
		refuse_call(x, NULL, "an access token is wanted");
		return false;
	}
	if (rp_verify_access(portal(x)->rp, x->arena,
		    str_sub(x->request.authorization, bearer.n, ANSWER_MAX), ret_claims,
		    &why) != RC_OK) {
		refuse_call(x, "invalid_token", why);
		return false;
	}
	return true;
}

static void answer_records(struct http_exchange *x, struct str claims)
{
	struct buf b;
	struct json_writer w;

	buf_init(&b, x->arena, ANSWER_MAX);
	json_writer_init(&w, &b);
	json_write_object(&w);
	json_add_str(&w, "portal", str_c(portal(x)->look->mark));
	json_add_str(&w, "verified_by",
		portal(x)->config->check == PORTAL_CHECK_JWT ? STR("jwks") : STR("introspection"));
	json_add_raw(&w, "token", claims);
	write_records(&w, portal(x)->look);
	json_write_object_end(&w);
	http_answer(x, 200, "application/json", buf_str(&b));
}

static void api(struct http_exchange *x)
{
	struct str claims;

	if (take_token(x, &claims))
		answer_records(x, claims);
}

/* The same for a login of a certain level and age. */
static void api_sensitive(struct http_exchange *x)
{
	const struct step_up wanted = {
		portal(x)->config->step_up_acr, portal(x)->config->step_up_max_age};
	struct str claims;

	if (!take_token(x, &claims))
		return;
	if (step_up_met(claims, &wanted, clock_now(&clock_system)))
		answer_records(x, claims);
	else
		ask_for_login(x, &wanted);
}

/* clang-format off */
#define ON_GET  HTTP_ON(HTTP_GET)
#define ON_POST HTTP_ON(HTTP_POST)
static const struct http_route routes[] = {
	{"/", ON_GET, HTTP_PAGE, home, .name = "portal_home"},
	{"/login", ON_GET, HTTP_PAGE | HTTP_BLOCKING, login, .name = "portal_login"},
	{"/callback", ON_GET, HTTP_PAGE | HTTP_BLOCKING, callback, .name = "portal_callback"},
	{"/me", ON_GET, HTTP_PAGE, me, .name = "portal_me"},
	{"/me/api", ON_GET, HTTP_PAGE | HTTP_BLOCKING, me_api, .name = "portal_call"},
	{"/me/sensitive", ON_GET, HTTP_PAGE | HTTP_BLOCKING, me_sensitive,
		.name = "portal_call_sensitive"},
	{"/pay", ON_GET | ON_POST, HTTP_PAGE | HTTP_BLOCKING, pay, .name = "portal_pay"},
	{"/logout", ON_POST, HTTP_PAGE | HTTP_BLOCKING, logout, .name = "portal_logout"},
	{"/backchannel-logout", ON_POST, HTTP_BLOCKING, backchannel_logout,
		.name = "portal_backchannel_logout"},
	{"/logged-out", ON_GET, HTTP_PAGE, logged_out, .name = "portal_logged_out"},
	{"/api/records", ON_GET, HTTP_BLOCKING, api, .name = "portal_api"},
	{"/api/sensitive", ON_GET, HTTP_BLOCKING, api_sensitive, .name = "portal_api_sensitive"},
	{"/static/", ON_GET, HTTP_PREFIX, html_static, .name = "portal_static"},
};
/* clang-format on */

/* --- start and stop --- */

static struct str below(struct arena *a, struct str url, const char *path)
{
	struct buf b;

	buf_init(&b, a, 4096);
	buf_add(&b, url);
	buf_add_c(&b, path);
	return buf_str(&b);
}

static void portal_init(struct portal *p, struct arena *a, const struct sandbox_config *config,
	const struct sandbox_portal *one)
{
	p->config = one;
	p->look = &portal_themes[one->look];
	p->issuer = config->pratu_issuer;
	p->redirect_uri = below(a, one->url, "/callback");
	p->logged_out_uri = below(a, one->url, "/logged-out");
	p->api_url = below(a, one->url, "/api/records");
	p->sensitive_url = below(a, one->url, "/api/sensitive");
	snprintf(p->login_cookie, sizeof(p->login_cookie), "%s_login", p->look->cookie);
	snprintf(p->session_cookie, sizeof(p->session_cookie), "%s_session", p->look->cookie);
	p->sessions = portal_sessions_new(&clock_system, &rng_system);
}

static enum rc portal_start(struct portal *p, struct arena *a, const struct sandbox_config *config)
{
	const struct sandbox_rp_options rp = {
		.issuer = p->issuer,
		.client_id = p->config->client_id,
		.client_secret = secret_bytes(p->config->client_secret),
		.redirect_uri = p->redirect_uri,
		.scope = p->config->scope,
		.introspect = p->config->check == PORTAL_CHECK_INTROSPECTION,
	};
	struct http_server_options options =
		sandbox_server_options(a, config, p->config->url, p->config->port);
	enum rc rc = rp_new(&rp, &p->rp);

	if (rc != RC_OK)
		return rc;
	options.app = p;
	return http_server_start(&options, routes, ARRAY_LEN(routes), &p->server);
}

enum rc portals_start(struct arena *a, const struct sandbox_config *config, struct portals **ret)
{
	struct portals *all = arena_new_of(a, struct portals);
	const struct sandbox_portal *v = config->portals.v;
	enum rc rc = rp_library_start();

	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < config->portals.n && rc == RC_OK; i++) {
		portal_init(&all->v[all->n], a, config, &v[i]);
		rc = portal_start(&all->v[all->n++], a, config);
	}
	if (rc != RC_OK) {
		portals_stop(all);
		return rc;
	}
	*ret = all;
	return RC_OK;
}

void portals_stop(struct portals *all)
{
	bool ended = true;

	for (size_t i = 0; i < all->n; i++) {
		struct portal *p = &all->v[i];

		/* A server that did not end still uses its portal: that stays, the process ends. */
		if (p->server != NULL && !http_server_stop(p->server)) {
			ended = false;
			continue;
		}
		rp_free(p->rp);
		portal_sessions_free(p->sessions);
	}
	if (ended)
		rp_library_stop();
}
