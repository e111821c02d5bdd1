/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "deliver/mail.h"

#include "codec/base64.h"
#include "unit/check.h"

static const struct mail_options options = {.host = STR_INIT("mail.dla.example"),
	.from = STR_INIT("no-reply@sso.dla.example"),
	.from_name = STR_INIT("ระบบ SSO"),
	.reply_to = STR_INIT("help@dla.example")};

static const struct transport_message letter = {.id = STR_INIT("id-of-22-characters---"),
	.created = 1800000000,
	.content = {STR_INIT("somchai@dla.example"),
		STR_INIT("รหัสยืนยันตัวตนเข้าสู่ระบบ กรมส่งเสริมการปกครองท้องถิ่น"),
		STR_INIT("รหัสของท่านคือ 123456\n.\nline 3")}};

static void writes_the_header(void **state)
{
	struct str text;

	check_ok(mail_write(&options, *state, &letter, &text));
	check_has(text, "Date: Fri, 15 Jan 2027 08:00:00 +0000\r\n");
	check_has(text, "\r\n <no-reply@sso.dla.example>\r\n");
	check_has(text, "To: <somchai@dla.example>\r\n");
	check_has(text, "Reply-To: <help@dla.example>\r\n");
	check_has(text, "Message-ID: <id-of-22-characters---@sso.dla.example>\r\n");
	check_has(text, "Auto-Submitted: auto-generated\r\n");
	check_has(text, "Content-Type: text/plain; charset=utf-8\r\n");
	check_has(text, "Subject: =?UTF-8?B?");
}

/* ASCII only, CRLF only, no line over 76 characters: also in the header, with its encoded words. */
static void lines_are_short(void **state)
{
	struct str text, line;

	check_ok(mail_write(&options, *state, &letter, &text));
	assert_true(str_ends(text, STR("\r\n")));
	for (size_t i = 0; i < text.n; i++)
		assert_true((unsigned char)text.p[i] < 0x80);
	while (str_cut(&text, '\n', &line)) {
		if (!line.n)
			break;
		assert_int_equal(line.p[line.n - 1], '\r');
		assert_true(line.n <= 77);
	}
}

static struct str joined(struct arena *a, struct str lines)
{
	struct buf b;

	buf_init(&b, a, MAIL_DATA_MAX);
	for (size_t i = 0; i < lines.n; i++)
		if (lines.p[i] != '\r' && lines.p[i] != '\n')
			buf_add_byte(&b, (unsigned char)lines.p[i]);
	return buf_str(&b);
}

static void body_comes_back(void **state)
{
	struct str text, body;
	const char *gap;

	check_ok(mail_write(&options, *state, &letter, &text));
	gap = memmem(text.p, text.n, "\r\n\r\n", 4);
	assert_non_null(gap);
	body = str_sub(text, (size_t)(gap - text.p) + 4, text.n);
	check_ok(base64_decode(*state, joined(*state, body), &body));
	check_c(body, "รหัสของท่านคือ 123456\r\n.\r\nline 3\r\n");
}

static void refuses_new_header_lines(void **state)
{
	struct transport_message bad = letter;
	struct mail_options o = options;
	struct str text;

	bad.content.subject = STR("a\r\nBcc: x@y.th");
	check_rc(mail_write(&options, *state, &bad, &text), RC_INVALID);
	bad = letter;
	bad.content.target = STR("a@b.th>\r\nBcc: <x@y.th");
	check_rc(mail_write(&options, *state, &bad, &text), RC_INVALID);
	o.from_name = STR("a\nb");
	check_rc(mail_write(&o, *state, &letter, &text), RC_INVALID);
	o = options;
	o.reply_to = STR("a@b.th\r\nX: y");
	check_rc(mail_write(&o, *state, &letter, &text), RC_INVALID);
}

static void option_faults(void **state)
{
	const char *option;
	struct mail_options o = options;

	assert_null(mail_options_fault(&o, &option));
	o.tls = SMTP_CLEAR;
	assert_non_null(mail_options_fault(&o, &option));
	assert_string_equal(option, "mail.tls");
	o.host = STR("127.0.0.1");
	assert_null(mail_options_fault(&o, &option));
	o.from = STR("nobody");
	assert_non_null(mail_options_fault(&o, &option));
	o = options;
	o.user = STR("u");
	assert_non_null(mail_options_fault(&o, &option));
	assert_string_equal(option, "mail.password_file");
	o = options;
	o.host = STR("mail.example/x");
	assert_non_null(mail_options_fault(&o, &option));
	o.host = STR_NONE;
	assert_null(mail_options_fault(&o, &option));
}

int main(void)
{
	const struct CMUnitTest tests[] = {arena_test(writes_the_header),
		arena_test(lines_are_short), arena_test(body_comes_back),
		arena_test(refuses_new_header_lines), cmocka_unit_test(option_faults)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
