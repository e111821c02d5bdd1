/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "check.h"

#include "web/template.h"

struct list_item {
	struct str name;
	bool last;
	struct {
		const struct list_item *v;
		size_t n;
	} below;
};

enum color { COLOR_NONE, COLOR_RED, COLOR_BLUE };

struct template_model {
	struct str text, empty, url, label;
	bool yes, no;
	int64_t number, day, never;
	enum color color;
	struct {
		const struct list_item *v;
		size_t n;
	} items, nothing;
};

struct frame {
	struct str title;
};

static const char *const color_words[] = {"none", "red", "blue", NULL};

static const struct tmpl_field leaf_fields[] = {
	{.name = "name", .type = TMPL_TEXT, .offset = offsetof(struct list_item, name)},
	{.type = TMPL_END},
};

static const struct tmpl_field item_fields[] = {
	{.name = "name", .type = TMPL_TEXT, .offset = offsetof(struct list_item, name)},
	{.name = "last", .type = TMPL_BOOL, .offset = offsetof(struct list_item, last)},
	{.name = "below",
		.type = TMPL_LIST,
		.offset = offsetof(struct list_item, below.v),
		.n_offset = offsetof(struct list_item, below.n),
		.size = sizeof(struct list_item),
		.items = leaf_fields},
	{.type = TMPL_END},
};

#define ROW(member, kind)                                                                          \
	{                                                                                          \
		.name = #member, .type = (kind), .offset = offsetof(struct template_model, member) \
	}
#define LIST(member)                                                                               \
	{                                                                                          \
		.name = #member, .type = TMPL_LIST,                                                \
		.offset = offsetof(struct template_model, member.v),                               \
		.n_offset = offsetof(struct template_model, member.n),                             \
		.size = sizeof(struct list_item), .items = item_fields                             \
	}

static const struct tmpl_field model_fields[] = {
	ROW(text, TMPL_TEXT),
	ROW(empty, TMPL_TEXT),
	ROW(url, TMPL_URL),
	{.name = "label",
		.type = TMPL_LABEL,
		.offset = offsetof(struct template_model, label),
		.prefix = "kind"},
	ROW(yes, TMPL_BOOL),
	ROW(no, TMPL_BOOL),
	ROW(number, TMPL_I64),
	ROW(day, TMPL_DATE),
	ROW(never, TMPL_TIME),
	{.name = "wait", .type = TMPL_DURATION, .offset = offsetof(struct template_model, number)},
	{.name = "color",
		.type = TMPL_WORD,
		.offset = offsetof(struct template_model, color),
		.prefix = "color",
		.words = color_words},
	LIST(items),
	LIST(nothing),
	{.type = TMPL_END},
};

static const struct tmpl_field frame_fields[] = {
	{.name = "title", .type = TMPL_TEXT, .offset = offsetof(struct frame, title)},
	{.type = TMPL_END},
};

static const struct list_item below[] = {{.name = STR_INIT("x")}, {.name = STR_INIT("y")}};
static const struct list_item items[] = {
	{.name = STR_INIT("a&b"), .below = {below, 2}},
	{.name = STR_INIT("c"), .last = true},
};

#define HOSTILE "\"'><script>alert(1)</script>"
#define ESCAPED "&quot;&#39;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"
#define ENCODED "%22%27%3E%3Cscript%3Ealert%281%29%3C%2Fscript%3E"

static const struct template_model model = {
	.text = STR_INIT(HOSTILE),
	.url = STR_INIT("https://a.example/?x=1&y='"),
	.label = STR_INIT("plain"),
	.yes = true,
	.number = -42,
	.day = 1795158420,
	.color = COLOR_RED,
	.items = {items, 2},
};
static const struct frame frame = {.title = STR_INIT("T<>")};

static bool message(enum web_lang lang, struct str key, struct str *ret)
{
	static const struct {
		const char *key;
		struct str text;
	} texts[] = {
		{"plain", STR_INIT("a < b & \"c\"")},
		{"hello", STR_INIT("Hello {name}, {name} and {other}!")},
		{"broken", STR_INIT("Hello {name")},
		{"color.none", STR_INIT("colourless")},
		{"color.red", STR_INIT("red & hot")},
		{"color.blue", STR_INIT("blue")},
		{"color.none.of", STR_INIT("none")},
		{"color.red.of", STR_INIT("red of {who}")},
		{"color.blue.of", STR_INIT("blue of {who}")},
		{"color.red.half", STR_INIT("only red")},
		{"kind.plain", STR_INIT("in words <")},
		{"kind.plain.more", STR_INIT("more of it")},
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		if (str_eq_c(key, texts[i].key)) {
			*ret = texts[i].text;
			return true;
		}
	}
	return false;
}

