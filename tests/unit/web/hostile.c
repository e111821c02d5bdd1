/* SPDX-License-Identifier: AGPL-3.0-or-later */

/*
 * Writes every page in every language with every text and address of its model replaced by a
 * hostile value, words in every position; hostile.py parses them. A document is preceded by a line
 * "page language variant value bytes".
 */
#include "base/arena.h"
#include "samples.h"
#include "web/embedded.h"
#include "web/page_tables.h"

#define MODEL_BYTES 4096u
#define LIST_ITEMS  2u
#define VARIANTS    11u /* at least as many as the longest list of words has */

/* The first two are harmless: every other must give the same elements as one of them. */
static const struct str values[] = {
	STR_INIT("x"),
	STR_INIT("/x"),
	STR_INIT("\"><script>alert(1)</script>"),
	STR_INIT("' onmouseover='alert(1)"),
	STR_INIT("\" onfocus=\"alert(1)\" autofocus=\""),
	STR_INIT("javascript:alert(1)"),
	STR_INIT("JaVaScRiPt:alert(1)"),
	STR_INIT("data:text/html,<script>alert(1)</script>"),
	STR_INIT("//evil.example/"),
	STR_INIT("/\\evil.example/"),
	STR_INIT("https://x.example/\"><b>"),
	STR_INIT("/x\" onclick=\"alert(1)"),
	STR_INIT("</title><script>alert(1)</script>"),
	STR_INIT("<!--"),
	STR_INIT("]]><![CDATA["),
	STR_INIT("&quot;&gt;&lt;b&#62;"),
	STR_INIT("{{t:login.title}}{name}"),
	STR_INIT("\xff\xfe<b>\xc0\xbc"),
	STR_INIT("a\0<b>"),
	STR_INIT("\xe2\x80\xae<b>"),
	STR_INIT("?a=b&c=\"<d>"),
	STR_INIT("x@y.example?bcc=z&body=<b>"),
};

static size_t count_words(const struct tmpl_field *f)
{
	size_t n = 0;

	while (f->words[n])
		n++;
	return n;
}

static void model_fill(struct arena *a, char *base, const struct tmpl_field *fields,
	struct str value, size_t variant);

static void fill_list(
	struct arena *a, char *base, const struct tmpl_field *f, struct str value, size_t variant)
{
	char *items = arena_calloc(a, LIST_ITEMS, f->size);

	for (size_t i = 0; i < LIST_ITEMS; i++)
		model_fill(a, items + i * f->size, f->items, value, variant + i);
	*(void **)(void *)(base + f->offset) = items;
	*(size_t *)(void *)(base + f->n_offset) = variant % 3 == 2 ? 0 : LIST_ITEMS;
}

static void model_fill(struct arena *a, char *base, const struct tmpl_field *fields,
	struct str value, size_t variant)
{
	for (const struct tmpl_field *f = fields; f->type != TMPL_END; f++) {
		void *member = base + f->offset;

		switch (f->type) {
		case TMPL_TEXT:
		case TMPL_URL:
		case TMPL_LABEL: *(struct str *)member = value; break;
		case TMPL_BOOL: *(bool *)member = variant % 2; break;
		case TMPL_WORD: *(int *)member = (int)(variant % count_words(f)); break;
		case TMPL_LIST: fill_list(a, base, f, value, variant); break;
		default: *(int64_t *)member = variant % 3 ? 1795158420 : 0; break;
		}
	}
}

static void write_page(const struct web *web, const struct page_type *page, enum web_lang lang,
	size_t variant, size_t v)
{
	__attribute__((cleanup(arena_freep))) struct arena *a = arena_new(ARENA_MAX);
	char *model = arena_zalloc(a, MODEL_BYTES);
	struct web_view view = {
		.lang = lang, .self = values[v], .request_id = values[v], .user_name = values[v]};
	struct web_answer answer;

	model_fill(a, model, page->fields, values[v], variant);
	if (web_render(web, a, page, model, &view, &answer))
		exit(1);
	printf("%s %s %zu %zu %zu\n", page->source, web_lang_tag(lang), variant, v, answer.body.n);
	fwrite(answer.body.p, 1, answer.body.n, stdout);
}

static struct web *web_of(struct str value)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct web_options options = {.organisation = {value, value},
		.support_name = {value, value},
		.support_hours = {value, value},
		.support_phone = value,
		.support_email = value,
		.privacy_url = value,
		.rng = &samples_rng};
	struct web *web = NULL;
	struct buf errors;

	buf_init(&errors, a, WEB_ERRORS_BYTES);
	options = samples_with_pages(&options);
	if (web_new(&options, &errors, &web))
		exit(1);
	arena_free(a);
	return web;
}

int main(void)
{
	const struct web_options all = samples_with_pages(&samples_options);

	for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
		struct web *web = web_of(values[v]);

		for (size_t page = 0; page < all.n_pages; page++) {
			for (size_t i = 0; i < VARIANTS; i++)
				write_page(web, all.pages[page], (enum web_lang)(i % WEB_LANG_MAX),
					i, v);
		}
		web_free(web);
	}
	return 0;
}
