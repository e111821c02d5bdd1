/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "web/page.h"

#include "base/arena.h"
#include "codec/base64.h"
#include "base/die.h"
#include "codec/uri.h"
#include "web/embedded.h"
#include "web/escape.h"
#include "web/page_tables.h"
#include "web/text.h"

#define NONCE_BYTES    16u
#define REPORT_HALF    4u    /* characters */
#define POLICY_MAX     8192u /* bytes of the Content-Security-Policy header */
#define WEB_PAGE_USUAL 8192u /* bytes; room taken at once */
#define WEB_BYTES      (16u * 1024u * 1024u)

/* A page or text with its templates; type NULL: a free slot. */
struct page_slot {
	const void *type;
	const struct tmpl *in[WEB_LANG_MAX];
};

struct web {
	struct arena *arena;
	struct web_options options;
	struct page_slot *slots; /* open addressing by the type's address */
	size_t mask;
};

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static size_t slot_first(const struct web *web, const void *type)
{
	return (size_t)((uintptr_t)type / sizeof(struct text_type)) & web->mask;
}

/* The slot of a page or text, or the free one where it belongs. */
static struct page_slot *slot_of(const struct web *web, const void *type)
{
	size_t i = slot_first(web, type);

	while (web->slots[i].type && web->slots[i].type != type)
		i = (i + 1) & web->mask;
	return web->slots + i;
}

static bool asset_find(struct str name, struct str *ret)
{
	for (size_t i = 0; i < web_asset_table_n; i++) {
		struct str path = str_c(web_asset_table[i].path);

		if (path.n > name.n && path.p[path.n - name.n - 1] == '/' && str_ends(path, name)) {
			*ret = path;
			return true;
		}
	}
	return false;
}

const struct web_asset *web_assets(size_t *ret_n)
{
	*ret_n = web_asset_table_n;
	return web_asset_table;
}

static struct web_options options_copy(struct arena *a, const struct web_options *from)
{
	struct web_options to = *from;

	for (int lang = 0; lang < WEB_LANG_MAX; lang++) {
		to.organisation[lang] = str_dup(a, from->organisation[lang]);
		to.support_name[lang] = str_dup(a, from->support_name[lang]);
		to.support_hours[lang] = str_dup(a, from->support_hours[lang]);
	}
	to.support_phone = str_dup(a, from->support_phone);
	to.support_email = str_dup(a, from->support_email);
	to.privacy_url = str_dup(a, from->privacy_url);
	to.issuer = str_dup(a, from->issuer);
	return to;
}

/* False: errors says why. */
static bool compile_one(struct web *web, const struct tmpl_env *env, const void *type,
	const char *source, const struct tmpl_field *fields, struct buf *errors)
{
	struct page_slot *slot = slot_of(web, type);

	slot->type = type;
	return tmpl_compile(web->arena, env, source, web_layout_fields, fields, errors,
		       &slot->in[env->lang]) == RC_OK;
}

static enum rc compile_language(struct web *web, enum web_lang lang, struct buf *errors)
{
	struct tmpl_env env = {.sources = web_sources,
		.n_sources = web_sources_n,
		.lang = lang,
		.message = web_page_message_find,
		.asset = asset_find};
	bool good = true;

	for (size_t i = 0; i < web->options.n_pages; i++) {
		const struct page_type *page = web->options.pages[i];

		good &= compile_one(web, &env, page, page->source, page->fields, errors);
	}
	env.message = web_message_find;
	for (size_t i = 0; i < web->options.n_texts; i++) {
		const struct text_type *text = web->options.texts[i];

		good &= compile_one(web, &env, text, text->source, text->fields, errors);
	}
	return good ? RC_OK : RC_INVALID;
}

enum rc web_new(const struct web_options *options, struct buf *errors, struct web **ret)
{
	size_t size = 64;
	struct arena *a;
	struct web *web;
	enum rc rc = RC_OK;

	if (options->n_pages + options->n_texts > WEB_PAGES_MAX)
		return RC_LIMITED;
	a = arena_new(WEB_BYTES);
	web = arena_new_of(a, struct web);
	web->arena = a;
	web->options = options_copy(a, options);
	while (size < 4 * (options->n_pages + options->n_texts))
		size *= 2;
	web->mask = size - 1;
	web->slots = arena_array(a, size, struct page_slot);
	for (int lang = 0; lang < WEB_LANG_MAX; lang++) {
		if (compile_language(web, (enum web_lang)lang, errors))
			rc = RC_INVALID;
	}
	if (rc) {
		web_free(web);
		return rc;
	}
	*ret = web;
	return RC_OK;
}

