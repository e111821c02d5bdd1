/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "core/page.h"

#include "codec/uri.h"
#include "obs/log.h"
#include "web/pages_common.h"

#define LANG_COOKIE_SECONDS (365 * 24 * 3600)
#define AGAIN               "again=1" /* query of a form that was posted again by a page of ours */

static void page_respond(struct http_exchange *x, const struct app *p, struct arena *a, int status,
	const struct page_type *page, const void *model, struct web_view *view)
{
	struct web_answer page_answer;
	enum rc rc;

	view->own_window = !x->route || x->route->flags & HTTP_OWN_WINDOW;
	rc = web_render(p->web, a, page, model, view, &page_answer);
	if (rc != RC_OK) {
		log_emit(LOG_EVENT_REQUEST_FAILED, LOG_S("request", x->request.id), LOG_RC(rc));
		http_answer(x, 500, "text/plain; charset=utf-8", STR("Internal error\n"));
		return;
	}
	http_answer(x, status, page_answer.content_type, page_answer.body);
	for (size_t i = 0; i < page_answer.n_headers; i++)
		http_header_add(x, page_answer.headers[i].name, page_answer.headers[i].value);
}

enum web_lang page_language(struct http_exchange *x, struct str ui_locales)
{
	enum web_lang lang;

	if (web_lang_parse(http_cookie(x, WEB_LANG_COOKIE), &lang) == RC_OK)
		return lang;
	return web_lang_choose(ui_locales, STR_NONE, STR_NONE);
}

void page_set_language(struct http_exchange *x, enum web_lang lang)
{
	http_set_cookie(x, WEB_LANG_COOKIE, str_c(web_lang_tag(lang)), LANG_COOKIE_SECONDS);
}

void page_adopt_language(struct http_exchange *x, struct str chosen)
{
	enum web_lang lang;

	if (web_lang_parse(http_cookie(x, WEB_LANG_COOKIE), &lang) != RC_OK &&
		web_lang_parse(chosen, &lang) == RC_OK)
		page_set_language(x, lang);
}

/* Where the language switch of a page comes back to when its caller does not say: what was sent by
 * a form or in a query is not sent again. */
static struct str page_again(const struct http_exchange *x)
{
	return x->request.method == HTTP_GET && x->request.path.n && !x->request.query.n
		       ? x->request.path
		       : STR("/");
}

void page_send(struct op *op, int status, const struct page_type *page, const void *model,
	const struct page_options *options)
{
	struct web_view view = {.request_id = op->x->request.id, .hidden_tabs = op->hidden_tabs};

	if (options) {
		view.self = options->self;
		view.user_name = options->user_name;
		view.sign_out_csrf = options->sign_out_csrf;
		view.session_left = options->session_left;
		view.login_left = options->login_left;
		view.start_url = options->start_url;
		view.home_url = options->home_url;
		view.back_portal = options->back_portal;
		view.back_url = options->back_url;
		view.frame_origins = options->frame_origins;
		view.leave = options->leave;
	}
	if (!view.self.n)
		view.self = page_again(op->x);
	view.lang = page_language(op->x, options ? options->ui_locales : STR_NONE);
	page_respond(op->x, op->tx.app, op->tx.a, status, page, model, &view);
}

/* Is this the answer to a form of ours, or may be reached from one by a redirect? */
static bool after_own_form(const struct op *op)
{
	const struct route *r = op_route(op);

	return op->x->request.method == HTTP_POST ? !r->foreign_forms : r->after_forms;
}

void page_leave(struct op *op, struct str url, struct str site, struct str ui_locales)
{
	const struct web_leave model = {.site = site, .url = url};
	const struct page_options options = {.ui_locales = ui_locales, .leave = url};

	if (!after_own_form(op)) {
		http_redirect(op->x, url);
		return;
	}
	page_send(op, 200, &web_page_leave, &model, &options);
}

static void post_again(struct op *op)
{
	struct web_post_again model = {.action = op->x->request.path};
	struct web_hidden *fields = arena_array(op->tx.a, op->form.n, struct web_hidden);
	struct buf action;

	for (size_t i = 0; i < op->form.n; i++)
		fields[i] = (struct web_hidden){op->form.v[i].name, op->form.v[i].value};
	model.fields.v = fields;
	model.fields.n = op->form.n;
	buf_init(&action, op->tx.a, URI_MAX);
	buf_add(&action, op->x->request.path);
	buf_add_c(&action, "?" AGAIN);
	model.action = buf_str(&action);
	page_send(op, 200, &web_page_post_again, &model, NULL);
}

