/* SPDX-License-Identifier: AGPL-3.0-or-later */

/*
 * Every page in every language, byte for byte: tests/golden/pages/<sample>.<language>.html.
 * PRATU_GOLDEN_UPDATE=1 writes the files anew; look at the difference before committing it.
 * With two arguments, "--preview DIR", it writes pages and static files as a browser wants them.
 */
#include "samples.h"

#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>

#include <cmocka.h>

#define PATH_BYTES 512u
#define FILE_MAX   (1024u * 1024u)

static const char *golden_dir;

/* All pages, compiled once: with the names of an installation, and without any. */
static struct web *webs[2];

static struct web *web_of(bool nobody)
{
	static const struct web_options empty = {.rng = &samples_rng};
	const struct web_options options = samples_with_pages(nobody ? &empty : &samples_options);
	struct web **web = &webs[nobody];
	struct arena *a;
	struct buf errors;

	if (*web)
		return *web;
	a = arena_new(ARENA_MAX);
	buf_init(&errors, a, WEB_ERRORS_BYTES);
	if (web_new(&options, &errors, web))
		fail_msg("%.*s", STR_FMT(buf_str(&errors)));
	arena_free(a);
	return *web;
}

static struct str render(struct arena *a, const struct page_sample *s, enum web_lang lang)
{
	struct web *web = web_of(s->nobody);
	struct web_view view = sample_view(s, lang);
	struct web_answer answer;

	assert_int_equal(web_render(web, a, s->page, s->model[lang], &view, &answer), RC_OK);
	return answer.body;
}

/* The hash in the address of a static file changes with the framework's version: left out. */
static struct str without_hashes(struct arena *a, struct str page)
{
	static const struct str mark = STR_INIT("/static/");
	struct buf out;

	buf_init(&out, a, page.n + 1);
	for (size_t at = 0; at < page.n; at++) {
		buf_add_byte(&out, (unsigned char)page.p[at]);
		if (str_ends(buf_str(&out), mark)) {
			buf_add_byte(&out, '-');
			while (at + 1 < page.n && page.p[at + 1] != '/')
				at++;
		}
	}
	return buf_str(&out);
}

static void write_file(const char *path, struct str bytes)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes.p, 1, bytes.n, f), bytes.n);
	assert_int_equal(fclose(f), 0);
}

static struct str golden_read(struct arena *a, const char *path)
{
	char *bytes = arena_alloc(a, FILE_MAX);
	FILE *f = fopen(path, "rb");
	size_t n;

	if (!f)
		fail_msg("%s is missing: run with PRATU_GOLDEN_UPDATE=1 and look at it", path);
	n = fread(bytes, 1, FILE_MAX, f);
	fclose(f);
	return (struct str){bytes, n};
}

static void compare(const char *path, struct str made, struct str golden)
{
	size_t at = 0, line = 1;

	if (str_eq(made, golden))
		return;
	while (at < made.n && at < golden.n && made.p[at] == golden.p[at])
		line += made.p[at++] == '\n';
	fail_msg("%s:%zu differs: now \"%.*s\"", path, line, STR_FMT(str_sub(made, at, 60)));
}

static void check_sample(void **state)
{
	const struct page_sample *s = *state;
	char path[PATH_BYTES];

	for (int lang = 0; lang < WEB_LANG_MAX; lang++) {
		struct arena *a = arena_new(ARENA_MAX);
		struct str page = without_hashes(a, render(a, s, (enum web_lang)lang));

		snprintf(path, sizeof(path), "%s/%s.%s.html", golden_dir, s->name,
			web_lang_tag((enum web_lang)lang));
		if (getenv("PRATU_GOLDEN_UPDATE"))
			write_file(path, page);
		compare(path, page, golden_read(a, path));
		arena_free(a);
	}
}

static bool holds(struct str page, const char *part)
{
	return memmem(page.p, page.n, part, strlen(part)) != NULL;
}

/* A page with the tabs of the account pages is one of them: its row names its tab. */
static void pages_with_tabs_are_one_of_them(void **state)
{
	size_t seen = 0;

	for (size_t i = 0; sample_at(i); i++) {
		struct arena *a = arena_new(ARENA_MAX);
		struct str page = render(a, sample_at(i), WEB_TH);

		if (holds(page, "data-part=\"tabs\"")) {
			seen++;
			if (!holds(page, "aria-current=\"page\""))
				fail_msg("%s has no tab of its own", sample_at(i)->name);
		}
		arena_free(a);
	}
	assert_true(seen > 0);
}

static void preview_assets(const char *dir)
{
	char path[PATH_BYTES];
	const struct web_asset *assets;
	size_t n;

	assets = web_assets(&n);
	snprintf(path, sizeof(path), "%s/static", dir);
	mkdir(path, 0777);
	for (size_t i = 0; i < n; i++) {
		struct str file = str_c(assets[i].path);
		size_t slash = file.n;

		while (file.p[slash - 1] != '/')
			slash--;
		snprintf(path, sizeof(path), "%s%.*s", dir, (int)slash - 1, file.p);
		mkdir(path, 0777);
		snprintf(path, sizeof(path), "%s%s", dir, assets[i].path);
		write_file(path, assets[i].body);
	}
}

static int preview(const char *dir)
{
	char path[PATH_BYTES];

	preview_assets(dir);
	for (size_t i = 0; sample_at(i); i++) {
		for (int lang = 0; lang < WEB_LANG_MAX; lang++) {
			struct arena *a = arena_new(ARENA_MAX);

			snprintf(path, sizeof(path), "%s/%s.%s.html", dir, sample_at(i)->name,
				web_lang_tag((enum web_lang)lang));
			write_file(path, render(a, sample_at(i), (enum web_lang)lang));
			arena_free(a);
		}
	}
	return 0;
}

/* No page is left without a sample. */
static void test_every_page(void **state)
{
	const struct web_options options = samples_with_pages(&samples_options);

	for (size_t page = 0; page < options.n_pages; page++) {
		bool seen = false;

		for (size_t i = 0; sample_at(i); i++)
			seen |= sample_at(i)->page == options.pages[page];
		if (!seen)
			fail_msg("%s has no sample", options.pages[page]->source);
	}
}

int main(int argc, char **argv)
{
	struct CMUnitTest tests[128] = {cmocka_unit_test(test_every_page),
		cmocka_unit_test(pages_with_tabs_are_one_of_them)};
	size_t n = 2;
	int failed;

	if (argc == 3 && !strcmp(argv[1], "--preview"))
		return preview(argv[2]);
	golden_dir = argv[1];
	for (size_t i = 0; sample_at(i); i++, n++)
		tests[n] = (struct CMUnitTest){.name = sample_at(i)->name,
			.test_func = check_sample,
			.initial_state = (void *)sample_at(i)};
	failed = _cmocka_run_group_tests("golden pages", tests, n, NULL, NULL);
	web_free(webs[false]);
	web_free(webs[true]);
	return failed;
}
