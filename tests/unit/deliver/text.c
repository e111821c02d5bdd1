/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "deliver/text.h"
#include "unit/check.h"
#include "codec/email.h"
#include "deliver/outbox.h"

static void email_addresses(void **state)
{
	static const struct {
		const char *text;
		bool ok;
	} rows[] = {
		{"a@b.th", true},
		{"somchai.jaidee+sso@dla.go.th", true},
		{"a@b", false},
		{"a@@b.th", false},
		{"@b.th", false},
		{"a@", false},
		{"a@b.th.", false},
		{"a@.b.th", false},
		{"a@-b.th", false},
		{"a@b-.th", false},
		{".a@b.th", false},
		{"a.@b.th", false},
		{"a..b@b.th", false},
		{"\"a b\"@b.th", false},
		{"a b@b.th", false},
		{"a@[127.0.0.1]", false},
		{"a@b.th>", false},
		{"a@b.th\r\nRCPT TO:<x@y.th>", false},
		{"ก@b.th", false},
		{"a@กขค.th", false},
		{"", false},
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (email_ok(str_c(rows[i].text)) != rows[i].ok)
			fail_msg("%s", rows[i].text);
}

static void email_lengths(void **state)
{
	struct arena *a = *state;
	struct buf b;

	buf_init(&b, a, 1000);
	for (int i = 0; i < 64; i++)
		buf_add_c(&b, "a");
	buf_add_c(&b, "@b.th");
	assert_true(email_ok(buf_str(&b)));
	buf_clear(&b);
	for (int i = 0; i < 65; i++)
		buf_add_c(&b, "a");
	buf_add_c(&b, "@b.th");
	assert_false(email_ok(buf_str(&b)));
}

static void repeat(struct buf *b, const char *what, size_t n)
{
	buf_clear(b);
	for (size_t i = 0; i < n; i++)
		buf_add_c(b, what);
}

static void sms_parts(void **state)
{
	static const struct {
		const char *letter;
		size_t n, parts;
	} rows[] = {
		{"a", 0, 0},
		{"a", 160, 1},
		{"a", 161, 2},
		{"a", 306, 2},
		{"a", 307, 3},
		{"{", 80, 1},
		{"{", 81, 2},
		{"ก", 70, 1},
		{"ก", 71, 2},
		{"ก", 134, 2},
		{"ก", 135, 3},
		{"😀", 35, 1},
		{"😀", 36, 2},
	};
	struct buf b;

	buf_init(&b, *state, 4000);
	for (size_t i = 0; i < COUNT(rows); i++) {
		repeat(&b, rows[i].letter, rows[i].n);
		assert_int_equal(outbox_sms_parts(buf_str(&b)), rows[i].parts);
	}
}

static void links(void **state)
{
	static const struct {
		const char *text;
		bool link;
	} rows[] = {
		{"รหัส 123456 (อ้างอิง ABCD) ใช้ได้ 5 นาที", false},
		{"see http://a.th", true},
		{"see HTTPS://a.th", true},
		{"www.dla.go.th", true},
		{"dla.go.th/x", true},
		{"sso.dla.go.th", true},
		{"เข้าสู่ Portal.COM", true},
		{"อบต.com", true},
		{"เทศบาล.ไทย", true},
		{"ftp://x", true},
		{"1/2", false},
		{"and/or", false},
		{"อบต.บ้านใหม่", false},
		{"ใช้ได้ 5 นาที. OTP", false},
		{"No.5 v1.2", false},
		{"a.", false},
		{".th", false},
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (text_has_link(str_c(rows[i].text)) != rows[i].link)
			fail_msg("%s", rows[i].text);
}

static void links_are_taken_out(void **state)
{
	static const struct {
		const char *text, *without;
	} rows[] = {
		{"ระบบแผน http://evil.example/x?y=1", "ระบบแผน http   evil example x?y=1"},
		{"www.dla.go.th", "www dla go th"},
		{"e-Plan.com", "e-Plan com"},
		{"เทศบาล.ไทย", "เทศบาล ไทย"},
		{"อบต.บ้านใหม่ 1/2", "อบต.บ้านใหม่ 1/2"},
		{"", ""},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str without = text_without_links(*state, str_c(rows[i].text));

		assert_false(text_has_link(without));
		if (!str_eq_c(without, rows[i].without))
			fail_msg("%s: %.*s", rows[i].text, STR_FMT(without));
	}
}

static void faults(void **state)
{
	const struct outbox_message mail = {.kind = MESSAGE_EMAIL,
		.target = STR("a@b.th"),
		.subject = STR("s"),
		.text = STR("line\nline")};
	const struct outbox_message sms = {
		.kind = MESSAGE_SMS, .target = STR("+66812345678"), .text = STR("t"), .code = true};
	struct outbox_message m;

	assert_null(text_fault(&mail));
	assert_null(text_fault(&sms));
#define BAD(base, member, value) (m = (base), m.member = (value), assert_non_null(text_fault(&m)))
	BAD(mail, target, STR("nobody"));
	BAD(mail, subject, STR("a\r\nBcc: x@y.th"));
	BAD(mail, subject, STR_NONE);
	BAD(mail, text, STR_NONE);
	BAD(mail, text, STR("a\rb"));
	BAD(mail, text, STR("\xff"));
	BAD(sms, target, STR("0812345678"));
	BAD(sms, target, STR("+66212345678"));
	BAD(sms, target, STR("+6681234567a"));
	BAD(sms, subject, STR("s"));
	BAD(sms, text, STR("https://a.th"));
	m = sms;
	m.text = STR("https://a.th");
	m.code = false;
	assert_null(text_fault(&m));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(email_addresses),
		arena_test(email_lengths), arena_test(sms_parts), cmocka_unit_test(links),
		arena_test(links_are_taken_out), cmocka_unit_test(faults)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