void web_free(struct web *web)
{
	if (web)
		arena_free(web->arena);
}

struct str web_organisation(const struct web *web, enum web_lang lang)
{
	const struct str *names = web->options.organisation;

	return names[lang].n ? names[lang] : names[WEB_TH];
}

struct str web_return_path(struct str path)
{
	if (!path.n || path.p[0] != '/' || !url_is_safe(path))
		return STR("/");
	for (size_t i = 0; i < path.n; i++) {
		if ((unsigned char)path.p[i] >= 0x80)
			return STR("/");
	}
	return path;
}

/* An origin must be exactly that: nothing in it may end the source or the directive (CSP 3, 2.3.1).
 */
static enum rc sources_add(struct buf *policy, struct strlist origins)
{
	struct uri uri;

	if (origins.n > WEB_ORIGINS_MAX)
		return RC_LIMITED;
	for (size_t i = 0; i < origins.n; i++) {
		if (uri_parse(origins.v[i], &uri) || !str_eq(uri_origin(&uri), origins.v[i]))
			return RC_INVALID;
		if (!str_eq(uri.scheme, STR("https")) && !str_eq(uri.scheme, STR("http")))
			return RC_INVALID;
		buf_add_byte(policy, ' ');
		buf_add(policy, origins.v[i]);
	}
	return RC_OK;
}

static enum rc policy_make(struct buf *out, const struct page_type *page, struct str nonce,
	const struct web_view *view)
{
	enum rc rc = RC_OK;

	buf_add_c(out, "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
		       "style-src 'self'; img-src 'self' data:; script-src 'nonce-");
	buf_add(out, nonce);
	buf_add_c(out, "'");
	if (!page->posts_away)
		buf_add_c(out, "; form-action 'self'");
	if (page->polls || view->session_left)
		buf_add_c(out, "; connect-src 'self'");
	if (view->frame_origins.n) {
		buf_add_c(out, "; frame-src");
		rc = sources_add(out, view->frame_origins);
	}
	return rc ? rc : buf_status(out);
}

static void header_add(struct web_answer *answer, const char *name, struct str value)
{
	answer->headers[answer->n_headers++] = (struct web_header){name, value};
}

static void headers_make(struct web_answer *answer, const struct page_type *page, struct str policy,
	const struct web_view *view)
{
	header_add(answer, "Content-Security-Policy", policy);
	/* "no-referrer" would also blank the Origin of our own forms (Fetch 3.1), which they check.
	 */
	header_add(
		answer, "Referrer-Policy", str_c(page->referrer ? page->referrer : "same-origin"));
	header_add(answer, "X-Frame-Options", STR("DENY"));
	/* Else none, not even "same-origin-allow-popups": that too would end a portal's pop-up. */
	if (view->own_window)
		header_add(answer, "Cross-Origin-Opener-Policy", STR("same-origin"));
	header_add(answer, "Permissions-Policy",
		STR("camera=(), geolocation=(), microphone=(), payment=(), usb=()"));
	header_add(answer, "Cache-Control", STR("no-store"));
	header_add(answer, "Content-Language", str_c(web_lang_tag(view->lang)));
}

/* The account pages that this person is shown, this one marked; none on other pages. */
static void add_tabs(struct arena *a, const struct web_options *o, const struct page_type *page,
	struct strlist hidden, struct web_layout *layout)
{
	struct web_tab *tabs;
	size_t n = 0;

	if (!page->tab)
		return;
	tabs = arena_array(a, o->n_tabs, struct web_tab);
	for (size_t i = 0; i < o->n_tabs; i++) {
		if (strlist_has(hidden, o->tabs[i].name))
			continue;
		tabs[n] = o->tabs[i];
		tabs[n].current = str_eq_c(tabs[n].name, page->tab);
		n++;
	}
	layout->tabs.v = tabs;
	layout->tabs.n = n;
}

/* What the model's notice says: page_type.failures. */
static void add_failure(const struct page_type *page, const void *model, struct web_layout *layout)
{
	for (const struct tmpl_field *f = page->fields; f->type != TMPL_END; f++) {
		int word;

		if (f->type != TMPL_WORD || strcmp(f->name, "notice") != 0)
			continue;
		memcpy(&word, (const char *)model + f->offset, sizeof(word));
		layout->failed = page->failures & WEB_NOTICE(word);
		layout->wrong_input = page->wrong_input & WEB_NOTICE(word);
	}
}

/* What can be read out on the telephone: the ends of the request id, which differ from server to
 * server and from request to request. The alphabet has neither 0, 1 nor 8 (http/server). */
static struct str report_code(struct arena *a, struct str request_id)
{
	char *code = arena_alloc(a, 2 * REPORT_HALF + 1);