bool page_come_again(struct op *op, const char *session_cookie)
{
	struct buf url;

	if (op->x->request.method != HTTP_POST || str_eq_c(op->x->request.query, AGAIN) ||
		http_cookie(op->x, session_cookie).n)
		return false;
	buf_init(&url, op->tx.a, HTTP_TARGET_MAX);
	buf_add(&url, op->x->request.path);
	buf_add_byte(&url, '?');
	for (size_t i = 0; i < op->form.n; i++)
		form_add(&url, op->form.v[i].name, op->form.v[i].value);
	if (buf_status(&url) == RC_OK)
		http_redirect(op->x, buf_str(&url));
	else
		post_again(op);
	return true;
}

void page_problem(struct op *op, int status, enum web_problem_kind kind, struct str retry_url,
	struct str home_url)
{
	page_problem_at(op, status, kind, retry_url, STR_NONE, home_url);
}

void page_problem_at(struct op *op, int status, enum web_problem_kind kind, struct str retry_url,
	struct str portal, struct str home_url)
{
	struct web_problem model = {
		.kind = kind, .retry_url = retry_url, .portal = portal, .home_url = home_url};

	op_refuse(op);
	page_send(op, status, &web_page_problem, &model, NULL);
	if (status == 503)
		page_retry_after(op, 2);
}

static struct str same_request(struct http_exchange *x)
{
	struct buf url;

	buf_init(&url, x->arena, HTTP_TARGET_MAX + 1);
	buf_add(&url, x->request.path);
	if (x->request.query.n) {
		buf_add_byte(&url, '?');
		buf_add(&url, x->request.query);
	}
	return buf_str(&url);
}

void page_too_many(
	struct op *op, int64_t wait, struct str retry_url, struct str portal, struct str home_url)
{
	struct web_problem model = {
		.kind = WEB_PROBLEM_TOO_MANY,
		.wait = wait > 0 ? wait : 1,
		.retry_url = retry_url,
		.portal = portal,
		.home_url = home_url,
	};

	op_refuse(op);
	if (!retry_url.n && op->x->request.method == HTTP_GET)
		model.retry_url = same_request(op->x);
	page_send(op, 429, &web_page_problem, &model, NULL);
	page_retry_after(op, model.wait);
}

static void add_seconds(struct op *op, const char *header, int64_t seconds, struct str url)
{
	struct buf value;

	buf_init(&value, op->tx.a, HTTP_TARGET_MAX + 64);
	buf_add_i64(&value, seconds);
	if (url.n) {
		buf_add_c(&value, "; url=");
		buf_add(&value, url);
	}
	http_header_add(op->x, header, buf_str(&value));
}

void page_retry_after(struct op *op, int64_t seconds)
{
	add_seconds(op, "Retry-After", seconds, STR_NONE);
}

void page_go_on(struct op *op, int64_t seconds, struct str url)
{
	add_seconds(op, "Refresh", seconds, url);
}

void page_wait(struct op *op, int status, enum web_problem_kind kind, struct str retry_url,
	struct str home_url, int64_t seconds, bool come_again)
{
	struct web_problem model = {
		.kind = kind, .retry_url = retry_url, .home_url = home_url, .wait = seconds};

	op_refuse(op);
	page_send(op, status, &web_page_problem, &model, NULL);
	page_retry_after(op, seconds);
	if (come_again)
		page_go_on(op, seconds, retry_url);
}

void page_problem_status(struct op *op, int status)
{
	page_problem(op, status, web_problem_of_status(status), STR_NONE, STR("/"));
}

void page_server_error(struct http_exchange *x, int status)
{
	const struct app *p = x->app;
	struct web_problem model = {.kind = web_problem_of_status(status), .home_url = STR("/")};
	struct web_view view = {
		.request_id = x->request.id,
		.lang = page_language(x, STR_NONE),
		.self = page_again(x),
	};
	bool cookies = status == 431 &&
		       (x->request.no_room_for_cookies || x->request.cookie.n > HTTP_COOKIES_MAX);

	/* Nothing else is answered at this Host: the way leads to the right one. */
	if (model.kind == WEB_PROBLEM_OTHER_HOST) {
		model.home_url = model.address = p->settings->issuer;
		view.self = STR_NONE;
	}
	if (cookies) {
		model.kind = WEB_PROBLEM_COOKIES;
		model.retry_url = STR("/");
		model.home_url = STR_NONE;
	}
	page_respond(x, p, x->arena, status, &web_page_problem, &model, &view);
	/* The person cannot get past it otherwise: each page of ours is sent the same cookies
	 * (decision 0037). */
	if (cookies)
		http_header_add(x, "Clear-Site-Data", STR("\"cookies\""));
}

void language_run(struct op *op)
{
	struct str back = STR("/");
	enum web_lang lang;
	const char *why;

	if (op_form(op, &why) == RC_OK) {
		back = web_return_path(op_param(op, "return"));
		if (web_lang_parse(op_param(op, "lang"), &lang) == RC_OK)
			page_set_language(op->x, lang);
	}
	http_redirect(op->x, back);
}