static bool asset(struct str name, struct str *ret)
{
	*ret = STR("/static/1/a.css");
	return str_eq(name, STR("a.css"));
}

static enum rc compile_named(struct arena *a, const char *name, const char *text,
	struct buf *errors, const struct tmpl **ret)
{
	struct tmpl_source sources[] = {
		{name, str_c(text)},
		{"line.txt", STR_INIT("<{{text}}>\n")},
		{"good.css", STR_INIT("p > b { color: red }\n")},
		{"bad.css", STR_INIT("p { }</style><b>\n")},
		{"part", STR_INIT("[{{text}}]")},
		{"loop", STR_INIT("{{>loop}}")},
		{"open", STR_INIT("{{?yes}}")},
	};
	struct tmpl_env env = {.sources = sources,
		.n_sources = COUNT(sources),
		.lang = WEB_EN,
		.message = message,
		.asset = asset};

	buf_init(errors, a, 4096);
	return tmpl_compile(a, &env, name, frame_fields, model_fields, errors, ret);
}

static enum rc compile(
	struct arena *a, const char *text, struct buf *errors, const struct tmpl **ret)
{
	return compile_named(a, "page", text, errors, ret);
}

struct good {
	const char *text, *out;
};

static const struct good goods[] = {
	{"", ""},
	{"plain", "plain"},
	{"{{text}}", ESCAPED},
	{"<p>{{text}}</p>", "<p>" ESCAPED "</p>"},
	{"<p title=\"{{text}}\"></p>", "<p title=\"" ESCAPED "\"></p>"},
	{"<p title=\"a{{text}}b\"></p>", "<p title=\"a" ESCAPED "b\"></p>"},
	{"<title>{{text}}</title>", "<title>" ESCAPED "</title>"},
	{"<input value=\"{{number}}\">", "<input value=\"-42\">"},
	{"<a href=\"{{url}}\"></a>", "<a href=\"https://a.example/?x=1&amp;y=&#39;\"></a>"},
	{"<a HREF=\"{{url}}\"></a>", "<a HREF=\"https://a.example/?x=1&amp;y=&#39;\"></a>"},
	{"<p>{{url}}</p>", "<p>https://a.example/?x=1&amp;y=&#39;</p>"},
	{"<a href=\"/x?a={{text}}&amp;b={{number}}\"></a>",
		"<a href=\"/x?a=" ENCODED "&amp;b=-42\"></a>"},
	{"<a href=\"mailto:{{text}}\"></a>", "<a href=\"mailto:" ENCODED "\"></a>"},
	{"<a href=\"tel:{{text}}\"></a>", "<a href=\"tel:\"></a>"},
	{"<link href=\"{{asset:a.css}}\">", "<link href=\"/static/1/a.css\">"},
	{"{{@title}}", "T&lt;&gt;"},
	{"a{{! b }}c", "ac"},
	{"{{>part}}", "[" ESCAPED "]"},
	{"{{t:plain}}", "a &lt; b &amp; &quot;c&quot;"},
	{"<p title=\"{{t:plain}}\"></p>", "<p title=\"a &lt; b &amp; &quot;c&quot;\"></p>"},
	{"{{t:hello name=number other=@title}}", "Hello -42, -42 and T&lt;&gt;!"},
	{"{{color}}", "red &amp; hot"},
	{"{{color:of who=number}}", "red of -42"},
	{"{{label}}", "in words &lt;"},
	{"{{label:more}}", "more of it"},
	{"{{label:less}}", ""},
	{"{{day}}", "20 November 2026"},
	{"<time datetime=\"{{day}}\"></time>", "<time datetime=\"2026-11-20T07:07:00Z\"></time>"},
	{"{{wait}}", "0 seconds"},
	{"{{?yes}}y{{/yes}}{{?no}}n{{/no}}{{^no}}N{{/no}}{{^yes}}Y{{/yes}}", "yN"},
	{"{{?text}}a{{/text}}{{?empty}}b{{/empty}}{{^empty}}c{{/empty}}", "ac"},
	{"{{?number}}a{{/number}}{{?never}}b{{/never}}{{^never}}c{{/never}}", "ac"},
	{"{{?color}}a{{/color}}{{?color=red}}b{{/color}}{{?color=blue}}c{{/color}}", "ab"},
	{"{{?items}}a{{/items}}{{?nothing}}b{{/nothing}}{{^nothing}}c{{/nothing}}", "ac"},
	{"{{#items}}({{name}}{{?last}}!{{/last}}){{/items}}", "(a&amp;b)(c!)"},
	{"{{#nothing}}x{{/nothing}}", ""},
	{"{{#items}}{{../number}}{{@title}} {{/items}}", "-42T&lt;&gt; -42T&lt;&gt; "},
	{"{{#items}}{{name}}:{{#below}}{{name}}{{../name}}{{../../number}},{{/below}};{{/items}}",
		"a&amp;b:xa&amp;b-42,ya&amp;b-42,;c:;"},
	{"{{?yes}}{{?no}}a{{/no}}{{?yes}}b{{/yes}}{{/yes}}", "b"},
	{"<input {{?yes}}checked {{/yes}}name=\"x\">", "<input checked name=\"x\">"},
	{"<p class=\"a{{?yes}} b{{/yes}}{{?no}} c{{/no}}\"></p>", "<p class=\"a b\"></p>"},
	{"<ul>\n  <li>\n    a\n  </li>\n</ul>", "<ul>\n<li>\na\n</li>\n</ul>"},
	{"<p title=\"a\n  b\"></p>", "<p title=\"a\n  b\"></p>"},
	{"{ {x} }}", "{ {x} }}"},
	{"<html><head>{{style:good.css}}</head></html>",
		"<html><head><style>\np > b { color: red }\n</style>\n</head></html>"},
};