	if (request_id.n < 2 * REPORT_HALF)
		return request_id;
	for (size_t i = 0; i < REPORT_HALF; i++) {
		code[i] = upper(request_id.p[i]);
		code[REPORT_HALF + 1 + i] = upper(request_id.p[request_id.n - REPORT_HALF + i]);
	}
	code[REPORT_HALF] = '-';
	return (struct str){code, 2 * REPORT_HALF + 1};
}

/* "login.html" is the page "login". */
static struct str page_name(const struct page_type *page)
{
	struct str source = str_c(page->source);

	return str_sub(source, 0, str_find(source, '.'));
}

/* What pages and texts have in common. */
static struct web_layout layout_of(const struct web *web, enum web_lang lang)
{
	const struct web_options *o = &web->options;
	enum web_lang other = lang == WEB_TH ? WEB_EN : WEB_TH;

	return (struct web_layout){
		.lang = str_c(web_lang_tag(lang)),
		.other_lang = str_c(web_lang_tag(other)),
		.organisation = o->organisation[lang],
		.support_name = o->support_name[lang],
		.support_phone = o->support_phone,
		.support_email = o->support_email,
		.support_hours = o->support_hours[lang],
		.privacy_url = o->privacy_url,
		.issuer = o->issuer,
		.sandbox = o->sandbox,
	};
}

static struct web_layout layout_make(const struct web *web, const struct page_type *page,
	const struct web_view *view, struct str nonce)
{
	struct web_layout layout = layout_of(web, view->lang);

	layout.page = page_name(page);
	layout.nonce = nonce;
	layout.self = view->self;
	layout.request_id = view->request_id;
	layout.user_name = view->user_name;
	layout.sign_out_csrf = view->sign_out_csrf;
	layout.session_left = view->session_left;
	layout.login_left = view->login_left;
	layout.start_url = view->start_url;
	layout.home_url = view->home_url;
	layout.back_portal = view->back_portal;
	layout.back_url = view->back_url;
	layout.leave = view->leave;
	return layout;
}

enum rc web_render(const struct web *web, struct arena *a, const struct page_type *page,
	const void *model, const struct web_view *view, struct web_answer *ret)
{
	const struct page_slot *slot = slot_of(web, page);
	struct str nonce = random_base64url(a, web->options.rng, NONCE_BYTES);
	struct web_layout layout = layout_make(web, page, view, nonce);
	struct buf policy, body;
	enum rc rc;

	if (!slot->type)
		die("a page that no module names");
	add_tabs(a, &web->options, page, view->hidden_tabs, &layout);
	add_failure(page, model, &layout);
	layout.report_code = report_code(a, view->request_id);
	buf_init(&policy, a, POLICY_MAX);
	rc = policy_make(&policy, page, nonce, view);
	if (rc)
		return rc;
	buf_init(&body, a, WEB_PAGE_MAX);
	(void)buf_reserve(&body, WEB_PAGE_USUAL);
	tmpl_render(slot->in[view->lang], &layout, page->prepare ? page->prepare(a, model) : model,
		&body);
	if (buf_status(&body))
		return RC_LIMITED;
	*ret = (struct web_answer){
		.content_type = "text/html; charset=utf-8", .body = buf_str(&body)};
	headers_make(ret, page, buf_str(&policy), view);
	return RC_OK;
}

/* Without the line feeds at both ends. */
static struct str without_empty_lines(struct str text)
{
	while (text.n && text.p[0] == '\n')
		text = str_sub(text, 1, text.n);
	while (text.n && text.p[text.n - 1] == '\n')
		text.n--;
	return text;
}

enum rc web_text_render(const struct web *web, struct arena *a, const struct text_type *type,
	enum web_lang lang, const void *model, struct str *ret)
{
	const struct page_slot *slot = slot_of(web, type);
	struct web_layout layout = layout_of(web, lang);
	struct buf out;

	if (!slot->type)
		die("a text that no module names");
	buf_init(&out, a, WEB_TEXT_MAX);
	tmpl_render(slot->in[lang], &layout, model, &out);
	*ret = without_empty_lines(buf_str(&out));
	return buf_status(&out) ? RC_LIMITED : RC_OK;
}

enum rc web_mail_render(const struct web *web, struct arena *a, const struct text_type *type,
	enum web_lang lang, const void *model, struct web_mail *ret)
{
	struct str rest;
	enum rc rc = web_text_render(web, a, type, lang, model, &rest);

	if (rc != RC_OK)
		return rc;
	(void)str_cut(&rest, '\n', &ret->subject);
	ret->text = without_empty_lines(rest);
	return RC_OK;
}
