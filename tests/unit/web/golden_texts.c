/* SPDX-License-Identifier: AGPL-3.0-or-later */

/*
 * Every mail, SMS and printed slip in every language, byte for byte:
 * tests/golden/messages/<sample>.<language>.txt (a slip: .html). PRATU_GOLDEN_UPDATE=1 writes the
 * files anew; look at the difference before committing it.
 */
#include "samples.h"

#include "base/arena.h"
#include "base/array.h"
#include "core/module.h"
#include "deliver/security_notification.h"
#include "directory/operations/activation_slip.h"
#include "idp/challenge/challenge_text.h"
#include "idp/ciba/ciba_mail.h"
#include "idp/login/recovery_mailer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>

#include <cmocka.h>

#define PATH_BYTES 512u
#define FILE_MAX   65536u
#define MOMENT     1800000000 /* 15 January 2027, 15:00 in Bangkok */

#define IN(th, en)                                                                                 \
	{                                                                                          \
		STR_INIT(th), STR_INIT(en)                                                         \
	}

static const struct str person_names[] = IN("นายสมชาย ใจดี", "Somchai Jaidee");
static const struct str offices[] = IN("เทศบาลเมืองบางตะไนย์", "Bang Tanai Town Municipality");
static const struct str devices[] = IN("Chrome บน Windows", "Chrome on Windows");
static const struct str portals[] = IN("ระบบ e-Plan", "DLA e-Plan");

static struct str golden_link(struct arena *a, const char *path)
{
	struct buf out;

	buf_init(&out, a, 200);
	buf_addf(&out, "https://sso.example.go.th%s?t=pratu_xx_AZqx5n3NBAAXCtfhL4yk2Qo7", path);
	return buf_str(&out);
}

static const struct notification_model *notification(
	struct arena *a, enum web_lang lang, enum security_notification_kind kind, bool bare)
{
	struct notification_model *m = arena_new_of(a, struct notification_model);

	*m = (struct notification_model){
		.kind = kind, .link = golden_link(a, "/not-me"), .when = MOMENT, .days = 7};
	if (bare)
		return m;
	m->name = person_names[lang];
	m->username = STR("s***j");
	m->office = offices[lang];
	m->device = devices[lang];
	m->address = STR("192.0.2.7");
	m->admin_name = STR("นางสาวมาลี รักงาน");
	m->admin_phone = STR("02 000 1234");
	return m;
}

static const struct challenge_model *challenge(
	struct arena *a, enum web_lang lang, int purpose, const char *confirm)
{
	struct challenge_model *m = arena_new_of(a, struct challenge_model);

	*m = (struct challenge_model){.purpose = purpose,
		.name = person_names[lang],
		.code = STR("495934"),
		.reference = STR("74RT"),
		.site = portals[lang],
		.confirm = str_c(confirm),
		.minutes = 5};
	return m;
}

static const struct recovery_mail *recovery(struct arena *a, enum web_lang lang, int outcome)
{
	struct recovery_mail *m = arena_new_of(a, struct recovery_mail);

	*m = (struct recovery_mail){.outcome = outcome,
		.name = person_names[lang],
		.username = STR("s***j"),
		.office = offices[lang],
		.device = devices[lang],
		.address = STR("192.0.2.7"),
		.admin_name = STR("นางสาวมาลี รักงาน"),
		.admin_phone = STR("02 000 1234"),
		.link = golden_link(a, "/reset"),
		.when = MOMENT,
		.life = 1800};
	return m;
}

static const struct activation_slip *slip(struct arena *a)
{
	struct activation_slip *m = arena_new_of(a, struct activation_slip);

	*m = (struct activation_slip){.username = STR("somchai.j"),
		.secret = STR("kjmp-wq79-hxd4"),
		.holder = person_names[WEB_TH],
		.office = offices[WEB_TH],
		.office_code = STR("5120101"),
		.issued = MOMENT,
		.until = MOMENT + 14 * 86400};
	return m;
}

struct golden {
	const char *directory;
	struct arena *a;
	struct web *web;
	enum web_lang lang;
	const struct text_type *seen[32];
	size_t n_seen, failed;
};

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

static void golden_write(const char *path, struct str bytes)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes.p, 1, bytes.n, f), bytes.n);
	assert_int_equal(fclose(f), 0);
}