static void test_good(void **state)
{
	for (size_t i = 0; i < COUNT(goods); i++) {
		const struct tmpl *t;
		struct buf errors, out;

		if (compile(*state, goods[i].text, &errors, &t))
			fail_msg("%s: %.*s", goods[i].text, STR_FMT(buf_str(&errors)));
		buf_init(&out, *state, 65536);
		tmpl_render(t, &frame, &model, &out);
		check_c(buf_str(&out), goods[i].out);
	}
}

static const struct good bads[] = {
	/* names */
	{"{{nope}}", "page:1: unknown name 'nope'"},
	{"\n\n{{nope}}", "page:3: unknown name"},
	{"{{}}", "unknown name ''"},
	{"{{name}}", "unknown name 'name'"},
	{"{{@text}}", "unknown name 'text'"},
	{"{{#items}}{{text}}{{/items}}", "unknown name 'text'"},
	{"{{../text}}", "'../' outside a list"},
	{"{{#items}}{{../../text}}{{/items}}", "'../' outside a list"},
	{"{{?nope}}{{/nope}}", "unknown name"},
	{"{{?color=green}}{{/color}}", "none of its words"},
	{"{{?text=x}}{{/text}}", "cannot be compared"},
	{"{{#text}}{{/text}}", "is no list"},
	{"{{>nope}}", "no template 'nope'"},
	{"{{>loop}}", "too deeply"},
	{"{{t:nope}}", "no message 'nope' in language en"},
	{"{{asset:nope}}", "no static file 'nope'"},
	{"<head>{{style:nope.css}}</head>", "no style sheet 'nope.css'"},
	{"<head>{{style:part}}</head>", "no style sheet 'part'"},
	{"<head>{{style:bad.css}}</head>", "holds a '<'"},
	{"<p>{{style:good.css}}</p>", "belongs into the head"},
	{"{{style:good.css}}", "belongs into the head"},
	{"<head title=\"{{style:good.css}}\"></head>", "belongs into the head"},
	{"{{>line.txt}}", "text and HTML do not mix"},
	/* messages */
	{"{{t:hello name=text}}", "needs parameter 'other'"},
	{"{{t:plain name=text}}", "has no parameter 'name'"},
	{"{{t:hello name=text other=nope}}", "unknown name 'nope'"},
	{"{{t:hello name}}", "is no parameter"},
	{"{{t:broken name=text}}", "'{' without '}'"},
	{"{{color:half}}", "no message 'color.none.half'"},
	{"{{color:of}}", "needs parameter 'who'"},
	{"{{text:part}}", "only words have parts"},
	{"{{text a=number}}", "only messages have parameters"},
	/* sections */
	{"{{?yes}}", "the section of line 1 has no end"},
	{"{{/yes}}", "closes nothing"},
	{"{{?yes}}{{?no}}{{/yes}}{{/no}}", "does not close 'no'"},
	{"{{>open}}{{/yes}}", "open:1: the section of line 1 has no end"},
	{"{{text", "'{{' without '}}'"},
	{"{{yes}}", "cannot be written"},
	{"{{items}}", "cannot be written"},
	/* elements */
	{"<p>", "element <p> has no end tag"},
	{"</p>", "an end tag without its start tag"},
	{"<p><b></p></b>", "an end tag without"},
	{"<p", "ends inside a tag"},
	{"{{?yes}}<p>{{/yes}}</p>", "ends in another place"},
	{"<p>{{?yes}}</p>{{/yes}}", "ends in another place"},
	{"<p {{?yes}}>{{/yes}}</p>", "ends in another place"},
	{"a < b", "must be written &lt;"},
	/* places no value may stand in */
	{"<{{text}}>", "quoted attribute only"},
	{"<p {{text}}></p>", "quoted attribute only"},
	{"<p {{text}}=\"a\"></p>", "quoted attribute only"},
	{"<p title={{text}}></p>", "quoted attribute only"},
	{"<p title=a></p>", "double quotes"},
	{"<p title='{{text}}'></p>", "double quotes"},
	{"<!-- {{text}} -->", "comments are written"},
	{"<script>{{text}}</script>", "a script holds no values"},
	{"<script>alert(1)</script>", "a file of its own"},
	{"<style></style>", "may not stand in a template"},
	{"<STYLE></STYLE>", "may not stand in a template"},
	{"<base href=\"/\">", "may not stand in a template"},
	{"<p onclick=\"{{text}}\"></p>", "may not stand in a template"},
	{"<p ONCLICK=\"x\"></p>", "may not stand in a template"},
	{"<p style=\"x\"></p>", "may not stand in a template"},
	{"<iframe srcdoc=\"{{text}}\"></iframe>", "may not stand in a template"},
	{"<a http-equiv=\"refresh\">x</a>", "may not stand in a template"},
	{"<meta http-equiv=\"set-cookie\">", "other http-equiv values"},
	{"<meta http-equiv=\"refresh\" content=\"1; url={{url}}\">", "in a meta element"},
	{"<meta http-equiv=\"refresh\" content=\"{{url}}\">", "in a meta element"},
	{"<meta http-equiv=\"refresh\" content=\"0; url={{text}}\">", "in a meta element"},
	{"<meta http-equiv=\"refresh\" content=\"0; url={{url}}/x\">", "nothing may follow"},
	/* addresses */
	{"<a href=\"{{text}}\"></a>", "only behind '?'"},
	{"<a href=\"/{{text}}\"></a>", "only behind '?'"},
	{"<a href=\"//x?{{text}}\"></a>", "only behind '?'"},
	{"<a href=\"https://x/?{{text}}\"></a>", "only behind '?'"},
	{"<a href=\"javascript:{{text}}\"></a>", "only behind '?'"},
	{"<a href=\"/x{{url}}\"></a>", "must be the whole value"},
	{"<a href=\"{{url}}{{url}}\"></a>", "must be the whole value"},
	{"<a href=\"{{url}}x\"></a>", "nothing may follow"},
	{"<a href=\"{{?yes}}{{url}}{{/yes}}\"></a>", "may not begin here"},
	{"<a href=\"/x?{{day}}\"></a>", "a time cannot stand in an address"},
	{"<form action=\"{{text}}\"></form>", "only behind '?'"},
	{"<button formaction=\"{{text}}\"></button>", "only behind '?'"},
	{"<img src=\"{{text}}\">", "only behind '?'"},
};

