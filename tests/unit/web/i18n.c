/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "check.h"

#include "web/device.h"
#include "web/i18n.h"

static void test_parse(void **state)
{
	static const struct {
		const char *tag;
		enum rc rc;
		enum web_lang lang;
	} rows[] = {{"th", RC_OK, WEB_TH}, {"en", RC_OK, WEB_EN}, {"en-GB", RC_OK, WEB_EN},
		{"TH-th", RC_OK, WEB_TH}, {"", RC_NOT_FOUND, 0}, {"e", RC_NOT_FOUND, 0},
		{"eng", RC_NOT_FOUND, 0}, {"fr", RC_NOT_FOUND, 0}, {"-en", RC_NOT_FOUND, 0}};
	enum web_lang lang;

	for (size_t i = 0; i < COUNT(rows); i++) {
		check_rc(web_lang_parse(str_c(rows[i].tag), &lang), rows[i].rc);
		if (!rows[i].rc)
			assert_int_equal(lang, rows[i].lang);
	}
}

static void test_choose(void **state)
{
	static const struct {
		const char *locales, *cookie, *accept;
		enum web_lang lang;
	} rows[] = {
		{"", "", "", WEB_TH},
		{"en", "th", "th", WEB_EN},
		{"fr en-US th", "", "", WEB_EN},
		{"fr", "en", "th", WEB_EN},
		{"", "en", "th", WEB_EN},
		{"", "fr", "en", WEB_EN},
		{"", "", "en-GB,en;q=0.9", WEB_EN},
		{"", "", "th;q=0.5,en;q=0.8", WEB_EN},
		{"", "", "th;q=0.8, en;q=0.8", WEB_TH},
		{"", "", "fr, de;q=0.9", WEB_TH},
		{"", "", "*", WEB_TH},
		{"", "", "en;q=0", WEB_TH},
		{"", "", "en;q=0.000, th;q=0.001", WEB_TH},
		{"", "", "en;q=1.5", WEB_TH},
		{"", "", "en;q=", WEB_TH},
		{"", "", "en;q=0.1234", WEB_TH},
		{"", "", "en;q=1.000", WEB_EN},
		{"", "", "en ; Q=0.3", WEB_EN},
		{"", "", ",,;;en", WEB_TH},
		{"", "", "a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,en", WEB_TH},
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(web_lang_choose(str_c(rows[i].locales), str_c(rows[i].cookie),
					 str_c(rows[i].accept)),
			rows[i].lang);
}

typedef void (*writer)(struct buf *out, enum web_lang lang, int64_t seconds);

static void check_written(
	struct arena *a, writer write, int64_t seconds, const char *th, const char *en)
{
	const char *want[WEB_LANG_MAX] = {th, en};

	for (int lang = 0; lang < WEB_LANG_MAX; lang++) {
		struct buf out;

		buf_init(&out, a, 256);
		write(&out, (enum web_lang)lang, seconds);
		check_c(buf_str(&out), want[lang]);
	}
}

static void test_times(void **state)
{
	struct arena *a = *state;

	check_written(a, web_date_add, 1795158420, "20 พฤศจิกายน 2569", "20 November 2026");
	check_written(
		a, web_time_add, 1795158420, "20 พ.ย. 2569 เวลา 14.07 น.", "20 Nov 2026, 14:07");
	/* Midnight in Bangkok is 17:00 of the day before in UTC. */
	check_written(a, web_date_add, 1798736399, "31 ธันวาคม 2569", "31 December 2026");
	check_written(a, web_date_add, 1798736400, "1 มกราคม 2570", "1 January 2027");
	check_written(a, web_date_add, INT64_MAX - 100000, "", "");
	check_written(a, web_duration_add, 0, "0 วินาที", "0 seconds");
	check_written(a, web_duration_add, -5, "0 วินาที", "0 seconds");
	check_written(a, web_duration_add, 1, "1 วินาที", "1 second");
	check_written(a, web_duration_add, 89, "89 วินาที", "89 seconds");
	check_written(a, web_duration_add, 90, "2 นาที", "2 minutes");
	check_written(a, web_duration_add, 301, "6 นาที", "6 minutes");
	check_written(a, web_duration_add, 5400, "2 ชั่วโมง", "2 hours");
	check_written(a, web_duration_add, 172800, "2 วัน", "2 days");
}

static void test_text(void **state)
{
	check_c(web_text(WEB_TH, STR("login.title")), "เข้าสู่ระบบ");
	check_c(web_text(WEB_EN, STR("login.title")), "Sign in");
	check_c(web_text(WEB_EN, STR("login")), "");
	check_c(web_text(WEB_EN, STR("")), "");
	check_c(web_text(WEB_EN, STR("login.title.")), "");
}

static void test_device(void **state)
{
	static const struct {
		const char *agent, *th, *en;
	} rows[] = {
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
		 "Chrome/126.0 Safari/537.36",
			"Chrome บน Windows", "Chrome on Windows"},
		{"Mozilla/5.0 (Windows NT 10.0) Chrome/126.0 Safari/537.36 Edg/126.0",
			"Edge บน Windows", "Edge on Windows"},
		{"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605 "
		 "Version/17.5 Mobile/15E148 Safari/604.1",
			"Safari บน iPhone", "Safari on iPhone"},
		{"Mozilla/5.0 (Linux; Android 9; SM-J400F) AppleWebKit/537.36 "
		 "SamsungBrowser/25.0 Chrome/121.0 Mobile Safari/537.36",
			"Samsung Internet บน Android", "Samsung Internet on Android"},
		{"Mozilla/5.0 (iPhone) Safari Line/14.2", "LINE บน iPhone", "LINE on iPhone"},
		{"curl/7.88", "อุปกรณ์ที่ไม่รู้จัก", "Unknown device"},
		{"Linux", "Linux", "Linux"},
		{"", "อุปกรณ์ที่ไม่รู้จัก", "Unknown device"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *want[] = {rows[i].th, rows[i].en};

		for (int lang = 0; lang < WEB_LANG_MAX; lang++) {
			struct buf out;

			buf_init(&out, *state, 256);
			web_device_add(&out, (enum web_lang)lang, str_c(rows[i].agent));
			check_c(buf_str(&out), want[lang]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_choose),
		arena_test(test_times),
		cmocka_unit_test(test_text),
		arena_test(test_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