static void check(struct golden *g, const char *name, const struct text_type *type, const void *m)
{
	char path[PATH_BYTES];
	struct str text, golden;

	g->seen[g->n_seen++ % ARRAY_LEN(g->seen)] = type;
	assert_int_equal(web_text_render(g->web, g->a, type, g->lang, m, &text), RC_OK);
	snprintf(path, sizeof(path), "%s/%s.%s%s", g->directory, name, web_lang_tag(g->lang),
		strrchr(type->source, '.'));
	if (getenv("PRATU_GOLDEN_UPDATE"))
		golden_write(path, text);
	golden = golden_read(g->a, path);
	if (str_eq(text, golden))
		return;
	print_error("%s differs; now:\n%.*s\n", path, STR_FMT(text));
	g->failed++;
}

static void check_notifications(struct golden *g)
{
	for (int kind = 0; security_notification_words[kind]; kind++) {
		char name[80];

		snprintf(name, sizeof(name), "notification-%s", security_notification_words[kind]);
		check(g, name, &text_notification_mail,
			notification(g->a, g->lang, (enum security_notification_kind)kind, false));
		snprintf(name, sizeof(name), "notification-%s-sms",
			security_notification_words[kind]);
		check(g, name, &text_notification_sms,
			notification(g->a, g->lang, (enum security_notification_kind)kind, false));
	}
	check(g, "notification-bare", &text_notification_mail,
		notification(g->a, g->lang, SECURITY_NOTIFICATION_PASSWORD_CHANGED, true));
}

static void check_codes(struct golden *g)
{
	for (int purpose = 0; challenge_purposes[purpose]; purpose++) {
		bool confirms = strcmp(challenge_purposes[purpose], CODE_FOR_TEXT) == 0;
		const char *text = confirms ? "จ่าย 1,250.00 บาท เลขที่ 42" : "";
		char name[80];

		snprintf(name, sizeof(name), "otp-%s", challenge_purposes[purpose]);
		check(g, name, &text_otp_mail, challenge(g->a, g->lang, purpose, text));
		snprintf(name, sizeof(name), "otp-%s-sms", challenge_purposes[purpose]);
		check(g, name, &text_otp_sms, challenge(g->a, g->lang, purpose, text));
	}
}

static void check_recovery(struct golden *g)
{
	static const struct {
		const char *name;
		int outcome;
	} rows[] = {{"recovery-closed", 2}, {"recovery-never_set", 3}, {"recovery-one_proof", 4},
		{"recovery-link", 5}};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check(g, rows[i].name, &text_recovery_mail,
			recovery(g->a, g->lang, rows[i].outcome));
}

static void check_ciba(struct golden *g)
{
	const struct ciba_mail mail = {.name = person_names[g->lang],
		.portal = portals[g->lang],
		.message = STR("โอนเงิน 1,500 บาท อ้างอิง ก-12"),
		.link = golden_link(g->a, "/account/requests/one"),
		.when = MOMENT,
		.until = MOMENT + 300};
	struct ciba_mail bare = mail;

	bare.message = STR_NONE;
	check(g, "ciba-mail", &text_ciba_mail, &mail);
	check(g, "ciba-mail-bare", &text_ciba_mail, &bare);
}

/* A text that nobody looks at here is one that nobody looks at. */
static void check_all_seen(const struct golden *g)
{
	for (size_t m = 0; all_modules[m]; m++)
		for (size_t t = 0; all_modules[m]->texts && all_modules[m]->texts[t]; t++) {
			const struct text_type *type = all_modules[m]->texts[t];
			bool seen = false;

			for (size_t i = 0; i < g->n_seen && i < ARRAY_LEN(g->seen); i++)
				seen = seen || g->seen[i] == type;
			if (!seen)
				fail_msg("%s has no sample", type->source);
		}
}

static void every_text(void **state)
{
	struct golden *g = *state;
	const struct web_options options = samples_with_pages(&samples_options);
	struct buf errors;

	buf_init(&errors, g->a, WEB_ERRORS_BYTES);
	if (web_new(&options, &errors, &g->web))
		fail_msg("%.*s", STR_FMT(buf_str(&errors)));
	for (int lang = 0; lang < WEB_LANG_MAX; lang++) {
		g->lang = (enum web_lang)lang;
		g->n_seen = 0;
		check(g, "activation_slip", &text_activation_slip, slip(g->a));
		check_codes(g);
		check_recovery(g);
		check_ciba(g);
		check_notifications(g);
	}
	check_all_seen(g);
	web_free(g->web);
	assert_int_equal(g->failed, 0);
}

int main(int argc, char **argv)
{
	struct golden g = {.directory = argc > 1 ? argv[1] : "tests/golden/messages"};
	struct CMUnitTest tests[] = {cmocka_unit_test_prestate(every_text, &g)};
	int failed;

	g.a = arena_new(ARENA_MAX_CLI);
	failed = cmocka_run_group_tests_name("golden texts", tests, NULL, NULL);
	arena_free(g.a);
	return failed;
}
