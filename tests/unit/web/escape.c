/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "check.h"

#include "web/escape.h"

#define REPLACED "\xef\xbf\xbd"

struct escape_row {
	enum escape how;
	struct str in;
	const char *out;
};

static const struct escape_row rows[] = {
	{ESCAPE_HTML, STR_INIT(""), ""},
	{ESCAPE_HTML, STR_INIT("ประตู gate"), "ประตู gate"},
	{ESCAPE_HTML, STR_INIT("<b a=\"x\" c='y'>&amp;"),
		"&lt;b a=&quot;x&quot; c=&#39;y&#39;&gt;&amp;amp;"},
	{ESCAPE_HTML, STR_INIT("a\0b\x01\x1f\x7f"), "a" REPLACED "b" REPLACED REPLACED REPLACED},
	{ESCAPE_HTML, STR_INIT("a\tb\nc"), "a\tb\nc"},
	{ESCAPE_HTML, STR_INIT("\xc2\x85"), REPLACED}, /* C1 control */
	{ESCAPE_HTML,
		STR_INIT("\xe2\x80\xae"
			 "gpj.exe"),
		REPLACED "gpj.exe"}, /* U+202E */
	{ESCAPE_HTML, STR_INIT("\xe2\x81\xa6x\xe2\x81\xa9"), REPLACED "x" REPLACED},
	{ESCAPE_HTML, STR_INIT("\xe2\x80\x8b"), "\xe2\x80\x8b"}, /* Thai words break at U+200B */
	{ESCAPE_HTML, STR_INIT("\xff<\xc0\xbc>"), REPLACED "&lt;" REPLACED REPLACED "&gt;"},
	{ESCAPE_HTML, STR_INIT("\xe0\xb8"), REPLACED REPLACED},              /* cut short */
	{ESCAPE_HTML, STR_INIT("\xed\xa0\x80"), REPLACED REPLACED REPLACED}, /* surrogate */
	{ESCAPE_HTML, STR_INIT("\xf4\x8f\xbf\xbf"), "\xf4\x8f\xbf\xbf"},     /* U+10FFFF */
	{ESCAPE_HTML, STR_INIT("\xf4\x90\x80\x80"), REPLACED REPLACED REPLACED REPLACED},
	{ESCAPE_URL, STR_INIT("https://a.example/x?y=1&z=2"), "https://a.example/x?y=1&amp;z=2"},
	{ESCAPE_URL, STR_INIT("HTTP://a.example"), "HTTP://a.example"},
	{ESCAPE_URL, STR_INIT("/"), "/"},
	{ESCAPE_URL, STR_INIT("/a?b='c'"), "/a?b=&#39;c&#39;"},
	{ESCAPE_URL, STR_INIT(""), "about:invalid"},
	{ESCAPE_URL, STR_INIT("javascript:alert(1)"), "about:invalid"},
	{ESCAPE_URL, STR_INIT(" https://a.example"), "about:invalid"},
	{ESCAPE_URL, STR_INIT("\x01javascript:alert(1)"), "about:invalid"},
	{ESCAPE_URL, STR_INIT("java\nscript:alert(1)"), "about:invalid"},
	{ESCAPE_URL, STR_INIT("data:text/html,x"), "about:invalid"},
	{ESCAPE_URL, STR_INIT("//evil.example"), "about:invalid"},
	{ESCAPE_URL, STR_INIT("/\\evil.example"), "about:invalid"},
	{ESCAPE_URL, STR_INIT("/a\tb"), "about:invalid"},
	{ESCAPE_URL, STR_INIT("https://"), "about:invalid"},
	{ESCAPE_URL, STR_INIT("https:/a"), "about:invalid"},
	{ESCAPE_URL, STR_INIT("https://a\"><b>"), "about:invalid"},
	{ESCAPE_URL, STR_INIT("apps"), "about:invalid"},
	{ESCAPE_QUERY, STR_INIT("/a?b=c&d=\"<é"), "%2Fa%3Fb%3Dc%26d%3D%22%3C%C3%A9"},
	{ESCAPE_QUERY, STR_INIT("aZ9-._~\0"), "aZ9-._~%00"},
	{ESCAPE_MAIL, STR_INIT("a+b@x.example?bcc=y"), "a%2Bb@x.example%3Fbcc%3Dy"},
	{ESCAPE_PHONE, STR_INIT("+66 2 (500)-1234"), "+6625001234"},
	{ESCAPE_PHONE, STR_INIT("02 500 1234 ต่อ 12"), "025001234"},
	{ESCAPE_PHONE, STR_INIT("1\"><b>2"), "1"},
	{ESCAPE_PLAIN, STR_INIT("<b> & \"c\" ประตู"), "<b> & \"c\" ประตู"},
	{ESCAPE_PLAIN, STR_INIT("a\nb\tc\r"), "a b c" REPLACED},
	{ESCAPE_PLAIN, STR_INIT("\xff\xe2\x80\xae"), REPLACED REPLACED},
	{ESCAPE_LINK, STR_INIT("https://a.example/x?y=1&z=2"), "https://a.example/x?y=1&z=2"},
	{ESCAPE_LINK, STR_INIT("javascript:alert(1)"), "about:invalid"},
	{ESCAPE_PHONE,
		STR_INIT("1\0"
			 "2"),
		"1"},
};

static void test_rows(void **state)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf out;

		buf_init(&out, *state, 4096);
		escape_add(&out, rows[i].how, rows[i].in);
		check_c(buf_str(&out), rows[i].out);
	}
}

/* Every byte in every place: nothing that ends the place comes out. */
static void test_every_byte(void **state)
{
	static const enum escape ways[] = {
		ESCAPE_HTML, ESCAPE_URL, ESCAPE_QUERY, ESCAPE_MAIL, ESCAPE_PHONE};

	for (size_t w = 0; w < COUNT(ways); w++) {
		for (int byte = 0; byte < 256; byte++) {
			char in[] = {'/', 'a', (char)byte, '='};
			struct buf out;

			buf_init(&out, *state, 64);
			escape_add(&out, ways[w], (struct str){in, sizeof(in)});
			for (size_t i = 0; i < out.n; i++)
				assert_null(memchr("<>\"'", out.p[i], 4));
			assert_true(str_is_utf8(buf_str(&out)));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {arena_test(test_rows), arena_test(test_every_byte)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
