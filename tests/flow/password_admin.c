/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What administrators decide, as the holder of a password meets it. */
#include "deliver/text.h"
#include "flow/otp_fixture.h"
#include "support/administration.h"
#include "directory/import/import.h"
#include "directory/directory.h"

static void named_like_a_link(struct client *c)
{
	c->name = c->name_th = STR("HTTP://evil.example/x www.evil.com");
}

static void mobile_only(struct person *p)
{
	p->mobile_verified = true;
	p->email_verified = false;
}

/* No links in code messages (Bank of Thailand), whatever a portal calls itself. */
static void no_links_in_a_code_sms(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser b = {.w = c->w};
	struct raw_answer page, r;

	edit_client(c->w, "portal", named_like_a_link);
	edit_person(c->w, SOMCHAI, mobile_only);
	page = code_page(&b);
	assert_string_equal(c->target, "+66812345678");
	assert_non_null(strstr(c->text, "เข้า HTTP   evil"));
	assert_false(text_has_link(str_c(c->text)));
	r = send_form(&b, &page, "/login/code",
		str_dup_c(c->w->a, text(c->w, "code=%.*s", STR_FMT(code_posted(c)))));
	check_code(c->w, &r);
	otp_fixture_free(c);
}

/* --- what an administrator's order ends --- */

static struct administrator admin(struct otp_fixture *c)
{
	struct administrator who = administrator_of(&c->w->p);
	struct settings *settings = arena_new_of(c->w->a, struct settings);

	*settings = *c->w->p.settings;
	settings->password_cost = c->password_options.cost;
	settings->initial_secret_lifetime = 86400;
	who.app.settings = settings;
	who.app.notices = NULL;
	return who;
}

/* A second before and after: nothing here is a matter of the same millisecond. */
static struct str issue_secret(struct otp_fixture *c)
{
	const struct administrator r = admin(c);
	struct issued_secret issued;

	fixture_advance_clock(c->w, 1);
	check_ok(admin_issue_secret(&r, c->w->a, STR(USERNAME), &issued));
	fixture_advance_clock(c->w, 1);
	return issued.secret;
}

static void forbid_by_admin(struct otp_fixture *c)
{
	const struct administrator r = admin(c);

	fixture_advance_clock(c->w, 1);
	check_ok(admin_password_disabled(&r, c->w->a, STR(USERNAME), true, STR("lost")));
	fixture_advance_clock(c->w, 1);
}

static const char *posted(struct otp_fixture *c)
{
	return str_dup_c(c->w->a, text(c->w, "code=%.*s", STR_FMT(code_posted(c))));
}

/* Logged in by password and code; the tokens of such a login. */
static struct raw_answer tokens_by_password(
	struct otp_fixture *c, struct browser *b, const char *extra)
{
	struct raw_answer page = login_page(b, extra), r;

	page = type_password(b, &page, USERNAME, PASSWORD);
	r = send_form(b, &page, "/login/code", posted(c));
	r = redeem(c->w, "portal", check_code(c->w, &r), CODE_VERIFIER);
	assert_int_equal(r.status, 200);
	return r;
}

static bool works(struct otp_fixture *c, const struct raw_answer *tokens)
{
	struct raw_answer r = introspect(c->w, "portal", member(c->w, tokens, "access_token"));
	bool active = is_active(&r);

	r = refresh(c->w, "portal", member(c->w, tokens, "refresh_token"));
	assert_int_equal(r.status, active ? 200 : 400);
	return active;
}

/* Is this browser still logged in? */
static bool inside(struct browser *b)
{
	return browse(b, "/apps").status == 200;
}

static void a_new_secret_ends_logins_by_password(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser thaid = {.w = c->w}, plain = {.w = c->w}, offline = {.w = c->w};
	struct raw_answer of_thaid = tokens_for(&thaid, "portal", "&scope=openid+offline_access");
	struct raw_answer of_plain = tokens_by_password(c, &plain, ""), of_offline, page;

	fixture_advance_clock(c->w, 60);
	of_offline = tokens_by_password(c, &offline, "&scope=openid+offline_access");
	assert_true(inside(&plain) && inside(&offline) && inside(&thaid));
	issue_secret(c);
	assert_false(inside(&plain) || inside(&offline));
	assert_true(inside(&thaid));
	assert_false(works(c, &of_plain));
	assert_false(works(c, &of_offline));
	assert_true(works(c, &of_thaid));
	/* The password before is nothing any more. */
	page = login_page(&plain, "");
	page = type_password(&plain, &page, USERNAME, PASSWORD);
	assert_true(has_notice(page.body, "wrong"));
	otp_fixture_free(c);
}

static void new_secret(struct otp_fixture *c)
{
	issue_secret(c);
}