static void test_bad(void **state)
{
	for (size_t i = 0; i < COUNT(bads); i++) {
		const struct tmpl *t;
		struct buf errors;

		if (!compile(*state, bads[i].text, &errors, &t))
			fail_msg("compiled: %s", bads[i].text);
		check_has(buf_str(&errors), bads[i].out);
		check_has(buf_str(&errors), ":");
	}
}

/* Plain text: nothing is escaped for HTML, nothing ends the line it stands on. */
static const struct good plains[] = {
	{"", ""},
	{"a < b & \"c\"\n\n  d\n", "a < b & \"c\"\n\n  d\n"},
	{"{{text}}", HOSTILE},
	{"{{t:plain}}", "a < b & \"c\""},
	{"{{t:hello name=number other=@title}}", "Hello -42, -42 and T<>!"},
	{"{{color}}, {{label}}, {{day}}", "red & hot, in words <, 20 November 2026"},
	{"{{url}}", "https://a.example/?x=1&y='"},
	{"a\n{{?yes}}\nb\n{{/yes}}\nc\n", "a\nb\nc\n"},
	{"a\n{{?no}}\nb\n{{/no}}\nc\n", "a\nc\n"},
	{"a\n\n{{?no}}\nb\n\n{{/no}}\nc\n", "a\n\nc\n"},
	{"{{! a remark }}\na\n", "a\n"},
	{"{{>line.txt}}\nb\n", "<" HOSTILE ">\nb\n"},
	{"{{#items}}\n- {{name}}\n{{/items}}\n", "- a&b\n- c\n"},
	{"a {{?yes}}b{{/yes}} {{?no}}c{{/no}}\nd", "a b \nd"},
	{"{{?yes}}b{{/yes}}\nd", "b\nd"},
};

