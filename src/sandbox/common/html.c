/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "sandbox/common/html.h"

#include "base/die.h"
#include "sandbox/common/assets.h"

static struct str policy(struct http_exchange *x, struct strlist forms)
{
	struct buf b;

	buf_init(&b, x->arena, 4096);
	buf_add_c(&b, "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
		      "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
		      "form-action 'self'");
	for (size_t i = 0; i < forms.n; i++) {
		buf_add_byte(&b, ' ');
		buf_add(&b, forms.v[i]);
	}
	return buf_str(&b);
}

static void add_refresh(struct buf *b, const struct html_page *page)
{
	struct buf *out = b;

	if (page->refresh.n == 0)
		return;
	buf_add_c(out, "<noscript><meta http-equiv=\"refresh\" content=\"");
	buf_add_i64(out, page->refresh_seconds);
	HTML(out, ";url={}\"></noscript>", page->refresh);
}

void html_answer(struct http_exchange *x, int status, const struct html_page *page)
{
	struct buf b;

	buf_init(&b, x->arena, HTML_PAGE_MAX);
	buf_add_c(&b, "<!DOCTYPE html>\n<html lang=\"th\"><head><meta charset=\"utf-8\">"
		      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
		      "<meta name=\"robots\" content=\"noindex\">"
		      "<link rel=\"stylesheet\" href=\"/static/sandbox.css\">");
	HTML(&b, "<title>{}</title>", page->title);
	add_refresh(&b, page);
	if (page->script != NULL)
		HTML(&b, "<script src=\"{}\" defer></script>", str_c(page->script));
	HTML(&b, "</head><body class=\"{}\">", str_c(page->look));
	buf_add(&b, page->body);
	buf_add_c(&b, "</body></html>\n");
	if (buf_status(&b) != RC_OK)
		die("sandbox: a page is over its maximum");
	http_answer(x, status, "text/html; charset=utf-8", buf_str(&b));
	http_header_add(x, "Content-Security-Policy", policy(x, page->forms));
	http_header_add(x, "Referrer-Policy", STR("same-origin"));
}

void html_static(struct http_exchange *x)
{
	for (size_t i = 0; i < sandbox_asset_count; i++) {
		const struct sandbox_asset *asset = &sandbox_assets[i];

		if (!str_eq_c(x->request.tail, asset->name))
			continue;
		http_answer(x, 200, asset->content_type,
			(struct str){.p = (const char *)asset->bytes, .n = asset->n});
		x->response.body_static = true;
		http_header_add(x, "Cache-Control", STR("max-age=60"));
		return;
	}
	http_answer(x, 404, "text/plain", STR("no such file\n"));
}