/* The first factor was passed with a password that is dead by now: the code opens nothing. */
static void between_password_and_code(void **state)
{
	static void (*const orders[])(struct otp_fixture * c) = {new_secret, forbid_by_admin};

	for (size_t i = 0; i < COUNT(orders); i++) {
		struct otp_fixture *c = otp_fixture_new();
		struct browser b = {.w = c->w};
		struct raw_answer page = code_page(&b), r;

		orders[i](c);
		r = send_form(&b, &page, "/login/code", posted(c));
		check_page(&r, 400);
		page = login_page(&b, "");
		assert_true(contains(page.body, "name=\"password\""));
		assert_int_equal(audits(c->w, AUDIT_LOGIN), 0);
		assert_int_equal(records(c->w, TABLE_SESSION), 0);
		otp_fixture_free(c);
	}
}

/* From the change's page to a login by the new password. */
static void choose_and_enter(struct otp_fixture *c, struct browser *b, struct raw_answer page)
{
	struct raw_answer r;

	page = send_and_follow(
		b, &page, "/login/change", "password=Chosen-Twice8%3F&repeat=Chosen-Twice8%3F");
	page = type_password(b, &page, USERNAME, "Chosen-Twice8?");
	r = send_form(b, &page, "/login/code", posted(c));
	check_code(c->w, &r);
}

/* The page on which a new password is chosen. */
static struct raw_answer change_page(struct otp_fixture *c, struct browser *b, struct str password)
{
	struct raw_answer page = login_page(b, "");

	page = type_password(b, &page, USERNAME, str_dup_c(c->w->a, password));
	page = send_and_follow(b, &page, "/login/code", posted(c));
	assert_true(contains(page.body, "new-password"));
	return page;
}

static void the_page_says_why(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	const struct administrator r = admin(c);
	struct browser b = {.w = c->w};
	struct raw_answer page;

	check_ok(admin_require_change(&r, c->w->a, STR(USERNAME), STR("seen on a note")));
	page = change_page(c, &b, STR(PASSWORD));
	assert_true(contains(page.body, "ขอให้ท่านเปลี่ยนรหัสผ่าน"));
	/* The administrator's words are for the trail. */
	assert_false(contains(page.body, "note"));
	page = change_page(c, &b, issue_secret(c));
	assert_true(contains(page.body, "รหัสผ่านเริ่มต้น"));
	choose_and_enter(c, &b, page);
	fixture_advance_clock(c->w, 90 * 86400);
	b = (struct browser){.w = c->w};
	page = change_page(c, &b, STR("Chosen-Twice8?"));
	assert_true(contains(page.body, "ครบระยะเวลา"));
	otp_fixture_free(c);
}

static void import_holder(struct otp_fixture *c, const char *citizen_number)
{
	const struct administrator r = admin(c);
	const struct import_request request = {.kind = IMPORT_ACCOUNTS,
		.file = "f.csv",
		.text = text(c->w, "username,citizen_number,office\n" USERNAME ",%s,100\n",
			citizen_number)};
	struct import_result result;
	struct buf errors;

	buf_init(&errors, c->w->a, IMPORT_ERRORS_BYTES);
	fixture_advance_clock(c->w, 1);
	check_ok(import_csv(&r.app, &r.actor, &request, &errors, &result));
	fixture_advance_clock(c->w, 1);
}

static void email_verified(struct person *p)
{
	p->email = STR("malee@office.test");
	p->email_verified = true;
}

/* Whoever held the account before enters it no more; the next holder by a new secret only, and has
 * to choose a password. */
static void another_holder(void **state)
{
	struct otp_fixture *c = otp_fixture_new();
	struct browser before = {.w = c->w}, b = {.w = c->w};
	struct str malee = fixture_person(c->w, "malee", "1111111111119"), secret;
	struct raw_answer tokens = tokens_by_password(c, &before, ""), page;

	edit_person(c->w, malee, email_verified);
	fixture_grant(c->w, ROLE_GRANT_PERSON, malee, "eplan", "recorder");
	import_holder(c, "1111111111119");
	assert_false(inside(&before));
	assert_false(works(c, &tokens));
	page = login_page(&b, "");
	page = type_password(&b, &page, USERNAME, PASSWORD);
	assert_true(has_notice(page.body, "wrong"));
	secret = issue_secret(c);
	page = change_page(c, &b, secret);
	assert_string_equal(c->target, "malee@office.test");
	assert_true(contains(page.body, "เปลี่ยนผู้ใช้งาน"));
	/* The former password is not for the new holder either. */
	page = send_and_follow(
		&b, &page, "/login/change", "password=Rak-Pratu9%21&repeat=Rak-Pratu9%21");
	assert_int_equal(occurrences(page.body, "data-state=\"broken\""), 1);
	choose_and_enter(c, &b, page);
	otp_fixture_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_links_in_a_code_sms),
		cmocka_unit_test(a_new_secret_ends_logins_by_password),
		cmocka_unit_test(between_password_and_code),
		cmocka_unit_test(the_page_says_why),
		cmocka_unit_test(another_holder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
