/* SPDX-License-Identifier: AGPL-3.0-or-later */

/*
 * The template compiler: any text compiles or is refused with a message; what compiles renders
 * within its buffer, and a hostile value stays a value.
 */
#include "base/arena.h"
#include "web/template.h"

#define OUT_BYTES   65536u
#define INPUT_BYTES 4096u

struct fuzz_item {
	struct str name;
};

struct fuzz_model {
	struct str text, url, label;
	bool flag;
	int64_t number;
	int word;
	struct {
		const struct fuzz_item *v;
		size_t n;
	} items;
};

#define ROW(member, kind)                                                                          \
	{                                                                                          \
		.name = #member, .type = (kind), .offset = offsetof(struct fuzz_model, member)     \
	}

static const char *const words[] = {"one", "two", NULL};

static const struct tmpl_field item_fields[] = {
	{.name = "name", .type = TMPL_TEXT, .offset = offsetof(struct fuzz_item, name)},
	{.type = TMPL_END},
};

static const struct tmpl_field fields[] = {
	ROW(text, TMPL_TEXT),
	ROW(url, TMPL_URL),
	{.name = "label",
		.type = TMPL_LABEL,
		.offset = offsetof(struct fuzz_model, label),
		.prefix = "p"},
	ROW(flag, TMPL_BOOL),
	ROW(number, TMPL_TIME),
	{.name = "word",
		.type = TMPL_WORD,
		.offset = offsetof(struct fuzz_model, word),
		.prefix = "p",
		.words = words},
	{.name = "items",
		.type = TMPL_LIST,
		.offset = offsetof(struct fuzz_model, items.v),
		.n_offset = offsetof(struct fuzz_model, items.n),
		.items = item_fields,
		.size = sizeof(struct fuzz_item)},
	{.type = TMPL_END},
};

static bool message(enum web_lang lang, struct str key, struct str *ret)
{
	*ret = STR("text {a} of {b}");
	return str_starts(key, STR("p.")) || str_eq(key, STR("m"));
}

static bool asset(struct str name, struct str *ret)
{
	*ret = STR("/static/x");
	return name.n == 1;
}

/* The mark inside every value; with its '<' it may not come out. */
#define MARK "\x01<hostile"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct fuzz_item items[] = {{STR_INIT(MARK)}, {STR_INIT("\"" MARK)}};
	static const struct fuzz_model model = {.text = STR_INIT("\"'" MARK),
		.url = STR_INIT("/\"" MARK),
		.label = STR_INIT(MARK),
		.flag = true,
		.number = 1795158420,
		.word = 1,
		.items = {items, 2}};
	struct arena *a;
	const struct tmpl *t;
	struct buf errors, out;
	struct tmpl_source sources[] = {
		{"page", {(const char *)data, size}}, {"part", STR_INIT("<b>{{text}}</b>")}};
	struct tmpl_env env = {.sources = sources,
		.n_sources = 2,
		.lang = WEB_TH,
		.message = message,
		.asset = asset};

	if (size > INPUT_BYTES || memmem(data, size, "<hostile", 8))
		return 0;
	a = arena_new(ARENA_MAX);
	buf_init(&errors, a, OUT_BYTES);
	if (tmpl_compile(a, &env, "page", item_fields, fields, &errors, &t)) {
		if (!errors.n)
			abort();
	} else {
		buf_init(&out, a, OUT_BYTES);
		tmpl_render(t, &items[0], &model, &out);
		if (out.n > OUT_BYTES || memmem(out.p, out.n, "<hostile", 8))
			abort();
	}
	arena_free(a);
	return 0;
}