static void test_plain(void **state)
{
	for (size_t i = 0; i < COUNT(plains); i++) {
		const struct tmpl *t;
		struct buf errors, out;

		if (compile_named(*state, "mail.txt", plains[i].text, &errors, &t))
			fail_msg("%s: %.*s", plains[i].text, STR_FMT(buf_str(&errors)));
		buf_init(&out, *state, 65536);
		tmpl_render(t, &frame, &model, &out);
		check_c(buf_str(&out), plains[i].out);
	}
}

/* The line of a value ends where the template ends it; an address is one or about:invalid. */
static void test_plain_values(void **state)
{
	const struct template_model evil = {
		.text = STR_INIT("Somchai\nDear friend,\r\tpay"), .url = STR_INIT("javascript:x")};
	const struct tmpl *t;
	struct buf errors, out;

	check_ok(compile_named(*state, "mail.txt", "{{text}}|{{url}}", &errors, &t));
	buf_init(&out, *state, 65536);
	tmpl_render(t, &frame, &evil, &out);
	check_c(buf_str(&out), "Somchai Dear friend,\xef\xbf\xbd pay|about:invalid");
}

static void test_plain_bad(void **state)
{
	static const struct good rows[] = {
		{"{{nope}}", "mail.txt:1: unknown name 'nope'"},
		{"{{>part}}", "text and HTML do not mix"},
		{"{{style:good.css}}", "belongs into the head"},
		{"{{?yes}}\n", "has no end"},
		{"{{yes}}", "cannot be written"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct tmpl *t;
		struct buf errors;

		if (!compile_named(*state, "mail.txt", rows[i].text, &errors, &t))
			fail_msg("compiled: %s", rows[i].text);
		check_has(buf_str(&errors), rows[i].out);
	}
}

static void repeat_text(char *text, size_t n, const char *unit)
{
	size_t len = strlen(unit);

	for (size_t at = 0; at + len < n; at += len)
		memcpy(text + at, unit, len);
}

/* Too deep, too long: refused, not run over. */
static void test_limits(void **state)
{
	static const struct good units[] = {
		{"<p>", "too many elements"},
		{"{{?yes}}", "too many sections"},
		{"{{#items}}", "unknown name 'items'"},
		{"{{text}}", "too long"},
		{"<aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa>", "a name is too long"},
	};

	for (size_t i = 0; i < COUNT(units); i++) {
		const struct tmpl *t;
		struct buf errors;
		char *text = arena_zalloc(*state, 100000);

		repeat_text(text, 99999, units[i].text);
		check_rc(compile(*state, text, &errors, &t), RC_INVALID);
		check_has(buf_str(&errors), units[i].out);
	}
}

static void test_overflow(void **state)
{
	const struct tmpl *t;
	struct buf errors, out;

	check_ok(compile(*state, "<p>{{text}}</p>", &errors, &t));
	buf_init(&out, *state, 20);
	tmpl_render(t, &frame, &model, &out);
	check_rc(buf_status(&out), RC_LIMITED);
	assert_true(out.n <= 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		arena_test(test_good),
		arena_test(test_bad),
		arena_test(test_plain),
		arena_test(test_plain_values),
		arena_test(test_plain_bad),
		arena_test(test_limits),
		arena_test(test_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
