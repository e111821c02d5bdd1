/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The words of messages with a code: an SMS is one part, whatever names are in it. */
#include "check.h"

#include "core/module.h"
#include "deliver/outbox.h"
#include "deliver/text.h"
#include "idp/challenge/challenge_text.h"

#define LONG_TH "ระบบสารสนเทศเพื่อการวางแผนและประเมินผลขององค์กรปกครองส่วนท้องถิ่นทั่วประเทศไทยประจำปีงบประมาณ"
#define LONG_EN                                                                                    \
	"The Information System for Planning and Evaluation of Local Administrative "              \
	"Organisations "                                                                           \
	"of the Kingdom, Edition for Provincial Offices, Volume Two"

struct text_fixture {
	struct arena *a;
	struct web *web;
	struct app app;
	struct op op;
	struct person person;
	struct auth_method method;
};

static int set_up(void **state)
{
	struct arena *a = arena_new(ARENA_MAX);
	struct text_fixture *f = arena_new_of(a, struct text_fixture);
	struct web_options options = {.issuer = STR("https://sso.example.go.th")};
	struct buf errors;

	f->a = a;
	modules_web(all_modules, a, &options);
	buf_init(&errors, a, WEB_ERRORS_BYTES);
	check_ok(web_new(&options, &errors, &f->web));
	f->app.web = f->web;
	f->op.tx.app = &f->app;
	f->op.tx.a = a;
	f->method.contact = AUTH_CONTACT_MOBILE;
	f->person.given_th = STR("สมชาย");
	f->person.family_th = STR("ใจดี");
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct text_fixture *f = *state;

	web_free(f->web);
	arena_free(f->a);
	return 0;
}

static struct web_mail message_for(
	struct text_fixture *f, const char *purpose, const char *site, const char *confirm)
{
	const struct challenge c = {.method = &f->method,
		.purpose = purpose,
		.person = &f->person,
		.site = site ? str_c(site) : STR_NONE,
		.text = confirm ? str_c(confirm) : STR_NONE};
	struct web_mail text;

	check_ok(challenge_text(&f->op, &c, STR("495934"), STR("74RT"), &text));
	return text;
}

static void check_one_part(struct str text, const char *reference, const char *warning)
{
	if (outbox_sms_parts(text) != 1)
		fail_msg("%.*s", STR_FMT(text));
	assert_true(str_is_utf8(text));
	assert_false(text_has_link(text));
	check_has(text, "OTP 495934");
	check_has(text, reference);
	check_has(text, warning);
}

static void an_sms_takes_one_part(void **state)
{
	static const char *const sites[] = {NULL, "", "e-Plan", "ระบบ e-Plan", LONG_TH, LONG_EN,
		"Portal with a very long English name", "😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀",
		"กำกำกำกำกำกำกำกำกำกำกำกำกำกำกำ", "https://www.example.go.th/", "."};
	static const char *const purposes[] = {OTP_FOR_LOGIN, OTP_FOR_MOBILE, OTP_FOR_RECOVERY};
	struct text_fixture *f = *state;

	for (size_t p = 0; p < COUNT(purposes); p++)
		for (size_t s = 0; s < COUNT(sites); s++) {
			f->op.lang = WEB_TH;
			check_one_part(message_for(f, purposes[p], sites[s], NULL).text,
				"อ้างอิง 74RT", "ใช้ได้ 5 นาที ห้ามบอกผู้อื่น");
			f->op.lang = WEB_EN;
			check_one_part(message_for(f, purposes[p], sites[s], NULL).text, "ref 74RT",
				"Valid 5 min. Do not share.");
		}
}

/* A short name stays whole, a long one is cut visibly and between letters. */
static void the_name_gives_way(void **state)
{
	struct text_fixture *f = *state;

	check_c(message_for(f, OTP_FOR_LOGIN, "ระบบ e-Plan", NULL).text,
		"OTP 495934 อ้างอิง 74RT เข้า ระบบ e-Plan ใช้ได้ 5 นาที ห้ามบอกผู้อื่น");
	check_c(message_for(f, OTP_FOR_LOGIN, "ระบบ e-Plan 2", NULL).text,
		"OTP 495934 อ้างอิง 74RT เข้า ระบบ e-Plan… ใช้ได้ 5 นาที ห้ามบอกผู้อื่น");
	/* ที่ is one consonant with two marks: it goes as one. */
	check_c(message_for(f, OTP_FOR_LOGIN, "กขคงจฉชซฌที่ญ", NULL).text,
		"OTP 495934 อ้างอิง 74RT เข้า กขคงจฉชซฌ… ใช้ได้ 5 นาที ห้ามบอกผู้อื่น");
	f->op.lang = WEB_EN;
	check_c(message_for(f, OTP_FOR_LOGIN, "e-Plan", NULL).text,
		"OTP 495934 ref 74RT for e-Plan. Valid 5 min. Do not share.");
	check_has(message_for(f, OTP_FOR_LOGIN, LONG_EN, NULL).text, "for The Information System");
}

/* What is confirmed is never cut; it costs another part instead. */
static void a_text_to_confirm_stays_whole(void **state)
{
	struct text_fixture *f = *state;
	struct str text = message_for(f, CODE_FOR_TEXT, LONG_TH, LONG_TH " 1,250,000 บาท").text;

	check_has(text, LONG_TH " 1,250,000 บาท");
	assert_true(outbox_sms_parts(text) > 1);
	assert_true(outbox_sms_parts(text) <= SMS_PARTS_MAX);
}

/* The language a person chose is stronger than that of the page. */
static void in_the_persons_language(void **state)
{
	struct text_fixture *f = *state;

	f->op.lang = WEB_EN;
	check_has(message_for(f, OTP_FOR_LOGIN, "e-Plan", NULL).text, "ref 74RT");
	f->person.lang = STR("th");
	check_has(message_for(f, OTP_FOR_LOGIN, "e-Plan", NULL).text, "อ้างอิง 74RT");
	f->op.lang = WEB_TH;
	f->person.lang = STR("en");
	check_has(message_for(f, OTP_FOR_LOGIN, "e-Plan", NULL).text, "ref 74RT");
	f->method.contact = AUTH_CONTACT_EMAIL;
	check_has(message_for(f, OTP_FOR_LOGIN, "e-Plan", NULL).text,
		"The code is valid for 5 minutes");
	check_has(message_for(f, OTP_FOR_LOGIN, "e-Plan", NULL).subject, "(ref. 74RT) – e-Plan");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_sms_takes_one_part, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_name_gives_way, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_text_to_confirm_stays_whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(in_the_persons_language, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
